//! Documents, their versions, and the chunks that are searched.

use serde::{Deserialize, Serialize};

use crate::audience::{Applicability, Audience};
use crate::id::{ChunkId, ConversationId, DocumentId, SourceId, SubjectId, VersionId};
use crate::language::Language;
use crate::time::Timestamp;

/// What a document is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An article, page or doc that somebody wrote to be read.
    Article,
    /// A person's own past conversation.
    History,
    /// Question and resolution of a past conversation without anything personal.
    LearnedAnswer,
}

impl Kind {
    /// Returns the name as the store and the index write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::History => "history",
            Self::LearnedAnswer => "learned_answer",
        }
    }

    /// Returns the kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Article, Self::History, Self::LearnedAnswer].into_iter().find(|kind| kind.name() == name)
    }
}

/// A document in the state of one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Its id, the same for every version.
    pub id: DocumentId,
    /// The version: derived from everything below.
    pub version: VersionId,
    /// Where it came from.
    pub source: SourceId,
    /// What it is made of.
    pub kind: Kind,
    /// The source's own id.
    pub external_id: String,
    /// The title, possibly empty.
    pub title: String,
    /// Where a person can read it.
    pub url: Option<String>,
    /// Its language.
    pub language: Language,
    /// Who may see it.
    pub audience: Audience,
    /// For which customers it is true.
    pub applicability: Applicability,
    /// The conversation it was made of.
    pub conversation: Option<ConversationId>,
    /// The identities whose words went into it; erasing one of them erases or rebuilds the document.
    pub made_from: Vec<SubjectId>,
    /// When it was first written, where the source says.
    pub created_at: Option<Timestamp>,
    /// From when this version counts.
    pub valid_from: Timestamp,
    /// Until when this version counts; [`Timestamp::OPEN`] for the newest.
    pub valid_to: Timestamp,
    /// Whether the source told since when this version counts; otherwise `valid_from` is when we read it.
    pub version_known: bool,
    /// The whole text as Markdown.
    pub markdown: String,
}

/// Where in its document a chunk stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// The headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// The fragment that leads there, where the source has one.
    pub anchor: Option<String>,
}

/// A piece of a document version: what is searched, and what is quoted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// Its id and its point id in the engine.
    pub id: ChunkId,
    /// The document it belongs to.
    pub document: DocumentId,
    /// The version it belongs to.
    pub version: VersionId,
    /// Position within the version, from 0.
    pub position: u32,
    /// What its document is made of.
    pub kind: Kind,
    /// Who may see it.
    pub audience: Audience,
    /// For which customers it is true.
    pub applicability: Applicability,
    /// Its language.
    pub language: Language,
    /// The conversation its document was made of.
    pub conversation: Option<ConversationId>,
    /// From when it counts.
    pub valid_from: Timestamp,
    /// Until when it counts.
    pub valid_to: Timestamp,
    /// Where it stands.
    pub place: Place,
    /// What is embedded and searched: for a learned answer the masked question, else title, headings and body.
    pub search_text: String,
    /// What may be quoted: for a learned answer the masked resolution.
    pub body: String,
    /// Ids that this entry led to; empty for ordinary knowledge.
    pub leads_to: Vec<String>,
}
