//! Drafts and decisions.

use serde::{Deserialize, Serialize};

use crate::id::{ChunkId, DocumentId};
use crate::language::Language;

/// How far a topic of a tenant has been automated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing is drafted.
    Off,
    /// Drafts for agents.
    #[default]
    Draft,
    /// Replies without an agent.
    Auto,
}

impl Mode {
    /// Returns the word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Draft => "draft",
            Self::Auto => "auto",
        }
    }
}

/// What is done about a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "decision", content = "reason", rename_all = "snake_case")]
pub enum Outcome {
    /// The draft is an answer.
    Answer,
    /// The draft asks for what is missing.
    Ask,
    /// A person takes over.
    HandOff(HandOff),
    /// Nothing is written.
    Silent(Silence),
}

/// Why a person takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOff {
    /// Nothing that may be shown was found.
    NoEvidence,
    /// What was found does not carry an answer well enough.
    LowConfidence,
    /// What carries the answer is for agents only.
    InternalOnly,
    /// The answer is about the person, who has not proven to be that person.
    NeedsProof,
    /// The customer asked for a human.
    AskedForHuman,
    /// A check did not pass.
    CheckFailed,
    /// The message came from somebody outside the conversation.
    ExternalSender,
    /// The message was forwarded.
    Forwarded,
    /// What is known cannot be searched at the moment.
    SearchUnavailable,
    /// What is asked stands in a file or picture that nobody here has looked at.
    Attachment,
}

/// Why nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// The mode of the topic is `off`.
    Off,
    /// Thanks, a greeting or a confirmation: nothing to answer.
    NothingAsked,
    /// An automatic reply or a notification.
    Automatic,
    /// A person of the company is answering.
    HumanOwns,
    /// Another bot is answering.
    OtherBotOwns,
    /// A workflow is collecting data.
    WorkflowCollecting,
    /// A ticket is open.
    TicketOpen,
    /// A reply to a message that the company sent out.
    OutboundReply,
    /// The moment has passed.
    TooLate,
    /// The emergency stop is pressed.
    Stopped,
    /// It lies in an inbox that is not read.
    PrivateInbox,
    /// A draft for what the customer has not been answered yet is there already; a second note is never added.
    DraftStands,
}

macro_rules! names {
    ($type:ident { $($variant:ident => $name:literal,)+ }) => {
        impl $type {
            /// Returns the reason as reports write it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

names!(HandOff {
    NoEvidence => "no_evidence",
    LowConfidence => "low_confidence",
    InternalOnly => "internal_only",
    NeedsProof => "needs_proof",
    AskedForHuman => "asked_for_human",
    CheckFailed => "check_failed",
    ExternalSender => "external_sender",
    Forwarded => "forwarded",
    SearchUnavailable => "search_unavailable",
    Attachment => "attachment",
});

names!(Silence {
    Off => "off",
    NothingAsked => "nothing_asked",
    Automatic => "automatic",
    HumanOwns => "human_owns",
    OtherBotOwns => "other_bot_owns",
    WorkflowCollecting => "workflow_collecting",
    TicketOpen => "ticket_open",
    OutboundReply => "outbound_reply",
    TooLate => "too_late",
    Stopped => "stopped",
    PrivateInbox => "private_inbox",
    DraftStands => "draft_stands",
});

impl Outcome {
    /// Returns `answer`, `ask`, `hand_off` or `silent`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Ask => "ask",
            Self::HandOff(_) => "hand_off",
            Self::Silent(_) => "silent",
        }
    }

    /// Returns the reason of a hand-off or of silence.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::HandOff(reason) => Some(reason.name()),
            Self::Silent(reason) => Some(reason.name()),
            Self::Answer | Self::Ask => None,
        }
    }
}

/// A sentence of a draft and the chunk that it was taken from or that supports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitedSentence {
    /// The sentence.
    pub text: String,
    /// The supporting chunk.
    pub chunk: ChunkId,
    /// Number of its source in [`Draft::sources`], from 1; 0 for a question, which says nothing.
    pub source: usize,
}

/// A document that a draft cites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cited {
    /// The document.
    pub document: DocumentId,
    /// The source's own id of it.
    pub external_id: String,
    /// Its title.
    pub title: String,
    /// Where a person can read it.
    pub url: Option<String>,
    /// Ids that it led to: the articles that a learned answer cited.
    pub leads_to: Vec<String>,
}

/// Who composed a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drafter {
    /// Nobody: sentences of the evidence as they stand there. An evidence summary, no finished reply.
    #[default]
    Extractive,
    /// A model, in words of its own; each sentence is carried by the chunk that it cites.
    Llm,
}

