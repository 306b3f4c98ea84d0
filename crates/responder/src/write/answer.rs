//! What a model returns: read, held against what it was given, and made a draft.

use std::collections::HashSet;
use std::sync::LazyLock;

use domain::decision::{Cited, CitedSentence};
use domain::{Draft, Drafter, Language, language};
use regex::Regex;
use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;

use super::prompt::Prompt;
use super::{Task, Written};
use crate::extract;
use crate::visible::visible;

/// Most sentences of an answer; the prompt asks for ten.
const MOST_SENTENCES: usize = 14;
/// A longer sentence is none.
const LONGEST_SENTENCE_CHARS: usize = 600;
/// So many words in a row that the instructions have too are no chance.
const REPEATED_WORDS: usize = 8;

static MARKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\s*[\[(]\s*E\d{1,2}(\s*[,;]\s*E\d{1,2})*\s*[\])]")
        .expect("the pattern is checked by the tests")
});

/// An answer as the model returns it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    can_answer: bool,
    sentences: Vec<FormSentence>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormSentence {
    text: String,
    evidence: Vec<String>,
}

/// Says what the model has to mend, in words of ours alone.
pub(super) fn accept(form: &Form, prompt: &Prompt<'_>) -> Result<(), String> {
    if !form.can_answer {
        return Ok(());
    }
    if form.sentences.is_empty() {
        return Err("the answer has no sentences".to_owned());
    }
    if form.sentences.len() > MOST_SENTENCES {
        return Err(format!("the answer has {} sentences, more than {MOST_SENTENCES}", form.sentences.len()));
    }
    for (number, sentence) in form.sentences.iter().enumerate() {
        let number = number + 1;
        if !sentence.text.chars().any(char::is_alphanumeric) {
            return Err(format!("sentence {number} is empty"));
        }
        if sentence.text.chars().count() > LONGEST_SENTENCE_CHARS {
            return Err(format!("sentence {number} is longer than {LONGEST_SENTENCE_CHARS} characters"));
        }
        if sentence.evidence.is_empty() {
            return Err(format!("sentence {number} names no evidence"));
        }
        if sentence.evidence.iter().any(|id| prompt.piece(id).is_none()) {
            return Err(format!("sentence {number} names evidence that was not given"));
        }
    }
    Ok(())
}

/// Makes an accepted answer a draft.
pub(super) fn draft(form: Form, prompt: &Prompt<'_>, task: &Task<'_>) -> Written {
    if !form.can_answer {
        return Written::CannotAnswer;
    }
    let mut draft = Draft {
        greeting: task.voice.greeting(task.language, task.first_name),
        sentences: Vec::new(),
        sources: Vec::new(),
        pages: Vec::new(),
        signature: task.voice.signature.clone(),
        language: task.language,
        drafter: Drafter::Llm,
    };
    for sentence in form.sentences {
        let Some(piece) = sentence.evidence.first().and_then(|id| prompt.piece(id)) else {
            return Written::Unusable("a sentence names no evidence".to_owned());
        };
        let text = plain(&sentence.text);
        if !text.chars().any(char::is_alphanumeric) {
            return Written::Unusable("a sentence is empty".to_owned());
        }
        let cited = piece.found.cited();
        let known = draft.sources.iter().position(|source| source.external_id == cited.external_id);
        let source = known.unwrap_or_else(|| {
            draft.sources.push(Cited { title: extract::title(piece.found, task.language), ..cited });
            draft.sources.len() - 1
        });
        draft.sentences.push(CitedSentence { text, chunk: piece.found.chunk.id, source: source + 1 });
    }
    let said: Vec<&str> = draft.sentences.iter().map(|sentence| sentence.text.as_str()).collect();
    let said = said.join(" ");
    if repeats(&said, &prompt.request.system) {
        return Written::Unusable("the answer repeats its instructions".to_owned());
    }
    draft.language = spoken(&said, task.language);
    extract::point(&mut draft, task.evidence);
    Written::Draft(draft)
}

/// Returns a sentence as a reader should see it: on one line, without marks that nobody sees, and without ids.
fn plain(text: &str) -> String {
    let text = MARKS.replace_all(text, "");
    visible(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reports whether a text has a run of words that the instructions have too.
pub(crate) fn repeats(text: &str, instructions: &str) -> bool {
    let words = |text: &str| text.unicode_words().map(str::to_lowercase).collect::<Vec<_>>();
    let (text, instructions) = (words(text), words(instructions));
    let runs: HashSet<&[String]> = instructions.windows(REPEATED_WORDS).collect();
    text.windows(REPEATED_WORDS).any(|run| runs.contains(run))
}

/// Returns the language of an answer: the one that was asked for unless the text is clearly in another.
fn spoken(text: &str, asked: Language) -> Language {
    let found = language::detect(text);
    if !found.is_known() || !asked.is_known() || found == asked {
        return if asked.is_known() { asked } else { found };
    }
    language::detect_among(text, &[asked, found]).filter(|one| *one == found).unwrap_or(asked)
}
