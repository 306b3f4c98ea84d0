//! A caller that knows nothing but HTTP.

use google_docs_fake::{Clock, Fake};
use reqwest::Method;
use serde_json::Value;

/// 24 November 2026, 12:00 UTC.
pub(crate) const NOON: i64 = 1_795_521_600;
pub(crate) const READER: &str = "reader@tenant.example";
pub(crate) const OWNER: &str = "owner@tenant.example";
pub(crate) const SCOPES: &str = "https://www.googleapis.com/auth/drive.readonly";
pub(crate) const FLAGS: &str = "supportsAllDrives=true&includeItemsFromAllDrives=true";

pub(crate) struct Client {
    pub(crate) fake: Fake,
    pub(crate) token: String,
    http: reqwest::Client,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn reason(&self) -> &str {
        self.body["error"]["errors"][0]["reason"].as_str().unwrap_or_default()
    }

    /// Returns the ids of a list.
    pub(crate) fn ids(&self, list: &str, id: &str) -> Vec<String> {
        let items = self.body[list].as_array().unwrap();
        items.iter().map(|item| item[id].as_str().unwrap().to_owned()).collect()
    }
}

impl Client {
    /// Starts a stand-in with a reader and an owner, and asks as the reader.
    pub(crate) async fn start() -> Client {
        let fake = Fake::start(&Clock::at(NOON)).await.unwrap();
        fake.edit(|world| {
            world.add_user(READER, "Reader");
            world.add_user(OWNER, "Owner");
        });
        fake.set_client("id", "secret");
        let mut client = Client { fake, token: String::new(), http: reqwest::Client::new() };
        client.token = client.sign_in(READER, SCOPES).await;
        client
    }

    pub(crate) async fn sign_in(&self, email: &str, scopes: &str) -> String {
        let refresh = self.fake.add_refresh_token(email, scopes);
        let form =
            format!("grant_type=refresh_token&client_id=id&client_secret=secret&refresh_token={refresh}");
        let answer = self.ask_token(&form).await;
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn ask_token(&self, form: &str) -> Answer {
        let request = self.http.post(format!("{}/token", self.fake.base_url())).body(form.to_owned());
        answer(request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("{}{path}", self.fake.base_url()));
        let request = request.bearer_auth(&self.token);
        answer(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, body }
}
