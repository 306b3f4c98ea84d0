//! From a key such as `email:anna@firm.test` to the reader it stands for.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use domain::{PersonId, SubjectId, TenantId, Timestamp};
use identity::{Assurance, Identifier, Identities, Reader};
use store::Store;

use crate::App;

/// A reader, and how to greet it.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The reader.
    pub reader: Reader,
    /// The first name; only of an account that has proven to be that account.
    pub first_name: Option<String>,
}

impl Viewer {
    fn unknown() -> Self {
        Self { reader: Reader::anonymous(), first_name: None }
    }
}

impl App {
    /// Finds the reader that `key` names: `user_id:…`, `email:…`, `phone:…`, `contact_id:…` or `person:…`.
    /// Without a key it is somebody unknown.
    ///
    /// # Errors
    /// Fails when nobody or more than one person carries the key, or when it must not be matched by; for
    /// somebody verified also when it names several accounts of one person.
    pub async fn viewer(
        &self,
        tenant: TenantId,
        key: Option<&str>,
        assurance: Assurance,
        at: Timestamp,
    ) -> anyhow::Result<Viewer> {
        let Some(key) = key else {
            return Ok(Viewer::unknown());
        };
        let named = find_named(&self.store, tenant, key, at).await?;
        let accounts = self.accounts_of_users(tenant, &named, at).await?;
        if accounts.len() > 1 && assurance == Assurance::Verified {
            bail!(
                "`{key}` names {} accounts of one person, and a proof is one account's; use its `user_id:…`",
                accounts.len()
            );
        }
        match accounts.first().copied().or_else(|| named.first().copied()) {
            Some(subject) => self.viewer_of(tenant, subject, assurance, at).await,
            None => Ok(Viewer::unknown()),
        }
    }

    /// Returns the reader that an identity is at a moment: its account, and the whole person for the agent.
    /// An account without a user is at most [`Assurance::Claimed`]: nobody could have logged in to it.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn viewer_of(
        &self,
        tenant: TenantId,
        subject: SubjectId,
        assurance: Assurance,
        at: Timestamp,
    ) -> anyhow::Result<Viewer> {
        let Some(person) = self.store.person_of(tenant, subject, at).await? else {
            return Ok(Viewer::unknown());
        };
        let accounts = self.store.accounts_of(tenant, &[subject], at).await?;
        let own = match accounts.get(&subject) {
            Some(account) => self.store.subjects_of_account(tenant, *account, at).await?,
            None => BTreeSet::new(),
        };
        let has_user = !self.store.users_among(tenant, &own, at).await?.is_empty();
        let assurance = if has_user { assurance } else { assurance.min(Assurance::Claimed) };
        // A name is told only to whom it belongs.
        let first_name = match assurance {
            Assurance::Verified => {
                self.store.user_name(tenant, &own, at).await?.and_then(|name| first_name(&name))
            }
            _ => None,
        };
        let account = self.identities(tenant, own, at).await?;
        let whole = self.store.subjects_of(tenant, person, at).await?;
        let whole = self.identities(tenant, whole, at).await?;
        let reader = Reader::Customer { person: Some(person), account, whole, assurance };
        Ok(Viewer { reader, first_name })
    }

    async fn identities(
        &self,
        tenant: TenantId,
        subjects: BTreeSet<SubjectId>,
        at: Timestamp,
    ) -> anyhow::Result<Identities> {
        let companies = self.store.companies_of(tenant, &subjects, at).await?;
        Ok(Identities { subjects, companies })
    }

    /// Returns one user of each account that `subjects` belong to.
    async fn accounts_of_users(
        &self,
        tenant: TenantId,
        subjects: &BTreeSet<SubjectId>,
        at: Timestamp,
    ) -> anyhow::Result<Vec<SubjectId>> {
        let users: Vec<SubjectId> = self.store.users_among(tenant, subjects, at).await?.into_iter().collect();
        let accounts = self.store.accounts_of(tenant, &users, at).await?;
        let mut seen = BTreeSet::new();
        Ok(accounts.into_iter().filter(|(_, account)| seen.insert(*account)).map(|(user, _)| user).collect())
    }
}

/// Returns the identities that a key names, all of one person.
///
/// # Errors
/// Fails when the key names nobody or several people, or must not be matched by.
pub(crate) async fn find_named(
    store: &Store,
    tenant: TenantId,
    key: &str,
    at: Timestamp,
) -> anyhow::Result<BTreeSet<SubjectId>> {
    if let Some(id) = key.strip_prefix("person:") {
        let id: PersonId = id.parse()?;
        let subjects = store.subjects_of(tenant, id, at).await?;
        if subjects.is_empty() {
            bail!("there is no person `{id}` at {at}");
        }
        return Ok(subjects);
    }
    let identifier: Identifier = key.parse().with_context(|| format!("`{key}` names nobody"))?;
    let carriers = store.find_subjects(tenant, &identifier).await?;
    if let Some(why) = carriers.quarantined {
        bail!("`{key}` is not matched by: {why}; use the person's own `person:…` id");
    }
    let carriers: Vec<SubjectId> = carriers.subjects.into_iter().collect();
    let found = store.people_of(tenant, &carriers, at).await?;
    let people: BTreeSet<PersonId> = found.values().copied().collect();
    match people.len() {
        0 => bail!("nobody is known as `{key}` at {at}"),
        1 => Ok(found.into_keys().collect()),
        several => {
            let ids: Vec<String> = people.iter().map(|id| format!("`person:{id}`")).collect();
            bail!("`{key}` names {several} people; say which: {}", ids.join(", "))
        }
    }
}

fn first_name(name: &str) -> Option<String> {
    let first = name.split_whitespace().next()?;
    let plausible =
        first.chars().count() <= 30 && first.chars().all(|c| c.is_alphabetic() || "-'’.".contains(c));
    plausible.then(|| first.to_owned())
}
