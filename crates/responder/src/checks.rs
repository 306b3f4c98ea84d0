//! Checks on a draft, each with a verdict that is recorded.
//!
//! Each check is a module of pure functions with a labelled set of its own in `planted/checks` (`conflicts` rests on the
//! one of [`crate::conflict`]), and with figures in `docs/measurements.md`. [`run`] holds a draft against the evidence that it was made of; whoever wrote it, nothing that
//! stands in a draft is believed.

pub mod conflicts;
pub mod declining;
pub mod grounding;
pub mod injection;
pub mod language;
pub mod links;
pub mod privacy;
pub mod promises;

#[cfg(test)]
mod planted;

use std::collections::HashMap;

use domain::decision::{CitedSentence, Verdict};
use domain::evidence::{Found, Why};
use domain::{Audience, ChunkId, Draft, Evidence, Kind, Language};
use regex::Regex;

use grounding::Passage;
pub use injection::is_instruction;

/// Runs every check on a draft.
#[must_use]
pub fn run(draft: &Draft, evidence: &Evidence, customer: Language) -> Vec<Verdict> {
    vec![
        grounding(draft, evidence),
        privacy(draft, evidence),
        links(draft, evidence),
        language(draft, customer),
        injection(draft),
        promises(draft, evidence),
        declining(draft),
        conflicts(draft, evidence),
    ]
}

/// Runs the checks on a question of ours: it says nothing that could be supported.
#[must_use]
pub fn run_on_question(draft: &Draft, evidence: &Evidence, customer: Language) -> Vec<Verdict> {
    vec![links(draft, evidence), language(draft, customer), injection(draft)]
}

/// Drops learned answers that only say that nobody knows: they are no evidence.
pub fn drop_declining(evidence: &mut Evidence) {
    let says_nothing = |found: &Found| {
        found.chunk.kind == Kind::LearnedAnswer
            && declining::how_far(&found.chunk.body) == declining::Declining::Wholly
    };
    let (dropped, kept) = std::mem::take(&mut evidence.kept).into_iter().partition(says_nothing);
    evidence.kept = kept;
    let dropped: Vec<Found> = dropped;
    evidence.dropped.extend(dropped.into_iter().map(|found| Found { why: Why::Declines, ..found }));
}

fn verdict(check: &str, passed: bool, detail: impl Into<String>) -> Verdict {
    Verdict { check: check.to_owned(), passed, detail: detail.into() }
}

/// Compiles a pattern. Word boundaries are those of ASCII, with which the fast engine reads any text.
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(&ascii_boundaries(text)).expect("the pattern is checked by the tests")
}

pub(crate) fn ascii_boundaries(text: &str) -> String {
    text.replace(r"\b", r"(?-u:\b)")
}

/// Returns the sentences of a text, entries of lists one by one.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    crate::sentences::split(text).into_iter().map(|sentence| sentence.text).collect()
}

/// Returns the pieces of the document that a sentence cites, the cited one first.
fn cited<'a>(sentence: &CitedSentence, evidence: &'a Evidence) -> Vec<&'a Found> {
    let Some(found) = evidence.kept.iter().find(|found| found.chunk.id == sentence.chunk) else {
        return Vec::new();
    };
    let beside = evidence
        .kept
        .iter()
        .filter(|other| other.chunk.document == found.chunk.document && other.chunk.id != found.chunk.id);
    std::iter::once(found).chain(beside).collect()
}

/// Every sentence is supported by the document that it cites, and steps stand in its order.
fn grounding(draft: &Draft, evidence: &Evidence) -> Verdict {
    let mut passages: HashMap<ChunkId, Passage> = HashMap::new();
    let (mut loose, mut against, mut turned) = (0, 0, 0);
    let mut step: Option<(ChunkId, (usize, usize))> = None;
    for sentence in &draft.sentences {
        let pieces = cited(sentence, evidence);
        let supports = pieces.iter().map(|found| {
            let chunk = &found.chunk;
            let passage =
                passages.entry(chunk.id).or_insert_with(|| Passage::read(&found.title, &chunk.body));
            (passage.support(&sentence.text), *found)
        });
        let supports: Vec<_> = supports.collect();
        let supported = match supports.first() {
            None => false,
            // A sentence that says nothing needs no support.
            Some((None, _)) => true,
            Some(_) => supports.iter().any(|(support, _)| support.is_some_and(|one| one.is_enough())),
        };
        if !supported {
            loose += 1;
            let best = supports
                .iter()
                .filter_map(|(support, _)| *support)
                .max_by(|a, b| a.score().total_cmp(&b.score()));
            against += usize::from(best.is_some_and(|best| best.is_contradicted()));
        }
        // Numbered steps of one passage may not change places.
        let is_step = sentence.text.starts_with(|first: char| first.is_ascii_digit());
        let places =
            passages.get(&sentence.chunk).filter(|_| is_step).and_then(|one| one.places(&sentence.text));
        let here = places.map(|places| (sentence.chunk, places));
        if let (Some((before, (first, _))), Some((chunk, (_, last)))) = (step, here) {
            turned += usize::from(before == chunk && last < first);
        }
        step = here;
    }
    let all = draft.sentences.len();
    verdict(
        "grounding",
        loose == 0 && turned == 0,
        format!(
            "{loose} of {all} sentences have no support, {against} of them speak against their source; {turned} steps out of order"
        ),
    )
}

