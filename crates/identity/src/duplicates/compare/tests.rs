use super::*;
use crate::duplicates::date::Order;

#[test]
fn words_are_compared_by_slips_order_and_beginning() {
    for (one, other, expected) in [
        ("amber", "amber", Likeness::Same),
        ("amber", "ambre", Likeness::Close),
        ("amber", "maber", Likeness::Close),
        ("thomas", "taomhs", Likeness::Close),
        ("portsmouth", "portmouht", Likeness::Close),
        ("london", "lnod", Likeness::Loose),
        ("jess", "jessamine", Likeness::Begins),
        ("j", "jesse", Likeness::Begins),
        ("anna", "ben", Likeness::Different),
        ("a", "b", Likeness::Different),
        ("miller", "kowalski", Likeness::Different),
        ("иван", "ольга", Likeness::Different),
    ] {
        assert_eq!(words(one, other), expected, "{one} / {other}");
        assert_eq!(words(other, one), expected, "{other} / {one}");
    }
}

#[test]
fn a_sign_of_a_code_carries_more_than_a_letter() {
    assert_eq!(codes("7871445", "7871454"), Likeness::Close);
    assert_eq!(codes("7871445", "7871465"), Likeness::Close);
    assert_eq!(codes("7871445", "7861465"), Likeness::Loose);
    assert_eq!(codes("7871445", "4922004"), Likeness::Different);
    assert_eq!(codes("12", "13"), Likeness::Different);
}

#[test]
fn dates_slip_in_many_ways() {
    let date = |text: &str| Date::read(text, Order::DayFirst).unwrap();
    for (one, other, expected) in [
        ("1984-07-22", "22.07.1984", DateLikeness::Same),
        ("1984-07-22", "19840723", DateLikeness::Slip),
        ("1984-07-22", "1984-07-42", DateLikeness::Slip),
        ("1984-07-22", "1948-07-22", DateLikeness::Slip),
        ("1984-07-02", "1984-02-07", DateLikeness::Slip),
        ("1984-07-30", "1984-08-01", DateLikeness::Slip),
        ("1984-07-22", "1961-07-22", DateLikeness::TwoParts),
        ("1984-07-22", "1984-08-19", DateLikeness::Near),
        ("1984-07-22", "1985-08-19", DateLikeness::YearsOff),
        ("1984-07-22", "1974-06-25", DateLikeness::YearsOff),
        ("1984-07-22", "1979-01-03", DateLikeness::Different),
    ] {
        assert_eq!(dates(date(one), date(other)), expected, "{one} / {other}");
        assert_eq!(dates(date(other), date(one)), expected, "{other} / {one}");
    }
}
