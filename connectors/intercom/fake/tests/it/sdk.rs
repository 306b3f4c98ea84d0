//! The official Node SDK works against the stand-in. It is fetched for this test only.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::client::{conversation, lead, start, user};

const FILES: [&str; 3] = ["package.json", "package-lock.json", "check.mjs"];

/// On CI there is no excuse.
#[expect(clippy::disallowed_methods, reason = "a test has no configuration to ask")]
fn is_ci() -> bool {
    ["CI", "BACKSTORY_REQUIRE_POSTGRES"].iter().any(|name| std::env::var_os(name).is_some())
}

fn install(folder: &Path) {
    for file in FILES {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk").join(file);
        std::fs::copy(from, folder.join(file)).unwrap();
    }
    let output = Command::new("npm").args(["ci", "--ignore-scripts"]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "npm ci: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_sdk_works_against_it() {
    if Command::new("npm").arg("--version").output().is_err() {
        assert!(!is_ci(), "npm is missing");
        crate::skipped("no npm");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    spawn_blocking(move || install(&path)).await.unwrap();

    let (fake, _client) = start().await;
    let (lead, user) = (lead(&fake, Some("70@customer.test")), user(&fake, "70"));
    let conversation = conversation(&fake);
    let admin = fake.edit(|workspace| workspace.ai());
    let articles = fake.edit(|workspace| {
        let old = workspace.add_article("en", "Returns", "<p>x</p>", true);
        [workspace.add_article("en", "Delivery", "<p>x</p>", true), old]
    });
    let contacts: Vec<String> = fake.edit(|workspace| {
        let began = workspace.conversation(&conversation).unwrap().contacts[0].clone();
        vec![began, user.clone(), lead.clone()]
    });

    let mut script = Command::new("node");
    script.arg("check.mjs").current_dir(folder.path());
    let variables = [
        ("FAKE_URL", fake.base_url()),
        ("FAKE_TOKEN", &fake.token()),
        ("LEAD", &lead),
        ("USER", &user),
        ("CONVERSATION", &conversation),
        ("ADMIN", &admin),
    ];
    script.envs(variables);
    let output = spawn_blocking(move || script.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "contacts": contacts,
        "searched": [lead],
        "merged": user,
        "first_message": "<p>Where is my bike?</p>",
        "replied": "<p>From the SDK</p>",
        "articles": articles,
        "missing": { "status": 404, "code": "not_found" },
        "invalid": 401,
    });
    assert_eq!(seen, expected);
    let writes = fake.writes(&conversation);
    assert_eq!((writes.len(), writes[0].version.as_deref()), (1, Some("2.15")));
}
