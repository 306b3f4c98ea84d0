//! Numbers with their check digits.

use super::dice::Dice;

/// Returns the IBAN of an account number.
pub(super) fn iban(country: &str, account: &str) -> String {
    let digits = |text: &str| -> u32 {
        text.chars().filter_map(|sign| sign.to_digit(36)).fold(0, |rest, value| {
            let shift = if value > 9 { 100 } else { 10 };
            (rest * shift + value) % 97
        })
    };
    let check = 98 - digits(&format!("{account}{country}00"));
    format!("{country}{check:02}{account}")
}

/// Returns the number of a card.
pub(super) fn card(start: &str, digits: usize, dice: &mut Dice) -> String {
    let mut number = start.to_owned();
    while number.len() < digits - 1 {
        number.push(char::from(b'0' + dice.below(10) as u8));
    }
    let double = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let known = number.chars().rev().filter_map(|sign| sign.to_digit(10)).enumerate();
    let sum: u32 = known.map(|(at, digit)| if at % 2 == 0 { double(digit) } else { digit }).sum();
    number + &((10 - sum % 10) % 10).to_string()
}

/// Puts a sign between groups of signs.
pub(super) fn grouped(bare: &str, size: usize, between: char) -> String {
    let signs: Vec<char> = bare.chars().collect();
    let groups: Vec<String> = signs.chunks(size).map(|group| group.iter().collect()).collect();
    groups.join(&between.to_string())
}
