//! What was looked at by its own id is handed over again by the next sweep.

use std::time::Duration;

use confluence::{Config, Gives, Match, Rule};
use confluence_fake::{Fake, Fault, Kind};
use domain::record::RawAudience;

use crate::config;
use crate::stock::{Stock, at_present};

const SWEEP: Duration = Duration::from_secs(3_600);

async fn grown(is_cloud: bool) -> (Fake, Config, Vec<u64>) {
    let fake = Fake::start().await.unwrap();
    let ids = fake.edit(|site| {
        site.add_space("DOC", "Documentation");
        let add = |number| (number, site.add_page("DOC", None, &format!("Page {number}"), "<p>lamp</p>"));
        (0..40).map(add).map(|(_, id)| id).collect()
    });
    let rules = vec![Rule { when: Match::Label("public".to_owned()), gives: Gives::Public }];
    let config = Config { sweep_every: SWEEP, rules, ..config(&fake, is_cloud) };
    (fake, config, ids)
}

fn advance(fake: &Fake) {
    fake.edit(|site| site.now += 2 * 3_600_000);
}

#[tokio::test]
async fn a_text_stays_although_no_list_tells_it() {
    let (fake, config, ids) = grown(true).await;
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    fake.edit(|site| site.write(ids[3], "<p>lamp and lantern</p>"));
    fake.fail("/v2/pages", usize::MAX, Fault::Empty);
    stock.look(at_present(&fake, &config).as_ref(), &ids).await;
    assert!(ids.iter().all(|id| stock.audience(*id) == Some(&RawAudience::Internal)), "all are there");
    assert!(
        ids.iter().all(|id| stock.text(*id).contains("lamp")),
        "each tells what it says when asked alone"
    );
    assert!(stock.text(ids[3]).ends_with("lantern"), "as it is now");
}

#[tokio::test]
async fn a_right_that_was_met_by_a_look_alone_does_not_stay() {
    for is_cloud in [true, false] {
        let (fake, config, ids) = grown(is_cloud).await;
        let mut stock = Stock::default();
        stock.sync(&fake, &config).await;
        fake.edit(|site| site.label(ids[7], "public", true));
        stock.look(at_present(&fake, &config).as_ref(), &ids[5..9]).await;
        assert_eq!(stock.audience(ids[7]), Some(&RawAudience::Public));
        fake.edit(|site| site.label(ids[7], "public", false));
        advance(&fake);
        stock.pull(at_present(&fake, &config).as_ref()).await;
        assert_eq!(stock.audience(ids[7]), Some(&RawAudience::Internal), "it is as the last sweep saw it");
    }
}

#[tokio::test]
async fn a_blog_post_is_there_although_the_list_of_blog_posts_lies_while_pages_are_hidden() {
    let (fake, config, mut ids) = grown(true).await;
    let post = fake.edit(|site| {
        site.add_space("HELP", "Help");
        site.add(Kind::BlogPost, "HELP", None, "News", "<p>lamp</p>")
    });
    let config = Config { spaces: vec!["DOC".into(), "HELP".into()], ..config };
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    // Among many that are hidden, wherever it stands.
    ids.push(post);
    for _ in 0..ids.len() {
        fake.edit(|site| site.spaces.get_mut("DOC").unwrap().is_visible = false);
        fake.fail("/v2/blogposts", usize::MAX, Fault::Empty);
        let mut held =
            Stock { documents: stock.documents.clone(), cursor: stock.cursor.clone(), ..Stock::default() };
        held.look(at_present(&fake, &config).as_ref(), &ids).await;
        fake.mend();
        assert!(held.documents.keys().eq([&post.to_string()]), "the pages are hidden, and it is not");
        ids.rotate_left(1);
    }
}
