//! `backstory identity`, `keys` and `mode`: what they say, and that what they did counts for the next one.

use std::fs;

use serde_json::{Value, json};

use crate::bench::Bench;

impl Bench {
    /// Runs a command that has to work, and returns what it said as JSON.
    async fn told(&self, args: &[&str]) -> Value {
        let ended = self.run(&[&["--json"], args].concat()).await;
        assert_eq!(ended.code, Some(0), "{args:?}: {}{}", ended.out, ended.err);
        serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{args:?}: {error}: {}", ended.out))
    }

    /// Runs a command that has to work, and returns each of the lines that it said as JSON.
    async fn lines(&self, args: &[&str]) -> Vec<Value> {
        let ended = self.run(&[&["--json"], args].concat()).await;
        assert_eq!(ended.code, Some(0), "{args:?}: {}{}", ended.out, ended.err);
        ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Runs a command that has to be refused with a message that holds `part`.
    async fn refuses(&self, args: &[&str], part: &str) {
        let ended = self.run(args).await;
        assert_eq!(ended.code, Some(1), "{args:?}: {}", ended.out);
        assert!(ended.err.starts_with("error: ") && ended.err.contains(part), "{args:?}: {}", ended.err);
    }

    /// A bench that has read conversations of two accounts of one name and address.
    async fn with_two_accounts() -> Self {
        let bench = Self::new().await;
        let talk = |number: u32, account: &str, text: &str| {
            let at = |minute: u32| format!("2025-03-0{number}T10:{minute:02}:00Z");
            json!({
                "conversation_id": number.to_string(), "channel": "messenger", "language": "en", "created_at": at(0),
                "customer": {"account_id": account, "name": "Jona Adler", "email": "jona@velo.test"},
                "status": "solved",
                "turns": [
                    {"author": "customer", "author_id": account, "at": at(0), "text": text},
                    {"author": "agent", "author_id": "a1", "at": at(5), "text": "Hold the power button for ten seconds."},
                ],
            })
            .to_string()
        };
        let lines = [talk(1, "4711", "My frame is zebra green."), talk(2, "4712", "How do I reset it?")];
        bench.write("talks.jsonl", &(lines.join("\n") + "\n"));
        assert_eq!(bench.ingest().await.code, Some(0));
        bench
    }
}

#[tokio::test]
async fn two_people_are_found_merged_parted_and_one_is_erased() {
    let bench = Bench::with_two_accounts().await;
    let card = bench.told(&["identity", "show", "user_id:4711"]).await;
    assert_eq!((card["subjects"].as_array().unwrap().len(), &card["names"]), (1, &json!(["Jona Adler"])));
    let pairs = bench.lines(&["identity", "duplicates"]).await;
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    assert!(pairs[0]["score"].is_number() && !pairs[0]["reasons"].as_array().unwrap().is_empty());

    let merge =
        ["identity", "merge", "user_id:4711", "user_id:4712", "--why", "one customer", "--by", "anna"];
    let merged = bench.told(&merge).await;
    assert_eq!(merged["people"].as_array().unwrap().len(), 1);
    bench.refuses(&merge, "one person already").await;
    let card = bench.told(&["identity", "show", "user_id:4712"]).await;
    assert_eq!(card["subjects"].as_array().unwrap().len(), 2);
    let entry = merged["entry"].as_str().unwrap();
    let undo = ["identity", "unmerge", entry, "--why", "two brothers"];
    assert_eq!(bench.told(&undo).await["people"].as_array().unwrap().len(), 2);
    bench.refuses(&undo, "undone already").await;
    bench.refuses(&["identity", "unmerge", "nonsense"], "identity show PERSON").await;

    let audit = bench.told(&["identity", "audit"]).await;
    assert_eq!(audit["conversations"], 2);
    let held = bench.told(&["identity", "export", "user_id:4711"]).await;
    assert!(held.to_string().contains("zebra green"), "{held}");
    assert!(!held.to_string().contains("How do I reset it"), "another person's: {held}");

    let proof = bench.told(&["identity", "erase", "user_id:4711", "--by", "anna"]).await;
    assert!(
        proof["found"].as_array().unwrap().iter().any(|found| found["rows"].as_u64() > Some(0)),
        "{proof}"
    );
    assert!(proof["left"].as_array().unwrap().iter().all(|found| found["rows"] == 0), "{proof}");
    bench.refuses(&["identity", "show", "user_id:4711"], "user_id:4711").await;
    bench.refuses(&["identity", "erase", "user_id:4711"], "user_id:4711").await;
    let log = bench.lines(&["identity", "log"]).await;
    let did: Vec<&str> = log.iter().map(|line| line["action"].as_str().unwrap()).collect();
    for action in ["person.show", "person.merge", "person.unmerge", "person.export", "person.erase"] {
        assert!(did.contains(&action), "`{action}` is not in {did:?}");
    }
    // People can read it, too.
    for command in [&["identity", "audit"][..], &["identity", "log"], &["identity", "show", "user_id:4712"]] {
        let ended = bench.run(command).await;
        assert!(ended.code == Some(0) && ended.out.lines().count() > 2, "{command:?}: {}", ended.out);
    }
}

#[tokio::test]
async fn pairs_of_a_file_are_told_by_its_own_ids() {
    let bench = Bench::new().await;
    let file = bench.folder.path().join("people.csv");
    let text = "id,first_name,last_name,email,birth_date,city\n\
                r1,Jona,Adler,jona@velo.test,1980-02-03,Kiel\n\
                r2,Jona,Adler,jona@velo.test,1980-02-03,Kiel\n\
                r3,Mara,Winter,mara@velo.test,1975-07-08,Ulm\n";
    fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let pairs = bench.lines(&["identity", "duplicates", "--people", &file]).await;
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    let mut ids = [&pairs[0]["a"], &pairs[0]["b"]].map(|id| id.as_str().unwrap().to_owned());
    ids.sort();
    assert_eq!(ids, ["r1", "r2"]);
    bench.refuses(&["identity", "duplicates", "--people", "/nowhere.csv"], "/nowhere.csv").await;
}

#[tokio::test]
async fn secrets_are_added_listed_without_being_shown_and_retired() {
    let bench = Bench::new().await;
    let file = bench.folder.path().join("secret");
    fs::write(&file, "messenger-5ecret-of-the-web-platform-1\n").unwrap();
    let file = file.display().to_string();
    let added = bench.told(&["identity", "secret", "add", "--file", &file]).await;
    let ended = bench.run(&["--json", "identity", "secret", "list"]).await;
    assert!(!ended.out.contains("5ecret") && !ended.err.contains("5ecret"));
    let listed: Value = serde_json::from_str(ended.out.trim()).unwrap();
    assert_eq!((&listed["id"], &listed["signs"]), (&added["id"], &json!(true)));
    bench.told(&["identity", "secret", "retire", added["id"].as_str().unwrap()]).await;
    let listed = bench.lines(&["identity", "secret", "list"]).await;
    assert_eq!((listed[0]["retired_at"].is_string(), &listed[0]["signs"]), (true, &json!(false)));
    fs::write(bench.folder.path().join("empty"), "\n").unwrap();
    let empty = bench.folder.path().join("empty").display().to_string();
    bench.refuses(&["identity", "secret", "add", "--file", &empty], "secret").await;
}

#[tokio::test]
async fn what_is_declared_of_the_messenger_is_shown_renewed_and_withdrawn() {
    let bench = Bench::new().await;
    assert!(bench.told(&["identity", "jwt", "show"]).await["since"].is_null());
    bench.refuses(&["identity", "jwt", "renew"], "declare").await;
    let declared = bench.told(&["identity", "jwt", "declare", "--since", "2025-01-01T00:00:00Z"]).await;
    assert!(declared["since"].as_str().unwrap().starts_with("2025-01-01"), "{declared}");
    bench.told(&["identity", "jwt", "renew"]).await;
    let withdrawn = bench.told(&["identity", "jwt", "withdraw"]).await;
    assert!(withdrawn["since"].is_null(), "{withdrawn}");
}

#[tokio::test]
async fn keys_and_modes_are_given_and_taken() {
    let bench = Bench::new().await;
    let add = ["keys", "add", "anna", "--role", "agent", "--inbox", "7,8"];
    let key = bench.told(&add).await;
    assert!(key["key"].as_str().unwrap().starts_with("bsk_"));
    let listed = bench.lines(&["keys", "list"]).await;
    assert_eq!((&listed[0]["role"], &listed[0]["inboxes"]), (&json!("agent"), &json!(["7", "8"])));
    assert!(!format!("{listed:?}").contains(key["key"].as_str().unwrap()));
    bench.told(&["keys", "revoke", key["id"].as_str().unwrap()]).await;
    assert!(bench.lines(&["keys", "list"]).await[0]["revoked_at"].is_string());
    bench.refuses(&["keys", "add", "ben", "--role", "owner", "--inbox", "7"], "all inboxes").await;

    let chosen = bench.told(&["mode", "set", "auto", "--topic", "billing", "--by", "anna"]).await;
    assert_eq!(chosen["waits"], true);
    let number = chosen["number"].to_string();
    bench.refuses(&["mode", "confirm", &number, "--by", "anna"], "second person").await;
    bench.told(&["mode", "confirm", &number, "--by", "ben"]).await;
    let modes = bench.told(&["mode", "list"]).await;
    let billing = modes["modes"].as_array().unwrap().iter().find(|one| one["topic"] == "billing");
    assert_eq!(billing.unwrap()["mode"], "auto");
}
