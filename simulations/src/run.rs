//! A whole simulation: replay, summarise, write the report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::{App, Stop};
use domain::{TenantId, text};

use crate::human::Lookups;
use crate::judge::{Embeddings, Overlap};
use crate::reading::{self, Reading};
use crate::replay::{Options, Replayed, Saved, Weightless, replay};
use crate::report::{self, Texts};
use crate::summary::{self, Input, Judge, Setting, Summary};
use crate::turns::ReplayedTurn;
use crate::{baseline, stats};

/// What the report is about and where it goes.
#[derive(Debug, Clone)]
pub struct Order {
    /// What the replayed history is called.
    pub name: String,
    /// Whether it is the sample workspace that ships with the product.
    pub is_sample: bool,
    /// What is replayed.
    pub options: Options,
    /// The folder of the report.
    pub out: PathBuf,
    /// Whether texts of conversations are written into it.
    pub texts: Texts,
}

/// The files of a report.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Files {
    /// For people.
    pub html: PathBuf,
    /// For machines.
    pub json: PathBuf,
    /// Every turn.
    pub csv: PathBuf,
    /// The turns to be read by eye, where some are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<PathBuf>,
}

/// Runs a simulation and writes its report.
///
/// # Errors
/// Fails when a part of the machinery does, or when interrupted; the same call goes on from there.
pub async fn run(
    app: &App,
    tenant: TenantId,
    order: &Order,
    progress: &(dyn Fn(u64, u64) + Sync),
    stop: &Stop,
) -> anyhow::Result<(Summary, Files)> {
    let state = app.store.counts(tenant).await?;
    let decides = format!(
        "{tenant} {:?} {:?} {:?} {:?} {:?} {state:?} {}",
        order.options,
        app.responder.config(tenant),
        app.drafter(tenant),
        (&app.settings.retrieval, app.retrieval.priors(tenant)),
        app.ingest.embedder.model().checksum,
        env!("CARGO_PKG_VERSION"),
    );
    let key = text::hex(&text::hash(&[decides.as_bytes()])[..8]);
    let mut saved = Saved::open(&order.out, &key)?;
    let replayed = replay(app, tenant, &order.options, &mut saved, progress, stop).await?;
    let statistics = stats::Settings::default();
    let against = baseline::compare(
        "the answer of the most similar earlier conversation",
        &replayed.candidates,
        statistics,
    );
    let settings = summary::Settings {
        lookups: Lookups::default(),
        small_group: 5,
        unknown_limit: 0.2,
        added_content: 0.5,
        statistics,
        judge: judge(&replayed.turns),
        run: echo(order, app, tenant),
    };
    let sources = app.store.list_sources(tenant).await?;
    let sources: BTreeMap<_, _> = sources.into_iter().map(|one| (one.id, one.kind)).collect();
    let input = Input {
        name: &order.name,
        is_sample: order.is_sample,
        made_at: app.seams.clock.now(),
        cases: &replayed.cases,
        turns: &replayed.turns,
        against: against.as_ref(),
        sources: &sources,
    };
    let summary = summary::summarise(&input, settings);
    let mut files = write(&order.out, &summary, &replayed.turns, order.texts)?;
    if let Some(most) = order.options.read {
        files.read = Some(write_readings(order, &summary, replayed, most)?);
    }
    saved.finish()?;
    Ok((summary, files))
}

/// Returns the judge with its error: that of the way in which most verdicts of this run were made.
fn judge(turns: &[ReplayedTurn]) -> Judge {
    let judged: Vec<_> = turns.iter().filter_map(|turn| turn.judgement).collect();
    let with_cosine = judged.iter().filter(|judgement| judgement.cosine.is_some()).count();
    let (embeddings, how) = if with_cosine * 2 > judged.len() {
        (Embeddings::Used, "with embeddings")
    } else {
        (Embeddings::None, "by words alone")
    };
    Judge {
        name: "overlap".to_owned(),
        threshold: Overlap::default().threshold,
        error: Some(Overlap::measured_error(embeddings)),
        measured_on: format!("170 replies of 85 dialogues that people rated, {how}"),
    }
}

