//! Intercom: which apps are configured, and one client for each workspace.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use connector::{Channel, Probe, Source};
use domain::record::RawAudience;
use intercom::install::App as OAuthApp;
use intercom::{ChannelConfig, Client, Connection, Region, SourceConfig};
use llm::Secret;
use serde::Deserialize;
use store::live::ChannelAccount;

use crate::config::DefaultAudience;
use crate::seams::{ChannelApp, Channels, Clock};

/// The kind of these channels and sources.
pub const KIND: &str = "intercom";

/// Which apps of Intercom's Developer Hub are ours.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Audience of published articles.
    pub article_audience: DefaultAudience,
    /// How long a call may take, in seconds.
    pub timeout_secs: u32,
    /// Words in the names of teams whose inboxes are not read.
    pub private_inboxes: Vec<String>,
    /// The apps, by the name that stands in the address of their notifications.
    pub apps: BTreeMap<String, AppConfig>,
}

/// An app of the Developer Hub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppConfig {
    /// Its public id.
    pub client_id: String,
    /// Its secret: signs notifications and exchanges codes.
    pub client_secret: Secret,
    /// Where workspaces are hosted that do not say so themselves: `us`, `eu` or `au`.
    #[serde(default = "us")]
    pub region: String,
    /// Another address of the API, for a stand-in; empty for Intercom's own.
    #[serde(default)]
    pub base_url: String,
}

fn us() -> String {
    "us".to_owned()
}

impl Config {
    /// Checks what a type alone cannot say.
    ///
    /// # Errors
    /// Names the key, the value and what is allowed.
    pub fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            (1..=300).contains(&self.timeout_secs),
            "`intercom.timeout_secs` is {}; allowed is 1 to 300",
            self.timeout_secs
        );
        for (name, app) in &self.apps {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            anyhow::ensure!(
                !name.is_empty() && name.bytes().all(plain),
                "`intercom.apps.{name}` stands in an address; use letters, digits, `-` and `_`"
            );
            anyhow::ensure!(!app.client_id.is_empty(), "`intercom.apps.{name}.client_id` is empty");
            // An empty secret would let anybody sign.
            anyhow::ensure!(
                !app.client_secret.reveal().trim().is_empty(),
                "`intercom.apps.{name}.client_secret` is empty; it stands in the Developer Hub"
            );
            app.region(name)?;
        }
        Ok(())
    }

    /// Returns how a workspace of an app is reached.
    pub(crate) fn connection(&self, app: &AppConfig, access: &Access, clock: &dyn Clock) -> Connection {
        Connection {
            region: access.region,
            base_url: app.base_url(),
            token: access.token.clone(),
            now: clock.now(),
            timeout: Duration::from_secs(self.timeout_secs.into()),
            private_inboxes: self.private_inboxes.clone(),
        }
    }

    /// Returns an app by its name.
    ///
    /// # Errors
    /// Lists the known ones.
    pub fn app(&self, name: &str) -> anyhow::Result<&AppConfig> {
        self.apps.get(name).with_context(|| {
            let known: Vec<&str> = self.apps.keys().map(String::as_str).collect();
            if known.is_empty() {
                format!("no Intercom app is configured; add `[intercom.apps.{name}]` to the configuration")
            } else {
                format!("no Intercom app `{name}` is configured; known are {}", known.join(", "))
            }
        })
    }
}

impl AppConfig {
    /// Returns where workspaces of this app are hosted that do not say so.
    ///
    /// # Errors
    /// Names what is allowed.
    pub fn region(&self, name: &str) -> anyhow::Result<Region> {
        Region::from_word(&self.region).with_context(|| {
            format!("`intercom.apps.{name}.region` is `{}`; allowed is us, eu or au", self.region)
        })
    }

    pub(crate) fn oauth(&self) -> OAuthApp {
        OAuthApp {
            client_id: self.client_id.clone(),
            client_secret: connector::Secret::new(self.client_secret.reveal()),
        }
    }

