//! Configuration: the compiled-in default, a file, the environment, in this order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use domain::TenantId;
use domain::live::Assignee;
use figment::Figment;
use figment::providers::{Env, Format as _, Toml};
use serde::Deserialize;

mod drafter;
mod lookups;
mod responder;
mod retrieval;
mod tenants;
mod triage;

pub(crate) use drafter::is_here;
pub use drafter::{Allowed, DrafterConfig, Kind as DrafterKind, ProvidersConfig};
pub use lookups::LookupConfig;
pub use responder::ResponderConfig;
pub use retrieval::RetrievalConfig;
pub use triage::{Judged, TriageConfig, TriageRule};

/// The commented default, as `backstory init` writes it.
pub const DEFAULT: &str = include_str!("default.toml");

/// The name of the configuration file in a data folder.
pub const FILE: &str = "backstory.toml";

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where things are stored.
    pub store: StoreConfig,
    /// Where they are found.
    pub index: IndexConfig,
    /// What makes vectors.
    pub embedder: llm::Config,
    /// How files are read.
    pub files: FilesConfig,
    /// How documents are cut.
    pub ingest: ingest::Config,
    /// What of past conversations is a secret.
    pub privacy: PrivacyConfig,
    /// How evidence is found.
    pub retrieval: RetrievalConfig,
    /// What puts it in order.
    pub reranker: llm::rerank::Config,
    /// When an answer is given.
    pub responder: ResponderConfig,
    /// Who composes drafts.
    pub drafter: DrafterConfig,
    /// Where texts may go.
    pub providers: ProvidersConfig,
    /// Models that write, by a name of one's own.
    #[serde(default)]
    pub models: BTreeMap<String, llm::completion::Config>,
    /// How live conversations are dealt with.
    pub live: LiveConfig,
    /// How they are sorted.
    pub triage: TriageConfig,
    /// What is looked up about customers who have proven who they are, by a name of one's own.
    #[serde(default)]
    pub lookups: BTreeMap<String, LookupConfig>,
    /// How customers prove who they are.
    pub identity: IdentityConfig,
    /// Which apps of Intercom are ours.
    pub intercom: crate::connectors::intercom::Config,
    /// How we are called.
    pub server: ServerConfig,
    /// Sources of knowledge, by a name of one's own.
    #[serde(default)]
    pub sources: BTreeMap<String, crate::connectors::outside::Config>,
    /// What single tenants have set for themselves.
    #[serde(default)]
    tenants: BTreeMap<String, tenants::Own>,
    /// What counts for those tenants.
    #[serde(skip)]
    counting: BTreeMap<TenantId, tenants::Counting>,
}

/// How we are called, and how often we look ourselves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Where to listen, as `address:port`.
    pub listen: String,
    /// Under which address the outside reaches us, such as `https://support.example.com`.
    pub public_url: String,
    /// How many conversations are worked on at a time.
    pub workers: usize,
    /// How often to ask for what notifications lost, in seconds.
    pub poll_secs: u32,
    /// How often to read connected accounts anew, in minutes; 0 for never.
    pub import_minutes: u32,
    /// The longest body that is taken, in bytes.
    pub body_bytes: usize,
    /// How long a call may take, in seconds.
    pub timeout_secs: u32,
    /// How many calls are answered at a time; what is beyond is asked to come again.
    pub calls: usize,
    /// How long calls that are under way may take to end when we stop, in seconds.
    pub drain_secs: u32,
}

impl ServerConfig {
    /// Returns the address of a path as the outside calls it, where the public address is known.
    #[must_use]
    pub fn public(&self, path: &str) -> Option<String> {
        let base = self.public_url.trim_end_matches('/');
        (!base.is_empty()).then(|| format!("{base}{path}"))
    }
}

/// How live conversations are dealt with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveConfig {
    /// The key under which secrets of accounts are stored, as 64 hexadecimal digits; empty for a key file in
    /// the data folder.
    pub key: llm::Secret,
    /// Tags that keep hands off a conversation.
    pub hands_off_tags: Vec<String>,
    /// To whom a hand-off gives a conversation: `team:ID`, `agent:ID`, or empty for nobody in particular.
    pub hand_off_to: String,
    /// The attribute of a conversation into which is written who answered; empty for none.
    pub outcome_attribute: String,
    /// From how sure we are of the customer on a reply may go out by itself.
    pub auto_assurance: identity::Assurance,
    /// Whether mails may be answered automatically; only after a test mail was seen delivered.
    pub auto_mail: bool,
    /// After how many hours a message is too old for a draft.
    pub draft_within_hours: u32,
    /// After how many minutes a message is too old for an automatic reply.
    pub auto_within_minutes: u32,
    /// When automatic replies may go out.
    pub auto_hours: AutoHours,
    /// How long a conversation waits after the first look that failed, in seconds.
    pub retry_first_secs: u32,
    /// The longest such wait, in seconds.
    pub retry_longest_secs: u32,
    /// How often a conversation is tried before it is given up.
    pub attempts: u32,
    /// When people answer.
    pub office: crate::conversation::OfficeHours,
    /// Which attributes say for which articles a customer is.
    pub customer: CustomerAttributes,
}

