//! A caller that knows nothing but HTTP.

use std::sync::atomic::{AtomicUsize, Ordering};

use intercom_fake::{Clock, Fake, NewContact, Options, Role};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// 24 November 2026, 12:00 in London.
pub(crate) const NOON: i64 = 1_795_521_600;

pub(crate) async fn start() -> (Fake, Client) {
    let fake = Fake::start(Options::new(&Clock::at(NOON))).await.unwrap();
    let client = Client::of(&fake);
    (fake, client)
}

/// Adds a user and returns its id.
pub(crate) fn user(fake: &Fake, external_id: &str) -> String {
    let new = NewContact::user(external_id, &format!("{external_id}@customer.test"), "A Customer");
    fake.edit(|workspace| workspace.add_contact(Role::User, new)).unwrap()
}

/// Adds a lead and returns its id.
pub(crate) fn lead(fake: &Fake, email: Option<&str>) -> String {
    let new = NewContact { email: email.map(str::to_owned), ..NewContact::default() };
    fake.edit(|workspace| workspace.add_contact(Role::Lead, new)).unwrap()
}

/// Begins a conversation of a new user and returns its id.
pub(crate) fn conversation(fake: &Fake) -> String {
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let contact = user(fake, &format!("user-{number}"));
    fake.edit(|workspace| workspace.start(&contact, "Where is my bike?")).unwrap()
}

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: String,
    pub(crate) token: String,
    pub(crate) version: &'static str,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: HeaderMap,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["errors"][0]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn ids(&self, list: &str) -> Vec<String> {
        let items = self.body[list].as_array().unwrap();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Client {
    pub(crate) fn of(fake: &Fake) -> Client {
        let (base_url, token) = (fake.base_url().to_owned(), fake.token());
        Client { http: reqwest::Client::new(), base_url, token, version: "2.15" }
    }

    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Answer> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base_url))
            .bearer_auth(&self.token)
            .header("intercom-version", self.version);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        Ok(Answer { status, body, headers })
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_send("GET", path, None).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.try_send("POST", path, Some(body)).await.unwrap()
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.try_send("PUT", path, Some(body)).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str, body: Option<Value>) -> Answer {
        self.try_send("DELETE", path, body).await.unwrap()
    }
}
