//! Numbers: with a check digit, by their shape alone, or because the text says whose they are.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Candidate, Pattern, digits, is_of_program, pattern, plain, whole};

/// What people put between groups of a long number.
const BETWEEN: &str = r"[ \u{a0}\u{202f}.\-]";

/// Returns what finds numbers that show by themselves what they are.
pub(super) fn with_check_digits() -> Vec<Pattern> {
    vec![
        plain(&format!(r"(?i)\b[a-z]{{2}}\d{{2}}(?:{BETWEEN}?[a-z0-9]{{1,4}}){{3,9}}\b"), "[iban]", iban),
        plain(&format!(r"\b\d(?:{BETWEEN}?\d){{12,18}}\b"), "[card]", card),
        plain(
            r"(?i)\b(?:ending|ends|endet|endung|endend\p{L}*|last (?:four|4)(?: digits)?|letzten? (?:vier|4)(?: (?:ziffern|stellen))?)(?: (?:in|with|auf|mit|are|is|sind|lauten|lautet)){0,2}:? (?P<it>\d{4})\b",
            "[card]",
            whole,
        ),
        plain(r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "[id]", whole),
        plain(r"(?i)\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b", "[id]", whole),
        plain(r"(?i)(?:\b[0-9a-f]{1,4}|:)(?::[0-9a-f]{0,4}){2,7}", "[ip]", ipv6),
        plain(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "[ip]", ipv4),
        // Parcels of two carriers.
        plain(r"\b1Z[0-9A-Z]{16}\b|\b[A-Z]{2}\d{9}[A-Z]{2}\b", "[id]", whole),
    ]
}

/// What may be numbered.
const NUMBERED: &str = r"order|purchase|invoice|receipt|quote|customer|account|ticket|case|claim|incident|contract|booking|reservation|tracking|delivery|consignment|reference|ref|member(?:ship)?|policy|serial|licen[cs]e|client|user|request|transaction|payment|shipment|parcel|package|subscription|donation|passport|insurance|employee|patient|rma|p\.?o\.?|(?:bestell|rechnungs|kunden|auftrags|vorgangs|vertrags|ticket|sendungs|paket|serien|mitglieds|buchungs|reservierungs|konto|fall|lizenz|transaktions|benutzer|nutzer|angebots|liefer|beleg|zahlungs|ausweis|versicherungs|personal|patienten|steuer|referenz|schadens?)-?(?:nummer|nr|id|nrn)|bestellung|kauf|rechnung|auftrag|vorgang|vertrag|sendung|lieferung|paket|buchung|reservierung|gutschrift|zahlung|angebot|anfrage|fall|aktenzeichen|police|kunde|kundin|mitglied|referenz|commande|facture|dossier|contrat|pedido|factura|contrato|reserva|ordine|fattura|contratto|prenotazione|pratica|bestelling|factuur|klant|klantnummer|bestelnummer|encomenda|fatura";
/// What says that a number follows.
const NUMBER: &str =
    r"number|num|no|nr|id|code|nummer|numéro|numero|número|kenmerk|ref|reference|referenz|kennung|zeichen";
/// What may stand between the two and the number itself.
const FILLS: &str = r"is|was|are|ist|war|lautet|est|es|è|of|with|the|your|under|mit|der|die|dem|ihrer?|zur|zum|unter|von|vom|van";

