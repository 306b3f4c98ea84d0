//! Who saw whom, and who changed what. Rows are only ever added: triggers in both databases refuse the rest.

use domain::{PersonId, TenantId, Timestamp};
use serde::Serialize;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;
use crate::{Store, outbox};

/// Something to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit<'a> {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: &'a str,
    /// What was done, as one word such as `person.show`.
    pub action: &'a str,
    /// Whom it was about, where it was about somebody.
    pub about: Option<PersonId>,
    /// What else there is to say: ids and counts, never a name or a text.
    pub detail: String,
}

/// Something that was noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audited {
    /// Its number within the tenant, from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// Whom it was about.
    pub about: Option<PersonId>,
    /// What else there is to say.
    pub detail: String,
}

impl Store {
    /// Notes what somebody did.
    pub async fn note(&self, tenant: TenantId, new: &NewAudit<'_>) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        // The numbers have no gaps, so whoever takes one waits for its turn.
        outbox::lock(&mut tx, tenant).await?;
        note(&mut tx, tenant, new).await?;
        tx.commit().await
    }

    /// Returns everything that was noted, oldest first; of one person where `about` names one.
    pub async fn list_audit(&self, tenant: TenantId, about: Option<PersonId>) -> Result<Vec<Audited>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT seq, at, actor, action, about, detail FROM audit WHERE tenant = $1 ORDER BY seq";
        let all = tx.rows(sql, params![tenant]).await?.into_iter().map(read);
        let all = all.collect::<Result<Vec<Audited>, _>>()?;
        Ok(all.into_iter().filter(|one| about.is_none() || one.about == about).collect())
    }
}

/// Notes what somebody did, in the transaction that does it.
pub(crate) async fn note(tx: &mut Tx, tenant: TenantId, new: &NewAudit<'_>) -> Result<(), Error> {
    let sql = "INSERT INTO audit (tenant, seq, at, actor, action, about, detail)
         SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5, $6 FROM audit WHERE tenant = $1";
    tx.execute(sql, params![tenant, new.at, new.actor, new.action, new.about, &new.detail]).await?;
    Ok(())
}

fn read(mut row: Row) -> Result<Audited, Error> {
    Ok(Audited {
        seq: row.int()?,
        at: row.time()?,
        actor: row.text()?,
        action: row.text()?,
        about: row.maybe_id()?,
        detail: row.text()?,
    })
}
