//! Whether a clause says that something is so, may be done, or has to be done, or the contrary.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::tokens::Token;
use super::topic::Topic;
use crate::negation;

/// What kind of statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It is so, or may be done.
    Permits,
    /// It has to be done.
    Demands,
}

/// A clause that says yes or no.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claim {
    pub(super) holds: bool,
    pub(super) mode: Mode,
    pub(super) topic: Topic,
}

/// What negates a clause beside the words that deny in it.
const NEGATIONS: [&str; 6] = ["non", "nothing", "nobody", "nichts", "keinesfalls", "keineswegs"];
/// Words that turn a clause over, or begin with what does, and what they mean without that.
const CONTRARIES: [(&str, &str); 26] = [
    ("impossible", ""),
    ("unavailable", ""),
    ("unsupported", "support"),
    ("incompatible", "compatible"),
    ("forbidden", ""),
    ("prohibited", ""),
    ("excluded", "included"),
    ("disabled", "enabled"),
    ("invalid", "valid"),
    ("nonrefundable", "refund"),
    ("unmöglich", ""),
    ("verboten", ""),
    ("untersagt", ""),
    ("ausgeschlossen", ""),
    ("inkompatibel", "kompatibel"),
    ("ungültig", "gültig"),
    ("unzulässig", ""),
    ("ungeeignet", ""),
    ("unsuitable", ""),
    ("unnecessary", "necessary"),
    ("optional", "necessary"),
    ("freiwillig", "necessary"),
    ("unnötig", "necessary"),
    ("deaktiviert", "aktiviert"),
    ("insoluble", "soluble"),
    ("untauglich", ""),
];
const DEMANDS: [&str; 22] = [
    "must",
    "need",
    "needs",
    "needed",
    "require",
    "requires",
    "required",
    "necessary",
    "mandatory",
    "obligatory",
    "compulsory",
    "muss",
    "musst",
    "müssen",
    "nötig",
    "notwendig",
    "erforderlich",
    "pflicht",
    "verpflichtend",
    "brauchst",
    "brauchen",
    "braucht",
];
/// A clause with one of these says more than yes or no.
const LIMITS: [&str; 16] = [
    "only",
    "except",
    "unless",
    "nur",
    "ausser",
    "ausschliesslich",
    "solely",
    "exclusively",
    "sometimes",
    "manchmal",
    "lediglich",
    "bevor",
    "rarely",
    "usually",
    "meist",
    "rather",
];
const CONDITIONS: [&str; 20] = [
    "if", "when", "once", "before", "until", "unless", "provided", "after", "while", "wenn", "falls",
    "sofern", "sobald", "bevor", "solange", "nachdem", "bis", "nach", "vor", "damit",
];

/// Words of which a whole sentence has one; a heading, a cell of a table or a step of a list says neither yes nor no.
const WHOLE: &str = "is are was were be been can could may might must shall should will would have has do does did not never need needs \
    we you it they he she i work works support supports allow allows accept accepts include includes contain contains offer offers \
    require requires apply applies hold holds ist sind war waren wird werden kann kannst können darf darfst dürfen muss musst müssen soll \
    sollte hat haben gilt gelten nicht nie du sie wir man es ich lässt lassen funktioniert gibt enthält bietet akzeptieren";

static OF_SENTENCES: LazyLock<HashSet<&str>> = LazyLock::new(|| WHOLE.split_whitespace().collect());

/// Reports whether a word negates what follows.
pub(crate) fn is_negation(word: &str) -> bool {
    negation::denies(word) || NEGATIONS.contains(&word)
}

/// Returns what a word that turns a clause over means without that; nothing where it has no other half.
pub(crate) fn contrary(word: &str) -> Option<&'static str> {
    CONTRARIES.iter().find(|(contrary, _)| *contrary == word).map(|(_, plain)| *plain)
}

/// Reports whether a word begins a condition, also where amounts stand.
pub(super) fn is_if(word: &str) -> bool {
    matches!(word, "if" | "when" | "once" | "unless" | "provided" | "wenn" | "falls" | "sofern" | "sobald")
}

/// Reports whether a word begins a condition.
pub(super) fn begins_condition(word: &str) -> bool {
    CONDITIONS.contains(&word)
}

/// Returns the claims of a sentence that holds no amounts.
pub(super) fn claims(tokens: &[Token]) -> Vec<Claim> {
    let clauses = tokens.split(|token| {
        *token == Token::Break
            || token.word().is_some_and(|word| matches!(word, "but" | "aber" | "sondern" | "whereas"))
    });
    clauses.filter_map(claim).collect()
}

fn claim(clause: &[Token]) -> Option<Claim> {
    let words: Vec<&str> = clause.iter().filter_map(Token::word).collect();
    let is_whole = words.iter().any(|word| OF_SENTENCES.contains(word));
    if !is_whole || words.iter().any(|word| LIMITS.contains(word)) {
        return None;
    }
    let (mut topic, mut negations, mut demands, mut conditional) = (Topic::default(), 0, false, false);
    let mut forbids = false;
    for (at, word) in words.iter().enumerate() {
        conditional |= begins_condition(word);
        demands |= DEMANDS.contains(word);
        if is_negation(word) {
            negations += usize::from(!conditional);
            // "Must not" forbids, "need not" and "muss nicht" leave it open.
            forbids |= at > 0 && words[at - 1] == "must";
            continue;
        }
        match CONTRARIES.iter().find(|(contrary, _)| contrary == word) {
            Some((_, plain)) => {
                negations += 1;
                demands |= *plain == "necessary";
                topic.add(plain, conditional);
            }
            None => topic.add(word, conditional),
        }
    }
    let mode = if demands && !forbids { Mode::Demands } else { Mode::Permits };
    let is_about = !topic.about.is_empty();
    is_about.then_some(Claim { holds: negations % 2 == 0, mode, topic })
}

/// Reports whether two claims contradict each other where they speak of the same thing.
pub(super) fn contradict(one: (bool, Mode), other: (bool, Mode)) -> bool {
    let open = |claim: (bool, Mode)| !claim.0 && claim.1 == Mode::Demands;
    // What need not be done may still be done.
    let leaves_open = (open(one) && other.1 == Mode::Permits) || (open(other) && one.1 == Mode::Permits);
    one.0 != other.0 && !leaves_open
}
