//! Identities, who they are, and the ledger.
//!
//! What a subject is known by is the sum of its observations; who it is follows from those and the ledger.
//! `identity` decides that for a closed group of subjects at a time, and the links of the group are replaced in
//! the transaction that changed what is known of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::record::Role;
use domain::{CompanyId, ConversationId, PersonId, SourceId, SubjectId, TenantId, Timestamp};
use identity::ledger::Entry;
use identity::people::By;
use identity::{Identifier, Link, NamedBy, Rejected, SubjectFacts, SubjectName, identifier};

use crate::error::Error;
use crate::sql::{Row, fixed, params, to_word};
use crate::tx::Tx;
use crate::{NewAudit, Store, audit, outbox};

mod companies;
mod group;
mod report;
mod write;

pub(crate) use companies::derive_memberships;
pub use group::Group;
pub(crate) use group::{relink, relink_everybody};
pub(crate) use write::{
    add_companies, add_memberships, append, drop_unseen, drop_unused_quarantine, forget, neighbours, observe,
    remove_companies,
};

/// A subject as it was seen once.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The source's name of it; see [`identity::SubjectName`].
    pub external_id: String,
    /// The conversation in which it was seen; absent for a contact record.
    pub conversation: Option<ConversationId>,
    /// What this sighting says. Memberships follow from the companies of all sightings of a subject.
    pub facts: SubjectFacts,
    /// What was stated of it and identifies nobody: which kind, and why.
    pub rejected: Vec<(identifier::Kind, Rejected)>,
    /// Whether the companies are all there were at that moment: whoever is not named then is none any more.
    pub names_all_companies: bool,
}

/// A subject belongs to a company between two moments, as its source wrote server-side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The subject.
    pub subject: SubjectId,
    /// The company.
    pub company: CompanyId,
    /// From when.
    pub from: Timestamp,
    /// Until when; [`Timestamp::OPEN`] as long as it lasts.
    pub to: Timestamp,
}

/// A company among the tenant's customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// The source's own id.
    pub external_id: String,
    /// What it is called.
    pub name: String,
}

/// A stored subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its id.
    pub id: SubjectId,
    /// The source it is known in.
    pub source: SourceId,
    /// The source's name of it.
    pub external_id: String,
    /// Why it belongs to no person, where it does not.
    pub apart: Option<String>,
}

/// Who carries an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Carriers {
    /// The subjects that were seen with it.
    pub subjects: BTreeSet<SubjectId>,
    /// Why it must not be matched by, where it must not.
    pub quarantined: Option<String>,
}

/// `valid_to` of what lasts is the open end, which counts as a moment that never comes.
macro_rules! holds_at {
    ($table:literal, $at:literal) => {
        concat!(
            $table,
            ".valid_from <= ",
            $at,
            " AND (",
            $table,
            ".valid_to > ",
            $at,
            " OR ",
            $table,
            ".valid_to = 253402300799999)"
        )
    };
}

