//! What the company's own server tells the Messenger of a user who is logged in: checked, then signed.
//!
//! A Messenger JWT is HS256 under the Messenger secret of its platform. `user_id` is required, and one that
//! stands for nobody is refused: signed, it would make one person of everybody whom the app did not know.
//! E-mail and name are optional and identify nobody here, so one that cannot be used is left out and named
//! instead of locking the user out. The legacy `user_hash` is HMAC-SHA256 over the `user_id` alone.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::identifier::{Identifier, Kind, Rejected, is_placeholder, trim};

/// The longest that a token may count.
pub const LONGEST_TOKEN_SECS: u32 = 3_600;

/// The longest name that is signed, in characters.
const LONGEST_NAME: usize = 255;

/// The shortest secret that is taken for one, in bytes.
pub const SHORTEST_SECRET: usize = 16;

/// Where a Messenger runs. Each platform has secrets of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Browsers.
    #[default]
    Web,
    /// iOS.
    Ios,
    /// Android.
    Android,
}

/// A word that names no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no platform; known are web, ios, android")]
pub struct UnknownPlatform(String);

impl Platform {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Web, Self::Ios, Self::Android];

    /// Returns the word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Ios => "ios",
            Self::Android => "android",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Platform {
    type Err = UnknownPlatform;

    fn from_str(word: &str) -> Result<Self, UnknownPlatform> {
        Self::ALL.into_iter().find(|one| one.name() == word).ok_or_else(|| UnknownPlatform(word.to_owned()))
    }
}

/// Something that was not signed, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// The claim: `email` or `name`.
    pub claim: &'static str,
    /// Why.
    pub why: Rejected,
}

/// What may be signed of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    user_id: Identifier,
    email: Option<Identifier>,
    name: Option<String>,
}

/// The claims of a token, as Intercom names them.
#[derive(Serialize)]
struct Signed<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    exp: i64,
}

impl Claims {
    /// Checks what the company's server says of a user, and returns what may be signed with what may not.
    ///
    /// # Errors
    /// Says why the `user_id` identifies nobody.
    pub fn check(
        user_id: &str,
        email: Option<&str>,
        name: Option<&str>,
    ) -> Result<(Self, Vec<LeftOut>), Rejected> {
        let user_id = Identifier::parse(Kind::UserId, user_id)?;
        let mut left_out = Vec::new();
        let email = email.map(|text| Identifier::parse(Kind::Email, text)).transpose();
        let email = email.unwrap_or_else(|why| {
            left_out.push(LeftOut { claim: "email", why });
            None
        });
        let name = name.map(self::name).transpose().unwrap_or_else(|why| {
            left_out.push(LeftOut { claim: "name", why });
            None
        });
        Ok((Self { user_id, email, name }, left_out))
    }

    /// Returns the user's id as it is signed.
    #[must_use]
    pub fn user_id(&self) -> &str {
        self.user_id.value()
    }

