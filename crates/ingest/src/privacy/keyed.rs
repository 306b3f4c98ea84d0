//! Keyed hashes: details and companies are remembered without keeping what they were.

use std::fmt;

use domain::TenantId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The secret of one tenant under which its details are hashed. Without it, stored hashes cannot be tried
/// against a dictionary.
#[derive(Clone)]
pub struct TenantKey(Hmac<Sha256>);

impl TenantKey {
    /// Takes the secret: at least 16 random bytes, the same for the life of the tenant.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    /// Returns the name under which a tombstone stands for something of one tenant.
    #[must_use]
    pub fn tombstone(&self, tenant: TenantId, what: &str) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(b"tombstone");
        mac.update(tenant.uuid().as_bytes());
        mac.update(what.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Returns the first 64 bits of HMAC-SHA256 over `kind` and `text`: enough that of a million details no two
    /// are likely to meet.
    pub(super) fn hash(&self, kind: u8, text: &[&str]) -> i64 {
        let mut mac = self.0.clone();
        mac.update(&[kind]);
        for part in text {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        let full = mac.finalize().into_bytes();
        let mut head = [0; 8];
        head.copy_from_slice(&full[..8]);
        i64::from_be_bytes(head)
    }
}

impl fmt::Debug for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TenantKey(…)")
    }
}

/// The name of a detail in the store: a keyed hash over its kind and its normalised form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DetailHash(pub i64);
