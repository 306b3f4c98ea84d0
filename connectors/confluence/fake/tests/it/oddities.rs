//! Where Confluence is odd, the stand-in is odd.

use confluence_fake::{APP, CLOUD_ID, Fault, PERSONAL_TOKEN, REFRESH_TOKEN, SCOPED_TOKEN, Status};
use serde_json::{Value, json};

use crate::description::{client, get, grown};

#[tokio::test]
async fn lists_go_on_by_a_cursor_in_the_header_and_in_the_body() {
    let (fake, _) = grown().await;
    let (_, first) = get(&fake, "/wiki/api/v2/pages?limit=1").await;
    let next = first["_links"]["next"].as_str().unwrap();
    assert!(next.starts_with("/wiki/api/v2/pages?") && next.contains("cursor="), "{next}");
    let (_, second) = get(&fake, next).await;
    assert_ne!(first["results"][0]["id"], second["results"][0]["id"]);
    assert_eq!(second["_links"]["next"], Value::Null);
    // Over the gateway the link lacks its prefix.
    let request =
        client().get(format!("{}/ex/confluence/{CLOUD_ID}/wiki/api/v2/pages?limit=1", fake.base_url()));
    let response = request.basic_auth(confluence_fake::EMAIL, Some(SCOPED_TOKEN)).send().await.unwrap();
    let link = response.headers()["link"].to_str().unwrap().to_owned();
    assert!(link.starts_with("</wiki/api/v2/pages?") && link.contains("rel=\"next\""), "{link}");
}

#[tokio::test]
async fn what_is_hidden_trashed_or_purged_is_not_there() {
    let (fake, [_, top, below, blog, file]) = grown().await;
    fake.edit(|site| {
        site.restrict(below, &["user:other"]);
        site.set_status(blog, Status::Trashed);
        site.purge(file);
    });
    for path in [format!("pages/{below}"), format!("blogposts/{blog}")] {
        assert_eq!(get(&fake, &format!("/wiki/api/v2/{path}")).await.0, 404, "{path}");
    }
    let (_, found) = get(&fake, "/wiki/rest/api/content/search?cql=space+%3D+DOC").await;
    let ids: Vec<&str> =
        found["results"].as_array().unwrap().iter().filter_map(|item| item["id"].as_str()).collect();
    assert!(ids.contains(&top.to_string().as_str()));
    assert!(!ids.contains(&below.to_string().as_str()) && !ids.contains(&format!("att{file}").as_str()));
    let (_, trash) = get(&fake, "/wiki/api/v2/blogposts?status=trashed").await;
    assert_eq!(trash["results"][0]["id"], blog.to_string());
    fake.edit(|site| site.restrict(top, &["user:other"]));
    assert_eq!(get(&fake, "/wiki/api/v2/pages").await.1["results"], json!([]), "restrictions are inherited");
}

#[tokio::test]
async fn the_search_knows_minutes_in_its_own_zone_and_learns_late() {
    let (fake, [_, top, ..]) = grown().await;
    fake.edit(|site| {
        site.now = 1_780_000_000_000 + 86_400_000;
        site.lag = 60_000;
        site.zone_minutes = 120;
        site.write(top, "<p>new</p>");
    });
    let found = |from: &'static str| {
        let path = format!("/wiki/rest/api/content/search?cql=lastmodified+%3E%3D+%22{from}%22");
        let fake = &fake;
        async move { get(fake, &path).await.1["results"].as_array().map(Vec::len) }
    };
    // The change was made at 20:26 UTC, which is 22:26 there.
    assert_eq!(found("2026-05-29+22:26").await, Some(0), "not learnt yet");
    fake.edit(|site| site.now += 60_000);
    assert_eq!(found("2026-05-29+22:26").await, Some(1));
    assert_eq!(found("2026-05-29+22:27").await, Some(0));
    assert_eq!(get(&fake, "/wiki/rest/api/content/search?cql=color+%3D+red").await.0, 400);
}

#[tokio::test]
async fn a_dead_personal_token_is_nobodys() {
    let (fake, _) = grown().await;
    let ask = |path: &'static str| {
        let request = client().get(format!("{}{path}", fake.datacenter())).bearer_auth(PERSONAL_TOKEN);
        async move { serde_json::from_str::<Value>(&request.send().await.unwrap().text().await.unwrap()).unwrap() }
    };
    assert_eq!(ask("/rest/api/user/current").await["type"], "known");
    let list = ask("/rest/api/content?spaceKey=DOC&type=page&limit=1").await;
    assert_eq!((list["size"].as_u64(), list["_links"]["next"].is_string()), (Some(1), true));
    fake.set_personal_token(false);
    assert_eq!(ask("/rest/api/user/current").await["type"], "anonymous");
    assert_eq!(ask("/rest/api/content?spaceKey=DOC&type=page").await["results"], json!([]));
}

#[tokio::test]
async fn refresh_tokens_count_once_and_files_lie_elsewhere() {
    let (fake, [_, top, _, _, file]) = grown().await;
    let exchange = |refresh: &str| {
        let body = json!({ "grant_type": "refresh_token", "client_id": APP.0, "client_secret": APP.1, "refresh_token": refresh });
        client().post(format!("{}/oauth/token", fake.base_url())).body(body.to_string()).send()
    };
    let answer: Value =
        serde_json::from_str(&exchange(REFRESH_TOKEN).await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(answer["refresh_token"], fake.refresh_token());
    assert_eq!(exchange(REFRESH_TOKEN).await.unwrap().status().as_u16(), 403);
    let access = answer["access_token"].as_str().unwrap();
    let ask = |path: String| client().get(format!("{}{path}", fake.base_url())).bearer_auth(access).send();
    assert_eq!(
        ask("/wiki/api/v2/spaces".into()).await.unwrap().status().as_u16(),
        401,
        "not on the site itself"
    );
    let resources = ask("/oauth/token/accessible-resources".into()).await.unwrap().text().await.unwrap();
    assert!(resources.contains(CLOUD_ID));
    let path =
        format!("/ex/confluence/{CLOUD_ID}/wiki/rest/api/content/{top}/child/attachment/att{file}/download");
    let response = ask(path).await.unwrap();
    assert_eq!(response.status().as_u16(), 302);
    assert!(response.headers()["location"].to_str().unwrap().contains("localhost"));
}

#[tokio::test]
async fn it_goes_wrong_on_demand() {
    let (fake, _) = grown().await;
    fake.fail("/spaces", 1, Fault::Limited(7));
    fake.fail("/pages", 1, Fault::Empty);
    assert_eq!(get(&fake, "/wiki/api/v2/spaces").await.0, 429);
    assert_eq!(get(&fake, "/wiki/api/v2/spaces").await.0, 200);
    assert_eq!(get(&fake, "/wiki/api/v2/pages").await.1["results"], json!([]));
    assert_eq!(get(&fake, "/wiki/api/v2/pages").await.1["results"].as_array().unwrap().len(), 2);
    assert_eq!(
        fake.requests().iter().map(|request| request.status).collect::<Vec<_>>(),
        [429, 200, 200, 200]
    );
}
