//! A drive of 5,000 documents: read first, then kept up with for a day. At the end what was pulled and what is listed
//! equal the source exactly, and the calls are counted against the fewest that could do.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::record::RawAudience;
use google_docs::{Outcome, Place, Root, Rule, Shared, SourceConfig};
use google_docs_fake::{Doc, World};

use crate::setup::{Drive, Mirror, READER, list};

const FOLDERS: usize = 100;
const DOCS: usize = 5_000;
const RECHECK: Duration = Duration::from_secs(1_800);

struct Plan {
    shared: String,
    outside: String,
    folders: Vec<String>,
    docs: Vec<String>,
}

fn build(world: &mut World, root: &str) -> Plan {
    let shared = world.add_drive("Knowledge", READER);
    let outside = world.add_folder(root, "Outside");
    let mut folders: Vec<String> = Vec::new();
    for number in 0..FOLDERS {
        let parent = if number < 10 { shared.clone() } else { folders[number / 10 - 1].clone() };
        folders.push(world.add_folder(&parent, "Folder"));
    }
    let docs = (0..DOCS).map(|number| {
        let text = format!("document {number}, first state");
        world.add_doc(&folders[number % FOLDERS], "Doc", Doc::text(&text))
    });
    let docs = docs.collect();
    Plan { shared, outside, folders, docs }
}

fn config(plan: &Plan) -> SourceConfig {
    let place = Place::Folder(plan.folders[0].clone());
    SourceConfig {
        rules: vec![Rule { place, shared: None, outcome: Outcome::Public }],
        recheck: RECHECK,
        ..SourceConfig::usual(vec![Root::Drive(plan.shared.clone())])
    }
}

/// Returns what the source holds by the stand-in's own account.
fn truth(drive: &Drive, plan: &Plan) -> BTreeMap<String, (String, RawAudience)> {
    drive.fake.edit(|world| {
        let mut truth = BTreeMap::new();
        for id in &plan.docs {
            let Some(item) = world.find(id) else { continue };
            let google_docs_fake::Kind::Doc(doc) = &item.kind else { continue };
            let text =
                doc.tabs[0].content[0]["paragraph"]["elements"][0]["textRun"]["content"].as_str().unwrap();
            let (mut at, mut is_public, mut is_inside, mut is_trashed) = (Some(item), false, false, false);
            let mut is_limited = false;
            while let Some(item) = at {
                is_trashed |= item.trashed;
                if item.id == plan.folders[0] {
                    is_public = !is_limited;
                }
                is_limited |= item.limited;
                is_inside |= item.parent.as_ref() == Some(&plan.shared);
                at = item.parent.as_ref().and_then(|parent| world.find(parent));
            }
            if is_inside && !is_trashed {
                let audience = if is_public { RawAudience::Public } else { RawAudience::Internal };
                truth.insert(id.clone(), (text.to_owned(), audience));
            }
        }
        truth
    })
}

/// A day: 2 % of the documents change, some go, some come, some move, folders move and their rights change.
fn day(world: &mut World, plan: &mut Plan) -> usize {
    let mut touched = 0;
    for number in (0..DOCS).step_by(50) {
        world.write(&plan.docs[number], Doc::text(&format!("document {number}, second state")));
        touched += 1;
    }
    for number in (7..DOCS).step_by(250) {
        world.delete(&plan.docs[number]);
    }
    for number in (8..DOCS).step_by(250) {
        world.trash(&plan.docs[number], true);
    }
    for number in (9..DOCS).step_by(500) {
        world.move_to(&plan.docs[number], &plan.outside);
    }
    for number in (11..DOCS).step_by(500) {
        world.move_to(&plan.docs[number], &plan.folders[0]);
        touched += 1;
    }
    for number in 0..10 {
        let id = world.add_doc(&plan.folders[number * 7], "New", Doc::text(&format!("new {number}")));
        plan.docs.push(id);
        touched += 1;
    }
    // A folder of 50 becomes public, one becomes internal, one is limited, one goes into the trash.
    world.move_to(&plan.folders[95], &plan.folders[0]);
    world.move_to(&plan.folders[12], &plan.folders[5]);
    world.limit(&plan.folders[13], true);
    world.trash(&plan.folders[97], true);
    touched + 3 * DOCS / FOLDERS
}

