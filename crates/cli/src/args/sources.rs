//! Arguments of `backstory sources`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::Tenant;

#[derive(Debug, Subcommand)]
pub(crate) enum Sources {
    /// Adds a source; what opens it is stored sealed.
    Add(Add),
    /// Asks for the consent of an account once more, for a source with OAuth.
    Authorize(Named),
    /// Lists the sources and how they are.
    List(Tenant),
    /// Reads sources at once, all where none is named.
    Sync(Sync),
    /// Keeps a source from being read.
    Pause(Named),
    /// Goes on with a source that was paused.
    Resume(Named),
    /// Removes a source with everything it brought.
    Remove(Remove),
    /// Says who may see a document, and which rule decided that.
    Explain(Explain),
    /// Lists passages that contradict each other, and articles that people no longer answer by.
    Review(Review),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Add {
    /// What to call it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// A file with its settings, as the configuration has them below `[sources.NAME]`; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: PathBuf,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}

/// A source by its name.
#[derive(Debug, ClapArgs)]
pub(crate) struct Named {
    /// Its name.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Whose it is, where several tenants have one of this name.
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Remove {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Does not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Review {
    /// Lists at most so many of each kind, the likeliest first.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Sync {
    /// The names of the sources.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Whose they are, where several tenants have one of this name.
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    /// Deletes also when more has vanished than `ingest.shrink_share` allows.
    #[arg(long)]
    pub(crate) allow_shrink: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Explain {
    /// The address or the id of the document.
    #[arg(value_name = "URL")]
    pub(crate) place: String,
}
