//! How long questions wait while a source is read, as a ratio to quiet.
//!
//! Whole, it asks with the local model, which `backstory models pull` has to have put into the cache; as a test, with
//! a scripted one, it only proves that both go on. Three phases ask the same questions, one every [`PACE`]: in quiet,
//! while a wiki is read that lets questions go first, and while one is read that does not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use app::ask::Ask;
use app::seams::Seams;
use app::{App, Places, Settings, Stop};
use confluence_fake::{API_TOKEN, EMAIL, Fake as Wiki};
use domain::TenantId;
use futures::future::Either;
use identity::{Assurance, Purpose};
use llm::scripted::Scripted;
use serde_json::json;
use tempfile::TempDir;

use crate::dice::Dice;
use crate::figures::{millis, percentile};
use crate::order::{Order, Size};

/// A question comes so often.
const PACE: Duration = Duration::from_millis(150);

const THINGS: [&str; 12] = [
    "lock", "lamp", "charger", "pump", "display", "saddle", "brake", "trailer", "basket", "battery",
    "mirror", "bell",
];
const DOINGS: [&str; 10] =
    ["reset", "mount", "clean", "replace", "update", "return", "order", "adjust", "store", "check"];
const WHENS: [&str; 8] = [
    "before the first ride",
    "after rain",
    "in winter",
    "once a month",
    "when it blinks red",
    "on the road",
    "with the app",
    "without tools",
];

pub(crate) async fn run(order: &Order) -> anyhow::Result<()> {
    let (pages, questions) = (order.count(1_500, 40), order.count(400, 10));
    println!("courtesy: {pages} pages, {questions} questions a phase, one every {} ms", PACE.as_millis());
    let quiet = Phase::start(order, None).await?.asked(questions, order.seed).await?;
    println!("quiet: {}", line(&quiet.waits));
    let mut ratios = Vec::new();
    for lets_go_first in [true, false] {
        let phase = Phase::start(order, Some((pages, lets_go_first))).await?;
        let asked = phase.asked(questions, order.seed).await?;
        let ratio = millis(percentile(&asked.waits, 0.99)) / millis(percentile(&quiet.waits, 0.99));
        let how = if lets_go_first { "lets questions go first" } else { "takes what it can" };
        println!(
            "a wiki is read that {how}: {}; {} pages read meanwhile; p99 {ratio:.2} times quiet",
            line(&asked.waits),
            asked.read
        );
        ensure!(asked.read > 0, "nothing was read meanwhile");
        ratios.push(ratio);
    }
    println!(
        "p99 of questions while a source is read: {:.2} times quiet, {:.2} without letting them go first",
        ratios[0], ratios[1]
    );
    Ok(())
}

fn line(sorted: &[Duration]) -> String {
    format!("p50 {:.1} ms, p99 {:.1} ms", millis(percentile(sorted, 0.5)), millis(percentile(sorted, 0.99)))
}

/// What the questions of a phase met.
struct Asked {
    /// How long each waited, ascending.
    waits: Vec<Duration>,
    /// How many pages were read meanwhile.
    read: u64,
}

/// An installation with articles to find, and perhaps a wiki that is read.
struct Phase {
    app: App,
    tenant: TenantId,
    wiki: Option<Wiki>,
    _folder: TempDir,
}

