//! Who is proven: the secrets under which a company signs identities, whether its Messenger refuses whoever is
//! not signed, and the proofs that we asked for ourselves.
//!
//! Whatever changes here is noted in the audit in the same transaction. Start reading at [`StepUp`].

mod enforcement;
mod secrets;
mod step_ups;

pub use enforcement::{Enforcement, Probed};
pub use secrets::{MOST_ACTIVE, MessengerSecret};
pub use step_ups::{Ended, NewStepUp, StepUp};
