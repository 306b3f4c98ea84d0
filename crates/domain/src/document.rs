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
    /// What leads there behind the address of its document. Beginning with `?` or `#` it is the source's own
    /// word, a query and a fragment; otherwise it is the fragment that common renderers make of the heading, which
    /// not every site has.
    pub anchor: Option<String>,
}

impl Place {
    /// Returns what leads here by the source's own word.
    #[must_use]
    pub fn own_anchor(&self) -> Option<&str> {
        self.anchor.as_deref().filter(|anchor| anchor.starts_with(['?', '#']))
    }

    /// Returns where a person can read this place of the document at `url`; the document as a whole where the
    /// source names no place.
    #[must_use]
    pub fn address(&self, url: &str) -> String {
        let (home, _) = split_address(url);
        self.own_anchor().map_or_else(|| url.to_owned(), |anchor| format!("{home}{anchor}"))
    }
}

/// Splits an address into what leads to its path and its query with the question mark; a fragment is left out.
#[must_use]
pub fn split_address(url: &str) -> (&str, &str) {
    let url = url.split('#').next().unwrap_or_default();
    url.split_at(url.find('?').unwrap_or(url.len()))
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

/// What of a chunk decides who may see it, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// What its document is made of.
    pub kind: Kind,
    /// Who may see it.
    pub audience: Audience,
    /// The conversation its document was made of.
    pub conversation: Option<ConversationId>,
    /// From when it counts.
    pub valid_from: Timestamp,
    /// Until when it counts.
    pub valid_to: Timestamp,
}

impl Chunk {
    /// Returns what decides who may see it, and when.
    #[must_use]
    pub fn access(&self) -> Access {
        let Self { kind, audience, conversation, valid_from, valid_to, .. } = *self;
        Access { kind, audience, conversation, valid_from, valid_to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_adds_what_the_source_says_and_nothing_that_was_made_up() {
        let at = |anchor: Option<&str>, url: &str| {
            Place { heading_path: Vec::new(), anchor: anchor.map(str::to_owned) }.address(url)
        };
        let url = "https://docs.example/d/1/edit?tab=t.0#top";
        assert_eq!(
            at(Some("?tab=t.1#heading=h.2"), url),
            "https://docs.example/d/1/edit?tab=t.1#heading=h.2"
        );
        assert_eq!(at(Some("#Care"), "https://wiki.example/1"), "https://wiki.example/1#Care");
        assert_eq!(at(Some("battery-care"), url), url);
        assert_eq!(at(None, url), url);
    }
}