/// Returns what finds numbers that the text says to be the customer's.
pub(super) fn of_customers() -> Vec<Pattern> {
    let it = r"(?P<it>[\p{L}\d](?:[\p{L}\d/_\-]|\.\d){2,40})";
    let opens = r#"[ ]?(?:n[°º]|[:#=°º(\["“„]){0,4}[ ]?#?"#;
    vec![
        plain(
            &format!(
                r"(?i)\b(?:{NUMBERED})(?:[ \-]?(?:{NUMBER}))?\b\.?(?:[ ](?:is|is now|was|ist|war|lautet|est|es|è|of|van|von))?{opens}{it}"
            ),
            "[id]",
            numbered,
        ),
        plain(
            &format!(r"(?i)\b(?:{NUMBERED})\b\.?(?:[ ](?:{FILLS}|{NUMBER})\b\.?){{1,5}}{opens}{it}"),
            "[id]",
            numbered_from_afar,
        ),
        plain(
            &format!(
                r"(?i)\b(?:(?:number|nummer|id|kennung|reference|referenz|aktenzeichen)\b|n[ro]\.)(?:[ ](?:is|was|ist|war|lautet))?{opens}{it}"
            ),
            "[id]",
            numbered_from_afar,
        ),
    ]
}

/// Dates as people write them, in English and German.
fn date() -> String {
    let month = r"(?:jan|feb|mar|mär|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])\p{L}*\.?";
    let day = r"\d{1,2}(?:st|nd|rd|th)?\.?";
    [
        format!(r"{day}[ ]?(?:of )?{month},?[ ]\d{{2,4}}"),
        format!(r"{month}[ ]{day},?[ ]\d{{4}}"),
        r"\d{1,2}[./\-][ ]?\d{1,2}[./\-][ ]?(?:\d{4}|\d{2})".to_owned(),
        r"\d{4}-\d{2}-\d{2}".to_owned(),
    ]
    .join("|")
}

/// Returns what finds birthdays and licence plates.
pub(super) fn of_people() -> Vec<Pattern> {
    let date = date();
    let born = r"born|birthday|birth ?date|date of birth|d\.?o\.?b|geb|geboren\p{L}*|geburtsdatum|geburtstag|geburtstags|née";
    let car = r"(?i:(?:number |licen[cs]e )?plates?|registration|registered|licen[cs]ed|reg|vehicles?|cars?|vans?|trucks?|lorry|taxi|motorbikes?|kennzeichen|nummernschild(?:er|es|s)?|fahrzeuge?s?|auto|\p{L}*wagens?|pkw|lkw|transporter|zulassung|parkausweis|motorrad|kfz)";
    // Capitals and digits in the groups of many countries; every one has both.
    let plate = [
        r"[A-Z]{1,2} \d{3} ?\d{3}",
        r"[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[ -]?\d{1,4}[EH]?",
        r"[A-Z]{1,2}[- ]\d{1,5} ?[A-Z]{1,3}",
        r"[A-Z]{2}\d{2} ?[A-Z]{3}",
        r"[A-Z]{2,3}[ -]?\d{2,4}[ -]?[A-Z]{0,3}",
        r"\d{1,2}-[A-Z]{2,3}-\d{1,2}",
        r"\d{4} ?[A-Z]{3}",
        r"\d[A-Z]{3}\d{3}",
        r"[A-Z]{3} ?\d{2}[A-Z]",
        r"[A-Z]{1,2} \d{3,6}",
    ]
    .join("|");
    vec![
        pattern(&format!(r"(?i)\b(?:{born})\b\.?[^.!?\n\d]{{0,60}}?\b(?P<it>{date})"), "[birthday]", whole),
        pattern(
            &format!(
                r"(?i)\b(?P<it>{date})[^.!?\n\d]{{0,30}}\b(?:born|geboren\p{{L}}*|(?:as|als) (?:date of birth|birthday|geburtsdatum|geburtstag))\b"
            ),
            "[birthday]",
            whole,
        ),
        pattern(&format!(r"\b{car}\b[^.!?\n\d]{{0,40}}?\b(?P<it>{plate})\b"), "[plate]", plate_of),
    ]
}

/// Checks an IBAN, dropping groups from its end, since a word may follow that looks like one more group.
fn iban(candidate: &Candidate<'_>) -> Option<usize> {
    let mut found = candidate.found;
    loop {
        let bare: String = found.chars().filter(char::is_ascii_alphanumeric).collect();
        // Words that follow a code must not make it one; a real one has ten digits and more.
        if bare.len() < 15 || digits(&bare) < 10 {
            return None;
        }
        if bare.len() <= 34 && mod_97(&bare) == 1 {
            return Some(found.len());
        }
        found = &found[..found.rfind([' ', '-', '.', '\u{a0}', '\u{202f}'])?];
    }
}

