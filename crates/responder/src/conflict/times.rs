//! Dates, times of day and days of the week.

use super::tokens::Token;

/// A day of a year, or of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub(super) day: u32,
    pub(super) month: u32,
    pub(super) year: Option<u32>,
}

/// What happens on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// Something begins.
    Start,
    /// Something ends, or has to be done by then.
    End,
    /// Nothing says.
    On,
}

/// Returns what happens on the day that stands at `at`, from the words before and behind it.
pub(super) fn edge(tokens: &[Token], at: usize, end: usize) -> Edge {
    let word = |at: usize| tokens.get(at).and_then(Token::word).unwrap_or_default();
    let before: Vec<&str> = (1..=3).map_while(|back| at.checked_sub(back)).map(word).collect();
    let has = |list: &[&str]| before.iter().any(|word| list.contains(word));
    let resumes =
        |token: &Token| matches!(token.word(), Some("again" | "wieder" | "resume" | "resumes" | "reopens"));
    if has(&["until", "till", "by", "bis"]) || tokens.iter().any(resumes) {
        Edge::End
    } else if has(&["from", "since", "ab", "seit"]) || matches!(word(end), "on" | "onwards") {
        Edge::Start
    } else {
        Edge::On
    }
}

impl Date {
    /// Reports whether both name the same day as far as they say.
    pub(crate) fn agrees(self, other: Self) -> bool {
        let same_year = self.year.is_none() || other.year.is_none() || self.year == other.year;
        (self.day, self.month) == (other.day, other.month) && same_year
    }
}

/// What was read, and how many tokens it took.
pub(crate) type Taken<T> = Option<(T, usize)>;

const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "jan", "jänner"],
    &["february", "februar", "feb"],
    &["march", "märz", "mar"],
    &["april", "apr"],
    &["may", "mai"],
    &["june", "juni", "jun"],
    &["july", "juli", "jul"],
    &["august", "aug"],
    &["september", "sept", "sep"],
    &["october", "oktober", "oct", "okt"],
    &["november", "nov"],
    &["december", "dezember", "dec", "dez"],
];

const DAYS: [&[&str]; 7] = [
    &["monday", "mondays", "montag", "montags", "mon"],
    &["tuesday", "tuesdays", "dienstag", "dienstags", "tue"],
    &["wednesday", "wednesdays", "mittwoch", "mittwochs", "wed"],
    &["thursday", "thursdays", "donnerstag", "donnerstags", "thu"],
    &["friday", "fridays", "freitag", "freitags", "fri"],
    &["saturday", "saturdays", "samstag", "samstags", "sonnabend", "sonnabends", "sat"],
    &["sunday", "sundays", "sonntag", "sonntags", "sun"],
];

fn month(token: Option<&Token>) -> Option<u32> {
    let word = token?.word()?;
    (1..).zip(MONTHS).find(|(_, names)| names.contains(&word)).map(|(number, _)| number)
}

fn small(token: Option<&Token>, most: u32) -> Option<u32> {
    match token? {
        Token::Number(digits) => digits.trim_end_matches('.').parse().ok().filter(|n| (1..=most).contains(n)),
        _ => None,
    }
}

/// Returns the year that a token is.
pub(super) fn year(token: Option<&Token>) -> Option<u32> {
    small(token, 2_099).filter(|year| *year >= 1_990)
}

/// Reads a date at `at`.
pub(crate) fn date(tokens: &[Token], at: usize) -> Taken<Date> {
    if let Some(Token::Number(digits)) = tokens.get(at) {
        let parts: Vec<&str> = digits.split('.').collect();
        if let [day, month, year] = parts[..] {
            let (day, month, year) = (day.parse().ok()?, month.parse().ok()?, year.parse::<u32>().ok()?);
            let year = if year < 100 { year + 2_000 } else { year };
            let is_date =
                (1..=31).contains(&day) && (1..=12).contains(&month) && (1990..2100).contains(&year);
            return is_date.then_some((Date { day, month, year: Some(year) }, 1));
        }
    }
    let of = usize::from(tokens.get(at + 1).and_then(Token::word) == Some("of"));
    if let (Some(day), Some(month)) = (small(tokens.get(at), 31), month(tokens.get(at + 1 + of))) {
        let year = year(tokens.get(at + 2 + of));
        return Some((Date { day, month, year }, 2 + of + usize::from(year.is_some())));
    }
    if let (Some(month), Some(day)) = (month(tokens.get(at)), small(tokens.get(at + 1), 31)) {
        let comma = usize::from(tokens.get(at + 2) == Some(&Token::Break));
        let found = year(tokens.get(at + 2 + comma));
        let taken = 2 + found.map_or(0, |_| comma + 1);
        return Some((Date { day, month, year: found }, taken));
    }
    None
}

/// A time of day in minutes, and whether something said that it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Time {
    minutes: u32,
    half: Option<Half>,
    is_marked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

