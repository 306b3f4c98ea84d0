//! Keeps the index up to the store while questions are answered, and makes it anew.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::ensure;
use domain::{Audience, ChunkId, Decision, HandOff, Language, Outcome, TenantId};
use identity::{Identities, Purpose, Reader, Scope};
use index::{Hits, Op, Query};
use ingest::Stop;
use responder::Response;
use serde::Serialize;

use crate::App;
use crate::conversation::rest;

/// How often it is looked whether the index lags behind.
const LOOK: Duration = Duration::from_secs(5);
/// How many searches a new index is put to before it counts.
const SAMPLE: usize = 20;
/// What a chunk scores by its own vector, but for rounding.
const ITSELF: f32 = 0.999;

/// What was made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Chunks in the new index.
    pub chunks: u64,
    /// Searches that it was put to.
    pub searches: usize,
    /// Chunks that changed meanwhile, and were brought up afterwards.
    pub late: u64,
}

impl App {
    /// Looks every few seconds whether the index can be asked and lags behind, until `stop` asks for the end.
    pub async fn keep_index(&self, stop: &Stop) {
        while !stop.is_asked() {
            if let Err(error) = self.tend_index().await {
                tracing::warn!("the index is behind the store and is tried again: {error:#}");
            }
            rest(LOOK, stop).await;
        }
    }

    /// Brings the index up to the store where it lags behind, and makes it anew where somebody took it away.
    ///
    /// # Errors
    /// Fails when the index cannot be asked, or the store fails.
    pub async fn tend_index(&self) -> anyhow::Result<()> {
        let looked = self.index.look().await;
        if let Err(error) = &looked
            && error.is_broken()
        {
            tracing::warn!("the index is not there any more and is made anew: {error}");
            self.index.restore().await?;
            self.behind.store(true, Ordering::Relaxed);
        } else if !matches!(looked, Err(index::Error::Writing(_))) {
            looked?;
        }
        if self.behind.load(Ordering::Relaxed) {
            self.catch_up().await?;
        }
        for tenant in self.store.list_tenants().await? {
            if self.store.outbox_len(tenant.id).await? > 0 {
                self.drain(tenant.id).await?;
                self.ingest.join(tenant.id).await?;
            }
        }
        Ok(())
    }

