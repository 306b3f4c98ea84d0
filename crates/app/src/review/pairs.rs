//! Pairs of passages that answer the same question differently.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use domain::{ChunkId, DocumentId};
use responder::conflict::{Contradiction, Said, compare};
use serde::Serialize;

use super::Place;
use super::reading::{BATCH, Known, Reading};

/// How many of the passages found by one search are compared. Entries for titles alone may be among them.
pub const NEAR: usize = 16;
/// By how many of its statements a passage is looked for in words.
pub const SENTENCES: usize = 4;
/// With how many others a passage is compared at most.
pub const BESIDE: usize = NEAR * (1 + SENTENCES);

/// Two passages that answer the same question differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// How sure it is that they speak of the same thing, from 0 to 1.
    pub sure: f32,
    /// The older of the two.
    pub one: Place,
    /// The newer one.
    pub other: Place,
    /// What differs, the surest first.
    pub differences: Vec<Contradiction>,
}

/// What makes two findings the same: pieces of a document overlap.
type Identity = (DocumentId, DocumentId, String, String);

impl Reading<'_> {
    /// Compares every passage with its neighbours; returns what contradicts, the likeliest first, and how many pairs
    /// were compared. Two passages of one document are not compared.
    pub(super) async fn pairs(&mut self) -> anyhow::Result<(Vec<Pair>, usize)> {
        let passages = self.passages.clone();
        let (mut pairs, mut told) = (Vec::new(), HashSet::new());
        let mut compared: HashSet<(ChunkId, ChunkId)> = HashSet::new();
        let mut done = 0;
        for batch in passages.chunks(BATCH) {
            let vectors = self.app.index.vectors(&self.scope, batch).await?;
            let mut vectors: HashMap<ChunkId, Vec<f32>> = vectors.into_iter().collect();
            for known in self.load(batch).await? {
                if self.stop.is_asked() {
                    sort(&mut pairs);
                    return Ok((pairs, compared.len()));
                }
                let vector = vectors.remove(&known.loaded.chunk.id);
                let beside = self.neighbours(&known, vector).await?;
                let open: Vec<ChunkId> = beside
                    .into_iter()
                    .filter(|id| compared.insert(ordered(known.loaded.chunk.id, *id)))
                    .collect();
                for other in self.load(&open).await? {
                    pairs.extend(self.differing(&known, &other, &mut told));
                }
                done += 1;
                self.say("comparing passages", done, passages.len());
            }
        }
        sort(&mut pairs);
        Ok((pairs, compared.len()))
    }

    /// Returns the passages of other documents that are near a passage, by meaning and by the words of its
    /// statements.
    async fn neighbours(&self, known: &Known, vector: Option<Vec<f32>>) -> anyhow::Result<BTreeSet<ChunkId>> {
        let (mut near, mut dense) = (BTreeSet::new(), vector);
        for sentence in known.claims.sentences().take(SENTENCES) {
            let text = format!("{} {sentence}", known.loaded.title);
            near.extend(
                self.near(dense.take(), &text, NEAR)
                    .await?
                    .into_iter()
                    .filter_map(|hit| (hit.document != known.loaded.chunk.document).then_some(hit.chunk)),
            );
        }
        Ok(near)
    }

    fn differing(&self, one: &Known, other: &Known, told: &mut HashSet<Identity>) -> Option<Pair> {
        let age = |known: &Known| (known.loaded.chunk.valid_from, known.loaded.chunk.id);
        let (one, other) = if age(one) <= age(other) { (one, other) } else { (other, one) };
        let mut differences = compare(&one.claims, &other.claims, &self.weights).contradictions;
        let (left, right) = (one.loaded.chunk.document, other.loaded.chunk.document);
        let sentence = |said: &Said| said.sentence.clone();
        differences.retain(|found| told.insert((left, right, sentence(&found.one), sentence(&found.other))));
        let sure = differences.first()?.sure;
        Some(Pair { sure, one: Place::of(&one.loaded), other: Place::of(&other.loaded), differences })
    }
}

fn ordered(one: ChunkId, other: ChunkId) -> (ChunkId, ChunkId) {
    (one.min(other), one.max(other))
}

/// From so many other values on, a value belongs to something of which there are many, each with its own: the fee of
/// one kind of account among others. One that changed has one old value, perhaps two.
const MANY_VALUES: usize = 3;

/// Leaves out what differs between many documents in as many values.
fn without_families(pairs: &mut Vec<Pair>) {
    let mut values: HashMap<(String, String), BTreeSet<String>> = HashMap::new();
    let key = |place: &Place, said: &Said| (place.external_id.clone(), said.sentence.clone());
    for pair in pairs.iter() {
        for found in &pair.differences {
            values.entry(key(&pair.one, &found.one)).or_default().insert(found.other.key.clone());
            values.entry(key(&pair.other, &found.other)).or_default().insert(found.one.key.clone());
        }
    }
    let is_one_of_many = |place: &Place, said: &Said| {
        values.get(&key(place, said)).is_some_and(|others| others.len() >= MANY_VALUES)
    };
    for pair in pairs.iter_mut() {
        let (one, other) = (&pair.one, &pair.other);
        pair.differences
            .retain(|found| !is_one_of_many(one, &found.one) && !is_one_of_many(other, &found.other));
        pair.sure = pair.differences.first().map_or(0.0, |found| found.sure);
    }
    pairs.retain(|pair| !pair.differences.is_empty());
}

/// Puts the likeliest first; of equally likely ones, what was written last.
fn sort(pairs: &mut Vec<Pair>) {
    without_families(pairs);
    let newest = |pair: &Pair| (pair.other.since, pair.one.since);
    pairs.sort_by(|a, b| match b.sure.total_cmp(&a.sure) {
        Ordering::Equal => newest(b).cmp(&newest(a)).then_with(|| a.one.external_id.cmp(&b.one.external_id)),
        unequal => unequal,
    });
}
