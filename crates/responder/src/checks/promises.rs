//! Whether a sentence promises something that its source does not say.
//!
//! What binds a company is told by words: money back, credit, what something costs, by when, what the law or a guarantee
//! gives, and what is done for the customer. A sentence that speaks of one of these, and does not deny it, needs a
//! sentence of the source that speaks of the same in much the same words, does not deny it either, and names the same
//! amounts and dates. What
//! somebody did for another customer ("we have refunded you") is a promise that no earlier conversation backs.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::grounding::Passage;
use super::sentences;
use crate::conflict::{self, Dimension, Token};
use crate::negation;

/// So much of a promise must be covered by the sentences that promise alike.
const ALIKE: f32 = 0.4;

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// Money comes back.
    Refund,
    /// Money off, now or later.
    Credit,
    /// What something costs, or that it costs nothing.
    Price,
    /// By when something happens.
    Deadline,
    /// What law, contract or guarantee give.
    Legal,
    /// Something is, was or will be done for the customer.
    Deed,
}

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| super::pattern($text));
    };
}

pattern!(
    REFUND,
    r"(?i)\brefund|\breimburs|\bmoney back\b|\bcompensat|\bgoodwill\b|\bpay you back\b|erstatt|\bgeld zurück\b|entschädig|\bkulanz|\brückzahl"
);
pattern!(
    CREDIT,
    r"(?i)\bcredit(?:s|ed)?\b(?: [^ .]+){0,3} (?:to|on|for|towards?) (?:your|the)\b|\b(?:account|store|shop) credits?\b|\bvouchers?\b|\bgift (?:card|code)s?\b|\bdiscount|\bcoupons?\b|\bfree (?:month|year|trial|upgrade)|\bgutschein|\bgutschrift|gutgeschrieben|gutschreib|\brabatt|\bgratismonat|\d ?% off\b"
);
pattern!(
    PRICE,
    r"(?i)[€$£]\s?\d|\d\s?[€$£]|\b\d[\d.,]*\s?(?:eur|euros?|usd|dollars?|chf|francs?|franken|gbp|pounds?|cents?)\b|\bfree of charge\b|\b(?:at )?no (?:extra |additional )?(?:cost|charge)\b|\bfor free\b|\bwithout charge\b|\bfree (?:shipping|delivery|repair|return|replacement)|\bkostenlos|\bkostenfrei|\bgratis\b|\bunentgeltlich|\bohne (?:aufpreis|zusatzkosten)"
);
pattern!(
    DEADLINE,
    r"(?i)\b(?:within|in|by|until|before|no later than|at the latest|latest)\b(?: [^ .]+){0,4}? (?:hours?|days?|weeks?|months?|minutes|tomorrow|tonight|today|monday|tuesday|wednesday|thursday|friday|saturday|sunday|the end of (?:the |this )?(?:day|week|month|year)|january|february|march|april|may|june|july|august|september|october|november|december|\d{1,2}[./]\d{1,2})\b|\b(?:tomorrow|tonight|later today|next (?:week|month|business day)|immediately|right away|straight away|same[- ]day|overnight)\b|\b(?:innerhalb|binnen|in|bis|spätestens|vor)\b(?: [^ .]+){0,4}? (?:stunden?|tagen?|werktagen?|wochen?|monaten?|minuten|morgen|heute|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|ende (?:der|des) [a-zäöü]+|januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|\d{1,2}\.\d{1,2})\b|\b(?:morgen|umgehend|sofort|nächste[rn]? (?:woche|werktag|monat)|noch heute|über nacht)\b"
);
pattern!(
    HAPPENS,
    r"(?i)\b(?:will|shall|'ll|going to|should|receive|arrives?|get|gets|delivered|shipped|ships|reply|replies|respond|answered|processed|refunds?|pays?|ships?|sends?|delivers?|credits?|repairs?|erstatten|zahlen|liefern|senden|refunded|credited|paid|repaired|fixed|resolved|available|back in stock|wird|werden|erhalten|erhältst|bekommen|bekommst|geliefert|kommt|antworten|erledigt|bearbeitet|überwiesen|gutgeschrieben|repariert|verfügbar|trifft)\b"
);
pattern!(
    LEGAL,
    r"(?i)\bguarant|\bwarrant(?:y|ies)\b|\bliab(?:le|ility)\b|\blegal(?:ly)?\b|\bentitled?\b|\b(?:have|has) (?:the|a) right\b|\bstatutory\b|\bconsumer (?:law|rights?|protection)|\bby law\b|\bbreach\b|\blawsuit|\bgdpr\b|\bcontractual|\bgarant|\bgewährleist|\bhaft(?:en|et|ung|bar)\b|\banspruch\b|\bansprüche|\brechtlich|\bgesetzlich|\bdsgvo\b|\bverbraucherrecht|\bvertraglich"
);
pattern!(
    DEED,
    r"(?i)\b(?:i|we)(?:'ll|'ve| will| have| shall| am| are| can)(?: (?:will|have|can|shall|am|are|going|to|just|already|gladly|happily|also|now|personally|hereby))*? (?:refund|cancel|replac|sen[dt]|ship|upgrad|extend|waiv|delet|reset|escalat|reimburs|credit|compensat|arrang|book|issu|transfer|reserv|prioriti|expedit|unlock|reactivat|chang|updat|remov|process|forward|fix|repair|exchang)(?:e|ed|s|ing|led|t|ised|ized)?\b(?: [^ .]+){0,6}? (?:you|your|yours)\b|\b(?:i|we) (?:promise|guarantee|assure)\b|\byour (?:[^ .]+ ){0,3}?(?:has|have) been (?:[^ .]+ ){0,2}?(?:refunded|cancel+ed|replaced|sent|shipped|upgraded|extended|waived|deleted|escalated|reimbursed|credited|issued|approved|processed|reserved|unlocked|reactivated)\b|\b(?:ich|wir) (?:habe|haben|werde|werden)\b.{0,80}\b(?:erstatt|storn|ersetz|(?:ge)?sendet|verschick|verläng|gelösch|lösch|gutgeschrieben|gutschreib|veranlass|überwies|überweis|freigeschalt|freischalt|umgetauscht|umtausch|reservier|weitergeleitet|weiterleit)|\b(?:ich|wir) (?:verspreche|garantiere|versichere)n?\b"
);
pattern!(
    WORD,
    r"(?i)\b(?:i|we) (?:promise|guarantee|assure)\b|\b(?:ich|wir) (?:verspreche|garantiere|versichere)n?\b"
);
pattern!(
    GRATIS,
    r"(?i)\b(?:no (?:extra |additional )?(?:cost|charge)|without charge|ohne (?:aufpreis|zusatzkosten))\b"
);
pattern!(
    FOR_YOU,
    r"(?i)\b(?:i|we)(?: have|'ve)(?: [^ .]+){0,2}? (?:refunded|reimbursed|credited|cancelled|canceled|replaced|sent|shipped|extended|waived|issued|deleted)\b(?: [^ .]+){0,6}? (?:you|your)\b|\byour (?:[^ .]+ ){0,3}?has been (?:refunded|reimbursed|credited|cancelled|canceled|replaced|shipped|waived|issued)\b|\b(?:ich|wir) (?:habe|haben) (?:dir|ihnen|deine?|ihre?)\b.{0,60}\b(?:erstattet|storniert|gutgeschrieben|verschickt|überwiesen|gelöscht|verlängert)\b"
);

