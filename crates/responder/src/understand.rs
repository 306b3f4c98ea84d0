//! What a customer's newest messages ask for, by rules.

use std::sync::LazyLock;

use domain::language;
use domain::message;
use domain::{Applicability, Author, HandOff, Language, Outcome, Question, Silence, Turn};
use regex::Regex;

/// A conversation up to and including the customer's newest message.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Subject line.
    pub subject: Option<String>,
    /// Everything written so far, oldest first; the last turn is the customer's.
    pub turns: Vec<Turn>,
    /// The language the source states; unknown where it states none.
    pub language: Language,
    /// How to greet the person; only where it is known who writes.
    pub first_name: Option<String>,
    /// What is known of the customer's side: brand, plan, region, version.
    pub customer: Applicability,
}

/// What is known of a turn before anything is searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Understood {
    /// Something is asked.
    Asks(Question),
    /// Nothing has to be searched.
    Settled(Outcome),
}

/// A message with fewer words leans on what was said before.
const STANDS_ALONE_WORDS: usize = 7;
/// Most characters of the first message that are taken as context.
const CONTEXT_CHARS: usize = 400;
/// Most characters of a question: what models and ranking can use.
const QUESTION_CHARS: usize = 4_000;
/// A message with more words is no mere thanks.
const COURTESY_WORDS: usize = 10;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the pattern is checked by the tests"));
    };
}

pattern!(
    HUMAN,
    r"(?i)\b((speak|talk|chat|connect me|put me through|transfer me)( \w+){0,3} (to|with) (a |an |some )?(real |actual |live )?(human|person|agent|someone|somebody|representative|employee)|(real|actual|live) (human|person|agent)( please)?|(want|need) a human|no (bot|robot)s?|(mit|zu) (einem|einer|nem) (echten |richtigen )?(menschen?|mitarbeiter(in)?|person|berater(in)?)\b|(echten|richtigen) (menschen|mitarbeiter)|kein(en)? (bot|roboter))"
);
pattern!(
    AUTOMATIC,
    r"(?i)(out of (the )?office|automatic reply|auto-?reply|automatische antwort|abwesenheitsnotiz|ich bin (derzeit|momentan|zurzeit) nicht (im büro|erreichbar)|delivery (status notification|has failed)|undeliverable|mailer-daemon|unzustellbar|réponse automatique|respuesta automática|risposta automatica)"
);
pattern!(
    COURTESY,
    r"(?i)^(thanks?|thank|thx|ty|you|u|so|very|much|a|lot|many|again|great|perfect|super|awesome|nice|cool|ok(ay)?|alright|got|it|that|this|worked|works|solved|fixed|helped|all|good|is|now|yes|yep|no|problem|cheers|hi|hello|hey|there|bye|have|day|for|your|the|quick|fast|help|reply|answer|danke|dankeschön|vielen|dank|herzlichen|besten|lieben|schön(en)?|tag|abend|noch|prima|toll|klasse|alles|klar|passt|gut|hat|geklappt|funktioniert|jetzt|es|das|geht|ja|nein|hallo|moin|tschüss|für|die|schnelle|hilfe|antwort|merci|beaucoup|gracias|muchas|grazie|mille|bedankt|dank|je|wel)$"
);

/// Decides whether anything is asked and, if so, makes it a question that stands alone.
#[must_use]
pub fn understand(incoming: &Incoming) -> Understood {
    let subject = incoming.subject.as_deref().map(bare_subject).filter(|subject| !subject.is_empty());
    let newest: Vec<message::Parts> = newest_messages(&incoming.turns)
        .map(|turn| message::take_apart(incoming.subject.as_deref(), &turn.text))
        .collect();
    let text = newest.iter().map(|parts| parts.own.as_str()).collect::<Vec<_>>().join("\n").trim().to_owned();
    let is_first = !incoming.turns.iter().any(|turn| matches!(turn.author, Author::Agent | Author::Bot));
    if newest.iter().any(|parts| parts.is_forwarded) {
        return Understood::Settled(Outcome::HandOff(HandOff::Forwarded));
    }
    let head: String = text.chars().take(300).collect();
    if AUTOMATIC.is_match(&head) || (is_first && subject.is_some_and(|subject| AUTOMATIC.is_match(subject))) {
        return Understood::Settled(Outcome::Silent(Silence::Automatic));
    }
    if HUMAN.is_match(&text) {
        return Understood::Settled(Outcome::HandOff(HandOff::AskedForHuman));
    }
    if is_courtesy(&text) && !(is_first && subject.is_some()) {
        return Understood::Settled(Outcome::Silent(Silence::NothingAsked));
    }
    let context = if is_first { subject.map(str::to_owned) } else { context(incoming, subject, &text) };
    let full = match context {
        Some(context) if !text.starts_with(&context) => format!("{context}\n{text}"),
        _ => text,
    };
    let text: String = full.trim().chars().take(QUESTION_CHARS).collect();
    if text.is_empty() {
        return Understood::Settled(Outcome::Silent(Silence::NothingAsked));
    }
    let language = match language::detect(&text) {
        Language::UNKNOWN => incoming.language,
        detected => detected,
    };
    Understood::Asks(Question { text, language, customer: incoming.customer.clone() })
}

