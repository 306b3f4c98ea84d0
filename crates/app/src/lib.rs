//! The composition root: configuration, assembly, and what each command does.
//!
//! [`App::build`] makes the only responder there is; commands, servers and simulations all receive that one.
//! The seams in [`seams`] are the sole replaceable parts. Start reading at [`assembly`].

pub mod access;
pub mod ask;
pub mod assembly;
pub mod backup;
pub mod books;
mod calibration;
pub mod config;
pub mod connectors;
pub mod conversation;
pub mod corpus;
pub mod doctor;
mod drafters;
pub mod duplicates;
pub mod feedback;
pub mod import;
pub mod install;
mod lookups;
pub mod modes;
pub mod outward;
pub mod people;
mod priors;
pub mod proof;
pub mod read;
pub mod review;
pub mod sample;
pub mod seams;
pub mod sources;
pub mod tend;
mod topics;
pub mod vault;
pub mod verify;
pub mod viewer;

pub use assembly::App;
pub use books::Books;
pub use config::{Places, Settings};
pub use ingest::{Progress, Stop, Summary};
pub use llm;
pub use responder::write::Fared;
pub use responder::{Drafting, Incoming, Response};
pub use store::{ArticleState, Range};
