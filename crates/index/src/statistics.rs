//! What is known of a tenant's text as a whole, remembered for as long as it holds well enough. How it is looked
//! up is the backend's affair.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Language;

use crate::analyser::{self, Analysis};

/// How many languages are counted.
pub(crate) const MOST_LANGUAGES: usize = 32;

/// How many terms are remembered.
const MOST_TERMS: usize = 200_000;

/// Terms are forgotten when the number of chunks has changed by more than one in so many. Until then a
/// logarithm of it hardly moves, and looking up hundreds of terms again after every write would be slow.
const CHANGE_THAT_COUNTS: usize = 50;

/// What is remembered; `writes` says of which state of the index.
#[derive(Debug, Default)]
struct Remembered {
    writes: u64,
    /// Only of this very state: a chunk in a new language must be found at once.
    languages: Option<Vec<(Language, usize)>>,
    /// The inverse document frequencies of terms that some text holds.
    terms: HashMap<u32, f32>,
    /// How many chunks there were when the first of them was looked up.
    points: usize,
}

/// Statistics of one tenant's texts.
#[derive(Debug, Default)]
pub(crate) struct Statistics(Mutex<Remembered>);

/// The terms of a question, those that are known with their inverse document frequencies.
#[derive(Debug)]
pub(crate) struct Terms {
    writes: u64,
    points: usize,
    /// By term; nothing where it has to be looked up, or no text holds it.
    pub(crate) idf: HashMap<u32, Option<f32>>,
}

impl Statistics {
    fn remembered<T>(&self, act: impl FnOnce(&mut Remembered) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that something was written.
    pub(crate) fn forget(&self) {
        self.remembered(|known| {
            known.writes += 1;
            known.languages = None;
        });
    }

    /// Returns the languages, where they are known, and the state of which they are.
    pub(crate) fn languages(&self) -> (u64, Option<Vec<(Language, usize)>>) {
        self.remembered(|known| (known.writes, known.languages.clone()))
    }

    /// Remembers the languages of a state.
    pub(crate) fn learn_languages(&self, writes: u64, languages: &[(Language, usize)]) {
        self.remembered(|known| {
            if known.writes == writes {
                known.languages = Some(languages.to_vec());
            }
        });
    }

    /// Returns the terms of a question where the tenant has `points` chunks.
    pub(crate) fn terms(&self, analysis: &Analysis, points: usize) -> Terms {
        self.remembered(|known| {
            if known.points.abs_diff(points) * CHANGE_THAT_COUNTS > known.points
                || known.terms.len() > MOST_TERMS
            {
                known.terms.clear();
                known.points = points;
            }
            let wanted = analysis.terms();
            let idf = wanted.into_iter().map(|term| (term, known.terms.get(&term).copied())).collect();
            Terms { writes: known.writes, points, idf }
        })
    }

    /// Remembers what was looked up.
    pub(crate) fn learn_terms(&self, terms: &Terms) {
        self.remembered(|known| {
            if known.writes == terms.writes {
                known.terms.extend(terms.idf.iter().filter_map(|(term, idf)| Some((*term, (*idf)?))));
            }
        });
    }
}

impl Terms {
    /// Returns the sums of the inverse document frequencies of a question's words: of all of them, and of
    /// those alone that some text holds. Of a word's forms in several languages the rarest counts.
    pub(crate) fn sums(&self, analysis: &Analysis) -> (f32, f32) {
        let idf_of = |cut: &[u32]| {
            let found: Vec<f32> = cut.iter().filter_map(|term| self.idf.get(term).copied()?).collect();
            (!found.is_empty()).then(|| found.iter().sum::<f32>())
        };
        #[expect(clippy::cast_precision_loss, reason = "a logarithm is taken of it")]
        let of_unknown = ((self.points as f32 + 0.5) / 0.5 + 1.0).ln();
        let (mut all, mut known) = (0.0, 0.0);
        for word in &analysis.words {
            let idf = word
                .iter()
                .filter_map(|cut| idf_of(cut))
                .fold(None, |most: Option<f32>, idf| Some(most.map_or(idf, |most| most.max(idf))));
            known += idf.unwrap_or(0.0);
            all += idf.unwrap_or(of_unknown);
        }
        for gram in &analysis.grams {
            let idf = self.idf.get(gram).copied().flatten();
            known += idf.unwrap_or(0.0) * analyser::weight(*gram);
            all += idf.unwrap_or(of_unknown) * analyser::weight(*gram);
        }
        (all, known)
    }
}

/// Puts the languages of a tenant's chunks in order, most frequent first.
pub(crate) fn in_order(counted: impl Iterator<Item = (String, usize)>) -> Vec<(Language, usize)> {
    let mut languages: Vec<(Language, usize)> =
        counted.map(|(code, count)| (Language::from_tag(&code), count)).collect();
    languages.sort_by_key(|(language, count)| (std::cmp::Reverse(*count), *language));
    languages
}
