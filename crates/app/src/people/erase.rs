//! Erasing a person everywhere, and proving it.
//!
//! What must not come back is written to a file beside the database first: a backup that is restored later does
//! not know of it, so it is replayed from there before anything is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, bail};
use domain::{PersonId, SubjectId, TenantId, Timestamp};
use ingest::people::erased_names;
use serde::Serialize;
use store::{Erasure, Found, Mention, NewAudit};

use super::Register;
use super::tombstones::{recall, remember};
use crate::App;

/// What an erasure did, to be kept or handed on: it names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The person, by an id that tells nothing any more.
    pub person: PersonId,
    /// When.
    pub at: Timestamp,
    /// What was found, table by table.
    pub found: Vec<Found>,
    /// What a search for all of it finds now; nothing, or it has failed.
    pub left: Vec<Found>,
    /// How many pieces the index gave up.
    pub index_removed: usize,
    /// How many changes the index has still to make; nothing, or it has failed.
    pub index_waiting: usize,
    /// Where texts still name the person: what others wrote.
    pub mentions: Vec<Mention>,
    /// What remains elsewhere, and until when.
    pub remains: Vec<Remains>,
}

/// Something that this program cannot erase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remains {
    /// Where.
    pub place: String,
    /// Until when, or who has to do what.
    pub until: String,
}

/// Says what remains where.
pub(crate) fn remains(place: &str, until: &str) -> Remains {
    Remains { place: place.to_owned(), until: until.to_owned() }
}

impl App {
    /// Returns the people of a tenant, for one who looks after them.
    #[must_use]
    pub fn register(&self, tenant: TenantId, actor: &str) -> Register {
        Register::of(self.store.clone(), tenant, self.seams.clone(), actor)
    }

    /// Erases a person everywhere, and proves it.
    ///
    /// # Errors
    /// As [`Register::find`], and when store, index or data folder fail; the same call goes on where it stopped.
    pub async fn erase(&self, tenant: TenantId, key: &str, actor: &str) -> anyhow::Result<Proof> {
        let at = self.seams.clock.now();
        let (person, subjects) = self.register(tenant, actor).find(key).await?;
        let (identifiers, names) = self.store.known_as(tenant, &subjects).await?;
        let mut own = BTreeSet::new();
        for identifier in identifiers {
            // What several people carry says nothing about the one who is erased.
            let carriers = self.store.find_subjects(tenant, &identifier).await?;
            if carriers.quarantined.is_none() && carriers.subjects.is_subset(&subjects) {
                own.insert(identifier);
            }
        }
        let conversations = self.store.conversations_of(tenant, &subjects).await?;
        let full_names = names.into_iter().filter(|name| name.split_whitespace().count() > 1);
        let texts: Vec<String> =
            own.iter().map(|identifier| identifier.value().to_owned()).chain(full_names).collect();
        let tombstones: Vec<([u8; 32], Timestamp)> = erased_names(&subjects, &own, &conversations)
            .iter()
            .map(|name| (self.ingest.rules.tombstone(tenant, name), at))
            .collect();
        remember(&self.places.data, tenant, &tombstones)?;
        let detail = format!("{} identities, {} conversations", subjects.len(), conversations.len());
        let audit = NewAudit { at, actor, action: "person.erase", about: Some(person), detail };
        let erasure = Erasure { subjects: &subjects, tombstones: &tombstones, audit };
        let done = self.store.erase(tenant, &erasure).await?;
        self.drain(tenant).await?;
        if !done.after.is_empty() {
            bail!("the erasure left something behind: {:?}; run it again", done.after);
        }
        Ok(Proof {
            person,
            at,
            found: done.before,
            left: done.after,
            index_removed: done.chunks.len(),
            index_waiting: self.store.pending_outbox(tenant, 1_000).await?.len(),
            mentions: self.store.mentions(tenant, &texts).await?,
            remains: self.remains(tenant, &texts)?,
        })
    }

