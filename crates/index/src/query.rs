//! What goes into the index and what comes out.

use domain::{Applicability, Audience, Chunk, ChunkId, DocumentId, Kind, Language, Timestamp};

/// How many of the best a search by the graph keeps in sight at least. The engine's own number loses some of fifty hits,
/// the more the larger the graph is.
pub(crate) const IN_SIGHT: usize = 512;

/// One change of the index. Applying the same change again changes nothing.
#[derive(Debug, Clone)]
pub enum Op {
    /// Puts a chunk in, in place of what the index held of it.
    Upsert {
        /// The chunk; its `search_text` becomes the lexical vector.
        chunk: Box<Chunk>,
        /// The dense vector of its `search_text`.
        dense: Vec<f32>,
    },
    /// Takes a chunk out; nothing happens when it is not there.
    Remove(ChunkId),
    /// Ends the time in which a chunk counts; nothing happens when it is not there.
    Close {
        /// The chunk.
        chunk: ChunkId,
        /// The first moment at which it does not count any more.
        valid_to: Timestamp,
    },
}

/// What to look for within a scope.
#[derive(Debug, Clone)]
pub struct Query {
    /// The words to look for; empty text finds nothing by words.
    pub text: String,
    /// The language of the words.
    pub language: Language,
    /// The dense vector to look for; without it nothing is found by meaning.
    pub dense: Option<Vec<f32>>,
    /// The kinds to look in; empty means all.
    pub kinds: Vec<Kind>,
    /// What is known of the customer. Then only chunks that hold for such a customer are found; without it
    /// applicability plays no part.
    pub applicability: Option<Applicability>,
    /// How many hits to return at most from each of the two searches.
    pub limit: usize,
    /// Looks at every vector instead of following the approximate graph, so that results repeat.
    pub exact: bool,
}

/// A chunk that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The chunk.
    pub chunk: ChunkId,
    /// The document it belongs to.
    pub document: DocumentId,
    /// Cosine or BM25 score; higher is better.
    pub score: f32,
}

/// What a search found, best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hits {
    /// By meaning; the score is the cosine.
    pub dense: Vec<Hit>,
    /// By words; the score is BM25.
    pub lexical: Vec<Hit>,
    /// The inverse document frequencies of the query's words, summed. A word that the tenant's text does not
    /// hold counts as the rarest of all. A text that holds every word about once scores about this much. Pieces of words count with their weight.
    pub query_idf: f32,
    /// The same sum over those words alone that the tenant's text holds: no text can score much more.
    pub known_idf: f32,
    /// How many different words the question has, stop words apart.
    pub words: usize,
    /// The languages of the tenant's chunks with how many there are, most frequent first.
    pub languages: Vec<(Language, usize)>,
}

/// What the index holds of a chunk, to be compared with the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointState {
    /// The chunk.
    pub chunk: ChunkId,
    /// The document it belongs to.
    pub document: DocumentId,
    /// What its document is made of.
    pub kind: Kind,
    /// Who may see it, with the company or the subject.
    pub audience: Audience,
    /// From when it counts.
    pub valid_from: Timestamp,
    /// Until when it counts.
    pub valid_to: Timestamp,
    /// Whether its dense vector is there.
    pub has_vector: bool,
}
