//! How a source is: what it brought, how old that may be, and what fails.

use domain::Timestamp;
use serde::Serialize;
use store::Holds;

use super::report::{Failure, Report};
use super::schedule::due;
use crate::books::Books;

/// How a source is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// Its name.
    pub name: String,
    /// The connector that reads it.
    pub kind: &'static str,
    /// What people call the account; none before it was reached.
    pub account: Option<String>,
    /// `reading`, `paused`, `failing`, `well`, or `new` before its first round.
    pub standing: &'static str,
    /// Documents that are stored.
    pub documents: u64,
    /// How many things the source lists itself, when its whole list was last seen.
    pub listed: Option<u64>,
    /// Passages that are searched.
    pub chunks: u64,
    /// When the document was changed that has not changed for the longest.
    pub oldest_change: Option<Timestamp>,
    /// When a document was last changed.
    pub newest_change: Option<Timestamp>,
    /// When its whole list was last seen.
    pub last_full_sweep: Option<Timestamp>,
    /// Everything from before this moment is known.
    pub read_to: Option<Timestamp>,
    /// How many seconds what is known may be old by now.
    pub stale_secs: Option<u64>,
    /// How many seconds that ever was, at most.
    pub worst_stale_secs: Option<u64>,
    /// When it is read next; none where that has to be asked for.
    pub next: Option<Timestamp>,
    /// Things that could not be taken in, or only with a change.
    pub problems: u64,
    /// Some of them.
    pub examples: Vec<String>,
    /// What the source tells of the whole, such as what is published although it is restricted there.
    pub notes: Vec<String>,
    /// What fails, by its kind, with what to do about it.
    pub failures: std::collections::BTreeMap<String, Failure>,
}

impl Books {
    /// Returns how the sources of a tenant are.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn source_states(&self, tenant: &str) -> anyhow::Result<Vec<State>> {
        let now = self.clock.now();
        let mut states = Vec::new();
        for one in self.sources().await?.into_iter().filter(|one| one.tenant_name == tenant) {
            let known = one.connection.as_ref();
            let source = known.and_then(|known| known.source);
            let holds = match source {
                Some(source) => self.store.source_holds(one.tenant, source, now).await?,
                None => Holds::default(),
            };
            let account = self.store.list_sources(one.tenant).await?;
            let account = account.into_iter().find(|account| Some(account.id) == source);
            let report = Report::read(known.and_then(|known| known.report.as_deref()));
            let read_to = known.and_then(|known| known.read_to);
            let is_reading = match (known.and_then(|one| one.began_at), known.and_then(|one| one.ended_at)) {
                (Some(began), Some(ended)) => report.is_cut || ended < began,
                (Some(_), None) => true,
                (None, _) => false,
            };
            let standing = match known {
                Some(known) if known.paused_at.is_some() => "paused",
                _ if !report.failures.is_empty() => "failing",
                _ if is_reading => "reading",
                _ if read_to.is_none() => "new",
                _ => "well",
            };
            let secs = |ms: i64| u64::try_from(ms / 1_000).unwrap_or(0);
            let stale = read_to.map(|read_to| now.millis() - read_to.millis());
            let worst = known.map(|known| known.worst_gap_ms);
            states.push(State {
                kind: one.config.kind(),
                account: account.as_ref().map(|account| account.name.clone()),
                standing,
                documents: holds.documents,
                listed: report.listed,
                chunks: holds.chunks,
                oldest_change: holds.oldest,
                newest_change: holds.newest,
                last_full_sweep: account.and_then(|account| account.last_full_listing),
                read_to,
                stale_secs: stale.map(secs),
                worst_stale_secs: stale.map(|stale| secs(stale.max(worst.unwrap_or(0)))),
                next: due(&one).map(|due| due.max(now)),
                problems: report.problems,
                examples: report.examples,
                notes: report.notes,
                failures: report.failures,
                name: one.name,
            });
        }
        Ok(states)
    }
}
