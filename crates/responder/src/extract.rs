//! The extractive drafter: sentences of the evidence, in order, each with its source.
//!
//! It invents nothing. From the best pieces it takes the sentences that share the most telling words with
//! the question, and the neighbours that a reader needs (a list is quoted in a run). A sentence in which
//! something is masked, or that gives orders to a machine, is never quoted.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::decision::{Cited, CitedSentence};
use domain::evidence::Found;
use domain::message;
use domain::{ChunkId, Draft, Drafter, Evidence, Kind, Language};
use retrieval::vote;
use unicode_segmentation::UnicodeSegmentation;

use crate::checks::is_instruction;
use crate::passage::joined;
use crate::sentences::{Sentence, split};
use crate::voice::Voice;

/// Most sentences (or list items) of a draft.
const MOST_SENTENCES: usize = 8;
/// Most documents that a draft draws on.
const MOST_SOURCES: usize = 2;
/// Most sentences that a single question of several adds.
const OF_A_PART: usize = 3;
/// What a question's word counts in a sentence when it was quoted before.
const REPEATED: f32 = 0.6;
/// A further sentence is quoted when it adds at least this share of what the first one had.
const WORTH_A_SENTENCE: f32 = 0.5;
/// By how many of the following sentences a sentence is explained.
const EXPLAINED_BY: usize = 2;
/// A second document is used when its score is at least this share of the best one's.
const NEAR_BEST: f32 = 0.85;
/// One that leads where most earlier conversations lead is used from this share on.
const NEAR_AS_WITNESS: f32 = 0.6;
/// A page is elected when it has at least this share of the votes.
const ELECTED: f32 = 0.2;
/// Most pages that a draft points to.
const MOST_PAGES: usize = 2;

/// Composes a draft, or nothing when no sentence may be quoted in the customer's language and earlier conversations
/// point to no page. `parts` is what was found for the single questions of a message with several: what the whole
/// did not bring is added from the best document of each.
#[must_use]
pub fn draft(
    evidence: &Evidence,
    parts: &[Evidence],
    language: Language,
    (voice, first_name): (&Voice, Option<&str>),
) -> Option<Draft> {
    let words = asked(&evidence.question.text, language);
    let mut draft = Draft {
        greeting: voice.greeting(language, first_name),
        sentences: Vec::new(),
        sources: Vec::new(),
        pages: Vec::new(),
        signature: voice.signature.clone(),
        language,
        drafter: Drafter::Extractive,
    };
    for pieces in usable(evidence, language) {
        let room = MOST_SENTENCES.saturating_sub(draft.sentences.len());
        let chosen = choose(&pieces, &words, room);
        if chosen.is_empty() {
            continue;
        }
        // The reader is led to the best of the places that are quoted.
        let is_quoted = |piece: &&&Found| chosen.iter().any(|(chunk, _)| *chunk == piece.chunk.id);
        let best = pieces.iter().find(is_quoted).unwrap_or(&pieces[0]);
        let (title, url) = (title(pieces[0], language), best.address());
        draft.sources.push(Cited { title, url, ..pieces[0].cited() });
        let source = draft.sources.len();
        draft.sentences.extend(chosen.into_iter().map(|(chunk, text)| CitedSentence { text, chunk, source }));
        if draft.sources.len() == MOST_SOURCES {
            break;
        }
    }
    for part in parts {
        add_part(&mut draft, part, language);
    }
    point(&mut draft, evidence);
    (!draft.sources.is_empty()).then_some(draft)
}

/// Adds the pages that earlier conversations like this ended at. What is cited already needs no pointing to.
pub(crate) fn point(draft: &mut Draft, evidence: &Evidence) {
    for page in elected_pages(evidence) {
        if draft.sources.iter().all(|source| source.external_id != page.external_id) {
            draft.sources.push(page);
            draft.pages.push(draft.sources.len());
        }
    }
}

/// Adds what the best document for a single question says, unless that document is quoted already.
fn add_part(draft: &mut Draft, part: &Evidence, language: Language) {
    let Some(pieces) = usable(part, language).into_iter().next() else { return };
    let document = pieces[0].cited();
    if draft.sources.iter().any(|source| source.external_id == document.external_id) {
        return;
    }
    let chosen = choose(&pieces, &asked(&part.question.text, language), OF_A_PART);
    if chosen.is_empty() {
        return;
    }
    draft.sources.push(Cited { title: title(pieces[0], language), ..document });
    let source = draft.sources.len();
    draft.sentences.extend(chosen.into_iter().map(|(chunk, text)| CitedSentence { text, chunk, source }));
}

/// Returns the pages that earlier conversations like this ended at. People who answer such questions often write
/// little more than where it is explained, and many who were asked the same agree better than the nearest one.
fn elected_pages(evidence: &Evidence) -> Vec<Cited> {
    let elected = evidence.votes.iter().take(MOST_PAGES).filter(|(_, share)| *share >= ELECTED);
    elected.filter_map(|(target, _)| page(evidence, target)).collect()
}

