//! The single questions of a message that asks several things.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

/// A message with more questions is a story, not a list.
const MOST: usize = 4;
/// A question with fewer words leans on what stands around it ("And then?").
const LEAST_WORDS: usize = 4;
/// The same for the entry of a list of questions, which is short by nature.
const LEAST_WORDS_OF_ENTRY: usize = 2;
/// A longer sentence without a question mark tells something.
const MOST_WORDS_UNMARKED: usize = 25;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the pattern is checked by the tests"));
    };
}

// How a question begins that may go without its mark.
pattern!(
    BEGINS,
    r"(?i)^\W*((and|also|or|secondly|second|third|finally|next|plus|und|außerdem|auch|zweitens|drittens|dann)[, ]+)*(how (do|does|did|can|could|to|long|much|many|often|about|should|would|will|is|are)|where (is|are|was|can|do|does|did|to|should|will)|when (is|are|was|can|will|do|does|did|should)|what (is|are|was|does|do|did|about|happens|should|will|can)|who (is|are|was|can|do|does|did|should)|why (is|are|was|do|does|did|can|should|will)|which \w+ (is|are|do|does|did|can|should)|can (i|we|you|it|one)|could (i|we|you)|may (i|we)|is (it|there)|are there|do (i|you|we) (need|have|offer|ship|sell|deliver)|(i|we)('d| would)? (also )?(want|need|like|love) to know|(please )?(tell me|let me know) (how|where|when|what|if|whether|who|which)|wie (kann|können|lange|viele?|komme|geht|gehe|bekomme|oft|setze|mache|finde|hoch|teuer|lässt|funktioniert|muss)|wo (finde|findet|ist|sind|kann|bekomme|gibt|sehe|steht)|wann (ist|sind|kommt|kommen|kann|wird|bekomme)|was (ist|sind|kostet|kosten|passiert|mache|muss|bedeutet)|(kann|darf|muss|soll) (ich|man|es)|könn(en|t|te|ten) (ich|sie|ihr|wir|man)|gibt es|welche[rsn]? \w+|(ich|wir) (möchte|möchten|will|wollen|würde|würden) (auch |gerne? |noch )*(wissen|fragen))\b"
);
// The same by any question word of German, where the verb stands behind it and no clause begins.
pattern!(
    BEGINS_GERMAN,
    r"(?i)^\W*((und|auch|außerdem|dann|oder)[, ]+)*((in|seit|bis|ab|um|an|auf|mit|für|von|zu|bei|aus|nach) )?(wer|wen|wem|wann|wo|woher|wohin|warum|wieso|weshalb|wie|wie viele?|was|welche[rsnm]?|wofür|womit|wodurch|worauf|woran) \w[^,;:]*$"
);
pattern!(
    GOES_ON,
    r"(?i)^\W*((und|auch) )?(wie (gesagt|bereits|oben|schon|beschrieben|gewünscht|immer|besprochen|erwähnt|folgt|üblich)|was für|was (ich|mich|mir|wir|sie)|wo (ich|wir|sie|es))\b"
);
// What a list of questions is announced by.
pattern!(ANNOUNCES, r"(?i)\b(questions?|know|wondering|ask|fragen?|wissen|klären)\b[^.!?]{0,60}[:.]?\s*$");
pattern!(ENTRY, r"^\s*(?:\(?\d{1,2}[.):]|\(?[a-hA-H]\)|[-*•–])\s+(\S.*)$");
pattern!(NUMBER, r"(?:^|\s)\(?(\d{1,2})[.)]\s+");
// Questions that ask for nothing by themselves.
pattern!(
    ASKS_NOTHING,
    r"(?i)^\W*((hi|hello|hey|hallo|guten tag)\W+)?((and |so )?(please )?(can|could|would|will|is) (you|anyone|anybody|someone|somebody|there anyone who can)( please| kindly| maybe)?( (help|assist|advise))( me| us)?( (please|out|here|further|with (this|that|it)))*|how are you( doing)?( today)?|any (ideas?|suggestions?|help|advice|thoughts|tips)( please| on this| about this| appreciated)?|(is|are) (anyone|anybody|you|someone) (there|here|around)|(can|could) you hear me|(kann|kannst|könnt|können|könnte|könnten|könntest)( mir| uns| ihr| du| sie| jemand| bitte| da| dabei| hier| weiter)* (helfen|weiterhelfen)( bitte)?|habt ihr (eine )?(idee|ideen|tipps?)|wie geht es (dir|ihnen|euch)|ist (da )?jemand da)\W*$"
);

/// Returns the questions of a message that asks several, in order; none for one that asks one thing or hardly
/// anything that stands alone. Entries of a list of questions and plain questions may go without their mark.
#[must_use]
pub fn asks(message: &str) -> Vec<&str> {
    let lines = prose(message);
    let mut asks: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let run = lines[at..].iter().take_while(|line| ENTRY.is_match(line)).count();
        if run >= 2 {
            let before = lines[..at].iter().rev().find(|line| !line.trim().is_empty());
            asks.extend(of_list(lines[at..at + run].iter().map(|line| entry(line)), before.copied()));
            at += run;
            continue;
        }
        let (before, entries) = numbered(lines[at]);
        asks.extend(of_sentences(before));
        asks.extend(of_list(entries.into_iter(), Some(before)));
        at += 1;
    }
    let mut known = HashSet::new();
    asks.retain(|ask| known.insert(*ask));
    if (2..=MOST).contains(&asks.len()) { asks } else { Vec::new() }
}

