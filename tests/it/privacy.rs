//! People as data: reported, looked up, merged, parted, handed out, erased, and kept away afterwards.

use std::collections::BTreeSet;

use app::people::{ERASED, Register};
use domain::record::{PersonChange, PersonEvent, RawCustomer, Record, Role};
use domain::{CompanyId, SourceId, Timestamp};
use proptest::prelude::*;

use crate::harness::{Bench, now, open};
use crate::laundering::at;
use crate::laundering::feed::{Feed, event, talk};

const SECRET: &str = "amber-lynx-31";

fn user(id: &str, name: &str, email: &str) -> RawCustomer {
    RawCustomer {
        contact_id: Some(format!("64f0c0ffee00000000{id}")),
        account_id: Some(format!("u-{id}")),
        name: Some(name.to_owned()),
        email: Some(email.to_owned()),
        role: Some(Role::User),
        ..RawCustomer::default()
    }
}

fn vera() -> RawCustomer {
    user("a00001", "Vera Linden", "vera@linden.test")
}

fn omar() -> RawCustomer {
    user("b00002", "Omar Haddad", "omar@haddad.test")
}

fn records() -> Vec<Record> {
    let secret = format!("The unlock word of your payout account is {SECRET}.");
    vec![
        talk("v1", "Unlock word", vera(), "2025-01-10T09:00:00Z", &["What is my unlock word?", &secret]),
        talk("o1", "Invoice", omar(), "2025-01-11T09:00:00Z", &["Where is my invoice?", "Under Account."]),
        talk(
            "x1",
            "Nobody",
            RawCustomer { account_id: Some("undefined".to_owned()), ..RawCustomer::default() },
            "2025-01-12T09:00:00Z",
            &["Hello?", "Hello."],
        ),
    ]
}

async fn bench() -> Bench {
    let bench = Bench::new().await;
    Feed::new(records()).read_into(&bench).await;
    bench
}

fn register(bench: &Bench) -> Register {
    bench.app.register(bench.tenant, "anna")
}

