//! What other documents say against a draft.
//!
//! Two documents that differ are never averaged: the draft follows the one that it cites, and this check names the
//! others, so that a person looks before anything is sent. What past conversations say is no such document: they are
//! of other days and other customers. Nor are facts about one account, which may differ from what holds for all.

use std::collections::BTreeSet;

use domain::evidence::Found;
use domain::{Audience, DocumentId, Draft, Evidence, Kind};

use crate::conflict::{Claims, Differs, Passage, WORTH_A_LOOK, Weights, compare};

/// A document that says otherwise than the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Against {
    /// The document.
    pub document: DocumentId,
    /// In what it differs.
    pub differs: Differs,
}

/// Returns the documents of the evidence that contradict a sentence of `draft`, each with every kind of difference.
#[must_use]
pub fn against(draft: &Draft, evidence: &Evidence) -> BTreeSet<Against> {
    let is_for_many = |found: &&Found| {
        found.chunk.kind == Kind::Article && !matches!(found.chunk.audience, Audience::Person(_))
    };
    let articles: Vec<&Found> = evidence.kept.iter().filter(is_for_many).collect();
    let stated: Vec<Claims> =
        articles.iter().map(|one| Claims::read(Passage::of(&one.chunk, &one.title))).collect();
    let mut weights = Weights::default();
    stated.iter().for_each(|claims| claims.weigh(&mut weights));
    let mut all = BTreeSet::new();
    for sentence in &draft.sentences {
        let Some(cited) = articles.iter().find(|found| found.chunk.id == sentence.chunk) else { continue };
        let said = Claims::read(Passage { text: &sentence.text, ..Passage::of(&cited.chunk, &cited.title) });
        if said.is_empty() {
            continue;
        }
        for (other, claims) in articles.iter().zip(&stated) {
            if other.chunk.id == cited.chunk.id {
                continue;
            }
            let sure = compare(&said, claims, &weights);
            let sure = sure.contradictions.iter().filter(|one| one.sure >= WORTH_A_LOOK);
            all.extend(sure.map(|one| Against { document: other.chunk.document, differs: one.differs }));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use domain::decision::{CitedSentence, Drafter};
    use domain::{Language, Question, Why};

    use super::*;
    use crate::fixture::chunk;

    fn found(name: &str, kind: Kind, body: &str) -> Found {
        Found {
            chunk: chunk(name, 0, kind, body),
            title: "Returns".to_owned(),
            url: None,
            external_id: name.to_owned(),
            score: 1.0,
            cosine: None,
            bm25: None,
            why: Why::Words,
        }
    }

    fn against_first(kept: &[Found]) -> Vec<Differs> {
        let draft = Draft {
            greeting: String::new(),
            signature: String::new(),
            sentences: vec![CitedSentence {
                text: kept[0].chunk.body.clone(),
                chunk: kept[0].chunk.id,
                source: 1,
            }],
            sources: Vec::new(),
            pages: Vec::new(),
            drafter: Drafter::Extractive,
            language: Language::ENGLISH,
        };
        let question = Question::new("How long may I return it?", Language::ENGLISH);
        let evidence = Evidence {
            question,
            kept: kept.to_vec(),
            dropped: Vec::new(),
            votes: Vec::new(),
            confidence: 1.0,
            missing: None,
            reranked: None,
            ranked: Vec::new(),
        };
        against(&draft, &evidence).into_iter().map(|one| one.differs).collect()
    }

    #[test]
    fn a_document_that_says_otherwise_is_named() {
        let new = found("new", Kind::Article, "You can return your bike within 30 days.");
        let old = found("old", Kind::Article, "Returns of a bike are possible within 14 days.");
        let same = found("same", Kind::Article, "A bike can be returned within 30 days of delivery.");
        let other = found("other", Kind::Article, "We repair a bike within 10 days.");
        assert_eq!(against_first(&[new.clone(), old, other.clone()]), [Differs::Duration]);
        assert_eq!(against_first(&[new, same, other]), []);
    }

    #[test]
    fn facts_about_one_account_contradict_nothing() {
        let plan = found("plan", Kind::Article, "You can return your bike within 30 days.");
        let mut own = found("lookup", Kind::Article, "You can return your bike within 14 days.");
        let source = domain::SourceId::derive(domain::TenantId::derive("test"), "files", "test");
        own.chunk.audience = Audience::Person(domain::SubjectId::derive(source, "anna"));
        assert_eq!(against_first(&[plan.clone(), own.clone()]), []);
        assert_eq!(against_first(&[own, plan]), []);
    }

    #[test]
    fn a_past_conversation_contradicts_nothing() {
        let new = found("new", Kind::Article, "You can return your bike within 30 days.");
        let told = found("told", Kind::LearnedAnswer, "You can return your bike within 14 days.");
        assert_eq!(against_first(&[new, told]), []);
    }
}