// What denies, written together or apart, and what does so in words of its own.
static DENIED: LazyLock<Regex> = LazyLock::new(|| {
    let words: Vec<&str> = negation::words().collect();
    let own = "unable|impossible|excluded|exclude[sd]?|ausgeschlossen|unmöglich|rather than|instead of";
    super::pattern(&format!(r"(?i)\b(?:{}|cannot|{own})\b|n['’]t\b", words.join("|")))
});

/// Returns what a sentence promises; nothing for a question, and nothing that it denies.
#[must_use]
pub fn promised(sentence: &str) -> BTreeSet<Promise> {
    let mut found = BTreeSet::new();
    if sentence.trim_end().ends_with('?') {
        return found;
    }
    let plain = GRATIS.replace_all(sentence, "gratis");
    let denies = DENIED.is_match(&plain);
    let all = [
        (Promise::Refund, REFUND.is_match(sentence)),
        (Promise::Credit, CREDIT.is_match(sentence)),
        (Promise::Price, PRICE.is_match(sentence)),
        (Promise::Deadline, DEADLINE.is_match(sentence) && HAPPENS.is_match(sentence)),
        (Promise::Legal, LEGAL.is_match(sentence)),
        (Promise::Deed, DEED.is_match(sentence)),
    ];
    // A price binds also where something else is denied, and so does one's word.
    let binds = |kind: Promise| {
        !denies || kind == Promise::Price || (kind == Promise::Deed && WORD.is_match(sentence))
    };
    found.extend(all.into_iter().filter(|(kind, is)| *is && binds(*kind)).map(|(kind, _)| kind));
    found
}

/// Reports whether a sentence says that something has been done for its very reader.
#[must_use]
pub fn is_done_for_reader(sentence: &str) -> bool {
    FOR_YOU.is_match(sentence)
}

