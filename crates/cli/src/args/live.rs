//! The command line of what answers live.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use domain::KeyId;
use identity::access;

use super::{By, Tenant};

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// What this process does.
    #[arg(long, value_enum, default_value = "all")]
    pub(crate) role: Role,
    /// Where to listen [default: `server.listen` of the configuration].
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Takes calls and stores them.
    Web,
    /// Answers conversations and reads accounts.
    Worker,
    /// Both.
    All,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Worker => "worker",
            Self::All => "all",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Connect {
    /// Connects your own workspace of Intercom with an access token.
    Intercom(ConnectIntercom),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ConnectIntercom {
    /// The file that holds the access token; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: PathBuf,
    /// The app of the configuration to which the token belongs; needed where there are several.
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<String>,
    /// The teammate in whose name is written [default: the one to whom the token belongs].
    #[arg(long, value_name = "ID")]
    pub(crate) teammate: Option<String>,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Makes a key and shows it once.
    Add(AddKey),
    /// Lists all keys, revoked ones too.
    List(Tenant),
    /// Ends a key at once.
    Revoke(RevokeKey),
}

impl Keys {
    pub(crate) fn tenant(&self) -> &Tenant {
        match self {
            Self::Add(args) => &args.tenant,
            Self::List(tenant) => tenant,
            Self::Revoke(args) => &args.tenant,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AddKey {
    /// To whom or what it is given.
    pub(crate) name: String,
    /// owner, lead, agent, privacy, or integration for a program.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: access::Role,
    /// What a program may do: conversations, persons, sources, operations, stop, identity.
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',')]
    pub(crate) scopes: Vec<access::Grant>,
    /// Shows conversations of these inboxes alone, by the ids of their teams [default: all].
    #[arg(long = "inbox", value_name = "TEAM", value_delimiter = ',')]
    pub(crate) inboxes: Vec<String>,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RevokeKey {
    /// Its id, as `keys list` shows it.
    pub(crate) id: KeyId,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModeCommand {
    /// Shows how far each topic is automated, and what waits for a second person.
    List(Tenant),
    /// Chooses how far a topic, or everything without a choice of its own, is automated.
    Set(SetMode),
    /// Confirms somebody else's choice of `auto`.
    Confirm(ConfirmMode),
}

impl ModeCommand {
    pub(crate) fn tenant(&self) -> &Tenant {
        match self {
            Self::List(tenant) => tenant,
            Self::Set(args) => &args.by.tenant,
            Self::Confirm(args) => &args.by.tenant,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SetMode {
    /// How far.
    #[arg(value_enum)]
    pub(crate) mode: Mode,
    /// The topic, which is a tag of conversations [default: all that have no mode of their own].
    #[arg(long, value_name = "TAG", default_value = "", hide_default_value = true)]
    pub(crate) topic: String,
    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ConfirmMode {
    /// The number of the decision, as `mode set` and `mode list` show it.
    pub(crate) number: i64,
    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Nothing is drafted.
    Off,
    /// Drafts for agents.
    Draft,
    /// Replies without an agent.
    Auto,
}

impl From<Mode> for domain::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Off => Self::Off,
            Mode::Draft => Self::Draft,
            Mode::Auto => Self::Auto,
        }
    }
}
