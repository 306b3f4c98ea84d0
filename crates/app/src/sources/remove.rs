//! Removing a source with everything it brought.

use anyhow::{Context as _, ensure};
use ingest::Stop;
use serde::Serialize;
use store::{Holds, PageWrite};

use super::Configured;
use crate::App;
use crate::books::Books;

/// What goes with a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Goes {
    /// Its name.
    pub name: String,
    /// What people call the account; none where it was never reached.
    pub account: Option<String>,
    /// Documents.
    pub documents: u64,
    /// Passages that are searched.
    pub chunks: u64,
    /// Whether the configuration still names it; it is paused then.
    pub is_configured: bool,
}

/// What went with a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Gone {
    /// Documents.
    pub documents: u64,
    /// Chunks of all their versions.
    pub chunks: u64,
}

/// So many things are removed in one transaction.
const BATCH: u32 = 200;

impl Books {
    /// Returns what would go with a source.
    ///
    /// # Errors
    /// Fails when there is no such source.
    pub async fn what_goes(&self, one: &Configured) -> anyhow::Result<Goes> {
        let source = one.connection.as_ref().and_then(|connection| connection.source);
        let holds = match source {
            Some(source) => self.store.source_holds(one.tenant, source, self.clock.now()).await?,
            None => Holds::default(),
        };
        let known = self.store.list_sources(one.tenant).await?;
        let account = known.into_iter().find(|known| Some(known.id) == source).map(|known| known.name);
        Ok(Goes {
            name: one.name.clone(),
            account,
            documents: holds.documents,
            chunks: holds.chunks,
            is_configured: !one.is_added,
        })
    }
}

impl App {
    /// Removes a source: what it brought from store and index, then what opens it. Killed in the middle, the same
    /// call goes on. What another source of the same account would read comes again with its next round.
    ///
    /// # Errors
    /// Fails when it is being read, or store or index fail.
    pub async fn remove_source(&self, one: &Configured, stop: &Stop) -> anyhow::Result<Gone> {
        let (key, now) = ((one.tenant, one.name.as_str()), self.seams.clock.now());
        let Some(connection) = self.store.find_connection(one.tenant, &one.name).await? else {
            return Ok(Gone::default());
        };
        // Whoever reads it would bring back what goes.
        self.store.pause_connection(key, Some(now)).await?;
        let is_ours = self.store.begin_round(key, now, (now, now.plus_millis(10 * 60_000))).await?;
        ensure!(is_ours, "the source `{}` is being read; it is paused now, try again in a minute", one.name);
        let mut gone = Gone::default();
        if let Some(source) = connection.source {
            loop {
                ensure!(!stop.is_asked(), "interrupted; run the same command again to go on");
                let deletions = self.store.some_of_source(one.tenant, source, BATCH).await?;
                if deletions.is_empty() {
                    break;
                }
                let write = PageWrite { deletions, ..PageWrite::default() };
                let saved = self.store.save_page(one.tenant, source, write, now).await?;
                gone.documents += saved.documents_removed;
                gone.chunks += saved.chunks_removed;
            }
            self.ingest.drain(one.tenant, stop, &|_| {}).await?;
            self.store
                .remove_source(one.tenant, source)
                .await
                .with_context(|| format!("`{}` cannot be forgotten", one.name))?;
        }
        if one.is_added {
            self.store.remove_connection(one.tenant, &one.name).await?;
        } else {
            // The configuration still names it: it stays paused, or it would be read again.
            self.store.round_ended(key, (None, now), None, "{}").await?;
        }
        Ok(gone)
    }
}
