//! Follow-ups that lean on what was said before, and what they lean on.

use std::sync::LazyLock;

use domain::{Author, Turn, message};
use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use super::courtesy;

/// A follow-up with fewer words does not stand alone.
const STANDS_ALONE_WORDS: usize = 8;
/// A longer message says itself what its pronouns stand for.
const SAYS_ITSELF_WORDS: usize = 25;
/// Most characters of earlier messages that are taken as context.
const CONTEXT_CHARS: usize = 400;
/// Most earlier messages that are taken: an elliptic one leans on the one before.
const CONTEXT_MESSAGES: usize = 3;
/// Context with fewer words that mean something names nothing yet.
const NAMING_WORDS: usize = 3;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the pattern is checked by the tests"));
    };
}

// How sentences begin that go on from others.
pattern!(
    GOES_ON,
    r"(?i)^\W*(and|or|but|so|then|what about|how about|also|besides|because|ok|okay|yes|yeah|no|i mean|i meant|why not|which one|in that case|if so|if not|other than|same|und|oder|aber|also|dann|was ist mit|wie (sieht|ist|steht) es|wie siehts|ja|nein|doch|ich mein(t)?e|in dem fall|falls (ja|nein)|wenn (ja|nein)|und was|außerdem|stattdessen|et|ou|mais|pero|maar)\b"
);
// Words that stand for something else.
pattern!(
    STANDS_FOR,
    r"(?i)\b(it|its|it's|they|them|their|theirs|these|those|he|she|him|her|his|ones|such|same|others?|another|instead|both|either|neither|else|er|ihn|ihm|ihnen|deren|dessen|dies|diese[nmrs]?|jene[nmrs]?|solche[nmrs]?|beide[nmrs]?|andere[nmrs]?|damit|dafür|davon|daran|darauf|dagegen|dazu|dabei|dort|stattdessen|derselbe|dieselbe|dasselbe)\b"
);
// "this", "that", "there" and "one", "das", "es" and "sie" where they do too.
pattern!(
    POINTS,
    r"(?i)(\b(this|that)\s*([?.!,;]|$)|\b(this|that) (is|was|are|means?|would|will|can|could|do|does|did|work|mean|applies|apply|includes?|happens?|case)\b|\b(about|like|of|for|with|do|does|did|is|isn't|was|why|doing|using|after|before|on|in|to) (this|that)\b|\b(which|this|that|the|a|an) (\w+ )?one\b|\b(from|over|up|in|get|go|live|work) there\b|\b(geht|ist|gilt|kann|funktioniert|mache ich|macht man|kostet|heißt|wird|wäre|war|brauche ich|mit|für|ohne|und|oder) (das|es)\b|\b(kann|darf|muss|soll|könnte|würde) (man|ich|wir|ihr) (das|es|sie|ihn)\b|\bdas\s*([?.!,;]|$)|\b(ist|sind|kann|können|geht|gehen|hat|haben|wird|werden|kostet|kosten|mache ich|bekomme ich) sie\b|\b(der|die|das|den|dem) (groß|klein|neu|alt|erst|zweit|letzt|rot|blau|grün|schwarz|weiß)e[nrs]?\s*([?.!,;]|$))"
);

/// Reports whether a follow-up leans on what was said before it.
pub(super) fn leans(text: &str) -> bool {
    text.split_whitespace().nth(STANDS_ALONE_WORDS - 1).is_none() || points(text)
}

/// Reports whether a text goes on from another, or has words that stand for something said elsewhere.
pub(super) fn points(text: &str) -> bool {
    let is_short = text.split_whitespace().nth(SAYS_ITSELF_WORDS).is_none();
    GOES_ON.is_match(text) || (is_short && (STANDS_FOR.is_match(text) || POINTS.is_match(text)))
}

/// Returns what a follow-up after `turns` leans on: the customer's messages before it, back to one that names
/// something, without courtesies.
pub(super) fn context(turns: &[Turn]) -> Option<String> {
    let mut taken: Vec<String> = Vec::new();
    let earlier = turns.iter().rev().filter(|turn| turn.author == Author::Customer);
    for turn in earlier {
        let own = message::take_apart(None, &turn.text).own;
        let own = courtesy::without(&own);
        if own.is_empty() || courtesy::judge(own).is_some() {
            continue;
        }
        taken.insert(0, domain::text::shorten(own, CONTEXT_CHARS));
        if taken.len() == CONTEXT_MESSAGES || names(&taken) {
            break;
        }
    }
    // The nearest is worth most where not all of it fits.
    while taken.len() > 1 && taken.iter().map(|text| text.chars().count()).sum::<usize>() > CONTEXT_CHARS {
        taken.remove(0);
    }
    (!taken.is_empty()).then(|| taken.join("\n"))
}

/// Reports whether texts have enough words that mean something to name a matter.
fn names(texts: &[String]) -> bool {
    let meaning = |text: &String| text.unicode_words().filter(|word| means(word)).count();
    texts.iter().map(meaning).sum::<usize>() >= NAMING_WORDS
}

/// Reports whether a word is more than a function word of English or German.
pub(super) fn means(word: &str) -> bool {
    static USUAL: LazyLock<std::collections::HashSet<&'static str>> = LazyLock::new(|| {
        ["en", "de"]
            .into_iter()
            .flat_map(|code| stop_words::lookup(code).unwrap_or_default())
            .copied()
            .collect()
    });
    let word = word.to_lowercase();
    word.chars().any(char::is_alphabetic) && !USUAL.contains(word.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::tests::turns;
    use super::*;

    #[test]
    fn what_leans_is_told_from_what_stands_alone() {
        for text in [
            "And for the large one?",
            "What about annual subscriptions in other countries?",
            "How much does it cost to have that replaced by you?",
            "Could you tell me what I have to pay for this?",
            "Und wie sieht es mit dem großen Rad am Wochenende aus?",
            "Kann man das auch in einem eurer Läden umtauschen lassen?",
            "the large one",
        ] {
            assert!(leans(text), "{text}");
        }
        for text in [
            "How do I reset the display of my Aero with the power button?",
            "I want to know where my invoice of last month can be found",
            "Wie setze ich die Anzeige meines Fahrrads mit dem Knopf zurück?",
            "Where in the app can I change the address of my account?",
        ] {
            assert!(!leans(text), "{text}");
        }
    }

    #[test]
    fn the_nearest_messages_that_name_something_are_the_context() {
        let turns = turns(&[
            (Author::Customer, "Where do I find the invoices of my account?"),
            (Author::Agent, "In the app. Which year?"),
            (Author::Customer, "Hi, my charger blinks red all night long."),
            (Author::Agent, "Is it the small one?"),
            (Author::Customer, "the large one"),
            (Author::Agent, "Thanks."),
            (Author::Customer, "Thank you!"),
            (Author::Agent, "Anything else?"),
        ]);
        assert_eq!(context(&turns).as_deref(), Some("my charger blinks red all night long.\nthe large one"));
        assert_eq!(context(&turns[..2]).as_deref(), Some("Where do I find the invoices of my account?"));
        assert_eq!(context(&[]), None);
    }

    #[test]
    fn context_is_bounded() {
        let long = "The charger blinks red. ".repeat(200);
        let turns = turns(&[(Author::Customer, &long), (Author::Agent, "x"), (Author::Customer, "a b")]);
        assert!(context(&turns).unwrap().chars().count() <= CONTEXT_CHARS + 1);
    }
}