    pub(crate) fn base_url(&self) -> Option<String> {
        Some(self.base_url.clone()).filter(|url| !url.is_empty())
    }
}

/// What opens a workspace: its token, and where it is hosted. Sealed as one text, `eu:token`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) region: Region,
    pub(crate) token: connector::Secret,
}

impl Access {
    pub(crate) fn write(&self) -> Secret {
        Secret::new(format!("{}:{}", word(self.region), self.token.reveal()))
    }

    fn read(secret: &Secret) -> anyhow::Result<Self> {
        let parts = secret.reveal().split_once(':');
        let read = parts.and_then(|(region, token)| Some((Region::from_word(region)?, token)));
        let (region, token) = read.context("what opens the workspace cannot be read; connect it again")?;
        Ok(Self { region, token: connector::Secret::new(token) })
    }
}

/// Returns the word for a region.
pub(crate) fn word(region: Region) -> &'static str {
    match region {
        Region::Us => "us",
        Region::Eu => "eu",
        Region::Au => "au",
    }
}

/// The channels and sources of all workspaces. Channel and source of one share a client, and with it the
/// budget of calls that Intercom grants the workspace.
pub struct Workspaces {
    clock: Arc<dyn Clock>,
    config: Config,
    apps: BTreeMap<String, Arc<dyn Channel>>,
    clients: Mutex<BTreeMap<String, (Access, Client)>>,
}

impl fmt::Debug for Workspaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspaces").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Workspaces {
    /// Prepares the configured apps; nothing is sent.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let mut apps = BTreeMap::new();
        for (name, app) in &config.apps {
            // It checks and reads what comes in, which needs no access; a call would be refused.
            let access = Access { region: app.region(name)?, token: connector::Secret::new("receives-only") };
            let client = Client::new(&config.connection(app, &access, &*clock))?;
            apps.insert(name.clone(), Arc::from(intercom::channel(&client, channel_config(app, ""))));
        }
        Ok(Self { clock, config: config.clone(), apps, clients: Mutex::default() })
    }

    /// Returns the one client of a workspace; a renewed token makes a new one.
    fn client(&self, account: &ChannelAccount, secret: &Secret) -> anyhow::Result<(Client, &AppConfig)> {
        anyhow::ensure!(account.channel == KIND, "no channel of the kind `{}` is known", account.channel);
        let app = self.config.app(&account.app)?;
        let access = Access::read(secret)?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, client)) = clients.get(&account.account)
            && *known == access
        {
            return Ok((client.clone(), app));
        }
        let client = Client::new(&self.config.connection(app, &access, &*self.clock))?;
        clients.insert(account.account.clone(), (access, client.clone()));
        Ok((client, app))
    }
}

fn channel_config(app: &AppConfig, teammate: &str) -> ChannelConfig {
    let client_secret = connector::Secret::new(app.client_secret.reveal());
    ChannelConfig { client_secret, teammate: teammate.to_owned() }
}

impl Channels for Workspaces {
    fn app(&self, name: &str) -> Option<ChannelApp> {
        let channel = self.apps.get(name)?;
        Some(ChannelApp { kind: KIND.to_owned(), channel: Arc::clone(channel) })
    }

    fn account(&self, account: &ChannelAccount, secret: &Secret) -> anyhow::Result<Arc<dyn Channel>> {
        let (client, app) = self.client(account, secret)?;
        Ok(Arc::from(intercom::channel(&client, channel_config(app, &account.teammate))))
    }

    fn source(&self, account: &ChannelAccount, secret: &Secret) -> anyhow::Result<Box<dyn Source>> {
        let (client, _) = self.client(account, secret)?;
        let article_audience = match self.config.article_audience {
            DefaultAudience::Public => RawAudience::Public,
            DefaultAudience::Internal => RawAudience::Internal,
        };
        Ok(intercom::source(&client, SourceConfig { article_audience, ..SourceConfig::usual() })?)
    }

