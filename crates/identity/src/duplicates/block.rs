//! Which pairs are worth comparing: those that share something rare enough.

use super::columns::Role;
use super::record::{Field, Record, Records};
use super::value::{Value, Word};

/// A group of more records than this says little about any two of them.
const LARGEST_BLOCK: usize = 25;
/// In a larger group with one whole value in common, each record is compared with so many that follow it: copies
/// of one record are found all the same, and the work does not grow with the square of the group.
const NEIGHBOURS: usize = 6;

/// Something that records can have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// A whole value that few share, such as an e-mail address.
    Whole(u64),
    /// Two pieces of different values.
    Pieces(u64),
}

/// Returns pairs of records, the lower place first, each once.
pub(crate) fn pairs(records: &Records) -> Vec<(u32, u32)> {
    let mut keyed: Vec<(Key, u32)> = Vec::new();
    for (at, record) in (0_u32..).zip(&records.all) {
        let mut keys = keys_of(records, record);
        keys.sort_unstable();
        keys.dedup();
        keyed.extend(keys.into_iter().map(|key| (key, at)));
    }
    keyed.sort_unstable();
    let mut pairs = Vec::new();
    for block in keyed.chunk_by(|one, other| one.0 == other.0) {
        let reach = match block {
            [(Key::Pieces(_), _), ..] if block.len() > LARGEST_BLOCK => continue,
            _ if block.len() > LARGEST_BLOCK => NEIGHBOURS,
            _ => LARGEST_BLOCK,
        };
        for (at, one) in block.iter().enumerate() {
            pairs.extend(block[at + 1..].iter().take(reach).map(|other| (one.1, other.1)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// FNV-1a; a clash only compares a pair too many.
fn hash(kind: u64, parts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ kind.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        for byte in part.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

fn keys_of(records: &Records, record: &Record) -> Vec<Key> {
    let mut whole: Vec<u64> = Vec::new();
    let mut pieces: Vec<u64> = Vec::new();
    let mut of_homes: Vec<u64> = Vec::new();
    for word in [record.given, record.surname].into_iter().flatten() {
        let text = records.names.text(word);
        let start: String = text.chars().take(3).collect();
        pieces.push(hash(1, &[letters(text).as_bytes()]));
        pieces.push(hash(2, &[start.as_bytes()]));
    }
    for (at, value) in (1_u64..).zip(&record.values) {
        let field = &records.fields[at as usize - 1];
        let pieces = if of_person(field.role) { &mut pieces } else { &mut of_homes };
        pieces_of(field, *value, 16 * at, &mut whole, pieces);
    }
    let mut keys: Vec<Key> = whole.into_iter().map(Key::Whole).collect();
    for (at, one) in pieces.iter().enumerate() {
        // Two pieces of an address bring neighbours together, which only costs time.
        for other in pieces[at + 1..].iter().chain(&of_homes) {
            keys.push(Key::Pieces(hash(3, &[&one.min(other).to_le_bytes(), &one.max(other).to_le_bytes()])));
        }
    }
    keys
}

/// Reports whether a field speaks of the person alone, and not of where it lives or what it is.
fn of_person(role: Role) -> bool {
    matches!(role, Role::BirthDate | Role::Email | Role::Phone | Role::IdNumber)
}

/// Takes a value apart into pieces of which a slip leaves most as they are.
fn pieces_of(field: &Field, value: Value, kind: u64, whole: &mut Vec<u64>, pieces: &mut Vec<u64>) {
    let text = |word: Option<Word>| word.map_or("", |word| field.texts.text(word)).as_bytes();
    match value {
        Value::Missing => {}
        Value::Date(date) => {
            let digits = date.digits();
            whole.push(hash(kind, &[&digits]));
            pieces.extend([&digits[..4], &digits[4..], &digits[3..6]].map(|piece| hash(kind + 1, &[piece])));
        }
        Value::Email(email) => {
            let (letters, digits, domain) = (text(email.letters), text(email.digits), text(email.domain));
            whole.push(hash(kind, &[text(Some(email.whole))]));
            if email.domain.is_some() {
                whole.push(hash(kind + 1, &[letters, digits]));
                pieces.extend([hash(kind + 2, &[domain]), hash(kind + 3, &[letters])]);
                pieces.push(hash(kind + 4, &[digits]));
            }
        }
        Value::Text(word) => {
            let text = field.texts.text(word);
            let start = &text.as_bytes()[..text.len().min(4)];
            match field.role {
                Role::IdNumber | Role::Phone => {
                    whole.push(hash(kind, &[text.as_bytes()]));
                    pieces.push(hash(kind + 1, &[start]));
                }
                Role::Street => {
                    whole.push(hash(kind, &[text.as_bytes()]));
                    pieces.push(hash(kind, &[text.as_bytes()]));
                }
                Role::Category => {}
                _ => pieces.push(hash(kind, &[letters(text).as_bytes()])),
            }
        }
    }
}

/// The letters of a text in alphabetical order, each once: `Thomas` and `Taomhs` are one.
fn letters(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.into_iter().collect()
}