/// Returns the page called `target`: the document itself where it was found, else what one of the conversations
/// that lead there calls it.
fn page(evidence: &Evidence, target: &str) -> Option<Cited> {
    if let Some(found) = evidence.kept.iter().find(|found| found.external_id == target) {
        return Some(found.cited());
    }
    let witness = evidence.kept.iter().find(|found| found.chunk.leads_to.iter().any(|id| id == target))?;
    let url = Some(target).filter(|target| target.starts_with("https://") || target.starts_with("http://"));
    let title = vote::words_of(url.map_or(target, |url| last_part(url)));
    Some(Cited {
        document: witness.chunk.document,
        external_id: target.to_owned(),
        title: title.unwrap_or_else(|| target.to_owned()),
        url: url.map(str::to_owned),
        leads_to: Vec::new(),
    })
}

/// Returns the last part of an address's path.
fn last_part(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// Returns the pieces of each document that is in the customer's language and near the best score.
fn usable(evidence: &Evidence, language: Language) -> Vec<Vec<&Found>> {
    let speaks = |found: &&Found| {
        !language.is_known() || !found.chunk.language.is_known() || found.chunk.language == language
    };
    let mut documents: Vec<Vec<&Found>> = Vec::new();
    for found in evidence.kept.iter().filter(speaks) {
        match documents.iter_mut().find(|pieces| pieces[0].chunk.document == found.chunk.document) {
            Some(pieces) => pieces.push(found),
            None => documents.push(vec![found]),
        }
    }
    let best = documents.first().map_or(0.0, |pieces| pieces[0].score);
    // Where many earlier conversations ended at one page, one that ended there is a better witness than one that
    // is a little closer.
    let elected = evidence.votes.first().filter(|(_, share)| *share >= ELECTED).map(|(target, _)| target);
    let witness = |pieces: &[&Found]| elected.is_some_and(|target| pieces[0].chunk.leads_to.contains(target));
    documents
        .retain(|pieces| pieces[0].score >= best * if witness(pieces) { NEAR_AS_WITNESS } else { NEAR_BEST });
    documents.sort_by_key(|pieces| !witness(pieces));
    documents
}

/// Chooses up to `room` sentences from the pieces of one document, in its order, each with its chunk.
fn choose(pieces: &[&Found], question: &HashSet<String>, room: usize) -> Vec<(ChunkId, String)> {
    let mut pieces = pieces.to_vec();
    pieces.sort_by_key(|found| found.chunk.position);
    let (sentences, chunks) = joined(&pieces);
    // A learned answer was written for this very question: its first sentences are the answer.
    let is_short = sentences.len() <= room.min(4);
    let quoted: BTreeSet<usize> = if is_short || pieces[0].chunk.kind == Kind::LearnedAnswer {
        (0..sentences.len().min(room)).collect()
    } else {
        select(&sentences, question, room)
    };
    let all = chunks.into_iter().zip(sentences).enumerate();
    all.filter(|(at, _)| quoted.contains(at)).map(|(_, (chunk, sentence))| (chunk, sentence.text)).collect()
}

/// Returns the sentences of a piece that may be quoted.
pub(crate) fn quotable(found: &Found) -> Vec<Sentence> {
    let body = &found.chunk.body;
    let (sentences, was_said) = match found.chunk.kind {
        Kind::Article => (split(body), false),
        Kind::History => (split(&message::without_quotes(&answers_in(body))), true),
        Kind::LearnedAnswer => (split(&message::without_quotes(body)), true),
    };
    sentences
        .into_iter()
        // It greets somebody else, or the customer a second time.
        .map(|sentence| if was_said { sentence.without_salutation() } else { sentence })
        .filter(|sentence| sentence.text.chars().any(char::is_alphanumeric))
        // What somebody was asked once answers nobody.
        .filter(|sentence| {
            found.chunk.kind != Kind::LearnedAnswer || !sentence.text.trim_end().ends_with('?')
        })
        .filter(|sentence| domain::text::is_quotable(&sentence.text) && !is_instruction(&sentence.text))
        .collect()
}

/// Selects sentences until they hold what the question asks about: each next one for the words that those before
/// it lack, with the neighbours that a reader needs. One window around the best would miss a second need, and the
/// entry of a list that the question is about.
fn select(sentences: &[Sentence], question: &HashSet<String>, room: usize) -> BTreeSet<usize> {
    let rarity = rarity(sentences);
    let asked: Vec<HashMap<String, f32>> = sentences
        .iter()
        .map(|sentence| {
            let shared = words(&sentence.text).into_iter().filter(|word| question.contains(word));
            shared
                .map(|word| {
                    let weight = rarity[&word];
                    (word, weight)
                })
                .collect()
        })
        .collect();
    let mut covered: HashSet<&str> = HashSet::new();
    let mut quoted = BTreeSet::new();
    let mut first = None;
    while quoted.len() < room {
        let gain = |at: usize| -> f32 {
            let worth = |(word, weight): (&String, &f32)| {
                if covered.contains(word.as_str()) { *weight * REPEATED } else { *weight }
            };
            asked[at].iter().map(worth).sum()
        };
        let open = (0..sentences.len()).filter(|at| !quoted.contains(at));
        let Some((at, worth)) =
            open.map(|at| (at, gain(at))).max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        else {
            break;
        };
        let least = *first.get_or_insert(worth) * WORTH_A_SENTENCE;
        if !quoted.is_empty() && (worth <= 0.0 || worth < least) {
            break;
        }
        covered.extend(asked[at].keys().map(String::as_str));
        for near in neighbours(sentences, at) {
            if quoted.len() < room || sentences[near].is_step() {
                quoted.insert(near);
            }
        }
    }
    quoted
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

/// Returns a sentence with what a reader needs beside it, the most needed first: steps are quoted in a run from
/// their introduction on, an entry of another list stands for itself, and a sentence of a paragraph is explained
/// by what follows it.
fn neighbours(sentences: &[Sentence], at: usize) -> Vec<usize> {
    let block = sentences[at].block;
    let near = |at: usize| sentences.get(at).is_some_and(|one| one.block.abs_diff(block) <= 1);
    let mut start = at;
    let mut end = at + 1;
    if sentences[at].is_step() {
        while start > 0 && sentences[start - 1].is_step() && near(start - 1) {
            start -= 1;
        }
        while sentences.get(end).is_some_and(Sentence::is_step) && near(end) {
            end += 1;
        }
    } else if !sentences[at].is_item {
        while end - at <= EXPLAINED_BY
            && sentences.get(end).is_some_and(|next| next.block == block && !next.is_item)
        {
            end += 1;
        }
        // What a sentence announces with a colon belongs to it.
        while sentences[end - 1].text.ends_with(':') || sentences[end - 1].is_item {
            let follows =
                sentences.get(end).is_some_and(|next| next.is_item || sentences[end - 1].text.ends_with(':'));
            if !follows || end - start > MOST_SENTENCES + 4 {
                break;
            }
            end += 1;
        }
    }
    let introduces = |at: usize| sentences[at].text.ends_with(':') && near(at);
    let introduced = start > 0 && sentences[start].is_item && introduces(start - 1);
    let mut all: Vec<usize> = vec![at];
    all.extend(introduced.then(|| start - 1));
    all.extend((start..end).filter(|other| *other != at));
    all
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

/// Returns the words of a question that say what it is about; in an unknown language as if it were English.
fn asked(question: &str, language: Language) -> HashSet<String> {
    let code = if language.is_known() { language.code() } else { "en" };
    let usual = stop_words::lookup(code).unwrap_or_default();
    let usual: HashSet<String> = usual.iter().flat_map(|word| words(word)).collect();
    words(question).into_iter().filter(|word| !usual.contains(word)).collect()
}

/// Returns the words of at least three letters, lower-case and cut to their first six letters, which joins
/// most inflected forms in the languages we know; and the numbers, also those that say how many times, but not the
/// number of a step.
fn words(text: &str) -> HashSet<String> {
    let text =
        text.split_once(". ").filter(|(mark, _)| mark.parse::<u16>().is_ok()).map_or(text, |(_, rest)| rest);
    text.unicode_words()
        .map(str::to_lowercase)
        .filter_map(|word| match number(&word) {
            Some(number) => Some(number.to_string()),
            None => (word.chars().count() >= 3).then(|| word.chars().take(6).collect()),
        })
        .collect()
}

/// Returns the number that a word is or says in English or German; `one` and its like say too little.
fn number(word: &str) -> Option<u64> {
    const NAMES: [[&str; 4]; 9] = [
        ["two", "zwei", "twice", "zweimal"],
        ["three", "drei", "thrice", "dreimal"],
        ["four", "vier", "", "viermal"],
        ["five", "fünf", "", "fünfmal"],
        ["six", "sechs", "", "sechsmal"],
        ["seven", "sieben", "", "siebenmal"],
        ["eight", "acht", "", "achtmal"],
        ["nine", "neun", "", "neunmal"],
        ["ten", "zehn", "", "zehnmal"],
    ];
    let named = || NAMES.iter().position(|names| names.contains(&word)).map(|at| at as u64 + 2);
    word.parse().ok().or_else(named)
}

/// Returns what a source is called: its title, or what it is where it has none.
pub(crate) fn title(found: &Found, language: Language) -> String {
    if !found.title.trim().is_empty() || found.chunk.kind != Kind::History {
        return found.title.clone();
    }
    let conversation = match language.code() {
        "de" => "Früheres Gespräch",
        "fr" => "Conversation précédente",
        "es" => "Conversación anterior",
        "it" => "Conversazione precedente",
        "nl" => "Eerder gesprek",
        "pt" => "Conversa anterior",
        _ => "Earlier conversation",
    };
    conversation.to_owned()
}

#[cfg(test)]
mod tests;
