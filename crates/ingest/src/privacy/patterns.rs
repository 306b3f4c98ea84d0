//! Finds personal data by its shape: addresses, numbers with a check digit, and what is said to be a number
//! of the customer's. What is found is replaced for good, never filled in again.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::apart::Apart;
use super::links::OwnDomains;

/// What stands in place of a find.
type Placeholder = &'static str;

struct Pattern {
    regex: Regex,
    placeholder: Placeholder,
    /// Takes what matched and the whole text up to it; says how much of the match counts.
    holds: fn(&str, &str) -> Option<usize>,
}

const PERSON: &str =
    r"your|you|ihr\p{L}*|dein\p{L}*|dir|votre|vos|vous|tu|te|su|sus|tuo|tua|suo|sua|uw|jouw|je|seu|teu|você";
const MONEY: &str = r"(?:[€$£]\s?\d[\d.,]*\d\b|[€$£]\s?\d\b|\b\d[\d.,]*\s?(?:€|\$|£|eur\b|usd\b|gbp\b|chf\b|euros?\b|dollars?\b|pounds?\b))";

/// In order of precedence: of two finds that overlap the earlier one counts.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let pattern = |regex: &str, placeholder, holds| Pattern {
        regex: Regex::new(regex).expect("a fixed pattern"),
        placeholder,
        holds,
    };
    let amount = format!(r"(?i)\b(?:{PERSON})\b[^.!?\n]{{0,60}}?(?P<it>{MONEY})");
    let amount_to = format!(r"(?i)(?P<it>{MONEY})[^.!?\n]{{0,30}}?\b(?:{PERSON})\b");
    vec![
        pattern(r"(?i)\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{2,4}){3,9}\b", "[iban]", iban),
        pattern(r"\b\d(?:[ -]?\d){12,18}\b", "[card]", card),
        pattern(r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "[id]", whole),
        pattern(r"(?i)\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b", "[id]", whole),
        pattern(r"(?i)(?:\b[0-9a-f]{1,4}|:)(?::[0-9a-f]{0,4}){2,7}", "[ip]", ipv6),
        pattern(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "[ip]", ipv4),
        pattern(ID, "[id]", number_of_customer),
        pattern(
            r"(?i)\b(?:tel|phone|mobile|cell|call|fax|telefon\p{L}*|handy\p{L}*|rufnummer|téléphone|tél|teléfono|telefono|telefoon|telefone)\b[.]?(?:[ ]?(?:no|nr|number|nummer)\b\.?)?(?:[ ](?:is|ist|at|me at|us at))?[ ]?[:.]?[ ]?(?P<it>[+(]?\d(?:[ ()/.\-]{0,2}\d){4,14})",
            "[phone]",
            phone_said,
        ),
        pattern(r"(?:\+|\b00)[ ]?\d(?:[ ()/.\-]{0,2}\d){6,14}", "[phone]", phone),
        pattern(r"\(0?\d{2,5}\)[ ]?\d(?:[ /.\-]?\d){4,12}", "[phone]", phone),
        pattern(r"\b0\d{1,5}(?:[ ]?[/\-][ ]?|[ ])\d(?:[ /\-]?\d){3,12}", "[phone]", phone),
        pattern(r"\b(?:1[-. ])?\d{3}[-. ]\d{3}[-. ]\d{4}\b", "[phone]", phone),
        pattern(&amount, "[amount]", amount_of_money),
        pattern(&amount_to, "[amount]", amount_of_money),
        pattern(&format!("{STREET_FIRST}{CITY}"), "[address]", whole),
        pattern(&format!("{NUMBER_FIRST}{CITY}"), "[address]", whole),
        pattern(
            r"\b(?:D|A|CH|F|I|NL|B)-\d{4,5}(?: [A-Z]{2}\b)?\s\p{Lu}[\p{L}\-]+(?:\s\p{Lu}[\p{L}\-]+)?",
            "[address]",
            whole,
        ),
        pattern(
            r"\b\d{4} ?[A-Z]{2}\s\p{Lu}\p{L}{2,}|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b",
            "[address]",
            whole,
        ),
    ]
});

