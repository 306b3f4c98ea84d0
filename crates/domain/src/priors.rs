//! What tells, before a text is read, how often drafts that cite such a text prove right.
//!
//! A search knows of a document more than how well it matches: which source it is from, how old its text is, and
//! whether title and headings speak of what is asked. [`Priors`] say of each such [`Sign`] how the odds of a right
//! draft compare with those of all drafts, as a tenant's own replay has shown it:
//!
//! ```text
//! factor = ((right + 50 · p) / (wrong + 50 · (1 − p))) / (p / (1 − p)),  p = share of all drafts that are right
//! odds   = product of the factors of a document's signs
//! score' = score + 0.1 · ln(odds)
//! ```
//!
//! - Fifty drafts that are as right as all others are added to what was seen, so that a factor leaves 1 slowly, and a
//!   sign of fewer than [`LEAST`] drafts has none.
//! - A factor, and the product of all, stay between ½ and 2: no document rises or falls by more than 0.07, which
//!   decides among those that match about equally well and among no others.
//! - It is added to a score and not multiplied with it, since the confidence takes a difference of 0.1 in a score for
//!   one of e in the odds. A score below zero moves the same way as all others.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::document::Kind;
use crate::id::SourceId;
use crate::time::Timestamp;

/// Signs of fewer drafts teach nothing.
pub const LEAST: usize = 20;
/// How many drafts as right as all others are added to those of a sign.
const ADDED: f64 = 50.0;
/// The largest factor; the smallest is one by it.
const MOST: f64 = 2.0;
/// What one of e in the odds is worth in a score.
const PER_E: f64 = 0.1;
/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// How long a text had stood as it was when it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// Less than 30 days.
    Month,
    /// Less than 90 days.
    Quarter,
    /// Less than a year.
    Year,
    /// A year or longer.
    Older,
}

impl Age {
    /// Returns how old a text is at a moment; one of a later moment counts as new.
    #[must_use]
    pub fn of(since: Timestamp, at: Timestamp) -> Self {
        match (at.millis() - since.millis()) / DAY {
            ..30 => Self::Month,
            30..90 => Self::Quarter,
            90..365 => Self::Year,
            _ => Self::Older,
        }
    }
}

/// What is known of a document without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signs {
    /// Where it came from.
    pub source: SourceId,
    /// What it is made of.
    pub kind: Kind,
    /// How old its text is; nothing where the source does not tell since when it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
    /// Whether a word of the question stands in its title.
    pub title: bool,
    /// Whether one stands in the headings above its best piece.
    pub heading: bool,
}

impl Signs {
    /// Returns each of them.
    pub fn each(&self) -> impl Iterator<Item = Sign> + use<> {
        let all = [
            Some(Sign::Source { id: self.source, kind: self.kind }),
            self.age.map(Sign::Age),
            Some(Sign::Title(self.title)),
            Some(Sign::Heading(self.heading)),
        ];
        all.into_iter().flatten()
    }
}

/// One thing that is known of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// What kind of text it is, of which source.
    Source {
        /// The source.
        id: SourceId,
        /// The kind.
        kind: Kind,
    },
    /// How old it is.
    Age(Age),
    /// Whether its title speaks of what is asked.
    Title(bool),
    /// Whether its headings do.
    Heading(bool),
}

/// What a replay has shown of a sign.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// The sign.
    pub sign: Sign,
    /// How many drafts cite a document that has it.
    pub drafts: usize,
    /// The share of these that proved right, by weight.
    pub right: f64,
    /// How the odds of a right draft compare with those of all drafts, held between ½ and 2.
    pub factor: f64,
}

/// A draft of which is known whether it was right.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The signs of the documents that it cites.
    pub cited: Vec<Signs>,
    /// Whether it was.
    pub right: bool,
    /// How much of the whole it stands for; none keeps it out.
    pub weight: f64,
}

/// What a replay has shown of all signs. What is not among them changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Prior>", into = "Vec<Prior>")]
pub struct Priors {
    all: Vec<Prior>,
}

/// Why a list is no priors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("priors name at least one sign, each once, with a share of 0 to 1 and a factor of 0.5 to 2")]
pub struct NotPriors;