/// Returns the lines of a message that are neither code nor a table.
fn prose(message: &str) -> Vec<&str> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for line in message.lines() {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        if !is_code && !is_fence && !line.trim_start().starts_with('|') {
            lines.push(line);
        }
    }
    lines
}

fn entry(line: &str) -> &str {
    ENTRY.captures(line).and_then(|found| found.get(1)).map_or(line, |text| text.as_str().trim())
}

/// Splits a line with a numbered list in it ("1) … 2) …") into what stands before it and its entries.
fn numbered(line: &str) -> (&str, Vec<&str>) {
    let marks: Vec<_> =
        NUMBER.captures_iter(line).filter_map(|found| Some((found.get(0)?, found.get(1)?))).collect();
    let counts = marks.iter().zip(1_u32..).all(|((_, number), at)| number.as_str().parse() == Ok(at));
    if marks.len() < 2 || !counts {
        return (line, Vec::new());
    }
    let ends = marks.iter().skip(1).map(|(mark, _)| mark.start()).chain([line.len()]);
    let entries = marks.iter().zip(ends).map(|((mark, _), end)| line[mark.end()..end].trim());
    (&line[..marks[0].0.start()], entries.collect())
}

/// Returns the questions of a list: all entries where it is announced as one or half of it asks; otherwise those with a
/// question mark, since steps that somebody has tried are a list too.
fn of_list<'a>(entries: impl Iterator<Item = &'a str>, before: Option<&str>) -> Vec<&'a str> {
    let entries: Vec<&str> = entries.filter(|entry| !ASKS_NOTHING.is_match(entry)).collect();
    let asking = entries
        .iter()
        .filter(|entry| is_marked(entry) || BEGINS.is_match(entry) || BEGINS_GERMAN.is_match(entry))
        .count();
    let is_asking = asking * 2 >= entries.len() || before.is_some_and(|before| ANNOUNCES.is_match(before));
    let counts = |entry: &&str| {
        let least = if is_asking { LEAST_WORDS_OF_ENTRY } else { LEAST_WORDS };
        (is_asking || is_marked(entry)) && entry.unicode_words().count() >= least
    };
    entries.into_iter().filter(counts).collect()
}

fn of_sentences(line: &str) -> impl Iterator<Item = &str> {
    line.unicode_sentences().map(str::trim).filter(|sentence| {
        let words = sentence.unicode_words().count();
        let asks = is_marked(sentence) || (words <= MOST_WORDS_UNMARKED && is_unmarked(sentence));
        asks && words >= LEAST_WORDS && !ASKS_NOTHING.is_match(sentence)
    })
}

/// Reports whether a sentence asks without its mark: it begins like a question, and goes on.
fn is_unmarked(sentence: &str) -> bool {
    let goes_on = |end: usize| sentence[end..].unicode_words().nth(1).is_some();
    BEGINS.find(sentence).is_some_and(|begin| goes_on(begin.end()))
        || (BEGINS_GERMAN.is_match(sentence)
            && !GOES_ON.is_match(sentence)
            && sentence.unicode_words().nth(LEAST_WORDS).is_some())
}

fn is_marked(sentence: &str) -> bool {
    sentence.ends_with(['?', '？'])
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
    fn lists_of_questions_need_no_marks() {
        let reset = ["how do I reset the lock", "return period", "Where is my invoice?"];
        assert_eq!(
            asks(
                "Two things I want to know:\n1. how do I reset the lock\n2. return period\n3. Where is my invoice?"
            ),
            reset
        );
        assert_eq!(
            asks(
                "I have questions\n\n- how do I reset the lock\n- return period\n- Where is my invoice?\n\nBye"
            ),
            reset
        );
        let german =
            asks("Ich hätte zwei Fragen: 1) wie setze ich das Schloss zurück 2) wo finde ich meine Rechnung");
        assert_eq!(german, ["wie setze ich das Schloss zurück", "wo finde ich meine Rechnung"]);
        let tried =
            "I have tried this:\n1. restarted the app\n2. took the battery out\nWhat else can I do here?";
        assert!(asks(tried).is_empty(), "steps are no questions");
    }

    #[test]
    fn plain_questions_need_no_marks_either() {
        let message = "How do I reset the lock of my bike. Also where can I find my invoice";
        assert_eq!(
            asks(message),
            ["How do I reset the lock of my bike.", "Also where can I find my invoice"]
        );
        let german = "Wie lange kann ich das Rad zurückgeben. Und wo finde ich meine Rechnung.";
        assert_eq!(asks(german).len(), 2);
    }

    #[test]
    fn one_question_and_what_does_not_stand_alone_stay_whole() {
        for message in [
            "How do I reset the lock?",
            "How do I reset the lock? Why? And then?",
            "Where is my invoice? Where is my invoice?",
            "Can you help me please? How do I reset the lock?",
            "Hallo, könnt ihr mir helfen? Wie setze ich das Schloss zurück?",
            "How do I reset the lock? When I press the button, it blinks.",
            "How do I parse this?\n```\nwhat is the value of this? how do I get it?\n```",
            "I would like to know. How do I reset the lock?",
            "Wie gesagt lädt der Akku nicht mehr. Wie setze ich das Schloss zurück?",
            "Was mich stört ist das Licht am Rad. Wie setze ich es zurück?",
            "Version 1. It failed in 2. gear",
            "Thanks.",
            "",
        ] {
            assert!(asks(message).is_empty(), "{message}");
        }
        let story: String = (0..9).map(|number| format!("Did I do step {number} right? ")).collect();
        assert!(asks(&story).is_empty());
    }
}
