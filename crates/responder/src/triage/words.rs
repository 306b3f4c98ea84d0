//! What of a text the learner looks at: words, pairs of words, and pieces of words, which still match when a word
//! is misspelled, inflected or part of a compound.

/// Longer texts are cut: what they are about stands at the beginning.
const MOST_WORDS: usize = 250;
/// Pieces of a word have so many letters.
const PIECE: usize = 4;
/// Pieces of words count less than words.
const PIECE_WEIGHT: f32 = 0.5;

/// Returns the features of a text as hashes with how much each counts; a feature that occurs twice stands twice.
pub(super) fn features(text: &str) -> Vec<(u64, f32)> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|sign: char| !sign.is_alphanumeric() && sign != '\'')
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .collect();
    let mut out = Vec::with_capacity(words.len() * 6);
    for (at, word) in words.iter().enumerate() {
        out.push((hash(&[b"w", word.as_bytes()]), 1.0));
        if let Some(next) = words.get(at + 1) {
            out.push((hash(&[b"p", word.as_bytes(), next.as_bytes()]), 1.0));
        }
        let signs: Vec<char> = std::iter::once(' ').chain(word.chars()).chain(std::iter::once(' ')).collect();
        for piece in signs.windows(PIECE) {
            let piece: String = piece.iter().collect();
            out.push((hash(&[b"c", piece.as_bytes()]), PIECE_WEIGHT));
        }
    }
    out
}

/// The hash FNV-1a: fast, the same everywhere, and nobody's secret depends on it.
fn hash(parts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.iter().chain(&[0]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_words_share_pieces() {
        let pieces = |text: &str| {
            let mut hashes: Vec<u64> = features(text).into_iter().map(|(hash, _)| hash).collect();
            hashes.sort_unstable();
            hashes
        };
        let (right, wrong) = (pieces("password"), pieces("pasword"));
        assert!(wrong.iter().filter(|hash| right.contains(hash)).count() >= 3);
        assert!(features("").is_empty());
        assert_eq!(features(&"word ".repeat(10_000)).len(), features(&"word ".repeat(250)).len());
    }
}
