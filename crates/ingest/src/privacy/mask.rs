//! A text whose details are covered until they are no secret.
//!
//! Self-contained: whoever loads a [`Masked`] needs neither word lists nor keys to fill it, only the answer to
//! "is this detail shared?".

use std::collections::BTreeSet;
use std::ops::Range;

use super::keyed::DetailHash;

pub use domain::text::{COVER, PLACEHOLDERS};

/// Why something is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Said to be a password, code or the like.
    Secret,
    /// A number.
    Number,
    /// Letters mixed with digits or signs, or spelled letter by letter.
    Code,
    /// Words joined by hyphens.
    Compound,
    /// A name of a person.
    Name,
    /// A link or the name of a host.
    Link,
    /// An e-mail address at one of the tenant's own domains.
    Email,
    /// A word that no list has.
    Word,
    /// Two usual words that are not usually said together.
    Pair,
    /// Three of them.
    Triple,
}

impl Reason {
    /// Returns the name as reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Number => "number",
            Self::Code => "code",
            Self::Compound => "compound",
            Self::Name => "name",
            Self::Link => "link",
            Self::Email => "email",
            Self::Word => "word",
            Self::Pair => "pair",
            Self::Triple => "triple",
        }
    }
}

/// A stretch of a text that stays covered until what it needs is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Where it begins, in bytes.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// Why it is covered.
    pub reason: Reason,
    /// Whether it is covered in the indexed text too; see [`Masked::indexed`].
    pub hard: bool,
    /// What must be shared; see [`Needs`].
    pub needs: Needs,
}

/// What must be shared before something is shown: of every inner list at least one detail.
pub type Needs = Vec<Vec<DetailHash>>;

/// Reports whether enough is shared to show what has these needs.
pub fn is_open(needs: &[Vec<DetailHash>], shared: impl Fn(DetailHash) -> bool) -> bool {
    needs.iter().all(|any| any.iter().any(|hash| shared(*hash)))
}

impl Mark {
    fn is_open(&self, shared: &impl Fn(DetailHash) -> bool) -> bool {
        is_open(&self.needs, shared)
    }
}

/// A text with its marks. It holds the details in clear and must never leave the store unfilled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Masked {
    text: String,
    marks: Vec<Mark>,
}

impl Masked {
    /// Puts marks on a text in which placeholders already stand for personal data.
    ///
    /// # Panics
    /// When a mark is not on character boundaries of the text.
    #[must_use]
    pub fn new(text: String, mut marks: Vec<Mark>) -> Self {
        marks.sort_by_key(|mark| (mark.start, mark.end));
        for mark in &marks {
            assert!(text.get(mark.start as usize..mark.end as usize).is_some(), "a mark is on the text");
        }
        Self { text, marks }
    }

    /// Returns the text to index and embed, of which `shared` says what was no secret when the answer became
    /// known. Everything else is covered that is a detail by itself, or a pair or triple of rare words. Pairs
    /// and triples of more usual words stay, since without them nothing would be found: this text is for
    /// searching and must never be shown.
    #[must_use]
    pub fn indexed(&self, shared: impl Fn(DetailHash) -> bool) -> String {
        self.cover(|mark| mark.hard && !mark.is_open(&shared))
    }

    /// Returns the text without covers. It holds every detail and must be shown to nobody.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the marks, by where they begin; they may overlap.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Returns the text with everything covered.
    #[must_use]
    pub fn covered(&self) -> String {
        self.cover(|_| true)
    }

    /// Returns the text as it may be shown when exactly the details are shared of which `shared` says so.
    #[must_use]
    pub fn fill(&self, shared: impl Fn(DetailHash) -> bool) -> String {
        self.cover(|mark| !mark.is_open(&shared))
    }

    /// Returns the marks that stay covered.
    pub fn closed(&self, shared: impl Fn(DetailHash) -> bool) -> impl Iterator<Item = &Mark> {
        self.marks.iter().filter(move |mark| !mark.is_open(&shared))
    }