/// By what attributes of a contact, or of the conversation, it is known for whom articles must hold; empty for none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerAttributes {
    /// Brand or help centre.
    pub brand: String,
    /// Plan.
    pub plan: String,
    /// Region.
    pub region: String,
    /// Version of the product.
    pub product_version: String,
}

impl CustomerAttributes {
    /// Reads what is known of the customers of a conversation; what is noted of them comes before what is noted of it.
    pub(crate) fn read(&self, live: &domain::live::LiveConversation) -> domain::Applicability {
        let value = |name: &str| {
            let noted = live.noted.get(name).or_else(|| live.attributes.get(name));
            noted.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        domain::Applicability {
            brand: value(&self.brand),
            plan: value(&self.plan),
            region: value(&self.region),
            product_version: value(&self.product_version),
        }
    }
}

/// How customers prove who they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// A page of the company's own app, behind its login, that lets a customer prove who they are; empty where
    /// there is none.
    pub step_up_url: String,
}

/// When automatic replies may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoHours {
    /// At any time.
    Always,
    /// While the office is open.
    Open,
    /// While it is closed.
    Closed,
}

/// Where things are stored.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// The database, or empty for a file in the data folder.
    pub url: llm::Secret,
}

/// Where things are found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum IndexConfig {
    /// In files of the data folder.
    Embedded,
    /// On a Qdrant server.
    Server(index::ServerConfig),
}

/// How files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesConfig {
    /// Audience of articles that state none.
    pub default_audience: DefaultAudience,
}

/// What of past conversations is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacyConfig {
    /// Domains of the company's own sites and mailboxes; links to them are no secret.
    pub own_domains: Vec<String>,
    /// Hosts that ids of customers may be sent to, for facts about them.
    pub lookup_hosts: Vec<String>,
    /// For how many days after its last message a past conversation is kept; 0 for good.
    pub keep_conversations_days: u32,
    /// For how many days what was decided and written live is kept; 0 for good.
    pub keep_traces_days: u32,
    /// For how many days it is kept that a notification came in; 0 for good.
    pub keep_deliveries_days: u32,
}

/// Audience of articles that state none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultAudience {
    /// Agents only.
    Internal,
    /// Anybody.
    Public,
}

/// The folders and files of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The data folder.
    pub data: PathBuf,
    /// The configuration file, where there is one.
    pub config: Option<PathBuf>,
    /// Where models are kept between installations.
    pub cache: PathBuf,
}

impl Places {
    /// Resolves the folders; without `cache` it is `~/.cache/backstory`.
    ///
    /// # Errors
    /// Fails when a configuration file is named that does not exist, or no cache folder can be found.
    pub fn resolve(data: &Path, config: Option<&Path>, cache: Option<&Path>) -> anyhow::Result<Self> {
        let config = match config {
            Some(path) if !path.is_file() => bail!("there is no configuration file `{}`", path.display()),
            Some(path) => Some(path.to_owned()),
            None => Some(data.join(FILE)).filter(|path| path.is_file()),
        };
        let cache = match cache {
            Some(path) => path.to_owned(),
            None => default_cache()
                .context("neither XDG_CACHE_HOME nor HOME is set; name a folder with `--cache-dir`")?,
        };
        Ok(Self { data: data.to_owned(), config, cache })
    }

    /// Returns the URL of the database.
    #[must_use]
    pub fn store_url(&self, settings: &Settings) -> String {
        match settings.store.url.reveal() {
            "" => format!("sqlite:{}", self.data.join("store.sqlite").display()),
            url => url.to_owned(),
        }
    }