#[tokio::test]
async fn the_report_says_how_well_customers_are_known() {
    let bench = bench().await;
    let audit = register(&bench).audit().await.unwrap();
    assert_eq!((audit.report.conversations, audit.report.identified, audit.report.verified), (3, 2, 0));
    assert!((audit.identified_share.unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!((audit.report.placeholders.count, audit.report.placeholders.conversations), (1, 1));
}

#[tokio::test]
async fn a_merge_counts_at_once_and_for_the_past_not_and_so_does_its_undo() {
    let bench = bench().await;
    let register = register(&bench);
    let (before, _) = register.find("user_id:u-a00001").await.unwrap();
    let merged = register.merge("user_id:u-a00001", "email:omar@haddad.test", "one household").await.unwrap();
    assert_eq!(merged.people.len(), 1);
    let card = register.show("user_id:u-b00002").await.unwrap();
    assert_eq!((card.conversations.len(), card.subjects.len()), (2, 2));
    assert!(card.ledger.iter().any(|line| line.counts && line.entry.why == "one household"));
    let again = register.merge("user_id:u-a00001", "user_id:u-b00002", "").await.unwrap_err();
    assert!(again.to_string().contains("one person already"), "{again:#}");
    // The past stays as it was.
    let subject = *card.subjects.first().unwrap();
    let past = at("2025-03-01T00:00:00Z");
    let then = bench.app.store.subjects_of(bench.tenant, before, past).await.unwrap();
    assert_eq!((then.len(), then.contains(&subject) || card.subjects.len() == 2), (1, true));

    register.unmerge(&merged.entry.to_string(), "a mistake").await.unwrap();
    let card = register.show("user_id:u-b00002").await.unwrap();
    assert_eq!(card.subjects.len(), 1);
    let error = register.unmerge(&merged.entry.to_string(), "").await.unwrap_err();
    assert!(error.to_string().contains("undone already"), "{error:#}");
    let noted: Vec<String> = register.log().await.unwrap().into_iter().map(|one| one.action).collect();
    assert_eq!(noted, ["person.merge", "person.show", "person.unmerge", "person.show"]);
}

#[tokio::test]
async fn a_key_that_names_nobody_or_several_is_an_error() {
    let bench = bench().await;
    let mut other = omar();
    other.account_id = Some("u-third".to_owned());
    other.contact_id = Some("64f0c0ffee00000000c00003".to_owned());
    other.name = Some("Petra Vogel".to_owned());
    let more = [talk("p1", "Hi", other, "2025-01-13T09:00:00Z", &["Hi", "Hi."])];
    Feed::new(records().into_iter().chain(more)).read_into(&bench).await;
    let register = register(&bench);
    for (key, says) in [
        ("email:omar@haddad.test", "is not matched by"),
        ("email:nobody@firm.test", "nobody is known as"),
        ("vera", "names nobody"),
        ("person:per_00000000000000000000000000000000", "no person"),
    ] {
        let error = format!("{:#}", register.show(key).await.unwrap_err());
        assert!(error.contains(says) || error.contains("no id") || error.contains("is no"), "{key}: {error}");
    }
    let error = register.unmerge("nonsense", "").await.unwrap_err();
    assert!(error.to_string().contains("identity show PERSON"), "{error:#}");
}

#[tokio::test]
async fn everything_held_is_handed_out_and_that_is_noted() {
    let bench = bench().await;
    let register = register(&bench);
    let all = register.export("email:vera@linden.test").await.unwrap().to_string();
    assert!(all.contains(SECRET) && all.contains("Vera Linden") && !all.contains("Omar"), "{all}");
    assert_eq!(register.log().await.unwrap()[0].action, "person.export");
}

#[tokio::test]
async fn who_is_erased_is_gone_everywhere_and_does_not_come_back() {
    let bench = bench().await;
    let backup = bench.folder.path().join("before.tar.gz");
    app::backup::backup(&bench.app.places, &bench.app.settings, &backup).await.unwrap();
    let proof = bench.app.erase(bench.tenant, "email:vera@linden.test", "anna").await.unwrap();
    assert!(proof.found.iter().any(|found| found.table == "turns") && proof.left.is_empty(), "{proof:?}");
    assert_eq!((proof.index_waiting, proof.mentions.len()), (0, 0));
    assert!(proof.index_removed > 0 && !proof.remains.is_empty());
    bench.assert_index_is_whole().await;
    assert_gone(&bench).await;
    let error = bench.app.erase(bench.tenant, "email:vera@linden.test", "anna").await.unwrap_err();
    assert!(error.to_string().contains("nobody is known"), "{error:#}");

    // Read again, under another name, and as a contact's record.
    let mut renamed = vera();
    renamed.contact_id = Some("64f0c0ffee00000000d00004".to_owned());
    let again = [
        talk("v2", "Unlock word", renamed, "2025-01-10T09:00:00Z", &["My unlock word?", SECRET]),
        event("2025-06-01T00:00:00Z", PersonChange::Seen(vera())),
    ];
    Feed::new(records().into_iter().chain(again)).read_into(&bench).await;
    assert_gone(&bench).await;

    // A backup from before knows the person, and loses it before it is used.
    let erased = std::fs::read(bench.app.places.data.join(ERASED)).unwrap();
    let other = bench.folder.path().join("restored");
    let places = app::Places { data: other.join("data"), ..bench.app.places.clone() };
    std::fs::create_dir_all(&places.data).unwrap();
    std::fs::write(places.data.join(ERASED), &erased).unwrap();
    app::backup::restore(&places, &backup).await.unwrap();
    let restored = open(&other).await.unwrap();
    let texts = ["vera@linden.test".to_owned(), SECRET.to_owned()];
    assert_eq!(restored.store.mentions(bench.tenant, &texts).await.unwrap(), []);
}

async fn assert_gone(bench: &Bench) {
    let texts = ["vera@linden.test".to_owned(), SECRET.to_owned(), "vera linden".to_owned()];
    assert_eq!(bench.app.store.mentions(bench.tenant, &texts).await.unwrap(), []);
    assert!(bench.bodies().await.iter().all(|body| !body.contains(SECRET)));
    assert!(register(bench).find("user_id:u-b00002").await.is_ok(), "others stay");
}

#[tokio::test]
async fn what_an_erased_person_begins_afterwards_is_new() {
    let bench = bench().await;
    bench.app.erase(bench.tenant, "user_id:u-a00001", "anna").await.unwrap();
    let later = talk("v9", "Back", vera(), "2025-07-02T09:00:00Z", &["I am back.", "Welcome."]);
    Feed::new(records().into_iter().chain([later])).read_into(&bench).await;
    let held = bench.app.store.list_conversations(bench.tenant, app::Range::ALL, None, 100).await.unwrap();
    assert!(held.iter().any(|conversation| conversation.external_id == "v9"));
}

#[tokio::test]
async fn who_is_seen_live_in_another_company_has_left_the_first() {
    let bench = bench().await;
    let source = SourceId::derive(bench.tenant, "feed", "help desk");
    let of = |company: &str| RawCustomer { companies: vec![company.to_owned()], ..vera() };
    let subjects = register(&bench).find("user_id:u-a00001").await.unwrap().1;
    for (company, moment) in [("first", "2025-03-01T00:00:00Z"), ("second", "2025-04-01T00:00:00Z")] {
        bench.app.ingest.seen_live((bench.tenant, source), &[of(company)], at(moment)).await.unwrap();
        let now = bench.app.store.companies_of(bench.tenant, &subjects, now()).await.unwrap();
        assert_eq!(now, BTreeSet::from([CompanyId::derive(bench.tenant, company)]));
    }
}

#[tokio::test]
async fn a_contact_that_is_gone_takes_its_past_along() {
    let bench = bench().await;
    let gone = PersonChange::Gone { contact: vera().contact_id.unwrap() };
    Feed::new(records().into_iter().chain([event("2025-06-01T00:00:00Z", gone)])).read_into(&bench).await;
    assert_gone(&bench).await;
    bench.assert_index_is_whole().await;
}

/// What may happen to a handful of contacts.
fn happenings() -> impl Strategy<Value = Vec<PersonEvent>> {
    let contact = |number: usize| format!("64f0c0ffee0000000000c00{number}");
    let seen = move |number: usize, account: usize, email: usize, role: usize| {
        PersonChange::Seen(RawCustomer {
            contact_id: Some(contact(number)),
            account_id: ["", "u-1", "u-2"]
                .get(account)
                .filter(|id| !id.is_empty())
                .map(|id| (*id).to_owned()),
            email: ["a@firm.test.de", "b@firm.test.de"].get(email).map(|mail| (*mail).to_owned()),
            role: Some([Role::Lead, Role::User][role]),
            companies: vec![format!("company-{email}")],
            ..RawCustomer::default()
        })
    };
    let change = (0usize..4, 0usize..4, 0usize..3, 0usize..3, 0usize..2).prop_map(
        move |(kind, number, account, email, role)| match kind {
            0 | 1 => seen(number, account, email, role),
            2 => PersonChange::Merged { from: contact(number), into: contact((number + 1) % 4) },
            _ => PersonChange::Gone { contact: contact(number) },
        },
    );
    let event = (0i64..6, change)
        .prop_map(|(day, change)| PersonEvent { at: now().plus_millis(day * 86_400_000), change });
    prop::collection::vec(event, 1..9)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn the_same_events_in_any_order_end_in_the_same_people(
        (events, shuffled) in happenings().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut ends = Vec::new();
            for order in [events, shuffled] {
                let bench = Bench::new().await;
                let source = source(&bench).await;
                for event in order {
                    bench.app.ingest.people((bench.tenant, source), vec![event], now()).await.unwrap();
                }
                let store = &bench.app.store;
                ends.push((
                    store.all_subjects(bench.tenant).await.unwrap(),
                    store.list_links(bench.tenant).await.unwrap(),
                    store.list_memberships(bench.tenant).await.unwrap(),
                    store.list_tombstones(bench.tenant).await.unwrap().len(),
                ));
            }
            assert_eq!(ends[0], ends[1]);
        });
    }
}

