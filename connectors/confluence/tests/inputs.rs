//! Bad input: a clear error or a documented rule, and nothing lost.

use std::time::Duration;

use confluence::{Attachments, Config, Counts, build, counts};
use confluence_fake::Fake;
use connector::{Error, Problem};

use crate::config;
use crate::stock::{Stock, at_present};

async fn site() -> (Fake, Config, u64) {
    let fake = Fake::start().await.unwrap();
    let page = fake.edit(|site| {
        site.add_space("DOC", "Documentation");
        site.add_page("DOC", None, "Page", "<p>lamp</p>")
    });
    let config = Config { sweep_every: Duration::ZERO, ..config(&fake, true) };
    (fake, config, page)
}

#[tokio::test]
async fn a_wrong_cloud_id_is_not_found() {
    let (fake, config, _) = site().await;
    let hosting = confluence::Hosting::Cloud {
        site: "https://acme.example".into(),
        cloud_id: Some("0000-wrong".into()),
        gateway: Some(fake.base_url().to_owned()),
    };
    let token = connector::Secret::new(confluence_fake::SCOPED_TOKEN);
    let auth = confluence::Auth::ScopedToken { email: confluence_fake::EMAIL.into(), token };
    let error = build(Config { hosting, auth, ..config }).unwrap().check().await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn a_space_without_rights_stops_deleting_and_is_named() {
    let (fake, config, page) = site().await;
    fake.edit(|site| site.add_space("OPS", "Operations"));
    let config = Config { spaces: vec!["DOC".into(), "OPS".into()], ..config };
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    fake.edit(|site| site.spaces.get_mut("OPS").unwrap().is_visible = false);
    let source = at_present(&fake, &config);
    let listing = source.list(None).await.unwrap();
    assert_eq!(listing.unseen, [Problem::skipped("space OPS", "is not there, or the key may not see it")]);
    assert_eq!(listing.ids.len(), 1);
    stock.pull(source.as_ref()).await;
    assert_eq!(stock.problems, listing.unseen, "and a round names it");
    stock.pull(source.as_ref()).await;
    assert_eq!(
        stock.problems.len(),
        2,
        "as long as it lasts, since every round looks at everything meanwhile"
    );
    assert!(stock.documents.contains_key(&page.to_string()));
}

#[tokio::test]
async fn a_heading_links_into_the_page_it_stands_in_and_a_comment_has_none() {
    for (is_cloud, place) in [(true, "#Lamp-care"), (false, "#Alllamps-Lampcare")] {
        let (fake, _, _) = site().await;
        let page = fake.edit(|site| {
            let page = site.add_page("DOC", None, "All lamps", "<h2>Lamp care</h2><p>lamp</p>");
            site.comment(page, "<h2>Lamp care</h2>");
            page
        });
        // The search has learnt of the comment by then.
        fake.edit(|site| site.now += 3_600_000);
        let config = Config { comments: true, ..config(&fake, is_cloud) };
        let mut stock = Stock::default();
        stock.sync(&fake, &config).await;
        let url = stock.documents[&page.to_string()].url.clone().unwrap();
        let text = stock.text(page);
        assert!(text.contains(&format!("## [Lamp care](<{url}{place}>)\n\nlamp")), "{text}");
        assert!(text.ends_with("## Comments\n\n## Lamp care"), "{text}");
    }
}

#[tokio::test]
async fn files_are_read_by_kind_and_size() {
    for is_cloud in [true, false] {
        let (fake, _, page) = site().await;
        let config = Config {
            attachments: Some(Attachments { max_bytes: 1_000 }),
            sweep_every: Duration::ZERO,
            ..config(&fake, is_cloud)
        };
        let ids = fake.edit(|site| {
            [
                site.attach(page, "notes.md", "text/markdown", b"# Bulbs\n\nUse LEDs."),
                site.attach(page, "photo.png", "image/png", b"png"),
                site.attach(page, "large.txt", "text/plain", &[b'x'; 2_000]),
                site.attach(page, "broken.pdf", "application/pdf", b"%PDF no"),
            ]
        });
        let mut stock = Stock::default();
        stock.sync(&fake, &config).await;
        let text = |id: u64| stock.documents.get(&format!("att{id}")).map(|it| it.markdown.as_str());
        assert_eq!(text(ids[0]), Some("# Bulbs\n\nUse LEDs."));
        assert_eq!((text(ids[1]), text(ids[2])), (None, None));
        assert_eq!(text(ids[3]), Some("broken.pdf"), "a file that cannot be read is still there by its name");
        let told: Vec<&str> = stock.problems.iter().map(|problem| problem.what.as_str()).collect();
        let expected =
            ["has 2000 bytes; files of more than 1000 are not read", "is broken; only its name is kept"];
        assert_eq!(told, expected);
        let url = stock.documents[&format!("att{}", ids[0])].url.clone().unwrap();
        assert!(url.ends_with(&format!("/spaces/DOC/pages/{page}")), "{url}");
        // A page that goes takes its files with it.
        fake.edit(|site| site.purge(page));
        stock.sync(&fake, &config).await;
        assert_eq!(stock.documents.len(), 0);
    }
}

#[tokio::test]
async fn bodies_that_are_no_markup_lose_nothing() {
    let (fake, config, page) = site().await;
    let bodies = [
        "<p>a <strong>b<p>c</td></div> &bogus; <ac:structured-macro ac:name=\"x",
        "<![CDATA[never closed",
        "<ac:structured-macro ac:name=\"include\"><ac:parameter ac:name=\"\"><ac:link><ri:page ri:content-title=\"Page\"/></ac:link></ac:parameter></ac:structured-macro>kept",
    ];
    for (number, body) in bodies.iter().enumerate() {
        fake.edit(|site| site.write(page, body));
        let mut stock = Stock::default();
        stock.sync(&fake, &config).await;
        let words = [&["a", "b", "c", "&bogus;"][..], &["never", "closed"], &["kept"]][number];
        let text = stock.text(page);
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
    let words = "word ".repeat(200_000);
    fake.edit(|site| site.write(page, &format!("<p>{words}</p>")));
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    assert_eq!(stock.text(page).matches("word").count(), 200_000);
}

#[tokio::test]
async fn the_site_counts_for_itself() {
    for is_cloud in [true, false] {
        let (fake, _, page) = site().await;
        fake.edit(|site| {
            site.attach(page, "a.txt", "text/plain", b"a");
            site.add(confluence_fake::Kind::BlogPost, "DOC", None, "News", "<p>x</p>");
        });
        let counted = counts(&config(&fake, is_cloud)).await.unwrap();
        let expected = Counts { pages: Some(1), blog_posts: Some(1), attachments: Some(1) };
        assert_eq!(counted["DOC"], expected);
    }
}

#[tokio::test]
async fn nothing_is_logged_but_calls() {
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        // Digits of the time could look like an id.
        .without_time()
        .finish();
    // With a single subscriber, a test beside this one that logs first would switch its line off for all.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let guard = tracing::subscriber::set_default(subscriber);
    let (fake, config, page) = site().await;
    fake.edit(|site| site.attach(page, "secretfile.txt", "text/plain", b"secretfile"));
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<&str> = log.lines().filter(|line| line.contains("confluence.call")).collect();
    assert!(!ours.is_empty());
    for hidden in ["lamp", "secretfile", &page.to_string(), "lastmodified"] {
        assert!(ours.iter().all(|line| !line.contains(hidden)), "`{hidden}` is logged");
    }
    assert!(!log.contains(confluence_fake::API_TOKEN));
}
