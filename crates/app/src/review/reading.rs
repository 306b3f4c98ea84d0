//! The passages of a tenant, read a page at a time and remembered in bounds.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Audience, ChunkId, Kind};
use identity::Scope;
use index::{Hit, Query};
use responder::conflict::{Claims, Passage, Weights};
use store::LoadedChunk;

use super::Reviewing;
use crate::{App, Stop};

/// So many chunks are listed at a time.
const PAGE: u32 = 2_000;
/// So many are loaded at a time.
pub(super) const BATCH: usize = 200;
/// So many passages are remembered, taken apart; a passage more is read again.
const REMEMBERED: usize = 10_000;

/// A passage, taken apart.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) loaded: LoadedChunk,
    pub(super) claims: Claims,
}

/// A review that is under way.
pub(super) struct Reading<'a> {
    pub(super) app: &'a App,
    pub(super) scope: Scope,
    pub(super) stop: &'a Stop,
    tell: &'a (dyn Fn(Reviewing) + Sync),
    /// Passages of articles that state something, in the order of their ids.
    pub(super) passages: Vec<ChunkId>,
    /// Learned answers, in the order of their ids.
    pub(super) learned: Vec<ChunkId>,
    /// How telling words are among all passages.
    pub(super) weights: Weights,
    remembered: HashMap<ChunkId, Arc<Known>>,
}

impl<'a> Reading<'a> {
    /// Reads every passage that counts now once, to know what states something and how telling words are.
    pub(super) async fn begin(
        app: &'a App,
        scope: Scope,
        stop: &'a Stop,
        tell: &'a (dyn Fn(Reviewing) + Sync),
    ) -> anyhow::Result<Self> {
        let mut reading = Self {
            app,
            scope,
            stop,
            tell,
            passages: Vec::new(),
            learned: Vec::new(),
            weights: Weights::default(),
            remembered: HashMap::new(),
        };
        let articles = reading.list().await?;
        let mut done = 0;
        for batch in articles.chunks(BATCH) {
            if stop.is_asked() {
                break;
            }
            for known in reading.load(batch).await? {
                if !known.claims.is_empty() {
                    known.claims.weigh(&mut reading.weights);
                    reading.passages.push(known.loaded.chunk.id);
                }
            }
            done += batch.len();
            reading.say("reading passages", done, articles.len());
        }
        Ok(reading)
    }

    /// Lists the chunks of articles that count now, and remembers those of learned answers.
    async fn list(&mut self) -> anyhow::Result<Vec<ChunkId>> {
        let (mut articles, mut after) = (Vec::new(), None);
        let (at, tenant) = (self.scope.articles_at(), self.scope.tenant());
        loop {
            let page = self.app.store.chunk_states(tenant, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(articles) };
            after = Some(last.id);
            for state in page.iter().filter(|state| state.valid_from <= at && at < state.valid_to) {
                let is_shared = matches!(state.audience, Audience::Public | Audience::Internal);
                match state.kind {
                    Kind::Article if is_shared => articles.push(state.id),
                    Kind::LearnedAnswer => self.learned.push(state.id),
                    _ => {}
                }
            }
        }
    }

    /// Returns how many passages state something.
    pub(super) fn len(&self) -> usize {
        self.passages.len()
    }

    /// Says how far the review is.
    pub(super) fn say(&self, what: &'static str, done: usize, total: usize) {
        (self.tell)(Reviewing { what, done: done as u64, total: total as u64 });
    }

    /// Loads passages and takes them apart, in the order asked for; what the scope does not allow is left out.
    pub(super) async fn load(&mut self, ids: &[ChunkId]) -> anyhow::Result<Vec<Arc<Known>>> {
        let missing: Vec<ChunkId> =
            ids.iter().copied().filter(|id| !self.remembered.contains_key(id)).collect();
        let mut fresh = HashMap::new();
        if !missing.is_empty() {
            for loaded in self.app.store.load_chunks(&self.scope, &missing).await?.chunks {
                let claims = Claims::read(Passage::of(&loaded.chunk, &loaded.title));
                fresh.insert(loaded.chunk.id, Arc::new(Known { loaded, claims }));
            }
        }
        let found = ids
            .iter()
            .filter_map(|id| self.remembered.get(id).or_else(|| fresh.get(id)).map(Arc::clone))
            .collect();
        if self.remembered.len() + fresh.len() > REMEMBERED {
            self.remembered.clear();
        }
        self.remembered.extend(fresh);
        Ok(found)
    }

    /// Returns the passages of articles that are nearest by meaning or share the most telling words.
    pub(super) async fn near(
        &self,
        dense: Option<Vec<f32>>,
        text: &str,
        limit: usize,
    ) -> anyhow::Result<Vec<Hit>> {
        let query = Query {
            text: text.to_owned(),
            language: domain::language::detect(text),
            dense,
            kinds: vec![Kind::Article],
            applicability: None,
            limit,
            exact: false,
        };
        let hits = self.app.index.search(&self.scope, &query).await?;
        Ok(hits.dense.into_iter().chain(hits.lexical).collect())
    }
}
