//! Days of birth, read from whatever a file writes.

/// A day as written: a day 83 is kept, since it still compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Date {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

/// In which order a column writes day and month when the year does not come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

impl Date {
    /// Reads `1984-07-22`, `19840722`, `22/7/1984`, `22.07.1984`, or `1984-07-22T…`.
    pub(crate) fn read(text: &str, order: Order) -> Option<Self> {
        let (one, two, three) = parts(text)?;
        let (year, month, day) = match (one.len(), three.len(), order) {
            (4, _, _) => (one, two, three),
            (_, 4, Order::DayFirst) => (three, two, one),
            (_, 4, Order::MonthFirst) => (three, one, two),
            _ => return None,
        };
        let date = Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        (date.year > 0 && date.month < 100 && date.day < 100).then_some(date)
    }

    /// Days since a day long ago; only differences mean something.
    pub(crate) fn days(self) -> i32 {
        // Day 0 of a month is the last of the one before, which is all that a difference needs.
        let months = i32::from(self.year) * 12 + i32::from(self.month);
        (f64::from(months) * 30.436_9) as i32 + i32::from(self.day)
    }

    pub(crate) fn digits(self) -> [u8; 8] {
        let (y, m, d) = (self.year, self.month, self.day);
        let digit = |value: u16| u8::try_from(value % 10).unwrap_or_default();
        [digit(y / 1000), digit(y / 100), digit(y / 10), digit(y), m / 10, m % 10, d / 10, d % 10]
    }
}

/// Finds out how a column writes its dates: a first part over 12 is a day, a second part over 12 too.
pub(crate) fn order_of<'a>(values: impl Iterator<Item = &'a str>) -> Order {
    let (mut day_first, mut month_first) = (0_u32, 0_u32);
    for (one, two, _) in values.filter_map(parts).filter(|(one, _, three)| one.len() < 4 && three.len() == 4)
    {
        let over = |part: &str| part.parse::<u8>().is_ok_and(|number| number > 12);
        day_first += u32::from(over(one));
        month_first += u32::from(over(two));
    }
    if month_first > day_first { Order::MonthFirst } else { Order::DayFirst }
}

fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.split(['T', ' ']).find(|part| !part.is_empty())?;
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((&text[..4], &text[4..6], &text[6..]));
    }
    let mut parts = text.split(['-', '/', '.']);
    let found = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (parts.next().is_none() && digits(found.0) && digits(found.1) && digits(found.2)).then_some(found)
}
