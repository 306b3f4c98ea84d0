//! Who may see what: rules, restrictions, and how soon a change of them is seen.

use std::time::Duration;

use confluence::{Config, Gives, Match, Restricted, Rule, build};
use confluence_fake::{Fake, Fault, Kind};
use domain::record::RawAudience;

use crate::config;
use crate::stock::{Stock, at_present};

fn public() -> Vec<Rule> {
    vec![Rule { when: Match::Space("DOC".into()), gives: Gives::Public }]
}

async fn site() -> (Fake, u64, u64) {
    let fake = Fake::start().await.unwrap();
    let (top, below) = fake.edit(|site| {
        site.add_space("DOC", "Documentation");
        let top = site.add_page("DOC", None, "Top", "<p>top</p>");
        (top, site.add_page("DOC", Some(top), "Below", "<p>below</p>"))
    });
    (fake, top, below)
}

#[tokio::test]
async fn a_restriction_above_is_seen_within_the_time_between_two_sweeps() {
    for is_cloud in [true, false] {
        let (fake, top, below) = site().await;
        let hour = Duration::from_secs(3_600);
        let config = Config { rules: public(), sweep_every: hour, ..config(&fake, is_cloud) };
        let mut stock = Stock::default();
        stock.sync(&fake, &config).await;
        assert_eq!(stock.audience(below), Some(&RawAudience::Public));
        fake.edit(|site| {
            site.now += 60_000;
            site.restrict(top, &["user:reader", "group:staff"]);
        });
        stock.pull(at_present(&fake, &config).as_ref()).await;
        assert_eq!(stock.audience(below), Some(&RawAudience::Public), "a search for changes does not see it");
        // The longest delay: the time between sweeps, and that until the next round.
        fake.edit(|site| site.now += 3_600_000);
        stock.pull(at_present(&fake, &config).as_ref()).await;
        assert_eq!(stock.audience(below), Some(&RawAudience::Internal));
        assert_eq!(stock.audience(top), Some(&RawAudience::Internal));
    }
}

#[tokio::test]
async fn a_list_or_an_answer_that_is_empty_for_once_delays_no_restriction() {
    for path in ["/spaces", "/pages"] {
        for earlier in 0..4 {
            let (fake, top, below) = site().await;
            let hour = Duration::from_secs(3_600);
            let config = Config { rules: public(), sweep_every: hour, ..config(&fake, true) };
            let mut stock = Stock::default();
            stock.sync(&fake, &config).await;
            fake.edit(|site| {
                site.restrict(top, &["user:reader"]);
                site.now += 3_660_000;
            });
            // The first answers are as they are, the next one is empty.
            fake.fail(path, earlier, Fault::Repeat);
            fake.fail(path, 1, Fault::Empty);
            stock.pull(at_present(&fake, &config).as_ref()).await;
            let audiences = [stock.audience(top), stock.audience(below)];
            let expected = [Some(&RawAudience::Internal); 2];
            assert_eq!(audiences, expected, "answer {earlier} of `{path}` was empty");
        }
    }
}

#[tokio::test]
async fn a_restricted_page_is_taken_back_where_it_is_to_be_left_out() {
    let (fake, top, below) = site().await;
    let every = Duration::ZERO;
    let config = Config {
        rules: public(),
        restricted: Restricted::LeaveOut,
        sweep_every: every,
        ..config(&fake, true)
    };
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    fake.edit(|site| site.restrict(top, &["user:reader"]));
    // The round itself takes it back; no listing is needed.
    stock.pull(at_present(&fake, &config).as_ref()).await;
    assert_eq!((stock.audience(top), stock.audience(below)), (None, None));
    fake.edit(|site| site.restrict(top, &[]));
    stock.sync(&fake, &config).await;
    assert_eq!(stock.audience(below), Some(&RawAudience::Public));
}

#[tokio::test]
async fn what_cannot_be_found_out_is_internal() {
    let (fake, _, _) = site().await;
    let (folder, inside) = fake.edit(|site| {
        let folder = site.add(Kind::Folder, "DOC", None, "Folder", "");
        (folder, site.add_page("DOC", Some(folder), "Inside", "<p>inside</p>"))
    });
    let config = Config { rules: public(), sweep_every: Duration::ZERO, ..config(&fake, true) };
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    assert_eq!(stock.audience(inside), Some(&RawAudience::Public), "a folder that is open changes nothing");
    fake.edit(|site| site.restrict(folder, &["user:reader"]));
    stock.sync(&fake, &config).await;
    assert_eq!(stock.audience(inside), Some(&RawAudience::Internal), "a folder restricts what is in it");
    fake.edit(|site| site.restrict(folder, &[]));
    fake.fail(&format!("/folders/{folder}"), usize::MAX, confluence_fake::Fault::Status(403));
    stock.sync(&fake, &config).await;
    assert_eq!(stock.audience(inside), Some(&RawAudience::Internal), "a folder that cannot be looked into");
}

