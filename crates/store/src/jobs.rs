//! Background work: a small queue that keeps the order within a group and never runs a group twice at once.
//!
//! A job is enqueued in the transaction that makes it necessary, claimed under a lease, and either completed
//! or failed by the one who holds its newest fencing token. Within a group the job that was due first runs
//! first, and the next one waits until it is completed or given up; a job that is not due yet holds up
//! nobody. All times come from the caller.

use domain::{JobId, TenantId, Timestamp};

use crate::Store;
use crate::error::Error;
use crate::pool::Backend;
use crate::sql::{Param, Row, fixed, params};
use crate::tx::Tx;

/// Work to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Its id, from the caller's id source.
    pub id: JobId,
    /// What kind of work.
    pub kind: String,
    /// Jobs of one group run one after the other.
    pub group: Option<String>,
    /// As long as a job of the same kind and key waits, another one is not added.
    pub dedupe: Option<String>,
    /// What it is about: ids and nothing personal.
    pub args: serde_json::Value,
    /// When it is due.
    pub run_at: Timestamp,
    /// How often it is tried before it is given up.
    pub max_attempts: u32,
}

/// A job that runs, in the hands of whoever holds this value.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The job.
    pub id: JobId,
    /// Its tenant.
    pub tenant: TenantId,
    /// What kind of work.
    pub kind: String,
    /// What it is about.
    pub args: serde_json::Value,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The fencing token: raised with every claim, so that a holder whose lease ran out changes nothing.
    pub token: i64,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// The job.
    pub id: JobId,
    /// What kind of work.
    pub kind: String,
    /// What it is about.
    pub args: serde_json::Value,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed last.
    pub last_error: Option<String>,
}

/// How long to wait before the next attempt: twice as long each time, spread a little by the job's id so
/// that jobs that failed together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure.
    pub first_ms: u32,
    /// The longest wait.
    pub longest_ms: u32,
}

impl Backoff {
    /// Returns the wait after `attempt` (from 1) of `job`: between three quarters and all of the doubled wait.
    #[must_use]
    pub fn delay_ms(self, job: JobId, attempt: u32) -> i64 {
        let doubled = i64::from(self.first_ms) << attempt.saturating_sub(1).min(30);
        let full = doubled.min(i64::from(self.longest_ms));
        let spread = domain::text::hash(&[job.uuid().as_bytes(), &attempt.to_be_bytes()])[0];
        full - full * i64::from(spread) / 1024
    }
}

