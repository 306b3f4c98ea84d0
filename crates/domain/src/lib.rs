//! The glossary: every word that the rest of Backstory uses, as a type that cannot be wrong.
//!
//! A customer writes a **turn** in a **conversation**; what a company knows is a **document**, cut into
//! **chunks**; a turn becomes a **question**, a search finds **evidence**, a drafter writes a **draft**, and
//! a pure function makes a **decision**. Everything belongs to a **tenant**, and every chunk has an
//! **audience**.
//!
//! This crate never reads a clock, a file, a database or the network. Start reading at [`document`].

pub mod audience;
pub mod calibration;
pub mod conversation;
pub mod decision;
pub mod document;
pub mod evidence;
pub mod feedback;
pub mod id;
pub mod language;
pub mod live;
pub mod message;
pub mod priors;
pub mod record;
pub mod text;
pub mod time;

pub use audience::{Applicability, Audience, Part};
pub use calibration::Calibration;
pub use conversation::{Author, Conversation, Status, Turn};
pub use decision::{Decision, Draft, Drafter, HandOff, Mode, Outcome, Silence};
pub use document::{Access, Chunk, Document, Kind, Place};
pub use evidence::{Evidence, Found, Question, Why};
pub use id::{
    ChunkId, CompanyId, ConversationId, DocumentId, JobId, KeyId, MergeId, OutgoingId, PersonId, SecretId,
    SourceId, StepUpId, SubjectId, TenantId, TraceId, VersionId,
};
pub use language::Language;
pub use priors::Priors;
pub use time::Timestamp;
