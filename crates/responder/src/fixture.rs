//! Pieces of evidence for tests.

use domain::document::Place;
use domain::{
    Applicability, Audience, Chunk, ChunkId, DocumentId, Kind, Language, SourceId, TenantId, Timestamp,
    VersionId,
};

/// Returns a public English chunk at `position` of the document called `name`.
pub(crate) fn chunk(name: &str, position: u32, kind: Kind, body: &str) -> Chunk {
    let source = SourceId::derive(TenantId::derive("test"), "files", "test");
    let document = DocumentId::derive(source, kind.name(), name);
    let version = VersionId::derive(document, b"1");
    Chunk {
        id: ChunkId::derive(version, position),
        document,
        version,
        position,
        kind,
        audience: Audience::Public,
        applicability: Applicability::default(),
        language: Language::ENGLISH,
        conversation: None,
        valid_from: Timestamp::MIN,
        valid_to: Timestamp::OPEN,
        place: Place::default(),
        search_text: body.to_owned(),
        body: body.to_owned(),
        leads_to: Vec::new(),
    }
}