async fn source(bench: &Bench) -> SourceId {
    let moment: Timestamp = now();
    bench.app.store.ensure_source(bench.tenant, ("feed", "desk"), "desk", moment).await.unwrap()
}

/// Everything in a data folder, and what it holds.
const FOLDER: &[(&str, &str)] = &[
    ("store.sqlite", "the database"),
    ("store.sqlite-wal", "the newest part of the database"),
    ("store.sqlite-shm", "a map of the newest part of the database"),
    ("index", "pieces of text as vectors and words; made again from the database"),
    ("detail.key", "the secret of keyed hashes"),
    ("secrets.key", "the secret of sealed secrets"),
    ("erased.jsonl", "keyed hashes of who must not come back"),
    ("backstory.toml", "the configuration"),
    ("reports", "reports of replays, redacted unless asked for with text"),
    ("lock", "who has the folder open"),
];

#[tokio::test]
async fn every_file_of_the_data_folder_is_declared() {
    let bench = bench().await;
    bench.app.erase(bench.tenant, "user_id:u-a00001", "anna").await.unwrap();
    for entry in std::fs::read_dir(&bench.app.places.data).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            FOLDER.iter().any(|(known, _)| *known == name),
            "`{name}` is not declared: say what it holds of people"
        );
    }
}

#[tokio::test]
async fn what_a_source_leaves_out_of_a_long_conversation_stays() {
    let bench = Bench::new().await;
    let said = ["One?", "Two.", "Three?", "Four."];
    let whole = talk("l1", "Long", vera(), "2025-01-10T09:00:00Z", &said);
    Feed::new([whole]).read_into(&bench).await;
    // The source now gives the first message and what is newest; the turns are a minute apart.
    let newest = ["One?", "Two.", "Three?", "Four.", "Five?", "Six."];
    let Record::Conversation(mut cut) = talk("l1", "Long", vera(), "2025-01-10T09:00:00Z", &newest) else {
        unreachable!("a talk is a conversation")
    };
    cut.turns.drain(1..4);
    cut.cut_until = Some(cut.turns[1].at);
    Feed::new([Record::Conversation(cut.clone())]).read_into(&bench).await;
    let stored = bench.app.store.list_conversations(bench.tenant, app::Range::ALL, None, 9).await.unwrap();
    let texts: Vec<&str> = stored[0].turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(texts, newest);
    // Without the mark it is what it is.
    cut.cut_until = None;
    Feed::new([Record::Conversation(cut)]).read_into(&bench).await;
    let stored = bench.app.store.list_conversations(bench.tenant, app::Range::ALL, None, 9).await.unwrap();
    assert_eq!(stored[0].turns.len(), 3);
}

#[tokio::test]
async fn what_is_old_goes_and_does_not_come_back() {
    let mut bench = bench().await;
    assert_eq!(
        bench.app.expire(bench.tenant, "anna").await.unwrap().conversations,
        0,
        "0 days mean for good"
    );
    bench.app.settings.privacy.keep_conversations_days = 171;
    let expired = bench.app.expire(bench.tenant, "anna").await.unwrap();
    assert_eq!(expired.conversations, 2, "the third is from 2025-01-12, 170 days ago");
    assert!(bench.bodies().await.iter().all(|body| !body.contains(SECRET)));
    bench.assert_index_is_whole().await;
    Feed::new(records()).read_into(&bench).await;
    assert_eq!(bench.app.store.count_conversations(bench.tenant, app::Range::ALL).await.unwrap(), 1);
}
