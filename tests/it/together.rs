//! One answer of a help article, a page of a wiki and a document of a drive, each cited; and what of it somebody is
//! told who may see the article alone.

use app::ask::Ask;
use app::{App, Stop};
use confluence_fake::{API_TOKEN, EMAIL, Fake as Wiki};
use domain::{Draft, Outcome};
use google_docs_fake::{Clock as Google, Doc, Fake as Drive};
use identity::{Assurance, Purpose};
use serde_json::json;

use crate::sources::{Bench, NOON, READER};

const SCOPE: &str = "https://www.googleapis.com/auth/drive.readonly";
const QUESTION: &str = "How do I turn the lamp on? How long does the warranty of the pump last? Which code opens the service door?";

/// A customer of the company that may see page and document.
const CUSTOMER: &str = r#"{"conversation_id": "c1", "created_at": "2026-01-02T10:00:00Z", "customer": {"account_id": "u1", "email": "eva@globex.test", "name": "Eva Lang", "role": "user", "companies": ["globex"]}, "turns": [{"author": "customer", "at": "2026-01-02T10:00:00Z", "text": "Hello, is anybody there?"}]}"#;

async fn asked(app: &App, bench: &Bench, person: Option<&str>) -> (Outcome, Option<Draft>) {
    let ask = Ask {
        text: QUESTION.to_owned(),
        person: person.map(str::to_owned),
        assurance: Assurance::Verified,
        purpose: Purpose::Auto,
        customer: domain::Applicability::default(),
        as_of: None,
    };
    let decision = app.ask(bench.tenant, &ask).await.unwrap().response.decision;
    (decision.outcome, decision.draft)
}

#[tokio::test]
async fn one_answer_takes_from_three_sources_what_each_viewer_may_see() {
    let mut bench = Bench::new(false).await;
    let wiki: &Wiki = &bench.wiki;
    wiki.edit(|site| {
        site.add_space("TEAM", "Team");
        let body = "<h2>Pump</h2><p>The warranty of the pump lasts for thirty months.</p>";
        site.add_page("TEAM", None, "Warranty", body);
    });
    let drive = Drive::start(&Google::at(NOON)).await.unwrap();
    let root = drive.edit(|world| {
        let root = world.add_user(READER, "Reader").root;
        world.add_doc(&root, "Service door", Doc::text("The code 4711 opens the service door."));
        root
    });
    let account = drive.add_service_account("robot@tenant.example", &[SCOPE]);
    let key = bench.folder.path().join("key.json");
    std::fs::write(&key, &account.key_file).unwrap();
    let wiki = json!({
        "kind": "confluence", "site": wiki.base_url(), "email": EMAIL, "token": API_TOKEN, "spaces": ["TEAM"],
        "rules": [{ "space": "TEAM", "audience": "company:globex" }],
    });
    let drive = json!({
        "kind": "google", "key_file": key, "subject": READER, "roots": [format!("folder:{root}")],
        "base_url": drive.base_url(), "rules": [{ "place": format!("folder:{root}"), "audience": "company:globex" }],
    });
    for (name, config) in [("wiki", wiki), ("drive", drive)] {
        bench.app.settings.sources.insert(name.to_owned(), serde_json::from_value(config).unwrap());
    }
    let inbox = bench.folder.path().join("inbox");
    std::fs::create_dir_all(&inbox).unwrap();
    let article = "---\naudience: public\nurl: https://help.test/lamp\nupdated_at: 2026-01-01T00:00:00Z\n---\n# Lamp\n\n## Switch on\n\nTo turn the lamp on, press the round button twice.\n";
    std::fs::write(inbox.join("lamp.md"), article).unwrap();
    std::fs::write(inbox.join("talks.jsonl"), format!("{CUSTOMER}\n")).unwrap();
    bench.app.read_files(bench.tenant, &inbox, false, Stop::default(), &|_| {}).await.unwrap();
    assert_eq!(bench.due().await, 2);
    bench.pass(60 * 60_000);

    let (outcome, draft) = asked(&bench.app, &bench, Some("email:eva@globex.test")).await;
    let draft = draft.unwrap();
    assert_eq!(outcome, Outcome::Answer, "{}", draft.text());
    for part in ["round button twice", "thirty months", "code 4711"] {
        assert!(draft.text().contains(part), "`{part}` is not in: {}", draft.text());
    }
    let urls: Vec<&str> = draft.sources.iter().filter_map(|source| source.url.as_deref()).collect();
    assert_eq!(urls.len(), 3, "{urls:?}");
    for part in ["help.test/lamp", bench.wiki.base_url(), "docs.google.com/document"] {
        assert!(urls.iter().any(|url| url.contains(part)), "`{part}` is not in: {urls:?}");
    }

    let (_, draft) = asked(&bench.app, &bench, None).await;
    let text = draft.unwrap().text();
    assert!(text.contains("round button twice"), "{text}");
    assert!(!text.contains("thirty") && !text.contains("4711"), "{text}");
}
