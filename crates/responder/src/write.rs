//! The drafter `llm`: a model writes the answer, sentence by sentence, each with the evidence that carries it.
//!
//! The model is given what an automatic reply may show, as data, and nothing else: not the person's name, not what
//! stands beside the draft for the agent. What it returns is held against what it was given before it becomes a
//! draft; the checks come afterwards, as for every draft. A model that cannot be reached is followed by the next
//! one, and the last by the extractive drafter; one that answers nonsense is followed by a person.

mod answer;
mod prompt;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::{ChunkId, Draft, Evidence, Language, TenantId};
use llm::completion::{Usage, structured};
use llm::{Advice, Completer};
use serde::Serialize;

use crate::voice::{FormOfAddress, Voice};
pub(crate) use answer::repeats;
pub(crate) use prompt::fitting;

use answer::{Form, accept};
use prompt::Prompt;

/// Says who writes for a tenant.
pub trait Writers: Send + Sync {
    /// Returns the writer of a tenant; none where drafts are extractive.
    fn of(&self, tenant: TenantId) -> Option<Arc<Writer>>;
}

/// Nobody writes: all drafts are extractive.
#[derive(Debug, Clone, Copy)]
pub struct NoWriters;

impl Writers for NoWriters {
    fn of(&self, _tenant: TenantId) -> Option<Arc<Writer>> {
        None
    }
}

/// Models that write, in the order in which they are asked.
pub struct Writer {
    models: Vec<Arc<dyn Completer>>,
    prompt_tokens: usize,
    guidance: String,
    understands: bool,
}

/// How a drafter fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fared {
    /// It wrote the draft.
    Wrote,
    /// It found that the evidence carries no answer.
    CannotAnswer,
    /// What it wrote cannot be used.
    Unusable,
    /// It could not be asked, or asked with less.
    Failed,
}

/// One drafter that was asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The model, as it is configured.
    pub model: String,
    /// Who runs it.
    pub provider: &'static str,
    /// The model as its provider names it, where it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    /// How it fared.
    pub fared: Fared,
    /// Why, where it wrote nothing; never a word of what it wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whether its answer had to be mended.
    pub mended: bool,
    /// What asking it used.
    #[serde(flatten)]
    pub usage: Usage,
}

/// How a draft came about: what is kept of it in traces. Holds ids, hashes and figures, no texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drafting {
    /// Who composed the draft in the end.
    pub drafter: &'static str,
    /// Why no model was asked, where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unasked: Option<&'static str>,
    /// The hash of the prompts, as they stand in their files, and of the tenant's guidance.
    pub prompt: String,
    /// How many tokens the last prompt had, by our count.
    pub prompt_tokens: usize,
    /// What the model was given.
    pub given: Vec<ChunkId>,
    /// What was left out, or given in part, for want of room.
    pub cut: Vec<ChunkId>,
    /// Who was asked, in this order.
    pub steps: Vec<Step>,
}

/// Returns the hash of the prompts as they stand in their files, with a tenant's guidance: it stands for their
/// version in every trace.
#[must_use]
pub fn prompts(guidance: &str) -> String {
    prompt::hash(guidance)
}

/// Returns what models are told of how a company writes: its form of address in our words, then its own guidance.
#[must_use]
pub fn guided(form: FormOfAddress, guidance: &str) -> String {
    let own = Some(guidance.trim()).filter(|own| !own.is_empty());
    let form = form.instruction().map(str::trim);
    form.into_iter().chain(own).collect::<Vec<_>>().join("\n")
}

impl Drafting {
    fn new(prompt: String, unasked: Option<&'static str>) -> Self {
        Self {
            drafter: domain::Drafter::Extractive.name(),
            unasked,
            prompt,
            prompt_tokens: 0,
            given: Vec::new(),
            cut: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Returns what all of it used.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.steps.iter().fold(Usage::default(), |all, step| all.plus(step.usage))
    }
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Written {
    /// A draft.
    Draft(Draft),
    /// The evidence carries no answer.
    CannotAnswer,
    /// What came is no answer; says why, without a word of it.
    Unusable(String),
    /// Nobody could be asked.
    Failed,
}

/// What is to be answered.
pub(crate) struct Task<'a> {
    pub(crate) evidence: &'a Evidence,
    /// What was found for the single questions of a message with several.
    pub(crate) parts: &'a [Evidence],
    pub(crate) language: Language,
    pub(crate) first_name: Option<&'a str>,
    pub(crate) voice: &'a Voice,
}

impl Writer {
    /// Makes a writer of models, the one to ask first standing first, with prompts of at most so many tokens.
    #[must_use]
    pub fn new(models: Vec<Arc<dyn Completer>>, prompt_tokens: usize) -> Self {
        Self { models, prompt_tokens, guidance: String::new(), understands: false }
    }

