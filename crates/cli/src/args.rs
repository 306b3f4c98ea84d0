//! The command line.

pub(crate) mod index;
pub(crate) mod live;
pub(crate) mod proof;
pub(crate) mod sources;
pub(crate) mod tenants;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use domain::Timestamp;
use identity::Assurance;

/// Answers customers from what your company knows, and forecasts how many it would resolve.
#[derive(Debug, Parser)]
#[command(name = "backstory", version, about, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) places: Places,
    /// Prints JSON instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Says more about what it does; repeat for more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Places {
    /// Where everything is kept.
    #[arg(long, global = true, value_name = "PATH", default_value = "./backstory-data")]
    pub(crate) data_dir: PathBuf,
    /// The configuration file [default: backstory.toml in the data folder, if there].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where models are kept [default: ~/.cache/backstory].
    #[arg(long, global = true, value_name = "PATH", env = "BACKSTORY_CACHE_DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows what it does, on a small sample workspace that ships with it.
    Demo(Demo),
    /// Makes a data folder with a commented configuration file.
    Init,
    /// Reads articles and past conversations from files and folders, or from connected accounts.
    Ingest(Ingest),
    /// Takes webhooks, answers conversations, and reads what is new, until it is stopped.
    Serve(live::Serve),
    /// Connects an account of an outside system.
    #[command(subcommand)]
    Connect(live::Connect),
    /// Makes, lists and ends the keys of the API.
    #[command(subcommand)]
    Keys(live::Keys),
    /// Chooses how far each topic is automated: off, draft or auto.
    #[command(subcommand)]
    Mode(live::ModeCommand),
    /// Answers a question.
    Ask(Ask),
    /// Replays past conversations and reports how many it would have answered.
    Simulate(Simulate),
    /// Measures retrieval and the decision to answer on your own questions.
    Eval(Eval),
    /// Looks at what was read in from the sources.
    #[command(subcommand)]
    Sources(sources::Sources),
    /// Looks at who is who.
    #[command(subcommand)]
    Identity(Identity),
    /// Lists the companies, and removes one that leaves.
    #[command(subcommand)]
    Tenants(tenants::Tenants),
    /// Holds the index against the database, and makes it anew.
    #[command(subcommand)]
    Index(index::Index),
    /// Copies the data folder into one file, also while it is in use.
    Backup(BackupFile),
    /// Unpacks a backup into an empty data folder.
    Restore(BackupFile),
    /// Gets and lists embedding models.
    #[command(subcommand)]
    Models(Models),
    /// Says what is configured, what is missing, and how to mend it.
    Doctor,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Demo {
    /// Shows the texts of conversations in the report (they are all invented).
    #[arg(long)]
    pub(crate) with_text: bool,
    /// Plays only the live scene: customers write into a stand-in for Intercom, and notes appear.
    #[arg(long)]
    pub(crate) live: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Tenant {
    /// The company whose data it is.
    #[arg(long, value_name = "T", default_value = "default")]
    pub(crate) tenant: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ingest {
    /// Files and folders.
    #[arg(required_unless_present_any = ["rebuild_index", "intercom"], value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Reads the connected workspaces of Intercom: everything at first, then what changed.
    #[arg(long)]
    pub(crate) intercom: bool,
    /// Makes the whole index anew first, as after a change of the embedding model.
    #[arg(long)]
    pub(crate) rebuild_index: bool,
    /// Who may see articles that do not say it themselves.
    #[arg(long, value_enum)]
    pub(crate) default_audience: Option<DefaultAudience>,
    /// Lets items vanish however many they are.
    #[arg(long)]
    pub(crate) allow_shrink: bool,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DefaultAudience {
    /// Agents only.
    Internal,
    /// Anybody.
    Public,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Purpose {
    /// A draft that an agent looks at.
    Draft,
    /// A reply that goes out by itself.
    Auto,
}

impl Purpose {
    pub(crate) fn scope(self) -> identity::Purpose {
        match self {
            Self::Draft => identity::Purpose::Draft,
            Self::Auto => identity::Purpose::Auto,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ask {
    /// The question.
    pub(crate) question: String,
    /// Who asks: user_id:X, email:X, phone:X, contact_id:X or person:X. Without it, somebody unknown.
    #[arg(long, value_name = "KEY")]
    pub(crate) person: Option<String>,
    /// How sure we are of who asks: anonymous, claimed or verified [default: claimed].
    #[arg(long, value_name = "A", requires = "person")]
    pub(crate) assurance: Option<Assurance>,
    /// The asker's plan, where articles hold for some plans alone.
    #[arg(long, value_name = "NAME")]
    pub(crate) plan: Option<String>,
    /// The asker's brand or help centre.
    #[arg(long, value_name = "NAME")]
    pub(crate) brand: Option<String>,
    /// The asker's region.
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// The version of the product that the asker uses.
    #[arg(long, value_name = "VERSION")]
    pub(crate) product_version: Option<String>,
    /// What the answer is for.
    #[arg(long, value_enum, default_value = "draft")]
    pub(crate) purpose: Purpose,
    /// Answers with what was known at that time.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mask {
    /// Everything as it was known then.
    Strict,
    /// Today's articles, past conversations as they were known then.
    Current,
    /// Everything as of now, its own answer included.
    None,
}

impl Mask {
    pub(crate) fn scope(self) -> identity::Mask {
        match self {
            Self::Strict => identity::Mask::Strict,
            Self::Current => identity::Mask::Current,
            Self::None => identity::Mask::None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Learned {
    /// For agents only, as live.
    Internal,
    /// As if a person had approved them all.
    Public,
}

impl Learned {
    pub(crate) fn scope(self) -> identity::Learned {
        match self {
            Self::Internal => identity::Learned::Internal,
            Self::Public => identity::Learned::Public,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Simulate {
    /// The conversations; they are read in first.
    #[arg(long, value_name = "PATH")]
    pub(crate) conversations: PathBuf,
    /// Which mask the headline uses; all three are always compared.
    #[arg(long, value_enum, default_value = "strict")]
    pub(crate) mask: Mask,
    /// What the answers would be for.
    #[arg(long, value_enum, default_value = "draft")]
    pub(crate) purpose: Purpose,
    /// As what learned answers count that nobody has approved.
    #[arg(long, value_enum, default_value = "internal")]
    pub(crate) assume_learned: Learned,
    /// How sure to be of who wrote.
    #[arg(long, value_name = "A", default_value = "claimed")]
    pub(crate) assurance: Assurance,
    /// Replays conversations that began at or after this time.
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<Timestamp>,
    /// Replays conversations that began before this time.
    #[arg(long, value_name = "T")]
    pub(crate) until: Option<Timestamp>,
    /// Replays at most so many conversations.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Leaves out conversations of weight 0, which count in no rate.
    #[arg(long)]
    pub(crate) skip_weightless: bool,
    /// Where the report goes [default: reports/ in the data folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Writes texts of conversations into the report.
    #[arg(long)]
    pub(crate) with_text: bool,
    /// Also writes so many turns with all that was made of them into reading.html, to be read by eye; their texts only
    /// with --with-text.
    #[arg(long, value_name = "N")]
    pub(crate) read: Option<usize>,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Eval {
    /// JSON Lines: {id, title?, text, language?, created_at?, known_at?, leads_to?: ids}.
    #[arg(long, value_name = "PATH")]
    pub(crate) corpus: PathBuf,
    /// JSON Lines: {id, text, language?, gold: ids, at?}.
    #[arg(long, value_name = "PATH")]
    pub(crate) questions: PathBuf,
    /// The field of a question that holds its moment.
    #[arg(long, value_name = "FIELD", default_value = "at")]
    pub(crate) as_of_field: String,
    /// Writes the ranking in TREC format.
    #[arg(long, value_name = "FILE")]
    pub(crate) run: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Identity {
    /// Lists pairs of people who may be one, with reasons; nothing is merged.
    Duplicates(Duplicates),
    /// Reports how well customers are known, and what stands in the way.
    Audit(Tenant),
    /// Shows who somebody is, and what is held of them.
    Show(OnePerson),
    /// Makes two people one, from now on; it can be undone.
    Merge(Merge),
    /// Undoes an entry of the ledger, from now on.
    Unmerge(Unmerge),
    /// Writes everything that is held of somebody, as JSON.
    Export(OnePerson),
    /// Erases somebody everywhere, and prints the proof.
    Erase(OnePerson),
    /// Removes what is older than the configuration keeps it.
    Expire(By),
    /// Lists who looked at or changed what.
    Log(Tenant),
    /// Adds, lists and retires the secrets under which identities are signed for the Messenger.
    #[command(subcommand)]
    Secret(proof::Secret),
    /// Declares that the Messenger refuses whoever is not signed, and renews or withdraws that.
    #[command(subcommand)]
    Jwt(proof::Jwt),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OnePerson {
    /// Who: user_id:X, email:X, phone:X, contact_id:X or person:X.
    #[arg(value_name = "PERSON")]
    pub(crate) person: String,
    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct By {
    /// Who does this, for the audit [default: the name of the user].
    #[arg(long, value_name = "NAME", env = "USER", default_value = "operator")]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Merge {
    /// One of the two: user_id:X, email:X, phone:X, contact_id:X or person:X.
    #[arg(value_name = "PERSON")]
    pub(crate) one: String,
    /// The other.
    #[arg(value_name = "PERSON")]
    pub(crate) other: String,
    /// Why, in words.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) why: String,
    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Unmerge {
    /// The entry, as `identity show` lists it.
    #[arg(value_name = "ID")]
    pub(crate) entry: String,
    /// Why, in words.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) why: String,
    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Duplicates {
    /// A CSV file of records (also gzipped) to look at instead of the people in the store. The header says what
    /// the columns hold; one must hold the record's id.
    #[arg(long, value_name = "CSV")]
    pub(crate) people: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tenant: Tenant,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BackupFile {
    /// The backup.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Models {
    /// Gets the default embedding model.
    Pull(Pull),
    /// Lists the models on this machine.
    List,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Pull {
    /// A folder with the model, or with its published weights, instead of the network.
    #[arg(long, value_name = "PATH")]
    pub(crate) from: Option<PathBuf>,
}
