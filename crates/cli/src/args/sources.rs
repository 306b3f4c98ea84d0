//! Arguments of `backstory sources`.

use clap::{Args as ClapArgs, Subcommand};

use super::Tenant;

#[derive(Debug, Subcommand)]
pub(crate) enum Sources {
    /// Lists passages that contradict each other, and articles that people no longer answer by.
    Review(Review),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Review {
    /// Lists at most so many of each kind, the likeliest first.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}
