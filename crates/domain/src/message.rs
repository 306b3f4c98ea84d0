//! What of a message its author wrote: without quoted history, signature and greeting.
//!
//! Rules, not a model: they work on lines, in English, German, French, Spanish, Italian and Dutch, and prefer
//! to keep a line when in doubt.

use std::sync::LazyLock;

use regex::Regex;

/// A message taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// What the author wrote.
    pub own: String,
    /// Whether earlier messages were quoted below.
    pub has_quote: bool,
    /// Whether the message was forwarded: its text is somebody else's.
    pub is_forwarded: bool,
}

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the pattern is checked by the tests"));
    };
}

pattern!(
    QUOTE_INTRO,
    r"(?i)^\s*(on .{4,120} wrote:|am .{4,120} schrieb.{0,80}:|le .{4,120} a écrit\s*:|el .{4,120} escribió:|il .{4,120} ha scritto:|op .{4,120} schreef.{0,80}:|-{2,}\s*(original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht)\s*-{2,}|_{10,})\s*$"
);
pattern!(
    HEADER,
    r"(?i)^\s*\*?(from|von|de|da|van|sent|gesendet|envoyé|to|an|subject|betreff|objet)\s*:\*?\s+\S"
);
pattern!(
    FORWARD,
    r"(?im)^\s*(-{2,}\s*(forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht)\s*-{2,}|begin forwarded message:|anfang der weitergeleiteten nachricht:?)\s*$"
);
pattern!(FORWARD_SUBJECT, r"(?i)^\s*(fwd?|wg|tr|rv|i|doorst)\s*:");
pattern!(
    CLOSING,
    r"(?i)^\s*(best|kind|warm|many|with)?\s*(regards|wishes|greetings|cheers|sincerely|yours( sincerely| truly| faithfully)?|many thanks|thanks( a lot| again| in advance)?|thank you|mit freundlichen grüßen|freundliche grüße|viele grüße|liebe grüße|beste grüße|schöne grüße|herzliche grüße|vg|lg|mfg|cordialement|saludos|cordiali saluti|met vriendelijke groet(en)?)\s*[,.!]?\s*$"
);
pattern!(
    SENT_FROM,
    r"(?i)^\s*(sent from my|von meinem .{2,30} gesendet|gesendet mit|envoyé de mon|enviado desde mi|get outlook for)"
);
pattern!(
    SALUTATION,
    r"(?i)^\s*(hi|hello|hey|dear|good (morning|afternoon|evening)|hallo|guten (tag|morgen|abend)|moin|servus|liebes?|sehr geehrtes?|bonjour|salut|hola|buen[oa]s? \S+|ciao|buongiorno|dag|beste)\b[^.?!\n]{0,40}[,!.:]?\s*$"
);

pattern!(
    OPENING,
    r"(?i)^\s*(hi|hello|hey|dear|good (morning|afternoon|evening)|hallo|guten (tag|morgen|abend)|moin|servus|liebe[rs]?|sehr geehrte[rs]?|bonjour|salut|hola|buen[oa]s? \S+|ciao|buongiorno|dag|beste)(\s+[^\s,.!?:]+){0,4}\s*[,!:]\s*"
);

pattern!(QUOTED, r"(?is)\[quote[^\]]*\].*?(\[/quote\]|\z)|\[/?quote[^\]]*\]");

/// Returns a text without what it quotes of others in forum marks (`[quote]…[/quote]`) or behind `>`.
#[must_use]
pub fn without_quotes(text: &str) -> String {
    let own = QUOTED.replace_all(text, "");
    own.lines().filter(|line| !line.trim_start().starts_with('>')).collect::<Vec<_>>().join("\n")
}

/// Returns what follows the salutation in the line of a message, or the whole line where there is none.
#[must_use]
pub fn without_salutation(line: &str) -> &str {
    OPENING.find(line).map_or(line, |salutation| &line[salutation.end()..])
}

/// Most lines that a closing formula may be followed by and still be a signature.
const SIGNATURE_LINES: usize = 8;

