//! A Confluence that goes wrong: nothing is deleted for it, and nothing is missed.

use std::time::Duration;

use confluence::{Config, build};
use confluence_fake::{Fake, Fault, Kind, Status};
use connector::Error;

use crate::config;
use crate::stock::{Stock, at_present};

async fn grown(is_cloud: bool) -> (Fake, Config, Vec<u64>) {
    let fake = Fake::start().await.unwrap();
    let ids = fake.edit(|site| {
        site.add_space("DOC", "Documentation");
        let add = |number| (number, site.add_page("DOC", None, &format!("Page {number}"), "<p>lamp</p>"));
        (0..620).map(add).map(|(_, id)| id).collect()
    });
    let config = Config { sweep_every: Duration::ZERO, page_records: 250, ..config(&fake, is_cloud) };
    (fake, config, ids)
}

#[tokio::test]
async fn lists_that_skip_repeat_or_come_back_empty_delete_nothing() {
    for is_cloud in [true, false] {
        let (fake, config, ids) = grown(is_cloud).await;
        let mut stock = Stock::default();
        stock.sync(&fake, &config).await;
        let list = if is_cloud { "/v2/pages" } else { "/api/content" };
        for fault in [Fault::Skip, Fault::Repeat, Fault::Empty] {
            for times in [1, 2] {
                fake.fail(list, times, fault);
                let source = at_present(&fake, &config);
                match stock.step(source.as_ref()).await {
                    Ok(_) => {}
                    Err(error) => assert!(matches!(error, Error::Malformed { .. }), "{error:?}"),
                }
                fake.mend();
                stock.pull(source.as_ref()).await;
                fake.fail(list, times, fault);
                // A list that goes round is an error; anything else must be whole.
                match source.list(None).await {
                    Ok(listing) if !listing.unseen.is_empty() => {}
                    Ok(listing) => assert_eq!(listing.ids.len(), ids.len(), "{fault:?} {times} {is_cloud}"),
                    Err(error) => assert!(matches!(error, Error::Malformed { .. }), "{error:?}"),
                }
                fake.mend();
                assert_eq!(stock.documents.len(), ids.len());
            }
        }
    }
}

#[tokio::test]
async fn a_call_that_fails_by_chance_is_sent_again() {
    let (fake, config, ids) = grown(true).await;
    fake.fail("/v2/pages", 2, Fault::Status(503));
    fake.fail("/content/search", 1, Fault::Status(500));
    fake.fail("/user/current", 1, Fault::Limited(0));
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    assert_eq!(stock.documents.len(), ids.len());
}

#[tokio::test]
async fn long_waits_and_lost_rights_are_the_callers() {
    let (fake, config, _) = grown(true).await;
    let source = build(config).unwrap();
    fake.fail("/content/search", 1, Fault::Limited(90));
    let error = source.pull(None).await.unwrap_err();
    assert!(
        matches!(error, Error::RetryLater { after: Some(after), .. } if after.as_secs() == 90),
        "{error:?}"
    );
    fake.fail("/content/search", 1, Fault::Status(403));
    let error = source.list(None).await.unwrap_err();
    assert!(matches!(error, Error::FixCredentials { .. }), "{error:?}");
}

#[tokio::test]
async fn a_round_that_breaks_off_goes_on_where_it_was() {
    let (fake, config, ids) = grown(true).await;
    let config = Config { page_records: 50, ..config };
    let mut stock = Stock::default();
    let mut steps = 0;
    loop {
        steps += 1;
        fake.mend();
        let source = at_present(&fake, &config);
        if steps % 3 == 0 {
            fake.fail("/v2/pages", usize::MAX, Fault::Status(503));
            assert!(stock.step(source.as_ref()).await.is_err());
            continue;
        }
        if !stock.step(source.as_ref()).await.unwrap() {
            break;
        }
    }
    assert_eq!((stock.documents.len(), stock.records), (ids.len(), ids.len()));
}

