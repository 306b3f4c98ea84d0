//! The worker: takes jobs, keeps them while they run, and puts back what failed.

use std::time::Duration;

use ingest::Stop;
use store::Claimed;

use super::JOB;
use super::receive::Args;
use super::refusal::refusal;
use super::step::{Halt, Step};
use crate::App;

/// How long a job is held without a sign of life.
pub(crate) const LEASE_MS: i64 = 60_000;
/// How long a conversation waits whose account refuses our key.
const LOCKED_OUT_MS: i64 = 5 * 60_000;
/// How long a worker that finds nothing to do waits before it looks again.
const IDLE: Duration = Duration::from_millis(200);

/// What a worker found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worked {
    /// A job is done.
    Done,
    /// A job failed and comes back later, or is given up.
    Failed,
    /// Somebody else has taken the job over.
    Lost,
    /// Nothing is due.
    Nothing,
}

impl App {
    /// Looks at conversations until `stop` asks for the end, `workers` at a time. A step that runs is brought
    /// to its end first; what is queued stays queued.
    ///
    /// # Errors
    /// Fails when the store does for good.
    pub async fn work(&self, workers: usize, stop: &Stop) -> anyhow::Result<()> {
        let worker = || async {
            while !stop.is_asked() {
                match self.work_once().await {
                    Ok(Worked::Nothing) => wait(IDLE).await,
                    Ok(_) => {}
                    Err(error) if is_temporary(&error) => {
                        tracing::warn!("a worker waits for the database: {error:#}");
                        wait(IDLE).await;
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        futures::future::try_join_all((0..workers.max(1)).map(|_| worker())).await?;
        Ok(())
    }

    /// Takes the next job that is due, and runs it.
    ///
    /// # Errors
    /// Fails when the store does; what a job fails of is kept with the job.
    pub async fn work_once(&self) -> anyhow::Result<Worked> {
        let Some(job) = self.store.claim(&[JOB], self.seams.clock.now(), LEASE_MS).await? else {
            return Ok(Worked::Nothing);
        };
        let halt = match self.held(&job).await {
            Ok(()) => match self.store.complete(&job).await {
                Err(store::Error::Conflict { .. }) => return Ok(Worked::Lost),
                other => return other.map(|()| Worked::Done).map_err(Into::into),
            },
            Err(halt) => halt,
        };
        let Halt::Later(error) = halt else {
            return Ok(Worked::Lost);
        };
        if let Some(what) = refusal(&error) {
            return self.wait_for_access(&job, what).await;
        }
        tracing::warn!(job.id = %job.id, job.attempt = job.attempt, "a conversation could not be looked at: {error:#}");
        let (now, why) = (self.seams.clock.now(), format!("{error:#}"));
        match self.store.fail(&job, now, &why, self.settings.live.backoff()).await {
            Err(store::Error::Conflict { .. }) => Ok(Worked::Lost),
            other => other.map(|()| Worked::Failed).map_err(Into::into),
        }
    }

    /// Puts off a job whose account refuses our key, for as long as that lasts: this is no failure of the
    /// job's, so it is never given up for it. All of a conversation's waiting looks are one.
    async fn wait_for_access(&self, job: &Claimed, what: &str) -> anyhow::Result<Worked> {
        let args: Args = serde_json::from_value(job.args.clone())?;
        if let Some(account) = self.store.find_channel_account(&args.channel, &args.account).await? {
            self.refused(&account, what).await?;
            let later = self.seams.clock.now().plus_millis(LOCKED_OUT_MS);
            let again = self.look_at(&account, &args.conversation, (":access", later));
            self.store.enqueue(job.tenant, vec![again]).await?;
        }
        match self.store.complete(job).await {
            Err(store::Error::Conflict { .. }) => Ok(Worked::Lost),
            other => other.map(|()| Worked::Failed).map_err(Into::into),
        }
    }

    /// Runs a job and holds it for longer as long as it runs.
    async fn held(&self, job: &Claimed) -> Result<(), Halt> {
        let mut step = std::pin::pin!(self.look(job));
        loop {
            tokio::select! {
                ended = &mut step => return ended,
                () = wait(Duration::from_millis(LEASE_MS.unsigned_abs() / 3)) => {
                    match self.store.extend(job, self.seams.clock.now(), LEASE_MS).await {
                        Err(store::Error::Conflict { .. }) => return Err(Halt::Lost),
                        other => other?,
                    }
                }
            }
        }
    }

    #[tracing::instrument(name = "live.step", skip_all, fields(tenant.id = %job.tenant, job.id = %job.id))]
    async fn look(&self, job: &Claimed) -> Result<(), Halt> {
        let args: Args = serde_json::from_value(job.args.clone())?;
        let account = self.store.find_channel_account(&args.channel, &args.account).await?;
        // An account that has gone, or gone to somebody else, has nothing for this tenant any more.
        let Some(account) = account.filter(|account| account.tenant == job.tenant) else {
            return Ok(());
        };
        Step::new(self, job, account, &args.conversation)?.run().await
    }
}

fn is_temporary(error: &anyhow::Error) -> bool {
    error.downcast_ref::<store::Error>().is_some_and(store::Error::is_temporary)
}

/// The one place where live work waits for the machine's time; everything else asks the clock seam.
pub(crate) async fn wait(how_long: Duration) {
    tokio::time::sleep(how_long).await;
}
