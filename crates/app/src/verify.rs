//! Whether the index holds what the store holds: nothing less, nothing more, nothing else.

use std::fmt;

use domain::{ChunkId, TenantId};
use index::PointState;
use store::ChunkState;

use crate::App;

/// So many chunks are compared at a time.
const PAGE: u32 = 2_000;

/// What was compared and what is not the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// How many chunks the store has.
    pub chunks: u64,
    /// How many chunks wait in the outbox; of these the index may hold an older state.
    pub waiting: u64,
    /// What is not the same, in the order of the chunks.
    pub differences: Vec<Difference>,
}

/// A chunk of which store and index do not hold the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// The index lacks it.
    Missing(ChunkId),
    /// The store does not have it.
    LeftOver(ChunkId),
    /// The index holds it differently.
    Different(ChunkId, &'static str),
}

/// What was compared of all tenants.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// What was compared, by the tenant's name.
    pub tenants: Vec<(String, Comparison)>,
    /// Entries of a shared place that belong to nobody we know.
    pub strangers: usize,
}

impl Verified {
    /// Reports whether nothing is different.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.tenants.iter().all(|(_, one)| one.differences.is_empty())
    }
}

impl Difference {
    /// Returns the chunk that it is about.
    #[must_use]
    pub fn chunk(&self) -> ChunkId {
        match self {
            Self::Missing(chunk) | Self::LeftOver(chunk) | Self::Different(chunk, _) => *chunk,
        }
    }

    /// Returns what kind of difference it is: `missing`, `surplus`, `wrong_owner`, `wrong_validity` or `stale`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::LeftOver(_) => "surplus",
            Self::Different(_, "audience") => "wrong_owner",
            Self::Different(_, "beginning" | "end") => "wrong_validity",
            Self::Different(..) => "stale",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(chunk) => write!(f, "chunk `{chunk}` is missing in the index"),
            Self::LeftOver(chunk) => write!(f, "chunk `{chunk}` is in the index and not in the store"),
            Self::Different(chunk, what) => write!(f, "chunk `{chunk}` has another {what} in the index"),
        }
    }
}

impl App {
    /// Compares the index of one tenant, or of all, with the store. What the index holds of tenants that the store
    /// does not know is surplus too.
    ///
    /// # Errors
    /// Fails when there is no such tenant, or one of them cannot be read.
    pub async fn verify_index(&self, tenant: Option<&str>) -> anyhow::Result<Verified> {
        let mut verified = Verified { strangers: self.index.strays().await?, ..Verified::default() };
        let known = self.store.list_tenants().await?;
        for one in self.chosen(tenant).await? {
            verified.tenants.push((one.name, self.compare_index(one.id).await?));
        }
        if tenant.is_none() {
            for id in self.index.tenants().await? {
                if known.iter().all(|one| one.id != id) {
                    verified.tenants.push((id.to_string(), self.compare_index(id).await?));
                }
            }
        }
        Ok(verified)
    }

    /// Returns the tenant of a name, or all.
    ///
    /// # Errors
    /// Fails when there is no such tenant.
    pub(crate) async fn chosen(&self, name: Option<&str>) -> anyhow::Result<Vec<store::Tenant>> {
        let mut tenants = self.store.list_tenants().await?;
        if let Some(name) = name {
            tenants.retain(|tenant| tenant.name == name);
            anyhow::ensure!(
                !tenants.is_empty(),
                "there is no tenant `{name}`; `backstory index verify` lists all"
            );
        }
        Ok(tenants)
    }

    /// Compares the index of a tenant with the store, chunk by chunk.
    ///
    /// # Errors
    /// Fails when one of them cannot be read.
    pub async fn compare_index(&self, tenant: TenantId) -> anyhow::Result<Comparison> {
        let mut comparison =
            Comparison { waiting: self.store.outbox_len(tenant).await?, ..Comparison::default() };
        // Both come in the order of their ids, so each is read once; the next ones stand last.
        let (mut stored, mut held) = (Vec::new(), Vec::new());
        let (mut after_stored, mut after_held) = (None, None);
        let (mut more_stored, mut more_held) = (true, true);
        loop {
            if stored.is_empty() && more_stored {
                stored = self.store.chunk_states(tenant, after_stored, PAGE).await?;
                stored.reverse();
                more_stored = !stored.is_empty();
            }
            if held.is_empty() && more_held {
                held = self.index.scroll(tenant, after_held, PAGE as usize).await?;
                held.reverse();
                more_held = !held.is_empty();
            }
            let next: Option<ChunkId> = match (stored.last(), held.last()) {
                (Some(chunk), Some(point)) => Some(chunk.id.min(point.chunk)),
                (chunk, point) => chunk.map(|chunk| chunk.id).or(point.map(|point| point.chunk)),
            };
            let Some(next) = next else { return Ok(comparison) };
            let chunk: Option<ChunkState> = stored.pop_if(|chunk| chunk.id == next);
            let point: Option<PointState> = held.pop_if(|point| point.chunk == next);
            after_stored = chunk.map(|chunk| chunk.id).or(after_stored);
            after_held = point.as_ref().map(|point| point.chunk).or(after_held);
            comparison.chunks += u64::from(chunk.is_some());
            comparison.differences.extend(difference(chunk.as_ref(), point.as_ref()));
        }
    }
}

fn difference(stored: Option<&ChunkState>, held: Option<&PointState>) -> Option<Difference> {
    let (stored, held) = match (stored, held) {
        (Some(stored), Some(held)) => (stored, held),
        (Some(stored), None) => return Some(Difference::Missing(stored.id)),
        (None, held) => return held.map(|held| Difference::LeftOver(held.chunk)),
    };
    let same = [
        ("document", stored.document == held.document),
        ("kind", stored.kind == held.kind),
        ("audience", stored.audience == held.audience),
        ("beginning", stored.valid_from == held.valid_from),
        ("end", stored.valid_to == held.valid_to),
        ("vector", held.has_vector),
    ];
    same.into_iter().find(|(_, same)| !same).map(|(what, _)| Difference::Different(stored.id, what))
}
