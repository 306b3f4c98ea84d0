//! Numbers as values, and the units they are counted in.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a number measures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Dimension {
    /// Time, in seconds.
    Duration,
    /// Money of one currency.
    Money(&'static str),
    /// Parts of a hundred.
    Percent,
    /// A physical or technical measure, in its smallest unit.
    Measure(&'static str),
    /// So many of something.
    Count,
}

/// A unit: what it measures, and how many of the smallest it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    pub(super) dimension: Kind,
    pub(super) factor: f64,
}

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Time.
    Duration,
    /// Time in days on which people work.
    WorkingDays,
    /// Money.
    Money(&'static str),
    /// Parts of a hundred.
    Percent,
    /// Anything else that has a unit.
    Measure(&'static str),
}

/// Seconds of a day.
pub(super) const DAY: f64 = 86_400.0;
/// Seconds of a month on average.
pub(super) const MONTH: f64 = DAY * 30.4375;

/// Words, what they measure, and how many of the smallest unit one is.
const UNITS: &[(&str, Kind, f64)] = &[
    ("s sec secs second seconds sek sekunde sekunden", Kind::Duration, 1.0),
    ("min mins minute minutes minuten minütig minütige", Kind::Duration, 60.0),
    ("h hr hrs hour hours std stunde stunden stündig stündige stündigen", Kind::Duration, 3_600.0),
    (
        "day days tag tage tagen tages tägig tägige tägigen tägiges kalendertage kalendertagen",
        Kind::Duration,
        DAY,
    ),
    ("week weeks woche wochen wöchig wöchige wöchigen", Kind::Duration, 7.0 * DAY),
    ("month months monat monate monaten monats monatig monatige monatigen", Kind::Duration, MONTH),
    ("year years yr yrs jahr jahre jahren jahres jährig jährige jährigen", Kind::Duration, 12.0 * MONTH),
    ("werktag werktage werktagen arbeitstag arbeitstage arbeitstagen", Kind::WorkingDays, DAY),
    ("€ eur euro euros", Kind::Money("EUR"), 1.0),
    ("$ usd dollar dollars", Kind::Money("USD"), 1.0),
    ("£ gbp pound pounds pfund", Kind::Money("GBP"), 1.0),
    ("chf franken francs", Kind::Money("CHF"), 1.0),
    ("cent cents", Kind::Money("EUR"), 0.01),
    ("% percent prozent", Kind::Percent, 1.0),
    ("mm millimetre millimetres millimeter", Kind::Measure("length"), 1.0),
    ("cm centimetre centimetres centimeter zentimeter", Kind::Measure("length"), 10.0),
    ("m metre metres meter metern", Kind::Measure("length"), 1_000.0),
    ("km kilometre kilometres kilometer kilometern", Kind::Measure("length"), 1_000_000.0),
    ("inch inches zoll", Kind::Measure("length"), 25.4),
    ("mile miles meile meilen", Kind::Measure("length"), 1_609_344.0),
    ("ft foot feet", Kind::Measure("length"), 304.8),
    ("mg milligramm", Kind::Measure("weight"), 0.001),
    ("g gram grams gramm", Kind::Measure("weight"), 1.0),
    ("kg kilo kilos kilogram kilograms kilogramm", Kind::Measure("weight"), 1_000.0),
    ("t ton tons tonne tonnes tonnen", Kind::Measure("weight"), 1_000_000.0),
    ("lb lbs", Kind::Measure("weight"), 453.592),
    ("kb kilobyte kilobytes", Kind::Measure("data"), 1.0),
    ("mb megabyte megabytes", Kind::Measure("data"), 1_000.0),
    ("gb gigabyte gigabytes", Kind::Measure("data"), 1_000_000.0),
    ("tb terabyte terabytes", Kind::Measure("data"), 1_000_000_000.0),
    ("°c °", Kind::Measure("temperature"), 1.0),
    ("degree degrees grad", Kind::Measure("temperature"), 1.0),
    ("°f", Kind::Measure("temperature in °F"), 1.0),
    ("bar", Kind::Measure("pressure"), 1.0),
    ("psi", Kind::Measure("pressure"), 0.068_947_6),
    ("km/h kmh", Kind::Measure("speed"), 1.0),
    ("mph", Kind::Measure("speed"), 1.609_344),
    ("mah", Kind::Measure("charge"), 1.0),
    ("ah", Kind::Measure("charge"), 1_000.0),
    ("wh", Kind::Measure("energy"), 1.0),
    ("kwh", Kind::Measure("energy"), 1_000.0),
    ("w watt watts", Kind::Measure("power"), 1.0),
    ("kw kilowatt", Kind::Measure("power"), 1_000.0),
    ("v volt volts", Kind::Measure("voltage"), 1.0),
    ("ampere amp amps", Kind::Measure("current"), 1.0),
    ("ml millilitre milliliter", Kind::Measure("volume"), 1.0),
    ("l litre litres liter liters litern", Kind::Measure("volume"), 1_000.0),
    ("nm", Kind::Measure("torque"), 1.0),
    ("hz hertz", Kind::Measure("frequency"), 1.0),
    ("khz", Kind::Measure("frequency"), 1_000.0),
    ("mhz", Kind::Measure("frequency"), 1_000_000.0),
    ("ghz", Kind::Measure("frequency"), 1_000_000_000.0),
    ("mbit mbps", Kind::Measure("bandwidth"), 1.0),
    ("gbit gbps", Kind::Measure("bandwidth"), 1_000.0),
    ("db decibel", Kind::Measure("loudness"), 1.0),
    ("px pixel pixels", Kind::Measure("pixels"), 1.0),
    ("dpi", Kind::Measure("dots per inch"), 1.0),
    ("rpm", Kind::Measure("revolutions"), 1.0),
    ("lux lumen", Kind::Measure("light"), 1.0),
    ("kcal", Kind::Measure("kilocalories"), 1.0),
];

/// Units by their words.
static BY_WORD: LazyLock<HashMap<&str, Unit>> = LazyLock::new(|| {
    let all = UNITS.iter().flat_map(|(words, dimension, factor)| {
        words.split(' ').map(|word| (word, Unit { dimension: *dimension, factor: *factor }))
    });
    all.collect()
});

/// Number words with their values.
static BY_NAME: LazyLock<HashMap<&str, f64>> = LazyLock::new(|| {
    NAMES.iter().flat_map(|(words, value)| words.split(' ').map(|word| (word, *value))).collect()
});

/// Returns the unit that a word names.
pub(super) fn unit(word: &str) -> Option<Unit> {
    BY_WORD.get(word).copied()
}

/// Reports whether a word names a unit.
pub(super) fn is_unit(word: &str) -> bool {
    unit(word).is_some()
}

/// Number words of English and German.
const NAMES: &[(&str, f64)] = &[
    ("zero null", 0.0),
    ("two zwei twice zweimal beide beiden", 2.0),
    ("three drei dreimal", 3.0),
    ("four vier viermal", 4.0),
    ("five fünf fünfmal", 5.0),
    ("six sechs sechsmal", 6.0),
    ("seven sieben siebenmal", 7.0),
    ("eight acht achtmal", 8.0),
    ("nine neun neunmal", 9.0),
    ("ten zehn zehnmal", 10.0),
    ("eleven elf", 11.0),
    ("twelve zwölf dozen dutzend", 12.0),
    ("thirteen dreizehn", 13.0),
    ("fourteen vierzehn", 14.0),
    ("fifteen fünfzehn", 15.0),
    ("sixteen sechzehn", 16.0),
    ("seventeen siebzehn", 17.0),
    ("eighteen achtzehn", 18.0),
    ("nineteen neunzehn", 19.0),
    ("twenty zwanzig", 20.0),
    ("thirty dreissig", 30.0),
    ("forty vierzig", 40.0),
    ("fifty fünfzig", 50.0),
    ("sixty sechzig", 60.0),
    ("seventy siebzig", 70.0),
    ("eighty achtzig", 80.0),
    ("ninety neunzig", 90.0),
    ("hundred hundert einhundert", 100.0),
    ("thousand tausend eintausend", 1_000.0),
    ("anderthalb eineinhalb", 1.5),
    ("zweieinhalb", 2.5),
    ("million millionen", 1_000_000.0),
];

/// Returns the value of a number word; `one` and its like count only where a unit follows, so not here.
pub(crate) fn named(word: &str) -> Option<f64> {
    let by_name = |word: &str| BY_NAME.get(word).copied();
    by_name(word).or_else(|| {
        // "sechsunddreissig": six and thirty.
        let (ones, tens) = word.split_once("und")?;
        let ones = if ones == "ein" { 1.0 } else { by_name(ones).filter(|value| *value < 10.0)? };
        by_name(tens).filter(|tens| (20.0..100.0).contains(tens)).map(|tens| tens + ones)
    })
}

/// Returns the value of digits as English or German write them: `1.5`, `1,5`, `1.500`, `1,500.00`.
pub(crate) fn value(digits: &str) -> Option<f64> {
    if digits.contains(':') {
        return None;
    }
    let (sign, digits) = digits.strip_prefix('-').map_or((1.0, digits), |rest| (-1.0, rest));
    let last = digits.rfind(['.', ',']);
    let separators = digits.matches(['.', ',']).count();
    let plain = |text: &str| text.replace(['.', ','], "");
    let is_grouped = |text: &str| {
        let mut groups = text.split(['.', ',']);
        groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && first != "0")
            && groups.all(|group| group.len() == 3)
    };
    let value = match last {
        None => digits.parse().ok()?,
        Some(_) if is_grouped(digits) => plain(digits).parse().ok()?,
        Some(at) if separators == 1 || is_grouped(&digits[..at]) => {
            format!("{}.{}", plain(&digits[..at]), &digits[at + 1..]).parse().ok()?
        }
        Some(_) => return None,
    };
    let value: f64 = value;
    Some(sign * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_of_both_languages() {
        for (digits, expected) in [
            ("1.5", 1.5),
            ("1,5", 1.5),
            ("1.500", 1_500.0),
            ("1,500.25", 1_500.25),
            ("1.500,25", 1_500.25),
            ("-10", -10.0),
            ("12", 12.0),
            ("0.125", 0.125),
        ] {
            assert_eq!(value(digits), Some(expected), "{digits}");
        }
        assert_eq!(value("31.03.2025"), None);
        assert_eq!(value("9:30"), None);
        assert_eq!(named("sechsunddreissig"), Some(36.0));
        assert_eq!(named("twelve"), Some(12.0));
    }

    #[test]
    fn no_word_names_two_units() {
        let mut words: Vec<&str> = UNITS.iter().flat_map(|(words, _, _)| words.split(' ')).collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
