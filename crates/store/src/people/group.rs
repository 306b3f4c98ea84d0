//! Closed groups of subjects: everybody whom a change may concern.

use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, BTreeSet};

use domain::record::Role;
use domain::{MergeId, PersonId, SubjectId, TenantId, Timestamp};
use identity::ledger::Entry;
use identity::{Identifier, Link, People, SubjectFacts};

use super::{identifier_of, named_by_from_name};
use crate::Store;
use crate::error::Error;
use crate::sql::{fixed, from_word, params};
use crate::tx::Tx;

/// Subjects of which none shares an identifier that matches, or an entry of the ledger, with one outside.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// What is known of them.
    pub facts: Vec<SubjectFacts>,
    /// The entries about them, and the undos of those.
    pub entries: Vec<Entry>,
}

impl Store {
    /// Returns what is known of subjects; those that do not exist are absent.
    pub async fn facts(&self, tenant: TenantId, subjects: &[SubjectId]) -> Result<Vec<SubjectFacts>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let facts = facts_of(&mut tx, tenant, subjects).await?;
        Ok(facts.into_values().collect())
    }

    /// Returns everything that is known of all subjects of a tenant: the closed group of all.
    pub async fn all_subjects(&self, tenant: TenantId) -> Result<Group, Error> {
        let mut tx = self.pools.read(tenant).await?;
        everybody(&mut tx, tenant).await
    }
}

/// Decides again who the people around `subjects` are, in the transaction that changed what is known of them,
/// so that no link ever outlives its reason.
pub(crate) async fn relink(
    tx: &mut Tx,
    tenant: TenantId,
    subjects: &BTreeSet<SubjectId>,
) -> Result<(), Error> {
    if subjects.is_empty() {
        return Ok(());
    }
    let group = closed_group(tx, tenant, subjects).await?;
    write_links(tx, tenant, &group).await
}

/// Decides again who everybody is.
pub(crate) async fn relink_everybody(tx: &mut Tx, tenant: TenantId) -> Result<(), Error> {
    let group = everybody(tx, tenant).await?;
    write_links(tx, tenant, &group).await
}

async fn everybody(tx: &mut Tx, tenant: TenantId) -> Result<Group, Error> {
    let rows = tx.rows("SELECT id FROM subjects WHERE tenant = $1 ORDER BY id", params![tenant]).await?;
    let ids = rows.into_iter().map(|mut row| row.id()).collect::<Result<Vec<SubjectId>, _>>()?;
    let facts = facts_of(tx, tenant, &ids).await?.into_values().collect();
    Ok(Group { facts, entries: super::ledger(tx, tenant).await? })
}

/// Returns the closed group around `subjects`.
async fn closed_group(tx: &mut Tx, tenant: TenantId, subjects: &BTreeSet<SubjectId>) -> Result<Group, Error> {
    let mut search = Search { tx, tenant, seen: BTreeSet::new(), entries: BTreeMap::new() };
    let mut known: BTreeMap<SubjectId, SubjectFacts> = BTreeMap::new();
    let mut next = subjects.clone();
    while !next.is_empty() {
        let front: Vec<SubjectId> = next.into_iter().collect();
        let facts = facts_of(search.tx, tenant, &front).await?;
        let mut around = search.by_identifiers(&facts).await?;
        around.extend(search.by_ledger(&front).await?);
        known.extend(facts);
        let tried: BTreeSet<SubjectId> = front.into_iter().collect();
        next = around.into_iter().filter(|id| !known.contains_key(id) && !tried.contains(id)).collect();
    }
    search.undos().await?;
    let entries = search.entries.into_values().collect();
    Ok(Group { facts: known.into_values().collect(), entries })
}

/// Replaces the links of a closed group, why its subjects stay apart and which of its identifiers are
/// quarantined, by what `identity` says of it.
async fn write_links(tx: &mut Tx, tenant: TenantId, group: &Group) -> Result<(), Error> {
    let people = People::link(&group.facts, &group.entries);
    let of_tenant = fixed![tenant];
    let subjects = || group.facts.iter().map(|one| one.subject);
    for sql in [
        "DELETE FROM links WHERE tenant = $1 AND subject",
        "DELETE FROM accounts WHERE tenant = $1 AND subject",
    ] {
        tx.execute_in((sql, ""), &of_tenant, subjects()).await?;
    }
    let row = |link: &Link| params![tenant, link.subject, link.person, link.from, link.to, link.by.name()];
    let columns = "links (tenant, subject, person, valid_from, valid_to, made_by)";
    tx.insert(columns, people.links().iter().map(row), "").await?;
    let row = |link: &Link| params![tenant, link.subject, link.person, link.from, link.to];
    let columns = "accounts (tenant, subject, account, valid_from, valid_to)";
    tx.insert(columns, people.accounts().iter().map(row), "").await?;
    let sql = "UPDATE subjects SET apart = NULL WHERE tenant = $1 AND apart IS NOT NULL AND id";
    tx.execute_in((sql, ""), &of_tenant, subjects()).await?;
    for (subject, why) in people.apart() {
        let sql = "UPDATE subjects SET apart = $3 WHERE tenant = $1 AND id = $2";
        tx.execute(sql, params![tenant, *subject, why.name()]).await?;
    }
    let sql = "DELETE FROM quarantined WHERE tenant = $1 AND EXISTS
         (SELECT 1 FROM observed_identifiers i WHERE i.tenant = quarantined.tenant
              AND i.kind = quarantined.kind AND i.value = quarantined.value AND i.subject";
    tx.execute_in((sql, ")"), &of_tenant, subjects()).await?;
    let mut quarantined = Vec::new();
    for (identifier, why) in people.quarantined() {
        quarantined.push(params![tenant, identifier.kind().name(), identifier.value(), why.name()]);
    }
    let columns = "quarantined (tenant, kind, value, why)";
    let then = "ON CONFLICT (tenant, kind, value) DO UPDATE SET why = excluded.why";
    tx.insert(columns, quarantined, then).await?;
    Ok(())
}

/// The search for a closed group.
struct Search<'a> {
    tx: &'a mut Tx,
    tenant: TenantId,
    /// Identifiers that were followed.
    seen: BTreeSet<Identifier>,
    entries: BTreeMap<MergeId, Entry>,
}