/// A number that the text says to be one of the customer's. The number must hold a digit.
const ID: &str = r"(?i)\b(?:order|invoice|customer|account|ticket|case|contract|booking|reservation|tracking|reference|ref|member(?:ship)?|policy|serial|licen[cs]e|client|user|request|transaction|shipment|parcel|subscription|purchase|(?:bestell|rechnungs|kunden|auftrags|vorgangs|vertrags|ticket|sendungs|serien|mitglieds|buchungs|konto|fall|lizenz|transaktions|benutzer)-?(?:nummer|nr|id)|bestellung|rechnung|auftrag|vorgang|vertrag|sendung|buchung|commande|facture|dossier|contrat|pedido|factura|contrato|reserva|ordine|fattura|contratto|prenotazione|pratica|bestelling|factuur|klant|klantnummer|bestelnummer|encomenda|fatura)(?:[ -]?(?:number|num|no|nr|id|code|nummer|numéro|numero|número|kenmerk|ref|reference))?\b\.?(?:[ ](?:is|was|ist|war|lautet|est|es|è|of|van|von))?[ ]?[:#=n°º]{0,3}[ ]?(?P<it>[\p{L}\d][\p{L}\d/_-]{2,40})";

/// Streets with the house number behind the name.
const STREET_FIRST: &str = r"(?:\b\p{Lu}[\p{L}\-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|straat|laan|plein|gracht|kade|dijk)|\b(?:\p{Lu}[\p{L}\-]+\s){1,2}(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm)|\b(?i:via|viale|piazza|corso|calle|avenida|rua|plaza|largo)\s(?:(?:d\p{L}{1,4}|la|los|las)\s)?(?:\p{Lu}[\p{L}'’.]*\s?){1,4}),?\s?(?i:n[.°º]?\s?)?\d{1,4}\s?[a-zA-Z]?\b";
/// Streets with the house number before the name.
const NUMBER_FIRST: &str = r"\b\d{1,5}\s?(?:bis|ter|[a-zA-Z])?,?\s(?:(?:\p{Lu}[\p{L}.'’\-]*\s){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Boulevard|Blvd|Place|Pl|Square|Terrace|Close|Crescent|Highway|Hwy|Parkway|Pkwy)\b\.?|(?i:rue|avenue|boulevard|place|chemin|impasse|allée|quai)\s(?:(?:de|du|des|la|le|les|d'|l')\s?){0,3}\p{Lu}[\p{L}'’\-]+(?:\s\p{Lu}[\p{L}'’\-]+){0,3})";
/// Postcode and town, where they follow a street.
const CITY: &str = r"(?:,?\s(?:[A-Z]{1,2}-)?\d{4,5}(?:\s?[A-Z]{2}\b)?\s\p{Lu}[\p{L}\-]+(?:\s\p{Lu}[\p{L}\-]+)?|(?:,\s\p{Lu}[\p{L}\-]+){1,2}(?:,?\s[A-Z]{2})?(?:\s\d{5})?)?";

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[\p{L}\d._%+'-]+\s?(?:@|\(at\)|\[at\])\s?[\p{L}\d-]+(?:\.[\p{L}\d-]+)+")
        .expect("a fixed pattern")
});

/// Returns what to replace in `text`. Addresses at the tenant's own domains are left: they are details, since
/// `help@…` is knowledge while an agent's own address is not.
pub(super) fn find(text: &str, own_domains: &OwnDomains) -> Apart<Placeholder> {
    let mut finds = Apart::new();
    for email in EMAIL.find_iter(text) {
        let domain = email.as_str().rsplit(['@', ')', ']']).next().unwrap_or_default().trim();
        if !own_domains.has(domain) {
            finds.add(email.range(), "[email]");
        }
    }
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return finds;
    }
    for pattern in PATTERNS.iter() {
        for captures in pattern.regex.captures_iter(text) {
            let Some(it) = captures.name("it").or_else(|| captures.get(0)) else { continue };
            if let Some(length) = (pattern.holds)(it.as_str(), &text[..it.start()]) {
                finds.add(it.start()..it.start() + length, pattern.placeholder);
            }
        }
    }
    finds
}

fn whole(found: &str, _: &str) -> Option<usize> {
    Some(found.len())
}

/// A sign of money within a word is part of a code.
fn amount_of_money(found: &str, before: &str) -> Option<usize> {
    (!before.ends_with(char::is_alphanumeric)).then_some(found.len())
}

/// Checks an IBAN, dropping groups from its end, since a word may follow that looks like one more group.
fn iban(found: &str, _: &str) -> Option<usize> {
    let mut candidate = found;
    loop {
        let bare: String = candidate.chars().filter(char::is_ascii_alphanumeric).collect();
        // Words that follow a code must not make it one; a real one has ten digits and more.
        if bare.len() < 15 || digits(&bare) < 10 {
            return None;
        }
        if bare.len() <= 34 && mod_97(&bare) == 1 {
            return Some(candidate.len());
        }
        candidate = &candidate[..candidate.rfind([' ', '-'])?];
    }
}

fn mod_97(iban: &str) -> u32 {
    let (head, tail) = iban.split_at(4);
    tail.chars().chain(head.chars()).filter_map(|sign| sign.to_digit(36)).fold(0, |rest, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (rest * shift + value) % 97
    })
}