/// Only what the scope found is used, nothing masked, and no identifier that neither a source nor the customer named.
fn privacy(draft: &Draft, evidence: &Evidence) -> Verdict {
    let personal = draft
        .sentences
        .iter()
        .filter_map(|sentence| evidence.kept.iter().find(|found| found.chunk.id == sentence.chunk))
        .filter(|found| matches!(found.chunk.audience, Audience::Person(_) | Audience::Company(_)))
        .count();
    let masked = texts(draft).filter(|text| !domain::text::is_quotable(text)).count();
    let known: Vec<&str> = evidence
        .kept
        .iter()
        .flat_map(|found| [found.title.as_str(), found.chunk.body.as_str()])
        .chain([evidence.question.text.as_str()])
        .collect();
    let name = draft.greeting.trim_end_matches(',').split_whitespace().last();
    let strangers: usize = texts(draft).map(|text| privacy::strangers(text, &known).len()).sum();
    // What a source greets with stands there for everybody who reads it.
    let greeted = draft.sentences.iter().filter(|sentence| {
        privacy::greets_another(&sentence.text, name)
            && !known.iter().any(|text| text.contains(&sentence.text))
    });
    let greeted = greeted.count();
    verdict(
        "privacy",
        masked + strangers + greeted == 0,
        format!(
            "{masked} sentences with masked details; {strangers} identifiers that no source has; {greeted} greetings of \
             somebody else; {personal} about this customer alone"
        ),
    )
}

/// Every address stands in a source or on a domain of the tenant's own documents.
fn links(draft: &Draft, evidence: &Evidence) -> Verdict {
    let known = links::Known::of(evidence);
    let unknown: usize = texts(draft).map(|text| known.foreign(text).len()).sum();
    let unknown = unknown + known.foreign(&draft.greeting).len();
    verdict("links", unknown == 0, format!("{unknown} links or other addresses that no source has"))
}

fn language(draft: &Draft, customer: Language) -> Verdict {
    let said = !customer.is_known() || draft.language == customer;
    let text = body(draft);
    let other = language::other(&text, customer);
    let shown = other.unwrap_or(draft.language);
    verdict("language", said && other.is_none(), format!("draft in `{shown}`, customer writes `{customer}`"))
}

fn injection(draft: &Draft) -> Verdict {
    let orders = texts(draft).filter(|text| is_instruction(text)).count();
    let hidden = texts(draft).filter(|text| injection::hides(text)).count();
    let greeting = usize::from(is_instruction(&draft.greeting) || injection::hides(&draft.greeting));
    verdict(
        "injection",
        orders + hidden + greeting == 0,
        format!("{} sentences that speak to a machine; {hidden} that hide something", orders + greeting),
    )
}

/// Nothing is promised that the cited document does not say, and nothing that was done for somebody else.
fn promises(draft: &Draft, evidence: &Evidence) -> Verdict {
    let mut open = 0;
    for sentence in &draft.sentences {
        let pieces = cited(sentence, evidence);
        let borrowed = promises::is_done_for_reader(&sentence.text)
            && pieces.iter().any(|found| found.chunk.kind == Kind::LearnedAnswer);
        let sources: Vec<&str> = pieces.iter().map(|found| found.chunk.body.as_str()).collect();
        open += usize::from(borrowed || !promises::unbacked(&sentence.text, &sources).is_empty());
    }
    verdict("promises", open == 0, format!("{open} promises that no source makes"))
}

fn declining(draft: &Draft) -> Verdict {
    let declines = declining::declines(&body(draft));
    verdict("declining", !declines, if declines { "it says that it has no answer" } else { "it answers" })
}

/// No other document says otherwise. Which ones do is for a person to see; what they say stays in them.
fn conflicts(draft: &Draft, evidence: &Evidence) -> Verdict {
    let against = conflicts::against(draft, evidence);
    let id = |one: &conflicts::Against| {
        let found = evidence.kept.iter().find(|found| found.chunk.document == one.document);
        format!("`{}` ({})", found.map_or("?", |found| found.external_id.as_str()), one.differs.words())
    };
    let named: Vec<String> = against.iter().map(id).collect();
    let detail = match named.len() {
        0 => "no source says otherwise".to_owned(),
        count => format!("{count} other sources say otherwise: {}", named.join(", ")),
    };
    verdict("conflicts", against.is_empty(), detail)
}

/// Returns the sentences of a draft, and the lines of its signature: what is no sentence needs no source, and is no
/// place to hide anything in either.
fn texts(draft: &Draft) -> impl Iterator<Item = &str> {
    let sentences = draft.sentences.iter().map(|sentence| sentence.text.as_str());
    sentences.chain(draft.signature.lines().filter(|line| !line.trim().is_empty()))
}

/// Returns what a draft says, without its greeting.
fn body(draft: &Draft) -> String {
    draft.sentences.iter().map(|sentence| sentence.text.as_str()).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests;
