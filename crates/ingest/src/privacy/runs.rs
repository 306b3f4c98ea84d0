//! Usual words side by side: when two or three of them together are a detail.

use std::ops::Range;

use super::keyed::DetailHash;
use super::mask::{Mark, Needs, Reason};
use super::sightings::COMPANIES;

/// Rarer than about the 600 most frequent words of a language.
const RARE_ZIPF: f32 = 5.2;
/// Everyday words: about the 1,500 most frequent.
const COMMON_ZIPF: f32 = 4.8;
/// Pairs and triples of rare words that are as unlikely as these many coin tosses are covered in the index too.
const RARE_PAIR_BITS: f32 = 34.0;
const RARE_TRIPLE_BITS: f32 = 44.0;

/// A content word within a run of them.
pub(super) struct Content {
    pub(super) text: String,
    pub(super) span: Range<usize>,
    pub(super) zipf: f32,
    /// The detail "this word is usual here".
    pub(super) usual: DetailHash,
    /// Whether it is of the language of menus and instructions.
    pub(super) ui: bool,
    /// Whether a comma stands before it: it then makes a triple with its neighbours, but no pair.
    pub(super) listed: bool,
}

impl Content {
    fn is_common(&self) -> bool {
        self.ui || self.zipf >= COMMON_ZIPF
    }

    /// How unlikely the word is, in coin tosses.
    fn bits(&self) -> f32 {
        (9.0 - self.zipf) * std::f32::consts::LOG2_10
    }
}

/// Returns the details that a run of content words makes, and the pairs in it with how many companies must
/// have been told.
///
/// A pair may be shown when it was shared itself, or when each of its words is everyday language or usual
/// here; a triple when it or one of its two pairs was shared itself. So three words that were never said
/// side by side stay covered however usual each of them is, unless they are of the language of menus.
pub(super) fn together(
    run: &[Content],
    pair_of: impl Fn(&[&str]) -> DetailHash,
    triple_of: impl Fn(&[&str]) -> DetailHash,
) -> (Vec<Mark>, Vec<(DetailHash, u8)>) {
    let mut marks = Vec::new();
    let mut pairs = Vec::new();
    for two in run.windows(2) {
        let [first, second] = two else { continue };
        let pair = pair_of(&[&first.text, &second.text]);
        pairs.push((pair, COMPANIES));
        let unusual = two.iter().filter(|content| !content.is_common());
        let needs: Needs = unusual.map(|content| vec![pair, content.usual]).collect();
        if second.listed || needs.is_empty() {
            continue;
        }
        let rare = first.zipf < RARE_ZIPF && second.zipf < RARE_ZIPF;
        // Parts of one compound are one word to the reader.
        let one_word = first.span == second.span;
        let hard = one_word || (rare && first.bits() + second.bits() >= RARE_PAIR_BITS);
        marks.push(mark(two, Reason::Pair, hard, needs));
    }
    for (three, pairs) in run.windows(3).zip(pairs.windows(2)) {
        let ([first, second, third], [(one, _), (other, _)]) = (three, pairs) else { continue };
        let triple = triple_of(&[&first.text, &second.text, &third.text]);
        // `account settings page`: nobody's passphrase.
        if three.iter().all(Content::is_common) && three.iter().filter(|content| content.ui).count() >= 2 {
            continue;
        }
        let hard = three.iter().map(Content::bits).sum::<f32>() >= RARE_TRIPLE_BITS;
        marks.push(mark(three, Reason::Triple, hard, vec![vec![triple, *one, *other]]));
    }
    (marks, pairs)
}

fn mark(words: &[Content], reason: Reason, hard: bool, needs: Needs) -> Mark {
    let start = words.first().map_or(0, |first| first.span.start);
    let end = words.last().map_or(0, |last| last.span.end);
    Mark { start: start as u32, end: end as u32, reason, hard, needs }
}

/// Returns a word without what only inflects it, so that `account's` and `accounts` go together.
pub(super) fn base(word: &str) -> &str {
    let bare = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word);
    bare.strip_suffix('s').filter(|bare| bare.len() > 3).unwrap_or(bare)
}
