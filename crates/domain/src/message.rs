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
    r"(?i)^\s*(on .{4,120} wrote:|am .{4,120} schrieb.{0,80}:|le .{4,120} a écrit\s*:|el .{4,120} escribió:|il .{4,120} ha scritto:|op .{4,120} schreef.{0,80}:|em .{4,120} escreveu:|.{0,60}<\S+@\S+>.{0,40}\b(wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu)\b.{0,60}:|.{2,60} schrieb am .{4,60}:|-{2,}\s*(original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht)\s*-{2,}|_{10,}|[-#]+\s*(please type your reply above|bitte antworten sie oberhalb|bitte geben sie ihre antwort oberhalb).*)\s*$"
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
    r"(?i)^\s*((best|kind|warm|many|with)?\s*(regards|wishes|greetings|cheers|sincerely|yours( sincerely| truly| faithfully)?|many thanks|thanks( a lot| again| in advance)?|thank you)|(with )?(best|kind|kindest|warm|warmest) (regards|wishes)|best,|all the best|mit (freundlichen|besten|vielen|lieben|herzlichen) grü(ß|ss)en|mit freundlichem gru(ß|ss)|((danke|vielen dank|besten dank) und )?(freundliche|viele|liebe|beste|schöne|herzliche) grü(ß|ss)e|(freundlicher|besten|schönen|lieben) gru(ß|ss)|gru(ß|ss)|vg|lg|mfg|cordialement|bien à vous|saludos( cordiales)?|un saludo|cordiali saluti|met vriendelijke groet(en)?)\s*[,.!]?\s*$"
);
pattern!(
    NAMED_CLOSING,
    r"(?i:(^|[.!?…)]\s+)((with )?(best|kind|kindest|warm|warmest) (regards|wishes)|regards|yours (sincerely|truly|faithfully)|mit (freundlichen|besten|vielen|lieben|herzlichen) grü(ß|ss)en|mit freundlichem gru(ß|ss)|(freundliche|viele|liebe|beste|schöne|herzliche) grü(ß|ss)e|mfg|cordialement|saludos cordiales|cordiali saluti|met vriendelijke groet(en)?))[,.!]?(\s+\p{Lu}[\p{L}'.-]*){1,4}\s*$"
);
pattern!(
    SENT_FROM,
    r"(?i)^\s*(((sent|envoyé|enviado|inviato|verstuurd|gesendet) (from|via|with|mit|von|aus|de|depuis|desde|da|dal|vanaf)( my| meinem| der| mon| mi| mio| mijn)?( \S+){1,4}|(diese nachricht wurde )?von meinem( \S+){1,5} (gesendet|geschickt))\s*[.!]?\s*$|get outlook for|outlook für (ios|android) (beziehen|herunterladen))"
);
pattern!(
    DISCLAIMER,
    r"(?i)^\s*((this|the information (contained )?in this) (e-?mail|message|communication)\b.{0,120}\b(confidential|privileged|intended (only|solely))|(confidentiality|disclaimer|legal) notice\b|diese e-?mail\b.{0,120}\b(vertraulich|rechtlich geschützt))"
);
pattern!(
    BANNER,
    r"(?i)^\s*\W{0,3}(caution|warning|external( e-?mail| sender)?|achtung|vorsicht)\W{1,3}.{0,60}\b(originated|came|comes|sent|stammt|kommt)\b.{0,40}\b(outside|external|extern\w*|außerhalb)\b"
);
pattern!(POSTSCRIPT, r"(?i)^\s*p\.?\s?s\.?\s*[:.,-]?\s");
pattern!(
    SALUTATION,
    r"^\s*(?i:hi|hello|hey|dear|good (morning|afternoon|evening)|hallo|guten (tag|morgen|abend)|moin|servus|liebe[rs]?|sehr geehrte[rs]?|bonjour|salut|hola|buen[oa]s? \S+|ciao|buongiorno|dag|beste)((\s+[^\s,.?!:]+){0,5}\s*[,!:]|(\s+(\p{Lu}[\p{L}'.-]*|(?i:there|all|everyone|everybody|team|support|zusammen|und|and|or|leute|again|nochmals?))){0,5}\s*[.,!:]?)\s*$"
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
    let signature = own.split_off(signature_start(&own));
    cut_named_closing(&mut own);
    own.extend(postscript(&signature));
    while own.len() > 1 && own.first().is_some_and(|line| line.trim().is_empty() || BANNER.is_match(line)) {
        own.remove(0);
    }
    if own.len() > 1 && own.first().is_some_and(|line| SALUTATION.is_match(line)) {
        own.remove(0);
    }
    Parts { own: own.join("\n").trim().to_owned(), has_quote, is_forwarded }
}

