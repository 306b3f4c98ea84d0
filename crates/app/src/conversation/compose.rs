//! What is written, in words: a note for agents, a reply to a customer.

use std::fmt::Write as _;

use domain::decision::{Cited, ForAgent, Unseen};
use domain::{Decision, Draft, Language};
use responder::FormOfAddress;

use crate::proof::Offer;

/// The few sentences of our own, in one language.
struct Words {
    draft: &'static str,
    sources: &'static str,
    beside: &'static str,
    nothing: &'static str,
    unseen: &'static str,
    missing: &'static str,
    machine: &'static str,
    prove: &'static str,
    then_here: &'static str,
    then_there: &'static str,
    may_send: &'static str,
    until: &'static str,
}

const ENGLISH: Words = Words {
    draft: "Draft, not sent",
    sources: "Sources",
    beside: "For you, do not send",
    nothing: "No draft: what was found is for agents only.",
    unseen: "Nobody has looked at what the customer attached",
    missing: "The customer points to an attachment that is not known here.",
    machine: "This is an automatic answer by an AI. Write that you want a person, and one takes over.",
    prove: "To answer this we have to be sure that it is you. Please open this link within ten minutes, where you are logged in:",
    then_here: "Then write here again. Only open it if you asked this yourself.",
    then_there: "The answer is shown to you there. Only open it if you asked this yourself.",
    may_send: "The answer is about this very customer, who has not proven to be that person. You may send this link; opened where the customer is logged in, it proves it",
    until: "until",
};

const GERMAN: Words = Words {
    draft: "Entwurf, nicht gesendet",
    sources: "Quellen",
    beside: "Für dich, nicht senden",
    nothing: "Kein Entwurf: Was gefunden wurde, ist nur für Mitarbeitende.",
    unseen: "Niemand hat angesehen, was mitgeschickt wurde",
    missing: "Es wird auf einen Anhang verwiesen, der hier nicht bekannt ist.",
    machine: "Dies ist eine automatische Antwort einer KI. Schreibe, dass du mit einem Menschen sprechen möchtest, dann übernimmt jemand.",
    prove: "Um das zu beantworten, müssen wir sicher sein, dass du es bist. Bitte öffne diesen Link innerhalb von zehn Minuten dort, wo du angemeldet bist:",
    then_here: "Schreibe danach hier noch einmal. Öffne ihn nur, wenn du das selbst gefragt hast.",
    then_there: "Die Antwort wird dir dort angezeigt. Öffne ihn nur, wenn du das selbst gefragt hast.",
    may_send: "Die Antwort betrifft genau diese Person, die sich noch nicht ausgewiesen hat. Du kannst diesen Link senden; dort geöffnet, wo die Person angemeldet ist, weist er sie aus",
    until: "bis",
};

/// What customers read, where they are addressed formally; notes are for colleagues.
const FORMAL: Words = Words {
    machine: "Dies ist eine automatische Antwort einer KI. Schreiben Sie, dass Sie mit einem Menschen sprechen möchten, dann übernimmt jemand.",
    prove: "Um das zu beantworten, müssen wir sicher sein, dass Sie es sind. Bitte öffnen Sie diesen Link innerhalb von zehn Minuten dort, wo Sie angemeldet sind:",
    then_here: "Schreiben Sie danach hier noch einmal. Öffnen Sie ihn nur, wenn Sie das selbst gefragt haben.",
    then_there: "Die Antwort wird Ihnen dort angezeigt. Öffnen Sie ihn nur, wenn Sie das selbst gefragt haben.",
    ..GERMAN
};

fn words(language: Language) -> &'static Words {
    if language == Language::GERMAN { &GERMAN } else { &ENGLISH }
}

fn to_customers(language: Language, form: FormOfAddress) -> &'static Words {
    match form {
        FormOfAddress::Sie if language == Language::GERMAN => &FORMAL,
        _ => words(language),
    }
}

/// Writes a note: the draft with its sources, what came along and was not looked at, then what only the agent may know,
/// as titles and links. Nothing when there is neither draft nor title.
pub(crate) fn note(
    decision: &Decision,
    draft: Option<&Draft>,
    language: Language,
    offer: Option<&Offer>,
) -> Option<String> {
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
    paragraphs.extend(decision.unseen.as_ref().map(|unseen| unseen_line(unseen, words)));
    if !decision.for_agent.is_empty() {
        let mut beside = format!("{}:", words.beside);
        for one in &decision.for_agent {
            let _ = write!(beside, "\n- {}", beside_line(one));
        }
        paragraphs.push(beside);
    }
    if let Some(offer) = offer {
        // `2025-07-01T12:00:00Z`, of which the hour and minute are enough.
        let until: String = offer.until.to_string().chars().skip(11).take(5).collect();
        paragraphs.push(format!("{} ({} {until} UTC):\n{}", words.may_send, words.until, offer.url.reveal()));
    }
    Some(paragraphs.join("\n\n"))
}

/// Writes a reply: the draft as a customer reads it, with its public sources; the first one of a
/// conversation says what it is.
pub(crate) fn reply(draft: &Draft, form: FormOfAddress, is_first: bool) -> String {
    let words = to_customers(draft.language, form);
    let mut paragraphs = Vec::new();
    if is_first {
        paragraphs.push(words.machine.to_owned());
    }
    paragraphs.push(draft.text());
    paragraphs.extend(sources(draft, words));
    paragraphs.join("\n\n")
}

/// Writes a reply that asks a customer to prove who they are.
pub(crate) fn ask_for_proof(
    offer: &Offer,
    (language, form): (Language, FormOfAddress),
    is_first: bool,
) -> String {
    let words = to_customers(language, form);
    let then = if offer.by_mail { words.then_there } else { words.then_here };
    let ask = format!("{}\n{}\n\n{then}", words.prove, offer.url.reveal());
    if is_first { format!("{}\n\n{ask}", words.machine) } else { ask }
}

/// Writes an answer that is shown to a proven customer in the company's app.
pub(crate) fn shown(draft: &Draft, form: FormOfAddress) -> String {
    let words = to_customers(draft.language, form);
    let answer = std::iter::once(words.machine.to_owned()).chain([draft.text()]);
    answer.chain(sources(draft, words)).collect::<Vec<_>>().join("\n\n")
}

/// Returns the draft that stands in a note of ours, as it was composed; none where the note holds none.
pub(crate) fn draft_in(note: &str) -> Option<&str> {
    [&ENGLISH, &GERMAN].into_iter().find_map(|words| {
        let rest = note.trim_start().strip_prefix(words.draft)?.strip_prefix(':')?;
        let ends = [words.sources, words.beside].map(|word| rest.rfind(&format!("\n{word}:")));
        let end = ends.into_iter().flatten().min().unwrap_or(rest.len());
        Some(rest[..end].trim()).filter(|draft| !draft.is_empty())
    })
}

/// Returns what a person wrote, without the frame of a note that was sent along with its draft.
pub(crate) fn without_frame(sent: &str) -> &str {
    let sent = draft_in(sent).unwrap_or(sent);
    let ends = [&ENGLISH, &GERMAN].map(|words| sent.rfind(&format!("\n{}:\n[1] ", words.sources)));
    ends.into_iter().flatten().min().map_or(sent, |end| &sent[..end])
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

fn unseen_line(unseen: &Unseen, words: &Words) -> String {
    if unseen.files.is_empty() {
        return words.missing.to_owned();
    }
    format!("{}: {}", words.unseen, unseen.files.join(", "))
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