impl Store {
    /// Returns who was ever seen with an identifier.
    pub async fn find_subjects(&self, tenant: TenantId, identifier: &Identifier) -> Result<Carriers, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let key = params![tenant, identifier.kind().name(), identifier.value()];
        let sql = "SELECT DISTINCT subject FROM observed_identifiers
             WHERE tenant = $1 AND kind = $2 AND value = $3";
        let rows = tx.rows(sql, key.clone()).await?;
        let subjects = rows.into_iter().map(|mut row| row.id()).collect::<Result<_, _>>()?;
        let sql = "SELECT why FROM quarantined WHERE tenant = $1 AND kind = $2 AND value = $3";
        let quarantined = tx.find(sql, key).await?.map(|mut row| row.text()).transpose()?;
        Ok(Carriers { subjects, quarantined })
    }

    /// Returns the subjects that belonged to a person at `at`.
    pub async fn subjects_of(
        &self,
        tenant: TenantId,
        person: PersonId,
        at: Timestamp,
    ) -> Result<BTreeSet<SubjectId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            "SELECT l.subject FROM links l WHERE l.tenant = $1 AND l.person = $2 AND ",
            holds_at!("l", "$3")
        );
        tx.rows(sql, params![tenant, person, at]).await?.into_iter().map(|mut row| row.id()).collect()
    }

    /// Returns the person to whom each of these subjects belonged at `at`; who belongs to nobody is absent.
    pub async fn people_of(
        &self,
        tenant: TenantId,
        subjects: &[SubjectId],
        at: Timestamp,
    ) -> Result<BTreeMap<SubjectId, PersonId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            "SELECT l.subject, l.person FROM links l WHERE l.tenant = $1 AND ",
            holds_at!("l", "$2"),
            " AND l.subject"
        );
        let rows = tx.rows_in((sql, ""), &fixed![tenant, at], subjects.iter().copied()).await?;
        rows.into_iter().map(|mut row| Ok((row.id()?, row.id()?))).collect()
    }

    /// Returns the person to whom a subject belonged at `at`.
    pub async fn person_of(
        &self,
        tenant: TenantId,
        subject: SubjectId,
        at: Timestamp,
    ) -> Result<Option<PersonId>, Error> {
        Ok(self.people_of(tenant, &[subject], at).await?.remove(&subject))
    }

    /// Returns the account to which each of these subjects belonged at `at`: like [`Store::people_of`], but
    /// by contact id and `user_id` alone. See [`People::accounts`](identity::People::accounts).
    pub async fn accounts_of(
        &self,
        tenant: TenantId,
        subjects: &[SubjectId],
        at: Timestamp,
    ) -> Result<BTreeMap<SubjectId, PersonId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            "SELECT a.subject, a.account FROM accounts a WHERE a.tenant = $1 AND ",
            holds_at!("a", "$2"),
            " AND a.subject"
        );
        let rows = tx.rows_in((sql, ""), &fixed![tenant, at], subjects.iter().copied()).await?;
        rows.into_iter().map(|mut row| Ok((row.id()?, row.id()?))).collect()
    }

    /// Returns the subjects that were one account at `at`.
    pub async fn subjects_of_account(
        &self,
        tenant: TenantId,
        account: PersonId,
        at: Timestamp,
    ) -> Result<BTreeSet<SubjectId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            "SELECT a.subject FROM accounts a WHERE a.tenant = $1 AND a.account = $2 AND ",
            holds_at!("a", "$3")
        );
        tx.rows(sql, params![tenant, account, at]).await?.into_iter().map(|mut row| row.id()).collect()
    }

    /// Returns the companies to which any of these subjects belonged at `at`.
    pub async fn companies_of(
        &self,
        tenant: TenantId,
        subjects: &BTreeSet<SubjectId>,
        at: Timestamp,
    ) -> Result<BTreeSet<CompanyId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            "SELECT DISTINCT m.company FROM memberships m WHERE m.tenant = $1 AND ",
            holds_at!("m", "$2"),
            " AND m.subject"
        );
        let rows = tx.rows_in((sql, ""), &fixed![tenant, at], subjects.iter().copied()).await?;
        rows.into_iter().map(|mut row| row.id()).collect()
    }

    /// Returns those of these subjects that were seen as users by `at`.
    pub async fn users_among(
        &self,
        tenant: TenantId,
        subjects: &BTreeSet<SubjectId>,
        at: Timestamp,
    ) -> Result<BTreeSet<SubjectId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT DISTINCT o.subject FROM observations o
             WHERE o.tenant = $1 AND o.at <= $2 AND o.role = $3 AND o.subject";
        let user = fixed![tenant, at, to_word(&Role::User)];
        let rows = tx.rows_in((sql, ""), &user, subjects.iter().copied()).await?;
        rows.into_iter().map(|mut row| row.id()).collect()
    }

    /// Returns the newest name under which one of these subjects was seen as a user by `at`. What it called
    /// itself as a visitor or lead is nobody's word but the writer's.
    pub async fn user_name(
        &self,
        tenant: TenantId,
        subjects: &BTreeSet<SubjectId>,
        at: Timestamp,
    ) -> Result<Option<String>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT n.at, n.name FROM observed_names n
             JOIN observations o ON o.tenant = n.tenant AND o.subject = n.subject AND o.at = n.at
                 AND o.conversation = n.conversation
             WHERE n.tenant = $1 AND n.at <= $2 AND o.role = $3 AND n.subject";
        let user = fixed![tenant, at, to_word(&Role::User)];
        let mut newest: Option<(Timestamp, String)> = None;
        for mut row in tx.rows_in((sql, ""), &user, subjects.iter().copied()).await? {
            newest = newest.max(Some((row.time()?, row.text()?)));
        }
        Ok(newest.map(|(_, name)| name))
    }

    /// Returns all memberships of a tenant, by subject.
    pub async fn list_memberships(&self, tenant: TenantId) -> Result<Vec<Membership>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT subject, company, valid_from, valid_to FROM memberships
             WHERE tenant = $1 ORDER BY subject, valid_from, company";
        let membership = |mut row: Row| {
            Ok(Membership { subject: row.id()?, company: row.id()?, from: row.time()?, to: row.time()? })
        };
        tx.rows(sql, params![tenant]).await?.into_iter().map(membership).collect()
    }

    /// Returns up to `limit` subjects in the order of their ids, behind `after`.
    pub async fn list_subjects(
        &self,
        tenant: TenantId,
        after: Option<SubjectId>,
        limit: u32,
    ) -> Result<Vec<Subject>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let after = after.unwrap_or(SubjectId::from_uuid(uuid::Uuid::nil()));
        let sql = "SELECT id, source, external_id, apart FROM subjects
             WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
        let subject = |mut row: Row| {
            Ok(Subject {
                id: row.id()?,
                source: row.id()?,
                external_id: row.text()?,
                apart: row.maybe_text()?,
            })
        };
        tx.rows(sql, params![tenant, after, limit]).await?.into_iter().map(subject).collect()
    }

    /// Returns all links of a tenant, by subject and then by time.
    pub async fn list_links(&self, tenant: TenantId) -> Result<Vec<Link>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT subject, person, valid_from, valid_to, made_by FROM links
             WHERE tenant = $1 ORDER BY subject, valid_from";
        tx.rows(sql, params![tenant]).await?.into_iter().map(link).collect()
    }

    /// Adds entries to the ledger and decides again who the people are of whom they speak: a merge and an undo
    /// take effect at once. Of an entry that is there already, the earlier moment counts.
    pub async fn append_ledger(&self, tenant: TenantId, entries: &[Entry]) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        // Whatever links people of one tenant takes turns.
        outbox::lock(&mut tx, tenant).await?;
        let touched = write::append(&mut tx, tenant, entries).await?;
        relink(&mut tx, tenant, &touched).await?;
        tx.commit().await
    }

    /// Like [`Store::append_ledger`], and notes in the same transaction who did it.
    pub async fn append_ledger_noted(
        &self,
        tenant: TenantId,
        entries: &[Entry],
        new: &NewAudit<'_>,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        outbox::lock(&mut tx, tenant).await?;
        let touched = write::append(&mut tx, tenant, entries).await?;
        relink(&mut tx, tenant, &touched).await?;
        audit::note(&mut tx, tenant, new).await?;
        tx.commit().await
    }

    /// Returns as whom a person counts at `at`, who may have joined another since it got its id.
    pub async fn person_now(
        &self,
        tenant: TenantId,
        person: PersonId,
        at: Timestamp,
    ) -> Result<Option<PersonId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            "SELECT l.person FROM links l JOIN subjects s ON s.tenant = l.tenant AND s.id = l.subject
             WHERE l.tenant = $1 AND s.own_person = $2 AND ",
            holds_at!("l", "$3")
        );
        tx.find(sql, params![tenant, person, at]).await?.map(|mut row| row.id()).transpose()
    }

    /// Returns what companies are called.
    pub async fn company_names(
        &self,
        tenant: TenantId,
        companies: &BTreeSet<CompanyId>,
    ) -> Result<BTreeMap<CompanyId, String>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT id, name FROM companies WHERE tenant = $1 AND id";
        let rows = tx.rows_in((sql, ""), &fixed![tenant], companies.iter().copied()).await?;
        rows.into_iter().map(|mut row| Ok((row.id()?, row.text()?))).collect()
    }

    /// Returns the whole ledger of a tenant, oldest entry first.
    pub async fn ledger(&self, tenant: TenantId) -> Result<Vec<Entry>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        ledger(&mut tx, tenant).await
    }
}