    fn remains(&self, tenant: TenantId, texts: &[String]) -> anyhow::Result<Vec<Remains>> {
        let mut all = vec![
            remains(
                "the outside systems that were read",
                "until it is erased there; it is not taken in again",
            ),
            remains(
                "backups and exports",
                "until they are deleted; a restored backup is cleaned by `erased.jsonl` before it is used",
            ),
            remains("free pages of the database and of the index on the disk", "until they are overwritten"),
            remains("the audit", "for good: that this was done, by an id that tells nothing alone"),
        ];
        all.extend(self.remains_with_models(tenant));
        for report in reports_that_name(&self.places.data.join("reports"), texts)? {
            all.push(remains(&report, "until you delete this report"));
        }
        Ok(all)
    }

    /// Returns what models of others, and recordings of them, keep of a tenant.
    pub(crate) fn remains_with_models(&self, tenant: TenantId) -> Vec<Remains> {
        let mut all = Vec::new();
        if !matches!(self.settings.embedder, llm::Config::Local { .. }) {
            all.push(remains("logs of the provider of the embedding model", "as long as its contract says"));
        }
        for (provider, days) in self.writes_at(tenant) {
            all.push(remains(
                &format!("logs of `{provider}`, where a model writes"),
                &format!("{days} days after the last question, as was agreed"),
            ));
        }
        if let Some((provider, days)) = self.reranks_at(tenant) {
            all.push(remains(
                &format!("logs of `{provider}`, where a model puts what was found in order"),
                &format!("{days} days after the last question, as was agreed"),
            ));
        }
        if self.settings.drafter.recording != llm::completion::recording::Mode::Off {
            let folder = self.settings.drafter.recordings.display();
            all.push(remains(&format!("recordings of models in `{folder}`"), "until you delete them"));
        }
        all
    }

    /// Erases again who was erased after what is stored now was copied, a person or a whole company: a restored
    /// backup.
    pub(crate) async fn replay_erasures(&self) -> anyhow::Result<()> {
        let erased = recall(&self.places.data)?;
        self.replay_removals(&erased.tenants).await?;
        let known: BTreeSet<TenantId> =
            self.store.list_tenants().await?.into_iter().map(|tenant| tenant.id).collect();
        for (tenant, mut missing) in erased.people {
            if !known.contains(&tenant) {
                continue;
            }
            for (hash, at) in self.store.list_tombstones(tenant).await? {
                if missing.get(&hash).is_some_and(|erased| *erased <= at) {
                    missing.remove(&hash);
                }
            }
            if missing.is_empty() {
                continue;
            }
            let subjects = self.erased_subjects(tenant, &missing).await?;
            let tombstones: Vec<([u8; 32], Timestamp)> = missing.into_iter().collect();
            let audit = NewAudit {
                at: self.seams.clock.now(),
                actor: "backstory",
                action: "erasure.replay",
                about: None,
                detail: format!("{} identities", subjects.len()),
            };
            let erasure = Erasure { subjects: &subjects, tombstones: &tombstones, audit };
            self.store.erase(tenant, &erasure).await?;
            tracing::warn!(tenant.id = %tenant, "{} identities were erased again", subjects.len());
        }
        Ok(())
    }

    async fn erased_subjects(
        &self,
        tenant: TenantId,
        erased: &BTreeMap<[u8; 32], Timestamp>,
    ) -> anyhow::Result<BTreeSet<SubjectId>> {
        let mut found = BTreeSet::new();
        let mut after = None;
        loop {
            let page = self.store.list_subjects(tenant, after, 1_000).await?;
            let Some(last) = page.last() else {
                return Ok(found);
            };
            after = Some(last.id);
            found.extend(page.into_iter().map(|subject| subject.id).filter(|subject| {
                let names = erased_names([subject], [], []);
                names.iter().any(|name| erased.contains_key(&self.ingest.rules.tombstone(tenant, name)))
            }));
        }
    }
}

/// Returns the files under `folder` in which one of `texts` stands.
fn reports_that_name(folder: &Path, texts: &[String]) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let bytes =
                std::fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            if texts.iter().any(|one| text.contains(&one.to_lowercase())) {
                found.push(path.display().to_string());
            }
        }
    }
    found.sort();
    Ok(found)
}
