//! A space of 5,000 pages: the first sync, and a day of changes.

use std::time::Duration;

use confluence::{Config, Gives, Match, Restricted, Rule};
use confluence_fake::{Fake, Site, Status};
use domain::record::RawAudience;

use crate::config;
use crate::stock::Stock;

const PAGES: u64 = 5_000;

fn rules(company: u64) -> Vec<Rule> {
    let rule = |when, gives| Rule { when, gives };
    vec![
        rule(Match::Label("draft".into()), Gives::LeaveOut),
        rule(Match::Ancestor(company.to_string()), Gives::Company("acme".into())),
        rule(Match::Label("public".into()), Gives::Public),
    ]
}

/// The rules once more, read from the state of the stand-in.
fn audience(site: &Site, company: u64, id: u64) -> Option<RawAudience> {
    let page = &site.contents[&id];
    let path: Vec<u64> = site.ancestors(id).into_iter().chain([id]).collect();
    let by_rule = if page.labels.contains("draft") {
        return None;
    } else if path.contains(&company) {
        RawAudience::Company("acme".into())
    } else if page.labels.contains("public") {
        RawAudience::Public
    } else {
        RawAudience::Internal
    };
    let is_restricted = path.iter().any(|id| !site.contents[id].readers.is_empty());
    // What the reader may not see is not there at all.
    let is_hidden = path.iter().any(|id| {
        let readers = &site.contents[id].readers;
        !readers.is_empty() && !readers.contains("user:reader")
    });
    let is_above_gone = path.iter().any(|id| site.contents[id].status != Status::Current);
    match () {
        () if is_hidden => None,
        () if is_restricted || is_above_gone => Some(RawAudience::Internal),
        () => Some(by_rule),
    }
}

async fn grown() -> (Fake, Vec<u64>) {
    let fake = Fake::start().await.unwrap();
    let ids = fake.edit(|site| {
        site.add_space("DOC", "Documentation");
        let mut ids: Vec<u64> = Vec::new();
        for number in 0..PAGES {
            site.now += 1_000;
            let parent = number.checked_sub(1).map(|before| ids[usize::try_from(before / 10).unwrap()]);
            let id = site.add_page(
                "DOC",
                parent,
                &format!("Page {number}"),
                &format!("<p>lamp {number} at first</p>"),
            );
            for (every, label) in [(3, "public"), (50, "draft")] {
                if number % every == 1 {
                    site.label(id, label, true);
                }
            }
            if number % 400 == 399 {
                site.restrict(id, &["user:reader", "group:staff"]);
            }
            ids.push(id);
        }
        ids
    });
    (fake, ids)
}

#[expect(clippy::print_stdout, reason = "the numbers of calls are what the test is asked for")]
async fn a_day(is_cloud: bool) {
    let (fake, ids) = grown().await;
    let company = ids[7];
    let config = Config {
        rules: rules(company),
        restricted: Restricted::Internal,
        page_records: 250,
        sweep_every: Duration::ZERO,
        ..config(&fake, is_cloud)
    };
    let mut stock = Stock::default();
    let source = crate::stock::at_present(&fake, &config);
    stock.pull(source.as_ref()).await;
    let first = fake.requests().len();
    stock.equals(&fake, |site, id| audience(site, company, id));
    fake.forget_requests();
    stock.list(source.as_ref()).await;
    let listing = fake.requests().len();

    // The day: 2 % written, and some of everything else. The home page and the tops of the tree stay.
    fake.edit(|site| {
        site.now += 86_400_000;
        let late = |number: usize| ids[1_000 + number * 37 % 3_900];
        for number in 0..100 {
            site.write(late(number), &format!("<p>written anew {number}</p>"));
        }
        for number in 100..120 {
            site.set_status(late(number), Status::Trashed);
        }
        for number in 120..130 {
            site.purge(late(number));
            site.set_status(late(number + 10), Status::Archived);
        }
        for number in 140..160 {
            site.relocate(late(number), "DOC", Some(ids[7 + number % 5]));
        }
        for number in 160..175 {
            site.restrict(late(number), &["user:reader"]);
            site.restrict(late(number + 15), &["user:other"]);
        }
        for number in 190..210 {
            site.label(late(number), "public", number % 2 == 0);
            site.label(late(number + 20), "draft", true);
        }
        site.rename(ids[30], "Another name");
    });
    stock.records = 0;
    fake.forget_requests();
    let source = crate::stock::at_present(&fake, &config);
    stock.pull(source.as_ref()).await;
    let day = fake.requests().len();
    let handed_over = stock.records;
    stock.list(source.as_ref()).await;
    stock.equals(&fake, |site, id| audience(site, company, id));
    // Lists of 250, searches of 100 that say more, bodies of 250, and a proof before and after.
    let kind = if is_cloud { "Cloud" } else { "Data Center" };
    println!(
        "{kind}: first sync {first} calls, listing {listing}, day {day} calls and {handed_over} records"
    );
    if is_cloud {
        assert!(first <= 100, "{first} calls for the first sync");
        assert!(day <= 85, "{day} calls for the day");
    }
    stock.records = 0;
    stock.pull(source.as_ref()).await;
    assert_eq!(stock.records, 0, "nothing comes again when nothing has changed");
}

#[tokio::test]
async fn a_day_on_cloud_ends_in_what_is_there() {
    a_day(true).await;
}

#[tokio::test]
async fn a_day_on_datacenter_ends_in_what_is_there() {
    a_day(false).await;
}