fn mod_97(iban: &str) -> u32 {
    let (head, tail) = iban.split_at(4);
    tail.chars().chain(head.chars()).filter_map(|sign| sign.to_digit(36)).fold(0, |rest, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (rest * shift + value) % 97
    })
}

fn card(candidate: &Candidate<'_>) -> Option<usize> {
    let digits: Vec<u32> = candidate.found.chars().filter_map(|sign| sign.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { digit * 2 - if *digit > 4 { 9 } else { 0 } } else { *digit })
        .sum();
    let holds = sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0);
    holds.then_some(candidate.found.len())
}

fn ipv4(candidate: &Candidate<'_>) -> Option<usize> {
    let address: Ipv4Addr = candidate.found.parse().ok()?;
    let before = candidate.before().trim_end_matches(' ');
    let version = ["ersion", "v", "V", "."].iter().any(|end| before.ends_with(end));
    (!version && !address.is_loopback() && !address.is_unspecified()).then_some(candidate.found.len())
}

fn ipv6(candidate: &Candidate<'_>) -> Option<usize> {
    let address: Ipv6Addr = candidate.found.parse().ok()?;
    let inside_word = candidate.before().ends_with(|sign: char| sign.is_alphanumeric() || sign == ':');
    (!inside_word && !address.is_loopback() && !address.is_unspecified()).then_some(candidate.found.len())
}

/// A number right behind what it numbers.
fn numbered(candidate: &Candidate<'_>) -> Option<usize> {
    let found = candidate.found.trim_end_matches(['-', '_', '/']);
    let says_number = candidate.cue.chars().any(|sign| matches!(sign, '#' | ':' | '°' | '(')) || {
        let cue = candidate.cue.to_lowercase();
        ["number", "nummer", "nr", "no", "id", "ref"].iter().any(|word| cue.contains(word))
    };
    let holds = found.len() >= 3
        && found != "24/7"
        && digits(found) > 0
        && !is_version(found)
        && (says_number || !is_year(found));
    holds.then_some(found.len())
}

/// A number with some words between, or with nothing that says what it numbers: it must look like one.
fn numbered_from_afar(candidate: &Candidate<'_>) -> Option<usize> {
    let found = candidate.found.trim_end_matches(['-', '_', '/']);
    let letters = found.chars().any(char::is_alphabetic);
    let looks = digits(found) >= 4 || (letters && digits(found) >= 2 && found.len() >= 5);
    let holds = looks && !is_version(found) && !is_year(found) && !is_of_program(candidate.before());
    holds.then_some(found.len())
}

/// Reports whether a number has the shape of a version: groups between points, not all of them three digits long.
fn is_version(found: &str) -> bool {
    let bare = found.strip_prefix(['v', 'V']).unwrap_or(found);
    let groups: Vec<&str> = bare.split('.').collect();
    let numbers = groups.iter().all(|group| group.starts_with(|sign: char| sign.is_ascii_digit()));
    groups.len() >= 2 && numbers && !groups.iter().all(|group| group.len() == 3)
}

fn is_year(found: &str) -> bool {
    found.len() == 4 && digits(found) == 4 && (found.starts_with("19") || found.starts_with("20"))
}

/// A plate has letters and digits, and is not the code of an error.
fn plate_of(candidate: &Candidate<'_>) -> Option<usize> {
    let first = candidate.found.split(|sign: char| !sign.is_alphabetic()).next().unwrap_or_default();
    let is_code = ["HTTP", "SMTP", "ERR", "USB", "ISO", "RFC", "EUR", "USD", "CHF", "GBP"].contains(&first);
    (!is_code && !is_of_program(candidate.before())).then_some(candidate.found.len())
}
