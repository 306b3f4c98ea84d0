//! Identifiers in a draft that belong to somebody else.
//!
//! A draft may name an identifier (an e-mail address, a telephone or order number, an account, a card) only where the
//! sources that its scope allowed show it, or where the customer wrote it. So it also may greet nobody but the
//! customer. A sentence in which a detail is covered is no sentence to send.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::links::{Address, addresses};

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| super::pattern($text));
    };
}

pattern!(IBAN, r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b");
pattern!(DIGITS, r"\b\d(?:[ -]?\d){5,18}\b");
pattern!(
    MIXED,
    r"(?:#\s?)?\b(?:[A-Z]{1,5}-?\d{4,}[A-Z0-9-]*|\d{2,}[A-Z]{1,3}\d{2,}[A-Z0-9]*|[A-Z]\d[A-Z0-9]{5,})\b|#\s?\d{3,}\b"
);
pattern!(
    BIRTH,
    r"(?i)\b(?:born|birth|birthday|dob|geboren|geburtstag|geburtsdatum)\b[^.]{0,20}?\b(\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}\.? [a-zä]+ \d{4})"
);
pattern!(DAY, r"\b\d{4}-\d{2}-\d{2}\b");
pattern!(IP, r"\b(?:\d{1,3}\.){3}\d{1,3}\b");
pattern!(PLATE, r"\b[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2} ?\d{1,4}\b|\b[A-Z]{2} ?\d{5,6}\b");
pattern!(
    GREETED,
    r"(?:^|\s)(?:Dear|Hi|Hello|Hey|Hallo|Liebe|Lieber|Guten Tag|Bonjour|Hola|Ciao)(?: (?:Mr|Mrs|Ms|Herr|Frau)\.?)? (\p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}+)?)\s*[,!.]"
);

/// Returns the identifiers in a text, in one way of writing.
#[must_use]
pub fn identifiers(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let flat = |one: &str| -> String {
        one.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    for address in addresses(text) {
        match address {
            Address::Mail(named) | Address::Phone(named) => {
                found.insert(named);
            }
            Address::Web(..) | Address::Odd(_) => {}
        }
    }
    let text = &DAY.replace_all(text, " ");
    for pattern in [&IBAN, &DIGITS, &MIXED, &IP, &PLATE] {
        found.extend(pattern.find_iter(text).map(|one| flat(one.as_str())).filter(|one| one.len() >= 3));
    }
    found.extend(BIRTH.captures_iter(text).filter_map(|found| found.get(1)).map(|day| flat(day.as_str())));
    found
}

/// Returns the identifiers in a text that none of the `known` texts has.
#[must_use]
pub fn strangers(text: &str, known: &[&str]) -> BTreeSet<String> {
    let mut named = identifiers(text);
    if named.is_empty() {
        return named;
    }
    let known: Vec<String> = known
        .iter()
        .map(|text| {
            text.chars()
                .filter(|one| one.is_alphanumeric() || *one == '@')
                .flat_map(char::to_lowercase)
                .collect()
        })
        .collect();
    named.retain(|one| {
        let flat: String = one.chars().filter(|one| one.is_alphanumeric() || *one == '@').collect();
        !known.iter().any(|text| text.contains(&flat))
    });
    named
}

/// Returns whether a text greets somebody who is not called `first_name`.
#[must_use]
pub fn greets_another(text: &str, first_name: Option<&str>) -> bool {
    GREETED.captures_iter(text).filter_map(|found| found.get(1)).any(|name| {
        let mut parts = name.as_str().split(' ').map(str::to_lowercase);
        let own = first_name.map(str::to_lowercase);
        let is_nobody = |part: &str| {
            matches!(
                part,
                "there"
                    | "all"
                    | "everyone"
                    | "everybody"
                    | "team"
                    | "customer"
                    | "customers"
                    | "zusammen"
                    | "kunde"
                    | "kundin"
                    | "kunden"
                    | "sir"
                    | "madam"
            )
        };
        !parts.clone().any(|part| is_nobody(&part))
            && own.is_none_or(|own| !parts.any(|part| own.contains(&part)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::planted;

    #[test]
    fn identifiers_of_others_are_seen() {
        let rows = planted::rows(include_str!("../../planted/checks/privacy.jsonl"), "fails");
        let found = planted::measure(&rows, |row| {
            let known = [row.field("source"), row.field("question")];
            !strangers(row.text(), &known).is_empty() || greets_another(row.text(), Some("Mira"))
        });
        assert!(found.precision >= 0.95 && found.recall >= 0.95, "{found:?}");
    }

    #[test]
    fn identifiers_are_the_same_however_they_are_written() {
        let source =
            "Order 4711 0815-22 was sent to mira@lindvale.example.com, IBAN DE89 3704 0044 0532 0130 00.";
        for same in
            ["Your order 4711081522.", "We wrote to MIRA@lindvale.example.com.", "DE89370400440532013000"]
        {
            assert!(strangers(same, &[source]).is_empty(), "{same}");
        }
        assert!(!strangers("Your order 4711081523.", &[source]).is_empty());
    }
}