fn write(out: &Path, summary: &Summary, turns: &[ReplayedTurn], texts: Texts) -> anyhow::Result<Files> {
    let files = Files {
        html: out.join("report.html"),
        json: out.join("report.json"),
        csv: out.join("turns.csv"),
        read: None,
    };
    put(&files.json, report::json(summary)?.as_bytes())?;
    put(&files.html, report::html(summary, turns, texts)?.as_bytes())?;
    let mut csv = Vec::new();
    report::write_turns(&mut csv, turns, summary, texts)?;
    put(&files.csv, &csv)?;
    Ok(files)
}

/// Writes the page of turns to be read by eye.
fn write_readings(
    order: &Order,
    summary: &Summary,
    replayed: Replayed,
    most: usize,
) -> anyhow::Result<PathBuf> {
    let Replayed { turns, mut told, .. } = replayed;
    let main = turns.iter().filter(|turn| Some(turn.mask) == summary.main_mask);
    let readings: Vec<Reading> = reading::choose(main, most)
        .into_iter()
        .map(|turn| {
            let told = told.remove(&(turn.conversation.clone(), turn.position)).unwrap_or_default();
            Reading::of(turn, told)
        })
        .collect();
    let page = report::Readings {
        title: format!("Turns to read: {}", order.name),
        lead: format!(
            "{} of {} turns that nobody had replied to yet and a person then did: of every outcome about as many, at \
             equal distances, not picked by hand. Shares are in the report beside this file, not here.",
            readings.len(),
            turns
                .iter()
                .filter(|turn| Some(turn.mask) == summary.main_mask && reading::is_readable(turn))
                .count()
        ),
        made_at: summary.made_at,
        is_sample: order.is_sample,
        note: None,
        readings: &readings,
    };
    let path = order.out.join("reading.html");
    put(&path, report::readings(&page, order.texts)?.as_bytes())?;
    Ok(path)
}

fn put(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, content).with_context(|| format!("`{}` cannot be written", path.display()))
}

/// Returns the report of an earlier replay that counts.
fn earlier(path: &Path) -> String {
    if path.as_os_str().is_empty() { "-".to_owned() } else { path.display().to_string() }
}

/// Returns every setting of the run, as the report repeats it.
fn echo(order: &Order, app: &App, tenant: TenantId) -> Vec<Setting> {
    let options = &order.options;
    let time = |time: Option<domain::Timestamp>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
    let lower = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    [
        ("mask", options.mask.name().to_owned()),
        ("purpose", lower(&options.purpose)),
        ("assume-learned", lower(&options.learned)),
        ("assurance", options.assurance.name().to_owned()),
        ("since", time(options.since)),
        ("until", time(options.until)),
        (
            "weight 0",
            if options.weightless == Weightless::Replayed { "replayed" } else { "left out" }.to_owned(),
        ),
        ("limit", options.limit.map_or_else(|| "-".to_owned(), |limit| limit.to_string())),
        ("with-text", if order.texts == Texts::Shown { "yes" } else { "no" }.to_owned()),
        ("drafter", app.drafter(tenant)),
        ("embedding model", app.ingest.embedder.model().name.clone()),
        ("draft threshold", app.settings.responder_of(tenant).draft_threshold.to_string()),
        ("auto threshold", app.settings.responder_of(tenant).auto_threshold.to_string()),
        ("calibration", earlier(&app.settings.responder_of(tenant).calibration)),
        ("priors", earlier(&app.settings.retrieval_of(tenant).priors)),
        ("chunk tokens", app.settings.ingest.chunk_tokens.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| Setting { name: name.to_owned(), value })
    .collect()
}
