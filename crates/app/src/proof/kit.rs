//! Signing identities for the Messenger, and the secrets that sign.

use anyhow::ensure;
use domain::{SecretId, TenantId, Timestamp};
use identity::kit::{Claims, LONGEST_TOKEN_SECS, LeftOut, Platform, SHORTEST_SECRET};
use llm::Secret;
use store::proof::MessengerSecret;

use super::Refused;
use crate::books::Books;
use crate::vault::Vault;

/// For how long a token counts that asks for nothing else, in seconds.
const USUAL_SECS: u32 = 900;
const SHORTEST_SECS: u32 = 60;
const LONGEST_SECRET: usize = 512;

/// A user of whom the company's server says that it is logged in.
#[derive(Clone)]
pub struct User<'a> {
    /// The id in the company's product.
    pub user_id: &'a str,
    /// The address.
    pub email: Option<&'a str>,
    /// The name.
    pub name: Option<&'a str>,
    /// For which Messenger.
    pub platform: Platform,
}

/// A token that was issued.
#[derive(Debug)]
pub struct Issued {
    /// The Messenger JWT.
    pub token: Secret,
    /// The id that it names.
    pub user_id: String,
    /// Until when it counts.
    pub expires_at: Timestamp,
    /// What it does not say, because it could not be used.
    pub left_out: Vec<LeftOut>,
}

/// A legacy hash.
#[derive(Debug)]
pub struct Hashed {
    /// The hash, as hexadecimal digits.
    pub user_hash: Secret,
    /// The id that it is of.
    pub user_id: String,
}

fn owner(tenant: TenantId, id: SecretId) -> String {
    format!("{tenant}:messenger:{id}")
}

impl Books {
    /// Issues a Messenger JWT for a user.
    ///
    /// # Errors
    /// [`Refused`]: the `user_id` identifies nobody, the lifetime is too short or long, or no secret is stored.
    pub async fn issue_token(
        &self,
        tenant: TenantId,
        user: &User<'_>,
        ttl_secs: Option<u32>,
    ) -> Result<Issued, Refused> {
        let ttl = ttl_secs.unwrap_or(USUAL_SECS);
        if !(SHORTEST_SECS..=LONGEST_TOKEN_SECS).contains(&ttl) {
            return Err(Refused::Lifetime(ttl));
        }
        let (claims, left_out) = check(user)?;
        let secret = self.signing_secret(tenant, user.platform).await?;
        let expires_at = self.clock.now().plus_millis(i64::from(ttl) * 1_000);
        let token = Secret::new(claims.jwt(expires_at, secret.reveal().as_bytes()));
        Ok(Issued { token, user_id: claims.user_id().to_owned(), expires_at, left_out })
    }

    /// Makes the legacy `user_hash` of a user.
    ///
    /// # Errors
    /// As [`Books::issue_token`].
    pub async fn user_hash(&self, tenant: TenantId, user: &User<'_>) -> Result<Hashed, Refused> {
        let (claims, _) = check(user)?;
        let secret = self.signing_secret(tenant, user.platform).await?;
        let user_hash = Secret::new(claims.user_hash(secret.reveal().as_bytes()));
        Ok(Hashed { user_hash, user_id: claims.user_id().to_owned() })
    }

    async fn signing_secret(&self, tenant: TenantId, platform: Platform) -> Result<Secret, Refused> {
        let found = self.store.signing_secret(tenant, platform.name()).await?;
        let found = found.ok_or(Refused::NoSecret(platform))?;
        Ok(self.vault()?.unseal(&owner(tenant, found.id), &found.secret)?)
    }

    fn vault(&self) -> anyhow::Result<Vault> {
        Vault::open(&self.settings.live.key, &self.places.data)
    }

    /// Stores a secret of a platform; from now on it signs.
    ///
    /// # Errors
    /// Fails when it cannot be a secret, is stored already, or the platform has two already.
    pub async fn add_messenger_secret(
        &self,
        tenant: TenantId,
        (platform, secret): (Platform, &Secret),
        by: &str,
    ) -> anyhow::Result<MessengerSecret> {
        let text = secret.reveal();
        ensure!(
            (SHORTEST_SECRET..=LONGEST_SECRET).contains(&text.len()) && !text.contains(char::is_whitespace),
            "that is no Messenger secret: one has {SHORTEST_SECRET} to {LONGEST_SECRET} characters and no blanks; copy it from Intercom's settings, Messenger, Security"
        );
        let vault = self.vault()?;
        for known in self.store.list_messenger_secrets(tenant).await? {
            let same = known.retired_at.is_none()
                && known.platform == platform.name()
                && vault.unseal(&owner(tenant, known.id), &known.secret)? == *secret;
            ensure!(!same, "this secret is stored already, as `{}`", known.id);
        }
        let id = SecretId::from_uuid(uuid::Uuid::now_v7());
        let new = MessengerSecret {
            id,
            tenant,
            platform: platform.name().to_owned(),
            secret: vault.seal(&owner(tenant, id), secret)?,
            added_at: self.clock.now(),
            retired_at: None,
        };
        self.store.add_messenger_secret(&new, by).await?;
        Ok(new)
    }

    /// Returns all secrets of a tenant, sealed, retired ones too.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn list_messenger_secrets(&self, tenant: TenantId) -> anyhow::Result<Vec<MessengerSecret>> {
        Ok(self.store.list_messenger_secrets(tenant).await?)
    }

    /// Makes a secret sign no more.
    ///
    /// # Errors
    /// Fails when the tenant has no such secret, or it is retired already.
    pub async fn retire_messenger_secret(
        &self,
        tenant: TenantId,
        id: SecretId,
        by: &str,
    ) -> anyhow::Result<()> {
        Ok(self.store.retire_messenger_secret(tenant, id, (by, self.clock.now())).await?)
    }
}

fn check(user: &User<'_>) -> Result<(Claims, Vec<LeftOut>), Refused> {
    Claims::check(user.user_id, user.email, user.name)
        .map_err(|why| Refused::Nobody { field: "user_id", why })
}
