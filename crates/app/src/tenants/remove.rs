//! Removing a company with everything it has, and looking whether anything is left.
//!
//! That it is removed is written to a file beside the database first, as an erasure is: a backup that is restored
//! later does not know of it, and loses the company before anything is answered.

use std::collections::{BTreeMap, HashSet};

use anyhow::ensure;
use domain::{TenantId, Timestamp};
use ingest::Stop;
use serde::Serialize;
use store::embeddings::{SweptTo, TextMark};
use store::removal::Place;
use store::{Left, Tenant};

use crate::App;
use crate::assembly::is_passing;
use crate::people::tombstones::{forget_people, recall, remember_removal};
use crate::people::{ERASED, Remains, remains};

/// So many texts, or vectors of the cache, are looked at together.
const PAGE: u32 = 1_000;
/// Who removes what a restored backup brought back.
const REPLAY: &str = "backstory";

/// How far a removal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removing {
    /// What is being removed: a table, or where else something is.
    pub what: &'static str,
    /// How many rows have gone in all.
    pub rows: u64,
}

/// What went with a company, and what is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: TenantId,
    /// When nothing of it was left.
    pub at: Timestamp,
    /// How many rows went from which table; an interrupted removal counts what it had still to do.
    pub rows: BTreeMap<&'static str, u64>,
    /// How many vectors of texts that nobody else has.
    pub vectors: u64,
    /// What a search of every table, the index and the data folder finds now; nothing, or it has failed.
    pub left: Vec<Left>,
    /// What remains elsewhere, and until when.
    pub remains: Vec<Remains>,
}

impl App {
    /// Removes a company: first what gives access to it, then everything it has in index and store. Others go on
    /// meanwhile, and nothing of it is answered, read or queued any more. Broken off at any point, the same call
    /// goes on.
    ///
    /// # Errors
    /// Fails when there is no such company, the end is asked for, or store, index or data folder fail.
    pub async fn remove_tenant(
        &self,
        name: &str,
        actor: &str,
        stop: &Stop,
        progress: &(dyn Fn(Removing) + Sync),
    ) -> anyhow::Result<Gone> {
        let tenant = self.books().existing(name).await?;
        self.remove(&tenant, actor, stop, progress).await
    }

    async fn remove(
        &self,
        tenant: &Tenant,
        actor: &str,
        stop: &Stop,
        progress: &(dyn Fn(Removing) + Sync),
    ) -> anyhow::Result<Gone> {
        let id = tenant.id;
        // Whatever has this company from before this moment has it from before it left.
        let at = self.seams.clock.now().max(tenant.created_at);
        remember_removal(&self.places.data, id, at)?;
        self.store.begin_removal(id, at, actor).await?;
        tracing::info!(tenant.id = %id, "a tenant is being removed");
        self.topics.forget(id);
        progress(Removing { what: "index", rows: 0 });
        self.drop_from_index(id).await?;
        let (rows, total) = self.remove_rows(id, stop, progress).await?;
        progress(Removing { what: "vectors", rows: total });
        let vectors = self.remove_vectors(stop).await?;
        // What another process had in hand when the rows went may have reached the index since.
        self.drop_from_index(id).await?;
        forget_people(&self.places.data, id)?;
        let mut left = self.leftovers(id).await?;
        left.retain(|left| left.place != "tenants");
        ensure!(left.is_empty(), "the removal left something behind: {left:?}; run the same command again");
        let ended = self.seams.clock.now().max(at);
        self.store.end_removal(id, ended).await?;
        let left = self.leftovers(id).await?;
        tracing::info!(tenant.id = %id, left = left.len(), "a tenant was removed");
        let remains = self.remains_of(id)?;
        Ok(Gone { name: tenant.name.clone(), id, at: ended, rows, vectors, left, remains })
    }

    /// Counts what is found of a tenant: in every table of the database that names tenants, in the index, and in the
    /// file of who was erased. Nothing is of one that was removed.
    ///
    /// # Errors
    /// Fails when one of them cannot be read.
    pub async fn leftovers(&self, tenant: TenantId) -> anyhow::Result<Vec<Left>> {
        let mut left = self.store.leftovers(tenant).await?;
        let held = self.index.held(tenant).await? as u64;
        let lines = recall(&self.places.data)?.people.get(&tenant).map_or(0, BTreeMap::len) as u64;
        let places = [("index", held), (ERASED, lines)];
        left.extend(places.into_iter().filter(|(_, count)| *count > 0).map(|(place, count)| {
            let place = place.to_owned();
            Left { place, count }
        }));
        Ok(left)
    }

