//! What was found, for tests.

use domain::document::Place;
use domain::{
    Applicability, Audience, Chunk, ChunkId, DocumentId, Kind, Language, SourceId, TenantId, Timestamp,
    VersionId,
};
use store::LoadedChunk;

use crate::fusion::Fused;
use crate::search::{Candidate, Piece};

/// Returns a document of articles that was found, with one piece for each body.
pub(crate) fn article(name: &str, audience: Audience, bodies: &[&str]) -> Candidate {
    let source = SourceId::derive(TenantId::derive("test"), "files", "test");
    let document = DocumentId::derive(source, "article", name);
    let version = VersionId::derive(document, b"1");
    let chunk = |(position, body): (u32, &&str)| Chunk {
        id: ChunkId::derive(version, position),
        document,
        version,
        position,
        kind: Kind::Article,
        audience,
        applicability: Applicability::default(),
        language: Language::ENGLISH,
        conversation: None,
        valid_from: Timestamp::MIN,
        valid_to: Timestamp::OPEN,
        place: Place::default(),
        search_text: (*body).to_owned(),
        body: (*body).to_owned(),
        leads_to: Vec::new(),
    };
    let loaded = |chunk| LoadedChunk {
        chunk,
        covers: Vec::new(),
        title: "Returns".to_owned(),
        url: None,
        external_id: name.to_owned(),
        source,
        version_known: true,
    };
    let chunks = (0..).zip(bodies).map(chunk).map(loaded);
    let pieces = chunks.map(|loaded| Piece { loaded, cosine: Some(0.5), bm25: Some(1.0) }).collect();
    let fused = Fused { key: document, score: 0.5, cosine: None, bm25: None };
    Candidate { fused, prior: None, pieces }
}
