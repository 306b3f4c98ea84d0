//! What the company's last message waits for, and so what a mere "yes" or "no" says.

use std::sync::LazyLock;

use domain::{Author, Turn, message};
use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use super::courtesy::Courtesy;

/// A message asks where one of its last sentences does; what stands before them has been overtaken.
const LAST_SENTENCES: usize = 2;
/// Most characters of a question that stand before its answer.
const QUESTION_CHARS: usize = 200;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the pattern is checked by the tests"));
    };
}

// Whether there is anything else.
pattern!(
    OFFERS,
    r"(?i)(any ?thing else|something else|(else|more) (that )?(i|we) can|(further|other|more|additional|any) (questions?|help|assistance|requests?)\b|help you with\b|sonst noch|noch (etwas|was|fragen)|(weitere|andere|irgendwelche) (fragen|hilfe|wünsche|anliegen))"
);
// Whether what was said has helped.
pattern!(
    CHECKS,
    r"(?i)\b((did|has|have)\b[^.?!]{0,50}\b(help(ed)?|work(ed)?|solved?|fix(ed)?|resolved?|answer(ed)?)\b|is (it|that|this|everything) (working|solved|fixed|resolved)|does (it|this|that) (work|help) (now|again)|(hat|haben|konnte|konnten)\b[^.?!]{0,50}\b(geholfen|geklappt|funktioniert|helfen|beantwortet|gelöst)|(geht|funktioniert|klappt|läuft) (es|das) (jetzt|nun|wieder))"
);

/// What a message of the company waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// Nothing.
    Nothing,
    /// Whether there is anything else.
    More,
    /// Whether it has helped.
    Success,
    /// Something that it asks.
    Answer,
}

/// The question that the company's last message ends with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pending {
    waits: Waits,
    question: String,
}

impl Pending {
    /// Reads the last message of the company.
    pub(super) fn of(turns: &[Turn]) -> Self {
        let last = turns.iter().rev().find(|turn| matches!(turn.author, Author::Agent | Author::Bot));
        let own = last.map(|turn| message::take_apart(None, &turn.text).own).unwrap_or_default();
        let sentences: Vec<&str> = own
            .lines()
            .flat_map(|line| line.unicode_sentences())
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .collect();
        let tail = &sentences[sentences.len().saturating_sub(LAST_SENTENCES)..];
        let Some(question) = tail.iter().rev().find(|sentence| sentence.contains(['?', '？'])) else {
            return Self { waits: Waits::Nothing, question: String::new() };
        };
        let waits = if OFFERS.is_match(question) {
            Waits::More
        } else if CHECKS.is_match(question) {
            Waits::Success
        } else {
            Waits::Answer
        };
        Self { waits, question: domain::text::shorten(question, QUESTION_CHARS) }
    }

    /// Reports whether a courtesy says what was waited for: then it is an answer and not a courtesy.
    pub(super) fn is_answered_by(&self, courtesy: Courtesy) -> bool {
        match self.waits {
            Waits::More => false,
            Waits::Success | Waits::Nothing => courtesy == Courtesy::No,
            Waits::Answer => courtesy != Courtesy::Parting,
        }
    }

    /// Returns the question, where it asks about the matter.
    pub(super) fn question(&self) -> Option<&str> {
        matches!(self.waits, Waits::Success | Waits::Answer).then_some(self.question.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::turns;
    use super::*;

    fn answered(said: &str, courtesy: Courtesy) -> bool {
        Pending::of(&turns(&[(Author::Customer, "It fails."), (Author::Agent, said)]))
            .is_answered_by(courtesy)
    }

    #[test]
    fn yes_and_no_say_something_where_something_was_asked() {
        assert!(answered("Thanks. Shall I cancel it?", Courtesy::Yes));
        assert!(answered("Ist es das kleine Rad? Dann tauschen wir es.", Courtesy::Plain));
        assert!(!answered("Shall I cancel it?", Courtesy::Parting));
        for (said, yes, no) in [
            ("Did that help?", false, true),
            ("Hat das geholfen?", false, true),
            ("Is there anything else I can do for you?", false, false),
            ("Kann ich sonst noch etwas tun?", false, false),
            ("Please restart it.", false, true),
            ("Is it red? It is red if it fails. Then wait. Then restart it.", false, true),
        ] {
            assert_eq!((answered(said, Courtesy::Yes), answered(said, Courtesy::No)), (yes, no), "{said}");
        }
    }
}
