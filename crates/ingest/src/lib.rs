//! From a source to the index: pull, translate, cut, store, embed, index.
//!
//! A page of a source is stored in one transaction together with the cursor that leads to the next one and
//! the list of what the index has to do; the index follows in batches. Killed at any point, the next run goes
//! on where the stored data ends. Start reading at [`pipeline`].

pub mod chunk;
pub mod courtesy;
pub mod drain;
mod error;
mod learned;
pub mod people;
pub mod pipeline;
pub mod privacy;
mod refill;
pub mod translate;

pub use courtesy::Courtesy;
pub use error::Error;
pub use pipeline::{Config, Ingest, Progress, Stop, Summary};
