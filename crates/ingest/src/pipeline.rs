//! One run over a source: changes first, then what is gone, then the index.

mod gone;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use connector::{Cursor, Page, Problem, Source};
use domain::record::{ExternalId, RawConversation, RawTurn, Record, RecordKind};
use domain::{CompanyId, ConversationId, SourceId, SubjectId, TenantId, Timestamp, Turn, text};
use index::Index;
use llm::Embedder;
use serde::{Deserialize, Serialize};
use store::{PageWrite, Saved, Store};

use crate::chunk::Size;
use crate::courtesy::Courtesy;
use crate::drain::Drained;
use crate::error::Error;
use crate::learned::Memory;
use crate::people;
use crate::privacy::Rules;
use crate::translate::Context;
use gone::Stock;

/// How documents are cut and deletions guarded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Most tokens in a chunk.
    pub chunk_tokens: usize,
    /// Tokens that a chunk shares with the one before it.
    pub chunk_overlap: usize,
    /// Largest share of a source's items that may go in one run without asking, 0 to 1.
    pub shrink_share: f64,
}

/// A wish to stop, shared with whoever may express it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks for the end; work stops at the next place where nothing is lost.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Reports whether the end was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Items read so far.
    Read {
        /// How many.
        items: u64,
    },
    /// Chunks brought to the index so far in this batch of work.
    Indexed {
        /// How many.
        chunks: u64,
        /// How many texts of them had to be embedded.
        embedded: u64,
    },
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// What people call the source.
    pub source: String,
    /// The source.
    #[serde(skip)]
    pub id: Option<SourceId>,
    /// How many things the source lists, where its whole list was seen.
    pub listed: Option<u64>,
    /// Items that the source handed over.
    pub items: u64,
    /// Items whose content was known already.
    pub unchanged: u64,
    /// Documents that were not known.
    pub documents_new: u64,
    /// Documents with a new version.
    pub documents_changed: u64,
    /// Documents that are gone.
    pub documents_removed: u64,
    /// Documents that are not there by their own ids either and must be in no answer until they are.
    pub documents_withdrawn: u64,
    /// Conversations that were not known.
    pub conversations_new: u64,
    /// Conversations that were written again.
    pub conversations_changed: u64,
    /// Conversations that are gone.
    pub conversations_removed: u64,
    /// Chunks that were added.
    pub chunks_added: u64,
    /// Texts that had to be embedded.
    pub embedded: u64,
    /// Texts whose vectors were in the cache.
    pub embeddings_cached: u64,
    /// What could not be taken in, or only with a change.
    pub problems: Vec<Problem>,
    /// What the source tells of the whole.
    pub notes: Vec<String>,
    /// Items left out because whoever they are about was erased.
    pub erased: u64,
    /// Problems beyond those listed.
    pub problems_more: u64,
}

/// Most problems that are kept to be listed.
const MOST_PROBLEMS: usize = 200;
/// Details are loaded so many at a time.
const DETAILS: u32 = 50_000;

/// Everything a run needs.
#[derive(Clone)]
pub struct Ingest {
    /// Where things are stored.
    pub store: Store,
    /// Where they are found.
    pub index: Arc<Index>,
    /// What makes vectors of them.
    pub embedder: Arc<dyn Embedder>,
    /// How they are cut.
    pub config: Config,
    /// What of past conversations is a secret.
    pub rules: Rules,
    /// Which live questions go first.
    pub courtesy: Courtesy,
}

/// What this one run may do.
#[derive(Debug, Clone)]
pub struct Run {
    /// The tenant.
    pub tenant: TenantId,
    /// The moment.
    pub now: Timestamp,
    /// Whether items may go however many they are.
    pub allow_shrink: bool,
    /// The wish to stop.
    pub stop: Stop,
}