/// Takes a message apart. `subject` is looked at for forwarding marks.
#[must_use]
pub fn take_apart(subject: Option<&str>, text: &str) -> Parts {
    let is_forwarded =
        subject.is_some_and(|subject| FORWARD_SUBJECT.is_match(subject)) || FORWARD.is_match(text);
    let lines: Vec<&str> = text.lines().collect();
    let quote = quote_start(&lines);
    let mut own: Vec<&str> =
        lines[..quote].iter().copied().filter(|line| !line.trim_start().starts_with('>')).collect();
    let has_quote = own.len() < lines.len();
    own.truncate(signature_start(&own));
    while own.first().is_some_and(|line| line.trim().is_empty()) {
        own.remove(0);
    }
    if own.len() > 1 && own.first().is_some_and(|line| SALUTATION.is_match(line)) {
        own.remove(0);
    }
    Parts { own: own.join("\n").trim().to_owned(), has_quote, is_forwarded }
}

/// Returns the line at which quoted history begins.
fn quote_start(lines: &[&str]) -> usize {
    for (position, line) in lines.iter().enumerate() {
        let headers = lines[position..].iter().take(4).filter(|line| HEADER.is_match(line)).count();
        // Clients break long introductions in two: join with the next line.
        let joined = lines.get(position + 1).map(|next| format!("{line} {next}"));
        let introduces = QUOTE_INTRO.is_match(line)
            || joined.is_some_and(|joined| joined.ends_with(':') && QUOTE_INTRO.is_match(&joined));
        if introduces || (HEADER.is_match(line) && headers >= 3) {
            return position;
        }
    }
    lines.len()
}

fn signature_start(lines: &[&str]) -> usize {
    for (position, line) in lines.iter().enumerate() {
        let after = lines.len() - position;
        let marks = *line == "-- " || *line == "--" || SENT_FROM.is_match(line);
        let closes = CLOSING.is_match(line) && after <= SIGNATURE_LINES && position > 0;
        if marks || closes {
            return position;
        }
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_the_author_wrote() {
        let mail = "Hi there,\n\nthe charger blinks red.\nWhat now?\n\nBest regards,\nAnna Bauer\nExample Ltd\n\nOn Mon, 3 Mar 2025 at 10:00, Support wrote:\n> Please try again.\n";
        let parts = take_apart(None, mail);
        assert_eq!(parts.own, "the charger blinks red.\nWhat now?");
        assert!(parts.has_quote && !parts.is_forwarded);
    }

    #[test]
    fn cuts_german_history_and_signature() {
        let mail = "Guten Tag,\nder Akku lädt nicht.\n\nMit freundlichen Grüßen\nJ. Pohl\n\nAm 03.03.2025 um 10:00 schrieb Support <help@firm.test>:\n> Bitte laden.";
        assert_eq!(take_apart(None, mail).own, "der Akku lädt nicht.");
    }

    #[test]
    fn knows_forwards() {
        assert!(take_apart(Some("WG: Rechnung"), "siehe unten").is_forwarded);
        assert!(take_apart(None, "fyi\n---------- Forwarded message ----------\nFrom: x").is_forwarded);
        assert!(!take_apart(Some("Water in the display"), "it fogs").is_forwarded);
    }

    #[test]
    fn cuts_a_salutation_off_its_sentence() {
        let cases = [
            ("Hi Declan, I can set a new one.", "I can set a new one."),
            ("Guten Tag Frau Pohl, der Akku ist gesperrt.", "der Akku ist gesperrt."),
            ("Hello […]! Please restart it.", "Please restart it."),
            ("Hi,", ""),
            (
                "High beams, if you have them, are on the left.",
                "High beams, if you have them, are on the left.",
            ),
            ("Dear customers of the shop get a discount.", "Dear customers of the shop get a discount."),
        ];
        for (line, rest) in cases {
            assert_eq!(without_salutation(line), rest, "{line}");
        }
    }

    #[test]
    fn cuts_what_others_said() {
        let text = "[quote=Anna]It fails.[/quote]\nRestart it.\n> it fails\nThen wait. [quote]unclosed";
        assert_eq!(without_quotes(text), "\nRestart it.\nThen wait. ");
        assert_eq!(without_quotes("end [/quote] of one"), "end  of one");
    }

    #[test]
    fn a_lone_thanks_is_kept() {
        assert_eq!(take_apart(None, "Thanks!").own, "Thanks!");
        assert_eq!(take_apart(None, "Hello").own, "Hello");
    }
}
