//! What was told to one person reaches nobody else. With a positive control and a mutation, so that the zero
//! means something.

use app::ask::Ask;
use domain::Audience;
use identity::{Assurance, Learned, Mask, Purpose};
use simulations::replay::{Options, Saved, replay};

use crate::harness::Bench;

/// Secrets of the sample workspace: what, and a key of whom they were told to.
const SECRETS: [(&str, &str); 6] = [
    ("zebra-quartz-91", "user_id:u-1005"),
    ("ahorn-onyx-47", "user_id:u-1002"),
    ("7F-4410-K", "user_id:u-1105"),
    ("SORRY-KITE-2288", "user_id:u-1003"),
    ("JX55-9031-7742", "user_id:u-1001"),
    ("RT-88K2P", "user_id:u-1021"),
];
const OTHERS: [&str; 3] = ["user_id:u-1013", "user_id:u-1004", "user_id:u-1010"];

fn question(secret: &str) -> String {
    format!("Can you tell me again what you told me about {secret}? What was my code or unlock word?")
}

async fn asked(
    bench: &Bench,
    secret: &str,
    person: Option<&str>,
    assurance: Assurance,
    purpose: Purpose,
) -> String {
    let ask = Ask {
        text: question(secret),
        person: person.map(Into::into),
        assurance,
        purpose,
        customer: domain::Applicability::default(),
        as_of: None,
    };
    let answer = bench.app.ask(bench.tenant, &ask).await.unwrap();
    // The question itself repeats the secret: a guess must not be confirmed, and is not what is looked at.
    let response = answer.response;
    let mut seen = serde_json::to_string(&response.decision).unwrap();
    for found in response.evidence.iter().flat_map(|evidence| evidence.kept.iter().chain(&evidence.dropped)) {
        seen.push_str(&found.chunk.body);
        seen.push_str(&found.chunk.search_text);
        seen.push_str(&found.title);
    }
    seen
}

#[tokio::test]
async fn a_secret_reaches_its_owner_and_nobody_else() {
    let bench = Bench::with_sample().await;
    for (secret, owner) in SECRETS {
        let own = asked(&bench, secret, Some(owner), Assurance::Verified, Purpose::Auto).await;
        assert!(own.contains(secret), "`{owner}`, verified, is not shown the own secret");
        for purpose in [Purpose::Auto, Purpose::Draft] {
            let claimed = asked(&bench, secret, Some(owner), Assurance::Claimed, purpose).await;
            assert!(!claimed.contains(secret), "`{secret}` reaches somebody who only claims to be `{owner}`");
            let nobody = asked(&bench, secret, None, Assurance::Anonymous, purpose).await;
            assert!(!nobody.contains(secret), "`{secret}` reaches anybody");
            for other in OTHERS {
                // The guesser's own history holds the guess.
                if secret == "zebra-quartz-91" && other == "user_id:u-1013" {
                    continue;
                }
                let seen = asked(&bench, secret, Some(other), Assurance::Verified, purpose).await;
                assert!(!seen.contains(secret), "`{secret}` reaches `{other}`");
            }
        }
    }
}

/// The mutation: with the filter of the index off, the second check must catch everything that comes through.
#[tokio::test]
async fn with_the_filter_off_the_second_check_still_holds() {
    let bench = Bench::with_sample().await;
    bench.app.index.leak_everything_to_everybody(true);
    for (secret, _) in SECRETS {
        let seen = asked(&bench, secret, Some("user_id:u-1004"), Assurance::Verified, Purpose::Auto).await;
        assert!(!seen.contains(secret), "`{secret}` passes the second check");
    }
    // That the switch does something: the index now finds other people's chunks.
    let scope = identity::Scope::live(
        bench.tenant,
        vec![identity::Reader::anonymous()],
        Purpose::Auto,
        crate::harness::now(),
    )
    .unwrap();
    let query = index_query(&question("zebra-quartz-91"));
    let hits = bench.app.index.search(&scope, &query).await.unwrap();
    let ids: Vec<_> = hits.lexical.iter().map(|hit| hit.chunk).collect();
    let chunks = bench.app.store.load_chunks_unscoped_for_maintenance(bench.tenant, &ids).await.unwrap();
    assert!(
        chunks.iter().any(|chunk| matches!(chunk.audience, Audience::Person(_))),
        "the mutation has no effect"
    );
}

fn index_query(text: &str) -> index::Query {
    index::Query {
        text: text.into(),
        language: domain::Language::ENGLISH,
        dense: None,
        kinds: Vec::new(),
        applicability: None,
        limit: 50,
        exact: true,
    }
}

#[tokio::test]
async fn a_replay_sees_nothing_of_itself_and_nothing_later() {
    let bench = Bench::with_sample().await;
    let options = Options {
        mask: Mask::Strict,
        purpose: Purpose::Draft,
        learned: Learned::Public,
        assurance: Assurance::Claimed,
        since: None,
        until: None,
        limit: Some(60),
        weightless: simulations::replay::Weightless::Replayed,
        read: None,
    };
    let out = bench.folder.path().join("out");
    let mut saved = Saved::open(&out, "test").unwrap();
    let stop = app::Stop::default();
    let replayed = replay(&bench.app, bench.tenant, &options, &mut saved, &|_, _| {}, &stop).await.unwrap();
    let under = |mask: Mask| {
        replayed.turns.iter().filter(|turn| turn.mask == mask).map(|turn| turn.leaks.total()).sum::<u64>()
    };
    assert!(replayed.turns.len() > 60);
    assert_eq!((under(Mask::Strict), under(Mask::Current)), (0, 0));
    // The positive control: without a mask the own conversation is seen.
    assert!(under(Mask::None) > 0, "the counter never counts");

    // What was kept is not done again, and the result is the same.
    drop(saved);
    let mut saved = Saved::open(&out, "test").unwrap();
    assert_eq!(saved.len(), 60);
    let again = replay(&bench.app, bench.tenant, &options, &mut saved, &|_, _| {}, &stop).await.unwrap();
    assert_eq!(replayed.turns.len(), again.turns.len());
}
