//! What is written, in words: a note for agents, a reply to a customer.

use std::fmt::Write as _;

use domain::decision::{Cited, ForAgent};
use domain::{Decision, Draft, Language};

/// The few sentences of our own, in one language.
struct Words {
    draft: &'static str,
    sources: &'static str,
    beside: &'static str,
    nothing: &'static str,
    machine: &'static str,
}

const ENGLISH: Words = Words {
    draft: "Draft, not sent",
    sources: "Sources",
    beside: "For you, do not send",
    nothing: "No draft: what was found is for agents only.",
    machine: "This is an automatic answer by an AI. Write that you want a person, and one takes over.",
};

const GERMAN: Words = Words {
    draft: "Entwurf, nicht gesendet",
    sources: "Quellen",
    beside: "Für dich, nicht senden",
    nothing: "Kein Entwurf: Was gefunden wurde, ist nur für Mitarbeitende.",
    machine: "Dies ist eine automatische Antwort einer KI. Schreibe, dass du mit einem Menschen sprechen möchtest, dann übernimmt jemand.",
};

fn words(language: Language) -> &'static Words {
    if language == Language::GERMAN { &GERMAN } else { &ENGLISH }
}

/// Writes a note: the draft with its sources, then what only the agent may know, as titles and links.
/// Nothing when there is neither.
pub(crate) fn note(decision: &Decision, draft: Option<&Draft>, language: Language) -> Option<String> {
    if draft.is_none() && decision.for_agent.is_empty() {
        return None;
    }
    let language = draft.map_or(language, |draft| draft.language);
    let words = words(language);
    let mut paragraphs = Vec::new();
    match draft {
        Some(draft) => {
            paragraphs.push(format!("{}:", words.draft));
            paragraphs.push(draft.text());
            paragraphs.extend(sources(draft, words));
        }
        None => paragraphs.push(words.nothing.to_owned()),
    }
    if !decision.for_agent.is_empty() {
        let mut beside = format!("{}:", words.beside);
        for one in &decision.for_agent {
            let _ = write!(beside, "\n- {}", beside_line(one));
        }
        paragraphs.push(beside);
    }
    Some(paragraphs.join("\n\n"))
}

/// Writes a reply: the draft as a customer reads it, with its public sources; the first one of a
/// conversation says what it is.
pub(crate) fn reply(draft: &Draft, is_first: bool) -> String {
    let words = words(draft.language);
    let mut paragraphs = Vec::new();
    if is_first {
        paragraphs.push(words.machine.to_owned());
    }
    paragraphs.push(draft.text());
    paragraphs.extend(sources(draft, words));
    paragraphs.join("\n\n")
}

fn sources(draft: &Draft, words: &Words) -> Option<String> {
    if draft.sources.is_empty() {
        return None;
    }
    let mut text = format!("{}:", words.sources);
    for (position, source) in draft.sources.iter().enumerate() {
        let _ = write!(text, "\n[{}] {}", position + 1, source_line(source));
    }
    Some(text)
}

fn source_line(source: &Cited) -> String {
    line(&source.title, source.url.as_deref())
}

fn beside_line(one: &ForAgent) -> String {
    format!("{} ({})", line(&one.title, one.url.as_deref()), one.audience)
}

fn line(title: &str, url: Option<&str>) -> String {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    url.map_or_else(|| title.clone(), |url| format!("{title}: {url}"))
}

#[cfg(test)]
mod tests;
