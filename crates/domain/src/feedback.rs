//! What became of a draft: what a person sent, held against it, and what people say of it.
//!
//! Two texts are compared word by word, without greeting, signature, quoted history and citation marks. The cost is
//! bounded: what both begin and end with is set aside, and of the rest at most `MOST_WORDS` words of each are
//! aligned; the others count as changed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::message;

/// A draft is used when at most this share of it was changed.
pub const USED: f64 = 0.2;
/// A draft is edited when at least this share of the shorter text stands in both.
const IN_COMMON: f64 = 0.5;
/// Fewer words in common are chance.
const FEWEST_WORDS: usize = 5;
/// A reply is made of a draft when at least this share of its words stands in the draft, in this order.
const TAKEN_OVER: f64 = 0.8;
/// So many words of each text are aligned.
const MOST_WORDS: usize = 600;

/// What became of a draft, or what somebody says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was sent with at most a fifth of it changed.
    Used,
    /// A person sent something that has enough in common with it.
    Edited,
    /// A person wrote something else.
    Ignored,
    /// A person threw it away.
    Discarded,
    /// A person judged it.
    Rated,
}

impl Kind {
    /// Returns the word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Edited => "edited",
            Self::Ignored => "ignored",
            Self::Discarded => "discarded",
            Self::Rated => "rated",
        }
    }
}

/// What a person thinks of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// It helped.
    Good,
    /// It misled.
    Bad,
}

impl Rating {
    /// Returns the word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// How many words of what a draft takes from one source were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Words of the draft.
    pub drafted: usize,
    /// Those of them that were sent.
    pub kept: usize,
}

impl Share {
    /// Returns the share that was sent, of a thousand.
    #[must_use]
    pub fn permille(self) -> u32 {
        permille(self.kept, self.drafted)
    }
}

/// A draft and what was sent, held against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Words of the draft.
    pub drafted: usize,
    /// Words that were sent.
    pub sent: usize,
    /// Words that stand in both, in this order.
    pub kept: usize,
    /// How many words have to be put in, taken out or replaced to make one of the other.
    pub distance: usize,
    /// What the draft takes from each source, by its number.
    pub sources: BTreeMap<usize, Share>,
}

impl Compared {
    /// Returns the share of the longer text that was changed, from 0 to 1.
    #[must_use]
    pub fn changed(&self) -> f64 {
        share(self.distance, self.drafted.max(self.sent))
    }

    /// Returns the share of the longer text that was changed, of a thousand, rounded up.
    #[must_use]
    pub fn changed_permille(&self) -> u32 {
        let longer = self.drafted.max(self.sent).max(1);
        u32::try_from((self.distance * 1_000).div_ceil(longer)).unwrap_or(1_000)
    }

    /// Returns what became of the draft.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let shorter = self.drafted.min(self.sent);
        if shorter > 0 && self.changed() <= USED {
            return Kind::Used;
        }
        let common = self.kept >= FEWEST_WORDS && share(self.kept, shorter) >= IN_COMMON;
        if common { Kind::Edited } else { Kind::Ignored }
    }

    /// Reports whether what was sent is made of the draft, of all of it or of some.
    #[must_use]
    pub fn is_taken_over(&self) -> bool {
        self.sent >= FEWEST_WORDS && share(self.kept, self.sent) >= TAKEN_OVER
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of words")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn permille(part: usize, whole: usize) -> u32 {
    u32::try_from((part * 1_000).checked_div(whole).unwrap_or(0)).unwrap_or(1_000)
}

/// Holds what was sent against a draft, whose sources are named by marks such as `[1]` behind their sentences.
#[must_use]
pub fn compare(draft: &str, sent: &str) -> Compared {
    let (drafted, marks) = words(draft);
    let (sent, _) = words(sent);
    let aligned = align(&drafted, &sent);
    let mut sources: BTreeMap<usize, Share> = BTreeMap::new();
    for (source, is_kept) in marks.iter().zip(&aligned.kept) {
        if let Some(source) = source {
            let share = sources.entry(*source).or_default();
            share.drafted += 1;
            share.kept += usize::from(*is_kept);
        }
    }
    Compared {
        drafted: drafted.len(),
        sent: sent.len(),
        kept: aligned.kept.iter().filter(|kept| **kept).count(),
        distance: aligned.distance,
        sources,
    }
}

/// An address, the mark of a source, or a word.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(https?://[^\s<>()\[\]]+)|\[(\d{1,2})\]|[\p{Alphabetic}\p{M}\p{N}]+")
        .expect("the pattern is checked by the tests")
});

/// Returns the words of what somebody wrote, and of each the source whose mark stands behind it.
fn words(text: &str) -> (Vec<String>, Vec<Option<usize>>) {
    let own = message::take_apart(None, text).own;
    let first = own.lines().next().unwrap_or_default();
    let own = own.replacen(first, message::without_salutation(first), 1);
    let (mut words, mut sources, mut unmarked) = (Vec::new(), Vec::new(), 0);
    for token in TOKEN.captures_iter(&own) {
        if let Some(number) = token.get(2) {
            // The words since the mark before this one.
            let number = number.as_str().parse().ok();
            sources[unmarked..].fill(number);
            unmarked = sources.len();
            continue;
        }
        let word = token.get(0).map_or("", |found| found.as_str());
        words.push(word.trim_end_matches(['.', ',', ';', ':', '!', '?']).to_lowercase());
        sources.push(None);
    }
    (words, sources)
}

struct Aligned {
    distance: usize,
    /// Of each word of the draft, whether it was sent.
    kept: Vec<bool>,
}

/// Aligns two texts so that as few words as possible are changed.
fn align(drafted: &[String], sent: &[String]) -> Aligned {
    let mut kept = vec![false; drafted.len()];
    let begin = drafted.iter().zip(sent).take_while(|(one, other)| one == other).count();
    let (rest, other) = (&drafted[begin..], &sent[begin..]);
    let end = rest.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    kept[..begin].fill(true);
    kept[drafted.len() - end..].fill(true);
    let (rest, other) = (&rest[..rest.len() - end], &other[..other.len() - end]);
    let (rows, columns) = (rest.len().min(MOST_WORDS), other.len().min(MOST_WORDS));
    let width = columns + 1;
    // How many words differ between the first `row` words of the one and the first `column` words of the other.
    let mut table = vec![0_usize; (rows + 1) * width];
    for (column, cell) in table.iter_mut().take(width).enumerate() {
        *cell = column;
    }
    for row in 1..=rows {
        table[row * width] = row;
        for column in 1..width {
            let replaced = usize::from(rest[row - 1] != other[column - 1]);
            let diagonal = table[(row - 1) * width + column - 1] + replaced;
            let (above, left) = (table[(row - 1) * width + column], table[row * width + column - 1]);
            table[row * width + column] = diagonal.min(above + 1).min(left + 1);
        }
    }
    let (mut row, mut column) = (rows, columns);
    while row > 0 && column > 0 {
        let here = table[row * width + column];
        let is_same = rest[row - 1] == other[column - 1];
        if here == table[(row - 1) * width + column - 1] + usize::from(!is_same) {
            kept[begin + row - 1] = is_same;
            (row, column) = (row - 1, column - 1);
        } else if here == table[(row - 1) * width + column] + 1 {
            row -= 1;
        } else {
            column -= 1;
        }
    }
    // What is beyond the bound counts as changed.
    let beyond = (rest.len() - rows).max(other.len() - columns);
    Aligned { distance: table[rows * width + columns] + beyond, kept }
}

#[cfg(test)]
mod tests;
