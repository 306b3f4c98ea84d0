//! The extractive drafter: sentences of the evidence, in order, each with its source.
//!
//! It invents nothing. From the best pieces it takes the sentences that share the most telling words with
//! the question, and the neighbours that a reader needs (a list is quoted in a run). A sentence in which
//! something is masked, or that gives orders to a machine, is never quoted.

use std::collections::{HashMap, HashSet};

use domain::decision::CitedSentence;
use domain::evidence::Found;
use domain::{Draft, Evidence, Kind, Language};
use unicode_segmentation::UnicodeSegmentation;

use crate::checks::is_instruction;
use crate::sentences::{Sentence, split};

/// Most sentences (or list items) of a draft.
const MOST_SENTENCES: usize = 8;
/// Most documents that a draft draws on.
const MOST_SOURCES: usize = 2;
/// A second document is used when its score is at least this share of the best one's.
const NEAR_BEST: f32 = 0.85;

/// Composes a draft, or nothing when no sentence may be quoted in the customer's language.
#[must_use]
pub fn draft(evidence: &Evidence, language: Language, first_name: Option<&str>) -> Option<Draft> {
    let words = words(&evidence.question.text);
    let mut draft = Draft {
        greeting: greeting(language, first_name),
        sentences: Vec::new(),
        sources: Vec::new(),
        language,
    };
    for found in usable(evidence, language) {
        let room = MOST_SENTENCES.saturating_sub(draft.sentences.len());
        let chosen = choose(found, &words, room);
        if chosen.is_empty() {
            continue;
        }
        draft.sources.push(found.cited());
        let source = draft.sources.len();
        draft.sentences.extend(chosen.into_iter().map(|sentence| CitedSentence {
            text: sentence.text,
            chunk: found.chunk.id,
            source,
        }));
        if draft.sources.len() == MOST_SOURCES {
            break;
        }
    }
    (!draft.sentences.is_empty()).then_some(draft)
}

/// Returns the best piece of each document that is in the customer's language and near the best score.
fn usable(evidence: &Evidence, language: Language) -> Vec<&Found> {
    let speaks = |found: &&Found| {
        !language.is_known() || !found.chunk.language.is_known() || found.chunk.language == language
    };
    let mut seen = HashSet::new();
    let mut pieces: Vec<&Found> =
        evidence.kept.iter().filter(speaks).filter(|found| seen.insert(found.chunk.document)).collect();
    let best = pieces.first().map_or(0.0, |found| found.score);
    pieces.retain(|found| found.score >= best * NEAR_BEST);
    pieces
}

/// Chooses up to `room` sentences of a piece, in their order.
fn choose(found: &Found, question: &HashSet<String>, room: usize) -> Vec<Sentence> {
    let body = match found.chunk.kind {
        Kind::History => answers_in(&found.chunk.body),
        Kind::Article | Kind::LearnedAnswer => found.chunk.body.clone(),
    };
    let sentences: Vec<Sentence> = split(&body)
        .into_iter()
        .filter(|sentence| domain::text::is_quotable(&sentence.text) && !is_instruction(&sentence.text))
        .collect();
    // A learned answer was written for this very question: its first sentences are the answer.
    if found.chunk.kind == Kind::LearnedAnswer || sentences.len() <= room.min(4) {
        return sentences.into_iter().take(room).collect();
    }
    let rarity = rarity(&sentences);
    let scores: Vec<f32> = sentences
        .iter()
        .map(|sentence| {
            words(&sentence.text)
                .iter()
                .filter(|word| question.contains(*word))
                .filter_map(|word| rarity.get(word))
                .sum()
        })
        .collect();
    let best = scores
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))
        .map_or(0, |(at, _)| at);
    let (start, end) = window(&sentences, best, room.min(6));
    sentences[start..end].to_vec()
}

/// Returns what the company wrote in a piece of a person's history: the customer's own words answer nothing.
fn answers_in(history: &str) -> String {
    let paragraphs = history.split("\n\n");
    let mut speaks = false;
    let mut answers = Vec::new();
    for paragraph in paragraphs {
        if let Some(rest) = paragraph.strip_prefix("Support: ").or_else(|| paragraph.strip_prefix("Bot: ")) {
            speaks = true;
            answers.push(rest);
        } else if paragraph.starts_with("Customer: ") {
            speaks = false;
        } else if speaks {
            answers.push(paragraph);
        }
    }
    answers.join("\n\n")
}

/// Widens a sentence to what a reader needs: its list with the sentence before it, or its paragraph.
fn window(sentences: &[Sentence], at: usize, room: usize) -> (usize, usize) {
    let block = sentences[at].block;
    let mut start = at;
    let mut end = at + 1;
    while end - start < room {
        let before = start.checked_sub(1).filter(|before| sentences[*before].block == block);
        let after = Some(end).filter(|after| sentences.get(*after).is_some_and(|next| next.block == block));
        // What follows explains more often than what precedes.
        match (after, before) {
            (Some(_), _) if end - at <= 2 || before.is_none() => end += 1,
            (_, Some(before)) => start = before,
            (Some(_), None) => end += 1,
            (None, None) => break,
        }
    }
    // An introduction ending in a colon belongs to its list and the list to its introduction.
    if start > 0 && sentences[start].is_item && sentences[start - 1].text.ends_with(':') {
        start -= 1;
    }
    while end < sentences.len() && sentences[end - 1].text.ends_with(':') && end - start < room + 4 {
        end += 1;
        while end < sentences.len()
            && sentences[end].is_item
            && sentences[end - 1].is_item
            && end - start < room + 4
        {
            end += 1;
        }
    }
    (start, end)
}

/// Returns for each word how telling it is within these sentences.
fn rarity(sentences: &[Sentence]) -> HashMap<String, f32> {
    let mut counts: HashMap<String, f32> = HashMap::new();
    for sentence in sentences {
        for word in words(&sentence.text) {
            *counts.entry(word).or_default() += 1.0;
        }
    }
    let all = sentences.len() as f32;
    counts.values_mut().for_each(|count| *count = (1.0 + all / *count).ln());
    counts
}

/// Returns the words of at least three letters, lower-case and cut to their first six letters, which joins
/// most inflected forms in the languages we know.
fn words(text: &str) -> HashSet<String> {
    text.unicode_words()
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= 3)
        .map(|word| word.chars().take(6).collect())
        .collect()
}

/// Returns the greeting in a language we can greet in; by name where the person is known.
#[must_use]
pub fn greeting(language: Language, first_name: Option<&str>) -> String {
    let hello = match language.code() {
        "de" => "Hallo",
        "fr" => "Bonjour",
        "es" => "Hola",
        "it" => "Ciao",
        "nl" => "Hallo",
        "pt" => "Olá",
        _ => "Hello",
    };
    match first_name {
        Some(name) => format!("{hello} {name},"),
        None => format!("{hello},"),
    }
}