    /// Returns the folder of the index.
    #[must_use]
    pub fn index(&self) -> PathBuf {
        self.data.join("index")
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
fn default_cache() -> Option<PathBuf> {
    let xdg = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    xdg.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .map(|cache| cache.join("backstory"))
}

impl LiveConfig {
    /// Returns how long a conversation waits that could not be looked at.
    #[must_use]
    pub fn backoff(&self) -> store::Backoff {
        let millis = |secs: u32| secs.saturating_mul(1_000);
        store::Backoff {
            first_ms: millis(self.retry_first_secs),
            longest_ms: millis(self.retry_longest_secs),
        }
    }

    /// Returns to whom a hand-off gives a conversation.
    ///
    /// # Errors
    /// Names the value and what is allowed.
    pub fn hand_off_to(&self) -> anyhow::Result<Option<Assignee>> {
        match self.hand_off_to.split_once(':') {
            Some(("team", id)) if !id.is_empty() => Ok(Some(Assignee::Team(id.to_owned()))),
            Some(("agent", id)) if !id.is_empty() => Ok(Some(Assignee::Agent(id.to_owned()))),
            None if self.hand_off_to.is_empty() => Ok(None),
            _ => {
                bail!("`live.hand_off_to` is `{}`; write `team:ID`, `agent:ID`, or nothing", self.hand_off_to)
            }
        }
    }
}

impl Settings {
    /// Reads the configuration of `places`.
    ///
    /// # Errors
    /// Names the key, the value and what is allowed.
    pub fn load(places: &Places) -> anyhow::Result<Self> {
        let mut figment = Figment::from(Toml::string(DEFAULT));
        if let Some(file) = &places.config {
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment =
            figment.merge(Env::prefixed("BACKSTORY_").filter(|key| key.as_str().contains("__")).split("__"));
        let mut settings: Self = figment
            .extract()
            .map_err(|error| anyhow::anyhow!("the configuration cannot be used: {error}"))?;
        settings.check()?;
        let wrong = |error| anyhow::anyhow!("the configuration cannot be used: {error}");
        settings.responder.check().map_err(wrong)?;
        settings.counting = tenants::lay_over(&figment, &settings.tenants, &settings.privacy.lookup_hosts)?;
        settings.intercom.check().context("the configuration cannot be used")?;
        settings.check_drafters().context("the configuration cannot be used")?;
        settings.triage.check("").context("the configuration cannot be used")?;
        settings.check_lookups().context("the configuration cannot be used")?;
        Ok(settings)
    }

    /// Checks what a type alone cannot say.
    fn check(&self) -> anyhow::Result<()> {
        let ingest::Config { chunk_tokens, chunk_overlap, shrink_share } = self.ingest;
        let keep = self.retrieval.keep;
        let half = chunk_tokens / 2;
        let ServerConfig { public_url, workers, poll_secs, body_bytes, timeout_secs, calls, .. } =
            &self.server;
        let LiveConfig { retry_first_secs: first, retry_longest_secs: longest, attempts, .. } = &self.live;
        let rules = [
            (
                "ingest.chunk_tokens",
                chunk_tokens.to_string(),
                (16..=8192).contains(&chunk_tokens),
                "16 to 8192".to_owned(),
            ),
            (
                "ingest.chunk_overlap",
                chunk_overlap.to_string(),
                chunk_overlap <= half,
                format!("0 to {half}, half of `chunk_tokens`"),
            ),
            (
                "ingest.shrink_share",
                shrink_share.to_string(),
                (0.0..=1.0).contains(&shrink_share),
                "0 to 1".to_owned(),
            ),
            ("retrieval.keep", keep.to_string(), (1..=100).contains(&keep), "1 to 100".to_owned()),
            ("live.retry_first_secs", first.to_string(), *first >= 1, "from 1".to_owned()),
            (
                "live.retry_longest_secs",
                longest.to_string(),
                (*first..=86_400).contains(longest),
                format!("{first}, the `retry_first_secs`, to 86400"),
            ),
            ("live.attempts", attempts.to_string(), (1..=1_000).contains(attempts), "1 to 1000".to_owned()),
            ("server.workers", workers.to_string(), (1..=64).contains(workers), "1 to 64".to_owned()),
            ("server.poll_secs", poll_secs.to_string(), *poll_secs >= 1, "from 1".to_owned()),
            (
                "server.body_bytes",
                body_bytes.to_string(),
                (65_536..=67_108_864).contains(body_bytes),
                "65536 to 67108864".to_owned(),
            ),
            (
                "server.timeout_secs",
                timeout_secs.to_string(),
                (1..=300).contains(timeout_secs),
                "1 to 300".to_owned(),
            ),
            ("server.calls", calls.to_string(), (1..=100_000).contains(calls), "1 to 100000".to_owned()),
            (
                "server.public_url",
                format!("`{public_url}`"),
                public_url.is_empty()
                    || public_url.starts_with("https://")
                    || public_url.starts_with("http://"),
                "empty, or an address that begins with https://".to_owned(),
            ),
        ];
        if let IndexConfig::Server(server) = &self.index {
            server.check().context("the configuration cannot be used")?;
        }
        if let Some((key, value, allowed)) = self.reranker.server().and_then(llm::rerank::Server::wrong) {
            bail!("the configuration cannot be used: `reranker.{key}` is `{value}`; allowed is {allowed}");
        }
        check_page(&self.identity.step_up_url).context("the configuration cannot be used")?;
        match rules.into_iter().find(|(_, _, holds, _)| !holds) {
            Some((key, value, _, allowed)) => {
                bail!("the configuration cannot be used: `{key}` is {value}; allowed is {allowed}")
            }
            None => Ok(()),
        }
    }

    /// Returns the compiled-in default.
    ///
    /// # Errors
    /// Never with a default that its test accepts.
    pub fn default_settings() -> anyhow::Result<Self> {
        Ok(Figment::from(Toml::string(DEFAULT)).extract()?)
    }
}

/// Checks the address of a page where customers prove who they are.
fn check_page(page: &str) -> anyhow::Result<()> {
    let here = ["http://localhost", "http://127.0.0.1"].iter().any(|start| page.starts_with(start));
    let is_page = page.is_empty() || page.starts_with("https://") || here;
    anyhow::ensure!(
        is_page && !page.contains('#'),
        "`identity.step_up_url` is `{page}`; allowed is empty, or an address that begins with https:// and has no `#`"
    );
    Ok(())
}

#[cfg(test)]
mod tests;
