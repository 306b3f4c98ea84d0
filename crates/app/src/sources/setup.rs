//! Adding a source by command, its consent, and pausing it.

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use connector::Account;
use domain::SourceId;
use figment::Figment;
use figment::providers::{Format as _, Toml};
use llm::Secret;
use serde_json::{Map, Value};
use store::Connection;

use super::Configured;
use super::keys::Kept;
use crate::books::{Books, secret_word};
use crate::connectors::consent::Asked;
use crate::connectors::google;
use crate::connectors::outside::{Config, Opens};

/// A source that was added.
#[derive(Debug)]
pub enum Added {
    /// It is read from now on.
    Ready(Account),
    /// Somebody has to give consent first, at this address.
    Asks(Box<Consent>),
}

/// A consent that was asked for and not given yet.
#[derive(Debug)]
pub struct Consent {
    one: Configured,
    kept: Kept,
    /// Its settings, where the source is not stored yet.
    settings: Option<Map<String, Value>>,
    asked: Asked,
}

impl Consent {
    /// Returns where a person gives it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.asked.url
    }
}

/// The longest name of a source, in bytes.
const LONGEST_NAME: usize = 64;

impl Books {
    /// Adds a source by its settings, which are written as in the configuration. What opens it is sealed; nothing
    /// is stored of a source that cannot be reached.
    ///
    /// # Errors
    /// Says what of the settings cannot be used, or why the source cannot be reached.
    pub async fn add_source(&self, tenant: &str, name: &str, text: &str) -> anyhow::Result<Added> {
        let is_name = |one: char| one.is_alphanumeric() || "-_.".contains(one);
        ensure!(
            !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_name),
            "`{name}` is no name: use up to {LONGEST_NAME} letters, digits, `-`, `_` and `.`"
        );
        let id = self.tenant(tenant).await?;
        let taken = self.sources().await?.iter().any(|one| one.tenant == id && one.name == name);
        ensure!(!taken, "there is a source `{name}` already; remove it first, or choose another name");
        let (settings, kept) = self.read_settings(text, tenant)?;
        let config: Config =
            serde_json::from_value(Value::Object(settings.clone())).context("the settings cannot be used")?;
        let one = Configured {
            name: name.to_owned(),
            tenant: id,
            tenant_name: tenant.to_owned(),
            config,
            is_added: true,
            connection: None,
        };
        if one.config.needs_consent() {
            return self.ask(one, kept, Some(settings)).map(Box::new).map(Added::Asks);
        }
        let account = self.reach(&one, &kept).await?;
        self.only_reader(&one, (account.kind, &account.id)).await?;
        self.keep_source(&one, &settings, &kept, &account).await?;
        Ok(Added::Ready(account))
    }

    /// Asks for consent, once more or for the first time, for a source that stands already.
    ///
    /// # Errors
    /// Fails for a source that needs none.
    pub async fn ask_consent(&self, name: &str, tenant: Option<&str>) -> anyhow::Result<Consent> {
        let one = self.source(name, tenant).await?;
        ensure!(
            one.config.needs_consent(),
            "the source `{name}` needs no consent: its settings have no `oauth`"
        );
        let kept = self.drawer(one.tenant, name)?.kept().await?.map(|(_, kept)| kept).unwrap_or_default();
        self.ask(one, kept, None)
    }

    fn ask(
        &self,
        one: Configured,
        kept: Kept,
        settings: Option<Map<String, Value>>,
    ) -> anyhow::Result<Consent> {
        let opens = self.opens_with(&one, &kept)?;
        let asked = one.config.ask_consent(&opens, || secret_word(""))?;
        Ok(Consent { one, kept, settings, asked })
    }

    /// Takes the address to which the outside sent whoever gave consent, and keeps what it brings.
    ///
    /// # Errors
    /// Says what is wrong with the address, why the outside refuses, or why the source cannot be reached.
    pub async fn take_consent(&self, consent: Consent, back: &str) -> anyhow::Result<Account> {
        let Consent { mut one, mut kept, settings, asked } = consent;
        let opens = self.opens_with(&one, &kept)?;
        let given = one.config.take_consent(&opens, &asked, back).await?;
        given.refresh_token.reveal().clone_into(&mut kept.token);
        let Some(mut settings) = settings else {
            if let Some(cloud_id) = given.cloud_id {
                bail!(
                    "add `cloud_id = \"{cloud_id}\"` to the settings of `{}`, then ask for consent again",
                    one.name
                );
            }
            if !one.is_added {
                self.store.add_connection(&described(&one, self.clock.now())).await?;
            }
            self.keep_secret(&one, &kept).await?;
            return self.reach(&one, &kept).await;
        };
        if let Some(cloud_id) = given.cloud_id {
            settings.insert("cloud_id".to_owned(), Value::String(cloud_id));
            one.config = serde_json::from_value(Value::Object(settings.clone()))?;
        }
        // The token may change with its first use already, so it is kept before.
        let sealed = self.drawer(one.tenant, &one.name)?.seal(&kept)?;
        let text = serde_json::to_string(&settings)?;
        let described = described(&one, self.clock.now());
        let connection = Connection { settings: Some(text), secret: Some(sealed), ..described };
        self.store.add_connection(&connection).await?;
        match self.reach(&one, &kept).await {
            Ok(account) => Ok(account),
            Err(error) => {
                self.store.remove_connection(one.tenant, &one.name).await?;
                Err(error)
            }
        }
    }

    /// Pauses a source, or goes on with it; false where that was so already.
    ///
    /// # Errors
    /// Fails when there is no such source.
    pub async fn pause_source(&self, name: &str, tenant: Option<&str>, pause: bool) -> anyhow::Result<bool> {
        let one = self.source(name, tenant).await?;
        let now = self.clock.now();
        if !one.is_added {
            self.store.add_connection(&described(&one, now)).await?;
        }
        Ok(self.store.pause_connection((one.tenant, &one.name), pause.then_some(now)).await?)
    }

    /// Reads settings as the configuration writes them, and takes out what opens the source.
    fn read_settings(&self, text: &str, tenant: &str) -> anyhow::Result<(Map<String, Value>, Kept)> {
        let settings: Value =
            Figment::from(Toml::string(text)).extract().context("the settings cannot be read as TOML")?;
        let Value::Object(mut settings) = settings else { bail!("the settings are no table") };
        // As it stands in the configuration, with its own heading.
        if let Some(Value::Object(named)) = settings.get("sources") {
            let mut all = named.values().filter_map(Value::as_object);
            match (all.next(), all.next()) {
                (Some(one), None) => settings = one.clone(),
                _ => bail!("the settings are of several sources; add one at a time"),
            }
        }
        settings.insert("tenant".to_owned(), Value::String(tenant.to_owned()));
        let mut kept = Kept::default();
        let take = |settings: &mut Map<String, Value>, name: &str| match settings.remove(name) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        kept.token = take(&mut settings, "token");
        let key_file = take(&mut settings, "key_file");
        if !key_file.is_empty() {
            kept.token = google::read_key(key_file.as_ref())?;
        }
        if let Some(Value::Object(oauth)) = settings.get_mut("oauth") {
            kept.client_secret = take(oauth, "client_secret");
        }
        Ok((settings, kept))
    }

    async fn reach(&self, one: &Configured, kept: &Kept) -> anyhow::Result<Account> {
        let opens = self.opens_with(one, kept)?;
        let unusable = || format!("the source `{}` cannot be used", one.name);
        let source = one.config.source(self.clock.now(), &opens).with_context(unusable)?;
        source.check().await.with_context(unusable)
    }

    fn opens_with(&self, one: &Configured, kept: &Kept) -> anyhow::Result<Opens> {
        Ok(Opens {
            token: Secret::new(kept.token.as_str()),
            client_secret: Secret::new(kept.client_secret.as_str()),
            keyring: Arc::new(self.drawer(one.tenant, &one.name)?),
        })
    }

    /// # Errors
    /// Fails when the account is read by another source already: each would take away what only the other reads.
    pub(super) async fn only_reader(&self, one: &Configured, account: (&str, &str)) -> anyhow::Result<()> {
        let id = SourceId::derive(one.tenant, account.0, account.1);
        let all = self.store.list_connections(one.tenant).await?;
        match all.iter().find(|other| other.source == Some(id) && other.name != one.name) {
            Some(other) => bail!(
                "`{}` reads this account already; name everything that is to be read of it there",
                other.name
            ),
            None => Ok(()),
        }
    }

    async fn keep_source(
        &self,
        one: &Configured,
        settings: &Map<String, Value>,
        kept: &Kept,
        account: &Account,
    ) -> anyhow::Result<()> {
        let now = self.clock.now();
        let source = (account.kind, account.id.as_str());
        let source = self.store.ensure_source(one.tenant, source, &account.name, now).await?;
        let connection = Connection {
            settings: Some(serde_json::to_string(settings)?),
            secret: Some(self.drawer(one.tenant, &one.name)?.seal(kept)?),
            source: Some(source),
            ..described(one, now)
        };
        Ok(self.store.add_connection(&connection).await?)
    }

    async fn keep_secret(&self, one: &Configured, kept: &Kept) -> anyhow::Result<()> {
        let sealed = self.drawer(one.tenant, &one.name)?.seal(kept)?;
        Ok(self.store.put_connection_secret((one.tenant, &one.name), &sealed).await?)
    }
}

/// Returns what the store is told of a source.
pub(super) fn described(one: &Configured, now: domain::Timestamp) -> Connection {
    Connection {
        tenant: one.tenant,
        name: one.name.clone(),
        kind: one.config.kind().to_owned(),
        settings: None,
        secret: None,
        source: None,
        added_at: now,
        paused_at: None,
        began_at: None,
        ended_at: None,
        read_to: None,
        worst_gap_ms: 0,
        report: None,
    }
}
