//! Where a connector keeps a secret that the outside replaces now and then.

use std::fmt;

use async_trait::async_trait;

use crate::error::Error;
use crate::secret::Secret;

/// Keeps the refresh token of one account. A system that rotates them voids the old one with each use, so a new
/// one that is not kept shuts us out for good.
#[async_trait]
pub trait Keyring: fmt::Debug + Send + Sync {
    /// Returns the token that was kept last.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::FixCredentials`] where none was ever kept.
    async fn refresh_token(&self) -> Result<Secret, Error>;

    /// Keeps `new` in place of `old`, and returns once it is stored for good. Where somebody else has replaced
    /// `old` meanwhile, nothing is changed and `false` is returned: read the token again.
    ///
    /// # Errors
    /// Any [`Error`]; the caller must not use the tokens it was given then.
    async fn replace(&self, old: &Secret, new: &Secret) -> Result<bool, Error>;
}