async fn ledger(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Entry>, Error> {
    let sql = "SELECT entry FROM ledger WHERE tenant = $1 ORDER BY at, id";
    tx.rows(sql, params![tenant]).await?.into_iter().map(|mut row| row.json()).collect()
}

/// Returns the subjects that a source may mean by `id`: by the name of a subject, or by its own contact id.
pub(crate) fn subjects_named(source: SourceId, id: &str) -> Vec<SubjectId> {
    let contact = Identifier::parse(identifier::Kind::ContactId, id).ok();
    let contact = contact.map(|contact| SubjectName::of_identifier(&contact).subject(source));
    contact.into_iter().chain([SubjectId::derive(source, id)]).collect()
}

fn link(mut row: Row) -> Result<Link, Error> {
    Ok(Link {
        subject: row.id()?,
        person: row.id()?,
        from: row.time()?,
        to: row.time()?,
        by: by_from_name(&row.text()?)?,
    })
}

fn by_from_name(name: &str) -> Result<By, Error> {
    const ALL: [By; 7] =
        [By::Itself, By::ContactId, By::UserId, By::Email, By::Merge, By::SourceMerge, By::Undo];
    ALL.into_iter()
        .find(|by| by.name() == name)
        .ok_or_else(|| Error::damaged(format!("`{name}` links no subject to a person")))
}

fn named_by_name(named_by: NamedBy) -> &'static str {
    match named_by {
        NamedBy::Identifier(kind) => kind.name(),
        NamedBy::Conversation => "conversation",
    }
}

fn named_by_from_name(name: &str) -> Result<NamedBy, Error> {
    match identifier::Kind::from_name(name) {
        Some(kind) => Ok(NamedBy::Identifier(kind)),
        None if name == "conversation" => Ok(NamedBy::Conversation),
        None => Err(Error::damaged(format!("`{name}` names no subject"))),
    }
}

fn identifier_of(kind: &str, value: &str) -> Result<Identifier, Error> {
    identifier::Kind::from_name(kind)
        .and_then(|kind| Identifier::parse(kind, value).ok())
        .ok_or_else(|| Error::damaged(format!("a stored `{kind}` identifies nobody")))
}
