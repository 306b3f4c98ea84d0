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

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
