//! What a model is given: the instructions of a file, and the evidence as data, as much of it as fits.

use std::collections::HashSet;

use domain::evidence::Found;
use domain::{ChunkId, Language};
use llm::completion::{Request, Schema, count_tokens};
use serde::Serialize;

use super::Task;
use crate::checks::{self, is_instruction};
use crate::sentences::Sentence;
use crate::visible::visible;
use crate::{extract, passage};

/// What the model has to do.
const ANSWER: &str = include_str!("../../prompts/answer.md");
/// What it is told about an answer that cannot be used.
pub(super) const MEND: &str = include_str!("../../prompts/mend.md");
/// The form of its answer.
const SCHEMA: &str = include_str!("../../prompts/answer.schema.json");

/// What stands before a tenant's own guidance.
const GUIDANCE: &str = include_str!("../../prompts/guidance.md");

/// Counted by a tokeniser that may not be the model's own: so much of the room stays free, as one in so many.
const SPARE: usize = 10;
/// A question takes at most this share of the room, as one in so many; the rest is for evidence.
const QUESTION: usize = 2;
/// Most pieces of evidence in a prompt.
const MOST_PIECES: usize = 12;

/// Returns the hash of the prompts with a tenant's guidance.
pub(super) fn hash(guidance: &str) -> String {
    let parts = [ANSWER, MEND, SCHEMA, GUIDANCE, guidance].map(str::as_bytes);
    let hash = domain::text::hash(&parts);
    domain::text::hex(&hash[..8])
}

/// A piece of evidence that the model is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) found: &'a Found,
}

/// A prompt with what it is made of.
pub(super) struct Prompt<'a> {
    pub(super) request: Request,
    pub(super) tokens: usize,
    /// What is given; the first one is called `E1`.
    pub(super) pieces: Vec<Piece<'a>>,
    /// What was left out, or given in part, for want of room.
    pub(super) cut: Vec<ChunkId>,
}

/// The data of a prompt. As JSON, no text can pass for what stands around it.
#[derive(Serialize)]
struct Data<'a> {
    language: &'a str,
    question: String,
    evidence: Vec<Given>,
}

#[derive(Serialize)]
struct Given {
    id: String,
    title: String,
    text: String,
}

/// A piece that is to be given, with what of it is.
struct Chosen<'a> {
    found: &'a Found,
    title: String,
    sentences: Vec<Sentence>,
}

impl Chosen<'_> {
    /// Returns it as it is given with so many before it.
    fn given(&self, before: usize) -> Given {
        let id = format!("E{}", before + 1);
        Given { id, title: self.title.clone(), text: joined(&self.sentences) }
    }
}

