//! Who speaks, for which tenant, and what they may see.
//!
//! [`Scope`] is the only key to a search: it says who reads, how sure we are of them, what for, and at which
//! moment. [`Customer`] turns what a source says of a customer into a subject and [`Identifier`]s that count,
//! [`People`] links subjects to people, and the [`ledger`] records who joined or parted them. This crate
//! judges values that are handed to it; it never touches a store, a clock or a network. Start reading at
//! [`scope`].

pub mod access;
pub mod assurance;
pub mod customer;
pub mod duplicates;
pub mod identifier;
pub mod kit;
pub mod ledger;
mod names;
pub mod people;
pub mod report;
pub mod scope;

pub use assurance::Assurance;
pub use customer::{Customer, NamedBy, SubjectName};
pub use identifier::{Identifier, Rejected};
pub use people::{Link, People, Person, SubjectFacts};
pub use report::IdentityReport;
pub use scope::{Identities, Learned, Mask, Purpose, Reach, Reader, Scope};
