//! The call.

use std::fmt;
use std::time::Duration;

use connector::{Error, Secret};
use reqwest::{StatusCode, Url, header};
use serde_json::Value;

use crate::config::{Config, Method};
use crate::fact::{Account, Answer, Fact};
use crate::template::{NAMES, fill, percent};

/// The longest value that is taken, in characters.
const MOST_CHARS: usize = 200;
/// The longest id that is sent, in bytes.
const MOST_ID: usize = 200;

/// An endpoint that can be asked.
pub struct Endpoint {
    name: String,
    config: Config,
    token: Secret,
    host: String,
    http: reqwest::Client,
}

impl Endpoint {
    /// Prepares an endpoint under a name for people; nothing is called yet.
    ///
    /// # Errors
    /// [`Error::GiveUp`] names the key, the value and what is allowed.
    pub fn build(name: &str, config: Config, token: Secret) -> Result<Self, Error> {
        let host = check(&config)
            .map_err(|what| Error::GiveUp { what: format!("`lookups.{name}`: {what}"), source: None })?;
        let timeout = Duration::from_millis(u64::from(config.timeout_ms));
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(timeout)
            .timeout(timeout)
            .build()
            .map_err(|error| Error::GiveUp {
                what: "the HTTP client cannot be built".to_owned(),
                source: Some(error.into()),
            })?;
        Ok(Self { name: name.to_owned(), config, token, host, http })
    }

