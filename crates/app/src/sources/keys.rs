//! What opens a source, sealed in the store.

use std::fmt;
use std::path::Path;

use async_trait::async_trait;
use connector::{Error, Keyring, Secret};
use domain::TenantId;
use serde::{Deserialize, Serialize};
use store::Store;
use store::live::Sealed;

use crate::vault::Vault;

/// What opens a source where the configuration does not say it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// A token, the text of a key file, or a refresh token.
    #[serde(default)]
    pub(crate) token: String,
    /// The secret of an OAuth client.
    #[serde(default)]
    pub(crate) client_secret: String,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where what opens one source is kept.
#[derive(Clone)]
pub(crate) struct Drawer {
    pub(super) store: Store,
    pub(super) vault: Vault,
    pub(super) tenant: TenantId,
    pub(super) name: String,
}

impl fmt::Debug for Drawer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Drawer({})", self.name)
    }
}

impl Drawer {
    /// # Errors
    /// Fails when the key of the vault cannot be read.
    pub(super) fn open(
        store: &Store,
        (key, data): (&llm::Secret, &Path),
        (tenant, name): (TenantId, &str),
    ) -> anyhow::Result<Self> {
        Ok(Self { store: store.clone(), vault: Vault::open(key, data)?, tenant, name: name.to_owned() })
    }

    fn owner(&self) -> String {
        format!("{}:source:{}", self.tenant, self.name)
    }

    pub(super) fn seal(&self, kept: &Kept) -> anyhow::Result<Sealed> {
        self.vault.seal(&self.owner(), &llm::Secret::new(serde_json::to_string(kept)?))
    }

    fn unseal(&self, sealed: &Sealed) -> anyhow::Result<Kept> {
        Ok(serde_json::from_str(self.vault.unseal(&self.owner(), sealed)?.reveal())?)
    }

    /// Returns what is kept, sealed and open; none where nothing is.
    pub(super) async fn kept(&self) -> anyhow::Result<Option<(Sealed, Kept)>> {
        let connection = self.store.find_connection(self.tenant, &self.name).await?;
        let Some(sealed) = connection.and_then(|connection| connection.secret) else { return Ok(None) };
        let kept = self.unseal(&sealed)?;
        Ok(Some((sealed, kept)))
    }

    async fn read(&self) -> Result<(Sealed, Kept), Error> {
        let kept = self.kept().await.map_err(|error| Error::GiveUp {
            what: format!("what opens `{}` cannot be read", self.name),
            source: Some(error.into()),
        })?;
        kept.filter(|(_, kept)| !kept.token.is_empty()).ok_or_else(|| Error::FixCredentials {
            what: format!(
                "nobody has given consent for `{0}` yet: `backstory sources authorize {0}`",
                self.name
            ),
        })
    }
}

#[async_trait]
impl Keyring for Drawer {
    async fn refresh_token(&self) -> Result<Secret, Error> {
        Ok(Secret::new(&self.read().await?.1.token))
    }

    async fn replace(&self, old: &Secret, new: &Secret) -> Result<bool, Error> {
        let (sealed, kept) = self.read().await?;
        if kept.token != old.reveal() {
            return Ok(false);
        }
        let failed = |source: anyhow::Error| Error::GiveUp {
            what: format!("the new refresh token of `{}` cannot be kept", self.name),
            source: Some(source.into()),
        };
        let new = self.seal(&Kept { token: new.reveal().to_owned(), ..kept }).map_err(failed)?;
        let key = (self.tenant, self.name.as_str());
        let replaced = self.store.replace_connection_secret(key, &sealed, &new).await;
        replaced.map_err(|error| failed(error.into()))
    }
}
