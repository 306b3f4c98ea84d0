//! Numbers as people read them.

use domain::Timestamp;

use crate::stats::Estimate;

/// A share with its margin, and where to draw it on a strip from 0 to 100 %.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// The share, such as `38%`.
    pub(super) value: String,
    /// The margin, such as `33–43%`.
    pub(super) range: String,
    /// The margin in words, such as `33% and 43%`.
    pub(super) words: String,
    /// Left end of the margin in percent.
    pub(super) left: String,
    /// Width of the margin in percent.
    pub(super) width: String,
    /// The share in percent.
    pub(super) at: String,
}

impl Figure {
    pub(super) fn of(estimate: &Estimate) -> Self {
        Self {
            value: whole(estimate.value),
            range: range(estimate.low, estimate.high, "–"),
            words: range(estimate.low, estimate.high, "% and "),
            left: percent(estimate.low),
            width: percent(estimate.high - estimate.low),
            at: percent(estimate.value),
        }
    }

    pub(super) fn maybe(estimate: Option<&Estimate>) -> Option<Self> {
        estimate.map(Self::of)
    }
}

/// One part of a stacked bar.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    /// Which colour it has.
    pub(super) class: &'static str,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) figure: Figure,
}

/// Returns a share in whole percent; what is small but there does not become 0.
pub(super) fn whole(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.5 {
        "<1%".to_owned()
    } else if (99.5..100.0).contains(&percent) {
        ">99%".to_owned()
    } else {
        format!("{percent:.0}%")
    }
}

/// Returns a margin such as `33–43%`; with `joint` words between the ends, such as `33% to 43%`.
pub(super) fn range(low: f64, high: f64, joint: &str) -> String {
    let (low, high) = (format!("{:.0}", low * 100.0), format!("{:.0}", high * 100.0));
    if low == high { format!("{low}%") } else { format!("{low}{joint}{high}%") }
}

/// Returns a difference in points with its sign, such as `+12 points`.
pub(super) fn points(difference: f64) -> String {
    let points = (difference * 100.0).round();
    let unit = if points.abs() == 1.0 { "point" } else { "points" };
    match points {
        0.0 => "±0 points".to_owned(),
        more if more > 0.0 => format!("+{more:.0} {unit}"),
        less => format!("−{:.0} {unit}", less.abs()),
    }
}

/// Returns the margin of a difference, such as `+5 to +19`.
pub(super) fn points_range(low: f64, high: f64) -> String {
    let signed = |share: f64| {
        let points = (share * 100.0).round() + 0.0;
        if points < 0.0 { format!("−{:.0}", points.abs()) } else { format!("+{points:.0}") }
    };
    format!("{} to {}", signed(low), signed(high))
}

/// Returns a share in percent for a style, with a point as every style sheet wants it.
pub(super) fn percent(share: f64) -> String {
    format!("{:.2}", (share * 100.0).clamp(0.0, 100.0))
}

/// Returns a number with thin spaces between thousands.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Returns the day of a moment, such as `2025-03-01`.
pub(super) fn day(moment: Timestamp) -> String {
    moment.to_string().chars().take(10).collect()
}

/// Returns a moment to the minute in UTC.
pub(super) fn moment(moment: Timestamp) -> String {
    let text = moment.to_string();
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    format!("{day} {} UTC", time.chars().take(5).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_read_well() {
        assert_eq!(whole(0.384), "38%");
        assert_eq!(whole(0.0), "0%");
        assert_eq!(whole(0.001), "<1%");
        assert_eq!(whole(0.999), ">99%");
        assert_eq!(whole(1.0), "100%");
        assert_eq!(range(0.331, 0.429, "–"), "33–43%");
        assert_eq!(range(0.331, 0.332, "–"), "33%");
    }

    #[test]
    fn differences_carry_their_sign() {
        assert_eq!(points(0.121), "+12 points");
        assert_eq!(points(-0.014), "−1 point");
        assert_eq!(points(0.001), "±0 points");
        assert_eq!(points_range(-0.02, 0.19), "−2 to +19");
    }

    #[test]
    fn counts_and_moments() {
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(12), "12");
        let moment_ = "2025-03-01T12:34:56Z".parse().unwrap();
        assert_eq!(moment(moment_), "2025-03-01 12:34 UTC");
        assert_eq!(day(moment_), "2025-03-01");
    }
}
