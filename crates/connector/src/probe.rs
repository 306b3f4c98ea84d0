//! What a probe does: find out whether whoever is not signed gets in.

use std::fmt;

use async_trait::async_trait;

use crate::error::Error;

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// A session without a signature was refused.
    Refused,
    /// A session without a signature gets in.
    Accepted,
    /// Nothing shows either.
    Unknown,
}

/// Finds out whether an account's chat lets in whoever is not signed. It changes nothing outside, and leaves no
/// contact or conversation behind.
#[async_trait]
pub trait Probe: fmt::Debug + Send + Sync {
    /// Tries it once. Order: at any time. Repetition: as often as one likes.
    ///
    /// # Errors
    /// Any [`Error`]; a probe that failed shows nothing.
    async fn unsigned(&self) -> Result<Finding, Error>;
}