/// Reports whether somebody asks for a person.
pub(crate) fn asks_for_human(text: &str) -> bool {
    HUMAN.is_match(text)
}

/// Returns the customer's messages since anybody of the company last wrote.
fn newest_messages(turns: &[Turn]) -> impl Iterator<Item = &Turn> {
    let start = turns
        .iter()
        .rposition(|turn| matches!(turn.author, Author::Agent | Author::Bot))
        .map_or(0, |position| position + 1);
    turns[start..].iter().filter(|turn| turn.author == Author::Customer)
}

/// Returns what a short follow-up leans on: the subject and the beginning of the first message.
fn context(incoming: &Incoming, subject: Option<&str>, text: &str) -> Option<String> {
    if text.split_whitespace().count() >= STANDS_ALONE_WORDS {
        return None;
    }
    let first = incoming.turns.iter().find(|turn| turn.author == Author::Customer)?;
    let first = message::take_apart(None, &first.text).own;
    let first = domain::text::shorten(&first, CONTEXT_CHARS);
    Some(subject.map_or_else(|| first.clone(), |subject| format!("{subject}\n{first}")))
}

fn bare_subject(subject: &str) -> &str {
    let mut bare = subject.trim();
    loop {
        let Some((head, rest)) = bare.split_once(':') else { return bare };
        if !["re", "aw", "antw", "sv", "r"].contains(&head.trim().to_lowercase().as_str()) {
            return bare;
        }
        bare = rest.trim();
    }
}

fn is_courtesy(text: &str) -> bool {
    let words: Vec<&str> = text
        .split(|character: char| !character.is_alphanumeric() && character != '\'')
        .filter(|word| !word.is_empty())
        .collect();
    !text.contains('?') && words.len() <= COURTESY_WORDS && words.iter().all(|word| COURTESY.is_match(word))
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn incoming(subject: Option<&str>, turns: &[(Author, &str)]) -> Incoming {
        let turns = turns
            .iter()
            .enumerate()
            .map(|(position, (author, text))| Turn {
                position: position as u32,
                author: *author,
                author_id: None,
                at: Timestamp::from_millis(position as i64),
                text: (*text).to_owned(),
                cites: Vec::new(),
            })
            .collect();
        Incoming {
            subject: subject.map(str::to_owned),
            turns,
            language: Language::UNKNOWN,
            first_name: None,
            customer: Applicability::default(),
        }
    }

    fn settled(turns: &[(Author, &str)]) -> Option<Outcome> {
        match understand(&incoming(None, turns)) {
            Understood::Settled(outcome) => Some(outcome),
            Understood::Asks(_) => None,
        }
    }

    #[test]
    fn the_subject_belongs_to_the_first_question() {
        let question =
            understand(&incoming(Some("Re: Charger"), &[(Author::Customer, "It blinks red, what now?")]));
        let Understood::Asks(question) = question else { panic!("asks") };
        assert_eq!(question.text, "Charger\nIt blinks red, what now?");
        assert_eq!(question.language, Language::ENGLISH);
    }

    #[test]
    fn a_short_follow_up_leans_on_the_first_message() {
        let turns = [
            (Author::Customer, "My charger blinks red all night long."),
            (Author::Agent, "Is it the small one?"),
            (Author::Customer, "the large one"),
        ];
        let Understood::Asks(question) = understand(&incoming(None, &turns)) else { panic!("asks") };
        assert_eq!(question.text, "My charger blinks red all night long.\nthe large one");
    }

    #[test]
    fn quick_messages_are_one_question() {
        let turns =
            [(Author::Customer, "Hello"), (Author::Customer, "where can I change my address in the app?")];
        let Understood::Asks(question) = understand(&incoming(None, &turns)) else { panic!("asks") };
        assert_eq!(question.text, "Hello\nwhere can I change my address in the app?");
    }

    #[test]
    fn thanks_need_no_answer() {
        for text in ["Thanks a lot!", "Super, vielen Dank!", "ok that worked", "👍"] {
            let turns = [(Author::Customer, "x?"), (Author::Agent, "y"), (Author::Customer, text)];
            assert_eq!(settled(&turns), Some(Outcome::Silent(Silence::NothingAsked)), "{text}");
        }
        assert_eq!(settled(&[(Author::Customer, "Thanks, but how do I turn it off?")]), None);
    }

    #[test]
    fn people_and_machines_are_told_apart() {
        let human = Some(Outcome::HandOff(HandOff::AskedForHuman));
        assert_eq!(settled(&[(Author::Customer, "Can I please talk to a real person?")]), human);
        assert_eq!(settled(&[(Author::Customer, "Ich möchte mit einem Mitarbeiter sprechen")]), human);
        let automatic = Some(Outcome::Silent(Silence::Automatic));
        assert_eq!(
            settled(&[(Author::Customer, "Automatic reply: I am out of office until Monday")]),
            automatic
        );
    }
}
