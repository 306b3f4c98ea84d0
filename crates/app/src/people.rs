//! Who is who, for people who look after it: report, look up, merge, part, hand out, erase.
//!
//! Everything here names who does it, and is noted in the audit in the transaction that does it or before
//! anything is shown.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use domain::record::Role;
use domain::{ConversationId, MergeId, PersonId, SubjectId, TenantId, Timestamp};
use identity::duplicates;
use identity::ledger::{Change, Entry, active};
use identity::{IdentityReport, People};
use serde::Serialize;
use store::{NewAudit, Store};

use crate::App;
use crate::books::stored;
use crate::config::{Places, Settings};
use crate::seams::Seams;
use crate::viewer::find_named;

mod age;
mod erase;
pub(crate) mod tombstones;

pub use age::Expired;
pub(crate) use erase::remains;
pub use erase::{Proof, Remains};
pub use identity::duplicates::Candidate;
pub use store::{Audited, Found, Mention};
pub use tombstones::ERASED;

/// The people of one tenant, for one who looks after them.
pub struct Register {
    store: Store,
    tenant: TenantId,
    seams: Seams,
    actor: String,
}

/// The identity report with the shares that people ask for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// Share of conversations whose customer is identified; absent where there are none.
    pub identified_share: Option<f64>,
    /// Share of conversations in which the customer was proven; absent where there are none.
    pub verified_share: Option<f64>,
    /// The counts.
    #[serde(flatten)]
    pub report: IdentityReport,
}

/// An identifier, and what keeps it from being matched by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownBy {
    /// The identifier, such as `email:anna@firm.test`.
    pub identifier: String,
    /// Since when it is known.
    pub since: Timestamp,
    /// Why it must not be matched by, where it must not.
    pub quarantined: Option<String>,
}

/// An entry of the ledger about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerLine {
    /// The entry, with its id, moment, author, reason and change.
    #[serde(flatten)]
    pub entry: Entry,
    /// Whether it counts now.
    pub counts: bool,
}

/// Everything about a person that helps to see who it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Card {
    /// The person.
    pub person: PersonId,
    /// How far it has made itself known.
    pub role: Role,
    /// Its names.
    pub names: BTreeSet<String>,
    /// Its identifiers.
    pub identifiers: Vec<KnownBy>,
    /// Its identities at the sources.
    pub subjects: BTreeSet<SubjectId>,
    /// The companies it belongs to now, by name where one is known.
    pub companies: Vec<String>,
    /// When it was first and last seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// Entries of the ledger about it.
    pub ledger: Vec<LedgerLine>,
    /// Its conversations.
    pub conversations: Vec<ConversationId>,
    /// How many rows each table holds of it.
    pub held: Vec<Found>,
}

/// What a merge or an undo came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The entry that was written.
    pub entry: MergeId,
    /// The people of whom it speaks, as they are now.
    pub people: BTreeSet<PersonId>,
}

impl Register {
    /// Opens the people of a tenant. It needs neither index nor model, so it works beside whoever has the data
    /// folder open.
    ///
    /// # Errors
    /// Fails when nothing is stored, or nothing of this tenant.
    pub async fn open(
        places: &Places,
        settings: &Settings,
        seams: Seams,
        (tenant, actor): (&str, &str),
    ) -> anyhow::Result<Self> {
        let (store, tenant) = stored(places, settings, tenant).await?;
        Ok(Self::of(store, tenant, seams, actor))
    }

    /// Opens the people of a tenant beside what serves them, for `actor`.
    #[must_use]
    pub fn beside(app: &App, tenant: TenantId, actor: &str) -> Self {
        Self::of(app.store.clone(), tenant, app.seams.clone(), actor)
    }

