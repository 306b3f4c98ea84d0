//! The accounts (workspaces) that are connected, and whose they are.

use std::fmt;

use domain::{SourceId, TenantId, Timestamp};

use crate::Store;
use crate::error::Error;
use crate::sql::{Row, params};

/// A secret as it is stored: encrypted by the caller, who holds the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sealed]")
    }
}

/// An account of a channel, connected to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelAccount {
    /// The channel's kind, such as `intercom`.
    pub channel: String,
    /// The account (workspace), by the channel's id.
    pub account: String,
    /// The outside app that it was connected through; calls of another app never count for it.
    pub app: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// The source under which its contacts and conversations are known.
    pub source: SourceId,
    /// The teammate in whose name is written, by the channel's id.
    pub teammate: String,
    /// What opens the account.
    pub secret: Sealed,
    /// When it was connected.
    pub added_at: Timestamp,
    /// Until when changes were looked for.
    pub polled_to: Timestamp,
    /// Since when it refuses what opens it.
    pub refused_at: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        "SELECT channel, account, app, tenant, source, teammate, secret, added_at, polled_to,
                refused_at
         FROM channel_accounts"
    };
}

impl Store {
    /// Connects an account, or replaces its app, teammate and secret where the tenant has it already; it
    /// counts as open then.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another tenant has it, [`Error::NotFound`] for an unknown tenant or source.
    pub async fn put_channel_account(&self, account: &ChannelAccount) -> Result<(), Error> {
        let mut tx = self.pools.write(account.tenant).await?;
        let sql = "INSERT INTO channel_accounts
                 (channel, account, app, tenant, source, teammate, secret, added_at, polled_to)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (channel, account) DO UPDATE
                 SET app = excluded.app, teammate = excluded.teammate, secret = excluded.secret,
                     refused_at = NULL
                 WHERE channel_accounts.tenant = excluded.tenant AND channel_accounts.source = excluded.source";
        let row = params![
            &account.channel,
            &account.account,
            &account.app,
            account.tenant,
            account.source,
            &account.teammate,
            account.secret.0.clone(),
            account.added_at,
            account.polled_to,
        ];
        if tx.execute(sql, row).await? == 0 {
            let what =
                format!("account `{}` of `{}` belongs to another tenant", account.account, account.channel);
            return Err(Error::Conflict { what });
        }
        tx.commit().await
    }

    /// Returns the account of this kind and id, whoever has it: where a call from the outside finds its
    /// tenant, after its signature was checked.
    pub async fn find_channel_account(
        &self,
        channel: &str,
        account: &str,
    ) -> Result<Option<ChannelAccount>, Error> {
        let mut tx = self.pools.read(None).await?;
        let sql = concat!(columns!(), " WHERE channel = $1 AND account = $2");
        tx.find(sql, params![channel, account]).await?.map(read).transpose()
    }

    /// Returns all accounts of all tenants, for the work that nobody asked for. No request leads here.
    pub async fn list_channel_accounts(&self) -> Result<Vec<ChannelAccount>, Error> {
        let mut tx = self.pools.read(None).await?;
        let sql = concat!(columns!(), " ORDER BY channel, account");
        tx.rows(sql, params![]).await?.into_iter().map(read).collect()
    }

    /// Notes until when changes were looked for; it never goes backwards.
    pub async fn polled(&self, account: &ChannelAccount, to: Timestamp) -> Result<(), Error> {
        let mut tx = self.pools.write(account.tenant).await?;
        let sql = "UPDATE channel_accounts SET polled_to = $4
             WHERE tenant = $1 AND channel = $2 AND account = $3 AND polled_to < $4";
        tx.execute(sql, params![account.tenant, &account.channel, &account.account, to]).await?;
        tx.commit().await
    }

    /// Notes since when an account refuses what opens it; true when that was not known.
    pub async fn account_refuses(&self, account: &ChannelAccount, at: Timestamp) -> Result<bool, Error> {
        let mut tx = self.pools.write(account.tenant).await?;
        let sql = "UPDATE channel_accounts SET refused_at = $4
             WHERE tenant = $1 AND channel = $2 AND account = $3 AND refused_at IS NULL";
        let rows = tx.execute(sql, params![account.tenant, &account.channel, &account.account, at]).await?;
        tx.commit().await?;
        Ok(rows > 0)
    }

    /// Notes that an account opens.
    pub async fn account_opens(&self, account: &ChannelAccount) -> Result<(), Error> {
        let mut tx = self.pools.write(account.tenant).await?;
        let sql = "UPDATE channel_accounts SET refused_at = NULL
             WHERE tenant = $1 AND channel = $2 AND account = $3";
        tx.execute(sql, params![account.tenant, &account.channel, &account.account]).await?;
        tx.commit().await
    }
}

fn read(mut row: Row) -> Result<ChannelAccount, Error> {
    Ok(ChannelAccount {
        channel: row.text()?,
        account: row.text()?,
        app: row.text()?,
        tenant: row.id()?,
        source: row.id()?,
        teammate: row.text()?,
        secret: Sealed(row.bytes()?),
        added_at: row.time()?,
        polled_to: row.time()?,
        refused_at: row.maybe_time()?,
    })
}
