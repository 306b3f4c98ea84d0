//! Postal addresses.

use super::{Candidate, Pattern, pattern, whole};

/// Endings of German and Dutch streets that need nothing else.
const ENDING: &str = r"(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|chaussee|promenade|straat|laan|plein|gracht|kade|dijk)";
/// Streets with the house number behind the name.
const STREET_FIRST: &str = r"(?:\b\p{Lu}[\p{L}\-]*ENDING|\b(?:\p{Lu}[\p{L}\-]+\s){1,2}(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|Chaussee|Promenade)|\b(?i:via|viale|piazza|corso|calle|avenida|rua|plaza|largo)\s(?:(?:d\p{L}{1,4}|la|los|las)\s)?(?:\p{Lu}[\p{L}'’.]*\s?){1,4}),?\s?(?i:n[.°º]?\s?)?\d{1,4}(?:\s?[a-zA-Z]\b)?\b";
/// The same of names that are streets only since a postcode follows: `Am Markt 5, 50667 Köln`, `Lindenhof 3, 8010 Graz`.
const NAMED: &str = r"(?:\b(?:Am|An der|An den|Auf dem|Auf der|Auf den|Im|In der|In den|Unter den|Zum|Zur|Hinter der|Hinter dem|Vor dem|Bei der|Beim)\s)?\b(?:\p{Lu}[\p{L}.'’\-]+\s){1,3}\d{1,4}\s?[a-zA-Z]?,?\s(?:[A-Z]{1,2}-)?\d{4,5}\s\p{Lu}[\p{L}\-]+(?:\s\p{Lu}[\p{L}\-]+)?";
/// A house within a house, before the street.
const UNIT: &str = r"(?:\b(?:Flat|Apt|Apartment|Unit|Suite|Room|Floor)\.?\s#?\w{1,5},\s)?";
/// Streets with the house number before the name.
const NUMBER_FIRST: &str = r"\b\d{1,5}\s?(?:bis|ter|[a-zA-Z])?,?\s(?:(?:(?:\p{Lu}[\p{L}.'’\-]*|\d{1,3}(?:st|nd|rd|th))\s){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Boulevard|Blvd|Place|Pl|Square|Terrace|Tce|Close|Crescent|Cres|Highway|Hwy|Parkway|Pkwy|Grove|Parade|Pde|Gardens|Mews|Wharf|Quay|Alley)\b\.?|(?i:rue|avenue|boulevard|place|chemin|impasse|allée|quai)\s(?:(?:de|du|des|la|le|les|d'|l')\s?){0,3}\p{Lu}[\p{L}'’\-]+(?:\s\p{Lu}[\p{L}'’\-]+){0,3})";
/// The same with kinds of streets that are also words; a town must follow.
const NUMBER_FIRST_WEAK: &str = r"\b\d{1,5}[a-zA-Z]?,?\s(?:\p{Lu}[\p{L}.'’\-]*\s){1,4}(?:Way|View|Row|Walk|Green|Hill|Park|Rise|Vale|Yard|Circle|Trail|Loop|Broadway|Field|Fields|Gate|End)";
/// A house within a house, behind the street.
const UNIT_BEHIND: &str = r"(?:,?\s(?:Apt|Apartment|Unit|Suite|Ste|Floor|Flat|#)\.?\s?#?\w{1,5}\b)?";
/// Postcode and town, where they follow a street.
const CITY: &str = r"(?:,?\s(?:[A-Z]{1,2}-)?\d{4,5}(?:\s?[A-Z]{2}\b)?\s\p{Lu}[\p{L}\-]+(?:\s\p{Lu}[\p{L}\-]+)?|(?:,\s\p{Lu}[\p{L}.\-]+(?:\s\p{Lu}[\p{L}.\-]+){0,2}){1,2}(?:,?\s[A-Z]{2,3}\b)?(?:\s(?:\d{4,5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2})\b)?)";
/// What introduces a postcode with its town.
const LIVES: &str = r"(?i:address|lives?|living|resident|zip(?: code)?|postcode|postal code|\p{L}*adresse|anschrift|wohn\p{L}*|plz|postleitzahl)";

/// Returns what finds postal addresses.
pub(super) fn patterns() -> Vec<Pattern> {
    let street_first = STREET_FIRST.replace("ENDING", ENDING);
    vec![
        pattern(&format!("{street_first}{CITY}?"), "[address]", street),
        pattern(NAMED, "[address]", named),
        pattern(&format!("{UNIT}{NUMBER_FIRST}{UNIT_BEHIND}{CITY}?"), "[address]", whole),
        pattern(&format!("{UNIT}{NUMBER_FIRST_WEAK}{UNIT_BEHIND}{CITY}"), "[address]", whole),
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
        pattern(
            &format!(r"\b(?:P\.?\s?O\.?\s?Box|Postfach|Packstation)\s\d[\d ]{{0,8}}\d\b{CITY}?"),
            "[address]",
            whole,
        ),
        pattern(
            &format!(
                r"\b{LIVES}\b[^.!?\n\d]{{0,40}}(?P<it>\b(?:[A-Z]{{1,2}}-)?\d{{4,5}}\s\p{{Lu}}[\p{{L}}\-]+)"
            ),
            "[address]",
            named,
        ),
    ]
}

/// Words that end like a street and are none: `Steckplatz 2`, `Rückweg 1`.
const NO_STREETS: &[&str] = &[
    "arbeits",
    "steck",
    "speicher",
    "sitz",
    "stell",
    "liege",
    "lizenz",
    "rück",
    "hin",
    "um",
    "aus",
    "ab",
    "mittel",
    "such",
    "installations",
    "kommunikations",
    "übertragungs",
    "transport",
    "zahlungs",
    "bestell",
    "spiel",
];

fn street(candidate: &Candidate<'_>) -> Option<usize> {
    let word =
        candidate.found.split(|sign: char| !sign.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    let bare = word.strip_suffix("platz").or_else(|| word.strip_suffix("weg"));
    (!bare.is_some_and(|bare| NO_STREETS.contains(&bare))).then_some(candidate.found.len())
}

/// A year is no postcode: `Version 4, 2025 Update`.
fn named(candidate: &Candidate<'_>) -> Option<usize> {
    let mut groups =
        candidate.found.split(|sign: char| !sign.is_ascii_digit()).filter(|group| group.len() >= 4);
    let postcode = groups.next_back()?;
    let is_year = postcode.len() == 4 && (postcode.starts_with("19") || postcode.starts_with("20"));
    (!is_year).then_some(candidate.found.len())
}