    /// Finds the people who may be one, likeliest first, at most `limit` pairs of them; looking is noted.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn duplicates(&self, limit: usize) -> anyhow::Result<Vec<Candidate>> {
        self.note("person.duplicates", None, String::new()).await?;
        let everybody = self.store.all_subjects(self.tenant).await?;
        let compare = move || {
            let people = People::link(&everybody.facts, &everybody.entries);
            duplicates::find(&everybody.facts, &people)
        };
        let mut found = tokio::task::spawn_blocking(compare).await.context("the comparison broke off")?;
        found.truncate(limit);
        Ok(found)
    }

    pub(crate) fn of(store: Store, tenant: TenantId, seams: Seams, actor: &str) -> Self {
        Self { store, tenant, seams, actor: actor.to_owned() }
    }

    fn now(&self) -> Timestamp {
        self.seams.clock.now()
    }

    async fn note(&self, action: &str, about: Option<PersonId>, detail: String) -> anyhow::Result<()> {
        let note = NewAudit { at: self.now(), actor: &self.actor, action, about, detail };
        Ok(self.store.note(self.tenant, &note).await?)
    }

    /// Counts how well customers are known, and what stands in the way.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn audit(&self) -> anyhow::Result<Audit> {
        let everybody = self.store.all_subjects(self.tenant).await?;
        let people = People::link(&everybody.facts, &everybody.entries);
        let conversations = self.store.conversation_facts(self.tenant).await?;
        let report = IdentityReport::count(&everybody.facts, &people, &conversations, self.now());
        let share =
            |part: usize| (report.conversations > 0).then(|| part as f64 / report.conversations as f64);
        Ok(Audit {
            identified_share: share(report.identified),
            verified_share: share(report.verified),
            report,
        })
    }

    /// Finds the one person whom a key names, with all its identities.
    ///
    /// # Errors
    /// Fails when the key names nobody or several people, or must not be matched by.
    pub async fn find(&self, key: &str) -> anyhow::Result<(PersonId, BTreeSet<SubjectId>)> {
        let now = self.now();
        let named = find_named(&self.store, self.tenant, key, now).await?;
        let first = named.first().copied().with_context(|| format!("`{key}` names nobody"))?;
        let person = self.store.person_of(self.tenant, first, now).await?;
        let person = person.with_context(|| format!("`{key}` belongs to no person"))?;
        Ok((person, self.store.subjects_of(self.tenant, person, now).await?))
    }

    /// Shows a person; looking somebody up is noted.
    ///
    /// # Errors
    /// As [`Register::find`].
    pub async fn show(&self, key: &str) -> anyhow::Result<Card> {
        let (person, subjects) = self.find(key).await?;
        self.note("person.show", Some(person), String::new()).await?;
        let ids: Vec<SubjectId> = subjects.iter().copied().collect();
        let facts = self.store.facts(self.tenant, &ids).await?;
        let mut known: BTreeMap<identity::Identifier, Timestamp> = BTreeMap::new();
        for (identifier, at) in facts.iter().flat_map(|one| &one.identifiers) {
            let first = known.entry(identifier.clone()).or_insert(*at);
            *first = (*first).min(*at);
        }
        let mut identifiers = Vec::new();
        for (identifier, since) in known {
            let quarantined = self.store.find_subjects(self.tenant, &identifier).await?.quarantined;
            identifiers.push(KnownBy { identifier: identifier.to_string(), since, quarantined });
        }
        let companies = self.store.companies_of(self.tenant, &subjects, self.now()).await?;
        let names = self.store.company_names(self.tenant, &companies).await?;
        let companies = companies.iter().map(|id| names.get(id).cloned().unwrap_or_else(|| id.to_string()));
        Ok(Card {
            person,
            role: facts.iter().map(|one| one.role).max().unwrap_or_default(),
            names: facts.iter().flat_map(|one| one.names.iter().cloned()).collect(),
            identifiers,
            companies: companies.collect(),
            first_seen: facts.iter().map(|one| one.first_seen).min().unwrap_or(Timestamp::MIN),
            last_seen: facts.iter().map(|one| one.last_seen).max().unwrap_or(Timestamp::MIN),
            ledger: self.ledger_of(&subjects).await?,
            conversations: self.store.conversations_of(self.tenant, &subjects).await?,
            held: self.store.held_of(self.tenant, &subjects).await?,
            subjects,
        })
    }

    async fn ledger_of(&self, subjects: &BTreeSet<SubjectId>) -> anyhow::Result<Vec<LedgerLine>> {
        let all = self.store.ledger(self.tenant).await?;
        let counting: BTreeSet<MergeId> = active(&all, self.now()).iter().map(|entry| entry.id).collect();
        let own: BTreeSet<PersonId> = subjects.iter().map(|one| PersonId::of_subject(*one)).collect();
        let mut about: BTreeSet<MergeId> = BTreeSet::new();
        // An undo comes after what it undoes.
        for entry in &all {
            let undoes = matches!(entry.change, Change::Undo { of } if about.contains(&of));
            if undoes || entry.change.people().iter().any(|person| own.contains(person)) {
                about.insert(entry.id);
            }
        }
        let line = |entry: Entry| LedgerLine { counts: counting.contains(&entry.id), entry };
        Ok(all.into_iter().filter(|entry| about.contains(&entry.id)).map(line).collect())
    }

    /// Makes two people one, from now on.
    ///
    /// # Errors
    /// As [`Register::find`], and when they are one already.
    pub async fn merge(&self, one: &str, other: &str, why: &str) -> anyhow::Result<Changed> {
        let (from, _) = self.find(one).await?;
        let (into, _) = self.find(other).await?;
        if from == into {
            bail!("`{one}` and `{other}` are one person already: `person:{from}`");
        }
        self.merge_people(from, into, why).await
    }

    /// Makes two people one, from now on; each may be named by the id that it had before an earlier merge.
    ///
    /// # Errors
    /// Fails when there is no such person, or they are one already.
    pub async fn merge_people(&self, from: PersonId, into: PersonId, why: &str) -> anyhow::Result<Changed> {
        let (from, into) = (self.person_now(from).await?, self.person_now(into).await?);
        if from == into {
            let what = format!("the two are one person already: `person:{from}`");
            return Err(store::Error::Conflict { what }.into());
        }
        self.write(Change::Merge { from, into }, why, "person.merge", &[from, into]).await
    }

    async fn person_now(&self, person: PersonId) -> anyhow::Result<PersonId> {
        let found = self.store.person_now(self.tenant, person, self.now()).await?;
        Ok(found.ok_or_else(|| store::Error::NotFound { what: format!("person `{person}`") })?)
    }

    /// Undoes an entry of the ledger, from now on.
    ///
    /// # Errors
    /// Fails when there is no such entry, or it does not count any more.
    pub async fn unmerge(&self, entry: &str, why: &str) -> anyhow::Result<Changed> {
        let id: MergeId = entry.parse().with_context(|| {
            format!(
                "`{entry}` is no entry; `backstory identity show PERSON` lists the entries about a person"
            )
        })?;
        self.undo(id, why).await
    }

    /// Undoes an entry of the ledger, from now on.
    ///
    /// # Errors
    /// Fails when there is no such entry, or it does not count any more.
    pub async fn undo(&self, id: MergeId, why: &str) -> anyhow::Result<Changed> {
        let all = self.store.ledger(self.tenant).await?;
        let found = all.iter().find(|entry| entry.id == id).ok_or_else(|| store::Error::NotFound {
            what: format!("entry `{id}` of the ledger; `identity show PERSON` lists those about a person"),
        })?;
        if !active(&all, self.now()).iter().any(|entry| entry.id == id) {
            return Err(store::Error::Conflict { what: format!("`{id}` is undone already") }.into());
        }
        let people = found.change.people();
        self.write(Change::Undo { of: id }, why, "person.unmerge", &people).await
    }

    async fn write(
        &self,
        change: Change,
        why: &str,
        action: &str,
        about: &[PersonId],
    ) -> anyhow::Result<Changed> {
        let at = self.now();
        let id = self.seams.ids.merge();
        let entry = Entry { id, at, by: self.actor.clone(), why: why.to_owned(), change };
        let detail = format!("entry {id}");
        let note = NewAudit { at, actor: &self.actor, action, about: about.first().copied(), detail };
        self.store.append_ledger_noted(self.tenant, &[entry], &note).await?;
        let mut people = BTreeSet::new();
        for person in about {
            let now = self.store.person_now(self.tenant, *person, self.now()).await?;
            people.insert(now.unwrap_or(*person));
        }
        Ok(Changed { entry: id, people })
    }

    /// Returns everything that is held of a person; handing it out is noted.
    ///
    /// # Errors
    /// As [`Register::find`].
    pub async fn export(&self, key: &str) -> anyhow::Result<serde_json::Value> {
        let (person, subjects) = self.find(key).await?;
        self.note("person.export", Some(person), String::new()).await?;
        let tables = self.store.export_of(self.tenant, &subjects).await?;
        Ok(serde_json::json!({ "person": person, "exported_at": self.now(), "held": tables }))
    }

    /// Returns who looked at or changed what, oldest first.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn log(&self) -> anyhow::Result<Vec<Audited>> {
        Ok(self.store.list_audit(self.tenant, None).await?)
    }

    /// Waits for running calls and closes the store.
    pub async fn close(self) {
        self.store.close().await;
    }
}
