//! What is asked, in the words of a model, where a tenant wants that.
//!
//! The rules come first: what they settle no model sees, and what a model makes of the rest counts only where it says
//! nothing that nobody wrote. Whatever it returns instead, the questions of the rules stand.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::LazyLock;

use domain::{Author, Language, Question, language, message};
use llm::Advice;
use llm::completion::{Request, Schema, count_tokens, structured};
use regex::Regex;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::{Asked, Incoming, courtesy, leaning};
use crate::checks::is_instruction;
use crate::visible::visible;
use crate::write::{Fared, Step, Writer, fitting, repeats};

/// What the model has to do.
const UNDERSTAND: &str = include_str!("../../prompts/understand.md");
/// What it is told about questions that cannot be used.
const MEND: &str = include_str!("../../prompts/understand.mend.md");
/// The form of its answer.
const SCHEMA: &str = include_str!("../../prompts/understand.schema.json");

/// A first message with fewer words that asks one thing is a question already.
const WORTH_WORDS: usize = 60;
/// Most turns that are given, the newest ones.
const MOST_TURNS: usize = 12;
/// Most characters of a turn that are given.
const TURN_CHARS: usize = 1_500;
/// Counted by a tokeniser that may not be the model's own: so much of the room stays free, as one in so many.
const SPARE: usize = 10;
/// Most questions.
const MOST_QUESTIONS: usize = 4;
/// A longer question is none.
const LONGEST_CHARS: usize = 400;
/// So many of ten words that mean something must stand in the conversation.
const KNOWN_OF_TEN: usize = 7;
/// Words are the same where so many first letters are: most inflected forms.
const STEM_CHARS: usize = 5;

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\S+@\S+|\w+://\S+|\bwww\.\S+|\b[\w-]+(\.[\w-]+)*\.[a-z]{2,}\b")
        .expect("the pattern is checked by the tests")
});

/// How a turn was understood where a model may do it: what is kept of it in traces. Holds hashes and figures, no texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// Who made the questions in the end: `llm` or `rules`.
    pub by: &'static str,
    /// Why no model was asked, where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unasked: Option<&'static str>,
    /// The hash of the prompts as they stand in their files.
    pub prompt: String,
    /// How many questions there are.
    pub questions: usize,
    /// Who was asked, in this order.
    pub steps: Vec<Step>,
}

/// Returns the hash of the prompts as they stand in their files: it stands for their version in every trace.
#[must_use]
pub fn prompts() -> String {
    let hash = domain::text::hash(&[UNDERSTAND, MEND, SCHEMA].map(str::as_bytes));
    domain::text::hex(&hash[..8])
}

/// Questions as the model returns them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    questions: Vec<FormQuestion>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormQuestion {
    text: String,
}

/// The data of a prompt. As JSON, no text can pass for what stands around it.
#[derive(Serialize)]
struct Data<'a> {
    language: &'a str,
    turns: Vec<Given>,
}

#[derive(Debug, Clone, Serialize)]
struct Given {
    from: &'static str,
    text: String,
}

/// A conversation as the model is given it, with what its questions are held against.
struct Told {
    turns: Vec<Given>,
    /// How many of the turns are the newest messages.
    newest: usize,
    language: Language,
    leans: bool,
}

