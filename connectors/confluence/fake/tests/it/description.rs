//! Answers of Cloud hold against the official descriptions, when those lie beside the checkout.

use std::path::PathBuf;

use confluence_fake::{API_TOKEN, EMAIL, Fake, Kind};
use jsonschema::Draft;
use serde_json::{Map, Value, json};

/// Reads a description, made into JSON schemas: `nullable` becomes a type.
fn read(version: &str) -> Option<Value> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../.."));
    let file = root.join(format!("shared/specs/confluence-cloud-{version}.openapi.json"));
    let Ok(text) = std::fs::read_to_string(file) else {
        crate::skipped("no ../shared/specs");
        return None;
    };
    let mut whole: Value = serde_json::from_str(&text).unwrap();
    repair(&mut whole);
    Some(whole)
}

fn repair(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(repair),
        Value::Object(fields) => {
            fields.remove("example");
            fields.values_mut().for_each(repair);
            if fields.get("nullable") == Some(&json!(true)) {
                fields.remove("nullable");
                let schema = Value::Object(std::mem::take(fields));
                *value = json!({ "anyOf": [schema, { "type": "null" }] });
            }
        }
        _ => {}
    }
}

/// Returns the errors of an answer to a call, by the path as the description writes it.
fn errors(whole: &Value, path: &str, method: &str, answer: &Value) -> Vec<String> {
    let schema = &whole["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "no description of {method} {path}");
    let mut root = Map::from_iter([("components".to_owned(), whole["components"].clone())]);
    root.insert("allOf".to_owned(), json!([schema]));
    let options = jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(false);
    let validator = options.build(&Value::Object(root)).unwrap();
    validator.iter_errors(answer).map(|error| format!("{path} {}: {error}", error.instance_path())).collect()
}

/// A site with something of everything.
pub(crate) async fn grown() -> (Fake, [u64; 5]) {
    let fake = Fake::start().await.unwrap();
    let ids = fake.edit(|site| {
        site.add_space("DOC", "Documentation");
        site.users.insert("a-1".into(), "Ann Example".into());
        site.permit("DOC", &["group:staff", "user:reader", "role:guests"]);
        site.roles.insert("guests".into(), vec![("ACCESS_CLASS".into(), "anonymous-users".into())]);
        let folder = site.add(Kind::Folder, "DOC", None, "Folder", "");
        let top = site.add_page("DOC", Some(folder), "Top", "<p>top</p>");
        let below = site.add_page("DOC", Some(top), "Below", "<p>below</p>");
        let blog = site.add(Kind::BlogPost, "DOC", None, "News", "<p>news</p>");
        let file = site.attach(top, "a.txt", "text/plain", b"text");
        site.comment(top, "<p>comment</p>");
        site.label(top, "public", true);
        site.restrict(below, &["user:reader", "group:staff"]);
        [folder, top, below, blog, file]
    });
    (fake, ids)
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub(crate) async fn get(fake: &Fake, path: &str) -> (u16, Value) {
    let request = client().get(format!("{}{path}", fake.base_url())).basic_auth(EMAIL, Some(API_TOKEN));
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
}

#[tokio::test]
async fn answers_of_version_2_hold() {
    let Some(whole) = read("v2") else { return };
    let (fake, [folder, top, _, blog, file]) = grown().await;
    let space = fake.edit(|site| site.spaces["DOC"].id);
    let calls = [
        ("/spaces", "/spaces?limit=1".to_owned()),
        ("/spaces/{id}", format!("/spaces/{space}")),
        ("/spaces/{id}/permissions", format!("/spaces/{space}/permissions")),
        ("/spaces/{id}/role-assignments", format!("/spaces/{space}/role-assignments")),
        ("/pages", "/pages?limit=1&body-format=storage".to_owned()),
        ("/pages", format!("/pages?id={top}&status=current")),
        ("/blogposts", "/blogposts?body-format=storage".to_owned()),
        ("/pages/{id}", format!("/pages/{top}?body-format=storage")),
        ("/blogposts/{id}", format!("/blogposts/{blog}")),
        ("/folders/{id}", format!("/folders/{folder}")),
        ("/attachments/{id}", format!("/attachments/att{file}")),
        ("/pages/{id}/labels", format!("/pages/{top}/labels")),
    ];
    for (described, path) in calls {
        let (status, answer) = get(&fake, &format!("/wiki/api/v2{path}")).await;
        assert_eq!(status, 200, "{path}");
        let errors = errors(&whole, described, "get", &answer);
        assert!(errors.is_empty(), "{errors:#?}\n{answer:#}");
    }
    let request = client().post(format!("{}/wiki/api/v2/users-bulk", fake.base_url()));
    let request =
        request.basic_auth(EMAIL, Some(API_TOKEN)).body(json!({ "accountIds": ["a-1", "x"] }).to_string());
    let answer: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(answer["results"].as_array().unwrap().len(), 1);
    assert_eq!(errors(&whole, "/users-bulk", "post", &answer), Vec::<String>::new());
}

#[tokio::test]
async fn answers_of_version_1_hold() {
    let Some(whole) = read("v1") else { return };
    let (fake, [_, _, below, _, _]) = grown().await;
    let everything = "version,space,history,ancestors,metadata.labels,restrictions.read.restrictions.user,restrictions.read.restrictions.group";
    let calls = [
        ("/wiki/rest/api/user/current", "/user/current".to_owned()),
        ("/wiki/rest/api/search", "/search?cql=space+%3D+DOC&limit=2".to_owned()),
        ("/wiki/rest/api/content/search", "/content/search?cql=space+%3D+DOC".to_owned()),
        ("/wiki/rest/api/content/search", format!("/content/search?cql=type+%3D+page&expand={everything}")),
        (
            "/wiki/rest/api/content/{id}/restriction/byOperation/{operationKey}",
            format!(
                "/content/{below}/restriction/byOperation/read?expand=restrictions.user,restrictions.group"
            ),
        ),
    ];
    let mut wrong = Vec::new();
    for (described, path) in calls {
        let (status, answer) = get(&fake, &format!("/wiki/rest/api{path}")).await;
        assert_eq!(status, 200, "{path}");
        wrong.extend(errors(&whole, described, "get", &answer));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
