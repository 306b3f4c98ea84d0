//! Facts about the one account that reads, looked up while its question is answered.
//!
//! Somebody else asks the outside ([`Lookups`]); here its answers become evidence like any other: a text whose
//! audience is that account alone, held against the scope a second time. Nothing of it is stored or traced but which
//! look-up was made and how it went.

use async_trait::async_trait;
use domain::document::Place;
use domain::evidence::Found;
use domain::{
    Applicability, Audience, Chunk, ChunkId, DocumentId, Evidence, Kind, Question, SourceId, SubjectId,
    Timestamp, VersionId, Why,
};
use identity::Scope;
use serde::Serialize;

/// Asks outside systems about the account that reads.
#[async_trait]
pub trait Lookups: Send + Sync {
    /// Looks up what may answer a question. Nobody is asked unless one verified account alone reads
    /// ([`Scope::proven_account`]) and the question is no replay. Failures are results, too: an answer never waits for
    /// a look-up longer than its own bound.
    async fn look_up(&self, scope: &Scope, question: &Question) -> Vec<LookedUp>;
}

/// Nothing is looked up.
#[derive(Debug, Clone, Copy)]
pub struct NoLookups;

#[async_trait]
impl Lookups for NoLookups {
    async fn look_up(&self, _scope: &Scope, _question: &Question) -> Vec<LookedUp> {
        Vec::new()
    }
}

/// One look-up, and what came of it.
#[derive(Clone, PartialEq)]
pub struct LookedUp {
    /// Its name in the configuration.
    pub name: String,
    /// How it went.
    pub fared: Fared,
    /// What is known; nothing unless it fared [`Fared::Found`].
    pub facts: Option<Facts>,
}

/// How a look-up went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fared {
    /// Facts were found.
    Found,
    /// The account is not known there.
    Nothing,
    /// Nobody was asked, since who reads has not proven to be the account.
    NeedsProof,
    /// Nothing answered in time, or what answered makes no sense.
    Failed,
}

/// What was found about an account.
#[derive(Clone, PartialEq)]
pub struct Facts {
    /// Whom it is about.
    pub subject: SubjectId,
    /// What the source is called.
    pub title: String,
    /// The facts, one a line.
    pub text: String,
    /// How likely they answer what is asked, 0 to 1; the company's word for it.
    pub confidence: f32,
}

impl std::fmt::Debug for LookedUp {
    /// Writes no fact.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LookedUp({}, {:?})", self.name, self.fared)
    }
}

impl std::fmt::Debug for Facts {
    /// Writes no fact.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Facts({} bytes)", self.text.len())
    }
}

/// What is kept of a look-up: its name and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Its name in the configuration.
    pub name: String,
    /// How it went.
    pub fared: Fared,
}

/// Puts what was looked up before the evidence that was searched for, and returns what is kept of it.
pub(crate) fn add(evidence: &mut Evidence, scope: &Scope, looked_up: Vec<LookedUp>) -> Vec<Asked> {
    let mut asked = Vec::new();
    for LookedUp { name, fared, facts } in looked_up {
        if let Some(facts) = facts {
            let best = evidence.kept.first().map_or(0.0, |found| found.score).max(1.0);
            let found = found(&name, &facts, scope, evidence.question.language, best);
            // The second check: whoever looked it up may have been wrong about who reads.
            if scope.allows(&found.chunk) {
                evidence.confidence = evidence.confidence.max(facts.confidence);
                evidence.kept.insert(0, found);
            } else {
                evidence.dropped.push(Found { why: Why::NotAllowed, chunk: emptied(found.chunk), ..found });
            }
        }
        asked.push(Asked { name, fared });
    }
    asked
}

fn emptied(chunk: Chunk) -> Chunk {
    Chunk { body: String::new(), search_text: String::new(), ..chunk }
}

