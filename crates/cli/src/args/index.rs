//! `backstory index …`

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Index {
    /// Compares index and database, chunk by chunk, and names every difference.
    Verify(OneOrAll),
    /// Makes the index anew beside the old one, which is asked meanwhile, and puts it in place.
    Rebuild(OneOrAll),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OneOrAll {
    /// The company whose data it is [default: all].
    #[arg(long, value_name = "T")]
    pub(crate) tenant: Option<String>,
}
