use std::path::PathBuf;
use std::time::Duration;

/// What went wrong with a model, sorted by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server is busy or limits its callers; the same call may work after the wait.
    #[error("model `{model}` asks to come back in {} s: {why}", after.as_secs_f32().ceil())]
    RetryLater {
        /// The model that was asked.
        model: String,
        /// How long to wait.
        after: Duration,
        /// What the server said.
        why: String,
    },
    /// The key is missing, wrong or lacks a right; nothing helps but another key.
    #[error("model `{model}` refuses the key: {why}; check the key in the configuration")]
    FixCredentials {
        /// The model that was asked.
        model: String,
        /// What the server said.
        why: String,
    },
    /// A text is longer than the model takes; cut it and try again.
    #[error("a text is too long for model `{model}`: {why}")]
    TooLong {
        /// The model that was asked.
        model: String,
        /// What the server said.
        why: String,
    },
    /// The vectors are not of the length that was agreed; the configuration and the model differ.
    #[error("model `{model}` gives vectors of {found} numbers, not {expected}")]
    WrongDimensions {
        /// The model that was asked.
        model: String,
        /// The length that was agreed.
        expected: usize,
        /// The length that came.
        found: usize,
    },
    /// Nobody answers at the address.
    #[error("nothing answers at `{url}`: {why}")]
    Unreachable {
        /// The address without credentials.
        url: String,
        /// What the network said.
        why: String,
    },
    /// The request was refused for good, or the answer makes no sense; trying again does not help.
    #[error("model `{model}` does not work as expected: {why}")]
    Malformed {
        /// The model that was asked.
        model: String,
        /// What was wrong.
        why: String,
    },
    /// The account has no balance or quota left; no wait of ours fills it.
    #[error("model `{model}` has no quota left: {why}; see to the account at the provider")]
    QuotaSpent {
        /// The model that was asked.
        model: String,
        /// What the server said.
        why: String,
    },
    /// What may be spent in this month is spent.
    #[error("the monthly cap of {cap} is reached; raise `drafter.monthly_cap`, or wait for the next month")]
    CapReached {
        /// The cap, in the currency of the configured prices.
        cap: f64,
    },
    /// A stage of a call took too long.
    #[error("model `{model}` took more than {} s to {stage}", after.as_secs_f32())]
    TooSlow {
        /// The model that was asked.
        model: String,
        /// What it was to do, such as `begin its answer`.
        stage: &'static str,
        /// How long it had.
        after: Duration,
    },
    /// The provider failed again and again and is left alone for a while.
    #[error("`{host}` fails and is left alone for another {} s", after.as_secs_f32().ceil())]
    Resting {
        /// The host.
        host: String,
        /// How long it is still left alone.
        after: Duration,
    },
    /// No recording answers this call.
    #[error(
        "there is no recording of this call of model `{model}` at `{}`; record it once with `drafter.recording = \"record\"`",
        path.display()
    )]
    NotRecorded {
        /// The model that would be asked.
        model: String,
        /// The file that should hold it.
        path: PathBuf,
    },
    /// What the model answered is no answer, also after it was asked to mend it.
    #[error("what model `{model}` answered cannot be used: {why}")]
    Unusable {
        /// The model that was asked.
        model: String,
        /// What is wrong with it, without a word of it.
        why: String,
    },
    /// There is no model on this machine.
    #[error("there is no model at `{}`; get it with `{PULL}`", path.display())]
    ModelMissing {
        /// The folder that should hold it.
        path: PathBuf,
    },
    /// A file of the model on this machine is not what it should be.
    #[error("model file `{}` {why}; mend it with `{PULL}`", file.display())]
    ModelBroken {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, to be read after its name.
        why: String,
    },
    /// The folder of a reranker on this machine cannot be used.
    #[error("the reranker in `{}` cannot be used: {why}; `docs/models.md` says how to make such a folder", folder.display())]
    RerankerUnfit {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it, and what was expected.
        why: String,
    },
    /// A program that is needed to build the model is not on this machine.
    #[error("`{tool}` does not work here: {why}")]
    ToolMissing {
        /// The program.
        tool: String,
        /// What happened and what to install.
        why: String,
    },
    /// No source had the model.
    #[error("model `{model}` could not be fetched:\n{}", reasons.join("\n"))]
    NoSource {
        /// The model.
        model: String,
        /// One line per source.
        reasons: Vec<String>,
    },
    /// A file could not be read or written.
    #[error("cannot use `{}`", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// The command that gets or mends the local model.
pub(crate) const PULL: &str = "backstory models pull";

/// What to do about a model that brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Come back, after this long where the provider said so; another model may answer now.
    Wait(Option<Duration>),
    /// Ask with less; the same call cannot work.
    Shrink,
    /// Do not ask this model again until a person has seen to it; another may answer.
    Stop,
    /// Leave it to a person: what came is no answer, and asking again does not make it one.
    HandOff,
    /// End: what was to be repeated exactly cannot be.
    Abort,
}

impl Error {
    /// Says what to do about it.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::RetryLater { after, .. } => Advice::Wait(Some(*after).filter(|after| !after.is_zero())),
            Self::Resting { after, .. } => Advice::Wait(Some(*after)),
            Self::TooSlow { .. } | Self::Unreachable { .. } => Advice::Wait(None),
            Self::TooLong { .. } => Advice::Shrink,
            Self::Unusable { .. } => Advice::HandOff,
            Self::NotRecorded { .. } => Advice::Abort,
            Self::FixCredentials { .. }
            | Self::QuotaSpent { .. }
            | Self::CapReached { .. }
            | Self::Malformed { .. }
            | Self::WrongDimensions { .. }
            | Self::ModelMissing { .. }
            | Self::ModelBroken { .. }
            | Self::RerankerUnfit { .. }
            | Self::ToolMissing { .. }
            | Self::NoSource { .. }
            | Self::Io { .. } => Advice::Stop,
        }
    }

    /// Returns a word for it that tells nothing of what was asked or answered.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RetryLater { .. } => "busy",
            Self::FixCredentials { .. } => "key_refused",
            Self::QuotaSpent { .. } => "quota_spent",
            Self::CapReached { .. } => "cap_reached",
            Self::TooLong { .. } => "too_long",
            Self::TooSlow { .. } => "too_slow",
            Self::Resting { .. } => "resting",
            Self::Unreachable { .. } => "unreachable",
            Self::Malformed { .. } => "refused",
            Self::Unusable { .. } => "unusable",
            Self::NotRecorded { .. } => "not_recorded",
            Self::WrongDimensions { .. } => "wrong_dimensions",
            Self::ModelMissing { .. }
            | Self::ModelBroken { .. }
            | Self::RerankerUnfit { .. }
            | Self::NoSource { .. } => "no_model",
            Self::ToolMissing { .. } => "no_tool",
            Self::Io { .. } => "io",
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
