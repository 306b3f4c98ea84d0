//! When sources are read: each at its interval, one round at a time, in slices so that a large one does not keep
//! the others waiting. A round that was cut, by a slice, an end or a crash, goes on at the cursor that was stored.

use std::time::Duration;

use anyhow::ensure;
use domain::Timestamp;
use ingest::pipeline::Run;
use ingest::{Progress, Stop, Summary};
use store::Connection;

use super::Configured;
use super::report::Report;
use super::setup::described;
use crate::App;
use crate::conversation::{rest, wait};

/// A round goes on that long before others get their turn.
const SLICE: Duration = Duration::from_secs(120);
/// So long a source belongs to who reads it without a sign of life.
const LEASE_MS: i64 = 60_000;
/// How often such a sign is given.
const SIGN: Duration = Duration::from_secs(20);

/// Returns when a source is due; none for one that is read only when it is asked for.
pub(super) fn due(one: &Configured) -> Option<Timestamp> {
    let every = one.config.every()?;
    let Some(connection) = &one.connection else { return Some(Timestamp::MIN) };
    if connection.paused_at.is_some() {
        return None;
    }
    let Some(began) = connection.began_at else { return Some(Timestamp::MIN) };
    let report = Report::read(connection.report.as_deref());
    let next = began.plus_millis(i64::try_from(every.as_millis()).unwrap_or(i64::MAX));
    Some(match (is_unfinished(connection), report.not_before) {
        // It goes on at once, after those that have waited longer.
        (true, _) => connection.ended_at.unwrap_or(began),
        (false, Some(not_before)) => not_before.max(began),
        (false, None) => next,
    })
}

/// Reports whether the newest round was cut, by wish or by a crash.
fn is_unfinished(connection: &Connection) -> bool {
    let report = Report::read(connection.report.as_deref());
    let fell = connection.began_at.is_some_and(|began| connection.ended_at.is_none_or(|ended| ended < began));
    report.is_cut || fell
}

impl App {
    /// Reads the sources that are due, the one first that has waited longest, each for one slice at most, and returns
    /// how many that were. One that cannot be read is reported and read again at its next interval.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn read_due(&self, stop: &Stop) -> anyhow::Result<u64> {
        let now = self.seams.clock.now();
        let sources = self.books().sources().await?;
        let waiting = sources.iter().filter_map(|one| Some((due(one)?, one)));
        let mut waiting: Vec<_> = waiting.filter(|(due, _)| *due <= now).collect();
        waiting.sort_by_key(|(due, _)| *due);
        let mut read = 0;
        for (_, one) in waiting {
            if stop.is_asked() {
                break;
            }
            self.slice(one, stop).await;
            read += 1;
        }
        Ok(read)
    }

    async fn slice(&self, one: &Configured, stop: &Stop) {
        let slice = Stop::default();
        let reading = self.read_source(one, false, slice.clone(), &|_| {});
        let ending = async {
            let began = tokio::time::Instant::now();
            while !stop.is_asked() && began.elapsed() < SLICE {
                rest(Duration::from_secs(1), stop).await;
            }
            slice.ask();
            std::future::pending::<()>().await;
        };
        let read = tokio::select! {
            read = reading => read,
            () = ending => return,
        };
        let name = &one.name;
        match read {
            Ok(summary) => {
                tracing::info!(source.name = %name, items = summary.items, "a source was read anew");
            }
            Err(_) if slice.is_asked() => {}
            Err(error) => tracing::warn!(source.name = %name, "a source cannot be read: {error:#}"),
        }
    }

    /// Does one round over a source, or goes on with one that was cut, and notes how it went.
    pub(super) async fn round(
        &self,
        one: &Configured,
        allow_shrink: bool,
        stop: Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> anyhow::Result<Summary> {
        let (books, key) = (self.books(), (one.tenant, one.name.as_str()));
        if !one.is_added {
            self.store.add_connection(&described(one, self.seams.clock.now())).await?;
        }
        let Some(known) = self.store.find_connection(one.tenant, &one.name).await? else {
            anyhow::bail!("it was removed");
        };
        ensure!(known.paused_at.is_none(), "it is paused; `backstory sources resume {}` goes on", one.name);
        let now = self.seams.clock.now();
        let began = known.began_at.filter(|_| is_unfinished(&known)).unwrap_or(now);
        let is_ours = self.store.begin_round(key, began, (now, now.plus_millis(LEASE_MS))).await?;
        ensure!(is_ours, "it is being read already; when that ended without a word, it is free in a minute");
        let before = Report::read(known.report.as_deref());
        let reading = async {
            let source = books.open_source(one, now).await?;
            if known.source.is_none() {
                let account = source.check().await?;
                books.only_reader(one, (account.kind, &account.id)).await?;
            }
            let run = Run { tenant: one.tenant, now, allow_shrink, stop };
            Ok::<_, anyhow::Error>(self.ingest.run(&run, &*source, progress).await?)
        };
        let living = async {
            loop {
                wait(SIGN).await;
                let until = self.seams.clock.now().plus_millis(LEASE_MS);
                if let Err(error) = self.store.hold_round(one.tenant, &one.name, until).await {
                    tracing::warn!(source.name = %one.name, "a round could not be marked as alive: {error}");
                }
            }
        };
        let read: anyhow::Result<Summary> = tokio::select! {
            read = reading => read,
            () = living => unreachable!("it goes on for ever"),
        };
        let ended = self.seams.clock.now();
        let (report, well, id) = match &read {
            Ok(summary) => (Report::of(summary, &before), Some(began), summary.id),
            Err(error) if is_interrupted(error) => (Report::cut(before), None, None),
            Err(error) => (Report::failed(error, &one.name, ended, before), None, None),
        };
        self.store.round_ended(key, (well, ended), id, &serde_json::to_string(&report)?).await?;
        read
    }
}

fn is_interrupted(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(ingest::Error::Interrupted)))
}