fn time(tokens: &[Token], at: usize) -> Taken<Time> {
    let Token::Number(digits) = tokens.get(at)? else { return None };
    let (hours, minutes, mut is_marked) = match digits.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes, true),
        Some(_) => return None,
        None => match digits.split_once('.') {
            Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes, false),
            Some(_) => return None,
            None => (digits.as_str(), "0", false),
        },
    };
    let (mut hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let next = tokens.get(at + 1).and_then(Token::word);
    let half = match next {
        Some("am") if !is_next_day(tokens, at + 2) => Some(Half::Morning),
        Some("pm") => Some(Half::Afternoon),
        _ => None,
    };
    let marks = half.is_some() || matches!(next, Some("uhr" | "o'clock"));
    is_marked |= marks;
    match half {
        Some(Half::Afternoon) if hours < 12 => hours += 12,
        Some(Half::Morning) if hours == 12 => hours = 0,
        _ => {}
    }
    let is_time = hours <= 24 && minutes < 60;
    // What is no time of day may be a number of any size.
    is_time.then(|| (Time { minutes: hours * 60 + minutes, half, is_marked }, 1 + usize::from(marks)))
}

/// Reports whether a day follows: the German `am` of "9–13 Uhr und 5 am Samstag" is no morning.
fn is_next_day(tokens: &[Token], at: usize) -> bool {
    day(tokens.get(at)).is_some()
}

/// Reads a span of hours such as `9:00–18:00`, `10 am to 5 pm`, `8 bis 18 Uhr`.
pub(super) fn hours(tokens: &[Token], at: usize) -> Taken<(u32, u32)> {
    let (from, first) = time(tokens, at)?;
    let joint = match tokens.get(at + first)? {
        Token::Dash => 1,
        Token::Word(word) if matches!(word.as_str(), "to" | "bis" | "and" | "und" | "until" | "till") => 1,
        _ => return None,
    };
    let (to, second) = time(tokens, at + first + joint)?;
    if !(from.is_marked || to.is_marked) {
        return None;
    }
    let mut start = from.minutes;
    // "2 to 5 pm": the half of the day stands once.
    if from.half.is_none()
        && to.half == Some(Half::Afternoon)
        && start + 720 < to.minutes
        && !tokens_have_colon(tokens, at)
    {
        start += 720;
    }
    (start < to.minutes).then_some(((start, to.minutes), first + joint + second))
}

fn tokens_have_colon(tokens: &[Token], at: usize) -> bool {
    matches!(tokens.get(at), Some(Token::Number(digits)) if digits.contains(':'))
}

/// Reads one time of day.
pub(super) fn clock(tokens: &[Token], at: usize) -> Taken<u32> {
    time(tokens, at).filter(|(time, _)| time.is_marked).map(|(time, taken)| (time.minutes, taken))
}

fn day(token: Option<&Token>) -> Option<usize> {
    let word = token?.word()?;
    DAYS.iter().position(|names| names.contains(&word))
}

/// Reads days of the week at `at` as a set of bits, Monday first.
pub(super) fn days(tokens: &[Token], at: usize) -> Taken<u8> {
    match tokens.get(at)?.word()? {
        "weekdays" | "werktags" | "wochentags" => return Some((0b001_1111, 1)),
        "weekend" | "weekends" | "wochenende" | "wochenenden" => return Some((0b110_0000, 1)),
        "daily" | "täglich" => return Some((0b111_1111, 1)),
        _ => {}
    }
    let first = day(tokens.get(at))?;
    let joins = match tokens.get(at + 1) {
        Some(Token::Dash) => true,
        Some(Token::Word(word)) => matches!(word.as_str(), "to" | "bis" | "through" | "until"),
        _ => false,
    };
    match day(tokens.get(at + 2)).filter(|last| joins && *last > first) {
        Some(last) => Some(((first..=last).fold(0, |set, day| set | (1 << day)), 3)),
        None => Some((1 << first, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    #[test]
    fn reads_dates() {
        let expected = Date { day: 31, month: 3, year: Some(2_025) };
        for text in
            ["31 March 2025", "31. März 2025", "March 31, 2025", "31.03.2025", "the 31st of March 2025"]
        {
            let tokens = tokens(text);
            let found = (0..tokens.len()).find_map(|at| date(&tokens, at));
            assert_eq!(found.map(|(date, _)| date), Some(expected), "{text}");
        }
        assert!(Date { year: None, ..expected }.agrees(expected));
    }

    #[test]
    fn reads_hours() {
        for (text, expected) in [
            ("9:00–18:00", (540, 1_080)),
            ("9 bis 18 Uhr", (540, 1_080)),
            ("10 am to 5 pm", (600, 1_020)),
            ("9.30 bis 12 Uhr", (570, 720)),
            ("2 to 5 pm", (840, 1_020)),
        ] {
            assert_eq!(hours(&tokens(text), 0).map(|(hours, _)| hours), Some(expected), "{text}");
        }
        assert_eq!(hours(&tokens("3 to 5 days"), 0), None);
    }

    #[test]
    fn reads_days() {
        assert_eq!(days(&tokens("Monday to Friday"), 0), Some((0b001_1111, 3)));
        assert_eq!(days(&tokens("samstags"), 0), Some((0b010_0000, 1)));
    }
}
