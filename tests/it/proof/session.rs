//! Proven by a signed session: only under a declaration that stands, in a conversation that began so.

use identity::Assurance;

use super::bench::{ADDRESS, Bench, QUESTION, SECRET};

const DAY: i64 = 24 * 3_600;

async fn limits(bench: &Bench, conversation: &str) -> Vec<String> {
    bench.frozen(conversation).await.pop().unwrap().limits
}

#[tokio::test]
async fn a_user_is_verified_when_the_declaration_stands_and_is_told_the_own_secret() {
    let bench = Bench::new().await;
    let before = bench.asks(&bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&before).await, Assurance::Claimed);
    assert_eq!(limits(&bench, &before).await, ["not_enforced", "unprobed", "begun"]);
    assert!(!bench.written(&before).contains(SECRET), "{}", bench.written(&before));

    bench.declare().await;
    let after = bench.asks(&bench.victim, QUESTION).await;
    assert_eq!(limits(&bench, &after).await, Vec::<String>::new());
    assert_eq!(bench.assurance(&after).await, Assurance::Verified);
    assert!(bench.replies(&after)[0].contains(SECRET), "{}", bench.written(&after));
    let (outcomes, _) = bench.app.written_in(bench.tenant, bench.id(&after)).await.unwrap();
    let (_, trace) = bench.app.store.trace(bench.tenant, outcomes[0].id).await.unwrap();
    assert_eq!(trace["assurance"], "verified");

    // A conversation that began before stays what it was, whoever goes on writing there.
    bench.writes(&before, &bench.victim, QUESTION).await;
    assert_eq!(limits(&bench, &before).await, ["begun"]);
    assert!(!bench.written(&before).contains(SECRET));
}

#[tokio::test]
async fn without_a_probe_the_declaration_lapses_after_seven_days_and_a_person_renews_it() {
    let bench = Bench::new().await;
    bench.declare().await;
    bench.advance(7 * DAY - 3_600);
    bench.app.probe().await.unwrap();
    let within = bench.asks(&bench.victim, QUESTION).await;
    assert_eq!(
        bench.assurance(&within).await,
        Assurance::Verified,
        "a probe that shows nothing changes nothing"
    );
    bench.advance(2 * 3_600);
    let lapsed = bench.asks(&bench.victim, QUESTION).await;
    assert_eq!(limits(&bench, &lapsed).await, ["unprobed"]);
    assert!(!bench.written(&lapsed).contains(SECRET));
    bench.app.books().renew_enforcement(bench.tenant, "ben").await.unwrap();
    bench.advance(60);
    let renewed = bench.asks(&bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&renewed).await, Assurance::Verified);
    bench.app.books().withdraw_enforcement(bench.tenant, "ben").await.unwrap();
    let withdrawn = bench.asks(&bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&withdrawn).await, Assurance::Claimed);
    let noted = bench.audit().await;
    for action in ["identity.jwt.declare", "identity.jwt.renew", "identity.jwt.withdraw"] {
        assert!(noted.iter().any(|one| one == action), "{action}: {noted:?}");
    }
    // What was frozen stays.
    assert_eq!(bench.assurance(&within).await, Assurance::Verified);
}

#[tokio::test]
async fn a_probe_that_gets_in_voids_the_declaration_at_once() {
    let bench = Bench::new().await;
    bench.declare().await;
    let before = bench.asks(&bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&before).await, Assurance::Verified);
    bench.fake.edit(|workspace| workspace.identity_verification = false);
    bench.app.probe().await.unwrap();
    bench.advance(60);
    let after = bench.asks(&bench.victim, QUESTION).await;
    assert_eq!(limits(&bench, &after).await, ["unprobed"]);
    bench.writes(&before, &bench.victim, QUESTION).await;
    assert_eq!(
        bench.assurance(&before).await,
        Assurance::Claimed,
        "what began before it was found counts no more"
    );
    // Mended and renewed, it counts for what begins from then on.
    bench.fake.edit(|workspace| workspace.identity_verification = true);
    bench.advance(60);
    bench.app.books().renew_enforcement(bench.tenant, "ben").await.unwrap();
    bench.advance(60);
    let mended = bench.asks(&bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&mended).await, Assurance::Verified);
    bench.writes(&after, &bench.victim, QUESTION).await;
    assert_eq!(limits(&bench, &after).await, ["begun"], "it began while the unsigned got in");
}

#[tokio::test]
async fn a_probe_runs_once_a_day_and_an_account_that_does_not_answer_shows_nothing() {
    let bench = Bench::new().await;
    let asked = || bench.fake.requests().iter().filter(|request| request.path == "/me").count();
    let before = asked();
    bench.app.probe().await.unwrap();
    assert_eq!(asked(), before, "nothing is declared, so nothing is probed");
    bench.declare().await;
    for _ in 0..3 {
        bench.app.probe().await.unwrap();
    }
    assert_eq!(asked(), before + 1);
    bench.advance(DAY);
    bench.fake.revoke(&bench.fake.token());
    bench.app.probe().await.unwrap();
    let known = bench.app.store.enforcement(bench.tenant).await.unwrap().unwrap();
    assert_eq!((known.last_accepted, known.last_refused), (None, None));
    assert_eq!(known.probed_at, Some(bench.now()));
}

#[tokio::test]
async fn who_is_no_user_or_writes_by_mail_is_not_verified() {
    let bench = Bench::with(|settings| settings.live.auto_mail = true).await;
    bench.declare().await;
    let lead = bench.lead(None);
    let conversation = bench.asks(&lead, QUESTION).await;
    assert!(bench.assurance(&conversation).await < Assurance::Verified);
    let mail = bench.mails(ADDRESS, "Payout account", QUESTION).await;
    assert_eq!(bench.assurance(&mail).await, Assurance::Claimed);
    assert!(!bench.written(&mail).contains(SECRET));
    // Who is first seen minutes later may have been somebody else when it was written.
    let late = bench.fake.edit(|workspace| workspace.start(&bench.victim, QUESTION).unwrap());
    bench.advance(150);
    bench.settle().await;
    assert_eq!(bench.assurance(&late).await, Assurance::Claimed);
    assert!(!bench.written(&late).contains(SECRET));
}

#[tokio::test]
async fn another_tenants_declaration_counts_for_nobody_else() {
    let bench = Bench::new().await;
    let globex = bench.app.tenant("globex").await.unwrap();
    bench.app.books().declare_enforcement(globex, bench.now(), "eve").await.unwrap();
    bench.advance(60);
    let conversation = bench.asks(&bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&conversation).await, Assurance::Claimed);
    let ahead = bench.now().plus_millis(1);
    assert!(bench.app.books().declare_enforcement(bench.tenant, ahead, "anna").await.is_err());
}
