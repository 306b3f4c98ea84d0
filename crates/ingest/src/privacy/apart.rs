//! Stretches of a text that do not touch each other.

use std::collections::BTreeMap;
use std::ops::Range;

/// Stretches with something attached; of two that overlap, the one that was added first stays.
#[derive(Debug)]
pub(super) struct Apart<T>(BTreeMap<usize, (usize, T)>);

impl<T> Apart<T> {
    pub(super) fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a stretch unless it overlaps one that is there. Returns whether it was added.
    pub(super) fn add(&mut self, span: Range<usize>, what: T) -> bool {
        let before = self.0.range(..span.end).next_back();
        if span.is_empty() || before.is_some_and(|(_, (end, _))| *end > span.start) {
            return false;
        }
        self.0.insert(span.start, (span.end, what));
        true
    }

    /// Adds a stretch together with all that it overlaps, as one; what was there first stays attached.
    pub(super) fn join(&mut self, span: Range<usize>, what: T) {
        let (mut span, mut what) = (span, what);
        while let Some((start, end)) =
            self.0.range(..span.end).next_back().map(|(start, (end, _))| (*start, *end))
            && end > span.start
            && let Some((_, older)) = self.0.remove(&start)
        {
            span = start.min(span.start)..end.max(span.end);
            what = older;
        }
        if !span.is_empty() {
            self.0.insert(span.start, (span.end, what));
        }
    }

    /// Returns the stretches in order.
    pub(super) fn spans(&self) -> impl Iterator<Item = (Range<usize>, &T)> {
        self.0.iter().map(|(start, (end, what))| (*start..*end, what))
    }
}

impl Apart<&'static str> {
    /// Puts what is attached in place of each stretch of `text`.
    pub(super) fn replace_in(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (span, placeholder) in self.spans() {
            out.push_str(&text[at..span.start]);
            out.push_str(placeholder);
            at = span.end;
        }
        out.push_str(&text[at..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_two_that_overlap_stays() {
        let mut apart = Apart::new();
        assert!(apart.add(4..6, "[b]"));
        assert!(apart.add(0..2, "[a]"));
        assert!(!apart.add(5..9, "[c]") && !apart.add(1..5, "[c]") && !apart.add(0..9, "[c]"));
        assert!(apart.add(6..7, "[d]"));
        assert_eq!(apart.replace_in("0123456789"), "[a]23[b][d]789");
    }

    #[test]
    fn what_overlaps_becomes_one() {
        let mut apart = Apart::new();
        apart.join(4..6, "[b]");
        apart.join(0..2, "[a]");
        apart.join(6..7, "[d]");
        assert_eq!(apart.replace_in("0123456789"), "[a]23[b][d]789");
        apart.join(1..5, "[c]");
        assert_eq!(apart.spans().map(|(span, _)| span).collect::<Vec<_>>(), [0..6, 6..7]);
        apart.join(8..8, "[e]");
        assert_eq!(apart.replace_in("0123456789"), "[a][d]789");
    }
}