#[tokio::test]
async fn five_thousand_documents_and_a_day_of_changes_equal_the_source() {
    let drive = Drive::start().await;
    let mut plan = drive.fake.edit(|world| build(world, &drive.root));
    let mut mirror = Mirror::default();
    mirror.pull(drive.source(config(&plan)).as_ref()).await.unwrap();
    compare(&mirror, &truth(&drive, &plan));
    let first = drive.fake.requests().len();
    // Each document once, the list of everything once in pages of 1,000, the log once, one token.
    let fewest = DOCS + (DOCS + FOLDERS).div_ceil(1_000) + 2;
    report("first reading", first, fewest);
    assert!(first <= fewest + 60, "{first} calls, at least {fewest}");

    drive.fake.forget_requests();
    let touched = drive.fake.edit(|world| day(world, &mut plan));
    let mut pulls = 0;
    for _ in 0..48 {
        drive.fake.clock().advance(RECHECK);
        mirror.pull(drive.source(config(&plan)).as_ref()).await.unwrap();
        pulls += 1;
    }
    let truth = truth(&drive, &plan);
    compare(&mirror, &truth);
    let later = drive.fake.requests().len();
    // Each document that is another one now, once, and the log once in each round.
    let fewest = touched + pulls;
    report("a day in 48 rounds", later, fewest);
    // Each round looks at the folders as well: a token, the drive, two levels of folders.
    assert!(later <= fewest + 48 * 8 + 150, "{later} calls, at least {fewest}");

    let source = drive.source(config(&plan));
    drive.fake.forget_requests();
    let listed = list(source.as_ref()).await.unwrap().unwrap();
    assert_eq!(listed, truth.keys().cloned().collect::<Vec<_>>());
    report("a listing", drive.fake.requests().len(), truth.len().div_ceil(1_000));
    let cursor = mirror.cursor.unwrap().as_str().len();
    report("bytes of the cursor", cursor, 0);
    assert!(cursor < 16 << 10);
}

#[tokio::test]
async fn rights_of_every_document_cost_one_more_call_each_and_one_for_its_folder_on_each_page() {
    let drive = Drive::start().await;
    let (shared, docs) = drive.fake.edit(|world| {
        let shared = world.add_drive("Team", READER);
        let folder = world.add_folder(&shared, "Folder");
        let docs: Vec<String> = (0..60).map(|_| world.add_doc(&folder, "Doc", Doc::text("x"))).collect();
        (shared, docs)
    });
    let rule = Rule {
        place: Place::Anywhere,
        shared: Some(Shared::Domain("customer.example".into())),
        outcome: Outcome::Company("acme".into()),
    };
    let config = SourceConfig { rules: vec![rule], ..SourceConfig::usual(vec![Root::Drive(shared)]) };
    let mut mirror = Mirror::default();
    mirror.pull(drive.source(config).as_ref()).await.unwrap();
    assert_eq!(mirror.documents.len(), docs.len());
    let rights =
        drive.fake.requests().iter().filter(|request| request.path.ends_with("/permissions")).count();
    assert_eq!(rights, 64, "each document, the folder and the drive, and the folder again on two pages");
}

fn compare(mirror: &Mirror, truth: &BTreeMap<String, (String, RawAudience)>) {
    let held: BTreeMap<String, (String, RawAudience)> = (mirror.documents.iter())
        .map(|(id, (text, audience))| (id.clone(), (text.clone(), audience.clone())))
        .collect();
    for (id, expected) in truth {
        assert_eq!(held.get(id), Some(expected), "{id}");
    }
    let more: Vec<&String> = held.keys().filter(|id| !truth.contains_key(*id)).collect();
    assert!(more.is_empty(), "these are gone at the source: {more:?}");
}

#[expect(clippy::print_stderr, reason = "these figures stand in the README")]
fn report(what: &str, calls: usize, fewest: usize) {
    eprintln!("{what}: {calls} (fewest {fewest})");
}
