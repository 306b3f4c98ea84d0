//! Tokens: who may ask for one, and what each is good for.

use std::collections::BTreeMap;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// How long an access token counts, in seconds.
const LASTS: i64 = 3_599;
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";

/// A service account with a key.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    /// Its address.
    pub email: String,
    /// The text of its key file.
    pub key_file: String,
}

/// What an access token is good for.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) email: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) ends: i64,
}

/// An OAuth client, or what a user granted it.
#[derive(Debug, Clone)]
struct Consent {
    email: String,
    scopes: Vec<String>,
    challenge: Option<String>,
}

/// For whom and for what a token is given, and the refresh token that comes with it.
type Granted = ((String, Vec<String>), Option<String>);

/// Everything about tokens.
#[derive(Debug, Default)]
pub(crate) struct Auth {
    accounts: BTreeMap<String, (Vec<u8>, Vec<String>)>,
    client: (String, String),
    refresh: BTreeMap<String, Consent>,
    codes: BTreeMap<String, Consent>,
    tokens: BTreeMap<String, Access>,
    /// Whether every use of a refresh token gives a new one and voids the old one.
    pub(crate) rotates: bool,
    issued: u64,
}

impl Auth {
    /// Adds a service account that may act for users with these scopes.
    pub(crate) fn add_account(&mut self, email: &str, scopes: &[&str]) -> ServiceAccount {
        let key = KeyPair::generate(KeySize::Rsa2048).expect("keys can be made");
        let private: Pkcs8V1Der<'_> = key.as_der().expect("keys can be written");
        let pem = STANDARD.encode(private.as_ref());
        let lines: Vec<&str> =
            pem.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.accounts.insert(email.to_owned(), (key.public_key().as_ref().to_vec(), scopes));
        let key_file = json!({"type": "service_account", "client_email": email, "private_key_id": "key1",
            "private_key": pem, "client_id": "1", "token_uri": AUDIENCE});
        ServiceAccount { email: email.to_owned(), key_file: key_file.to_string() }
    }

    pub(crate) fn set_client(&mut self, id: &str, secret: &str) {
        self.client = (id.to_owned(), secret.to_owned());
    }

    /// Gives a refresh token for a user.
    pub(crate) fn add_refresh(&mut self, email: &str, scopes: &str) -> String {
        let consent = Consent { email: email.to_owned(), scopes: words(scopes), challenge: None };
        let token = self.fresh("refresh");
        self.refresh.insert(token.clone(), consent);
        token
    }

    /// Gives a code as after a consent.
    pub(crate) fn add_code(&mut self, email: &str, scopes: &str, challenge: &str) -> String {
        let challenge = Some(challenge.to_owned());
        let consent = Consent { email: email.to_owned(), scopes: words(scopes), challenge };
        let code = self.fresh("code");
        self.codes.insert(code.clone(), consent);
        code
    }

    pub(crate) fn revoke(&mut self) {
        self.refresh.clear();
        self.accounts.clear();
        self.tokens.clear();
    }

    /// Ends the access tokens that were given out.
    pub(crate) fn expire(&mut self) {
        self.tokens.clear();
    }

    /// Returns what a token is good for, if it still counts.
    pub(crate) fn access(&self, token: &str, now: i64) -> Option<Access> {
        self.tokens.get(token).filter(|access| access.ends > now).cloned()
    }

    /// Answers a call for a token.
    pub(crate) fn token(
        &mut self,
        form: &BTreeMap<String, String>,
        now: i64,
        users: &[String],
    ) -> (u16, Value) {
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        let granted = match field("grant_type") {
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
                self.assertion(field("assertion"), now, users).map(|access| (access, None))
            }
            "refresh_token" | "authorization_code"
                if (field("client_id"), field("client_secret"))
                    != (self.client.0.as_str(), self.client.1.as_str()) =>
            {
                Err("invalid_client")
            }
            "refresh_token" => self.refreshed(field("refresh_token")),
            "authorization_code" => self.exchanged(field("code"), field("code_verifier")),
            _ => Err("unsupported_grant_type"),
        };
        match granted {
            Err("invalid_client") => (401, json!({"error": "invalid_client", "error_description": "no"})),
            Err(word) => (400, json!({"error": word, "error_description": "Ann Example was refused"})),
            Ok(((email, scopes), refresh)) => {
                let token = self.fresh("access");
                let scope = scopes.join(" ");
                self.tokens.insert(token.clone(), Access { email, scopes, ends: now + LASTS });
                let mut answer = json!({"access_token": token, "expires_in": LASTS, "token_type": "Bearer", "scope": scope});
                if let Some(refresh) = refresh {
                    answer["refresh_token"] = json!(refresh);
                }
                (200, answer)
            }
        }
    }

    fn refreshed(&mut self, token: &str) -> Result<Granted, &'static str> {
        let consent = self.refresh.get(token).cloned().ok_or("invalid_grant")?;
        let mut new = None;
        if self.rotates {
            self.refresh.remove(token);
            let fresh = self.fresh("refresh");
            self.refresh.insert(fresh.clone(), consent.clone());
            new = Some(fresh);
        }
        Ok(((consent.email, consent.scopes), new))
    }

    fn exchanged(&mut self, code: &str, verifier: &str) -> Result<Granted, &'static str> {
        let consent = self.codes.remove(code).ok_or("invalid_grant")?;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
        if consent.challenge != Some(URL_SAFE_NO_PAD.encode(digest)) {
            return Err("invalid_grant");
        }
        let refresh = self.fresh("refresh");
        self.refresh.insert(refresh.clone(), consent.clone());
        Ok(((consent.email, consent.scopes), Some(refresh)))
    }

    fn assertion(
        &self,
        jwt: &str,
        now: i64,
        users: &[String],
    ) -> Result<(String, Vec<String>), &'static str> {
        let (signed, signature) = jwt.rsplit_once('.').ok_or("invalid_grant")?;
        let (header, claims) = signed.split_once('.').ok_or("invalid_grant")?;
        let part = |text: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
        };
        let (header, claims) = (part(header).ok_or("invalid_grant")?, part(claims).ok_or("invalid_grant")?);
        let issuer = claims["iss"].as_str().unwrap_or_default();
        let (key, allowed) = self.accounts.get(issuer).ok_or("invalid_grant")?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "invalid_grant")?;
        let is_signed = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(signed.as_bytes(), &signature)
            .is_ok();
        let number = |name: &str| claims[name].as_i64().unwrap_or(0);
        let (issued, ends) = (number("iat"), number("exp"));
        let in_time = issued <= now + 60 && ends > now && ends - issued <= 3_600 && issued > now - 3_600;
        if !is_signed || header["alg"] != "RS256" || claims["aud"] != AUDIENCE || !in_time {
            return Err("invalid_grant");
        }
        let scopes = words(claims["scope"].as_str().unwrap_or_default());
        match claims["sub"].as_str() {
            Some(subject) if !users.iter().any(|known| known == subject) => Err("invalid_grant"),
            Some(_) if scopes.iter().any(|scope| !allowed.contains(scope)) => Err("unauthorized_client"),
            subject => Ok((subject.unwrap_or(issuer).to_owned(), scopes)),
        }
    }

    fn fresh(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("ya29.{kind}-secret-{:05}", self.issued)
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