impl Phase {
    async fn start(order: &Order, wiki: Option<(usize, bool)>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        let whole = order.size == Size::Full;
        let places = Places::resolve(&data, None, (!whole).then_some(folder.path()))?;
        let mut settings = Settings::default_settings()?;
        let mut site = None;
        if let Some((pages, _)) = wiki {
            let fake = Wiki::start().await?;
            fake.edit(|site| {
                let mut dice = Dice::new(order.seed ^ 7);
                site.add_space("HELP", "Help");
                for number in 0..pages {
                    let text: String =
                        (0..6).map(|_| format!("<p>{}</p>", told(&mut dice, number))).collect();
                    site.add_page("HELP", None, &format!("Page {number}"), &text);
                }
            });
            let config = json!({
                "kind": "confluence", "site": fake.base_url(), "email": EMAIL, "token": API_TOKEN, "spaces": ["*"],
                "rules": [{ "space": "HELP", "audience": "public" }],
            });
            settings.sources.insert("wiki".to_owned(), serde_json::from_value(config)?);
            site = Some(fake);
        }
        let mut seams = Seams::real();
        if !whole {
            seams.embedder = Some(Arc::new(Scripted::new(64)));
        }
        let app = App::build(places, settings, seams).await.context(
            "with `make courtesy`, the model comes from the cache: `target/release/backstory models pull` puts it there",
        )?;
        if wiki.is_some_and(|(_, lets_go_first)| lets_go_first) {
            app.share();
        }
        let tenant = app.tenant("default").await?;
        let inbox = folder.path().join("inbox");
        std::fs::create_dir_all(&inbox)?;
        for thing in THINGS {
            let mut dice = Dice::new(order.seed);
            let text: String = DOINGS.iter().map(|doing| article(&mut dice, thing, doing)).collect();
            std::fs::write(
                inbox.join(format!("{thing}.md")),
                format!("---\naudience: public\n---\n# {thing}\n\n{text}"),
            )?;
        }
        app.read_files(tenant, &inbox, false, Stop::default(), &|_| {}).await?;
        Ok(Self { app, tenant, wiki: site, _folder: folder })
    }

    /// Asks, and reads meanwhile what there is to read.
    async fn asked(&self, questions: usize, seed: u64) -> anyhow::Result<Asked> {
        let stop = Stop::default();
        let asking = async {
            let mut dice = Dice::new(seed);
            let mut waits = Vec::with_capacity(questions);
            let mut pace = tokio::time::interval(PACE);
            for _ in 0..questions {
                pace.tick().await;
                let text = format!(
                    "How do I {} my {} {}?",
                    dice.pick::<&str>(&DOINGS),
                    dice.pick::<&str>(&THINGS),
                    dice.pick::<&str>(&WHENS)
                );
                let ask = Ask {
                    text,
                    person: None,
                    assurance: Assurance::Claimed,
                    purpose: Purpose::Draft,
                    as_of: None,
                };
                let began = Instant::now();
                self.app.ask(self.tenant, &ask).await?;
                waits.push(began.elapsed());
            }
            waits.sort_unstable();
            Ok::<_, anyhow::Error>(waits)
        };
        let read = async {
            if self.wiki.is_none() {
                return Ok(());
            }
            let one = self.app.books().source("wiki", None).await?;
            self.app.read_source(&one, false, stop.clone(), &|_| {}).await.map(drop)
        };
        let (asking, reading) = (std::pin::pin!(asking), std::pin::pin!(read));
        let waits = match futures::future::select(asking, reading).await {
            Either::Left((waits, reading)) => {
                stop.ask();
                // It ends where nothing is lost; that it was asked to is no failure.
                drop(reading.await);
                waits?
            }
            Either::Right((read, asking)) => {
                read?;
                asking.await?
            }
        };
        let held = self.app.store.counts(self.tenant).await?.articles;
        Ok(Asked { waits, read: held.saturating_sub(THINGS.len() as u64) })
    }
}

/// Returns a sentence or two that some page tells.
fn told(dice: &mut Dice, number: usize) -> String {
    let (doing, thing, when) =
        (dice.pick::<&str>(&DOINGS), dice.pick::<&str>(&THINGS), dice.pick::<&str>(&WHENS));
    let minutes = dice.below(90) + 1;
    format!(
        "To {doing} the {thing} {when}, hold the button of model {number} for {minutes} seconds and wait until the light is green. Then close the cover and try it once."
    )
}

fn article(dice: &mut Dice, thing: &str, doing: &str) -> String {
    let seconds = dice.below(30) + 2;
    format!(
        "## How to {doing} the {thing}\n\nTo {doing} the {thing}, open the small cover and press the button for {seconds} seconds. The {thing} answers with a short tone. Close the cover again.\n\n"
    )
}