    /// Has the models say what is asked, too, before anything is searched.
    #[must_use]
    pub fn with_understanding(self, understands: bool) -> Self {
        Self { understands, ..self }
    }

    /// Has the models write as a tenant's guidance says.
    #[must_use]
    pub fn with_guidance(self, guidance: String) -> Self {
        Self { guidance, ..self }
    }

    /// Reports whether the models say what is asked, too.
    pub(crate) fn understands(&self) -> bool {
        self.understands
    }

    /// Returns the models, the one to ask first standing first.
    pub(crate) fn models(&self) -> &[Arc<dyn Completer>] {
        &self.models
    }

    /// Returns how many tokens a prompt may have.
    pub(crate) fn prompt_tokens(&self) -> usize {
        self.prompt_tokens
    }

    /// Returns what is kept where no model is asked.
    pub(crate) fn unasked(&self, why: &'static str) -> Drafting {
        Drafting::new(prompts(&self.guidance), Some(why))
    }

    /// Has the models write, one after the other until one has answered.
    ///
    /// # Errors
    /// Fails only where a recording is missing: what is to be repeated exactly must not be answered otherwise.
    pub(crate) async fn write(&self, task: &Task<'_>) -> Result<(Written, Drafting), llm::Error> {
        let mut drafting = Drafting::new(prompts(&self.guidance), None);
        for model in &self.models {
            let written = self.ask(&**model, task, &mut drafting).await?;
            if written != Written::Failed {
                return Ok((written, drafting));
            }
        }
        Ok((Written::Failed, drafting))
    }

    /// Asks one model; once more with less where the prompt is too long for it.
    async fn ask(
        &self,
        model: &dyn Completer,
        task: &Task<'_>,
        drafting: &mut Drafting,
    ) -> Result<Written, llm::Error> {
        let info = model.info();
        let room = info.context_tokens.saturating_sub(info.max_output_tokens as usize);
        let mut budget = self.prompt_tokens.min(room);
        let mut is_shrunk = false;
        loop {
            let prompt = Prompt::assemble(task, &self.guidance, budget);
            if prompt.pieces.is_empty() {
                drafting.unasked = Some("nothing_to_give");
                return Ok(Written::Failed);
            }
            drafting.prompt_tokens = prompt.tokens;
            drafting.given = prompt.pieces.iter().map(|piece| piece.found.chunk.id).collect();
            drafting.cut.clone_from(&prompt.cut);
            let asked =
                structured::ask(model, &prompt.request, prompt::MEND, |form: &Form| accept(form, &prompt))
                    .await;
            let mut step = Step {
                model: info.model.clone(),
                provider: info.provider.name(),
                answered_by: None,
                fared: Fared::Failed,
                why: None,
                mended: asked.mended,
                usage: asked.usage,
            };
            let (written, again) = match asked.result {
                Ok(answer) => {
                    step.answered_by = Some(answer.model);
                    (answer::draft(answer.value, &prompt, task), false)
                }
                Err(error) => {
                    step.why = Some(error.name().to_owned());
                    tracing::warn!(model.name = %info.model, "a model wrote no draft: {}", error.name());
                    match (error.advice(), error) {
                        (Advice::Abort, error) => return Err(error),
                        (_, llm::Error::Unusable { why, .. }) => (Written::Unusable(why), false),
                        (Advice::Shrink, _) => (Written::Failed, !is_shrunk),
                        _ => (Written::Failed, false),
                    }
                }
            };
            (step.fared, step.why) = match &written {
                Written::Draft(_) => (Fared::Wrote, None),
                Written::CannotAnswer => (Fared::CannotAnswer, None),
                Written::Unusable(why) => (Fared::Unusable, Some(why.clone())),
                Written::Failed => (Fared::Failed, step.why),
            };
            if let Written::Draft(draft) = &written {
                drafting.drafter = draft.drafter.name();
            }
            drafting.steps.push(step);
            if !again {
                return Ok(written);
            }
            is_shrunk = true;
            budget /= 2;
        }
    }
}
