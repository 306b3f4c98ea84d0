//! Holding index and store against what is outside, exactly.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::ensure;
use domain::record::RawAudience;
use domain::{Audience, Chunk, ChunkId, CompanyId, DocumentId, Kind, SourceId, Timestamp};
use store::ChunkState;

use super::{Bench, Truth, Viewer};

/// How many rows are read at once.
const PAGE: u32 = 10_000;
/// How many differences are told.
const MOST_TOLD: usize = 12;

/// Differences that were found.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn add(&mut self, what: String) {
        self.0.push(what);
    }

    /// Says which ids only one of two sets has.
    fn sets(&mut self, what: &str, held: &BTreeSet<String>, expected: &BTreeSet<String>) {
        held.difference(expected).for_each(|id| self.add(format!("{what}: `{id}` is surplus")));
        expected.difference(held).for_each(|id| self.add(format!("{what}: `{id}` is missing")));
    }
}

/// Fails unless what is stored and indexed equals what is outside: ids, newest texts and titles, audiences, and what
/// each kind of viewer finds. Returns how many documents and chunks were compared.
pub(crate) async fn equal(bench: &Bench, outside: &[(SourceId, Truth)]) -> anyhow::Result<(usize, usize)> {
    let mut differences = Differences::default();
    let chunks = all_chunks(bench).await?;
    let index = compare_index(bench, &chunks, &mut differences).await?;
    let mut expected: BTreeMap<DocumentId, (&String, &super::Doc)> = BTreeMap::new();
    for (source, truth) in outside {
        let ids = truth.keys().cloned().collect();
        differences.sets("known to the store", &bench.held(*source).await?, &ids);
        for (id, doc) in truth {
            expected.insert(DocumentId::derive(*source, Kind::Article.name(), id), (id, doc));
        }
    }
    compare_documents(bench, &chunks, &expected, &mut differences).await?;
    for viewer in Viewer::ALL {
        let seen: BTreeSet<String> = bench.seen(viewer).await?.into_keys().collect();
        let may = expected.values().filter(|(_, doc)| viewer.may_see(&doc.audience));
        differences.sets(&format!("found by {viewer:?}"), &seen, &may.map(|(id, _)| (*id).clone()).collect());
    }
    let Differences(all) = differences;
    let told = all.iter().take(MOST_TOLD).map(String::as_str).collect::<Vec<_>>().join("\n  ");
    ensure!(all.is_empty(), "{} differences from what is outside:\n  {told}", all.len());
    Ok((expected.len(), index))
}

async fn all_chunks(bench: &Bench) -> anyhow::Result<Vec<ChunkState>> {
    let mut chunks: Vec<ChunkState> = Vec::new();
    loop {
        let after = chunks.last().map(|chunk| chunk.id);
        let page = bench.app.store.chunk_states(bench.tenant, after, PAGE).await?;
        if page.is_empty() {
            return Ok(chunks);
        }
        chunks.extend(page);
    }
}

/// What index and store both say of a chunk.
type Said = (DocumentId, Kind, Audience, Timestamp, Timestamp);

async fn compare_index(
    bench: &Bench,
    chunks: &[ChunkState],
    differences: &mut Differences,
) -> anyhow::Result<usize> {
    let mut stored: BTreeMap<ChunkId, Said> = chunks
        .iter()
        .map(|one| (one.id, (one.document, one.kind, one.audience, one.valid_from, one.valid_to)))
        .collect();
    let (mut after, mut count) = (None, 0);
    loop {
        let page = bench.app.index.scroll(bench.tenant, after, PAGE as usize).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.chunk);
        count += page.len();
        for point in page {
            let said = (point.document, point.kind, point.audience, point.valid_from, point.valid_to);
            match stored.remove(&point.chunk) {
                None => differences.add(format!("index: chunk `{}` is surplus", point.chunk)),
                Some(expected) if expected != said => differences
                    .add(format!("index: chunk `{}` is {said:?} and not {expected:?}", point.chunk)),
                Some(_) if !point.has_vector => {
                    differences.add(format!("index: chunk `{}` has no vector", point.chunk));
                }
                Some(_) => {}
            }
        }
    }
    stored.keys().for_each(|chunk| differences.add(format!("index: chunk `{chunk}` is missing")));
    let counted = bench.app.index.count(bench.tenant).await?;
    if counted != count {
        differences.add(format!("index: it counts {counted} chunks and shows {count}"));
    }
    Ok(count)
}

async fn compare_documents(
    bench: &Bench,
    chunks: &[ChunkState],
    expected: &BTreeMap<DocumentId, (&String, &super::Doc)>,
    differences: &mut Differences,
) -> anyhow::Result<()> {
    let name = |document: &DocumentId| {
        expected.get(document).map_or_else(|| document.to_string(), |(id, _)| (*id).clone())
    };
    let documents: BTreeSet<String> = chunks.iter().map(|chunk| name(&chunk.document)).collect();
    differences.sets("stored", &documents, &expected.values().map(|(id, _)| (*id).clone()).collect());
    let now = bench.now();
    let live: Vec<&ChunkState> = chunks.iter().filter(|chunk| chunk.valid_to > now).collect();
    for chunk in &live {
        if !chunk.valid_to.is_open() || chunk.valid_from > now {
            differences.add(format!("`{}` has a chunk that ends or begins later", name(&chunk.document)));
        }
    }
    let ids: Vec<ChunkId> = live.iter().map(|chunk| chunk.id).collect();
    let mut by_document: BTreeMap<DocumentId, Vec<Chunk>> = BTreeMap::new();
    for ids in ids.chunks(5_000) {
        for chunk in bench.app.store.load_chunks_unscoped_for_maintenance(bench.tenant, ids).await? {
            by_document.entry(chunk.document).or_default().push(chunk);
        }
    }
    for (document, (id, doc)) in expected {
        let mut chunks = by_document.remove(document).unwrap_or_default();
        chunks.sort_by_key(|chunk| chunk.position);
        let audience = match &doc.audience {
            RawAudience::Company(company) => Audience::Company(CompanyId::derive(bench.tenant, company)),
            RawAudience::Public => Audience::Public,
            RawAudience::Internal | RawAudience::Person(_) => Audience::Internal,
        };
        let versions: BTreeSet<_> = chunks.iter().map(|chunk| chunk.version).collect();
        let bodies: Vec<&str> =
            chunks.iter().map(|chunk| chunk.body.as_str()).filter(|body| !body.is_empty()).collect();
        let text = bodies.join("\n\n");
        if versions.len() != 1 {
            differences.add(format!("`{id}` has {} versions that count", versions.len()));
        } else if text != doc.text {
            differences.add(format!("`{id}` says {text:?} and not {:?}", doc.text));
        } else if !chunks.iter().any(|chunk| chunk.search_text == doc.title) {
            differences.add(format!("`{id}` is not called {:?}", doc.title));
        }
        if let Some(chunk) = chunks.iter().find(|chunk| chunk.audience != audience) {
            differences.add(format!("`{id}` is for {:?} and not {:?}", chunk.audience, doc.audience));
        }
    }
    Ok(())
}
