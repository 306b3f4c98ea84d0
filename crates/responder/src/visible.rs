//! What of a text its readers see.
//!
//! Characters that show nothing come with texts that are pasted, and can carry or part words that no person ever reads.
//! Whoever looks for something in a text, and whoever hands one on, reads it as [`visible`] leaves it, so that nobody
//! finds other words in it than the next one.

use std::borrow::Cow;

/// Returns a text without what shows nothing: marks of width and direction, tags, and control characters that are no
/// white space. Joiners stay where the script before them needs them, or an emoji does.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(|one| is_hidden(one) || is_joiner(one)) {
        return Cow::Borrowed(text);
    }
    let mut seen = String::with_capacity(text.len());
    for one in text.chars() {
        let shows =
            if is_joiner(one) { seen.chars().next_back().is_some_and(joins) } else { !is_hidden(one) };
        if shows {
            seen.push(one);
        }
    }
    Cow::Owned(seen)
}

fn is_hidden(one: char) -> bool {
    let is_mark = matches!(one,
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}');
    is_mark || (one.is_control() && !one.is_whitespace())
}

fn is_joiner(one: char) -> bool {
    matches!(one, '\u{200c}' | '\u{200d}')
}

/// Reports whether what follows may look otherwise behind a joiner: Arabic and its kin, the scripts of India and its
/// neighbours, and emoji. In all others a joiner does nothing but part a word.
fn joins(before: char) -> bool {
    matches!(before,
        '\u{600}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{2190}'..='\u{2bff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe0f}'
        | '\u{fe70}'..='\u{fefc}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_shows_nothing_goes_and_white_space_stays() {
        assert_eq!(visible("a\u{200b}b\u{202e}c\u{e0041}\u{7}d\ne\tf"), "abcd\ne\tf");
        assert_eq!(visible("Ak\u{ad}ku\u{feff}, \u{200f}x\u{e0101}"), "Akku, x");
        assert!(matches!(visible("Der Akku lädt nicht."), Cow::Borrowed(_)));
    }

    #[test]
    fn joiners_stay_where_a_script_or_an_emoji_needs_them() {
        for whole in ["می\u{200c}خواهم", "क्\u{200d}ष", "👩\u{200d}💻", "❤\u{fe0f}\u{200d}🔥"]
        {
            assert_eq!(visible(whole), whole);
        }
        for parted in ["ig\u{200d}nore", "ig\u{200c}\u{200d}nore", "\u{200d}ignore"] {
            assert_eq!(visible(parted), "ignore");
        }
        assert_eq!(visible("заб\u{200d}удь"), "забудь");
    }

    proptest! {
        #[test]
        fn nothing_is_left_to_take_away(text in "[a-zа-яم-ه \\n\\t\u{7}\u{ad}\u{200b}-\u{200f}\u{2060}👩💻]{0,60}") {
            let seen = visible(&text).into_owned();
            prop_assert_eq!(visible(&seen), seen.as_str());
            prop_assert!(!seen.contains(is_hidden));
            let kept = |text: &str| text.chars().filter(|one| !is_hidden(*one) && !is_joiner(*one)).collect::<String>();
            prop_assert_eq!(kept(&seen), kept(&text));
        }
    }
}