fn card(found: &str, _: &str) -> Option<usize> {
    let digits: Vec<u32> = found.chars().filter_map(|sign| sign.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { digit * 2 - if *digit > 4 { 9 } else { 0 } } else { *digit })
        .sum();
    (sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)).then_some(found.len())
}

fn ipv4(found: &str, before: &str) -> Option<usize> {
    let address: Ipv4Addr = found.parse().ok()?;
    let before = before.trim_end_matches(' ');
    let version = ["ersion", "v", "V", "."].iter().any(|end| before.ends_with(end));
    (!version && !address.is_loopback() && !address.is_unspecified()).then_some(found.len())
}

fn ipv6(found: &str, before: &str) -> Option<usize> {
    let address: Ipv6Addr = found.parse().ok()?;
    let inside_word = before.ends_with(|sign: char| sign.is_alphanumeric() || sign == ':');
    (!inside_word && !address.is_loopback() && !address.is_unspecified()).then_some(found.len())
}

fn number_of_customer(found: &str, _: &str) -> Option<usize> {
    let found = found.trim_end_matches(['-', '_', '/']);
    let holds = found.len() >= 3 && found != "24/7" && found.bytes().any(|byte| byte.is_ascii_digit());
    holds.then_some(found.len())
}

fn digits(found: &str) -> usize {
    found.bytes().filter(u8::is_ascii_digit).count()
}

fn phone_said(found: &str, _: &str) -> Option<usize> {
    (digits(found) >= 5 && !is_date(found)).then_some(found.len())
}

fn phone(found: &str, before: &str) -> Option<usize> {
    let inside = before.ends_with(|sign: char| sign.is_alphanumeric() || sign == '.');
    ((7..=15).contains(&digits(found)) && !is_date(found) && !inside).then_some(found.len())
}

fn is_date(found: &str) -> bool {
    let parts: Vec<&str> = found.split(['.', '/', '-', ' ']).collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    matches!(lengths.as_slice(), [1 | 2, 1 | 2, 2 | 4] | [4, 2, 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> String {
        find(text, &OwnDomains::new(["acme.example".to_owned()])).replace_in(text)
    }

    #[test]
    fn replaces_what_has_the_shape_of_personal_data() {
        for (text, expected) in [
            ("write to Jo.Doe+x@mail.example.org, please", "write to [email], please"),
            ("jo (at) example.org", "[email]"),
            ("help@acme.example stays", "help@acme.example stays"),
            ("card 4111 1111 1111 1111 was used", "card [card] was used"),
            ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [iban] please"),
            ("GB82WEST12345698765432", "[iban]"),
            ("from 203.0.113.7 and 2001:db8::ff00:42:8329.", "from [ip] and [ip]."),
            ("mac 00:1B:44:11:3A:B7", "mac [id]"),
            ("session 123e4567-e89b-12d3-a456-426614174000", "session [id]"),
            ("call me at 555-0142 or +49 (0)30 1234567", "call me at [phone] or [phone]"),
            ("Tel.: 030 / 123 45 67, mobil 0171-2345678", "Tel.: [phone], mobil [phone]"),
            ("(555) 123-4567 / 555-123-4567", "[phone] / [phone]"),
            ("your order number is A-4711/22.", "your order number is [id]."),
            ("Ihre Kundennummer lautet 884422", "Ihre Kundennummer lautet [id]"),
            ("Bestellung #99812 ist unterwegs", "Bestellung #[id] ist unterwegs"),
            ("your refund of 34.90 € is on its way", "your refund of [amount] is on its way"),
            ("wir erstatten Ihnen € 12,50 auf Ihr Konto", "wir erstatten Ihnen [amount] auf Ihr Konto"),
            ("we sent it to 12 Old Mill Road, Springfield, IL 62704", "we sent it to [address]"),
            ("Hauptstraße 12a, 10115 Berlin bitte", "[address] bitte"),
            ("via Garibaldi 7, 20121 Milano", "[address]"),
            ("12 rue de la Paix, 75002 Paris", "[address]"),
        ] {
            assert_eq!(replaced(text), expected);
        }
    }

    #[test]
    fn leaves_what_only_looks_like_it() {
        for text in [
            "card 4111 1111 1111 1112",
            "XY12 ABCD EFGH IJKL MNOP",
            "version 115.3.1.2",
            "127.0.0.1",
            "at 10:30:22",
            "on 03.04.2025",
            "2025-03-01",
            "the order of 3 steps",
            "account settings",
            "IMAP port 993",
            "it costs 10 €",
            "Windows 11",
            "your account 24/7",
        ] {
            assert_eq!(replaced(text), text);
        }
    }
}