fn found(name: &str, facts: &Facts, scope: &Scope, language: domain::Language, score: f32) -> Found {
    let source = SourceId::derive(scope.tenant(), "lookup", name);
    let document = DocumentId::derive(source, "facts", &facts.subject.to_string());
    // By the moment and not by the text: an id that is kept must tell nothing of a fact.
    let version = VersionId::derive(document, &scope.articles_at().millis().to_be_bytes());
    let chunk = Chunk {
        id: ChunkId::derive(version, 0),
        document,
        version,
        position: 0,
        kind: Kind::Article,
        audience: Audience::Person(facts.subject),
        applicability: Applicability::default(),
        language,
        conversation: None,
        valid_from: scope.articles_at(),
        valid_to: Timestamp::OPEN,
        place: Place::default(),
        search_text: facts.text.clone(),
        body: facts.text.clone(),
        leads_to: Vec::new(),
    };
    let title = facts.title.clone();
    let why = Why::Words;
    Found {
        chunk,
        title,
        url: None,
        external_id: format!("lookup:{name}"),
        score,
        cosine: None,
        bm25: None,
        why,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{Language, TenantId};
    use identity::{Assurance, Identities, Purpose, Reader};

    use super::*;

    fn subject(name: &str) -> SubjectId {
        SubjectId::derive(SourceId::derive(TenantId::derive("t"), "files", "x"), name)
    }

    fn reader(name: &str, assurance: Assurance) -> Reader {
        let own = Identities { subjects: BTreeSet::from([subject(name)]), companies: BTreeSet::new() };
        Reader::Customer { person: None, account: own.clone(), whole: own, assurance }
    }

    fn scope(readers: Vec<Reader>) -> Scope {
        Scope::live(TenantId::derive("t"), readers, Purpose::Auto, Timestamp::from_millis(1_000)).unwrap()
    }

    fn looked_up() -> Vec<LookedUp> {
        let facts = Facts {
            subject: subject("anna"),
            title: "Your account".into(),
            text: "- Plan: Turtle".into(),
            confidence: 0.7,
        };
        vec![LookedUp { name: "account".into(), fared: Fared::Found, facts: Some(facts) }]
    }

    fn evidence() -> Evidence {
        Evidence {
            question: Question::new("Which plan do I have?", Language::ENGLISH),
            kept: Vec::new(),
            dropped: Vec::new(),
            votes: Vec::new(),
            confidence: 0.1,
            missing: None,
            reranked: None,
            ranked: Vec::new(),
        }
    }

    #[test]
    fn facts_are_evidence_for_their_account_alone() {
        let mut own = evidence();
        let asked = add(&mut own, &scope(vec![reader("anna", Assurance::Verified)]), looked_up());
        assert_eq!((own.kept.len(), own.confidence, asked[0].fared), (1, 0.7, Fared::Found));
        assert_eq!(own.kept[0].chunk.audience, Audience::Person(subject("anna")));
        for readers in [
            vec![reader("anna", Assurance::Claimed)],
            vec![reader("ben", Assurance::Verified)],
            vec![reader("anna", Assurance::Verified), reader("ben", Assurance::Verified)],
            vec![Reader::anonymous()],
        ] {
            let mut others = evidence();
            let _ = add(&mut others, &scope(readers), looked_up());
            assert!(others.kept.is_empty() && others.confidence < 0.2, "{:?}", others.dropped);
            assert!(!serde_json::to_string(&others).unwrap().contains("Turtle"));
        }
    }

    #[test]
    fn nothing_shows_a_fact_or_derives_an_id_of_it() {
        let shown = format!("{:?} {:?}", looked_up(), looked_up()[0].facts);
        assert!(!shown.contains("Turtle"), "{shown}");
        let own = scope(vec![reader("anna", Assurance::Verified)]);
        let id = |text: &str| {
            let mut looked_up = looked_up();
            looked_up[0].facts.as_mut().unwrap().text = text.to_owned();
            let mut evidence = evidence();
            let _ = add(&mut evidence, &own, looked_up);
            evidence.kept[0].chunk.id
        };
        assert_eq!(id("- Plan: Turtle"), id("- Plan: Hare"));
    }
}
