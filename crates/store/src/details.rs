//! Rare details and the covered places of learned answers.
//!
//! A learned answer is stored, embedded and searched in its covered form only. The text without covers is
//! kept beside it, and a place is opened on loading only if what it needs was shared by then: enough
//! unrelated customers had been told it, or a readable document showed it, before the moment that the scope
//! may know.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use domain::{Chunk, ChunkId, Kind, TenantId, Timestamp};
use identity::Scope;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::chunks::LoadedChunk;
use crate::error::Error;
use crate::sql::{Param, Row, fixed, params, to_json};
use crate::tx::Tx;

/// What stands in a text where a detail is covered.
pub const COVER: &str = "[…]";

/// What is known of a rare detail; the detail itself is only there as a keyed hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The keyed hash.
    pub hash: i64,
    /// How many unrelated listeners must have been told it.
    pub needed: u8,
    /// Since when a readable document shows it.
    pub shown_from: Option<Timestamp>,
    /// From when it is no secret; [`Timestamp::OPEN`] as long as it is one.
    pub shared_from: Timestamp,
    /// To whom agents wrote it, as many as the rule has to remember.
    pub told: Vec<Told>,
}

/// Somebody who was told a detail, as keyed hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Told {
    /// Stands for the company, or for the person who has none.
    pub company: i64,
    /// Stands for the domain of the address.
    pub domain: i64,
    /// When first.
    pub at: Timestamp,
}

/// The text of a learned answer's chunk without covers, and the places that are covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    /// The chunk, whose stored body is the covered form.
    pub chunk: ChunkId,
    /// The text without covers.
    pub text: String,
    /// The places; they may overlap.
    pub slots: Vec<Slot>,
}

/// A place that stays covered until what it needs is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(u32, u32, Vec<Vec<i64>>)", from = "(u32, u32, Vec<Vec<i64>>)")]
pub struct Slot {
    /// Where it begins in the text without covers, in bytes.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// Hashes of the details that must be shared: of every inner list at least one.
    pub needs: Vec<Vec<i64>>,
}

impl From<(u32, u32, Vec<Vec<i64>>)> for Slot {
    fn from((start, end, needs): (u32, u32, Vec<Vec<i64>>)) -> Self {
        Self { start, end, needs }
    }
}

impl From<Slot> for (u32, u32, Vec<Vec<i64>>) {
    fn from(slot: Slot) -> Self {
        (slot.start, slot.end, slot.needs)
    }
}

impl Slots {
    /// Returns the text as it may be shown when exactly the details are shared of which `shared` says so, and
    /// the covers that are left in it.
    #[must_use]
    pub fn fill(&self, shared: impl Fn(i64) -> bool) -> (String, Vec<Range<usize>>) {
        let open = |slot: &Slot| slot.needs.iter().all(|any| any.iter().any(|hash| shared(*hash)));
        let mut closed: Vec<Range<usize>> = self
            .slots
            .iter()
            .filter(|slot| !open(slot))
            .map(|slot| slot.start as usize..slot.end as usize)
            .collect();
        closed.sort_by_key(|place| (place.start, place.end));
        let (mut text, mut covers) = (String::with_capacity(self.text.len()), Vec::new());
        let mut done = 0;
        let mut closed = closed.into_iter().peekable();
        while let Some(mut place) = closed.next() {
            while let Some(next) = closed.next_if(|next| next.start < place.end || next.start == place.start)
            {
                place.end = place.end.max(next.end);
            }
            text.push_str(&self.text[done..place.start]);
            covers.push(text.len()..text.len() + COVER.len());
            text.push_str(COVER);
            done = place.end;
        }
        text.push_str(&self.text[done..]);
        (text, covers)
    }

    /// Fails when a place is not on the text; [`Slots::fill`] relies on it.
    fn check(&self) -> Result<(), String> {
        let on_text = |slot: &Slot| self.text.get(slot.start as usize..slot.end as usize).is_some();
        if self.slots.iter().all(on_text) {
            return Ok(());
        }
        Err(format!("a covered place of chunk `{}` is not on its text", self.chunk))
    }
}

impl Store {
    /// Returns what is known of details; those that were never seen are absent.
    pub async fn details(&self, tenant: TenantId, hashes: &[i64]) -> Result<HashMap<i64, Detail>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql =
            "SELECT hash, needed, shown_from, shared_from, told FROM details WHERE tenant = $1 AND hash";
        let rows = tx.rows_in_ints(sql, &fixed![tenant], hashes).await?;
        rows.into_iter().map(|row| detail(row).map(|detail| (detail.hash, detail))).collect()
    }

    /// Returns up to `limit` details by hash, behind `after`.
    pub async fn list_details(
        &self,
        tenant: TenantId,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Detail>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT hash, needed, shown_from, shared_from, told FROM details
             WHERE tenant = $1 AND (hash > $2 OR $3 = 1) ORDER BY hash LIMIT $4";
        let from_start = after.is_none();
        let rows = tx.rows(sql, params![tenant, after.unwrap_or(i64::MIN), from_start, limit]).await?;
        rows.into_iter().map(detail).collect()
    }

    /// Replaces what is known of these details.
    pub async fn upsert_details(&self, tenant: TenantId, details: &[Detail]) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        upsert(&mut tx, tenant, details).await?;
        tx.commit().await
    }
}

