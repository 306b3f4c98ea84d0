//! Questions and the evidence found for them.

use serde::{Deserialize, Serialize};

use crate::audience::{Applicability, Part};
use crate::decision::Cited;
use crate::document::Chunk;
use crate::id::{ChunkId, DocumentId};
use crate::language::Language;
use crate::priors::Signs;

/// A need of the customer as one standalone text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The text, without quoted history and signatures.
    pub text: String,
    /// The customer's language; unknown when the text is too short to tell.
    pub language: Language,
    /// What is known of the customer's side, apart from what the text says of it.
    #[serde(default, skip_serializing_if = "is_unknown")]
    pub customer: Applicability,
    /// What the customer wrote in the whole conversation, newest last, where `text` may hold words of others; empty where
    /// `text` is all there is.
    #[serde(skip)]
    pub own_words: String,
}

fn is_unknown(customer: &Applicability) -> bool {
    *customer == Applicability::default()
}

impl Question {
    /// Makes a question of somebody of whom nothing is known.
    #[must_use]
    pub fn new(text: impl Into<String>, language: Language) -> Self {
        Self { text: text.into(), language, customer: Applicability::default(), own_words: String::new() }
    }
}

/// Why a piece of evidence was kept or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its words and its meaning both match.
    WordsAndMeaning,
    /// Its words match.
    Words,
    /// Its meaning matches.
    Meaning,
    /// The steps of a piece that was kept begin in it, or go on.
    Continues,
    /// Dropped: says the same as a better piece.
    Duplicate,
    /// Dropped: says nothing that a better piece does not say as well, in nearly the same words.
    NearDuplicate,
    /// Dropped: the document already gave its share of pieces.
    DocumentFull,
    /// Dropped: it says only that nobody knows.
    Declines,
    /// Dropped: not true for this customer.
    NotApplicable,
    /// Dropped: true for some customers, and nobody knows whether this is one of them.
    PerhapsNotApplicable,
    /// Dropped: the second check on loading did not allow it. This should never happen and is counted.
    NotAllowed,
    /// Dropped: gone from the store since the index was written.
    Gone,
}

/// One chunk that was found, with how it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The chunk, as far as the scope may see it.
    pub chunk: Chunk,
    /// Title of its document.
    pub title: String,
    /// Where a person can read its document.
    pub url: Option<String>,
    /// The source's own id of its document.
    pub external_id: String,
    /// Fused score, higher is better, at most about 1.
    pub score: f32,
    /// Cosine between question and chunk, where computed.
    pub cosine: Option<f32>,
    /// BM25 score, where computed.
    pub bm25: Option<f32>,
    /// Why it was kept or dropped.
    pub why: Why,
}

impl Found {
    /// Returns where a person can read what was found: its own place in the document where the source names it.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        self.url.as_deref().map(|url| self.chunk.place.address(url))
    }

    /// Returns the document as a draft cites it.
    #[must_use]
    pub fn cited(&self) -> Cited {
        Cited {
            document: self.chunk.document,
            external_id: self.external_id.clone(),
            title: self.title.clone(),
            url: self.address(),
            leads_to: self.chunk.leads_to.clone(),
        }
    }
}

/// The one thing that nobody knows of the customer, and on which it depends which of the best answers is true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// What is not known.
    pub part: Part,
    /// What it may be, as far as the answers found go, in order.
    pub values: Vec<String>,
    /// A piece of the best of these answers.
    pub chunk: ChunkId,
    /// Calibrated probability that one of them would carry an answer.
    pub confidence: f32,
}

/// How a reranker fared with what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reranked {
    /// The model.
    pub model: String,
    /// How many documents it was sent a piece of.
    pub sent: usize,
    /// Why the order of the search counts, where it gave none: a word that tells nothing of what was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// A document that evidence could be taken from, as the search has weighed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The document.
    pub document: DocumentId,
    /// The source's own id of it.
    pub external_id: String,
    /// Where a person can read it.
    pub url: Option<String>,
    /// What is known of it without reading it.
    pub signs: Signs,
    /// Its score by words and meaning alone.
    pub score: f32,
    /// What its signs added to that; nothing where no priors count.
    pub prior: Option<f32>,
}

/// All that was found for one question within one scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The question.
    pub question: Question,
    /// What was kept, best first.
    pub kept: Vec<Found>,
    /// What was dropped, with the reason in `why`.
    pub dropped: Vec<Found>,
    /// Ids that kept entries lead to, by votes, best first: `(id, share of the votes)`.
    pub votes: Vec<(String, f32)>,
    /// Calibrated probability that the evidence carries an answer.
    pub confidence: f32,
    /// What has to be known before anything can be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// How a reranker fared; nothing where none was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reranked: Option<Reranked>,
    /// How the documents compared that evidence could be taken from, best first; empty where nobody asks: live without
    /// priors, and in a search for agents alone.
    #[serde(skip)]
    pub ranked: Vec<Ranked>,
}

impl Evidence {
    /// Adds the pieces that were kept for a part of the question; the confidence stays that of the whole.
    pub fn take_in(&mut self, part: Self) {
        for found in part.kept {
            if self.kept.iter().all(|known| known.chunk.id != found.chunk.id) {
                self.kept.push(found);
            }
        }
    }
}