impl<'a> Prompt<'a> {
    /// Assembles a prompt of at most about `budget` tokens, the most useful evidence first; pieces that stand next to
    /// each other in their document read as one passage. Guidance is the tenant's own word and stands among the
    /// instructions.
    pub(super) fn assemble(task: &Task<'a>, guidance: &str, budget: usize) -> Self {
        let system = match guidance.trim() {
            "" => ANSWER.to_owned(),
            guidance => format!("{ANSWER}\n{GUIDANCE}\n{guidance}\n"),
        };
        let fixed = count_tokens(&system) + count_tokens(SCHEMA);
        let room = (budget - budget / SPARE).saturating_sub(fixed);
        let question = fitting(&visible(&task.evidence.question.text), room / QUESTION);
        let mut left = room.saturating_sub(count_tokens(&question));
        let (mut chosen, mut cut): (Vec<Chosen<'a>>, Vec<ChunkId>) = (Vec::new(), Vec::new());
        for found in in_order(task) {
            let known = chosen.iter().map(|one| (one.found, one.sentences.as_slice()));
            let sentences = passage::unsaid(found, extract::quotable(found), known);
            let mut one = Chosen { found, title: shown_title(found, task.language), sentences };
            if one.given(chosen.len()).text.is_empty() {
                continue;
            }
            // The best piece is worth its beginning; of a lesser one, half may mislead.
            let all = one.sentences.len();
            while chosen.is_empty() && one.sentences.len() > 1 && cost(&one.given(0)) > left {
                one.sentences.pop();
            }
            let takes = cost(&one.given(chosen.len()));
            if chosen.len() == MOST_PIECES || takes > left {
                cut.push(found.chunk.id);
                continue;
            }
            if one.sentences.len() < all {
                cut.push(found.chunk.id);
            }
            left -= takes;
            chosen.push(one);
        }
        let order = passage::reading_order(&chosen.iter().map(|one| one.found).collect::<Vec<_>>());
        let pieces: Vec<Piece<'a>> = order.iter().map(|at| Piece { found: chosen[*at].found }).collect();
        let evidence = order.iter().enumerate().map(|(number, at)| chosen[*at].given(number)).collect();
        let language = if task.language.is_known() { task.language.code() } else { "same" };
        let data = Data { language, question, evidence };
        let user = serde_json::to_string(&data).unwrap_or_default();
        let tokens = fixed + count_tokens(&user);
        let schema = Schema { name: "answer".to_owned(), json: SCHEMA.to_owned() };
        let request = Request { system, user, mend: None, schema: Some(schema) };
        Self { request, tokens, pieces, cut }
    }

    /// Returns the piece that the model calls so.
    pub(super) fn piece(&self, id: &str) -> Option<Piece<'a>> {
        let number: usize = id.trim().strip_prefix(['E', 'e'])?.parse().ok()?;
        self.pieces.get(number.checked_sub(1)?).copied()
    }
}

/// Returns the evidence, the most useful first: the best for the whole, the best for each single question, the rest
/// by score. In the language of the customer alone, as far as the language is known.
fn in_order<'a>(task: &Task<'a>) -> Vec<&'a Found> {
    let speaks = |found: &&&Found| {
        let (asked, its) = (task.language, found.chunk.language);
        !asked.is_known() || !Language::is_known(its) || its == asked
    };
    let whole = &task.evidence.kept;
    let firsts = task.parts.iter().filter_map(|part| part.kept.first());
    let rests = task.parts.iter().flat_map(|part| part.kept.iter().skip(1));
    let all = whole.iter().take(1).chain(firsts).chain(whole.iter().skip(1)).chain(rests);
    let mut known = HashSet::new();
    let all: Vec<&Found> = all.collect();
    all.iter().filter(speaks).filter(|found| known.insert(found.chunk.id)).copied().collect()
}

/// Returns the title that a model is shown: none that speaks to it, or that may not be quoted.
fn shown_title(found: &Found, language: Language) -> String {
    let title = extract::title(found, language);
    let title = visible(&title).into_owned();
    let is_harmless = !is_instruction(&title) && domain::text::is_quotable(&title);
    if is_harmless { title } else { String::new() }
}

/// Puts sentences together as they stood: entries of a list on lines of their own, paragraphs apart.
fn joined(sentences: &[Sentence]) -> String {
    let mut text = String::new();
    for (at, sentence) in sentences.iter().enumerate() {
        if let Some(before) = at.checked_sub(1).map(|before| &sentences[before]) {
            let apart = before.block != sentence.block || before.is_item || sentence.is_item;
            text.push(if apart { '\n' } else { ' ' });
        }
        text.push_str(&sentence.text);
    }
    checks::injection::clean(&text).trim().to_owned()
}

/// Returns what a piece costs in tokens, with what stands around it.
fn cost(given: &Given) -> usize {
    count_tokens(&serde_json::to_string(given).unwrap_or_default()) + 1
}

/// Returns as much of a text as has at most `tokens` tokens.
pub(crate) fn fitting(text: &str, tokens: usize) -> String {
    let mut text = text.to_owned();
    loop {
        let count = count_tokens(&text);
        if count <= tokens || text.is_empty() {
            return text;
        }
        let letters = text.chars().count();
        // The mark of the cut counts too, so it gets shorter each time.
        let fits = (letters * tokens / count).min(letters.saturating_sub(2));
        text = if fits == 0 { String::new() } else { domain::text::shorten(&text, fits) };
    }
}
