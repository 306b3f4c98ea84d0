//! Amounts with their units and limits: `at least 8 characters`, `3 to 5 working days`, `4,90 € im Monat`.

use super::lexicon::{self, is_light};
use super::tokens::Token;
use super::units::{DAY, Dimension, Kind, MONTH, Unit, named, unit, value};

/// Whether an amount is a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// It is what it is.
    Exact,
    /// It may be more.
    Least,
    /// It may be less.
    Most,
}

/// An amount, or a range of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Amount {
    pub(crate) dimension: Dimension,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(super) bound: Bound,
    /// What is counted, where it is no measure: all that its name means.
    pub(super) counted: Vec<String>,
    /// Days on which people work, not all days.
    pub(super) working: bool,
    /// What it was counted in.
    pub(super) factor: f64,
    /// It is roughly that.
    pub(super) rough: bool,
    /// For what it comes again: a month, a person.
    pub(super) per: Option<String>,
}

/// Reads an amount at `at`; returns how many tokens it took.
pub(crate) fn amount(tokens: &[Token], at: usize) -> Option<(Amount, usize)> {
    let word = |at: usize| tokens.get(at).and_then(Token::word);
    let sign = word(at).and_then(unit).filter(|unit| matches!(unit.dimension, Kind::Money(_)));
    let is_sign = sign.is_some() && matches!(tokens.get(at + 1), Some(Token::Number(_)));
    let from = at + usize::from(is_sign);
    let (low, mut end) = number(tokens, from)?;
    let mut high = low;
    let mut found = unit_at(tokens, end);
    let joint = end + found.map_or(0, |(_, taken)| taken);
    let between = (1..=2).any(|back| at >= back && matches!(word(at - back), Some("between" | "zwischen")));
    let joins = match tokens.get(joint) {
        Some(Token::Dash) => true,
        Some(Token::Word(word)) => match word.as_str() {
            "to" | "bis" => true,
            "and" | "und" => between,
            _ => false,
        },
        _ => false,
    };
    if joins {
        let skip = usize::from(
            word(joint + 1).and_then(unit).is_some_and(|one| matches!(one.dimension, Kind::Money(_))),
        );
        if let Some((second, next)) = number(tokens, joint + 1 + skip).filter(|(second, _)| *second > low) {
            (high, end) = (second, next);
            found = unit_at(tokens, end).or(found);
        }
    }
    let mut things = Vec::new();
    let (dimension, factor, working, taken) = match (sign.filter(|_| is_sign), found) {
        (Some(unit), _) => (dimension(unit), unit.factor, false, 0),
        (None, Some((unit, taken))) => {
            (dimension(unit), unit.factor, unit.dimension == Kind::WorkingDays, taken)
        }
        (None, None) => {
            things = counted(tokens, end)?;
            (Dimension::Count, 1.0, false, 0)
        }
    };
    end += taken;
    let bound = if low < high { Bound::Exact } else { bound(tokens, at, end) };
    let rough = (1..=2).any(|back| {
        at >= back
            && matches!(
                word(at - back),
                Some(
                    "about"
                        | "around"
                        | "approximately"
                        | "approx"
                        | "roughly"
                        | "etwa"
                        | "ca"
                        | "circa"
                        | "rund"
                        | "ungefähr"
                        | "average"
                )
            )
    });
    let per = per(tokens, end).or_else(|| match dimension {
        Dimension::Money(_) => anywhere(tokens),
        _ => None,
    });
    let (low, high) = (low * factor, high * factor);
    Some((Amount { dimension, low, high, bound, counted: things, working, factor, rough, per }, end - at))
}

