//! What the engine keeps of a chunk beside its vectors, and how it is read back.

use domain::{Applicability, Audience, Chunk, ChunkId, CompanyId, DocumentId, Kind, SubjectId, Timestamp};
use qdrant_edge::PointId;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::query::PointState;

/// The vector that carries the meaning.
pub(crate) const DENSE: &str = "dense";
/// The vector that carries the words.
pub(crate) const LEXICAL: &str = "lexical";

/// How a field is filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filtered {
    /// By a word.
    Word,
    /// By a moment, from and until.
    Moment,
}

/// The fields that filters use: either engine needs an index of each.
pub(crate) fn filtered() -> impl Iterator<Item = (&'static str, Filtered)> {
    let words = [AUDIENCE, KIND, CONVERSATION, LANGUAGE].map(|name| (name, Filtered::Word));
    let moments = [VALID_FROM, VALID_TO].map(|name| (name, Filtered::Moment));
    let parts = parts(&Applicability::default()).map(|(name, _)| (name, Filtered::Word));
    words.into_iter().chain(moments).chain(parts)
}

pub(crate) const AUDIENCE: &str = "audience";
pub(crate) const KIND: &str = "kind";
pub(crate) const DOCUMENT: &str = "document";
pub(crate) const CONVERSATION: &str = "conversation";
pub(crate) const LANGUAGE: &str = "language";
pub(crate) const VALID_FROM: &str = "valid_from";
pub(crate) const VALID_TO: &str = "valid_to";

/// The value of a part of the applicability that holds for everybody.
pub(crate) const FOR_ALL: &str = "*";

/// Returns the parts of an applicability with their names; the same order for everybody.
pub(crate) fn parts(of: &Applicability) -> [(&'static str, Option<&str>); 4] {
    [
        ("brand", of.brand.as_deref()),
        ("plan", of.plan.as_deref()),
        ("region", of.region.as_deref()),
        ("product_version", of.product_version.as_deref()),
    ]
}

/// Returns a part that holds only for customers with this value; never equal to [`FOR_ALL`].
pub(crate) fn only_for(value: &str) -> String {
    format!("={value}")
}

/// Returns the one word that says who may see a chunk. Internal learned answers have a word of their own,
/// because a scope can allow them alone.
pub(crate) fn audience(audience: Audience, kind: Kind) -> String {
    match audience {
        Audience::Public => "public".to_owned(),
        Audience::Internal if kind == Kind::LearnedAnswer => INTERNAL_LEARNED.to_owned(),
        Audience::Internal => INTERNAL.to_owned(),
        Audience::Company(company) => format!("company:{}", company.uuid().simple()),
        Audience::Person(subject) => format!("person:{}", subject.uuid().simple()),
    }
}

/// The word of what only agents may see, learned answers apart.
pub(crate) const INTERNAL: &str = "internal";
/// The word of learned answers that only agents may see.
pub(crate) const INTERNAL_LEARNED: &str = "internal:learned_answer";

fn parse_audience(word: &str) -> Option<Audience> {
    match word.split_once(':') {
        None if word == "public" => Some(Audience::Public),
        None if word == INTERNAL => Some(Audience::Internal),
        Some(_) if word == INTERNAL_LEARNED => Some(Audience::Internal),
        Some(("company", id)) => {
            Uuid::try_parse(id).ok().map(|id| Audience::Company(CompanyId::from_uuid(id)))
        }
        Some(("person", id)) => Uuid::try_parse(id).ok().map(|id| Audience::Person(SubjectId::from_uuid(id))),
        _ => None,
    }
}

/// Returns what the engine keeps of `chunk`.
pub(crate) fn of(chunk: &Chunk) -> Value {
    let mut payload = json!({
        AUDIENCE: audience(chunk.audience, chunk.kind),
        KIND: chunk.kind.name(),
        DOCUMENT: chunk.document.uuid().to_string(),
        LANGUAGE: chunk.language.code(),
        VALID_FROM: chunk.valid_from.millis(),
        VALID_TO: chunk.valid_to.millis(),
    });
    if let Some(conversation) = chunk.conversation {
        payload[CONVERSATION] = json!(conversation.uuid().to_string());
    }
    for (name, value) in parts(&chunk.applicability) {
        payload[name] = json!(value.map_or_else(|| FOR_ALL.to_owned(), only_for));
    }
    payload
}

/// Returns the id of a point as ours.
pub(crate) fn chunk_id(point: &PointId) -> Option<ChunkId> {
    match point {
        PointId::Uuid(uuid) => Some(ChunkId::from_uuid(*uuid)),
        PointId::NumId(_) => None,
    }
}

/// Returns the id of a chunk as the engine's.
pub(crate) fn point_id(chunk: ChunkId) -> PointId {
    PointId::Uuid(chunk.uuid())
}

/// Reads the document of a payload.
pub(crate) fn document(payload: &Map<String, Value>) -> Option<DocumentId> {
    Uuid::try_parse(payload.get(DOCUMENT)?.as_str()?).ok().map(DocumentId::from_uuid)
}

/// Reads a whole payload, which says nothing of the vector.
pub(crate) fn state(chunk: ChunkId, payload: &Map<String, Value>) -> Option<PointState> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    let time = |name: &str| payload.get(name).and_then(Value::as_i64).map(Timestamp::from_millis);
    Some(PointState {
        chunk,
        document: document(payload)?,
        kind: Kind::from_name(text(KIND)?)?,
        audience: parse_audience(text(AUDIENCE)?)?,
        valid_from: time(VALID_FROM)?,
        valid_to: time(VALID_TO)?,
        has_vector: false,
    })
}