    /// Returns every detail that filling asks about.
    #[must_use]
    pub fn details(&self) -> BTreeSet<DetailHash> {
        self.marks.iter().flat_map(|mark| mark.needs.iter().flatten().copied()).collect()
    }

    /// Returns the part between two offsets of the uncovered text, widened to whole marks' beginnings: a mark
    /// that reaches over an end is kept on what is left of it.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Option<Self> {
        let text = self.text.get(range.clone())?.to_owned();
        let marks = self
            .marks
            .iter()
            .filter(|mark| (mark.start as usize) < range.end && mark.end as usize > range.start)
            .map(|mark| Mark {
                start: (mark.start as usize).max(range.start).saturating_sub(range.start) as u32,
                end: ((mark.end as usize).min(range.end) - range.start) as u32,
                ..mark.clone()
            })
            .collect();
        Some(Self { text, marks })
    }

    fn cover(&self, closed: impl Fn(&Mark) -> bool) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut end = 0;
        for place in self.places(closed) {
            out.push_str(&self.text[end..place.start]);
            out.push_str(COVER);
            end = place.end;
        }
        out.push_str(&self.text[end..]);
        out
    }

    /// Returns the stretches under the marks that `closed` picks, in order and apart.
    fn places(&self, closed: impl Fn(&Mark) -> bool) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        for mark in self.marks.iter().filter(|mark| closed(mark)) {
            let span = mark.start as usize..mark.end as usize;
            match places.last_mut().filter(|place| span.start < place.end) {
                Some(place) => place.end = place.end.max(span.end),
                None => places.push(span),
            }
        }
        places
    }
}

/// Reports whether a sentence of a filled text may be quoted: nothing in it is covered or replaced.
#[must_use]
pub fn quotable(sentence: &str) -> bool {
    !sentence.contains(COVER) && !PLACEHOLDERS.iter().any(|placeholder| sentence.contains(placeholder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: i64) -> DetailHash {
        DetailHash(number)
    }

    fn mark(start: u32, end: u32, hard: bool, needs: &[&[i64]]) -> Mark {
        let needs = needs.iter().map(|any| any.iter().map(|number| hash(*number)).collect()).collect();
        Mark { start, end, reason: Reason::Word, hard, needs }
    }

    fn masked() -> Masked {
        let text = "say purple monkey dishwasher now".to_owned();
        Masked::new(text, vec![mark(4, 17, false, &[&[1]]), mark(11, 28, true, &[&[2], &[3, 4]])])
    }

    #[test]
    fn covers_merge_and_fill_when_all_is_shared() {
        let masked = masked();
        assert_eq!(masked.covered(), "say […] now");
        assert_eq!(masked.indexed(|_| false), "say purple […] now");
        assert_eq!(masked.indexed(|one| one != hash(1)), "say purple monkey dishwasher now");
        assert_eq!(masked.fill(|one| one == hash(1)), "say purple […] now");
        assert_eq!(masked.fill(|one| [hash(2), hash(4)].contains(&one)), "say […] dishwasher now");
        assert_eq!(masked.fill(|one| one != hash(3)), "say purple monkey dishwasher now");
    }

    #[test]
    fn a_part_keeps_its_marks() {
        let masked = Masked::new("one two three".to_owned(), vec![mark(4, 13, true, &[&[1]])]);
        assert_eq!(masked.part(0..7).unwrap().covered(), "one […]");
        assert_eq!(masked.part(8..13).unwrap().covered(), "[…]");
        assert_eq!(masked.part(0..3).unwrap().covered(), "one");
    }

    #[test]
    fn a_covered_sentence_is_not_quotable() {
        assert!(quotable("Open the settings."));
        assert!(!quotable("Open […]."));
        assert!(!quotable("Hello [name]."));
    }
}
