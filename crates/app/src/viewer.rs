//! From a key such as `email:anna@firm.test` to the reader it stands for.

use anyhow::{Context as _, bail};
use domain::{PersonId, TenantId, Timestamp};
use identity::{Assurance, Identifier, Reader};

use crate::App;

/// A reader, and how to greet it.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The reader.
    pub reader: Reader,
    /// The first name; only of a person who has proven to be that person.
    pub first_name: Option<String>,
}

impl App {
    /// Finds the person that `key` names: `user_id:…`, `email:…`, `phone:…`, `contact_id:…` or `person:…`.
    /// Without a key it is somebody unknown.
    ///
    /// # Errors
    /// Fails when nobody or more than one person carries the key, or when it must not be matched by.
    pub async fn viewer(
        &self,
        tenant: TenantId,
        key: Option<&str>,
        assurance: Assurance,
        at: Timestamp,
    ) -> anyhow::Result<Viewer> {
        let Some(key) = key else {
            return Ok(Viewer { reader: Reader::anonymous(), first_name: None });
        };
        let person = self.find_person(tenant, key, at).await?;
        self.viewer_of(tenant, person, assurance, at).await
    }

    /// Returns the reader that a known person is at a moment.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn viewer_of(
        &self,
        tenant: TenantId,
        person: PersonId,
        assurance: Assurance,
        at: Timestamp,
    ) -> anyhow::Result<Viewer> {
        let subjects = self.store.subjects_of(tenant, person, at).await?;
        let companies = self.store.companies_of(tenant, person, at).await?;
        let list: Vec<_> = subjects.iter().copied().collect();
        // A name is told only to whom it belongs.
        let first_name = if assurance == Assurance::Verified {
            let facts = self.store.facts(tenant, &list).await?;
            let newest =
                facts.iter().filter(|facts| !facts.names.is_empty()).max_by_key(|facts| facts.last_seen);
            newest.and_then(|facts| facts.names.iter().next()).and_then(|name| first_name(name))
        } else {
            None
        };
        Ok(Viewer {
            reader: Reader::Customer { person: Some(person), subjects, companies, assurance },
            first_name,
        })
    }

    async fn find_person(&self, tenant: TenantId, key: &str, at: Timestamp) -> anyhow::Result<PersonId> {
        if let Some(id) = key.strip_prefix("person:") {
            let id: PersonId = id.parse()?;
            if self.store.subjects_of(tenant, id, at).await?.is_empty() {
                bail!("there is no person `{id}` at {at}");
            }
            return Ok(id);
        }
        let identifier: Identifier = key.parse().with_context(|| format!("`{key}` names nobody"))?;
        let carriers = self.store.find_subjects(tenant, &identifier).await?;
        if let Some(why) = carriers.quarantined {
            bail!("`{key}` is not matched by: {why}; use the person's own `person:…` id");
        }
        let mut people = Vec::new();
        for subject in &carriers.subjects {
            people.extend(self.store.person_of(tenant, *subject, at).await?);
        }
        people.sort_unstable();
        people.dedup();
        match people.as_slice() {
            [] => bail!("nobody is known as `{key}` at {at}"),
            [person] => Ok(*person),
            several => {
                let ids: Vec<String> = several.iter().map(|id| format!("`person:{id}`")).collect();
                bail!("`{key}` names {} people; say which: {}", several.len(), ids.join(", "))
            }
        }
    }
}

fn first_name(name: &str) -> Option<String> {
    let first = name.split_whitespace().next()?;
    let plausible =
        first.chars().count() <= 30 && first.chars().all(|c| c.is_alphabetic() || "-'’.".contains(c));
    plausible.then(|| first.to_owned())
}
