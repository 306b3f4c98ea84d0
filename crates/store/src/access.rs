//! Keys of the API, and steps towards a connected account. Secrets are never stored, only their hashes.

use std::fmt;

use domain::{KeyId, TenantId, Timestamp};

use crate::Store;
use crate::error::Error;
use crate::sql::{Row, params, to_json};

/// A key of the API.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// Whose data it opens.
    pub tenant: TenantId,
    /// To whom or what it was given.
    pub name: String,
    /// The role of who holds it, as the caller's word.
    pub role: String,
    /// What a program may do with it, as the caller's words.
    pub scopes: Vec<String>,
    /// The inboxes whose conversations it shows, by the channel's ids of their teams; empty for all.
    pub inboxes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it counts no more.
    pub revoked_at: Option<Timestamp>,
}

impl fmt::Debug for ApiKey {
    /// Writes no name: it may be a person's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}, {}, {})", self.id, self.tenant, self.role)
    }
}

/// A step towards a connected account, which may be taken once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallStep {
    /// For whom an account is connected.
    pub tenant: TenantId,
    /// Through which outside app.
    pub app: String,
    /// The hash of what the browser holds that began it.
    pub browser: Option<[u8; 32]>,
    /// Until when it may be taken.
    pub expires_at: Timestamp,
}

macro_rules! columns {
    () => {
        "SELECT id, tenant, name, role, scopes, inboxes, created_at, revoked_at FROM api_keys"
    };
}

impl Store {
    /// Stores a key by the hash of its secret.
    pub async fn put_key(&self, key: &ApiKey, hash: &[u8; 32]) -> Result<(), Error> {
        let mut tx = self.pools.write(key.tenant).await?;
        let sql = "INSERT INTO api_keys (tenant, id, hash, name, role, scopes, inboxes, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let (scopes, inboxes) = (to_json(&key.scopes), to_json(&key.inboxes));
        let row = params![key.tenant, key.id, hash, &key.name, &key.role, scopes, inboxes, key.created_at];
        tx.execute(sql, row).await?;
        tx.commit().await
    }

    /// Returns the key whose secret has this hash and that was not revoked, whoever's it is: where a call
    /// finds its tenant.
    pub async fn find_key(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>, Error> {
        let mut tx = self.pools.read(None).await?;
        let sql = concat!(columns!(), " WHERE hash = $1 AND revoked_at IS NULL");
        tx.find(sql, params![hash]).await?.map(read).transpose()
    }

    /// Returns all keys of a tenant, revoked ones too, oldest first.
    pub async fn list_keys(&self, tenant: TenantId) -> Result<Vec<ApiKey>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(columns!(), " WHERE tenant = $1 ORDER BY created_at, id");
        tx.rows(sql, params![tenant]).await?.into_iter().map(read).collect()
    }

    /// Makes a key count no more; the first moment stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has no such key.
    pub async fn revoke_key(&self, tenant: TenantId, id: KeyId, at: Timestamp) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $3) WHERE tenant = $1 AND id = $2";
        if tx.execute(sql, params![tenant, id, at]).await? == 0 {
            return Err(Error::not_found("key", id));
        }
        tx.commit().await
    }

    /// Stores a step under the hash of the word that takes it, and drops those that nobody took by `now`.
    pub async fn put_install_step(
        &self,
        hash: &[u8; 32],
        step: &InstallStep,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(step.tenant).await?;
        tx.execute(
            "DELETE FROM install_steps WHERE tenant = $1 AND expires_at <= $2",
            params![step.tenant, now],
        )
        .await?;
        let sql = "INSERT INTO install_steps (hash, tenant, app, browser, expires_at)
             VALUES ($1, $2, $3, $4, $5)";
        let browser = step.browser.map(|hash| hash.to_vec());
        tx.execute(sql, params![hash, step.tenant, &step.app, browser, step.expires_at]).await?;
        tx.commit().await
    }

    /// Takes a step, so that nobody can take it again; none when it was taken, is unknown or has expired.
    pub async fn take_install_step(
        &self,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<InstallStep>, Error> {
        let mut tx = self.pools.write(None).await?;
        let sql = "DELETE FROM install_steps WHERE hash = $1 RETURNING tenant, app, browser, expires_at";
        let Some(mut row) = tx.find(sql, params![hash]).await? else {
            return Ok(None);
        };
        tx.commit().await?;
        let step = InstallStep {
            tenant: row.id()?,
            app: row.text()?,
            browser: row.take::<Option<Vec<u8>>>()?.and_then(|bytes| bytes.try_into().ok()),
            expires_at: row.time()?,
        };
        Ok(Some(step).filter(|step| step.expires_at > now))
    }
}

fn read(mut row: Row) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        id: row.id()?,
        tenant: row.id()?,
        name: row.text()?,
        role: row.text()?,
        scopes: row.json()?,
        inboxes: row.json()?,
        created_at: row.time()?,
        revoked_at: row.maybe_time()?,
    })
}
