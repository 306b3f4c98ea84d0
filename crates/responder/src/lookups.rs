//! Facts about the one account that reads, looked up while its question is answered.
//!
//! Somebody else asks the outside ([`Lookups`]); here its answers become evidence like any other: a text whose
//! audience is that account alone, held against the scope a second time. Some say for which articles the account is
//! ([`Sides`]): these are no text and go nowhere but into the search. Nothing of it is stored or traced but which
//! look-up was made and how it went.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::document::Place;
use domain::evidence::Found;
use domain::{
    Applicability, Audience, Chunk, ChunkId, DocumentId, Evidence, Kind, Part, Question, SourceId, SubjectId,
    Timestamp, VersionId, Why,
};
use identity::Scope;
use serde::Serialize;

/// Asks outside systems about the account that reads.
#[async_trait]
pub trait Lookups: Send + Sync {
    /// Looks up what may answer a question, and `sides` of whoever asks, by which it depends what holds for them.
    /// Nobody is asked unless one verified account alone reads ([`Scope::proven_account`]) and the question is no
    /// replay. Failures are results, too: an answer never waits for a look-up longer than its own bound.
    async fn look_up(&self, scope: &Scope, question: &Question, sides: &BTreeSet<Part>) -> Vec<LookedUp>;
}

/// Nothing is looked up.
#[derive(Debug, Clone, Copy)]
pub struct NoLookups;

#[async_trait]
impl Lookups for NoLookups {
    async fn look_up(&self, _scope: &Scope, _question: &Question, _sides: &BTreeSet<Part>) -> Vec<LookedUp> {
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
    /// What is known that may answer the question; nothing unless it fared [`Fared::Found`].
    pub facts: Option<Facts>,
    /// What is known of the side of the account; nothing unless it fared so either.
    pub sides: Option<Sides>,
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

/// For which articles an account is, as the company's own system has it.
#[derive(Clone, PartialEq)]
pub struct Sides {
    /// Whom it is about.
    pub subject: SubjectId,
    /// Its plan and the like.
    pub customer: Applicability,
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

impl std::fmt::Debug for Sides {
    /// Writes no value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let known: Vec<Part> =
            Part::ALL.into_iter().filter(|part| self.customer.part(*part).is_some()).collect();
        write!(f, "Sides({known:?})")
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

/// Returns by what it depends which of the texts that were found hold for whoever asks.
pub(crate) fn depends_on<'a>(found: impl Iterator<Item = &'a Evidence>) -> BTreeSet<Part> {
    let mut sides = BTreeSet::new();
    for evidence in found {
        let chunks = evidence.kept.iter().chain(&evidence.dropped).map(|found| &found.chunk);
        let held = |part: &Part| chunks.clone().any(|chunk| chunk.applicability.part(*part).is_some());
        sides.extend(Part::ALL.into_iter().filter(held));
        sides.extend(evidence.missing.as_ref().map(|missing| missing.part));
    }
    sides
}

/// Returns what is known of the customer's side with what was looked up of it. The company's own system comes before
/// what the channel notes, and the first look-up that says something before the others.
pub(crate) fn complete(customer: &Applicability, scope: &Scope, looked_up: &[LookedUp]) -> Applicability {
    // The second check: whoever looked it up may have been wrong about who reads, or when.
    let own = scope.proven_account().filter(|_| !scope.is_replay());
    let sides = looked_up.iter().filter_map(|one| one.sides.as_ref());
    let own = sides.filter(|sides| own.is_some_and(|own| own.subjects.contains(&sides.subject)));
    let known = own.fold(Applicability::default(), |known, sides| known.or(sides.customer.clone()));
    known.or(customer.clone())
}

/// Puts what was looked up before the evidence that was searched for, and returns what is kept of it.
pub(crate) fn add(evidence: &mut Evidence, scope: &Scope, looked_up: Vec<LookedUp>) -> Vec<Asked> {
    let mut asked = Vec::new();
    for LookedUp { name, fared, facts, .. } in looked_up {
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
    use domain::{Language, TenantId};
    use identity::{Assurance, Identities, Learned, Mask, Purpose, Reader};

    use super::*;
    use crate::fixture::chunk;

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
        let sides = Sides { subject: subject("anna"), customer: plan("Turtle") };
        vec![LookedUp { name: "account".into(), fared: Fared::Found, facts: Some(facts), sides: Some(sides) }]
    }

    fn plan(name: &str) -> Applicability {
        Applicability { plan: Some(name.to_owned()), ..Applicability::default() }
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
    fn the_side_counts_for_the_account_that_has_proven_to_be_it_and_in_no_replay() {
        let noted = Applicability { region: Some("EU".into()), ..plan("Hare") };
        let anna = scope(vec![reader("anna", Assurance::Verified)]);
        let known = complete(&noted, &anna, &looked_up());
        assert_eq!(known, Applicability { region: Some("EU".into()), ..plan("Turtle") });
        assert_eq!(complete(&noted, &anna.for_draft(), &looked_up()), known);
        assert_eq!(complete(&noted, &anna, &[]), noted);
        let then = anna.clone().replayed(Timestamp::from_millis(500), Mask::Current, None, Learned::Internal);
        for scope in [
            then,
            anna.for_agent(),
            scope(vec![reader("anna", Assurance::Claimed)]),
            scope(vec![reader("ben", Assurance::Verified)]),
            scope(vec![reader("anna", Assurance::Verified), reader("ben", Assurance::Verified)]),
            scope(vec![Reader::anonymous()]),
        ] {
            assert_eq!(complete(&noted, &scope, &looked_up()), noted);
        }
    }

    #[test]
    fn the_first_that_says_something_of_a_part_is_believed() {
        let mut looked_up = [looked_up(), looked_up(), looked_up()].concat();
        looked_up[0].sides = None;
        let second = Applicability { region: Some("EU".into()), ..plan("Hare") };
        looked_up[2].sides = Some(Sides { subject: subject("anna"), customer: second });
        let anna = scope(vec![reader("anna", Assurance::Verified)]);
        let known = complete(&Applicability::default(), &anna, &looked_up);
        assert_eq!(known, Applicability { region: Some("EU".into()), ..plan("Turtle") });
    }

    #[test]
    fn what_was_found_says_by_what_it_depends() {
        let found = |applicability, why| {
            let chunk = Chunk { applicability, ..chunk("Returns", 0, Kind::Article, "Thirty days.") };
            let facts = looked_up().remove(0).facts.unwrap();
            let anna = scope(vec![reader("anna", Assurance::Verified)]);
            Found { chunk, why, ..super::found("x", &facts, &anna, Language::ENGLISH, 1.0) }
        };
        let general = Evidence { kept: vec![found(Applicability::default(), Why::Words)], ..evidence() };
        assert!(depends_on(std::iter::once(&general)).is_empty());
        let dropped = vec![found(plan("Turtle"), Why::NotApplicable)];
        let region = Applicability { region: Some("EU".into()), ..Applicability::default() };
        let several = [
            general,
            Evidence { dropped, ..evidence() },
            Evidence { kept: vec![found(region, Why::Words)], ..evidence() },
        ];
        assert_eq!(depends_on(several.iter()), BTreeSet::from([Part::Plan, Part::Region]));
    }

    #[test]
    fn nothing_shows_a_fact_or_derives_an_id_of_it() {
        let shown = format!("{:?} {:?} {:?}", looked_up(), looked_up()[0].facts, looked_up()[0].sides);
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
