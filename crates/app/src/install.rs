//! Connecting workspaces of Intercom: with a token of one's own, or by OAuth for others.
//!
//! By OAuth, an owner gets a ticket, opens it in a browser, and is sent to Intercom with a `state`. Ticket and
//! state are random words that count once and for ten minutes; the state also belongs to the browser that
//! opened the ticket, which holds a word of its own in a cookie. So nobody can make somebody else connect a
//! workspace, nor connect a foreign one to a tenant.

use anyhow::Context as _;
use connector::Error;
use domain::TenantId;
use intercom::install::{self, Installation};
use serde::Serialize;
use store::access::InstallStep;

use crate::books::{Books, hash_of, secret_word};
use crate::connectors::intercom::{Access, AppConfig, KIND, word};
use crate::conversation::Connect;

/// How long a step may wait to be taken.
const STEP_MS: i64 = 10 * 60_000;

/// A workspace that is connected now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connected {
    /// The workspace's id.
    pub workspace: String,
    /// What people call it.
    pub name: String,
    /// Where it is hosted.
    pub region: &'static str,
    /// Its time zone, where Intercom says so.
    pub timezone: Option<String>,
    /// In whose name is written.
    pub teammate: String,
    /// Whether Messenger users must prove who they are, where Intercom says so.
    pub identity_verification: Option<bool>,
    /// The address to enter for webhooks in the Developer Hub.
    pub webhook_url: String,
}

/// Where a browser is to go, and the word that it keeps until it comes back.
#[derive(Debug)]
pub struct Begun {
    /// Intercom's page.
    pub url: String,
    /// For a cookie.
    pub browser: String,
}

impl Books {
    /// Checks a token and connects its workspace to a tenant; `teammate` is another one than the token's.
    ///
    /// # Errors
    /// Says what is wrong with app, token or workspace, and what to do.
    pub async fn connect_intercom(
        &self,
        tenant: TenantId,
        app: &str,
        token: &str,
        teammate: Option<&str>,
    ) -> anyhow::Result<Connected> {
        let config = self.settings.intercom.app(app)?;
        let mut access = Access { region: config.region(app)?, token: connector::Secret::new(token) };
        let found = describe(self, config, &access).await.map_err(|error| match error {
            Error::FixCredentials { what } => anyhow::anyhow!(
                "{what}. If the token is right, the workspace may be hosted elsewhere: `intercom.apps.{app}.region` is `{}`",
                config.region
            ),
            other => other.into(),
        })?;
        if let Some(region) = found.region.filter(|region| *region != access.region) {
            access.region = region;
            // What answers there now is what we will work with.
            describe(self, config, &access).await.with_context(|| {
                format!("the workspace says it is hosted in `{}` and does not answer there", word(region))
            })?;
        }
        self.keep(tenant, app, &access, found, teammate).await
    }

    async fn keep(
        &self,
        tenant: TenantId,
        app: &str,
        access: &Access,
        found: Installation,
        teammate: Option<&str>,
    ) -> anyhow::Result<Connected> {
        let teammate = teammate.map(str::to_owned).or(found.teammate).context(
            "Intercom does not say which teammate the token belongs to; name the one to write as with `--teammate`",
        )?;
        let connect = Connect {
            channel: KIND.to_owned(),
            account: found.workspace.clone(),
            app: app.to_owned(),
            teammate: teammate.clone(),
            secret: access.write(),
        };
        self.connect(tenant, &connect).await?;
        Ok(Connected {
            workspace: found.workspace,
            name: found.name,
            region: word(access.region),
            timezone: found.timezone,
            teammate,
            identity_verification: found.identity_verification,
            webhook_url: self.webhook_url(app),
        })
    }

    /// Returns the address that an app's webhooks are to be sent to.
    #[must_use]
    pub fn webhook_url(&self, app: &str) -> String {
        let path = format!("/webhooks/intercom/{app}");
        self.settings.server.public(&path).unwrap_or_else(|| format!("https://YOUR-ADDRESS{path}"))
    }

    /// Gives out a ticket with which a browser may begin to connect a workspace to a tenant.
    ///
    /// # Errors
    /// Fails when there is no such app, or the store does.
    pub async fn install_ticket(&self, tenant: TenantId, app: &str) -> anyhow::Result<String> {
        self.settings.intercom.app(app)?;
        let ticket = secret_word("");
        self.put_step(&format!("ticket:{ticket}"), (tenant, app), None).await?;
        Ok(ticket)
    }

    /// Takes a ticket and says where the browser is to go; none when the ticket does not count.
    ///
    /// # Errors
    /// Fails when the app is no longer configured, or the store does.
    pub async fn begin_install(&self, app: &str, ticket: &str) -> anyhow::Result<Option<Begun>> {
        let Some(step) = self.take_step(&format!("ticket:{ticket}"), app).await? else {
            return Ok(None);
        };
        let config = self.settings.intercom.app(app)?;
        let (state, browser) = (secret_word(""), secret_word(""));
        self.put_step(&format!("state:{state}"), (step.tenant, app), Some(hash_of(&browser))).await?;
        let back = self.settings.server.public(&format!("/oauth/intercom/{app}/callback"));
        // Intercom only leads back to HTTPS; without an address of ours it takes the first that is registered.
        let back = back.filter(|url| url.starts_with("https://"));
        let url = install::authorise_url(&config.oauth(), &state, back.as_deref())?;
        Ok(Some(Begun { url, browser }))
    }

    /// Ends what [`Books::begin_install`] began: checks the answer, exchanges its code and connects the
    /// workspace; none when the answer is not to a question of this browser's.
    ///
    /// # Errors
    /// Says what Intercom refuses.
    pub async fn finish_install(
        &self,
        app: &str,
        query: &str,
        browser: Option<&str>,
    ) -> anyhow::Result<Option<Connected>> {
        let Some(state) = state_of(query) else {
            return Ok(None);
        };
        let Some(step) = self.take_step(&format!("state:{state}"), app).await? else {
            return Ok(None);
        };
        if browser.is_none() || step.browser != browser.map(hash_of) {
            return Ok(None);
        }
        let config = self.settings.intercom.app(app)?;
        let code = install::read_callback(query, &state)?;
        let token = install::exchange(&config.oauth(), &code, config.base_url().as_deref()).await?;
        self.connect_intercom(step.tenant, app, token.reveal(), None).await.map(Some)
    }

    async fn put_step(
        &self,
        word: &str,
        (tenant, app): (TenantId, &str),
        browser: Option<[u8; 32]>,
    ) -> anyhow::Result<()> {
        let now = self.clock.now();
        let step = InstallStep { tenant, app: app.to_owned(), browser, expires_at: now.plus_millis(STEP_MS) };
        Ok(self.store.put_install_step(&hash_of(word), &step, now).await?)
    }

    async fn take_step(&self, word: &str, app: &str) -> anyhow::Result<Option<InstallStep>> {
        let step = self.store.take_install_step(&hash_of(word), self.clock.now()).await?;
        Ok(step.filter(|step| step.app == app))
    }
}

async fn describe(books: &Books, config: &AppConfig, access: &Access) -> Result<Installation, Error> {
    install::describe(&books.settings.intercom.connection(config, access, &*books.clock)).await
}

/// Returns the `state` of an answer. Ours are plain letters and digits, so nothing needs to be decoded.
fn state_of(query: &str) -> Option<String> {
    let state = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("state="))?;
    Some(state.to_owned()).filter(|state| !state.is_empty())
}
