//! Arguments of `backstory sources`.

use clap::{Args as ClapArgs, Subcommand};

use super::Tenant;

#[derive(Debug, Subcommand)]
pub(crate) enum Sources {
    /// Lists passages that contradict each other, and articles that people no longer answer by.
    Review(Review),
    /// Lists what is configured, and what was read so far.
    List(Tenant),
    /// Reads configured sources, all where none is named.
    Sync(Sync),
    /// Says who may see a document, and which rule decided that.
    Explain(Explain),
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
    /// The names that the configuration gives them.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
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
