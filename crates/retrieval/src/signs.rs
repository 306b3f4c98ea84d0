//! Lets what is known of documents without reading them decide among those that match about equally well.
//!
//! Which source a document is from, how old its text is at the moment of the question, and whether title and headings
//! speak of what is asked is read of every document; what that is worth a tenant's own replay has shown
//! ([`domain::priors`]). Without priors nothing is touched. With a reranker, which reads the texts themselves, they do
//! not count, and neither do they in a search for agents alone: they were learned from what customers were answered.
//! The confidence, the votes and what is asked back stay those of the search.

use std::collections::HashSet;

use domain::evidence::Ranked;
use domain::priors::{Age, Signs};
use domain::{Priors, Question, Timestamp};
use identity::Scope;
use unicode_segmentation::UnicodeSegmentation;

use crate::find::Retrieval;
use crate::fusion::descending;
use crate::search::{Candidate, Piece};

/// A shorter word says too little.
const LEAST_LETTERS: usize = 3;
/// Words are compared by their first letters.
const LETTERS: usize = 6;

impl Retrieval {
    /// Returns the tenant's priors, where they count.
    pub(crate) fn counting(&self, scope: &Scope) -> Option<&Priors> {
        let is_ranked_otherwise = self.reranker.is_some() || scope.reach().internal;
        if is_ranked_otherwise { None } else { self.priors(scope.tenant()) }
    }

    /// Puts candidates in the order that the tenant's priors give them, where those count, and tells of the best what is
    /// known of them, where that is of use: for priors, and for replays, which learn them.
    pub(crate) fn weigh(
        &self,
        scope: &Scope,
        question: &Question,
        mut candidates: Vec<Candidate>,
    ) -> (Vec<Candidate>, Vec<Ranked>) {
        let priors = self.counting(scope);
        if scope.reach().internal || (priors.is_none() && !scope.is_replay()) {
            return (candidates, Vec::new());
        }
        let asked = Asked::read(question, scope.asked_at());
        if let Some(priors) = priors {
            candidates = ordered(candidates, &asked, priors);
        }
        let ranked = candidates.iter().take(self.considered()).map(|one| ranked(one, &asked)).collect();
        (candidates, ranked)
    }
}

/// Adds to the score of each candidate what its signs are worth; best first, equal scores by document.
fn ordered(mut candidates: Vec<Candidate>, asked: &Asked, priors: &Priors) -> Vec<Candidate> {
    for one in &mut candidates {
        one.prior = Some(priors.added(&asked.signs(&one.pieces[0])));
    }
    candidates.sort_by(|a, b| descending(a.score(), b.score()).then_with(|| a.fused.key.cmp(&b.fused.key)));
    candidates
}

fn ranked(candidate: &Candidate, asked: &Asked) -> Ranked {
    let best = &candidate.pieces[0];
    Ranked {
        document: candidate.fused.key,
        external_id: best.loaded.external_id.clone(),
        url: best.loaded.url.clone(),
        signs: asked.signs(best),
        score: candidate.fused.score,
        prior: candidate.prior,
    }
}

/// What documents are held against.
#[derive(Debug)]
struct Asked {
    words: HashSet<String>,
    at: Timestamp,
}

impl Asked {
    /// Reads the words that say what a question is about; in an unknown language as if it were English.
    fn read(question: &Question, at: Timestamp) -> Self {
        let language = if question.language.is_known() { question.language.code() } else { "en" };
        let usual: HashSet<&str> = stop_words::lookup(language).unwrap_or_default().iter().copied().collect();
        let telling = words(&question.text).filter(|word| !usual.contains(word.as_str()));
        Self { words: telling.map(|word| stem(&word)).collect(), at }
    }

    /// Reads the signs of a document by its best piece.
    fn signs(&self, best: &Piece) -> Signs {
        let (loaded, chunk) = (&best.loaded, &best.loaded.chunk);
        let mut headings = chunk.place.heading_path.iter().filter(|heading| **heading != loaded.title);
        Signs {
            source: loaded.source,
            kind: chunk.kind,
            age: loaded.version_known.then(|| Age::of(chunk.valid_from, self.at)),
            title: self.names(&loaded.title),
            heading: headings.any(|heading| self.names(heading)),
        }
    }

    /// Reports whether a text holds a word that is asked for.
    fn names(&self, text: &str) -> bool {
        words(text).any(|word| self.words.contains(&stem(&word)))
    }
}

/// Returns the words of a text that are long enough to say something, and its numbers, in small letters.
fn words(text: &str) -> impl Iterator<Item = String> {
    let says = |word: &&str| {
        word.chars().count() >= LEAST_LETTERS || word.chars().all(|letter| letter.is_ascii_digit())
    };
    text.unicode_words().filter(says).map(str::to_lowercase)
}

/// Returns a word by its first letters and without an `s` at their end, which joins most inflected forms.
fn stem(word: &str) -> String {
    let first: String = word.chars().take(LETTERS).collect();
    first.strip_suffix('s').unwrap_or(&first).to_owned()
}

#[cfg(test)]
mod tests;
