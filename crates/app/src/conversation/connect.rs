//! Connecting an account of a channel to a tenant.

use std::sync::Arc;

use connector::Channel;
use domain::TenantId;
use llm::Secret;
use store::live::ChannelAccount;

use crate::App;
use crate::books::Books;
use crate::vault::Vault;

/// What it takes to connect an account.
#[derive(Debug, Clone)]
pub struct Connect {
    /// The channel's kind, such as `intercom`.
    pub channel: String,
    /// The account (workspace), by the channel's id.
    pub account: String,
    /// The outside app it is connected through.
    pub app: String,
    /// The teammate, visibly named as AI, in whose name is written.
    pub teammate: String,
    /// What opens the account.
    pub secret: Secret,
}

/// Returns the name under which the secret of an account is sealed.
#[must_use]
pub fn channel_secret_owner(tenant: TenantId, channel: &str, account: &str) -> String {
    format!("{tenant}:{channel}:{account}")
}

impl Books {
    /// Connects an account to a tenant, or renews its secret.
    ///
    /// # Errors
    /// Fails when another tenant has it, or the secret cannot be sealed.
    pub async fn connect(&self, tenant: TenantId, connect: &Connect) -> anyhow::Result<ChannelAccount> {
        let now = self.clock.now();
        let Connect { channel, account, app, teammate, secret } = connect;
        let source = self.store.ensure_source(tenant, (channel, account), account, now).await?;
        let owner = channel_secret_owner(tenant, channel, account);
        let sealed = Vault::open(&self.settings.live.key, &self.places.data)?.seal(&owner, secret)?;
        let account = ChannelAccount {
            channel: channel.clone(),
            account: account.clone(),
            app: app.clone(),
            tenant,
            source,
            teammate: teammate.clone(),
            secret: sealed,
            added_at: now,
            polled_to: now,
            refused_at: None,
        };
        self.store.put_channel_account(&account).await?;
        Ok(account)
    }
}

impl App {
    /// Connects an account to a tenant, or renews its secret.
    ///
    /// # Errors
    /// As [`Books::connect`].
    pub async fn connect(&self, tenant: TenantId, connect: &Connect) -> anyhow::Result<ChannelAccount> {
        self.books().connect(tenant, connect).await
    }

    /// Opens the channel of a connected account.
    pub(crate) fn channel(&self, account: &ChannelAccount) -> anyhow::Result<Arc<dyn Channel>> {
        self.seams.channels.account(account, &self.secret_of(account)?)
    }

    /// Opens the secret of a connected account.
    pub(crate) fn secret_of(&self, account: &ChannelAccount) -> anyhow::Result<Secret> {
        let owner = channel_secret_owner(account.tenant, &account.channel, &account.account);
        Vault::open(&self.settings.live.key, &self.places.data)?.unseal(&owner, &account.secret)
    }
}