impl Priors {
    /// Learns from drafts; a draft counts once for each sign, however many of its documents have it. Nothing is learned
    /// without right ones and wrong ones, or where no sign has [`LEAST`] drafts.
    #[must_use]
    pub fn learn(seen: &[Seen]) -> Option<Self> {
        let seen: Vec<&Seen> = seen
            .iter()
            .filter(|one| one.weight.is_finite() && one.weight > 0.0 && !one.cited.is_empty())
            .collect();
        let all = Tally::of(seen.iter().copied());
        if all.right <= 0.0 || all.right >= all.weight {
            return None;
        }
        let mut by_sign: HashMap<Sign, Vec<&Seen>> = HashMap::new();
        for one in &seen {
            let mut signs: Vec<Sign> = one.cited.iter().flat_map(Signs::each).collect();
            signs.sort_unstable();
            signs.dedup();
            signs.into_iter().for_each(|sign| by_sign.entry(sign).or_default().push(one));
        }
        // A draft of mean weight counts as one.
        let unit = all.weight / seen.len() as f64;
        let prior = |(sign, drafts): (Sign, Vec<&Seen>)| {
            let tally = Tally::of(drafts.iter().copied());
            let (right, wrong) = (tally.right / unit, (tally.weight - tally.right) / unit);
            Prior {
                sign,
                drafts: drafts.len(),
                right: rounded(tally.share()),
                factor: rounded(factor(right, wrong, all.share())),
            }
        };
        let enough = by_sign.into_iter().filter(|(_, drafts)| drafts.len() >= LEAST);
        let mut all: Vec<Prior> = enough.map(prior).collect();
        all.sort_by_key(|one| one.sign);
        (!all.is_empty()).then_some(Self { all })
    }

    /// Returns how the odds of a right draft change where one cites a document with these signs, between ½ and 2.
    #[must_use]
    pub fn odds(&self, signs: &Signs) -> f64 {
        let factor = |sign: Sign| self.all.iter().find(|one| one.sign == sign).map_or(1.0, |one| one.factor);
        held(signs.each().map(factor).product())
    }

    /// Returns what is added to the score of a document with these signs, at most 0.07 either way.
    #[must_use]
    pub fn added(&self, signs: &Signs) -> f32 {
        (PER_E * self.odds(signs).ln()) as f32
    }

    /// Returns what was shown of each sign, in their order.
    #[must_use]
    pub fn all(&self) -> &[Prior] {
        &self.all
    }
}

impl TryFrom<Vec<Prior>> for Priors {
    type Error = NotPriors;

    fn try_from(all: Vec<Prior>) -> Result<Self, NotPriors> {
        let mut signs: Vec<Sign> = all.iter().map(|one| one.sign).collect();
        signs.sort_unstable();
        let once = signs.windows(2).all(|two| two[0] != two[1]);
        let sound =
            |one: &Prior| (0.0..=1.0).contains(&one.right) && (1.0 / MOST..=MOST).contains(&one.factor);
        if once && !all.is_empty() && all.iter().all(sound) { Ok(Self { all }) } else { Err(NotPriors) }
    }
}

impl From<Priors> for Vec<Prior> {
    fn from(priors: Priors) -> Self {
        priors.all
    }
}

/// Weights, added up.
struct Tally {
    weight: f64,
    right: f64,
}

impl Tally {
    fn of<'a>(drafts: impl Iterator<Item = &'a Seen>) -> Self {
        drafts.fold(Self { weight: 0.0, right: 0.0 }, |so_far, one| Self {
            weight: so_far.weight + one.weight,
            right: so_far.right + if one.right { one.weight } else { 0.0 },
        })
    }

    fn share(&self) -> f64 {
        self.right / self.weight
    }
}

/// Returns the factor of so many right and wrong drafts, where of all drafts the share `of_all` is right.
fn factor(right: f64, wrong: f64, of_all: f64) -> f64 {
    let odds = (right + ADDED * of_all) / (wrong + ADDED * (1.0 - of_all));
    held(odds * (1.0 - of_all) / of_all)
}

fn held(factor: f64) -> f64 {
    factor.clamp(1.0 / MOST, MOST)
}

/// Six decimals, so that figures come back from their text as they were.
fn rounded(figure: f64) -> f64 {
    (figure * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests;
