//! Secrets of connected accounts, encrypted before they are stored.
//!
//! XChaCha20-Poly1305 with a random nonce for each secret. What a secret belongs to is bound into it: a
//! sealed secret that was moved to another account does not open.

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, bail};
use chacha20poly1305::aead::{Aead as _, Generate as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use llm::Secret;
use store::live::Sealed;

use crate::assembly::restrict;

/// The name of the file that holds the key where the configuration does not.
pub const KEY_FILE: &str = "secrets.key";

const NONCE: usize = 24;

/// Seals and opens secrets.
#[derive(Clone)]
pub struct Vault(XChaCha20Poly1305);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// Opens the vault with the configured key, or with that of the key file in `data`, which is made where
    /// it is missing.
    ///
    /// # Errors
    /// Fails when the key is no key, or the file cannot be read or written.
    pub fn open(configured: &Secret, data: &Path) -> anyhow::Result<Self> {
        let path = data.join(KEY_FILE);
        let text = match (configured.reveal(), std::fs::read_to_string(&path)) {
            ("", Ok(text)) => text,
            ("", Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                let text = hexadecimal(&Key::generate());
                std::fs::write(&path, &text)
                    .with_context(|| format!("the key file `{}` cannot be written", path.display()))?;
                restrict(&path)?;
                text
            }
            ("", Err(error)) => {
                return Err(error)
                    .with_context(|| format!("the key file `{}` cannot be read", path.display()));
            }
            (key, _) => key.to_owned(),
        };
        let Some(key) = bytes(text.trim()) else {
            bail!("`live.key`, or the key file `{}`, is not 64 hexadecimal digits", path.display());
        };
        Ok(Self(XChaCha20Poly1305::new(&Key::from(key))))
    }

    /// Seals the secret of `owner`.
    ///
    /// # Errors
    /// Fails when the secret is too long to be one.
    pub fn seal(&self, owner: &str, secret: &Secret) -> anyhow::Result<Sealed> {
        let nonce = XNonce::generate();
        let payload = Payload { msg: secret.reveal().as_bytes(), aad: owner.as_bytes() };
        let sealed = self.0.encrypt(&nonce, payload);
        let sealed = sealed.map_err(|_| anyhow::anyhow!("the secret of `{owner}` cannot be sealed"))?;
        Ok(Sealed([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens the secret of `owner`.
    ///
    /// # Errors
    /// Fails when it was sealed with another key or for another owner, or was changed.
    pub fn unseal(&self, owner: &str, sealed: &Sealed) -> anyhow::Result<Secret> {
        let refused = || {
            anyhow::anyhow!(
                "the secret of `{owner}` cannot be opened with this key; restore the key file, or connect it again"
            )
        };
        let (nonce, sealed) = sealed.0.split_first_chunk::<NONCE>().ok_or_else(refused)?;
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        let text = self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| refused())?;
        Ok(Secret::new(String::from_utf8(text).map_err(|_| refused())?))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect();
    if digits.len() % 2 == 1 {
        return None;
    }
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let none = Secret::new("");
        let vault = Vault::open(&none, folder.path()).unwrap();
        let secret = Secret::new("tok-12345");
        let sealed = vault.seal("memory:w1", &secret).unwrap();
        assert!(!sealed.0.windows(9).any(|bytes| bytes == b"tok-12345"));
        assert_ne!(vault.seal("memory:w1", &secret).unwrap(), sealed, "never the same twice");
        // Another process finds the same key.
        let again = Vault::open(&none, folder.path()).unwrap();
        assert_eq!(again.unseal("memory:w1", &sealed).unwrap(), secret);
        assert!(again.unseal("memory:w2", &sealed).is_err());
        let mut changed = sealed.clone();
        changed.0[NONCE] ^= 1;
        assert!(again.unseal("memory:w1", &changed).is_err());
        assert!(again.unseal("memory:w1", &Sealed(vec![1; 3])).is_err());
        let other = Vault::open(&Secret::new("ab".repeat(32)), folder.path()).unwrap();
        let error = format!("{:?}", other.unseal("memory:w1", &sealed).unwrap_err());
        assert!(error.contains("connect it again") && !error.contains("tok-12345"), "{error}");
    }

    #[test]
    fn a_key_that_is_none_is_refused_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        for wrong in ["abc".to_owned(), "zz".repeat(32), "a".repeat(63)] {
            let error = format!("{:?}", Vault::open(&Secret::new(&wrong), folder.path()).unwrap_err());
            assert!(error.contains("64 hexadecimal digits") && !error.contains(&wrong), "{error}");
        }
    }
}
