//! What a source lists no more. Each thing is looked at by its own id before the list is believed, where the source can
//! do that. What is not there either is deleted when the whole list was seen and not suspiciously much is missing;
//! otherwise it is in no answer until it is there again or a person decides.

use std::collections::{HashMap, HashSet};

use connector::{Cursor, Page, Problem, Source};
use domain::SourceId;
use domain::record::{ExternalId, RawDocument, Record, RecordKind};
use store::PageWrite;

use super::{Ingest, MOST_PROBLEMS, Run, Summary, count, failed, note};
use crate::error::Error;
use crate::learned::Memory;

/// A source with fewer items than this may lose any of them.
const TOO_FEW_TO_GUARD: usize = 5;
/// Most things that are looked at by their own ids in one run.
const MOST_LOOKED: usize = 1_000;
/// So many of them at once.
const AT_ONCE: usize = 250;

/// A source, and what is stored of it.
pub(super) struct Stock<'a> {
    pub(super) source: &'a dyn Source,
    /// The hashes of what is stored.
    pub(super) known: HashMap<ExternalId, [u8; 32]>,
    /// Always there, except while a page is stored.
    pub(super) memory: Option<Memory>,
    pub(super) cursor: Cursor,
}

/// What a source lists.
struct Listed {
    ids: HashSet<ExternalId>,
    unseen: Vec<Problem>,
    notes: Vec<String>,
    /// Whether it looks at things by their own ids.
    can_look: bool,
}

/// What a source says of things by their own ids.
#[derive(Default)]
struct Looked {
    asked: HashSet<ExternalId>,
    gone: HashSet<ExternalId>,
}

impl Ingest {
    /// Removes what the source no longer lists. What may be hidden, or is suspiciously much, is withdrawn instead.
    pub(super) async fn remove_gone(
        &self,
        (run, id): (&Run, SourceId),
        stock: &mut Stock<'_>,
        summary: &mut Summary,
    ) -> Result<(), Error> {
        let stored = stock.known.len();
        if stored == 0 {
            return Ok(());
        }
        let Listed { ids, unseen, notes, can_look } = self.listed(stock, &summary.source).await?;
        summary.notes = notes;
        let mut missing: Vec<ExternalId> =
            stock.known.keys().filter(|external| !ids.contains(*external)).cloned().collect();
        missing.sort();
        let is_whole = unseen.is_empty();
        let too_many = missing.len() as f64 > stored as f64 * self.config.shrink_share
            && stored >= TOO_FEW_TO_GUARD
            && !run.allow_shrink;
        if can_look {
            let is_withdrawn =
                |external: &&ExternalId| stock.known.get(*external) == Some(&withdrawn_hash(external));
            // What was withdrawn and is listed again may have come in no page: to the source it never left.
            let mut doubtful: Vec<ExternalId> = ids.iter().filter(is_withdrawn).cloned().collect();
            // Neither may what was deleted and is back before the source looked at everything again.
            doubtful.extend(ids.iter().filter(|external| !stock.known.contains_key(*external)).cloned());
            doubtful.sort();
            if !is_whole || too_many {
                doubtful.extend(missing.iter().filter(|external| !is_withdrawn(external)).cloned());
            } else if !run.allow_shrink {
                doubtful.extend(missing.iter().cloned());
            }
            let looked = self.look_at((run, id), stock, doubtful, summary).await?;
            if !is_whole || too_many {
                self.withdraw((run, id), stock, looked.gone, summary).await?;
            } else if looked
                .asked
                .iter()
                .any(|external| !looked.gone.contains(external) && !ids.contains(external))
            {
                // The list does not show what is there: it is believed in nothing that was not looked at.
                missing.retain(|external| looked.gone.contains(external));
            }
        }
        if !is_whole {
            unseen.into_iter().take(MOST_PROBLEMS).for_each(|problem| note(summary, problem));
            return Ok(());
        }
        summary.listed = Some(ids.len() as u64);
        if too_many {
            return Err(Error::Shrunk {
                source_name: summary.source.clone(),
                listed: stored - missing.len(),
                stored,
                missing: missing.len(),
                share_percent: (self.config.shrink_share * 100.0).round() as u32,
            });
        }
        let write = PageWrite { deletions: missing, full_listing: true, ..PageWrite::default() };
        let saved = self.store.save_page(run.tenant, id, write, run.now).await?;
        count(summary, &saved);
        Ok(())
    }

