//! Measures the whole way from a question to its decision at a size, with the model of `~/.cache/backstory` warm:
//!
//! ```text
//! cargo run --release -p app --example answer_bench [chunks] [questions]
//! ```
//!
//! Articles are made up: [`TOPICS`] troubles with things, each told in many articles of two chunks (title and text), a fifth of them for
//! agents only. Vectors of questions and of topics are the model's own; that of an article lies beside its topic's, so
//! that 100,000 need not be embedded. Prints a line for the extractive drafter, one for a model that writes (a stand-in
//! of the OpenAI API on this machine; what counts is what we add to the time of the call), one for the tokens of a
//! question, and all of it as one JSON object.

#![expect(clippy::print_stdout, reason = "the result is for whoever runs it")]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use app::ask::{Answer, Ask};
use app::config::DrafterKind;
use app::llm::{self, Embedder, ModelInfo, Role, models};
use app::seams::Seams;
use app::{App, Fared, Places, Settings, Stop};
use async_trait::async_trait;
use domain::{Outcome, TenantId};
use identity::{Assurance, Purpose};
use llm_fake::{Asked, Fake, Say};
use serde_json::{Value, json};

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
/// Questions that are asked before any is measured.
const WARM: usize = 20;
/// How far an article lies from its topic, beside a topic's vector of length one.
const APART: f32 = 0.6;
/// Prompts of at most so many tokens: as good as any number, as by default, and the fewest that may be configured.
const BUDGETS: [usize; 3] = [100_000, 4_000, 1_500];

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

fn question(number: usize) -> Ask {
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

/// Says the first two sentences of the first piece, as a faithful model would.
fn faithful(asked: &Asked) -> Say {
    let data: Value = serde_json::from_str(&asked.said_by("user")).unwrap_or_default();
    let first = &data["evidence"][0];
    let sentences = first["text"].as_str().unwrap_or_default().split_inclusive(". ").take(2);
    let sentences: Vec<Value> =
        sentences.map(|text| json!({ "text": text.trim(), "evidence": [first["id"]] })).collect();
    Say::Text(json!({ "can_answer": true, "sentences": sentences }).to_string())
}

/// Asks all questions; returns the answers, and for each how many milliseconds it took.
async fn ask_all(app: &App, tenant: TenantId, questions: usize) -> anyhow::Result<Vec<(Answer, f64)>> {
    for number in 0..WARM.min(questions) {
        app.ask(tenant, &question(number)).await?;
    }
    let mut asked = Vec::new();
    for number in 0..questions {
        let ask = question(number);
        let begin = Instant::now();
        let answer = app.ask(tenant, &ask).await?;
        asked.push((answer, begin.elapsed().as_secs_f64() * 1e3));
    }
    Ok(asked)
}

fn percentile(times: &mut [f64], percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| (time * 10.0).round() / 10.0)
}

fn answered(asked: &[(Answer, f64)]) -> usize {
    asked.iter().filter(|(answer, _)| answer.response.decision.outcome == Outcome::Answer).count()
}

/// Returns the installation with a model at `base_url` that writes drafts.
fn with_model(app: &App, base_url: &str, prompt_tokens: usize) -> anyhow::Result<App> {
    let model = json!({ "provider": "openai", "model": "stand-in", "base_url": base_url, "retries": 0 });
    let mut settings = app.settings.clone();
    settings.models.insert("stand-in".to_owned(), serde_json::from_value(model)?);
    settings.drafter.kind = DrafterKind::Llm;
    settings.drafter.models = vec!["stand-in".to_owned()];
    settings.drafter.prompt_tokens = prompt_tokens;
    app.drafting_by(settings)
}

/// Returns for each question that the model wrote a draft for what we added to the time of the call.
fn added(asked: &[(Answer, f64)]) -> Vec<f64> {
    let one = |(answer, took): &(Answer, f64)| {
        let drafting = answer.response.drafting.as_ref()?;
        let wrote = drafting.steps.iter().any(|step| step.fared == Fared::Wrote);
        wrote.then(|| took - drafting.usage().took.as_secs_f64() * 1e3)
    };
    asked.iter().filter_map(one).collect()
}