/// Cuts a closing formula with a name off the last line, where it stands behind a sentence or alone.
fn cut_named_closing(own: &mut Vec<&str>) {
    while own.last().is_some_and(|line| line.trim().is_empty()) {
        own.pop();
    }
    let is_all = own.len() == 1;
    let Some(last) = own.last_mut() else { return };
    let Some(closing) = NAMED_CLOSING.find(last).filter(|closing| closing.start() > 0 || !is_all) else {
        return;
    };
    // The sign that ends the sentence before belongs to the sentence.
    let sign = last[closing.start()..].chars().next().filter(|sign| ".!?…)".contains(*sign));
    *last = &last[..closing.start() + sign.map_or(0, char::len_utf8)];
}

/// Returns what a signature is followed by and still is the author's word.
fn postscript<'a>(signature: &[&'a str]) -> Vec<&'a str> {
    let start = signature.iter().position(|line| POSTSCRIPT.is_match(line)).unwrap_or(signature.len());
    let ends = |line: &&&str| line.trim().is_empty() || **line == "-- " || SENT_FROM.is_match(line);
    signature[start..].iter().take_while(|line| !ends(line)).copied().collect()
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
        let disclaims = position > 0 && DISCLAIMER.is_match(line);
        let marks = *line == "-- " || *line == "--" || SENT_FROM.is_match(line) || disclaims;
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
    fn cuts_signatures_in_many_forms() {
        for signed in [
            "It fails. What now? Best regards, Anna Muster",
            "It fails. What now?\nMit freundlichen Grüßen Anna Muster",
            "It fails. What now?\n\nKind regards\nAnna Muster\nPhone: +49 30 1234567",
            "It fails. What now?\n\nSent from my iPhone",
            "It fails. What now?\n\nGesendet mit der GMX Mail App",
            "It fails. What now?\n\nVon meinem iPhone gesendet",
            "It fails. What now?\n-- \nAnna Muster\nExample Ltd",
            "It fails. What now?\n\nThis e-mail and its attachments are confidential.\nDelete it.",
            "CAUTION: This email originated from outside.\n\nIt fails. What now?",
            "It fails. What now?\n\nSupport <help@firm.test> schrieb am 3. März um 10:00:\nBitte laden.",
            "It fails. What now?\n\n##- Please type your reply above this line -##\nWe got it.",
        ] {
            assert_eq!(take_apart(None, signed).own, "It fails. What now?", "{signed}");
        }
    }

    #[test]
    fn what_only_looks_like_a_signature_is_kept() {
        for text in [
            "Sent from my account, no mail arrives at all since monday.",
            "I sent her my regards, Anna",
            "Where do I set the closing? It says Best regards and I want Cheers",
            "Warning: the external display stays black",
            "Hello my battery does not charge\nIt shows E5",
            "I bought a new screen.\nLG Monitor",
        ] {
            assert_eq!(take_apart(None, text).own, text);
        }
        let mail = "It fails.\n\nBest regards\nAnna\n\nPS: Where is my invoice?\n\nSent from my iPhone";
        assert_eq!(take_apart(None, mail).own, "It fails.\nPS: Where is my invoice?");
    }

    #[test]
    fn a_lone_thanks_is_kept() {
        assert_eq!(take_apart(None, "Thanks!").own, "Thanks!");
        assert_eq!(take_apart(None, "Hello").own, "Hello");
    }
}
