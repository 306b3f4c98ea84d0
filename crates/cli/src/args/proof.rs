//! The command line of what proves who a customer is.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use domain::{SecretId, Timestamp};
use identity::kit::Platform;

use super::{By, Tenant};

#[derive(Debug, Subcommand)]
pub(crate) enum Secret {
    /// Stores a secret; from now on it signs. A platform has two at most.
    Add(AddSecret),
    /// Lists all secrets, retired ones too; never what they are.
    List(Tenant),
    /// Makes a secret sign no more, and forgets it.
    Retire(RetireSecret),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AddSecret {
    /// The file that holds the secret; `-` for standard input. It is in Intercom's settings, Messenger, Security.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// For which Messenger: web, ios or android.
    #[arg(long, value_name = "PLATFORM", default_value = "web")]
    pub(crate) platform: Platform,
    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RetireSecret {
    /// Its id, as `identity secret list` shows it.
    pub(crate) id: SecretId,
    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Jwt {
    /// Declares that whoever is not signed is refused, on all your platforms.
    Declare(Declare),
    /// Affirms what is declared: you have looked, and it still holds. Counts for seven days.
    Renew(By),
    /// Takes the declaration back, at once.
    Withdraw(By),
    /// Shows what is declared, what probes found, and until when it counts.
    Show(Tenant),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Declare {
    /// Since when, such as 2026-11-01; conversations that began before count as unproven.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Timestamp,
    #[command(flatten)]
    pub(crate) by: By,
}
