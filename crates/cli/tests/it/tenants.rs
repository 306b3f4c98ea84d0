//! `backstory tenants`: which companies there are, and how one leaves.

use serde_json::Value;

use crate::bench::Bench;

const LAMP: &str = "---\naudience: public\n---\n# Lamp\n\nTurn the lamp to the left until it clicks.\n";

impl Bench {
    /// A bench whose inbox was read for two companies.
    async fn with_two_companies() -> Self {
        let bench = Self::new().await;
        bench.write("lamp.md", LAMP);
        let inbox = bench.inbox().display().to_string();
        for tenant in ["acme", "globex"] {
            let ended = bench.run(&["ingest", &inbox, "--tenant", tenant]).await;
            assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
        }
        bench
    }

    async fn finds_the_lamp(&self, tenant: &str) -> bool {
        let ended = self.run(&["--json", "ask", "How do I turn the lamp?", "--tenant", tenant]).await;
        assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
        ended.out.contains("to the left")
    }

    async fn removal_fails(&self, args: &[&str], part: &str) {
        let ended = self.run(&[&["tenants", "remove"], args].concat()).await;
        assert_eq!(ended.code, Some(1), "{args:?}: {}", ended.out);
        assert!(ended.err.starts_with("error: ") && ended.err.contains(part), "{args:?}: {}", ended.err);
    }
}

#[tokio::test]
async fn a_company_is_listed_and_removed_and_the_other_is_answered() {
    let bench = Bench::with_two_companies().await;
    let ended = bench.run(&["--json", "tenants", "list"]).await;
    let listed: Value = serde_json::from_str(&ended.out).unwrap();
    let first = &listed["tenants"][0];
    assert!(first["name"] == "acme" && first["documents"] == 1 && first["people"] == 0, "{listed}");
    assert!(
        first["chunks"].as_u64() > Some(0) && listed["removed"].as_array().unwrap().is_empty(),
        "{listed}"
    );

    bench.removal_fails(&["nobody", "--yes"], "no tenant `nobody`; known are `acme`, `globex`").await;
    // Nobody sits at a terminal here, so nobody can type the name.
    bench.removal_fails(&["acme"], "`--yes` does not ask").await;
    let asked = bench.run(&["tenants", "remove", "acme"]).await;
    for part in ["With the tenant `acme`", "1 document,", "for good"] {
        assert!(asked.out.contains(part), "`{part}` is not in: {}", asked.out);
    }
    assert!(bench.finds_the_lamp("acme").await, "nothing has gone");

    let ended = bench.run(&["tenants", "remove", "acme", "--yes", "--by", "anna"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    for part in ["Removed acme", "0  of it", "What remains elsewhere", "backups"] {
        assert!(ended.out.contains(part), "`{part}` is not in: {}", ended.out);
    }
    let ended = bench.run(&["tenants", "list"]).await;
    assert!(ended.out.contains("globex, since") && !ended.out.contains("acme"), "{}", ended.out);
    assert!(ended.out.contains("was removed by anna"), "{}", ended.out);
    bench.removal_fails(&["acme", "--yes"], "no tenant `acme`; known are `globex`").await;
    assert!(bench.finds_the_lamp("globex").await);
}

#[tokio::test]
async fn the_only_company_can_leave_and_the_folder_can_be_used_again() {
    let bench = Bench::new().await;
    bench.removal_fails(&["default", "--yes"], "nothing is stored yet").await;
    bench.write("lamp.md", LAMP);
    assert_eq!(bench.ingest().await.code, Some(0));
    let ended = bench.run(&["--json", "tenants", "remove", "default", "--yes"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(told["gone"]["left"].as_array().map(Vec::len), Some(0), "{told}");
    assert!(told["gone"]["vectors"].as_u64() > Some(0), "{told}");
    let ended = bench.run(&["tenants", "list"]).await;
    assert!(ended.out.contains("No tenant yet"), "{}", ended.out);
    assert_eq!(bench.ingest().await.code, Some(0));
    assert!(bench.finds_the_lamp("default").await);
}

#[tokio::test]
async fn what_the_configuration_still_names_is_told_and_not_read() {
    let bench = Bench::with_two_companies().await;
    bench.configure(
        "one",
        "[sources.wiki]\nkind = \"confluence\"\ntenant = \"acme\"\nsite = \"http://127.0.0.1:1\"\nemail = \"a@firm.test\"\n\
         token = \"t\"\nspaces = [\"*\"]\n[tenants.acme.live]\nhand_off_to = \"team:7\"\n",
    );
    let ended = bench.run(&["tenants", "remove", "acme", "--yes"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("[sources.wiki] in the configuration"), "{}", ended.out);
    assert!(ended.out.contains("[tenants.acme] in the configuration"), "{}", ended.out);
    let ended = bench.run(&["sources", "sync", "wiki"]).await;
    assert!(ended.code == Some(1) && ended.err.contains("its tenant `acme` was removed"), "{}", ended.err);
    let ended = bench.run(&["tenants", "list"]).await;
    assert!(!ended.out.contains("acme, since"), "nothing has made it anew: {}", ended.out);
}