    /// Returns the host that is called.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Asks about one account and returns what is known of it; nothing where the endpoint does not know the account, or
    /// the account lacks an id that it is asked by.
    ///
    /// Order: at any time. Repetition: as often as one likes, nothing changes by it. A dropped call is no call.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when nothing answers in time, [`Error::FixCredentials`] when the token is refused,
    /// [`Error::RetryLater`] when it asks for patience, [`Error::Malformed`] when the answer is no JSON object, too
    /// long, or about somebody else. None of them holds an id or a fact.
    pub async fn ask(&self, account: &Account) -> Result<Answer, Error> {
        let Some((url, body)) = self.call(account)? else { return Ok(Answer::default()) };
        let mut request = match body {
            None => self.http.get(url),
            Some(body) => self.http.post(url).json(&body),
        };
        if !self.token.reveal().is_empty() {
            request = request.bearer_auth(self.token.reveal());
        }
        let answer = request
            .header(header::ACCEPT, "application/json")
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::NO_CONTENT => return Ok(Answer::default()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(Error::FixCredentials {
                    what: format!("the look-up `{}` refuses its token", self.name),
                });
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                return Err(Error::RetryLater {
                    what: format!("the look-up `{}` asks for patience", self.name),
                    after: None,
                });
            }
            status => return Err(self.malformed(&format!("answers with the status {}", status.as_u16()))),
        }
        let value: Value = serde_json::from_slice(&self.read(answer).await?)
            .map_err(|_| self.malformed("answers with something that is no JSON"))?;
        if !value.is_object() {
            return Err(self.malformed("answers with JSON that is no object"));
        }
        self.check_same(&value, account)?;
        let at = |pointer: &str| value.pointer(pointer).and_then(scalar);
        let fields = self.config.fields.iter().enumerate();
        let facts = fields.filter_map(|(field, known)| Some(Fact { field, value: at(&known.at)? }));
        let sides = self.config.customer.iter();
        let customer = sides.filter_map(|(part, pointer)| Some((*part, at(pointer)?)));
        Ok(Answer { facts: facts.collect(), customer: customer.collect() })
    }

    /// Returns the address and what is sent to it; nothing where the account lacks an id.
    fn call(&self, account: &Account) -> Result<Option<(Url, Option<Value>)>, Error> {
        let mut ids = NAMES.iter().filter_map(|name| account.get(name));
        // A segment of points alone leads elsewhere, however it is encoded; the other limits keep nonsense away.
        let odd = |id: &str| {
            id.is_empty()
                || id.len() > MOST_ID
                || id.chars().all(|sign| sign == '.')
                || id.chars().any(char::is_control)
        };
        if ids.any(odd) {
            return Err(self.malformed("is asked by an id that cannot stand in an address"));
        }
        let wrong = |what: String| Error::GiveUp { what, source: None };
        let Some(address) = fill(&self.config.url, account, percent).map_err(wrong)? else { return Ok(None) };
        let url = Url::parse(&address).map_err(|_| self.malformed("has an address that is none"))?;
        if url.host_str() != Some(self.host.as_str()) {
            return Err(self.malformed("would be asked at another host"));
        }
        if self.config.method == Method::Get {
            return Ok(Some((url, None)));
        }
        let mut body = serde_json::Map::new();
        for (key, template) in &self.config.body {
            let Some(text) = fill(template, account, str::to_owned).map_err(wrong)? else { return Ok(None) };
            body.insert(key.clone(), Value::String(text));
        }
        Ok(Some((url, Some(Value::Object(body)))))
    }

    /// Reads an answer, but no more of it than is allowed.
    async fn read(&self, mut answer: reqwest::Response) -> Result<Vec<u8>, Error> {
        let most = self.config.max_bytes as usize;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.unreachable(&error))? {
            if bytes.len() + chunk.len() > most {
                return Err(self.malformed(&format!("answers with more than {most} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn check_same(&self, value: &Value, account: &Account) -> Result<(), Error> {
        let Some(same) = &self.config.same else { return Ok(()) };
        let there = value.pointer(&same.at).and_then(scalar);
        if there.is_some() && there.as_deref() == account.get(&same.id) {
            return Ok(());
        }
        Err(self.malformed("answers about another account than was asked for"))
    }

    fn malformed(&self, what: &str) -> Error {
        Error::Malformed { what: format!("the look-up `{}` {what}", self.name) }
    }

    /// The cause would print the address with the id in it, so only its kind is told.
    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let kind = if error.is_timeout() {
            "did not answer in time"
        } else if error.is_connect() {
            "cannot be reached"
        } else {
            "broke off"
        };
        Error::Unreachable { what: format!("the look-up `{}` {kind}", self.name), source: None }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({}, {})", self.name, self.host)
    }
}

/// Returns a value as one line of text; nothing for lists, objects, nothing and what is too long.
fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let fits = !text.is_empty() && text.chars().count() <= MOST_CHARS && !text.chars().any(char::is_control);
    fits.then_some(text)
}

/// Checks what a type alone cannot say and returns the host.
fn check(config: &Config) -> Result<String, String> {
    let Config { url, body, fields, customer, same, timeout_ms, max_bytes, method } = config;
    let stand_in = Account { user_id: Some("x".to_owned()), contact_id: Some("x".to_owned()) };
    let filled = fill(url, &stand_in, percent)?.unwrap_or_default();
    let parsed = Url::parse(&filled).map_err(|_| format!("`url` is `{url}`, which is no address"))?;
    let host = parsed.host_str().unwrap_or_default().to_owned();
    // With every other id the address must lead to the same place.
    let fixed = url.split_once("://").is_some_and(|(_, rest)| {
        !rest.split(['/', '?', '#']).next().unwrap_or_default().contains(['{', '}', '@'])
    });
    if host.is_empty() || !fixed {
        return Err(format!("`url` is `{url}`; only its path and query may hold ids, and it names nobody"));
    }
    let here = ["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str());
    if parsed.scheme() != "https" && !(parsed.scheme() == "http" && here) {
        return Err(format!("`url` is `{url}`; allowed is an address that begins with https://"));
    }
    for template in body.values() {
        fill(template, &stand_in, str::to_owned)?;
    }
    if *method == Method::Get && !body.is_empty() {
        return Err("`body` is sent with `method = \"post\"` alone".to_owned());
    }
    let asks = url.contains('{') || body.values().any(|template| template.contains('{'));
    if !asks {
        return Err(
            "neither `url` nor `body` names `{user_id}` or `{contact_id}`, so it would answer about nobody"
                .to_owned(),
        );
    }
    if (fields.is_empty() && customer.is_empty()) || fields.len() > 20 {
        return Err(format!(
            "`fields` has {} entries; allowed are 1 to 20, and none where `customer` names something",
            fields.len()
        ));
    }
    let mut pointers = fields.iter().map(|field| &field.at).chain(same.iter().map(|same| &same.at));
    if let Some(wrong) = pointers.find(|at| !at.starts_with('/')) {
        return Err(format!("`at` is `{wrong}`; allowed is a JSON pointer such as /plan/name"));
    }
    if let Some((_, wrong)) = customer.iter().find(|(_, at)| !at.starts_with('/')) {
        return Err(format!("`customer` names `{wrong}`; allowed is a JSON pointer such as /plan/name"));
    }
    if fields.iter().any(|field| field.label.trim().is_empty()) {
        return Err("`fields` has an entry without a `label`".to_owned());
    }
    if let Some(same) = same.as_ref().filter(|same| !NAMES.contains(&same.id.as_str())) {
        return Err(format!("`same.id` is `{}`; allowed are `user_id` and `contact_id`", same.id));
    }
    if !(100..=30_000).contains(timeout_ms) {
        return Err(format!("`timeout_ms` is {timeout_ms}; allowed is 100 to 30000"));
    }
    if !(256..=1_048_576).contains(max_bytes) {
        return Err(format!("`max_bytes` is {max_bytes}; allowed is 256 to 1048576"));
    }
    Ok(host)
}