/// Has the models say what is asked, one after the other until one has. `asked` is what the rules made of it.
///
/// # Errors
/// Fails only where a recording is missing: what is to be repeated exactly must not be understood otherwise.
pub(crate) async fn read(
    writer: &Writer,
    incoming: &Incoming,
    asked: Asked,
) -> Result<(Asked, Reading), llm::Error> {
    let mut reading = Reading {
        by: "rules",
        unasked: None,
        prompt: prompts(),
        questions: asked.single.len().max(1),
        steps: Vec::new(),
    };
    let told = Told::of(incoming, &asked);
    if !is_worth_asking(&told, &asked) {
        reading.unasked = Some("stands_alone");
        return Ok((asked, reading));
    }
    for model in writer.models() {
        let info = model.info();
        let room = info.context_tokens.saturating_sub(info.max_output_tokens as usize);
        let request = told.request(writer.prompt_tokens().min(room));
        let answer = structured::ask(&**model, &request, MEND, |form: &Form| told.accept(form)).await;
        let mut step = Step {
            model: info.model.clone(),
            provider: info.provider.name(),
            answered_by: None,
            fared: Fared::Failed,
            why: None,
            mended: answer.mended,
            usage: answer.usage,
        };
        match answer.result {
            Ok(answer) => {
                (step.answered_by, step.fared) = (Some(answer.model), Fared::Wrote);
                reading.steps.push(step);
                let asked = said(&answer.value, asked);
                (reading.by, reading.questions) = ("llm", asked.single.len().max(1));
                return Ok((asked, reading));
            }
            Err(error) => {
                step.why = Some(error.name().to_owned());
                tracing::warn!(model.name = %info.model, "a model made no questions: {}", error.name());
                match (error.advice(), error) {
                    (Advice::Abort, error) => return Err(error),
                    (_, llm::Error::Unusable { why, .. }) => {
                        (step.fared, step.why) = (Fared::Unusable, Some(why));
                        reading.steps.push(step);
                        return Ok((asked, reading));
                    }
                    _ => reading.steps.push(step),
                }
            }
        }
    }
    Ok((asked, reading))
}

fn is_worth_asking(told: &Told, asked: &Asked) -> bool {
    let is_first = told.turns.len() == told.newest;
    !is_first || !asked.single.is_empty() || asked.question.text.split_whitespace().nth(WORTH_WORDS).is_some()
}

/// Puts the model's questions in the place of those of the rules.
fn said(form: &Form, asked: Asked) -> Asked {
    let texts: Vec<String> = form.questions.iter().map(|question| plain(&question.text)).collect();
    let worded = |text| Question { text, ..asked.question.clone() };
    let question = worded(texts.join("\n"));
    let several = texts.len() > 1;
    let single = texts.into_iter().filter(|_| several).map(worded).collect();
    Asked { question, single, ..asked }
}

