//! Replies and notices that a machine wrote, told apart from people who ask about such things.

use std::sync::LazyLock;

use regex::Regex;

/// Only the beginning of a message says that it is one.
const HEAD_CHARS: usize = 300;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the pattern is checked by the tests"));
    };
}

// How a subject or a text begins; what follows is a mark or nothing, never the rest of a sentence.
pattern!(
    OPENS,
    r"(?i)^[\s\W]*((automatic|automated|auto)[ -]?(reply|response|answer|message)|out of (the )?office( (reply|message|notice|re))?|(automatische|automatisierte) (antwort|abwesenheitsnotiz|nachricht)|abwesenheits(notiz|nachricht|meldung|assistent)|réponse automatique|respuesta automática|risposta automatica|automatisch antwoord|undeliver(able|ed)( mail)?|undelivered mail returned to sender|delivery (status notification|failure|has failed)( \(\w+\))?|mail delivery (failed|failure|subsystem|system)|returned mail|failure notice|unzustellbar|nicht zustellbar|mailer-daemon)\s*([:\-–—,.(!\n]|$)"
);
// What such a message says of itself, in the words of whoever is away.
pattern!(
    SAYS,
    r"(?i)(^|[.!,:;\n]\s*)((hello|hi|hallo|guten tag|thank you for your (e-?mail|message)|vielen dank für (ihre|deine) (e-?mail|nachricht)|danke für (ihre|deine) (e-?mail|nachricht))[,.! ]*)?((currently|at the moment|from [^.!?\n]{1,40})[, ]+)?((i am|i'm|i will be|i'll be|we are)( (currently|now|presently|away and|temporarily))? (out of (the )?office|away from (the|my) (office|desk)|on (annual |parental |sick |maternity |paternity )?(leave|vacation|holidays?)[^.!?\n]{0,40}\b(until|till|from|with limited|back|return)|out on)\b|out of (the )?office (until|till|from|with limited)\b|ich bin([^.!?\n]|\d\.){0,60} nicht (im büro|im haus|im dienst|am platz|erreichbar|zu erreichen)\b|(this is|dies ist|das ist) an? (auto(matic(ally)?|mated)?[- ]?)(generated )?(reply|response|message|e-?mail|notification)\b|(this|your) (e-?mail|message) (was|has been|is) (automatically|auto-?)[ -]?(generated|created|sent)|(dies ist eine|diese (e-?mail|nachricht) (wurde|ist)) (automatisch|maschinell)(e|en)?\b|delivery has failed to these|your message (could not be delivered|wasn't delivered|did not reach)|je suis (actuellement )?absente?\b|actualmente (estoy|me encuentro) fuera\b)"
);

// What people write about such messages, and machines do not.
pattern!(
    ASKS,
    r"(?i)\?|\b(how (do|can|to)|when i|i('ve| have)? (get|got|tried|need|want|set|sent|read|received)|(can|could) (you|anyone|somebody) help|any help|trouble|problems?|ich (bekomme|brauche|möchte)|wenn ich|wie kann)\b"
);

/// Reports whether a message is an automatic reply or a notice. `subject` only where it is the message's own. Who asks
/// something is a person, whatever they ask about.
pub(super) fn is_automatic(subject: Option<&str>, text: &str) -> bool {
    let head: String = text.chars().take(HEAD_CHARS).collect();
    subject.is_some_and(|subject| OPENS.is_match(subject) && !ASKS.is_match(text))
        || OPENS.is_match(&head)
        || (SAYS.is_match(&head) && !text.contains('?'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_recognised() {
        for (subject, text) in [
            (None, "Automatic reply: I am out of office until Monday"),
            (Some("Out of office: Re: your order"), "Back on Monday."),
            (Some("Abwesenheitsnotiz: Rechnung"), "Bis Montag."),
            (Some("Undeliverable: Your receipt"), "x"),
            (Some("Delivery Status Notification (Failure)"), "x"),
            (None, "Hello,\nI am currently out of the office and will answer on Monday."),
            (None, "Thank you for your email. I am on annual leave until 3 March."),
            (None, "Guten Tag, ich bin bis zum 3. März nicht im Büro. Ihre Mail wird nicht weitergeleitet."),
            (None, "This is an automated message, please do not reply."),
            (None, "Diese E-Mail wurde automatisch erzeugt."),
            (None, "Réponse automatique : absent"),
        ] {
            assert!(is_automatic(subject, text), "{subject:?} {text}");
        }
    }

    #[test]
    fn who_asks_about_machines_is_a_person() {
        for (subject, text) in [
            (Some("Automatic reply is not sent"), "It stopped working."),
            (Some("Auto reply from one account"), "I want it for one of them."),
            (None, "How do I set up an out of office reply?"),
            (Some("Mail delivery failed"), "When I send a mail to my friend, it comes back."),
            (Some("Out of office reply"), "I have read the guide and my version does not show it."),
            (None, "I set an automatic reply and cannot turn it off"),
            (None, "I'll be out of office for a month. Can the app forward my mail?"),
            (None, "I get an undeliverable message whenever I write to my friend."),
            (None, "Delivery has failed twice, where is my parcel"),
            (None, "I am on vacation and need my parcel at another address"),
        ] {
            assert!(!is_automatic(subject, text), "{subject:?} {text}");
        }
    }
}