/// Returns the tokens of a prompt and of an answer, on average over the questions that were answered, and how many
/// pieces of evidence were left out or cut.
fn tokens(asked: &[(Answer, f64)]) -> (f64, f64, f64) {
    let answered = asked.iter().filter(|(answer, _)| answer.response.decision.outcome == Outcome::Answer);
    let draftings: Vec<_> = answered
        .filter_map(|(answer, _)| answer.response.drafting.as_ref())
        .filter(|drafting| !drafting.steps.is_empty())
        .collect();
    let mean = |of: &dyn Fn(&app::Drafting) -> f64| {
        draftings.iter().map(|drafting| of(drafting)).sum::<f64>() / draftings.len().max(1) as f64
    };
    (
        mean(&|drafting| drafting.prompt_tokens as f64).round(),
        mean(&|drafting| drafting.usage().tokens_out as f64).round(),
        (mean(&|drafting| drafting.cut.len() as f64) * 10.0).round() / 10.0,
    )
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let chunks: usize = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let questions: usize = arguments.next().map_or(Ok(400), |text| text.parse())?;
    let scratch = tempfile::tempdir()?;
    let places = Places::resolve(&scratch.path().join("data"), None, None)?;
    let model = models::find(&places.cache).context("this needs a model: `backstory models pull`")?;
    let embedder = Arc::new(MadeUp::new(Arc::new(model)).await?);
    let seams = Seams { embedder: Some(embedder), ..Seams::real() };
    let app = App::build(places, Settings::default_settings()?, seams).await?;
    let tenant = app.tenant("bench").await?;

    let articles = scratch.path().join("articles.jsonl");
    write_articles(&articles, chunks / 2)?;
    let begin = Instant::now();
    app.read_files(tenant, &articles, false, Stop::default(), &|_| {}).await?;
    app.index.optimise(tenant).await?;
    let read_seconds = begin.elapsed().as_secs_f64().round();
    let held = app.index.count(tenant).await?;
    ensure!(held == chunks / 2 * 2, "{held} chunks instead of {chunks}: an article is not two chunks");

    let extractive = ask_all(&app, tenant, questions).await?;
    let mut times: Vec<f64> = extractive.iter().map(|(_, took)| *took).collect();
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    println!(
        "extractive, question to decision: p50 {p50} ms, p99 {p99} ms ({questions} questions, {} answered, {chunks} chunks, read in {read_seconds} s)",
        answered(&extractive)
    );

    let fake = Fake::answering(faithful).await?;
    let mut ours = Vec::new();
    let mut budgets = Vec::new();
    for budget in BUDGETS {
        let asked = ask_all(&with_model(&app, &fake.base_url(), budget)?, tenant, questions).await?;
        if budget == app.settings.drafter.prompt_tokens {
            ours = added(&asked);
        }
        let (tokens_in, tokens_out, cut) = tokens(&asked);
        budgets.push(json!({ "budget": budget, "prompt": tokens_in, "answer": tokens_out, "pieces_cut": cut, "answered": answered(&asked) }));
    }
    let (added_p50, added_p99) = (percentile(&mut ours, 50), percentile(&mut ours, 99));
    println!(
        "with a model, time added by us: p50 {added_p50} ms, p99 {added_p99} ms ({} drafts; all but the call itself)",
        ours.len()
    );
    let told: Vec<String> = budgets
        .iter()
        .map(|one| format!("{} within {} ({} pieces cut)", one["prompt"], one["budget"], one["pieces_cut"]))
        .collect();
    println!("tokens of a prompt per answered question: {}", told.join(", "));
    let result = json!({
        "chunks": chunks,
        "questions": questions,
        "answered": answered(&extractive),
        "read_seconds": read_seconds,
        "extractive": { "p50_ms": p50, "p99_ms": p99 },
        "added_with_a_model": { "p50_ms": added_p50, "p99_ms": added_p99, "drafts": ours.len() },
        "tokens": budgets,
    });
    println!("{result}");
    Ok(())
}