fn plain(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns as much of a turn as is given, as its readers see it.
fn shown(text: &str) -> String {
    visible(&domain::text::shorten(text, TURN_CHARS)).into_owned()
}

impl Told {
    /// Takes the newest turns, without history, signatures, greetings and names.
    fn of(incoming: &Incoming, asked: &Asked) -> Self {
        let from = super::newest_from(&incoming.turns);
        let mut turns = Vec::new();
        let mut newest = 0;
        for (at, turn) in incoming.turns.iter().enumerate() {
            let author = match turn.author {
                Author::Customer => "customer",
                Author::Agent | Author::Bot => "company",
                Author::Other => continue,
            };
            let own = message::take_apart(None, &turn.text).own;
            let text = shown(courtesy::without(&own));
            if !text.is_empty() {
                turns.push(Given { from: author, text });
                newest += usize::from(at >= from && turn.author == Author::Customer);
            }
        }
        if let Some(subject) =
            incoming.subject.as_deref().map(super::bare_subject).filter(|text| !text.is_empty())
        {
            let is_newest = usize::from(turns.len() == newest);
            turns.insert(0, Given { from: "customer", text: shown(subject) });
            newest += is_newest;
        }
        turns.drain(..turns.len().saturating_sub(MOST_TURNS));
        let newest = newest.min(turns.len());
        Self { turns, newest, language: asked.question.language, leans: asked.leans }
    }

    /// Makes the request, of at most about `budget` tokens: the oldest turns are left out first.
    fn request(&self, budget: usize) -> Request {
        let fixed = count_tokens(UNDERSTAND) + count_tokens(SCHEMA);
        let room = (budget - budget / SPARE).saturating_sub(fixed);
        let mut turns = self.turns.clone();
        while turns.len() > 1 && count_tokens(&self.data(turns.clone())) > room {
            turns.remove(0);
        }
        // Quotes and breaks cost more as JSON.
        let mut fits = room;
        while fits > 0 && count_tokens(&self.data(turns.clone())) > room {
            fits -= fits / SPARE + 1;
            turns.iter_mut().for_each(|turn| turn.text = fitting(&turn.text, fits));
        }
        let schema = Schema { name: "questions".to_owned(), json: SCHEMA.to_owned() };
        Request { system: UNDERSTAND.to_owned(), user: self.data(turns), mend: None, schema: Some(schema) }
    }

    fn data(&self, turns: Vec<Given>) -> String {
        let language = if self.language.is_known() { self.language.code() } else { "same" };
        serde_json::to_string(&Data { language, turns }).unwrap_or_default()
    }

    /// Says what the model has to mend, in words of ours alone.
    fn accept(&self, form: &Form) -> Result<(), String> {
        if form.questions.is_empty() {
            return Err("there are no questions".to_owned());
        }
        if form.questions.len() > MOST_QUESTIONS {
            return Err(format!("there are {} questions, more than {MOST_QUESTIONS}", form.questions.len()));
        }
        let all =
            self.turns.iter().map(|turn| turn.text.as_str()).collect::<Vec<_>>().join("\n").to_lowercase();
        let new = self.turns[self.turns.len() - self.newest..].iter().map(|turn| turn.text.as_str());
        let new = new.collect::<Vec<_>>().join("\n").to_lowercase();
        for (number, question) in form.questions.iter().enumerate() {
            self.accept_one(&plain(&question.text), &all, &new)
                .map_err(|why| format!("question {} {why}", number + 1))?;
        }
        Ok(())
    }

    fn accept_one(&self, question: &str, all: &str, new: &str) -> Result<(), String> {
        if !question.chars().any(char::is_alphanumeric) {
            return Err("is empty".to_owned());
        }
        if question.chars().count() > LONGEST_CHARS {
            return Err(format!("is longer than {LONGEST_CHARS} characters"));
        }
        if repeats(question, UNDERSTAND) {
            return Err("repeats your instructions".to_owned());
        }
        if is_instruction(question) {
            return Err("gives an order to a machine".to_owned());
        }
        let lower = question.to_lowercase();
        let known: HashSet<&str> = all.unicode_words().collect();
        let has_digit = |word: &&str| word.chars().any(|sign| sign.is_ascii_digit());
        if lower.unicode_words().filter(has_digit).any(|word| !known.contains(word)) {
            return Err("has a number or code that nobody wrote".to_owned());
        }
        if ADDRESS.find_iter(&lower).any(|address| !all.contains(address.as_str())) {
            return Err("has an address or link that nobody wrote".to_owned());
        }
        let (words, stems) = (meaning(&lower), meaning(all));
        let familiar = words.intersection(&stems).count();
        if words.is_empty() || familiar * 10 < words.len() * KNOWN_OF_TEN {
            return Err("asks for something that nobody wrote about".to_owned());
        }
        if !self.leans && words.is_disjoint(&meaning(new)) {
            return Err("asks for nothing that the newest messages say".to_owned());
        }
        if self.is_other_language(question) {
            return Err("is not in the customer's language".to_owned());
        }
        Ok(())
    }

    fn is_other_language(&self, question: &str) -> bool {
        let found = language::detect(question);
        found.is_known()
            && self.language.is_known()
            && found != self.language
            && language::detect_among(question, &[self.language, found]) == Some(found)
    }
}

/// Returns the beginnings of the words of a text that mean something.
fn meaning(text: &str) -> HashSet<String> {
    let stem = |word: &str| word.chars().take(STEM_CHARS).collect();
    text.unicode_words().filter(|word| leaning::means(word)).map(stem).collect()
}
