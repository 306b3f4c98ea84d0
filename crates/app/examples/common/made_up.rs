//! Made-up articles about troubles with things, and questions about them: what measures an installation at a size. Each
//! of [`TOPICS`] troubles is told in many articles of two chunks (title and text), a fifth of them for agents only.
//! Vectors of questions and of topics are the model's own; that of an article lies beside its topic's, so that 100,000
//! need not be embedded.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use app::ask::Ask;
use app::config::IndexConfig;
use app::llm::{self, Embedder, ModelInfo, Role, models};
use app::seams::Seams;
use app::{App, Places, Settings, Stop};
use async_trait::async_trait;
use domain::TenantId;
use identity::{Assurance, Purpose};
use serde_json::json;

const THINGS: [&str; 20] = [
    "battery",
    "display",
    "charger",
    "rear light",
    "front brake",
    "saddle",
    "ring lock",
    "motor",
    "gear cable",
    "kickstand",
    "front wheel",
    "rear rack",
    "pedal",
    "bell",
    "mudguard",
    "app",
    "invoice",
    "subscription",
    "helmet locker",
    "delivery",
];
const TROUBLES: [&str; 20] = [
    "stopped working after the rain",
    "makes a grinding noise",
    "shows an error code",
    "is missing a screw",
    "came damaged",
    "does not switch on",
    "is loose again",
    "was changed without asking",
    "is late",
    "needs to be replaced",
    "gets too hot",
    "was stolen last night",
    "does not fit any more",
    "has to be cancelled",
    "costs more than before",
    "cannot be found",
    "broke on the first day",
    "needs a new part",
    "does not connect",
    "was sent to the wrong address",
];
const ADVICE: [&str; 23] = [
    "Switch the bike off and wait until every light is dark.",
    "Look at the THING from below, with a torch if it is dark.",
    "Compare it with the drawing in the manual.",
    "Write to us in the app with the serial number and a photo.",
    "Do not try to open the THING yourself.",
    "Tell us when it began and what had changed before.",
    "A part that is faulty is replaced under warranty.",
    "Bring the bike to a station if that is nearer to you.",
    "Wipe the THING with a dry cloth and try once more.",
    "Check whether a screw or a clip beside the THING is loose.",
    "Keep the old part until we have looked at the photo.",
    "The workshop can tell from the log what happened.",
    "Say whether somebody else uses the bike as well.",
    "Do not ride until the THING has been looked at.",
    "Install the newest version of the app and start it anew.",
    "Note which message the app shows while you try it.",
    "Our mechanics come to your door where the plan includes it.",
    "You find the order in the app, with all that belongs to it.",
    "Take the key and the papers along when you come.",
    "A replacement for the THING is sent to the address in your account.",
    "Leave the parcel closed if it was delivered wet.",
    "Ask a friend to hold the bike while you look at the THING.",
    "We answer on every working day, also in the evening.",
];
const TOPICS: usize = THINGS.len() * TROUBLES.len();
/// How far an article lies from its topic, beside a topic's vector of length one.
const APART: f32 = 0.6;
fn thing(topic: usize) -> (&'static str, &'static str) {
    (THINGS[topic % THINGS.len()], TROUBLES[topic / THINGS.len() % TROUBLES.len()])
}

/// SplitMix64: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number from -1 to 1.
    fn signed(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }
}

/// Embeds questions as the model does, and articles beside their topic.
struct MadeUp {
    model: Arc<dyn Embedder>,
    topics: Vec<Vec<f32>>,
}

impl MadeUp {
    async fn new(model: Arc<dyn Embedder>) -> anyhow::Result<Self> {
        let texts: Vec<String> = (0..TOPICS)
            .map(|topic| {
                let (thing, trouble) = thing(topic);
                format!("When the {thing} {trouble}")
            })
            .collect();
        let topics = model.embed(&texts, Role::Passage).await?;
        Ok(Self { model, topics })
    }

