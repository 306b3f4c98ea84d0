//! What the tests build their chunks, scopes and indexes with.

use std::collections::BTreeSet;
use std::path::Path;

use domain::{
    Applicability, Audience, Chunk, ChunkId, CompanyId, ConversationId, DocumentId, Kind, Language, Place,
    SourceId, SubjectId, TenantId, Timestamp, VersionId,
};
use identity::{Assurance, Identities, Purpose, Reader, Scope};
use tempfile::TempDir;

use index_fake::StandIn;

use crate::{Hit, Index, Manifest, Op, Query, Secret, ServerConfig};

pub(crate) const DIMENSIONS: usize = 16;

pub(crate) fn manifest() -> Manifest {
    Manifest { model: "test-model".into(), dimensions: DIMENSIONS }
}

/// Returns a folder for one test, in memory where the system has a place for that: the engine flushes a lot, and
/// the end of a process, unlike that of a machine, takes nothing out of such a place.
pub(crate) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// Where an index of a test is: it can be opened there again.
pub(crate) enum Site {
    Folder(TempDir),
    /// On a stand-in, which goes with it, or on a real server.
    Server(ServerConfig, Option<StandIn>),
}

impl Site {
    pub(crate) async fn embedded() -> Self {
        std::future::ready(Self::Folder(folder())).await
    }

    /// Takes a server: the real one that `QDRANT_URL` names, or a stand-in.
    pub(crate) async fn server() -> Self {
        Self::on(variable("QDRANT_URL"), &[]).await
    }

    /// Takes a server with shards of its own for the tenant that most tests ask.
    pub(crate) async fn sharded() -> Self {
        Self::with_large(&["acme"]).await
    }

    /// Takes a server with shards of their own for some tenants: the real cluster that `QDRANT_CLUSTER_URL` names,
    /// or a stand-in.
    pub(crate) async fn with_large(tenants: &[&str]) -> Self {
        Self::on(variable("QDRANT_CLUSTER_URL"), tenants).await
    }

    async fn on(url: Option<String>, large: &[&str]) -> Self {
        let collection = format!("test-{}", uuid::Uuid::new_v4().simple());
        let large_tenants: Vec<String> = large.iter().map(|name| (*name).to_owned()).collect();
        let at = |url: String| ServerConfig { collection, large_tenants, ..ServerConfig::at(url) };
        if let Some(url) = url {
            let api_key = Secret::new(variable("QDRANT_API_KEY").unwrap_or_default());
            return Self::Server(ServerConfig { api_key, tls: crate::Tls::Optional, ..at(url) }, None);
        }
        let stand_in = StandIn::start().await.unwrap();
        Self::Server(at(stand_in.url()), Some(stand_in))
    }

    pub(crate) async fn open(&self) -> Index {
        match self {
            Self::Folder(folder) => open(folder.path()),
            Self::Server(config, _) => Index::connect(config, &manifest()).await.unwrap(),
        }
    }

    /// Takes away what is on a real server; everything else goes by itself.
    pub(crate) async fn clear(&self, index: &Index) {
        if let Self::Server(_, None) = self {
            index.server().take_away().await.unwrap();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "names the server that the tests are to run against")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Opens an index that builds graphs early and for few vectors, so that small tests reach that code.
pub(crate) fn open(folder: &Path) -> Index {
    let mut index = Index::open(folder, manifest()).unwrap();
    index.embedded().common.graph_from_kb = 1;
    index.embedded().common.settle_at = 60;
    index
}

pub(crate) fn tenant() -> TenantId {
    TenantId::derive("acme")
}

fn source() -> SourceId {
    SourceId::derive(tenant(), "test", "account")
}

pub(crate) fn subject(name: &str) -> SubjectId {
    SubjectId::derive(source(), name)
}

pub(crate) fn company(name: &str) -> CompanyId {
    CompanyId::derive(tenant(), name)
}

pub(crate) fn conversation(name: &str) -> ConversationId {
    ConversationId::derive(source(), name)
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn id(key: &str) -> ChunkId {
    chunk(key, "").id
}

/// Returns a public English article that has counted since ever.
pub(crate) fn chunk(key: &str, text: &str) -> Chunk {
    let document = DocumentId::derive(source(), "article", key);
    let version = VersionId::derive(document, b"1");
    Chunk {
        id: ChunkId::derive(version, 0),
        document,
        version,
        position: 0,
        kind: Kind::Article,
        audience: Audience::Public,
        applicability: Applicability::default(),
        language: Language::ENGLISH,
        conversation: None,
        valid_from: Timestamp::MIN,
        valid_to: Timestamp::OPEN,
        place: Place::default(),
        search_text: text.to_owned(),
        body: text.to_owned(),
        leads_to: Vec::new(),
    }
}

/// Returns a vector in which texts with common words are near each other.
pub(crate) fn dense(text: &str) -> Vec<f32> {
    let mut vector = vec![0.01; DIMENSIONS];
    for word in text.to_lowercase().split_whitespace() {
        let hash = word.bytes().fold(7_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        vector[hash % DIMENSIONS] += 1.0;
    }
    vector
}

pub(crate) fn upsert(chunk: &Chunk) -> Op {
    Op::Upsert { chunk: Box::new(chunk.clone()), dense: dense(&chunk.search_text) }
}

pub(crate) fn query(text: &str) -> Query {
    Query {
        text: text.to_owned(),
        language: Language::ENGLISH,
        dense: Some(dense(text)),
        kinds: Vec::new(),
        applicability: None,
        limit: 10_000,
        exact: true,
    }
}

pub(crate) fn scope_of(tenant: TenantId, readers: Vec<Reader>, now: i64) -> Scope {
    Scope::live(tenant, readers, Purpose::Draft, at(now)).unwrap()
}

/// Returns a scope that sees public text only.
pub(crate) fn stranger(now: i64) -> Scope {
    scope_of(tenant(), vec![Reader::anonymous()], now)
}

pub(crate) fn customer(subjects: &[&str], companies: &[&str], assurance: Assurance) -> Reader {
    let account = identities(subjects, companies);
    Reader::Customer { person: None, whole: account.clone(), account, assurance }
}

pub(crate) fn agent(about: &[&str], companies: &[&str]) -> Reader {
    Reader::Agent { about: identities(about, companies) }
}

fn identities(subjects: &[&str], companies: &[&str]) -> Identities {
    Identities {
        subjects: subjects.iter().map(|name| subject(name)).collect(),
        companies: companies.iter().map(|name| company(name)).collect(),
    }
}

pub(crate) fn ids(hits: &[Hit]) -> BTreeSet<ChunkId> {
    hits.iter().map(|hit| hit.chunk).collect()
}