    fn probe(&self, account: &ChannelAccount, secret: &Secret) -> anyhow::Result<Option<Box<dyn Probe>>> {
        let (client, _) = self.client(account, secret)?;
        Ok(Some(intercom::probe(&client)))
    }
}

#[cfg(test)]
mod tests {
    use domain::{SourceId, TenantId, Timestamp};
    use store::live::Sealed;

    use super::*;
    use crate::seams::FixedClock;

    fn config(text: &str) -> anyhow::Result<Config> {
        let config: Config = serde_json::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    const ONE: &str = r#"{"article_audience": "public", "timeout_secs": 30, "private_inboxes": [], "apps":
        {"own": {"client_id": "c", "client_secret": "shh"}}}"#;

    fn account() -> ChannelAccount {
        let tenant = TenantId::derive("acme");
        ChannelAccount {
            channel: KIND.to_owned(),
            account: "w1".to_owned(),
            app: "own".to_owned(),
            tenant,
            source: SourceId::derive(tenant, KIND, "w1"),
            teammate: "5".to_owned(),
            secret: Sealed(Vec::new()),
            added_at: Timestamp::MIN,
            polled_to: Timestamp::MIN,
            refused_at: None,
        }
    }

    #[test]
    fn a_workspace_has_one_client_until_its_token_is_renewed() {
        let spaces = Workspaces::new(&config(ONE).unwrap(), Arc::new(FixedClock(Timestamp::MIN))).unwrap();
        let old = Secret::new("eu:tok-1");
        for _ in 0..3 {
            spaces.account(&account(), &old).unwrap();
            spaces.source(&account(), &old).unwrap();
        }
        let (client, _) = spaces.client(&account(), &old).unwrap();
        assert_eq!(format!("{client:?}"), "Client(https://api.eu.intercom.io/, Import)");
        assert_eq!(spaces.clients.lock().unwrap().len(), 1);
        spaces.account(&account(), &Secret::new("us:tok-2")).unwrap();
        let clients = spaces.clients.lock().unwrap();
        assert_eq!((clients.len(), clients["w1"].0.token.reveal()), (1, "tok-2"));
        assert!(!format!("{spaces:?}").contains("shh"));
    }

    #[test]
    fn what_is_not_configured_is_named() {
        let spaces = Workspaces::new(&config(ONE).unwrap(), Arc::new(FixedClock(Timestamp::MIN))).unwrap();
        assert!(spaces.app("own").is_some() && spaces.app("other").is_none());
        let secret = Secret::new("us:tok-1");
        let other = ChannelAccount { app: "gone".to_owned(), ..account() };
        let error = spaces.account(&other, &secret).unwrap_err().to_string();
        assert!(error.contains("`gone`") && error.contains("known are own"), "{error}");
        let error = spaces.account(&account(), &Secret::new("tok-1")).unwrap_err().to_string();
        assert!(error.contains("connect it again") && !error.contains("tok-1"), "{error}");
    }

    #[test]
    fn settings_that_cannot_be_used_are_named() {
        for (app, part) in [
            (r#""a/b": {"client_id": "c", "client_secret": "s"}"#, "a/b"),
            (r#""own": {"client_id": "", "client_secret": "s"}"#, "client_id"),
            (r#""own": {"client_id": "c", "client_secret": " "}"#, "client_secret"),
            (r#""own": {"client_id": "c", "client_secret": "s", "region": "mars"}"#, "us, eu or au"),
            (r#""own": {"client_id": "c"}"#, "client_secret"),
        ] {
            let text = format!(
                r#"{{"article_audience": "public", "timeout_secs": 30, "private_inboxes": [], "apps": {{{app}}}}}"#
            );
            let error = format!("{:#}", config(&text).unwrap_err());
            assert!(error.contains(part), "{error}");
        }
    }
}