    /// Reports whether the index can be asked, whether it can be changed, and whether it is up to the store.
    ///
    /// # Errors
    /// Says what is not so.
    pub async fn index_is_ready(&self) -> anyhow::Result<()> {
        self.index.look().await?;
        if self.behind.load(Ordering::Relaxed) {
            ensure!(self.is_level().await?, "the index is being brought up to the store");
            self.behind.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Reports whether the index holds as much as the store, which another process may have seen to.
    async fn is_level(&self) -> anyhow::Result<bool> {
        for tenant in self.store.list_tenants().await? {
            let stored = self.store.counts(tenant.id).await?.chunks;
            if self.index.count(tenant.id).await? as u64 != stored {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes the index of a tenant anew beside the old one, which is searched meanwhile, holds it against what was
    /// handed over, and puts it in place. Broken off at any point, the old one still counts.
    ///
    /// # Errors
    /// Fails when the new one does not hold what it was given, and when store, index or model fail.
    pub async fn rebuild_tenant(&self, tenant: TenantId, stop: &Stop) -> anyhow::Result<Rebuilt> {
        let turn = self.index.turn(tenant).await;
        let mut rebuild = self.index.rebuild(tenant).await?;
        let mut sample = Sample::default();
        let put = async |ops: Vec<Op>| {
            sample.take(&ops);
            Ok::<(), ingest::Error>(rebuild.apply(ops).await?)
        };
        let chunks = self.ingest.hand_over(tenant, stop, put).await?.rows;
        ensure_whole(rebuild.count().await? as u64, chunks)?;
        let scope = self.everything(tenant)?;
        for (chunk, query) in &sample.0 {
            check(*chunk, &rebuild.search(&scope, query).await?)?;
        }
        rebuild.finish().await?;
        drop(turn);
        let late = self.mend(tenant).await?;
        Ok(Rebuilt { chunks, searches: sample.0.len(), late })
    }

    /// Fills an index that was begun beside the one that counts, holds it against the store, and makes it the one
    /// that counts.
    pub(crate) async fn fill_beside(&self, stop: &Stop) -> anyhow::Result<Vec<(String, Rebuilt)>> {
        let tenants = self.store.list_tenants().await?;
        let mut made = Vec::new();
        for tenant in &tenants {
            let mut sample = Sample::default();
            let put = async |ops: Vec<Op>| {
                sample.take(&ops);
                Ok::<(), ingest::Error>(self.index.apply(tenant.id, ops).await?)
            };
            let chunks = self.ingest.hand_over(tenant.id, stop, put).await?.rows;
            ensure_whole(self.index.count(tenant.id).await? as u64, chunks)?;
            let scope = self.everything(tenant.id)?;
            for (chunk, query) in &sample.0 {
                check(*chunk, &self.index.search(&scope, query).await?)?;
            }
            made.push(Rebuilt { chunks, searches: sample.0.len(), late: 0 });
        }
        self.index.publish().await?;
        let mut rebuilt = Vec::new();
        for (tenant, one) in tenants.into_iter().zip(made) {
            let late = self.mend(tenant.id).await?;
            rebuilt.push((tenant.name, Rebuilt { late, ..one }));
        }
        Ok(rebuilt)
    }

    /// Brings up what is not the same in store and index, and returns how many chunks that were.
    ///
    /// # Errors
    /// Fails when one of them cannot be read or written.
    pub async fn mend(&self, tenant: TenantId) -> anyhow::Result<u64> {
        self.drain(tenant).await?;
        let differences = self.compare_index(tenant).await?.differences;
        let chunks: Vec<ChunkId> = differences.iter().map(|difference| difference.chunk()).collect();
        if !chunks.is_empty() {
            self.store.requeue(tenant, &chunks).await?;
            self.drain(tenant).await?;
        }
        Ok(chunks.len() as u64)
    }

    /// Returns the scope of somebody who works for the tenant.
    fn everything(&self, tenant: TenantId) -> anyhow::Result<Scope> {
        let about = Identities { subjects: [].into(), companies: [].into() };
        Ok(Scope::live(tenant, vec![Reader::Agent { about }], Purpose::Draft, self.seams.clock.now())?)
    }
}

/// Chunks that a new index has to find by their own words and vectors.
#[derive(Debug, Default)]
struct Sample(Vec<(ChunkId, Query)>);

impl Sample {
    /// Takes some of what is handed over: what everybody who works for the tenant may see, and what counts now.
    fn take(&mut self, ops: &[Op]) {
        let wanted = (SAMPLE - self.0.len().min(SAMPLE)).min(SAMPLE / 4);
        let candidates = ops.iter().filter_map(|op| match op {
            Op::Upsert { chunk, dense }
                if matches!(chunk.audience, Audience::Public | Audience::Internal)
                    && chunk.valid_to == domain::Timestamp::OPEN
                    && dense.iter().any(|number| *number != 0.0) =>
            {
                Some((chunk, dense))
            }
            _ => None,
        });
        self.0.extend(candidates.take(wanted).map(|(chunk, dense)| {
            let query = Query {
                text: chunk.search_text.chars().take(200).collect(),
                language: Language::UNKNOWN,
                dense: Some(dense.clone()),
                kinds: vec![chunk.kind],
                applicability: None,
                limit: 10,
                exact: false,
            };
            (chunk.id, query)
        }));
    }
}

fn ensure_whole(held: u64, given: u64) -> anyhow::Result<()> {
    ensure!(
        held == given,
        "the new index holds {held} of the {given} chunks that it was given; the old one still counts"
    );
    Ok(())
}

/// Checks that a chunk, or one that is the same, is found by its own vector.
fn check(chunk: ChunkId, hits: &Hits) -> anyhow::Result<()> {
    let best = hits.dense.first().map(|hit| hit.score);
    ensure!(
        best.is_some_and(|score| score >= ITSELF),
        "the new index does not find chunk `{chunk}` by its own vector; the old one still counts"
    );
    Ok(())
}

/// Hands off what could not be searched for because the index could not be asked; every other error stays one.
pub(crate) fn or_hand_off(answered: Result<Response, responder::Error>) -> anyhow::Result<Response> {
    match answered.map_err(anyhow::Error::from) {
        Err(error) if cannot_search(&error) => {
            tracing::warn!("a question is handed off: {error:#}");
            let outcome = Outcome::HandOff(HandOff::SearchUnavailable);
            let decision = Decision {
                outcome,
                draft: None,
                for_agent: Vec::new(),
                unseen: None,
                confidence: 0.0,
                checks: Vec::new(),
            };
            Ok(Response {
                question: None,
                evidence: None,
                decision,
                reading: None,
                drafting: None,
                asked: Vec::new(),
            })
        }
        outcome => outcome,
    }
}

fn cannot_search(error: &anyhow::Error) -> bool {
    let of_server = |cause: &(dyn std::error::Error + 'static)| {
        matches!(cause.downcast_ref::<index::Error>(), Some(index::Error::Server { .. }))
    };
    error.chain().any(of_server)
}