    async fn drop_from_index(&self, tenant: TenantId) -> anyhow::Result<()> {
        // Whoever brings changes to it looks first whether they still count.
        let turn = self.index.turn(tenant).await;
        self.index.drop_tenant(tenant).await?;
        drop(turn);
        Ok(())
    }

    async fn remove_rows(
        &self,
        tenant: TenantId,
        stop: &Stop,
        progress: &(dyn Fn(Removing) + Sync),
    ) -> anyhow::Result<(BTreeMap<&'static str, u64>, u64)> {
        let (mut rows, mut total, mut place) = (BTreeMap::new(), 0, Place::default());
        loop {
            go_on(stop)?;
            let Some(found) = self.store.remove_some(tenant, &mut place).await? else {
                return Ok((rows, total));
            };
            *rows.entry(found.table).or_insert(0) += found.rows;
            total += found.rows;
            progress(Removing { what: found.table, rows: total });
        }
    }

    /// Forgets the vectors of all texts that no tenant has now. They belong to nobody, so what is left is asked, and
    /// not what went: that way those of older versions go as well.
    async fn remove_vectors(&self, stop: &Stop) -> anyhow::Result<u64> {
        let mut in_use: HashSet<TextMark> = HashSet::new();
        for tenant in self.store.list_tenants().await? {
            let mut after = None;
            loop {
                go_on(stop)?;
                let page = self.store.texts_in_use(tenant.id, after, PAGE).await?;
                let Some((last, _)) = page.last() else { break };
                after = Some(*last);
                in_use.extend(page.into_iter().map(|(_, text)| text));
            }
        }
        let (mut gone, mut place) = (0, SweptTo::default());
        loop {
            go_on(stop)?;
            match self.store.sweep_embeddings(&mut place, &in_use, PAGE).await? {
                Some(some) => gone += some,
                None => return Ok(gone),
            }
        }
    }

    fn remains_of(&self, tenant: TenantId) -> anyhow::Result<Vec<Remains>> {
        let mut all = vec![
            remains(
                "the outside systems that were read",
                "what was written there, and the access that was given",
            ),
            remains(
                "backups and exports",
                "until they are deleted; a restored backup is cleaned by `erased.jsonl` before it is used",
            ),
            remains("free pages of the database and of the index on the disk", "until they are overwritten"),
            remains("the list of removals", "for good: that a company was removed, when and by whom"),
        ];
        all.extend(self.remains_with_models(tenant));
        let reports = self.places.data.join("reports");
        if reports.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            all.push(remains(&format!("reports in `{}`", reports.display()), "until you delete them"));
        }
        Ok(all)
    }

    /// Removes again who was removed after what is stored now was copied: a restored backup.
    pub(crate) async fn replay_removals(
        &self,
        removed: &BTreeMap<TenantId, Timestamp>,
    ) -> anyhow::Result<()> {
        let begun = self.store.list_removals().await?;
        let is_replayed = |tenant: &Tenant| {
            begun
                .iter()
                .any(|one| one.tenant == tenant.id && one.ended_at.is_none() && one.removed_by == REPLAY)
        };
        for tenant in self.store.list_all_tenants().await? {
            let is_restored = removed.get(&tenant.id).is_some_and(|at| tenant.created_at <= *at);
            // What a person began and broke off waits for a person.
            if is_restored && (tenant.removing_at.is_none() || is_replayed(&tenant)) {
                match self.remove(&tenant, REPLAY, &Stop::default(), &|_| {}).await {
                    // It is marked by now; the next start goes on.
                    Err(error) if is_passing(&error) => {
                        tracing::warn!(tenant.id = %tenant.id, "a tenant cannot be removed again yet: {error:#}");
                    }
                    outcome => {
                        outcome?;
                        tracing::warn!(tenant.id = %tenant.id, "a tenant was removed again");
                    }
                }
            }
        }
        Ok(())
    }
}

fn go_on(stop: &Stop) -> anyhow::Result<()> {
    ensure!(
        !stop.is_asked(),
        "interrupted; nothing of the tenant is read or answered any more, and the same command goes on"
    );
    Ok(())
}
