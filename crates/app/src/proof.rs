//! Who is proven: signing identities for the Messenger, the company's word that its Messenger refuses whoever is
//! not signed, and proofs that we ask for ourselves.
//!
//! [`Books::issue_token`](crate::Books::issue_token) signs for the company's server. What
//! [`Books::declare_enforcement`](crate::Books::declare_enforcement) notes and [`App::probe`](crate::App::probe)
//! checks is one of the conditions of [`identity::Assurance::Verified`]. A [`StepUp`](store::proof::StepUp) is
//! offered by the conversation loop and confirmed by the company's server, in whose app the customer is logged in.

mod enforcement;
mod kit;
mod step_up;

pub use enforcement::Standing;
pub use identity::kit::Platform;
pub use kit::{Hashed, Issued, User};
pub use step_up::{Asked, Confirmed, Shown};
pub(crate) use step_up::{Asker, OFFER_HOLDS_MS, Offer, WORD_PREFIX};
pub use store::proof::{Enforcement, MessengerSecret};

use identity::Rejected;

/// Why something is not signed or confirmed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// A value identifies nobody.
    #[error("`{field}` {why}, so it identifies nobody")]
    Nobody {
        /// Which value.
        field: &'static str,
        /// Why.
        why: Rejected,
    },
    /// A token may not count that long.
    #[error("`ttl_secs` is {0}; allowed is 60 to {longest}", longest = identity::kit::LONGEST_TOKEN_SECS)]
    Lifetime(u32),
    /// There is nothing to sign with.
    #[error("no Messenger secret for `{0}` is stored")]
    NoSecret(Platform),
    /// The word is unknown here, was used, or is too old.
    #[error("the link is unknown, was used, or is older than ten minutes")]
    Stale,
    /// Somebody else is logged in than the one who was asked.
    #[error("the link was made for somebody else than who is logged in")]
    OtherPerson,
    /// Something else went wrong.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}
