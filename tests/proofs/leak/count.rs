//! What was asked, looked at and found.

use std::collections::{BTreeMap, BTreeSet};

/// Counts of the whole proof.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) questions: usize,
    /// Pieces of evidence, drafts, notes, traces and whatever else was looked at.
    pub(super) pieces: u64,
    pub(super) leaks: usize,
    /// Questions that were refused with an error, by its words without names and ids.
    refused: BTreeMap<String, usize>,
    ways: BTreeMap<&'static str, (usize, usize)>,
    shown: Vec<String>,
}

/// Leaks that are told one by one.
const SHOWN: usize = 12;

impl Count {
    /// Counts a question of a kind and the secrets that turned up and must not.
    pub(super) fn question(&mut self, way: &'static str, pieces: usize, leaked: &BTreeSet<usize>) {
        self.questions += 1;
        let of_way = self.ways.entry(way).or_default();
        of_way.0 += 1;
        of_way.1 += leaked.len();
        self.looked(way, pieces, leaked);
    }

    /// Counts what was looked at besides.
    pub(super) fn looked(&mut self, at: &str, pieces: usize, leaked: &BTreeSet<usize>) {
        self.pieces += pieces as u64;
        self.leaks += leaked.len();
        if !leaked.is_empty() && self.shown.len() < SHOWN {
            self.shown.push(format!("{at}: secrets {leaked:?}"));
        }
    }

    /// Counts a question that was refused with an error.
    pub(super) fn refusal(&mut self, error: &str) {
        let words = error.split('`').step_by(2).collect::<Vec<_>>().join("…");
        *self.refused.entry(words).or_default() += 1;
    }

    pub(super) fn tell(&self) {
        for (way, (questions, leaks)) in &self.ways {
            println!("  {way:<44}{questions:>6} questions, {leaks} leaks");
        }
        for (error, questions) in &self.refused {
            println!("  {questions:>6} questions were refused: {error}");
        }
        for shown in &self.shown {
            println!("  LEAK {shown}");
        }
    }
}