impl Store {
    /// Adds jobs; one whose kind and dedupe key already wait is left out. Returns how many were added.
    pub async fn enqueue(&self, tenant: TenantId, jobs: Vec<NewJob>) -> Result<u64, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let added = insert(&mut tx, tenant, jobs).await?;
        tx.commit().await?;
        Ok(added)
    }

    /// Claims the next job of these kinds, of any tenant, until `now` plus `lease_ms`; `None` when nothing
    /// may run. A job whose lease ran out is claimed again.
    pub async fn claim(
        &self,
        kinds: &[&str],
        now: Timestamp,
        lease_ms: i64,
    ) -> Result<Option<Claimed>, Error> {
        let mut tx = self.pools.write(None).await?;
        if self.backend() == Backend::Postgres {
            // Claims take turns, so that two of them never see the same group idle.
            tx.execute("SELECT pg_advisory_xact_lock($1)", params![0x6a6f_6273_i64]).await?;
        }
        // A job whose holders vanish time after time is given up like one that fails.
        let sql = "UPDATE jobs SET state = 'dead', last_error = 'its holder vanished' WHERE state = 'running'
                 AND leased_until <= $1 AND attempts >= max_attempts";
        tx.execute(sql, params![now]).await?;
        let mut next = None;
        for sql in [READY, LAPSED] {
            for mut row in tx.rows_in((sql, NEXT_ORDER), &fixed![now], kinds.iter().copied()).await? {
                let key = (row.time()?, row.id::<JobId>()?);
                next = next.min(Some(key)).or(Some(key));
            }
        }
        let Some((_, id)) = next else {
            tx.commit().await?;
            return Ok(None);
        };
        let sql = "UPDATE jobs SET state = 'running', token = token + 1, attempts = attempts + 1,
                 leased_until = $2 WHERE id = $1 RETURNING id, tenant, kind, args, attempts, token";
        let row = tx.one(sql, params![id, now.plus_millis(lease_ms)]).await?;
        tx.commit().await?;
        claimed(row).map(Some)
    }

    /// Holds a job for longer: until `now` plus `lease_ms`.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else has claimed it meanwhile: stop working on it.
    pub async fn extend(&self, job: &Claimed, now: Timestamp, lease_ms: i64) -> Result<(), Error> {
        let mut tx = self.pools.write(job.tenant).await?;
        let sql = "UPDATE jobs SET leased_until = $3 WHERE id = $1 AND token = $2 AND state = 'running'";
        held(tx.execute(sql, params![job.id, job.token, now.plus_millis(lease_ms)]).await?, job)?;
        tx.commit().await
    }

    /// Takes a finished job out of the queue.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else has claimed it meanwhile, or completed it.
    pub async fn complete(&self, job: &Claimed) -> Result<(), Error> {
        let mut tx = self.pools.write(job.tenant).await?;
        let sql = "DELETE FROM jobs WHERE id = $1 AND token = $2 AND state = 'running'";
        held(tx.execute(sql, params![job.id, job.token]).await?, job)?;
        tx.commit().await
    }

    /// Puts a failed job back for a later attempt, or gives it up after its last one. `why` is kept: no
    /// texts, names or secrets.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else has claimed it meanwhile.
    pub async fn fail(
        &self,
        job: &Claimed,
        now: Timestamp,
        why: &str,
        backoff: Backoff,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(job.tenant).await?;
        // One of the same key that came meanwhile asks for the same work: this one, tried already, stands
        // for both.
        let sql = "DELETE FROM jobs WHERE state = 'ready' AND EXISTS
             (SELECT 1 FROM jobs mine WHERE mine.id = $1 AND mine.token = $2 AND mine.state = 'running'
                  AND mine.attempts < mine.max_attempts AND mine.tenant = jobs.tenant
                  AND mine.kind = jobs.kind AND mine.dedupe_key = jobs.dedupe_key)";
        tx.execute(sql, params![job.id, job.token]).await?;
        let sql = "UPDATE jobs SET run_at = $3, last_error = $4,
                 state = CASE WHEN attempts < max_attempts THEN 'ready' ELSE 'dead' END
             WHERE id = $1 AND token = $2 AND state = 'running'";
        let again = now.plus_millis(backoff.delay_ms(job.id, job.attempt));
        let why = domain::text::shorten(why, 500);
        held(tx.execute(sql, params![job.id, job.token, again, why]).await?, job)?;
        tx.commit().await
    }

    /// Returns the jobs of a tenant that were given up, oldest first.
    pub async fn dead_letters(&self, tenant: TenantId) -> Result<Vec<DeadLetter>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT id, kind, args, attempts, last_error FROM jobs
             WHERE tenant = $1 AND state = 'dead' ORDER BY due_at, id";
        tx.rows(sql, params![tenant]).await?.into_iter().map(dead_letter).collect()
    }

    /// Gives a dead job all its attempts again, from `now` on.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has no such dead job, [`Error::Conflict`] when one of the same key
    /// waits already.
    pub async fn retry_dead(&self, tenant: TenantId, id: JobId, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE jobs SET state = 'ready', attempts = 0, run_at = $3
             WHERE tenant = $1 AND id = $2 AND state = 'dead'";
        match tx.execute(sql, params![tenant, id, now]).await {
            Ok(0) => Err(Error::not_found("dead job", id)),
            Ok(_) => tx.commit().await,
            Err(Error::Conflict { .. }) => {
                Err(Error::Conflict { what: format!("a job with the key of `{id}` waits already") })
            }
            Err(error) => Err(error),
        }
    }

    /// Returns how many jobs were given up, of all tenants.
    pub async fn dead_jobs(&self) -> Result<u64, Error> {
        let mut tx = self.pools.read(None).await?;
        tx.one("SELECT COUNT(*) FROM jobs WHERE state = 'dead'", params![]).await?.count()
    }

    /// Returns how many jobs wait or run, of all tenants.
    pub async fn open_jobs(&self) -> Result<u64, Error> {
        let mut tx = self.pools.read(None).await?;
        tx.one("SELECT COUNT(*) FROM jobs WHERE state <> 'dead'", params![]).await?.count()
    }
}

