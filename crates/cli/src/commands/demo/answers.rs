//! The questions of the sample, answered twice: by sentences of the evidence, and by recorded sample answers. Side by
//! side on the terminal and on a page.

use std::path::PathBuf;

use anyhow::Context as _;
use app::App;
use app::ask::Answer;
use app::sample::{self, Question, RECORDED, Viewer};
use app::seams::{Clock as _, SystemClock};
use domain::{Outcome, TenantId};
use serde_json::{Value, json};
use simulations::reading::Reading;
use simulations::report::{self, Readings, Texts};
use simulations::told::Told;

use super::{Given, columns, indent, say};
use crate::commands::ask;

/// What the drafts without a model are called.
const EXTRACTIVE: &str = "extractive (sentences of the evidence as they stand there)";
/// What a reader must know first.
const NOTE: (&str, &str) = (
    "Recorded sample answers, written by us, not by a model’s provider",
    "They show what a model would be expected to write from exactly the evidence given, and take the way of any \
     model’s answer: prompt, recording, reading, checks, decision. They say nothing about how good a model is. The \
     company is invented, so its addresses lead nowhere; each citation opens the passage that it rests on.",
);

/// What was answered, and where the page is.
pub(super) struct Answered {
    pub(super) answers: Vec<Value>,
    pub(super) page: PathBuf,
}

/// The two who answer.
struct Drafters {
    extractive: App,
    recorded: App,
}

/// Asks each question of the sample for each of its viewers, of both drafters.
pub(super) async fn show(
    given: &Given,
    app: &App,
    tenant: TenantId,
    questions: &[Question],
) -> anyhow::Result<Answered> {
    let recorded = sample::recorded(app, &given.places.data.join("sample-answers"))?;
    let drafters = Drafters { extractive: app.extractive()?, recorded };
    let (mut answers, mut readings) = (Vec::new(), Vec::new());
    for question in questions {
        say(given, &format!("   «{}»", question.question));
        for viewer in &question.viewers {
            let extractive = drafters.extractive.ask(tenant, &viewer.asks(&question.question)).await?;
            let recorded = drafters.recorded(tenant, question, viewer).await?;
            say(given, &format!("   - {} ({}):", viewer.label, viewer.assurance.name()));
            say(given, &indent(&text(&extractive, recorded.as_ref())));
            answers.push(json!({
                "viewer": viewer.label,
                "answer": extractive,
                "recorded": { "written_by": RECORDED, "answer": recorded },
            }));
            readings.push(reading(question, viewer, &extractive, recorded.as_ref()));
        }
    }
    let page = write(given, &readings)?;
    Ok(Answered { answers, page })
}

impl Drafters {
    /// Returns the recorded answer; none where nothing was recorded for exactly what is asked.
    async fn recorded(
        &self,
        tenant: TenantId,
        question: &Question,
        viewer: &Viewer,
    ) -> anyhow::Result<Option<Answer>> {
        match self.recorded.ask(tenant, &viewer.asks(&question.question)).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if sample::is_not_recorded(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Returns what a person reads of both answers.
fn text(extractive: &Answer, recorded: Option<&Answer>) -> String {
    let Some(recorded) = recorded else {
        return format!(
            "{}\nNothing is recorded for exactly this evidence.\n",
            ask::text(extractive).trim_end()
        );
    };
    let is_asked = recorded.response.drafting.as_ref().is_some_and(|drafting| drafting.unasked.is_none());
    if !is_asked {
        return format!(
            "{}\nNo model is asked: the evidence is too weak for a draft, whoever writes.\n",
            ask::text(extractive).trim_end()
        );
    }
    let (left, right) = (Told::of(&extractive.response, EXTRACTIVE), Told::of(&recorded.response, RECORDED));
    let mut text = columns::beside(&column(&left), &column(&right));
    let (one, other) = (sources(&left), sources(&right));
    if one == other {
        text.push_str(&listed("\nBoth cite:", &one));
    } else {
        text.push_str(&listed("\nOn the left (extractive):", &one));
        text.push_str(&listed("On the right (recorded):", &other));
    }
    let beside: Vec<String> = recorded
        .response
        .decision
        .for_agent
        .iter()
        .map(|one| {
            format!("{}: {} ({})", one.audience, one.title, one.url.as_deref().unwrap_or(&one.external_id))
        })
        .collect();
    text.push_str(&listed("For you, do not send:", &beside));
    text
}

/// Returns one of the two columns.
fn column(told: &Told) -> String {
    let outcome = match told.outcome {
        Outcome::Answer => "answer".to_owned(),
        other => format!("{}: {}", other.name(), other.reason().unwrap_or("-")),
    };
    let failed: Vec<&str> =
        told.checks.iter().filter(|verdict| !verdict.passed).map(|verdict| verdict.check.as_str()).collect();
    let checks = match (told.checks.len(), failed.as_slice()) {
        (0, _) => String::new(),
        (all, []) => format!("all {all} checks passed"),
        (_, failed) => format!("checks not passed: {}", failed.join(", ")),
    };
    let draft = if told.outcome == Outcome::Answer { told.text() } else { String::new() };
    format!("{}\n{outcome} (confidence {:.2})\n{checks}\n\n{draft}", told.drafter, told.confidence)
}

/// Returns what a draft cites, each place once.
fn sources(told: &Told) -> Vec<String> {
    let mut sources: Vec<String> = Vec::new();
    for passage in told.passages.iter().filter(|_| told.outcome == Outcome::Answer) {
        let place = passage.url.as_deref().map(|url| format!("\n    {url}")).unwrap_or_default();
        let source = format!("[{}] {}{place}", passage.number, passage.name());
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

fn listed(title: &str, lines: &[String]) -> String {
    let lines: String = lines.iter().map(|line| format!("  {}\n", line.replace('\n', "\n  "))).collect();
    if lines.is_empty() { lines } else { format!("{title}\n{lines}") }
}

fn reading(question: &Question, viewer: &Viewer, extractive: &Answer, recorded: Option<&Answer>) -> Reading {
    let told = [Some((extractive, EXTRACTIVE)), recorded.map(|recorded| (recorded, RECORDED))];
    Reading {
        name: viewer.label.clone(),
        about: Some(viewer.why.clone()),
        at: None,
        came_out: None,
        question: question.question.clone(),
        human: None,
        told: told.into_iter().flatten().map(|(answer, by)| Told::of(&answer.response, by)).collect(),
    }
}

/// Writes the page. The sample is invented, so its texts are nobody's.
fn write(given: &Given, readings: &[Reading]) -> anyhow::Result<PathBuf> {
    let folder = crate::commands::simulate::reports(given);
    std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let page = Readings {
        title: "The same questions, answered twice".to_owned(),
        lead: "Each question of the sample, for each of its viewers: on the left sentences of the evidence as they stand \
               there, on the right a written answer. Both are made within what the viewer may see, and both are checked."
            .to_owned(),
        // The story is set a day ago.
        made_at: SystemClock.now(),
        is_sample: true,
        note: Some(NOTE),
        readings,
    };
    let path = folder.join("demo-answers.html");
    std::fs::write(&path, report::readings(&page, Texts::Shown)?)
        .with_context(|| format!("`{}` cannot be written", path.display()))?;
    Ok(path)
}
