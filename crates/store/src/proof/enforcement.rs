//! Whether a tenant's Messenger refuses unsigned sessions: what was declared, and what probes found.

use domain::{TenantId, Timestamp};
use identity::assurance::TenantIdentity;

use crate::audit::{NewAudit, note};
use crate::error::Error;
use crate::sql::{Row, params};
use crate::{Store, outbox};

/// What is declared and known now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enforcement {
    /// From when unsigned sessions are refused on all platforms; none once withdrawn.
    pub since: Option<Timestamp>,
    /// When a person last said so.
    pub affirmed_at: Timestamp,
    /// When an unsigned probe was last refused.
    pub last_refused: Option<Timestamp>,
    /// When one last got through.
    pub last_accepted: Option<Timestamp>,
    /// When one was last tried.
    pub probed_at: Option<Timestamp>,
}

impl Enforcement {
    /// Returns it as the rules of assurance take it.
    #[must_use]
    pub fn tenant_identity(&self) -> TenantIdentity {
        TenantIdentity {
            enforced_since: self.since,
            affirmed: self.since.map(|_| self.affirmed_at),
            last_refused: self.last_refused,
            last_accepted: self.last_accepted,
        }
    }
}

/// What a probe showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probed {
    /// It was refused.
    Refused,
    /// It got through.
    Accepted,
}

impl Probed {
    fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Accepted => "accepted",
        }
    }
}

/// A declaration that a probe has voided counts anew from the moment `$2` at which it is spoken for again: what
/// began while the unsigned got in began unsigned, whatever holds later.
macro_rules! mended {
    () => {
        "since = CASE WHEN since IS NOT NULL AND last_accepted >= affirmed_at
             AND (last_refused IS NULL OR last_accepted >= last_refused) THEN $2 ELSE since END"
    };
}

impl Store {
    /// Notes that `actor` declares at the moment `at`: since `since`, unsigned sessions are refused.
    pub async fn declare_enforcement(
        &self,
        tenant: TenantId,
        since: Timestamp,
        (actor, at): (&str, Timestamp),
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        outbox::lock(&mut tx, tenant).await?;
        let sql = "INSERT INTO messenger_enforcement (tenant, since, affirmed_at) VALUES ($1, $2, $3)
             ON CONFLICT (tenant) DO UPDATE SET since = excluded.since, affirmed_at = excluded.affirmed_at";
        tx.execute(sql, params![tenant, since, at]).await?;
        let action = "identity.jwt.declare";
        let detail = format!("since {since}");
        note(&mut tx, tenant, &NewAudit { at, actor, action, about: None, detail }).await?;
        tx.commit().await
    }

    /// Notes that `actor` affirms what is declared.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing is declared.
    pub async fn affirm_enforcement(&self, tenant: TenantId, by: (&str, Timestamp)) -> Result<(), Error> {
        let sql = concat!(
            "UPDATE messenger_enforcement SET ",
            mended!(),
            ", affirmed_at = $2 WHERE tenant = $1 AND since IS NOT NULL"
        );
        self.change_enforcement(tenant, sql, "identity.jwt.renew", by).await
    }

    /// Notes that `actor` takes back what is declared.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing is declared.
    pub async fn withdraw_enforcement(&self, tenant: TenantId, by: (&str, Timestamp)) -> Result<(), Error> {
        let sql = "UPDATE messenger_enforcement SET since = NULL, affirmed_at = $2
             WHERE tenant = $1 AND since IS NOT NULL";
        self.change_enforcement(tenant, sql, "identity.jwt.withdraw", by).await
    }

    async fn change_enforcement(
        &self,
        tenant: TenantId,
        sql: &'static str,
        action: &str,
        (actor, at): (&str, Timestamp),
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        outbox::lock(&mut tx, tenant).await?;
        if tx.execute(sql, params![tenant, at]).await? == 0 {
            return Err(Error::not_found("declaration of tenant", tenant));
        }
        let detail = String::new();
        note(&mut tx, tenant, &NewAudit { at, actor, action, about: None, detail }).await?;
        tx.commit().await
    }

    /// Returns what is declared and known; none when nothing ever was declared.
    pub async fn enforcement(&self, tenant: TenantId) -> Result<Option<Enforcement>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT since, affirmed_at, last_refused, last_accepted, probed_at
             FROM messenger_enforcement WHERE tenant = $1";
        tx.find(sql, params![tenant]).await?.map(read).transpose()
    }

    /// Takes the turn to probe at `now`, unless somebody took it after `before` or nothing is declared.
    pub async fn take_probe(
        &self,
        tenant: TenantId,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE messenger_enforcement SET probed_at = $3
             WHERE tenant = $1 AND since IS NOT NULL AND (probed_at IS NULL OR probed_at <= $2)";
        let taken = tx.execute(sql, params![tenant, before, now]).await? > 0;
        tx.commit().await?;
        Ok(taken)
    }

    /// Notes what a probe showed; that is known from then on, whatever is declared.
    pub async fn put_probe(&self, tenant: TenantId, probed: Probed, at: Timestamp) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        outbox::lock(&mut tx, tenant).await?;
        let sql = match probed {
            Probed::Refused => {
                concat!(
                    "UPDATE messenger_enforcement SET ",
                    mended!(),
                    ", last_refused = $2 WHERE tenant = $1"
                )
            }
            Probed::Accepted => "UPDATE messenger_enforcement SET last_accepted = $2 WHERE tenant = $1",
        };
        tx.execute(sql, params![tenant, at]).await?;
        let (actor, action, detail) = ("probe", "identity.jwt.probe", probed.name().to_owned());
        note(&mut tx, tenant, &NewAudit { at, actor, action, about: None, detail }).await?;
        tx.commit().await
    }
}

fn read(mut row: Row) -> Result<Enforcement, Error> {
    Ok(Enforcement {
        since: row.maybe_time()?,
        affirmed_at: row.time()?,
        last_refused: row.maybe_time()?,
        last_accepted: row.maybe_time()?,
        probed_at: row.maybe_time()?,
    })
}