#[tokio::test]
async fn it_is_explained_for_one_page_which_rule_decided() {
    for is_cloud in [true, false] {
        let (fake, top, below) = site().await;
        fake.edit(|site| {
            site.add_space("OTHER", "Other");
            site.label(below, "partner", true);
        });
        let other = fake.edit(|site| site.add_page("OTHER", None, "Elsewhere", "<p>x</p>"));
        let mut rules =
            vec![Rule { when: Match::Label("partner".into()), gives: Gives::Company("acme".into()) }];
        rules.extend(public());
        let config = Config { rules, ..config(&fake, is_cloud) };
        let source = build(config).unwrap();
        let url = format!("{}/wiki/spaces/DOC/pages/{below}/Below", fake.base_url());
        let explained = source.explain(&url).await.unwrap().unwrap();
        assert_eq!((explained.id.id, explained.title.as_str()), (below.to_string(), "Below"));
        assert_eq!(explained.audience, Some(RawAudience::Company("acme".into())));
        let last = explained.steps.last().unwrap();
        assert!(last.starts_with("Rule 1 fits (label `partner`)"), "{last}");
        fake.edit(|site| site.restrict(top, &["user:reader"]));
        let explained =
            source.explain(&format!("{}/display/DOC/Below", fake.base_url())).await.unwrap().unwrap();
        assert_eq!(explained.audience, Some(RawAudience::Internal));
        assert!(
            explained.steps.last().unwrap().contains(&format!("restricted at `{top}`")),
            "{:?}",
            explained.steps
        );
        assert_eq!(source.explain("12345678").await.unwrap(), None);
        assert_eq!(source.explain(&other.to_string()).await.unwrap(), None, "its space is not read");
        assert_eq!(source.explain("https://elsewhere.example/x").await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_included_page_is_shown_only_to_whoever_may_see_it() {
    let (fake, top, _) = site().await;
    let include = r#"<p>start</p><ac:structured-macro ac:name="include"><ac:parameter ac:name=""><ac:link><ri:page ri:content-title="Shown"/></ac:link></ac:parameter></ac:structured-macro>"#;
    let shown = fake.edit(|site| {
        site.write(top, include);
        site.add_page("DOC", None, "Shown", "<p>inner text</p>")
    });
    let config = Config { rules: public(), sweep_every: Duration::ZERO, ..config(&fake, true) };
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    assert!(stock.text(top).contains("inner text"));
    fake.edit(|site| {
        site.now += 60_000;
        site.write(shown, "<p>newer text</p>");
    });
    stock.sync(&fake, &config).await;
    assert!(stock.text(top).contains("newer text"), "a page is read again when what it shows has changed");
    fake.edit(|site| site.restrict(shown, &["user:reader"]));
    stock.sync(&fake, &config).await;
    assert!(!stock.text(top).contains("newer text"), "{}", stock.text(top));
    assert!(stock.text(top).contains("which fewer people may see"));
    assert_eq!(stock.audience(top), Some(&RawAudience::Public));
}

#[tokio::test]
async fn titles_above_are_shown_only_to_whoever_may_see_them() {
    let (fake, top, below) = site().await;
    fake.edit(|site| site.label(below, "public", true));
    let rules = vec![Rule { when: Match::Label("public".into()), gives: Gives::Public }];
    let config = Config { rules, sweep_every: Duration::ZERO, ..config(&fake, true) };
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    assert!(!stock.text(below).contains("Top"), "{}", stock.text(below));
    fake.edit(|site| site.label(top, "public", true));
    stock.sync(&fake, &config).await;
    assert_eq!(stock.text(below), "Documentation › Top\n\nbelow");
}

#[tokio::test]
async fn names_are_kept_for_agents_alone() {
    let (fake, top, below) = site().await;
    let body = r#"<p>Ask <ac:link><ri:user ri:account-id="a-1" ri:userkey="a-1"/></ac:link></p>"#;
    fake.edit(|site| {
        site.users.insert("a-1".into(), "Bea Example".into());
        site.write(top, body);
        site.write(below, body);
        site.label(below, "public", true);
    });
    for is_cloud in [true, false] {
        let rules = vec![Rule { when: Match::Label("public".into()), gives: Gives::Public }];
        let config = Config { rules, ..config(&fake, is_cloud) };
        let mut stock = Stock::default();
        stock.sync(&fake, &config).await;
        assert!(stock.text(top).ends_with("Ask @Bea Example"), "{}", stock.text(top));
        assert!(stock.text(below).ends_with("Ask @somebody"), "{}", stock.text(below));
    }
}

#[tokio::test]
async fn it_is_said_what_is_published_out_of_a_space_that_only_some_may_read() {
    let (fake, top, below) = site().await;
    fake.edit(|site| {
        site.permit("DOC", &["group:staff", "group:support", "user:reader"]);
        site.restrict(below, &["user:reader"]);
        site.attach(top, "a.txt", "text/plain", b"text");
    });
    let config = Config { rules: public(), sweep_every: Duration::ZERO, ..config(&fake, true) };
    let source = build(config.clone()).unwrap();
    let explained = source.explain(&top.to_string()).await.unwrap().unwrap();
    assert_eq!(explained.audience, Some(RawAudience::Public), "the rule of the tenant counts");
    let said =
        "Space `DOC` is readable in Confluence by 2 groups and 1 user; published by rule `space = DOC`.";
    assert!(explained.steps.iter().any(|step| step == said), "{:?}", explained.steps);
    let notes = source.list(None).await.unwrap().notes;
    let expected =
        "space `DOC`: 1 page is published although restricted in Confluence to 2 groups and 1 user";
    assert_eq!(notes, [expected], "a restricted page is not published, and a file is none");
    // Whatever says that anybody may read, there is nothing to say.
    for readers in [["group:staff", "anonymous"], ["group:staff", "role:guests"]] {
        fake.edit(|site| {
            site.permit("DOC", &readers);
            let holders = [("USER", "a-1"), ("ACCESS_CLASS", "anonymous-users")];
            let holders = holders.map(|(kind, id)| (kind.to_owned(), id.to_owned()));
            site.roles.insert("guests".into(), holders.to_vec());
        });
        assert_eq!(source.list(None).await.unwrap().notes, Vec::<String>::new(), "{readers:?}");
    }
    // A key that may not know who has a role is told the role.
    fake.fail("/role-assignments", usize::MAX, Fault::Status(403));
    let notes = source.list(None).await.unwrap().notes;
    assert!(notes[0].ends_with("to 1 group and 1 other kind of people"), "{notes:?}");
    fake.fail("/permissions", usize::MAX, Fault::Status(403));
    assert_eq!(source.list(None).await.unwrap().notes, Vec::<String>::new(), "nobody knows");
    let explained = source.explain(&top.to_string()).await.unwrap().unwrap();
    assert_eq!(explained.audience, Some(RawAudience::Public));
    assert!(explained.steps.iter().any(|step| step.contains("could not be found out")), "{explained:?}");
}

#[tokio::test]
async fn where_spaces_are_strict_their_rights_count_at_the_next_sweep() {
    let (fake, top, _) = site().await;
    fake.edit(|site| site.permit("DOC", &["group:staff", "anonymous"]));
    let hour = Duration::from_secs(3_600);
    for restricted in [Restricted::Internal, Restricted::LeaveOut] {
        let config = Config {
            rules: public(),
            restricted,
            strict_spaces: true,
            sweep_every: hour,
            ..config(&fake, true)
        };
        let mut stock = Stock::default();
        stock.sync(&fake, &config).await;
        assert_eq!(stock.audience(top), Some(&RawAudience::Public));
        fake.edit(|site| {
            site.permit("DOC", &["group:staff"]);
            site.now += 3_600_000;
        });
        // No page has changed.
        stock.pull(at_present(&fake, &config).as_ref()).await;
        let expected = (restricted == Restricted::Internal).then_some(&RawAudience::Internal);
        assert_eq!(stock.audience(top), expected);
        fake.edit(|site| {
            site.permit("DOC", &["group:staff", "anonymous"]);
            site.now += 3_600_000;
        });
        stock.sync(&fake, &config).await;
        assert_eq!(stock.audience(top), Some(&RawAudience::Public));
        // A page that is written between two sweeps is decided about in the same way.
        fake.edit(|site| {
            site.permit("DOC", &["group:staff"]);
            site.now += 60_000;
            site.write(top, "<p>new</p>");
        });
        stock.pull(at_present(&fake, &config).as_ref()).await;
        assert_eq!(stock.audience(top), expected);
        fake.edit(|site| site.permit("DOC", &["group:staff", "anonymous"]));
    }
    // Who may read a space of Data Center is not known, so nothing of it is published.
    let config = Config { rules: public(), strict_spaces: true, ..config(&fake, false) };
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    assert_eq!(stock.audience(top), Some(&RawAudience::Internal));
}