/// Returns what a sentence promises that no sentence of its sources does.
#[must_use]
pub fn unbacked(sentence: &str, sources: &[&str]) -> BTreeSet<Promise> {
    let mut open = promised(sentence);
    if open.is_empty() {
        return open;
    }
    let values = values(sentence);
    let said: Vec<(String, BTreeSet<Promise>)> = sources
        .iter()
        .flat_map(|source| sentences(source))
        .map(|said| {
            let promised = promised(&said);
            (said, promised)
        })
        .filter(|(_, promised)| !promised.is_empty())
        .collect();
    open.retain(|promise| {
        let alike: Vec<&str> = said
            .iter()
            .filter(|(_, promised)| promised.contains(promise))
            .map(|(said, _)| said.as_str())
            .collect();
        let known: Vec<Value> = alike.iter().flat_map(|said| self::values(said)).collect();
        let covers =
            || Passage::read("", &alike.join("\n")).support(sentence).is_none_or(|one| one.covered >= ALIKE);
        let is_backed = !alike.is_empty()
            && values.iter().all(|value| known.iter().any(|known| value.is(known)))
            && covers();
        !is_backed
    });
    open
}

/// An amount or day that a promise names.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Amount(Dimension, f64, f64),
    Day(Vec<Token>),
    Other(String),
}

impl Value {
    fn is(&self, known: &Self) -> bool {
        let near = |one: f64, other: f64| (one - other).abs() <= 0.025 * one.abs().max(other.abs()).max(1e-9);
        match (self, known) {
            (Self::Amount(kind, low, high), Self::Amount(of, least, most)) => {
                kind == of && near(*low, *least) && near(*high, *most)
            }
            (Self::Day(one), Self::Day(other)) => match (conflict::date(one, 0), conflict::date(other, 0)) {
                (Some((one, _)), Some((other, _))) => one.agrees(other),
                _ => false,
            },
            (Self::Other(one), Self::Other(other)) => one == other,
            _ => false,
        }
    }
}

/// Returns the amounts, days and relative days that a sentence names.
fn values(sentence: &str) -> Vec<Value> {
    const RELATIVE: [&str; 26] = [
        "lifetime",
        "unlimited",
        "lebenslang",
        "unbegrenzt",
        "tomorrow",
        "tonight",
        "today",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "immediately",
        "morgen",
        "heute",
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonntag",
        "sofort",
        "umgehend",
    ];
    let tokens = conflict::tokens(sentence);
    let mut values = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some((_, taken)) = conflict::date(&tokens, at) {
            values.push(Value::Day(tokens[at..at + taken].to_vec()));
            at += taken.max(1);
        } else if let Some((amount, taken)) = conflict::amount(&tokens, at) {
            if amount.dimension != Dimension::Count {
                values.push(Value::Amount(amount.dimension, amount.low, amount.high));
            }
            at += taken.max(1);
        } else {
            let word = tokens[at].word().unwrap_or_default();
            let is_free = word == "gratis" || word.starts_with("kostenlos") || word.starts_with("kostenfrei");
            if is_free || RELATIVE.contains(&word) {
                values.push(Value::Other(if is_free { "gratis".to_owned() } else { word.to_owned() }));
            }
            at += 1;
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::planted;

    #[test]
    fn promises_without_a_source_are_told_from_those_with_one() {
        let rows = planted::rows(include_str!("../../planted/checks/promises.jsonl"), "fails");
        let found = planted::measure(&rows, |row| !unbacked(row.text(), &[row.field("source")]).is_empty());
        assert!(found.precision >= 0.9 && found.recall >= 0.9, "{found:?}");
    }

    #[test]
    fn amounts_count_whatever_their_unit() {
        let source = ["We refund the price within two weeks."];
        assert!(unbacked("You get a refund within 14 days.", &source).is_empty());
        assert!(!unbacked("You get a refund within 3 days.", &source).is_empty());
    }

    #[test]
    fn what_stands_in_the_source_word_for_word_is_backed() {
        for sentence in [
            "We refund 20 € by Friday.",
            "Wir haben Ihnen den Betrag erstattet.",
            "Shipping is free of charge.",
        ] {
            assert_eq!(unbacked(sentence, &[sentence]), BTreeSet::new(), "{sentence}");
        }
    }

    #[test]
    fn what_was_done_for_somebody_else_is_recognised() {
        assert!(is_done_for_reader("We have refunded the amount to your card."));
        assert!(is_done_for_reader("Wir haben Ihnen den Betrag erstattet."));
        assert!(!is_done_for_reader("We refund you within 14 days."));
    }
}
