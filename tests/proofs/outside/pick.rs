//! Choosing one of several, or none when there is none.

use crate::dice::Dice;

pub(super) fn some<T>(dice: &mut Dice, all: impl Iterator<Item = T>) -> Option<T> {
    let mut all: Vec<T> = all.collect();
    if all.is_empty() { None } else { Some(all.swap_remove(dice.below(all.len()))) }
}
