//! `backstory sources`: a wiki and a drive are read, found again, and say why who may see what.

use std::fs;

use confluence_fake::{API_TOKEN, EMAIL, Fake as Wiki};
use google_docs_fake::{Clock, Doc, Fake as Drive};
use serde_json::Value;

use crate::bench::Bench;

/// 24 November 2026, 12:00 UTC.
const NOON: i64 = 1_795_521_600;
const READER: &str = "reader@tenant.example";
const SCOPE: &str = "https://www.googleapis.com/auth/drive.readonly";

#[tokio::test]
async fn a_wiki_and_a_drive_are_read_found_and_explained() {
    let bench = Bench::new().await;
    let wiki = Wiki::start().await.unwrap();
    let page = wiki.edit(|site| {
        site.add_space("HELP", "Help");
        site.add_space("TEAM", "Team");
        site.add_page("TEAM", None, "Spare lamps", "<p>The spare lamp lies in the green cabinet.</p>");
        site.add_page("HELP", None, "Change the lamp", "<p>Turn the lamp to the left until it clicks.</p>")
    });
    let drive = Drive::start(&Clock::at(NOON)).await.unwrap();
    let (root, document) = drive.edit(|world| {
        let root = world.add_user(READER, "Reader").root;
        let document = world.add_doc(&root, "Ring the bell", Doc::text("Pull the bell twice to ring it."));
        (root, document)
    });
    let account = drive.add_service_account("robot@tenant.example", &[SCOPE]);
    fs::write(bench.folder.path().join("key.json"), &account.key_file).unwrap();
    let more = format!(
        "[sources.wiki]\nkind = \"confluence\"\nsite = \"{}\"\nemail = \"{EMAIL}\"\ntoken = \"{API_TOKEN}\"\n\
         spaces = [\"*\"]\nrules = [{{ space = \"HELP\", audience = \"public\" }}]\n\
         [sources.drive]\nkind = \"google\"\nkey_file = \"{}\"\nsubject = \"{READER}\"\nroots = [\"folder:{root}\"]\n\
         base_url = \"{}\"\nrules = [{{ place = \"document:{document}\", audience = \"public\" }}]\n",
        wiki.base_url(),
        bench.folder.path().join("key.json").display(),
        drive.base_url(),
    );
    bench.configure("one", &more);

    let ended = bench.run(&["--json", "sources", "sync"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let told: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
    let new: Vec<u64> = told.iter().map(|summary| summary["documents_new"].as_u64().unwrap()).collect();
    assert_eq!(new, [1, 2], "{}", ended.out);
    let ended = bench.run(&["--json", "sources", "list"]).await;
    for part in ["\"wiki\"", "\"drive\"", "confluence", "google"] {
        assert!(ended.out.contains(part), "`{part}` is not in: {}", ended.out);
    }
    for (place, rule) in [(page.to_string(), "public"), (document, "public")] {
        let ended = bench.run(&["--json", "sources", "explain", &place]).await;
        let told: Value =
            serde_json::from_str(ended.out.trim()).unwrap_or_else(|_| panic!("{}{}", ended.out, ended.err));
        assert_eq!(told["audience"], rule, "{told}");
        assert!(!told["steps"].as_array().unwrap().is_empty(), "{told}");
    }
    for (question, part) in
        [("How do I turn the lamp?", "to the left"), ("How do I ring the bell?", "bell twice")]
    {
        let ended = bench.run(&["--json", "ask", question]).await;
        assert!(ended.out.contains(part), "{question}: {}{}", ended.out, ended.err);
        assert!(!ended.out.contains("green cabinet"), "internal: {}", ended.out);
    }
    let everything = format!("{}{}", ended.out, ended.err);
    assert!(!everything.contains(API_TOKEN));
    let ended = bench.run(&["sources", "sync", "nowhere"]).await;
    assert!(ended.code == Some(1) && ended.err.contains("known are drive, wiki"), "{}", ended.err);
}

#[tokio::test]
async fn a_source_is_added_paused_listed_and_removed() {
    let bench = Bench::new().await;
    let wiki = Wiki::start().await.unwrap();
    wiki.edit(|site| {
        site.add_space("HELP", "Help");
        site.add_page("HELP", None, "Change the lamp", "<p>Turn the lamp to the left until it clicks.</p>")
    });
    let file = bench.folder.path().join("wiki.toml");
    let settings = |token: &str| {
        format!(
            "kind = \"confluence\"\nsite = \"{}\"\nemail = \"{EMAIL}\"\ntoken = \"{token}\"\nspaces = [\"*\"]\nrules = [{{ space = \"HELP\", audience = \"public\" }}]\n",
            wiki.base_url()
        )
    };
    fs::write(&file, settings("wrong")).unwrap();
    let add = ["sources", "add", "wiki", "--settings", file.to_str().unwrap()];
    let ended = bench.run(&add).await;
    assert!(ended.code == Some(1) && ended.err.contains("`wiki` cannot be used"), "{}", ended.err);
    fs::write(&file, settings(API_TOKEN)).unwrap();
    let ended = bench.run(&add).await;
    assert!(ended.code == Some(0) && ended.out.contains("sources sync wiki"), "{}{}", ended.out, ended.err);
    fs::remove_file(&file).unwrap();
    let ended = bench.run(&["sources", "sync"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let ended = bench.run(&["sources", "pause", "wiki"]).await;
    assert!(ended.out.contains("paused from now on"), "{}{}", ended.out, ended.err);
    let ended = bench.run(&["sources", "list"]).await;
    for part in ["wiki (confluence, paused)", "1 document of 1", "sources resume wiki"] {
        assert!(ended.out.contains(part), "`{part}` is not in: {}{}", ended.out, ended.err);
    }
    let ended = bench.run(&["sources", "resume", "wiki"]).await;
    assert!(ended.out.contains("read again from now on"), "{}{}", ended.out, ended.err);
    let remove = ["sources", "remove", "wiki"];
    let ended = bench.run(&remove).await;
    assert!(ended.code == Some(1) && ended.err.contains("--yes"), "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("1 document and 2 passages"), "what would go: {}", ended.out);
    let ended = bench.run(&[&remove[..], &["--yes"]].concat()).await;
    assert!(
        ended.code == Some(0) && ended.out.contains("Removed wiki: 1 document with 2 passages"),
        "{}{}",
        ended.out,
        ended.err
    );
    let ended = bench.run(&["sources", "list"]).await;
    assert!(ended.out.contains("nothing was read yet"), "{}", ended.out);
}

#[tokio::test]
async fn what_cannot_be_a_source_is_named() {
    let bench = Bench::new().await;
    for (text, part) in [
        ("[sources.x]\nkind = \"confluence\"\ntoken = \"t\"\nspaces = [\"A\"]", "state `site`"),
        (
            "[sources.x]\nkind = \"confluence\"\nsite = \"http://127.0.0.1:1\"\ntoken = \"t\"\nspaces = [\"A\"]",
            "email",
        ),
        (
            "[sources.x]\nkind = \"confluence\"\naddress = \"http://127.0.0.1:1\"\ntoken = \"t\"\nspaces = [\"A\"]\nrules = [{ audience = \"public\" }]",
            "`label`",
        ),
        (
            "[sources.x]\nkind = \"google\"\nkey_file = \"/nowhere.json\"\nroots = [\"folder:1\"]",
            "/nowhere.json",
        ),
        ("[sources.x]\nkind = \"notion\"", "notion"),
        (
            "[sources.x]\nkind = \"google\"\nkey_file = \"k\"\nroots = []\nrules = [{ place = \"anywhere\", audience = \"all\" }]",
            "`all` is no audience",
        ),
    ] {
        bench.configure("one", text);
        let ended = bench.run(&["sources", "sync"]).await;
        assert!(ended.code == Some(1) && ended.err.contains(part), "`{part}` is not in: {}", ended.err);
    }
}