impl Search<'_> {
    async fn by_identifiers(
        &mut self,
        facts: &BTreeMap<SubjectId, SubjectFacts>,
    ) -> Result<BTreeSet<SubjectId>, Error> {
        let mut by_kind: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for identifier in facts.values().flat_map(SubjectFacts::bonds) {
            if self.seen.insert(identifier.clone()) {
                by_kind.entry(identifier.kind().name()).or_default().push(identifier.value().to_owned());
            }
        }
        let mut found = BTreeSet::new();
        for (kind, values) in by_kind {
            let sql = "SELECT DISTINCT subject FROM observed_identifiers
                 WHERE tenant = $1 AND kind = $2 AND value";
            for mut row in self.tx.rows_in((sql, ""), &fixed![self.tenant, kind], values).await? {
                found.insert(row.id()?);
            }
        }
        Ok(found)
    }

    async fn by_ledger(&mut self, subjects: &[SubjectId]) -> Result<BTreeSet<SubjectId>, Error> {
        let of_tenant = fixed![self.tenant];
        let people = subjects.iter().map(|subject| PersonId::of_subject(*subject));
        let sql = "SELECT l.entry FROM ledger l
             JOIN ledger_people p ON p.tenant = l.tenant AND p.entry = l.id
             WHERE p.tenant = $1 AND p.person";
        let mut others = BTreeSet::new();
        for mut row in self.tx.rows_in((sql, ""), &of_tenant, people).await? {
            let entry: Entry = row.json()?;
            others.extend(entry.change.people());
            self.entries.insert(entry.id, entry);
        }
        let sql = "SELECT id FROM subjects WHERE tenant = $1 AND own_person";
        let rows = self.tx.rows_in((sql, ""), &of_tenant, others).await?;
        rows.into_iter().map(|mut row| row.id()).collect()
    }

    /// Adds the undos of the entries found, and the undos of those.
    async fn undos(&mut self) -> Result<(), Error> {
        let mut open: Vec<MergeId> = self.entries.keys().copied().collect();
        while !open.is_empty() {
            let sql = "SELECT entry FROM ledger WHERE tenant = $1 AND undoes";
            let rows = self.tx.rows_in((sql, ""), &fixed![self.tenant], std::mem::take(&mut open)).await?;
            for mut row in rows {
                let entry: Entry = row.json()?;
                if let Place::Vacant(place) = self.entries.entry(entry.id) {
                    open.push(entry.id);
                    place.insert(entry);
                }
            }
        }
        Ok(())
    }
}

/// Adds up the observations of subjects.
async fn facts_of(
    tx: &mut Tx,
    tenant: TenantId,
    subjects: &[SubjectId],
) -> Result<BTreeMap<SubjectId, SubjectFacts>, Error> {
    let of_tenant = fixed![tenant];
    let ids = || subjects.iter().copied();
    let sql = "SELECT s.id, s.named_by, o.role, MIN(o.at), MAX(o.at) FROM subjects s
         JOIN observations o ON o.tenant = s.tenant AND o.subject = s.id WHERE s.tenant = $1 AND s.id";
    let mut found: BTreeMap<SubjectId, SubjectFacts> = BTreeMap::new();
    for mut row in tx.rows_in((sql, "GROUP BY s.id, s.named_by, o.role"), &of_tenant, ids()).await? {
        let piece = SubjectFacts {
            subject: row.id()?,
            named_by: named_by_from_name(&row.text()?)?,
            role: from_word::<Role>(&row.text()?)?,
            identifiers: BTreeMap::new(),
            names: BTreeSet::new(),
            first_seen: row.time()?,
            last_seen: row.time()?,
            companies: BTreeSet::new(),
        };
        match found.get_mut(&piece.subject) {
            Some(known) => known.absorb(piece),
            None => drop(found.insert(piece.subject, piece)),
        }
    }
    let sql = "SELECT subject, kind, value, MIN(at) FROM observed_identifiers WHERE tenant = $1 AND subject";
    for mut row in tx.rows_in((sql, "GROUP BY subject, kind, value"), &of_tenant, ids()).await? {
        let (subject, kind, value): (SubjectId, _, _) = (row.id()?, row.text()?, row.text()?);
        let at: Timestamp = row.time()?;
        if let Some(facts) = found.get_mut(&subject) {
            facts.identifiers.insert(identifier_of(&kind, &value)?, at);
        }
    }
    let sql = "SELECT DISTINCT subject, name FROM observed_names WHERE tenant = $1 AND subject";
    for mut row in tx.rows_in((sql, ""), &of_tenant, ids()).await? {
        let (subject, name) = (row.id::<SubjectId>()?, row.text()?);
        if let Some(facts) = found.get_mut(&subject) {
            facts.names.insert(name);
        }
    }
    let sql = "SELECT DISTINCT subject, company FROM memberships WHERE tenant = $1 AND subject";
    for mut row in tx.rows_in((sql, ""), &of_tenant, ids()).await? {
        let (subject, company) = (row.id::<SubjectId>()?, row.id()?);
        if let Some(facts) = found.get_mut(&subject) {
            facts.companies.insert(company);
        }
    }
    Ok(found)
}
