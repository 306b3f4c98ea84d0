//! Values of records: folded, so that spellings that mean the same are the same, numbered and counted.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::columns::Role;
use super::date::{self, Date};
use crate::identifier::{Identifier, Kind, Rejected, is_placeholder};

/// The number of a text in its [`Vocabulary`].
pub(crate) type Word = u32;

/// All texts of one kind, with how often each occurs.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    numbers: HashMap<String, Word>,
    texts: Vec<String>,
    counts: Vec<u32>,
}

impl Vocabulary {
    pub(crate) fn add(&mut self, text: &str) -> Option<Word> {
        if text.is_empty() {
            return None;
        }
        let number = match self.numbers.get(text) {
            Some(number) => *number,
            None => {
                let number = Word::try_from(self.texts.len()).ok()?;
                self.numbers.insert(text.to_owned(), number);
                self.texts.push(text.to_owned());
                self.counts.push(0);
                number
            }
        };
        self.counts[number as usize] += 1;
        Some(number)
    }

    pub(crate) fn text(&self, word: Word) -> &str {
        &self.texts[word as usize]
    }

    pub(crate) fn count(&self, word: Word) -> u32 {
        self.counts[word as usize]
    }
}

/// A value of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Missing,
    Text(Word),
    Date(Date),
    Email(Email),
}

/// An e-mail address in its parts, each numbered in the column's vocabulary; without an `@` there are no parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Email {
    pub(crate) whole: Word,
    /// The letters before the `@`, without a tag.
    pub(crate) letters: Option<Word>,
    /// The digits before the `@`.
    pub(crate) digits: Option<Word>,
    pub(crate) domain: Option<Word>,
}

impl Value {
    /// Reads what a column of this role holds; what cannot be read, and placeholders, are missing.
    pub(crate) fn read(role: Role, raw: &str, order: date::Order, texts: &mut Vocabulary) -> Self {
        let raw = raw.trim();
        // `0` stands for nobody as an id, but is a fine part of an address.
        let is_number = raw.bytes().all(|byte| byte.is_ascii_digit());
        if raw.is_empty() || (is_placeholder(raw) && !is_number) {
            return Self::Missing;
        }
        let mut text = |text: &str| texts.add(text).map_or(Self::Missing, Self::Text);
        match role {
            Role::BirthDate => Date::read(raw, order).map_or(Self::Missing, Self::Date),
            Role::Email => Email::read(raw, texts).map_or(Self::Missing, Self::Email),
            Role::Phone => {
                let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
                // The country may be written or not; the last nine digits are the number.
                let number = digits.len().checked_sub(9).map_or(digits.as_str(), |at| &digits[at..]);
                if number.len() < 6 { Self::Missing } else { text(number) }
            }
            _ => text(&fold(raw)),
        }
    }
}

impl Email {
    fn read(raw: &str, texts: &mut Vocabulary) -> Option<Self> {
        // Behind `info@` sits a team, whatever else the record says.
        if Identifier::parse(Kind::Email, raw) == Err(Rejected::RoleAddress) {
            return None;
        }
        let folded = raw.nfkc().collect::<String>().to_lowercase();
        let address: String = folded.chars().filter(|c| !c.is_whitespace()).collect();
        let whole = texts.add(&address)?;
        let Some((local, domain)) = address.rsplit_once('@') else {
            return Some(Self { whole, letters: None, digits: None, domain: None });
        };
        let untagged = local.split('+').next().unwrap_or_default();
        let letters: String = untagged.chars().filter(|c| c.is_alphabetic()).collect();
        let digits: String = untagged.chars().filter(char::is_ascii_digit).collect();
        // With its `@`, so that a domain is never counted as a name.
        let domain = texts.add(&format!("@{domain}"));
        Some(Self { whole, letters: texts.add(&letters), digits: texts.add(&digits), domain })
    }
}

/// Lower case without accents, blanks and punctuation.
pub(crate) fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}
