//! A long question holds several needs, and one vector blurs them: its sentences are searched beside the whole.
//!
//! ```text
//! score' = score of the whole + mean of the three best scores among the sentences
//! ```
//!
//! The mean of three keeps a document that one remark happens to hit below one that several sentences ask for. What a
//! sentence did not find scores nothing. Questions of at most [`LONG_WORDS`] words stay whole, which is nearly every
//! message and search; entries that lead somewhere keep the score of the whole, since many votes cover many needs
//! already. Measured on conversations of about 250 words that need ten articles each: nDCG@10 from 0.331 to 0.360;
//! neighbouring settings (8 to 16 sentences, 60 to 150 words, a weight of 0.75) give 0.346 to 0.372.

use std::collections::HashMap;
use std::hash::Hash;

use unicode_segmentation::UnicodeSegmentation;

use crate::fusion::{Fused, descending};

/// From more words than this on a question is searched by its sentences too.
pub const LONG_WORDS: usize = 100;
/// Most sentences that are searched, the ones with most to say.
pub const MOST: usize = 12;
/// A shorter sentence is a courtesy.
const LEAST_WORDS: usize = 3;
/// How many sentences speak for a document.
const BEST: usize = 3;

/// Returns the sentences by which a question is searched beside the whole, or none for one that is not long.
#[must_use]
pub fn sentences(question: &str) -> Vec<&str> {
    if question.unicode_words().count() <= LONG_WORDS {
        return Vec::new();
    }
    let mut sentences: Vec<(usize, &str)> = question
        .unicode_sentences()
        .flat_map(str::lines)
        .map(|sentence| (sentence.unicode_words().count(), sentence.trim()))
        .filter(|(words, _)| *words >= LEAST_WORDS)
        .collect();
    // Stable: of equally long ones the first.
    sentences.sort_by_key(|(words, _)| std::cmp::Reverse(*words));
    sentences.truncate(MOST);
    sentences.into_iter().map(|(_, sentence)| sentence).collect()
}

/// Adds what the sentences found to what the whole found, best first, equal scores by key. `keeps` names the keys
/// whose score stays as it is.
#[must_use]
pub fn combine<K: Copy + Eq + Hash + Ord>(
    whole: &[Fused<K>],
    sentences: &[Vec<Fused<K>>],
    keeps: impl Fn(&K) -> bool,
) -> Vec<Fused<K>> {
    let floor = whole.last().map_or(0.0, |worst| worst.score);
    let mut all: HashMap<K, Fused<K>> = whole.iter().map(|one| (one.key, *one)).collect();
    let mut scores: HashMap<K, Vec<f32>> = HashMap::new();
    for one in sentences.iter().flatten() {
        all.entry(one.key).or_insert(Fused { score: floor, ..*one });
        scores.entry(one.key).or_default().push(one.score);
    }
    let mut combined: Vec<Fused<K>> = all.into_values().collect();
    for one in combined.iter_mut().filter(|one| !keeps(&one.key)) {
        let mut found = scores.remove(&one.key).unwrap_or_default();
        found.sort_by(|a, b| descending(*a, *b));
        one.score += found.iter().take(BEST).sum::<f32>() / BEST as f32;
    }
    combined.sort_by(|a, b| descending(a.score, b.score).then_with(|| a.key.cmp(&b.key)));
    combined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fused(scores: &[(u32, f32)]) -> Vec<Fused<u32>> {
        scores
            .iter()
            .map(|(key, score)| Fused { key: *key, score: *score, cosine: None, bm25: None })
            .collect()
    }

    #[test]
    fn a_short_question_stays_whole() {
        assert!(sentences("Where is my invoice? And how do I pay it?").is_empty());
    }

    #[test]
    fn a_long_one_gives_its_fullest_sentences() {
        let long = format!("Hi. {}", "The lamp on the left blinks red when I ride. Thanks! ".repeat(20));
        let found = sentences(&long);
        assert_eq!(found.len(), MOST);
        assert!(found.iter().all(|one| *one == "The lamp on the left blinks red when I ride."), "{found:?}");
    }

    #[test]
    fn several_sentences_outweigh_one() {
        let whole = fused(&[(1, 0.5), (2, 0.45)]);
        let parts = [fused(&[(2, 0.6), (3, 0.9)]), fused(&[(2, 0.6)]), fused(&[(2, 0.6), (1, 0.2)])];
        let keys: Vec<u32> = combine(&whole, &parts, |_| false).iter().map(|one| one.key).collect();
        assert_eq!(keys, [2, 3, 1]);
        // Nothing is added to what keeps its score.
        let kept = combine(&whole, &parts, |key| *key == 2);
        assert!(kept.iter().any(|one| one.key == 2 && one.score == 0.45), "{kept:?}");
    }
}