impl Drafter {
    /// Returns the word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Extractive => "extractive",
            Self::Llm => "llm",
        }
    }

    fn is_extractive(&self) -> bool {
        *self == Self::Extractive
    }
}

/// An answer that is safe to paste whole: composed from what an automatic reply may show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The greeting, by name where the person is known.
    pub greeting: String,
    /// The sentences, in order.
    pub sentences: Vec<CitedSentence>,
    /// The documents cited, in order of first use, then the pages.
    pub sources: Vec<Cited>,
    /// Numbers in `sources`, from 1, of the pages that earlier conversations ended at and the text points to.
    #[serde(default)]
    pub pages: Vec<usize>,
    /// What stands below it, in the company's own words; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
    /// The language it is written in.
    pub language: Language,
    /// Who composed it, which says what its sentences can be held against.
    #[serde(default, skip_serializing_if = "Drafter::is_extractive")]
    pub drafter: Drafter,
}

impl Draft {
    /// Returns the text as a customer would read it, with `[1]` behind each cited sentence.
    #[must_use]
    pub fn text(&self) -> String {
        let text = self.unsigned();
        let signature = self.signature.trim();
        if signature.is_empty() { text } else { format!("{text}\n\n{signature}") }
    }

    /// Returns the text without the signature, which says nothing.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let mut text = String::new();
        if !self.greeting.is_empty() {
            text.push_str(&self.greeting);
            text.push_str("\n\n");
        }
        let mut after_entry = false;
        for (position, sentence) in self.sentences.iter().enumerate() {
            let is_entry = is_list_entry(&sentence.text);
            if position > 0 {
                text.push(if is_entry || after_entry { '\n' } else { ' ' });
            }
            after_entry = is_entry;
            text.push_str(&sentence.text);
            if sentence.source > 0 {
                text.push_str(&format!(" [{}]", sentence.source));
            }
        }
        let pages =
            self.pages.iter().filter_map(|page| Some((page, self.sources.get(page.checked_sub(1)?)?)));
        let pages: Vec<String> = pages.map(|(page, cited)| format!("{} [{page}]", cited.title)).collect();
        if !pages.is_empty() {
            text.push_str(if self.sentences.is_empty() { "" } else { "\n\n" });
            text.push_str(&format!("{}: {}", see(self.language), pages.join("; ")));
        }
        text
    }
}

/// Returns what points to a page, in a language we can greet in.
fn see(language: Language) -> &'static str {
    match language.code() {
        "de" => "Siehe",
        "fr" => "Voir",
        "es" => "Ver",
        "it" => "Vedi",
        "nl" => "Zie",
        "pt" => "Veja",
        _ => "See",
    }
}

/// Reports whether a text is the entry of a list, which begins a line of its own.
fn is_list_entry(text: &str) -> bool {
    let step = text.split_once(". ").is_some_and(|(mark, _)| mark.parse::<u16>().is_ok());
    step || ["- ", "* ", "• "].iter().any(|mark| text.starts_with(mark))
}

/// Something only the agent may know, shown beside the draft as title and link and never inside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForAgent {
    /// The chunk behind it.
    pub chunk: ChunkId,
    /// The document behind it.
    pub document: DocumentId,
    /// The source's own id of it.
    pub external_id: String,
    /// Its title.
    pub title: String,
    /// Where an agent can read it.
    pub url: Option<String>,
    /// Ids that it led to: the articles that a learned answer cited.
    pub leads_to: Vec<String>,
    /// Kind of audience: `public` (in another language, or true for some customers alone), `internal`, `company` or `person`.
    pub audience: String,
}

/// What a customer sent along or points to, which nobody here has looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// Names of files, as the customer named them; none where the text points to something that did not come along.
    pub files: Vec<String>,
    /// Whether the question leans on it: without it, nobody knows what is asked.
    pub is_needed: bool,
}

/// The verdict of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which check, such as `grounding`.
    pub check: String,
    /// Whether it passed.
    pub passed: bool,
    /// What it saw, without personal data.
    pub detail: String,
}

/// What is done about a turn, and on what grounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What is done.
    pub outcome: Outcome,
    /// The draft; also present for a hand-off where an agent may be helped by one.
    pub draft: Option<Draft>,
    /// "For you, do not send": what only the agent may know.
    pub for_agent: Vec<ForAgent>,
    /// What came along and was not looked at: the agent is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<Unseen>,
    /// Calibrated probability that the draft is right.
    pub confidence: f32,
    /// The verdicts of all checks.
    pub checks: Vec<Verdict>,
}