#[tokio::test]
async fn what_changes_while_a_round_runs_is_not_missed() {
    let (fake, config, ids) = grown(true).await;
    let config = Config { page_records: 100, ..config };
    let mut stock = Stock::default();
    let mut step = 0;
    while stock.step(at_present(&fake, &config).as_ref()).await.unwrap() {
        step += 1;
        fake.edit(|site| {
            site.now += 60_000;
            for id in ids.iter().skip(step).step_by(50) {
                site.write(*id, &format!("<p>written in step {step}</p>"));
            }
        });
    }
    stock.sync(&fake, &config).await;
    fake.edit(|site| {
        for id in &ids {
            let text = site.contents[id].body.replace("<p>", "").replace("</p>", "");
            assert!(stock.text(*id).ends_with(&text), "{id}");
        }
    });
}

#[tokio::test]
async fn a_search_that_learns_late_and_lives_in_another_zone_misses_nothing() {
    for zone in [-720, 0, 840] {
        let (fake, config, ids) = grown(true).await;
        let config = Config { sweep_every: Duration::from_secs(86_400 * 30), ..config };
        fake.edit(|site| site.now += 86_400_000 * 3);
        let mut stock = Stock::default();
        stock.sync(&fake, &config).await;
        let late = fake.edit(|site| {
            site.zone_minutes = zone;
            site.lag = 300_000;
            site.now += 86_400_000;
            site.write(ids[5], "<p>known late</p>");
            site.add_page("DOC", None, "New", "<p>new and known late</p>")
        });
        for _ in 0..4 {
            // Others are written meanwhile, so the newest known change is newer than the one known late.
            fake.edit(|site| {
                site.now += 120_000;
                let lag = std::mem::replace(&mut site.lag, 0);
                site.write(ids[9], &format!("<p>at {}</p>", site.now));
                site.lag = lag;
            });
            stock.pull(at_present(&fake, &config).as_ref()).await;
        }
        assert!(stock.text(ids[5]).ends_with("known late"), "{zone}");
        assert!(stock.text(late).ends_with("new and known late"), "{zone}");
        stock.records = 0;
        fake.forget_requests();
        stock.pull(at_present(&fake, &config).as_ref()).await;
        assert_eq!(stock.records, 0, "what is known is not handed over again");
        assert!(fake.requests().len() <= 4, "{} calls for a round without changes", fake.requests().len());
    }
}

#[tokio::test]
async fn a_clock_that_goes_backwards_compares_everything() {
    let (fake, config, ids) = grown(true).await;
    let config = Config { sweep_every: Duration::from_secs(3_600), ..config };
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    fake.edit(|site| {
        site.now -= 86_400_000;
        site.write(ids[3], "<p>written by a clock that is behind</p>");
    });
    stock.pull(at_present(&fake, &config).as_ref()).await;
    assert!(stock.text(ids[3]).ends_with("behind"));
}

#[tokio::test]
async fn comments_come_and_go_with_their_page() {
    for is_cloud in [true, false] {
        let fake = Fake::start().await.unwrap();
        let page = fake.edit(|site| {
            site.add_space("DOC", "Documentation");
            site.add_page("DOC", None, "Page", "<p>lamp</p>")
        });
        let config =
            Config { comments: true, sweep_every: Duration::from_secs(3_600), ..config(&fake, is_cloud) };
        let mut stock = Stock::default();
        stock.sync(&fake, &config).await;
        assert!(stock.text(page).ends_with("lamp"));
        let comment = fake.edit(|site| {
            site.now += 60_000;
            site.comment(page, "<p>mind the <strong>bulb</strong></p>")
        });
        stock.pull(at_present(&fake, &config).as_ref()).await;
        assert!(stock.text(page).ends_with("## Comments\n\nmind the **bulb**"), "{}", stock.text(page));
        stock.records = 0;
        stock.pull(at_present(&fake, &config).as_ref()).await;
        assert_eq!(stock.records, 0);
        fake.edit(|site| {
            site.now += 7_200_000;
            site.set_status(comment, Status::Trashed);
        });
        stock.pull(at_present(&fake, &config).as_ref()).await;
        assert!(stock.text(page).ends_with("lamp"), "a comment that is gone is seen by the next sweep");
        assert_eq!(fake.edit(|site| site.contents[&comment].kind), Kind::Comment);
    }
}