/// The jobs that may run at `$1`, with nothing of their group running and nothing of it that was due earlier still
/// open: those that are ready, or those whose lease ran out. Each is a question of its own, so that an index hands
/// them over in order and the first is found at once, however many wait.
macro_rules! next {
    ($which:literal) => {
        concat!(
            "SELECT j.run_at, j.id FROM jobs j WHERE ",
            $which,
            " AND NOT EXISTS (SELECT 1 FROM jobs o
                  WHERE o.tenant = j.tenant AND o.group_key = j.group_key AND o.id <> j.id
                    AND ((o.state = 'running' AND o.leased_until > $1)
                      OR (o.state <> 'dead' AND o.due_at <= $1
                        AND (o.due_at < j.due_at OR (o.due_at = j.due_at AND o.id < j.id)))))
              AND j.kind"
        )
    };
}
const READY: &str = next!("j.state = 'ready' AND j.run_at <= $1");
const LAPSED: &str = next!("j.state = 'running' AND j.leased_until <= $1");
const NEXT_ORDER: &str = "ORDER BY j.run_at, j.id LIMIT 1";

/// Adds jobs within the caller's transaction.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, jobs: Vec<NewJob>) -> Result<u64, Error> {
    let rows = jobs.into_iter().map(|job| -> Vec<Param> {
        params![
            job.id,
            tenant,
            job.kind,
            job.group,
            job.dedupe,
            job.args.to_string(),
            "ready",
            job.run_at,
            job.run_at,
            0_i64,
            0_i64,
            0_i64,
            job.max_attempts.max(1),
        ]
    });
    tx.insert(
        "jobs (id, tenant, kind, group_key, dedupe_key, args, state, due_at, run_at, token, leased_until,
             attempts, max_attempts)",
        rows,
        "ON CONFLICT DO NOTHING",
    )
    .await
}

fn held(touched: u64, job: &Claimed) -> Result<(), Error> {
    if touched == 0 {
        let what = format!("job `{}` is no longer held under token `{}`", job.id, job.token);
        return Err(Error::Conflict { what });
    }
    Ok(())
}

fn claimed(mut row: Row) -> Result<Claimed, Error> {
    Ok(Claimed {
        id: row.id()?,
        tenant: row.id()?,
        kind: row.text()?,
        args: row.json()?,
        attempt: row.count()?,
        token: row.int()?,
    })
}

fn dead_letter(mut row: Row) -> Result<DeadLetter, Error> {
    Ok(DeadLetter {
        id: row.id()?,
        kind: row.text()?,
        args: row.json()?,
        attempts: row.count()?,
        last_error: row.maybe_text()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With ten thousand jobs in the queue, sorting them for each claim would keep everybody else from writing.
    #[tokio::test]
    async fn the_next_job_is_found_without_sorting_all_that_wait() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let mut tx = store.pools.read(None).await.unwrap();
        let sql = concat!("EXPLAIN QUERY PLAN ", next!("j.state = 'ready' AND j.run_at <= $1"));
        let kinds = ["conversation"].into_iter();
        let mut plan = Vec::new();
        for mut row in tx.rows_in((sql, NEXT_ORDER), &fixed![0_i64], kinds).await.unwrap() {
            let _numbers = [row.int().unwrap(), row.int().unwrap(), row.int().unwrap()];
            plan.push(row.text().unwrap());
        }
        assert!(plan.iter().any(|step| step.contains("jobs_by_time (state=? AND run_at<?)")), "{plan:?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY")), "{plan:?}");
    }
}