/// Reads the bare number at `at`; returns where it ends.
fn number(tokens: &[Token], at: usize) -> Option<(f64, usize)> {
    let word = |at: usize| tokens.get(at).and_then(Token::word);
    let is_time = |at: usize| {
        unit_at(tokens, at)
            .is_some_and(|(unit, _)| matches!(unit.dimension, Kind::Duration | Kind::WorkingDays))
    };
    match tokens.get(at)? {
        Token::Number(digits) => {
            let found = value(digits)?;
            // "1 200 €": groups apart.
            match tokens.get(at + 1) {
                Some(Token::Number(group))
                    if group.len() == 3 && found < 1_000.0 && !digits.contains(['.', ',']) =>
                {
                    Some((found * 1_000.0 + value(group)?, at + 2))
                }
                _ => Some((found, at + 1)),
            }
        }
        Token::Word(one) => match one.as_str() {
            "half" => {
                let article = usize::from(matches!(word(at + 1), Some("a" | "an")));
                is_time(at + 1 + article).then_some((0.5, at + 1 + article))
            }
            "halb" | "halbe" | "halben" | "halber" | "halbes" => is_time(at + 1).then_some((0.5, at + 1)),
            "a" if word(at + 1) == Some("dozen") => Some((12.0, at + 2)),
            "a" | "an" | "one" | "ein" | "eine" | "einen" | "einem" | "einer" | "eines" => {
                let repeats = at > 0
                    && (matches!(tokens[at - 1], Token::Number(_))
                        || word(at - 1).is_some_and(|before| {
                            matches!(
                                before,
                                "times" | "mal" | "once" | "twice" | "einmal" | "zweimal" | "per" | "pro"
                            ) || unit(before).is_some()
                                || named(before).is_some()
                                || (matches!(one.as_str(), "a" | "an") && !is_light(before))
                        }));
                (!repeats && is_time(at + 1)).then_some((1.0, at + 1))
            }
            _ => {
                let value = named(one)?;
                // "thirty-six"
                let ones = word(at + 1)
                    .and_then(named)
                    .filter(|ones| (20.0..100.0).contains(&value) && *ones < 10.0);
                Some(ones.map_or((value, at + 1), |ones| (value + ones, at + 2)))
            }
        },
        _ => None,
    }
}

fn unit_at(tokens: &[Token], at: usize) -> Option<(Unit, usize)> {
    let word = |at: usize| tokens.get(at).and_then(Token::word);
    let adjective = word(at)?;
    if matches!(adjective, "business" | "working" | "work") && matches!(word(at + 1), Some("day" | "days")) {
        return Some((Unit { dimension: Kind::WorkingDays, factor: DAY }, 2));
    }
    if matches!(
        adjective,
        "full"
            | "whole"
            | "calendar"
            | "volle"
            | "vollen"
            | "ganze"
            | "ganzen"
            | "weitere"
            | "further"
            | "more"
    ) {
        return unit(word(at + 1)?).map(|unit| (unit, 2));
    }
    let degrees = matches!(adjective, "degree" | "degrees" | "grad");
    let named = degrees && matches!(word(at + 1), Some("celsius" | "c"));
    unit(adjective).map(|unit| (unit, 1 + usize::from(named)))
}

fn dimension(unit: Unit) -> Dimension {
    match unit.dimension {
        Kind::Duration | Kind::WorkingDays => Dimension::Duration,
        Kind::Money(currency) => Dimension::Money(currency),
        Kind::Percent => Dimension::Percent,
        Kind::Measure(what) => Dimension::Measure(what),
    }
}

/// Returns what is counted: what the words mean that follow the number in a row, at most three.
fn counted(tokens: &[Token], at: usize) -> Option<Vec<String>> {
    let words = tokens[at.min(tokens.len())..].iter().map_while(Token::word).take(3);
    let row: Vec<String> =
        words.take_while(|word| !is_light(word)).flat_map(|word| lexicon::meant(word).about).collect();
    (!row.is_empty()).then_some(row)
}

/// Returns whether an amount is a limit, from the words around it.
fn bound(tokens: &[Token], at: usize, end: usize) -> Bound {
    let word = |at: usize| tokens.get(at).and_then(Token::word).unwrap_or_default();
    let before: Vec<&str> = (1..=4).map_while(|back| at.checked_sub(back)).map(word).collect();
    let is = |list: &[&str], most: usize| before.iter().take(most).any(|word| list.contains(word));
    let negated = is(&["no", "not", "nicht"], 3);
    let (one, two) =
        (before.first().copied().unwrap_or_default(), before.get(1).copied().unwrap_or_default());
    let more = matches!(
        (two, one),
        ("more" | "longer" | "later" | "older" | "larger" | "higher", "than")
            | ("mehr" | "länger" | "später" | "älter" | "grösser" | "höher", "als")
    );
    let less = matches!(
        (two, one),
        ("less" | "fewer" | "shorter" | "younger", "than") | ("weniger" | "kürzer" | "jünger", "als")
    );
    if more || less {
        return if more == negated { Bound::Most } else { Bound::Least };
    }
    if matches!((two, one), ("up", "to") | ("bis", "zu"))
        || is(&["most", "maximum", "max", "höchstens", "maximal", "limited", "begrenzt"], 3)
    {
        return Bound::Most;
    }
    if is(&["least", "minimum", "min", "mindestens", "wenigstens", "minimal", "mindestlaufzeit"], 3)
        || matches!(one, "ab" | "over" | "über" | "from" | "above")
    {
        return Bound::Least;
    }
    if matches!(one, "under" | "unter" | "below") {
        return Bound::Most;
    }
    let skip = usize::from(matches!(tokens.get(end), Some(Token::Break)));
    let (first, second) = (word(end + skip), word(end + skip + 1));
    let up = ["more", "later", "newer", "above", "higher", "mehr", "neuer", "höher", "up", "upwards"];
    match (first, second) {
        ("or" | "and" | "oder" | "und", next) if up.contains(&next) => Bound::Least,
        ("at", "least") => Bound::Least,
        ("at", "most") => Bound::Most,
        ("or" | "oder", "less" | "fewer" | "weniger") => Bound::Most,
        ("onwards" | "upwards" | "minimum" | "mindestens", _) => Bound::Least,
        ("maximum" | "höchstens" | "maximal", _) => Bound::Most,
        _ => Bound::Exact,
    }
}