impl Ingest {
    /// Brings store and index up to `source`. Repeatable and resumable: what is stored is not done again.
    ///
    /// # Errors
    /// See [`Error`]; everything stored before stays.
    pub async fn run(
        &self,
        run: &Run,
        source: &dyn Source,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Summary, Error> {
        let account = source.check().await.map_err(|error| failed("?", error))?;
        let name = account.name.clone();
        let id =
            self.store.ensure_source(run.tenant, (account.kind, &account.id), &account.name, run.now).await?;
        let mut known = self.store.content_hashes(run.tenant, id).await?;
        let mut summary = Summary { source: name.clone(), id: Some(id), ..Summary::default() };
        let mut memory = Memory::new(self.rules.clone(), self.details(run.tenant).await?);
        let mut cursor = self.store.cursor(run.tenant, id).await?.map(Cursor::new);
        loop {
            if run.stop.is_asked() {
                return Err(Error::Interrupted);
            }
            self.courtesy.give_way().await;
            let page = match source.pull(cursor.as_ref()).await {
                Err(connector::Error::StartOver { .. }) if cursor.is_some() => {
                    cursor = None;
                    continue;
                }
                other => other.map_err(|error| failed(&name, error))?,
            };
            let (next, more) = (page.next.clone(), page.more);
            memory = self.page((run, id), page, memory, &mut known, &mut summary).await?;
            progress(Progress::Read { items: summary.items });
            self.drained(run, progress, &mut summary).await?;
            cursor = Some(next);
            if !more {
                break;
            }
        }
        let ended = match cursor {
            Some(cursor) => {
                let mut stock = Stock { source, known, memory: Some(memory), cursor };
                self.remove_gone((run, id), &mut stock, &mut summary).await
            }
            None => Ok(()),
        };
        // What must be in no answer leaves the index also where the run stops to ask.
        self.drained(run, progress, &mut summary).await?;
        if summary.embedded + summary.embeddings_cached > 0 {
            self.join(run.tenant).await?;
        }
        ended.map(|()| summary)
    }

    async fn drained(
        &self,
        run: &Run,
        progress: &(dyn Fn(Progress) + Sync),
        summary: &mut Summary,
    ) -> Result<(), Error> {
        let Drained { embedded, cached, .. } = self.drain(run.tenant, &run.stop, progress).await?;
        summary.embedded += embedded;
        summary.embeddings_cached += cached;
        Ok(())
    }

    /// Returns everything that is known of a tenant's details.
    async fn details(&self, tenant: TenantId) -> Result<Vec<store::Detail>, Error> {
        let mut all = Vec::new();
        loop {
            let after = all.last().map(|detail: &store::Detail| detail.hash);
            let page = self.store.list_details(tenant, after, DETAILS).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Stores a page: what changed, who was seen, and the cursor, in one transaction.
    async fn page(
        &self,
        (run, source): (&Run, SourceId),
        page: Page,
        memory: Memory,
        known: &mut HashMap<ExternalId, [u8; 32]>,
        summary: &mut Summary,
    ) -> Result<Memory, Error> {
        page.problems.into_iter().for_each(|problem| note(summary, problem));
        let size = Size { tokens: self.config.chunk_tokens, overlap: self.config.chunk_overlap };
        let context = Context { tenant: run.tenant, source, size, now: run.now };
        let mut fresh = Vec::new();
        let mut events = Vec::new();
        let away = self.away(&context, &page.records).await?;
        let mut write = PageWrite { cursor: Some(page.next.as_str().to_owned()), ..PageWrite::default() };
        for record in page.records {
            if let Record::Deleted(external) = record {
                known.remove(&external);
                write.deletions.push(external);
                continue;
            }
            summary.items += 1;
            if let Record::Person(event) = record {
                events.push(event);
                continue;
            }
            if away.keeps(&record) {
                summary.erased += 1;
                continue;
            }
            let hash = hash_of(&record);
            if let Some(external) = external_id(&record) {
                if known.insert(external.clone(), hash) == Some(hash) {
                    summary.unchanged += 1;
                    continue;
                }
                write.hashes.push((external, hash));
            }
            fresh.push(record);
        }
        for problem in people::write(&context, &self.rules, &away, events, &mut write) {
            note(summary, problem);
        }
        self.keep_what_was_cut(context, &mut fresh).await?;
        let begun = self.begun_by(context, &fresh).await?;
        let personal = self.store.looked_up(context.tenant, &conversations_of(context, &fresh)).await?;
        let (write, memory) = tokio::task::spawn_blocking(move || {
            translate(context, fresh, (&begun, &personal), write, memory)
        })
        .await
        .map_err(|error| {
            Error::Store(store::Error::Invalid { what: format!("a page could not be translated: {error}") })
        })?;
        let saved = self.store.save_page(run.tenant, source, write, run.now).await?;
        count(summary, &saved);
        Ok(memory)
    }

    /// Puts back the turns that are stored and that a source left out of a long conversation.
    async fn keep_what_was_cut(&self, context: Context, records: &mut [Record]) -> Result<(), Error> {
        for record in records {
            let Record::Conversation(raw) = record else { continue };
            let Some(until) = raw.cut_until else { continue };
            let id = ConversationId::derive(context.source, &raw.external_id);
            match self.store.conversation(context.tenant, id).await {
                Ok(stored) => keep_turns(raw, stored.turns, until),
                Err(store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Returns who began those of the conversations that are stored already, where that was no user.
    async fn begun_by(
        &self,
        context: Context,
        records: &[Record],
    ) -> Result<HashMap<ConversationId, SubjectId>, Error> {
        let conversations = conversations_of(context, records);
        Ok(self.store.begun_by_no_user(context.tenant, &conversations).await?)
    }
}

fn conversations_of(context: Context, records: &[Record]) -> Vec<ConversationId> {
    let id = |record: &Record| match record {
        Record::Conversation(raw) => Some(ConversationId::derive(context.source, &raw.external_id)),
        _ => None,
    };
    records.iter().filter_map(id).collect()
}

/// Puts the stored turns that lie between the first message and `until` between them.
fn keep_turns(raw: &mut RawConversation, stored: Vec<Turn>, until: Timestamp) {
    let Some(first) = raw.turns.first().map(|turn| turn.at) else { return };
    let kept = stored.into_iter().filter(|turn| first < turn.at && turn.at < until).map(|turn| RawTurn {
        author: turn.author,
        author_id: turn.author_id,
        at: turn.at,
        text: turn.text,
        cites: turn.cites,
    });
    let before = raw.turns.len();
    raw.turns.splice(1..1, kept);
    let added = raw.turns.len() - before;
    raw.solution_turn = raw.solution_turn.map(|turn| if turn > 0 { turn + added } else { turn });
}

fn translate(
    context: Context,
    records: Vec<Record>,
    (begun, personal): (&HashMap<ConversationId, SubjectId>, &BTreeSet<ConversationId>),
    mut write: PageWrite,
    mut memory: Memory,
) -> (PageWrite, Memory) {
    let mut conversations = Vec::new();
    for record in records {
        match record {
            Record::Document(raw) => {
                let article = context.article(raw);
                memory.read_document(&article);
                write.documents.push(article);
            }
            Record::Conversation(raw) => {
                let id = ConversationId::derive(context.source, &raw.external_id);
                let conversation = context.conversation(&raw, begun.get(&id).copied());
                write.sightings.extend(context.sightings(&raw, conversation.id));
                write.documents.extend(context.history(&conversation));
                // What was looked up about somebody is no knowledge, however often it is told.
                if !personal.contains(&conversation.id) {
                    memory.read_conversation(&context, &conversation, &raw);
                }
                conversations.push((conversation, raw));
            }
            Record::Company(raw) => write.companies.push(store::Company {
                id: CompanyId::derive(context.tenant, &raw.external_id),
                external_id: raw.external_id,
                name: raw.name,
            }),
            // Both were taken out before.
            Record::Person(_) | Record::Deleted(_) => {}
        }
    }
    // First all that was told, then what may be shown of it.
    for (conversation, raw) in conversations {
        let learned = (!personal.contains(&conversation.id))
            .then(|| memory.learn(&context, &conversation, &raw))
            .flatten();
        match learned {
            Some(learned) => write.documents.push(learned),
            None => write.withdrawn.push(context.learned_id(&conversation)),
        }
        write.conversations.push(conversation);
    }
    write.details = memory.changed();
    (write, memory)
}

/// Returns by what a record is known again.
fn hash_of(record: &Record) -> [u8; 32] {
    text::hash(&[format!("{record:?}").as_bytes()])
}

fn note(summary: &mut Summary, problem: Problem) {
    if summary.problems.len() < MOST_PROBLEMS {
        summary.problems.push(problem);
    } else {
        summary.problems_more += 1;
    }
}

fn failed(name: &str, source: connector::Error) -> Error {
    Error::Source { source_name: name.to_owned(), source }
}

fn external_id(record: &Record) -> Option<ExternalId> {
    let (kind, id) = match record {
        Record::Document(raw) => (RecordKind::Document, &raw.external_id),
        Record::Conversation(raw) => (RecordKind::Conversation, &raw.external_id),
        Record::Company(raw) => (RecordKind::Company, &raw.external_id),
        Record::Person(_) | Record::Deleted(_) => return None,
    };
    Some(ExternalId { kind, id: id.clone() })
}

fn count(summary: &mut Summary, saved: &Saved) {
    summary.documents_new += saved.documents_new;
    summary.documents_changed += saved.documents_changed;
    summary.documents_removed += saved.documents_removed;
    summary.conversations_new += saved.conversations_new;
    summary.conversations_changed += saved.conversations_replaced;
    summary.conversations_removed += saved.conversations_removed;
    summary.chunks_added += saved.chunks_added;
}