    /// Returns the Messenger JWT under `secret`, which counts until `expires_at`.
    #[must_use]
    pub fn jwt(&self, expires_at: Timestamp, secret: &[u8]) -> String {
        let claims = Signed {
            user_id: self.user_id.value(),
            email: self.email.as_ref().map(Identifier::value),
            name: self.name.as_deref(),
            exp: expires_at.millis().div_euclid(1_000),
        };
        let claims = serde_json::to_string(&claims).expect("plain data has a JSON form");
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = mac(secret, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Returns the legacy `user_hash` of the user's id under `secret`. It never expires, so it proves nothing.
    #[must_use]
    pub fn user_hash(&self, secret: &[u8]) -> String {
        mac(secret, self.user_id.value().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn name(text: &str) -> Result<String, Rejected> {
    if is_placeholder(text) {
        return Err(if trim(text).is_empty() { Rejected::Empty } else { Rejected::Placeholder });
    }
    let name = trim(text);
    if name.chars().any(char::is_control) || name.chars().count() > LONGEST_NAME {
        return Err(Rejected::Malformed);
    }
    Ok(name.to_owned())
}

fn mac(secret: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn claims(user_id: &str, email: Option<&str>, name: Option<&str>) -> (Claims, Vec<&'static str>) {
        let (claims, left_out) = Claims::check(user_id, email, name).unwrap();
        (claims, left_out.iter().map(|one| one.claim).collect())
    }

    fn payload(token: &str) -> serde_json::Value {
        let middle = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).unwrap()).unwrap()
    }

    #[test]
    fn a_token_is_signed_as_the_standard_says() {
        // The signature was computed with another implementation (Python's `hmac`).
        let (claims, left_out) = claims("4711", None, None);
        assert!(left_out.is_empty());
        let token = claims.jwt(Timestamp::from_millis(1_800_000_000_999), SECRET);
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(parts[0], "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9");
        assert_eq!(payload(&token), json!({ "user_id": "4711", "exp": 1_800_000_000 }));
        assert_eq!(token, TOKEN);
        assert_eq!(claims.user_hash(SECRET), HASH);
    }

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoiNDcxMSIsImV4cCI6MTgwMDAwMDAwMH0.zybOGsm8pgsNQ263nGhNZOuTpfnfGJHe1F3SLMr24U0";
    const HASH: &str = "17ddd675ef4801ada65135835c66b3c644f3d3e353e4e40447691c8d9ada1818";

    #[test]
    fn what_identifies_nobody_is_refused_or_left_out() {
        for (nobody, why) in [
            ("", Rejected::Empty),
            (" \u{200b}", Rejected::Empty),
            ("undefined", Rejected::Placeholder),
            ("'NULL'", Rejected::Placeholder),
            ("0", Rejected::Placeholder),
            ("[object Object]", Rejected::Placeholder),
            ("{{user.id}}", Rejected::Template),
            ("%USER_ID%", Rejected::Template),
            ("<id>", Rejected::Template),
            ("a\u{7}b", Rejected::Malformed),
        ] {
            assert_eq!(Claims::check(nobody, None, None).unwrap_err(), why, "{nobody:?}");
        }
        for email in ["undefined", "{{user.email}}", "anna@example.com", "support@firm.test", "anna"] {
            let (claims, left_out) = claims("4711", Some(email), Some("null"));
            assert_eq!(left_out, ["email", "name"], "{email}");
            let told = payload(&claims.jwt(Timestamp::from_millis(0), SECRET));
            assert_eq!(told, json!({ "user_id": "4711", "exp": 0 }));
        }
        let (claims, left_out) = claims(" 4711 ", Some("Anna@Firm.test"), Some(" Anna Berg "));
        let told = payload(&claims.jwt(Timestamp::from_millis(0), SECRET));
        assert!(left_out.is_empty());
        let expected = json!({ "user_id": "4711", "exp": 0, "email": "anna@firm.test", "name": "Anna Berg" });
        assert_eq!(told, expected);
        assert_eq!(
            Claims::check("4711", None, Some(&"x".repeat(256))).unwrap().1[0].why,
            Rejected::Malformed
        );
    }

    proptest! {
        #[test]
        fn whatever_is_signed_is_the_identifier_and_nothing_else(raw in "\\PC{0,40}", name in "\\PC{0,20}") {
            let Ok((claims, _)) = Claims::check(&raw, None, Some(&name)) else {
                prop_assert!(Identifier::parse(Kind::UserId, &raw).is_err());
                return Ok(());
            };
            let token = claims.jwt(Timestamp::from_millis(5_000), SECRET);
            let told = payload(&token);
            let id = Identifier::parse(Kind::UserId, &raw).unwrap();
            prop_assert_eq!(told["user_id"].as_str(), Some(id.value()));
            prop_assert!(told.as_object().unwrap().keys().all(|key| ["user_id", "exp", "name"].contains(&key.as_str())));
            prop_assert_ne!(token, claims.jwt(Timestamp::from_millis(5_000), b"another secret of some length"));
        }
    }
}