/// Returns whether the words around a version make it a limit.
pub(super) fn bound_of_version(tokens: &[Token], at: usize, end: usize) -> Bound {
    match bound(tokens, at, end) {
        Bound::Exact if at > 0 => bound(tokens, at - 1, end),
        known => known,
    }
}

/// Returns in what time something comes again that a sentence says anywhere: "paid once a year".
fn anywhere(tokens: &[Token]) -> Option<String> {
    let again = |pair: &[Token]| {
        let each = matches!(
            pair[0].word()?,
            "a" | "an" | "per" | "pro" | "im" | "every" | "each" | "jeden" | "jede" | "jedes"
        );
        let time = unit(pair[1].word()?).filter(|unit| each && unit.dimension == Kind::Duration)?;
        Some(time.factor.to_string())
    };
    let by_word = tokens.iter().filter_map(Token::word).find_map(comes_again);
    by_word.or_else(|| tokens.windows(2).find_map(again))
}

/// Returns in what time something comes again, by a word such as `monthly` or `Jahresbeitrag`.
fn comes_again(word: &str) -> Option<String> {
    let time = match word {
        "daily" | "täglich" => DAY,
        "weekly" | "wöchentlich" => 7.0 * DAY,
        "monthly" | "monatlich" | "monatliche" | "monatlichen" => MONTH,
        "yearly" | "annually" | "annual" | "jährlich" | "jährliche" | "jährlichen" => 12.0 * MONTH,
        _ if word.starts_with("monats") => MONTH,
        _ if word.starts_with("jahres") => 12.0 * MONTH,
        _ => return None,
    };
    Some(time.to_string())
}

/// Returns for what an amount comes again, from the words behind it.
fn per(tokens: &[Token], at: usize) -> Option<String> {
    let word = |at: usize| tokens.get(at).and_then(Token::word);
    if let Some(again) = word(at).and_then(comes_again) {
        return Some(again);
    }
    if !matches!(word(at)?, "per" | "pro" | "je" | "a" | "an" | "each" | "every" | "im" | "in" | "am" | "the")
    {
        return None;
    }
    let what = word(at + 1).filter(|word| !matches!(*word, "the" | "der")).or_else(|| word(at + 2))?;
    match unit(what) {
        Some(Unit { dimension: Kind::Duration, factor }) => Some(factor.to_string()),
        _ if matches!(word(at)?, "per" | "pro" | "je" | "each" | "every") => lexicon::meant(what).about.pop(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn first(text: &str) -> Amount {
        let tokens = tokens(text);
        (0..tokens.len()).find_map(|at| amount(&tokens, at)).map(|(amount, _)| amount).unwrap()
    }

    #[test]
    fn the_same_amount_in_other_words_is_the_same() {
        for (one, other) in [
            ("within 24 hours", "innerhalb von einem Tag"),
            ("3.5 kg", "3500 g"),
            ("1.500 €", "1500 euros"),
            ("72 cm", "720 mm"),
            ("half an hour", "30 Minuten"),
            ("half a year", "sechs Monate"),
            ("two weeks", "14-tägige Frist"),
        ] {
            let (one, other) = (first(one), first(other));
            assert_eq!(one.dimension, other.dimension);
            assert!((one.low - other.low).abs() < 0.01 * one.low, "{one:?} {other:?}");
        }
    }

    #[test]
    fn limits_and_ranges_are_read() {
        assert_eq!(first("at least 8 characters").bound, Bound::Least);
        assert_eq!(first("bis zu 5 Nutzer").bound, Bound::Most);
        assert_eq!(first("no more than 3 bikes").bound, Bound::Most);
        assert_eq!(first("not older than 6 years").bound, Bound::Most);
        assert_eq!(first("16 years or more").bound, Bound::Least);
        let range = first("between 3 and 5 working days");
        assert_eq!((range.low / DAY, range.high / DAY, range.working), (3.0, 5.0, true));
        assert_eq!(first("8 € a month").per, first("8 € pro Monat").per);
        assert_eq!(first("three failed attempts").dimension, Dimension::Count);
        assert!(first("three failed attempts").counted.contains(&"!attempt".to_owned()));
    }
}