fn detail(mut row: Row) -> Result<Detail, Error> {
    Ok(Detail {
        hash: row.int()?,
        needed: row.count()?,
        shown_from: row.maybe_time()?,
        shared_from: row.time()?,
        told: unpack(&row.bytes()?)?,
    })
}

/// Each entry is three numbers of eight bytes.
fn pack(told: &[Told]) -> Vec<u8> {
    let numbers = told.iter().flat_map(|one| [one.company, one.domain, one.at.millis()]);
    numbers.flat_map(i64::to_be_bytes).collect()
}

fn unpack(bytes: &[u8]) -> Result<Vec<Told>, Error> {
    let cut_off = || Error::damaged("who was told a detail is cut off");
    let (numbers, []) = bytes.as_chunks::<8>() else {
        return Err(cut_off());
    };
    let (entries, []) = numbers.as_chunks::<3>() else {
        return Err(cut_off());
    };
    let told = |entry: &[[u8; 8]; 3]| {
        let [company, domain, at] = entry.map(i64::from_be_bytes);
        Told { company, domain, at: Timestamp::from_millis(at) }
    };
    Ok(entries.iter().map(told).collect())
}

pub(crate) async fn upsert(tx: &mut Tx, tenant: TenantId, details: &[Detail]) -> Result<(), Error> {
    // The last of several states counts; a statement must not touch one row twice.
    let newest: HashMap<i64, &Detail> = details.iter().map(|detail| (detail.hash, detail)).collect();
    let rows = newest.into_values().map(|detail| {
        let Detail { hash, needed, shown_from, shared_from, told } = detail;
        params![tenant, *hash, u32::from(*needed), *shown_from, *shared_from, pack(told)]
    });
    tx.insert(
        "details (tenant, hash, needed, shown_from, shared_from, told)",
        rows,
        "ON CONFLICT (hash, tenant) DO UPDATE SET needed = excluded.needed,
             shown_from = excluded.shown_from, shared_from = excluded.shared_from, told = excluded.told",
    )
    .await?;
    Ok(())
}

/// Checks that slots belong to learned answers among `chunks` and lie on their texts.
pub(crate) fn check(chunks: &[Chunk], slots: &[Slots]) -> Result<(), Error> {
    for one in slots {
        one.check().map_err(|what| Error::Invalid { what })?;
        if !chunks.iter().any(|chunk| chunk.id == one.chunk && chunk.kind == Kind::LearnedAnswer) {
            let what = format!("chunk `{}` has covered places and is no learned answer", one.chunk);
            return Err(Error::Invalid { what });
        }
    }
    Ok(())
}

pub(crate) fn row(tenant: TenantId, slots: Slots) -> Vec<Param> {
    params![tenant, slots.chunk, slots.text, to_json(&slots.slots)]
}

/// Opens the places of learned answers whose details were shared by the moment of the scope.
pub(crate) async fn fill(tx: &mut Tx, scope: &Scope, loaded: &mut [LoadedChunk]) -> Result<(), Error> {
    let tenant = scope.tenant();
    let learned = loaded.iter().map(|one| &one.chunk).filter(|chunk| chunk.kind == Kind::LearnedAnswer);
    let ids: Vec<ChunkId> = learned.map(|chunk| chunk.id).collect();
    let mut found: HashMap<ChunkId, Slots> = HashMap::new();
    let sql = "SELECT chunk, text, slots FROM learned_slots WHERE tenant = $1 AND chunk";
    for mut row in tx.rows_in((sql, ""), &fixed![tenant], ids).await? {
        let slots = Slots { chunk: row.id()?, text: row.text()?, slots: row.json()? };
        slots.check().map_err(Error::damaged)?;
        found.insert(slots.chunk, slots);
    }
    let needs = found.values().flat_map(|one| &one.slots).flat_map(|slot| slot.needs.iter().flatten());
    let hashes: HashSet<i64> = needs.copied().collect();
    let hashes: Vec<i64> = hashes.into_iter().collect();
    // An open end is no moment: what is a secret stays one at every moment.
    let sql =
        "SELECT hash FROM details WHERE tenant = $1 AND shared_from <= $2 AND shared_from < $3 AND hash";
    let rows = tx.rows_in_ints(sql, &fixed![tenant, scope.at(), Timestamp::OPEN], &hashes).await?;
    let shared: HashSet<i64> = rows.into_iter().map(|mut row| row.int()).collect::<Result<_, _>>()?;
    for one in loaded {
        if let Some(slots) = found.remove(&one.chunk.id) {
            (one.chunk.body, one.covers) = slots.fill(|hash| shared.contains(&hash));
        }
    }
    Ok(())
}