    /// Returns the vector of an article, which says its number behind the word `Case`.
    fn near(&self, text: &str) -> Option<Vec<f32>> {
        let number = text.split_once("Case ")?.1.split(|c: char| !c.is_ascii_digit()).next()?;
        let number: usize = number.parse().ok()?;
        let topic = &self.topics[number % TOPICS];
        let mut random = Random(number as u64);
        let scale = APART * (3.0 / topic.len() as f32).sqrt();
        let moved: Vec<f32> = topic.iter().map(|value| value + random.signed() * scale).collect();
        let length = moved.iter().map(|value| value * value).sum::<f32>().sqrt();
        Some(moved.into_iter().map(|value| value / length).collect())
    }
}

#[async_trait]
impl Embedder for MadeUp {
    fn model(&self) -> &ModelInfo {
        self.model.model()
    }

    async fn embed(&self, texts: &[String], role: Role) -> Result<Vec<Vec<f32>>, llm::Error> {
        let near: Option<Vec<_>> = match role {
            Role::Passage => texts.iter().map(|text| self.near(text)).collect(),
            Role::Query => None,
        };
        match near {
            Some(vectors) => Ok(vectors),
            None => self.model.embed(texts, role).await,
        }
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.count_tokens(text)
    }
}

/// Writes the articles, one a line and each of two chunks, its title and its text.
fn write_articles(path: &Path, articles: usize) -> anyhow::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for number in 0..articles {
        let (thing, trouble) = thing(number % TOPICS);
        let mut random = Random(number as u64 ^ 0xabcd);
        let audience = if number % 5 == 0 { "internal" } else { "public" };
        // Which five of the pieces of advice an article gives; without figures, so that none speaks against another.
        let first = (random.next() % ADVICE.len() as u64) as usize;
        let advice: Vec<String> = (0..5)
            .map(|at| ADVICE[(first + at * (1 + first % 7)) % ADVICE.len()].replace("THING", thing))
            .collect();
        let article = json!({
            "id": number.to_string(),
            "title": format!("Case {number}: the {thing} {trouble}"),
            "body": format!("When the {thing} {trouble}, there is something to do at once. {}", advice.join(" ")),
            "url": format!("https://help.example/{number}"),
            "audience": audience,
            "language": "en",
            "updated_at": "2024-01-01T00:00:00Z",
        });
        serde_json::to_writer(&mut file, &article)?;
        file.write_all(b"\n")?;
    }
    Ok(file.flush()?)
}

/// Returns one of as many questions as there are topics, from nobody in particular.
pub(crate) fn question(number: usize) -> Ask {
    let (thing, trouble) = thing(number * 37 % TOPICS);
    Ask {
        text: format!("Hello, the {thing} of my bike {trouble}. What can I do about it?"),
        person: None,
        assurance: Assurance::Anonymous,
        purpose: Purpose::Draft,
        customer: domain::Applicability::default(),
        as_of: None,
    }
}

/// Returns an installation in `scratch` that has read so many chunks, and its tenant. One that stands there already
/// is taken as it is.
pub(crate) async fn installation(
    scratch: &Path,
    index: IndexConfig,
    chunks: usize,
) -> anyhow::Result<(App, TenantId)> {
    let places = Places::resolve(&scratch.join("data"), None, None)?;
    let model = models::find(&places.cache).context("this needs a model: `backstory models pull`")?;
    let embedder = Arc::new(MadeUp::new(Arc::new(model)).await?);
    let seams = Seams { embedder: Some(embedder), ..Seams::real() };
    let mut settings = Settings::default_settings()?;
    settings.index = index;
    let app = App::build(places, settings, seams).await?;
    let tenant = app.tenant("bench").await?;

    if app.index.count(tenant).await? == chunks / 2 * 2 {
        return Ok((app, tenant));
    }
    let articles = scratch.join("articles.jsonl");
    write_articles(&articles, chunks / 2)?;
    app.read_files(tenant, &articles, false, Stop::default(), &|_| {}).await?;
    app.index.optimise(tenant).await?;
    let held = app.index.count(tenant).await?;
    ensure!(held == chunks / 2 * 2, "{held} chunks instead of {chunks}: an article is not two chunks");
    Ok((app, tenant))
}

pub(crate) fn percentile(times: &mut [f64], percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| (time * 10.0).round() / 10.0)
}