    /// Reads the whole list; where a part of it is hidden, only when that is of use.
    async fn listed(&self, stock: &Stock<'_>, name: &str) -> Result<Listed, Error> {
        let can_look =
            stock.source.look(&stock.cursor, &[]).await.map_err(|error| failed(name, error))?.is_some();
        let mut listed = Listed { ids: HashSet::new(), unseen: Vec::new(), notes: Vec::new(), can_look };
        let mut after: Option<ExternalId> = None;
        loop {
            self.courtesy.give_way().await;
            let listing = stock.source.list(after.as_ref()).await.map_err(|error| failed(name, error))?;
            if listed.unseen.is_empty() {
                listed.unseen = listing.unseen;
            }
            listed.notes = listing.notes;
            after = listing.ids.last().cloned();
            listed.ids.extend(listing.ids);
            if !listing.more || after.is_none() || !can_look && !listed.unseen.is_empty() {
                return Ok(listed);
            }
        }
    }

    /// Has the source look at things by their own ids, and stores what is there as it is.
    async fn look_at(
        &self,
        (run, id): (&Run, SourceId),
        stock: &mut Stock<'_>,
        mut doubtful: Vec<ExternalId>,
        summary: &mut Summary,
    ) -> Result<Looked, Error> {
        doubtful.retain(|external| external.kind == RecordKind::Document);
        if doubtful.len() > MOST_LOOKED {
            // Not the same ones in every run, should some of them be there and no list show them.
            let second = usize::try_from(run.now.millis() / 1_000).unwrap_or(0);
            let begin = second % doubtful.len();
            doubtful.rotate_left(begin);
            doubtful.truncate(MOST_LOOKED);
        }
        let mut looked = Looked::default();
        for some in doubtful.chunks(AT_ONCE) {
            if run.stop.is_asked() {
                return Err(Error::Interrupted);
            }
            self.courtesy.give_way().await;
            let found = stock.source.look(&stock.cursor, some).await;
            let found = found.map_err(|error| failed(&summary.source, error))?;
            looked.asked.extend(some.iter().cloned());
            let mut there = Vec::new();
            let Some(connector::Looked { records, next }) = found else { continue };
            // Stored with what was found, so that the source knows that it was handed over so.
            stock.cursor = next;
            for record in records {
                match record {
                    Record::Deleted(external) => drop(looked.gone.insert(external)),
                    record => there.push(record),
                }
            }
            self.store_found((run, id), stock, there, summary).await?;
        }
        Ok(looked)
    }

    /// Takes things out of all answers without deleting them.
    async fn withdraw(
        &self,
        (run, id): (&Run, SourceId),
        stock: &mut Stock<'_>,
        gone: HashSet<ExternalId>,
        summary: &mut Summary,
    ) -> Result<(), Error> {
        let is_new = |external: &ExternalId| {
            stock.known.get(external).is_some_and(|hash| *hash != withdrawn_hash(external))
        };
        let mut gone: Vec<ExternalId> = gone.into_iter().filter(is_new).collect();
        gone.sort();
        summary.documents_withdrawn += gone.len() as u64;
        for some in gone.chunks(AT_ONCE) {
            self.store_found((run, id), stock, some.iter().map(withdrawn).collect(), summary).await?;
        }
        Ok(())
    }

    async fn store_found(
        &self,
        (run, id): (&Run, SourceId),
        stock: &mut Stock<'_>,
        records: Vec<Record>,
        summary: &mut Summary,
    ) -> Result<(), Error> {
        let page = Page { records, problems: Vec::new(), next: stock.cursor.clone(), more: false };
        if let Some(memory) = stock.memory.take() {
            stock.memory = Some(self.page((run, id), page, memory, &mut stock.known, summary).await?);
        }
        Ok(())
    }
}

/// Returns what is stored of a document that must be in no answer: a state without a word, which leaves what it was at
/// past moments as it is.
fn withdrawn(external: &ExternalId) -> Record {
    Record::Document(RawDocument { external_id: external.id.clone(), ..RawDocument::default() })
}

fn withdrawn_hash(external: &ExternalId) -> [u8; 32] {
    super::hash_of(&withdrawn(external))
}

#[cfg(test)]
mod tests {
    use domain::record::RawAudience;

    use super::*;

    #[test]
    fn what_is_withdrawn_says_nothing_to_anybody() {
        let external = ExternalId { kind: RecordKind::Document, id: "7".into() };
        let Record::Document(document) = withdrawn(&external) else { panic!("a document") };
        assert_eq!((document.title.as_str(), document.markdown.as_str()), ("", ""));
        assert_eq!(document.audience, RawAudience::Internal);
    }
}
