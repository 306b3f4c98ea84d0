//! A small Intercom for these tests: lists, searches with their traps, and what was called.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use connector::{Secret, Source};
use domain::Timestamp;
use intercom::{Client, Connection, Region, SourceConfig};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub(crate) const TOKEN: &str = "tok-never-shown-1234";
/// The hours by which the workspace's days begin before those of UTC.
pub(crate) const EAST: i64 = 10;

/// The outside, shared between a test and its server.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Mutex<State>>);

#[derive(Default)]
pub(crate) struct State {
    pub(crate) clock: i64,
    /// Things by kind and id.
    pub(crate) things: BTreeMap<(&'static str, String), Value>,
    /// The status that every call gets.
    pub(crate) trouble: Option<u16>,
    /// How many calls get a 503 before all is well.
    pub(crate) hiccups: u32,
    /// The status that paths beginning so get.
    pub(crate) closed: BTreeMap<&'static str, u16>,
    /// What is answered once to a call that ends so, after what it does is done.
    pub(crate) after_write: Option<(&'static str, ResponseTemplate)>,
    /// By how much the next searches claim more than there is.
    pub(crate) overcount: u64,
    /// For how many loadings a conversation hides its last part.
    pub(crate) hides: BTreeMap<String, u32>,
    pub(crate) calls: Vec<(String, Value)>,
}

impl Fake {
    pub(crate) async fn start() -> (Self, MockServer) {
        let fake = Self(Arc::default());
        fake.state().clock = 1_750_000_000;
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(fake.clone()).mount(&server).await;
        (fake, server)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn client(&self, server: &MockServer) -> Client {
        let connection = Connection {
            region: Region::Eu,
            base_url: Some(server.uri()),
            token: Secret::new(TOKEN),
            now: Timestamp::from_millis(self.state().clock * 1_000),
            timeout: Connection::TIMEOUT,
            private_inboxes: vec!["legal".into()],
        };
        Client::new(&connection).unwrap()
    }

    pub(crate) fn source(&self, server: &MockServer, page_records: usize) -> Box<dyn Source> {
        let config = SourceConfig { page_records, ..SourceConfig::usual() };
        intercom::source(&self.client(server), config).unwrap()
    }

    /// Writes a thing, dated now unless it says otherwise, a while after the one before.
    pub(crate) fn put(&self, kind: &'static str, id: &str, mut thing: Value) {
        let mut state = self.state();
        state.clock += 60;
        let now = state.clock;
        let before = state.things.get(&(kind, id.to_owned())).and_then(|old| old.get("created_at")).cloned();
        let fields = thing.as_object_mut().unwrap();
        fields.entry("id").or_insert(json!(id));
        fields.entry("created_at").or_insert(before.unwrap_or(json!(now)));
        fields.entry("updated_at").or_insert(json!(now));
        state.things.insert((kind, id.to_owned()), thing);
    }

    pub(crate) fn remove(&self, kind: &'static str, id: &str) {
        self.state().things.remove(&(kind, id.to_owned()));
    }

    /// Returns the bodies of calls whose method and path are these.
    pub(crate) fn called(&self, what: &str) -> Vec<Value> {
        let state = self.state();
        state.calls.iter().filter(|(call, _)| call == what).map(|(_, body)| body.clone()).collect()
    }
}

impl Respond for Fake {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.state();
        let path = request.url.path().to_owned();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        state.calls.push((format!("{} {path}", request.method), body.clone()));
        let reset = state.clock + if state.trouble == Some(429) { 60 } else { 10 };
        let limits = |answer: ResponseTemplate, left: &str| {
            answer
                .insert_header("X-RateLimit-Limit", "1667")
                .insert_header("X-RateLimit-Remaining", left)
                .insert_header("X-RateLimit-Reset", reset.to_string().as_str())
        };
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
        if header("authorization") != Some(&format!("Bearer {TOKEN}"))
            || header("intercom-version") != Some("2.15")
        {
            return error(401, "unauthorized");
        }
        if state.hiccups > 0 {
            state.hiccups -= 1;
            return limits(error(503, "in_trouble"), "1600");
        }
        let closed =
            state.closed.iter().find(|(prefix, _)| path.starts_with(**prefix)).map(|(_, status)| *status);
        if let Some(status) = state.trouble.or(closed) {
            return limits(error(status, "in_trouble"), if status == 429 { "0" } else { "1600" });
        }
        let answer = state.answer(request.method.as_str(), &path, request, &body);
        let once =
            state.after_write.take_if(|(end, _)| path.ends_with(*end) && request.method.as_str() == "POST");
        once.map_or_else(|| limits(answer, "1600"), |(_, instead)| instead)
    }
}

fn error(status: u16, code: &str) -> ResponseTemplate {
    let message = "Ann Example <ann@mail.example> wrote: my secret is 4711";
    ResponseTemplate::new(status)
        .set_body_json(json!({"type": "error.list", "errors": [{"code": code, "message": message}]}))
}

fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

impl State {
    fn answer(&mut self, method: &str, path: &str, request: &Request, body: &Value) -> ResponseTemplate {
        let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (method, segments.as_slice()) {
            ("GET", ["me"]) => ok(
                json!({"type": "admin", "id": "5", "app": {"id_code": "ws1", "name": "Acme", "region": "EU"}}),
            ),
            ("GET", ["articles"]) => self.numbered("articles", &query),
            ("GET", ["internal_articles"]) => self.numbered("internal_articles", &query),
            ("POST", ["companies", "list"]) => self.numbered("companies", &query),
            ("GET", ["help_center", "help_centers"]) => {
                ok(json!({"type": "list", "data": self.all("help_centers")}))
            }
            ("GET", ["teams"]) => ok(json!({"type": "team.list", "teams": self.all("teams")})),
            ("GET", ["tags"]) => ok(json!({"type": "list", "data": self.all("tags")})),
            ("POST", ["tags"]) => ok(json!({"type": "tag", "id": "77", "name": body["name"]})),
            ("GET", ["contacts"]) => {
                let after = query.get("starting_after").and_then(|after| after.parse().ok()).unwrap_or(0);
                let per_page = query.get("per_page").and_then(|count| count.parse().ok()).unwrap_or(50);
                self.page("data", &self.all("contacts"), after, per_page)
            }
            ("POST", [kind @ ("contacts" | "conversations" | "tickets"), "search"]) => {
                self.search(kind, body)
            }
            ("GET", ["conversations", id]) => self.conversation(id),
            ("GET", [kind @ ("contacts" | "tickets"), id]) => {
                self.thing(kind, id).map_or(error(404, "not_found"), |thing| ok(thing.clone()))
            }
            ("POST", ["conversations", id, "reply"]) => self.reply(id, body),
            ("POST", ["conversations", _, "parts" | "tags"]) | ("PUT", ["conversations", _]) => {
                ok(json!({"type": "x"}))
            }
            _ => error(404, "not_found"),
        }
    }

    fn all(&self, kind: &str) -> Vec<Value> {
        let mut all: Vec<Value> =
            self.things.iter().filter(|((of, _), _)| *of == kind).map(|(_, thing)| thing.clone()).collect();
        all.sort_by_key(|thing| -thing["updated_at"].as_i64().unwrap_or(0));
        all
    }

    fn thing(&self, kind: &str, id: &str) -> Option<&Value> {
        self.things.iter().find(|((of, name), _)| *of == kind && name == id).map(|(_, thing)| thing)
    }

    fn numbered(&self, kind: &str, query: &BTreeMap<String, String>) -> ResponseTemplate {
        let all = self.all(kind);
        let number =
            |name: &str, usual: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
        let (page, per_page) = (number("page", 1), number("per_page", 25).min(2));
        let pages = all.len().div_ceil(per_page);
        let items: Vec<&Value> = all.iter().skip((page - 1) * per_page).take(per_page).collect();
        ok(json!({"type": "list", "data": items, "total_count": all.len(),
            "pages": {"type": "pages", "page": page, "per_page": per_page, "total_pages": pages}}))
    }

    fn page(&self, name: &str, all: &[Value], after: usize, per_page: usize) -> ResponseTemplate {
        let items: Vec<&Value> = all.iter().skip(after).take(per_page).collect();
        let end = after + items.len();
        let next =
            (end < all.len()).then(|| json!({"per_page": per_page, "starting_after": end.to_string()}));
        ok(json!({"type": "list", name: items, "total_count": all.len() as u64 + self.overcount,
            "pages": {"type": "pages", "next": next}}))
    }

    fn search(&mut self, kind: &str, body: &Value) -> ResponseTemplate {
        let filters = body["query"]["value"].as_array().unwrap().clone();
        let fits = |thing: &Value| {
            filters.iter().all(|filter| {
                let stated: i64 = filter["value"].as_str().unwrap().parse().unwrap();
                let has = thing[filter["field"].as_str().unwrap()].as_i64().unwrap_or(0);
                match (kind, filter["operator"].as_str().unwrap()) {
                    ("contacts", ">") => {
                        has >= ((stated + EAST * 3_600).div_euclid(86_400) + 1) * 86_400 - EAST * 3_600
                    }
                    ("conversations", ">") => has >= stated,
                    ("conversations", "<") => has <= stated,
                    (_, ">") => has > stated,
                    (_, "<") => has < stated,
                    (_, operator) => panic!("no search knows `{operator}`"),
                }
            })
        };
        let mut found: Vec<Value> = self.all(kind).into_iter().filter(fits).collect();
        for thing in &mut found {
            thing.as_object_mut().unwrap().remove("conversation_parts");
        }
        let pagination = &body["pagination"];
        let after = pagination["starting_after"].as_str().map_or(0, |after| after.parse().unwrap());
        let per_page = pagination["per_page"].as_u64().unwrap_or(20) as usize;
        let name = if kind == "contacts" { "data" } else { kind };
        self.page(name, &found, after, per_page)
    }

    fn conversation(&mut self, id: &str) -> ResponseTemplate {
        let Some(mut thing) = self.thing("conversations", id).cloned() else {
            return error(404, "not_found");
        };
        if let Some(times) = self.hides.get_mut(id).filter(|times| **times > 0) {
            *times -= 1;
            thing["conversation_parts"]["conversation_parts"].as_array_mut().unwrap().pop();
        }
        ok(thing)
    }

    fn reply(&mut self, id: &str, body: &Value) -> ResponseTemplate {
        self.clock += 1;
        let now = self.clock;
        let Some(thing) = self.things.get_mut(&("conversations", id.to_owned())) else {
            return error(404, "not_found");
        };
        let parts = thing["conversation_parts"]["conversation_parts"].as_array_mut().unwrap();
        parts.push(json!({"id": format!("r{now}"), "part_type": body["message_type"], "created_at": now, "body": body["body"],
            "author": {"type": "admin", "id": body["admin_id"]}}));
        ok(thing.clone())
    }
}
