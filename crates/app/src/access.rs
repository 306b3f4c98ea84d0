//! Keys of the API: given out once, stored as hashes, revoked at once.

use domain::{KeyId, TenantId};
use identity::access::{Grant, Permission, Role};
use llm::Secret;
pub use store::access::ApiKey;
use store::live::MOST_INBOXES;

use crate::books::{Books, hash_of, secret_word};

/// The beginning of every key, by which people and secret scanners know it.
const PREFIX: &str = "bsk_";

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose data the caller may see.
    pub tenant: TenantId,
    /// The key.
    pub key: KeyId,
    role: Role,
    scopes: Vec<Grant>,
    inboxes: Vec<String>,
}

impl Caller {
    /// Reports whether the caller may do something.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission) || self.scopes.iter().any(|scope| scope.may(permission))
    }

    /// Returns the inboxes to which the caller is confined; none for one who may see them all.
    #[must_use]
    pub fn confined_to(&self) -> Option<&[String]> {
        (!self.inboxes.is_empty()).then_some(self.inboxes.as_slice())
    }

    /// Reports whether the caller may see what lies in an inbox; what lies in none is for who may see all.
    #[must_use]
    pub fn sees(&self, inbox: Option<&str>) -> bool {
        self.confined_to().is_none_or(|inboxes| inboxes.iter().any(|own| Some(own.as_str()) == inbox))
    }
}

/// A key that was just made.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Its id, by which it is revoked.
    pub id: KeyId,
    /// The key itself; it is shown once and stored nowhere.
    pub secret: Secret,
}

impl Books {
    /// Makes a key that shows all inboxes.
    ///
    /// # Errors
    /// Fails when a program gets no scope or a person gets one, and when the store does.
    pub async fn issue_key(
        &self,
        tenant: TenantId,
        name: &str,
        role: Role,
        scopes: &[Grant],
    ) -> anyhow::Result<Issued> {
        self.issue_key_for(tenant, name, (role, scopes), &[]).await
    }

    /// Makes a key that shows the conversations of some inboxes, of all where none is named.
    ///
    /// # Errors
    /// As [`Books::issue_key`], and when somebody is confined whose role sees everything.
    pub async fn issue_key_for(
        &self,
        tenant: TenantId,
        name: &str,
        (role, scopes): (Role, &[Grant]),
        inboxes: &[String],
    ) -> anyhow::Result<Issued> {
        anyhow::ensure!(
            inboxes.is_empty() || matches!(role, Role::Agent | Role::Integration),
            "a `{role}` sees all inboxes; only an agent's or a program's key is confined to some"
        );
        anyhow::ensure!(
            inboxes.len() <= MOST_INBOXES && inboxes.iter().all(|inbox| !inbox.trim().is_empty()),
            "a key is confined to at most {MOST_INBOXES} inboxes, each named by the id of its team"
        );
        anyhow::ensure!(!name.trim().is_empty(), "a key needs a name, so that you know later whose it is");
        match (role, scopes.is_empty()) {
            (Role::Integration, true) => anyhow::bail!(
                "a program's key needs scopes; known are {}",
                Grant::ALL.map(Grant::name).join(", ")
            ),
            (Role::Integration, false) | (_, true) => {}
            (_, false) => anyhow::bail!("scopes are for the role `integration`; a `{role}` has them by role"),
        }
        let word = secret_word(PREFIX);
        let key = ApiKey {
            id: KeyId::from_uuid(uuid::Uuid::now_v7()),
            tenant,
            name: name.trim().to_owned(),
            role: role.name().to_owned(),
            scopes: scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            inboxes: inboxes.iter().map(|inbox| inbox.trim().to_owned()).collect(),
            created_at: self.clock.now(),
            revoked_at: None,
        };
        self.store.put_key(&key, &hash_of(&word)).await?;
        Ok(Issued { id: key.id, secret: Secret::new(word) })
    }

    /// Returns who calls with this key; none when it does not count.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn authenticate(&self, word: &str) -> anyhow::Result<Option<Caller>> {
        // What cannot be a key needs no look into the database.
        if !word.starts_with(PREFIX) || word.len() != PREFIX.len() + 64 {
            return Ok(None);
        }
        let Some(key) = self.store.find_key(&hash_of(word)).await? else {
            return Ok(None);
        };
        let scopes = key.scopes.iter().map(|word| word.parse()).collect::<Result<_, _>>()?;
        let role = key.role.parse()?;
        Ok(Some(Caller { tenant: key.tenant, key: key.id, role, scopes, inboxes: key.inboxes }))
    }

    /// Returns all keys of a tenant, revoked ones too.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn list_keys(&self, tenant: TenantId) -> anyhow::Result<Vec<ApiKey>> {
        Ok(self.store.list_keys(tenant).await?)
    }

    /// Makes a key count no more, from the next call on.
    ///
    /// # Errors
    /// Fails when the tenant has no such key.
    pub async fn revoke_key(&self, tenant: TenantId, id: KeyId) -> anyhow::Result<()> {
        Ok(self.store.revoke_key(tenant, id, self.clock.now()).await?)
    }
}
