//! The secrets under which identities are signed for the Messenger, sealed by the caller.

use domain::{SecretId, TenantId, Timestamp};

use crate::audit::{NewAudit, note};
use crate::error::Error;
use crate::live::Sealed;
use crate::sql::{Row, params};
use crate::{Store, outbox};

/// How many secrets of a platform count at a time: the one that signs, and the one before or after it while
/// the outside is changed over.
pub const MOST_ACTIVE: usize = 2;

/// A secret under which identities are signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessengerSecret {
    /// Its id.
    pub id: SecretId,
    /// Whose it is.
    pub tenant: TenantId,
    /// For which platform: `web`, `ios`, `android`.
    pub platform: String,
    /// The secret itself; empty once it is retired.
    pub secret: Sealed,
    /// When it was added.
    pub added_at: Timestamp,
    /// Since when it signs no more.
    pub retired_at: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        "SELECT id, tenant, platform, secret, added_at, retired_at FROM messenger_secrets WHERE tenant = $1"
    };
}

impl Store {
    /// Stores a secret that `actor` added.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its platform has [`MOST_ACTIVE`] already.
    pub async fn add_messenger_secret(&self, new: &MessengerSecret, actor: &str) -> Result<(), Error> {
        let mut tx = self.pools.write(new.tenant).await?;
        // Whoever adds one waits for its turn, so that two at once do not become one too many.
        outbox::lock(&mut tx, new.tenant).await?;
        let sql = "SELECT COUNT(*) FROM messenger_secrets
             WHERE tenant = $1 AND platform = $2 AND retired_at IS NULL";
        let active: usize = tx.one(sql, params![new.tenant, &new.platform]).await?.count()?;
        if active >= MOST_ACTIVE {
            let what = format!(
                "`{}` has {MOST_ACTIVE} secrets already; retire the older one before you add another",
                new.platform
            );
            return Err(Error::Conflict { what });
        }
        let sql = "INSERT INTO messenger_secrets (tenant, id, platform, secret, added_at)
             VALUES ($1, $2, $3, $4, $5)";
        let secret = new.secret.0.clone();
        tx.execute(sql, params![new.tenant, new.id, &new.platform, secret, new.added_at]).await?;
        let detail = format!("{} for {}", new.id, new.platform);
        let action = "identity.secret.add";
        note(&mut tx, new.tenant, &NewAudit { at: new.added_at, actor, action, about: None, detail }).await?;
        tx.commit().await
    }

    /// Returns all secrets of a tenant, retired ones too, oldest first.
    pub async fn list_messenger_secrets(&self, tenant: TenantId) -> Result<Vec<MessengerSecret>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(columns!(), " ORDER BY added_at, id");
        tx.rows(sql, params![tenant]).await?.into_iter().map(read).collect()
    }

    /// Returns the secret of a platform that signs: the newest that was not retired.
    pub async fn signing_secret(
        &self,
        tenant: TenantId,
        platform: &str,
    ) -> Result<Option<MessengerSecret>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            columns!(),
            " AND platform = $2 AND retired_at IS NULL ORDER BY added_at DESC, id DESC LIMIT 1"
        );
        tx.find(sql, params![tenant, platform]).await?.map(read).transpose()
    }

    /// Makes a secret sign no more, and forgets it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has no such secret, [`Error::Conflict`] when it is retired already.
    pub async fn retire_messenger_secret(
        &self,
        tenant: TenantId,
        id: SecretId,
        (actor, at): (&str, Timestamp),
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        outbox::lock(&mut tx, tenant).await?;
        let sql = "SELECT retired_at FROM messenger_secrets WHERE tenant = $1 AND id = $2";
        let found = tx.find(sql, params![tenant, id]).await?;
        let mut found = found.ok_or_else(|| Error::not_found("secret", id))?;
        if found.maybe_time()?.is_some() {
            return Err(Error::Conflict { what: format!("secret `{id}` is retired already") });
        }
        let sql = "UPDATE messenger_secrets SET retired_at = $3, secret = $4 WHERE tenant = $1 AND id = $2";
        tx.execute(sql, params![tenant, id, at, Vec::new()]).await?;
        let action = "identity.secret.retire";
        note(&mut tx, tenant, &NewAudit { at, actor, action, about: None, detail: id.to_string() }).await?;
        tx.commit().await
    }
}

fn read(mut row: Row) -> Result<MessengerSecret, Error> {
    Ok(MessengerSecret {
        id: row.id()?,
        tenant: row.id()?,
        platform: row.text()?,
        secret: Sealed(row.bytes()?),
        added_at: row.time()?,
        retired_at: row.maybe_time()?,
    })
}
