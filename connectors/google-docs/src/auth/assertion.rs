//! The signed statement by which a service account asks for a token.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector::{Error, Secret};
use domain::Timestamp;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::json;

use crate::client::Failure;

/// Where tokens are asked for, and whom a statement is for.
pub(super) const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
/// What kind of request it is.
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long a statement counts, in seconds; Google allows an hour.
const LASTS: i64 = 3_600;
/// Statements are dated back so far, in seconds, because Google refuses those from the future.
const BACK: i64 = 20;

/// The key of a service account, ready to sign.
pub(super) struct Signer {
    key: KeyPair,
    key_id: Option<String>,
    issuer: String,
    subject: Option<String>,
}

/// What we read of the key file.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: String,
    private_key_id: Option<String>,
}

impl Signer {
    /// Reads the key file.
    ///
    /// # Errors
    /// [`Error::FixCredentials`] when it is none; nothing of it is told.
    pub(super) fn read(file: &Secret, subject: Option<&str>) -> Result<Self, Error> {
        let wrong = |what: &str| Error::FixCredentials { what: what.to_owned() };
        let file: KeyFile = serde_json::from_str(file.reveal()).map_err(|_| {
            wrong("the key of the service account is not the JSON file that Google gives out")
        })?;
        let pem = PrivatePkcs8KeyDer::from_pem_slice(file.private_key.as_bytes())
            .map_err(|_| wrong("the private key of the service account is not in PEM"))?;
        let key = KeyPair::from_pkcs8(pem.secret_pkcs8_der())
            .map_err(|_| wrong("the private key of the service account is no RSA key"))?;
        let subject = subject.map(str::trim).filter(|subject| !subject.is_empty()).map(str::to_owned);
        Ok(Self { key, key_id: file.private_key_id, issuer: file.client_email, subject })
    }

    /// Returns a statement that asks for these scopes.
    pub(super) fn assertion(&self, scopes: &str, now: Timestamp) -> Result<Secret, Failure> {
        let issued = now.millis() / 1_000 - BACK;
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id});
        let mut claims = json!({"iss": self.issuer, "scope": scopes, "aud": AUDIENCE, "iat": issued, "exp": issued + LASTS});
        if let Some(subject) = &self.subject {
            claims["sub"] = json!(subject);
        }
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| Failure::refused("the key of the service account cannot sign"))?;
        Ok(Secret::new(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_told_without_showing_it() {
        let pem = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
        let file = json!({"client_email": "robot@project.example", "private_key": pem}).to_string();
        for text in ["hunter2", "{}", r#"{"client_email":"a","private_key":"hunter2"}"#, file.as_str()] {
            let error = Signer::read(&Secret::new(text), None).unwrap_err();
            assert!(matches!(error, Error::FixCredentials { .. }));
            let shown = format!("{error:?}");
            assert!(!shown.contains("hunter2") && !shown.contains("c2Vj"), "{shown}");
        }
    }
}
