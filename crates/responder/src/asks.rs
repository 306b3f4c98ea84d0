//! The single questions of a message that asks several things.

use unicode_segmentation::UnicodeSegmentation;

/// A message with more questions is a story, not a list.
const MOST: usize = 4;
/// A question with fewer words leans on what stands around it ("And then?").
const LEAST_WORDS: usize = 4;

/// Returns the questions of a message that asks several, in order; none for one that asks one thing or hardly
/// anything that stands alone.
#[must_use]
pub fn asks(message: &str) -> Vec<&str> {
    let sentences = message.lines().flat_map(|line| line.unicode_sentences()).map(str::trim);
    let mut asks: Vec<&str> = Vec::new();
    for sentence in sentences.filter(|sentence| sentence.ends_with(['?', '？'])) {
        let words = sentence.unicode_words().count();
        if words >= LEAST_WORDS && !asks.contains(&sentence) {
            asks.push(sentence);
        }
    }
    if (2..=MOST).contains(&asks.len()) { asks } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_questions_are_taken_one_by_one() {
        let message = "Hello. How do I reset the lock? It blinks.\nAnd how long may I return it? Why?";
        assert_eq!(asks(message), ["How do I reset the lock?", "And how long may I return it?"]);
    }

    #[test]
    fn one_question_and_what_does_not_stand_alone_stay_whole() {
        for message in [
            "How do I reset the lock?",
            "How do I reset the lock? Why? And then?",
            "Where is my invoice? Where is my invoice?",
            "Thanks.",
            "",
        ] {
            assert!(asks(message).is_empty(), "{message}");
        }
        let story: String = (0..9).map(|number| format!("Did I do step {number} right? ")).collect();
        assert!(asks(&story).is_empty());
    }
}
