//! Arguments of `backstory tenants`.

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Tenants {
    /// Lists the companies, how much there is of each, and which have left.
    List,
    /// Removes a company with everything it has, from database and index.
    Remove(Remove),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Remove {
    /// The company.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Does not ask.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Who does this, for the entry that stays [default: the name of the user].
    #[arg(long, value_name = "NAME", env = "USER", default_value = "operator")]
    pub(crate) by: String,
}
