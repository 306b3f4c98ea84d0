//! Small pure operations on texts that several crates need to do alike.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of `parts`, each preceded by its length so that no two lists run together.
#[must_use]
pub fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Returns `bytes` as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns at most `max` characters of `text`, cut at a word where one is near, with `…` when cut.
#[must_use]
pub fn shorten(text: &str, max: usize) -> String {
    let text = text.trim();
    let Some((end, _)) = text.char_indices().nth(max) else {
        return text.to_owned();
    };
    let head = &text[..end];
    let cut = head.rfind(char::is_whitespace).filter(|at| *at > end / 2).unwrap_or(end);
    format!("{}…", head[..cut].trim_end())
}

/// What stands in a text where a detail is covered.
pub const COVER: &str = "[…]";
/// What stands for personal data that never comes back.
pub const PLACEHOLDERS: [&str; 12] = [
    "[name]",
    "[email]",
    "[phone]",
    "[id]",
    "[card]",
    "[iban]",
    "[ip]",
    "[amount]",
    "[address]",
    "[company]",
    "[birthday]",
    "[plate]",
];

/// Reports whether a sentence may be quoted: nothing in it is covered or replaced.
#[must_use]
pub fn is_quotable(sentence: &str) -> bool {
    !sentence.contains(COVER) && !PLACEHOLDERS.iter().any(|placeholder| sentence.contains(placeholder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_do_not_run_together() {
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
        assert_eq!(hex(&[0, 255]), "00ff");
    }

    #[test]
    fn shortens_at_a_word() {
        assert_eq!(shorten("one two three", 9), "one two…");
        assert_eq!(shorten("short", 9), "short");
        assert_eq!(shorten("äöüäöüäöü", 3), "äöü…");
    }
}
