//! What a drafter made of a question, ready to be read by eye: the draft with the passage behind each sentence, the
//! verdict of every check, and the decision with its reason.

use app::{Drafting, Fared, Response};
use domain::decision::Verdict;
use domain::evidence::Found;
use domain::{Audience, Draft, Outcome};
use serde::{Deserialize, Serialize};

use crate::judge::Source;
use crate::replay::beside;

/// What one drafter made of a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Who drafted, in words for the reader.
    pub drafter: String,
    /// How the models fared, where some may write.
    pub how: Option<String>,
    /// What was decided, and why.
    pub outcome: Outcome,
    /// Calibrated probability that the draft is right.
    pub confidence: f64,
    /// The sentences of the draft, with what stands before each; none where there is no draft.
    pub sentences: Vec<Said>,
    /// What stands behind the last sentence: pages that the draft points to.
    pub rest: String,
    /// What the sentences rest on, in the order of first use.
    pub passages: Vec<Passage>,
    /// The verdicts of all checks.
    pub checks: Vec<Verdict>,
    /// What only the agent may know, beside the draft.
    pub for_agent: Vec<Source>,
}

/// One sentence of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The sentence, with the greeting, the blank or the line break before it.
    pub text: String,
    /// The number of its source, as the customer would read it.
    pub number: usize,
    /// Which of the passages carries it.
    pub passage: usize,
}

/// A passage that is cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The number of its source.
    pub number: usize,
    /// The title of its document.
    pub title: String,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
    /// Where a person can read it: its own place in the document where the source names it.
    pub url: Option<String>,
    /// Whether anybody may see it.
    pub public: bool,
    /// What stands there.
    pub text: String,
}

impl Told {
    /// Reads what was answered; `drafter` names who drafted.
    #[must_use]
    pub fn of(response: &Response, drafter: &str) -> Self {
        let decision = &response.decision;
        let mut told = Self {
            drafter: drafter.to_owned(),
            how: response.drafting.as_ref().map(how),
            outcome: decision.outcome,
            confidence: f64::from(decision.confidence),
            sentences: Vec::new(),
            rest: String::new(),
            passages: Vec::new(),
            checks: decision.checks.clone(),
            for_agent: decision.for_agent.iter().map(beside).collect(),
        };
        if let Some(draft) = &decision.draft {
            let found = response.evidence.iter().flat_map(|evidence| &evidence.kept);
            told.read(draft, &found.collect::<Vec<_>>());
        }
        told
    }

    /// Takes the text of a draft apart at its citations.
    fn read(&mut self, draft: &Draft, found: &[&Found]) {
        let text = draft.text();
        let mut rest = text.as_str();
        let mut known = Vec::new();
        for sentence in &draft.sentences {
            let mark = format!("{} [{}]", sentence.text, sentence.source);
            let Some(at) = rest.find(&mark) else { continue };
            let passage = known.iter().position(|chunk| *chunk == sentence.chunk).unwrap_or_else(|| {
                known.push(sentence.chunk);
                let found = found.iter().find(|found| found.chunk.id == sentence.chunk);
                self.passages.push(found.map_or_else(
                    || Passage::unknown(sentence.source),
                    |found| Passage::of(found, sentence.source, draft),
                ));
                known.len() - 1
            });
            let said = rest[..at + sentence.text.len()].to_owned();
            self.sentences.push(Said { text: said, number: sentence.source, passage });
            rest = &rest[at + mark.len()..];
        }
        self.rest = rest.to_owned();
    }

    /// Reports whether there is a draft.
    #[must_use]
    pub fn has_draft(&self) -> bool {
        !self.sentences.is_empty() || !self.rest.is_empty()
    }

    /// Returns the draft as a customer would read it.
    #[must_use]
    pub fn text(&self) -> String {
        let said = self.sentences.iter().map(|said| format!("{} [{}]", said.text, said.number));
        said.collect::<String>() + &self.rest
    }
}

impl Passage {
    fn of(found: &Found, number: usize, draft: &Draft) -> Self {
        let cited = number.checked_sub(1).and_then(|at| draft.sources.get(at));
        Self {
            number,
            title: cited.map_or_else(|| found.title.clone(), |cited| cited.title.clone()),
            headings: found.chunk.place.heading_path.clone(),
            url: found.address(),
            public: found.chunk.audience == Audience::Public,
            text: found.chunk.body.clone(),
        }
    }

    /// A passage that is not among what was found: facts that were looked up are kept nowhere.
    fn unknown(number: usize) -> Self {
        let (title, text) = ("looked up".to_owned(), String::new());
        Self { number, title, headings: Vec::new(), url: None, public: false, text }
    }

    /// Returns the title and the heading that the passage stands under, where that says more.
    #[must_use]
    pub fn name(&self) -> String {
        match self.headings.last().filter(|heading| **heading != self.title) {
            Some(heading) => format!("{} › {heading}", self.title),
            None => self.title.clone(),
        }
    }
}

/// Says how the models fared.
fn how(drafting: &Drafting) -> String {
    if let Some(why) = drafting.unasked {
        return format!("no model was asked ({}): the draft is extractive", why.replace('_', " "));
    }
    let steps = drafting.steps.iter().map(|step| {
        let model = step.answered_by.as_ref().unwrap_or(&step.model);
        let why = step.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        match step.fared {
            Fared::Wrote => format!("written by {model}"),
            Fared::CannotAnswer => format!("{model} found that the evidence carries no answer"),
            Fared::Unusable => format!("what {model} wrote cannot be used{why}"),
            Fared::Failed => format!("{model} wrote nothing{why}"),
        }
    });
    let steps = steps.collect::<Vec<_>>().join("; ");
    let fell_back = drafting.steps.iter().all(|step| step.fared == Fared::Failed);
    if fell_back { format!("{steps}: the draft is extractive") } else { steps }
}
