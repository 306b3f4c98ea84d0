//! How long questions wait while a source is read, as a ratio to quiet.
//!
//! Whole, it asks with the local model, which `backstory models pull` has to have put into the cache; as a test, with
//! a scripted one, it only proves that both go on. The same questions are asked, one every [`PACE`], before a wiki is
//! read, meanwhile, and afterwards: what was read makes searches slower by itself, so quiet is before and afterwards.
//! Once reading lets questions go first, once it does not.

use std::pin::pin;
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
    let (pages, questions) = (order.count(1_500, 40), order.count(300, 10));
    println!("courtesy: {pages} pages, {questions} questions at a time, one every {} ms", PACE.as_millis());
    let mut ratios = Vec::new();
    for lets_go_first in [true, false] {
        let phase = Phase::start(order, pages / 3, lets_go_first).await?;
        let mut quiet = phase.ask(questions, order.seed).await?;
        phase.grow(order.seed, pages);
        let (busy, read) = phase.ask_while_reading(questions, order.seed).await?;
        ensure!(read > 0, "nothing was read meanwhile");
        quiet.extend(phase.ask(questions, order.seed).await?);
        quiet.sort_unstable();
        let ratio = millis(percentile(&busy, 0.99)) / millis(percentile(&quiet, 0.99));
        let how = if lets_go_first { "lets questions go first" } else { "takes what it can" };
        println!("quiet: {}", line(&quiet));
        println!(
            "a wiki is read that {how}: {}; {read} pages read meanwhile; p99 {ratio:.2} times quiet",
            line(&busy)
        );
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

/// An installation with articles to find, and a wiki of which some is read already.
struct Phase {
    app: App,
    tenant: TenantId,
    wiki: Wiki,
    _folder: TempDir,
}

impl Phase {
    async fn start(order: &Order, pages: usize, lets_go_first: bool) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        let whole = order.size == Size::Full;
        let places = Places::resolve(&data, None, (!whole).then_some(folder.path()))?;
        let mut settings = Settings::default_settings()?;
        let wiki = Wiki::start().await?;
        wiki.edit(|site| site.add_space("HELP", "Help"));
        let config = json!({
            "kind": "confluence", "site": wiki.base_url(), "email": EMAIL, "token": API_TOKEN, "spaces": ["*"],
            "rules": [{ "space": "HELP", "audience": "public" }], "sweep_minutes": 0,
        });
        settings.sources.insert("wiki".to_owned(), serde_json::from_value(config)?);
        let mut seams = Seams::real();
        if !whole {
            seams.embedder = Some(Arc::new(Scripted::new(64)));
        }
        let app = App::build(places, settings, seams).await.context(
            "with `make courtesy`, the model comes from the cache: `target/release/backstory models pull` puts it there",
        )?;
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
        let phase = Self { app, tenant, wiki, _folder: folder };
        phase.grow(order.seed ^ 7, pages);
        phase.read(Stop::default()).await?;
        if lets_go_first {
            phase.app.share();
        }
        Ok(phase)
    }

    /// Adds pages to the wiki.
    fn grow(&self, seed: u64, pages: usize) {
        self.wiki.edit(|site| {
            let mut dice = Dice::new(seed);
            for number in 0..pages {
                let text: String = (0..6).map(|_| format!("<p>{}</p>", told(&mut dice, number))).collect();
                site.add_page("HELP", None, &format!("Page {seed} {number}"), &text);
            }
        });
    }

    async fn read(&self, stop: Stop) -> anyhow::Result<()> {
        let one = self.app.books().source("wiki", None).await?;
        self.app.read_source(&one, false, stop, &|_| {}).await.map(drop)
    }

    /// Asks, and returns how long each question waited, ascending.
    async fn ask(&self, questions: usize, seed: u64) -> anyhow::Result<Vec<Duration>> {
        let mut dice = Dice::new(seed);
        let mut waits = Vec::with_capacity(questions);
        let mut pace = tokio::time::interval(PACE);
        for _ in 0..questions {
            pace.tick().await;
            let (doing, thing, when) =
                (dice.pick::<&str>(&DOINGS), dice.pick::<&str>(&THINGS), dice.pick::<&str>(&WHENS));
            let text = format!("How do I {doing} my {thing} {when}?");
            let (assurance, purpose) = (Assurance::Claimed, Purpose::Draft);
            let ask = Ask {
                text,
                person: None,
                assurance,
                purpose,
                customer: domain::Applicability::default(),
                as_of: None,
            };
            let began = Instant::now();
            self.app.ask(self.tenant, &ask).await?;
            waits.push(began.elapsed());
        }
        waits.sort_unstable();
        Ok(waits)
    }

    /// Asks while the wiki is read, and also returns how many pages that were.
    async fn ask_while_reading(&self, questions: usize, seed: u64) -> anyhow::Result<(Vec<Duration>, u64)> {
        let before = self.app.store.counts(self.tenant).await?.articles;
        let stop = Stop::default();
        let (asking, reading) = (pin!(self.ask(questions, seed)), pin!(self.read(stop.clone())));
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
        let after = self.app.store.counts(self.tenant).await?.articles;
        Ok((waits, after.saturating_sub(before)))
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
