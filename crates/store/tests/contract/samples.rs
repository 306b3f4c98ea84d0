//! Small documents, conversations and scopes for tests.

use std::collections::BTreeSet;

use domain::record::Channel;
use domain::{
    Applicability, Audience, Author, Chunk, ChunkId, Conversation, ConversationId, Document, DocumentId,
    Kind, Language, Place, SourceId, Status, SubjectId, Timestamp, Turn, VersionId,
};
use identity::{Assurance, Identities, Purpose, Reader, Scope};
use store::{NewDocument, PageWrite};

use crate::db::Db;

/// Returns an article with one chunk for each paragraph of `text`, public, valid from `from`.
pub(crate) fn article(source: SourceId, external_id: &str, text: &str, from: Timestamp) -> NewDocument {
    let id = DocumentId::derive(source, "article", external_id);
    document(Kind::Article, id, source, (external_id, text, from))
}

/// Returns a document with one chunk for each paragraph of `text`, public, valid from `from`.
pub(crate) fn document(
    kind: Kind,
    id: DocumentId,
    source: SourceId,
    (external_id, text, from): (&str, &str, Timestamp),
) -> NewDocument {
    let version = VersionId::derive(id, text.as_bytes());
    let document = Document {
        id,
        version,
        source,
        kind,
        external_id: external_id.to_owned(),
        title: format!("About {external_id}"),
        url: Some(format!("https://help.test/{external_id}")),
        language: Language::ENGLISH,
        audience: Audience::Public,
        applicability: Applicability::default(),
        conversation: None,
        made_from: Vec::new(),
        created_at: Some(from),
        valid_from: from,
        valid_to: Timestamp::OPEN,
        version_known: true,
        markdown: text.to_owned(),
    };
    let chunk = |(position, body): (u32, &str)| Chunk {
        id: ChunkId::derive(version, position),
        document: id,
        version,
        position,
        kind,
        audience: Audience::Public,
        applicability: Applicability { plan: Some("plus".to_owned()), ..Applicability::default() },
        language: Language::ENGLISH,
        conversation: None,
        valid_from: from,
        valid_to: Timestamp::OPEN,
        place: Place { heading_path: vec!["Top".to_owned()], anchor: Some("top".to_owned()) },
        search_text: format!("{external_id} {body}"),
        body: body.to_owned(),
        leads_to: vec!["a1".to_owned()],
    };
    let chunks = (0..).zip(text.split("\n\n")).map(chunk).collect();
    NewDocument { document, chunks, slots: Vec::new() }
}

/// Gives a document and its chunks an audience.
pub(crate) fn only_for(mut new: NewDocument, audience: Audience) -> NewDocument {
    new.document.audience = audience;
    for chunk in &mut new.chunks {
        chunk.audience = audience;
    }
    new
}

/// Marks a document as made of a conversation.
pub(crate) fn made_of(mut new: NewDocument, conversation: &Conversation) -> NewDocument {
    new.document.conversation = Some(conversation.id);
    new.document.made_from = conversation.subject_id.into_iter().collect();
    for chunk in &mut new.chunks {
        chunk.conversation = Some(conversation.id);
    }
    new
}

/// Returns a conversation of two turns.
pub(crate) fn conversation(
    source: SourceId,
    external_id: &str,
    subject: Option<SubjectId>,
    begun: Timestamp,
) -> Conversation {
    let turn = |position: u32, author, text: &str| Turn {
        position,
        author,
        author_id: Some(format!("author-{position}")),
        at: begun.plus_millis(i64::from(position) * 1000),
        text: text.to_owned(),
        cites: vec!["a1".to_owned()],
    };
    Conversation {
        id: ConversationId::derive(source, external_id),
        external_id: external_id.to_owned(),
        channel: Channel::Messenger,
        language: Language::GERMAN,
        created_at: begun,
        subject_id: subject,
        readers: subject.into_iter().collect(),
        subject: Some("Wo ist meine Rechnung?".to_owned()),
        topic: None,
        tags: vec!["billing".to_owned()],
        status: Status::Solved,
        solution_turn: Some(1),
        rating: Some(5),
        weight: 1.5,
        turns: vec![turn(0, Author::Customer, "Hallo"), turn(1, Author::Agent, "Unter „Konto“.")],
    }
}

/// Returns a page of documents.
pub(crate) fn page(documents: Vec<NewDocument>) -> PageWrite {
    PageWrite { documents, ..PageWrite::default() }
}

/// Returns the scope of an agent who deals with nobody in particular.
pub(crate) fn agent(db: &Db, now: Timestamp) -> Scope {
    let reader = Reader::Agent { about: Identities::default() };
    Scope::live(db.tenant, vec![reader], Purpose::Lookup, now).unwrap()
}

/// Returns the scope of a customer of whom nothing is known.
pub(crate) fn anybody(db: &Db, now: Timestamp) -> Scope {
    Scope::live(db.tenant, vec![Reader::anonymous()], Purpose::Auto, now).unwrap()
}

/// Returns the scope of a customer who has proven to be these subjects.
pub(crate) fn verified(db: &Db, subjects: &[SubjectId], now: Timestamp) -> Scope {
    let account = Identities { subjects: subjects.iter().copied().collect(), companies: BTreeSet::new() };
    let assurance = Assurance::Verified;
    let reader = Reader::Customer { person: None, whole: account.clone(), account, assurance };
    Scope::live(db.tenant, vec![reader], Purpose::Auto, now).unwrap()
}

impl Db {
    /// Saves a page of the test's source.
    pub(crate) async fn save(&self, page: PageWrite, now: Timestamp) -> store::Saved {
        self.store.save_page(self.tenant, self.source, page, now).await.unwrap()
    }

    /// Marks everything in the outbox as done and returns what there was.
    pub(crate) async fn drain(&self) -> Vec<store::OutboxRow> {
        let rows = self.store.pending_outbox(self.tenant, 100_000).await.unwrap();
        let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
        self.store.outbox_done(self.tenant, &seqs).await.unwrap();
        rows
    }

    /// Returns the bodies of all stored chunks that a scope sees, sorted.
    pub(crate) async fn seen_by(&self, scope: &Scope) -> Vec<String> {
        let states = self.store.chunk_states(scope.tenant(), None, 100_000).await.unwrap();
        let ids: Vec<ChunkId> = states.iter().map(|state| state.id).collect();
        let loaded = self.store.load_chunks(scope, &ids).await.unwrap();
        let mut bodies: Vec<String> = loaded.chunks.into_iter().map(|one| one.chunk.body).collect();
        bodies.sort();
        bodies
    }
}
