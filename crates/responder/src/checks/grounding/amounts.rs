//! Amounts and dates of a text, and whether two amounts are the same.

use crate::conflict::{self, Amount, Token};

/// Amounts with where they stand, and where dates stand.
pub(super) type Measured = (Vec<(usize, usize, Amount)>, Vec<(usize, usize)>);

/// Returns the amounts and dates of tokens, with where they stand.
pub(super) fn measured(tokens: &[Token]) -> Measured {
    let (mut amounts, mut dates) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if let Some((_, taken)) = conflict::date(tokens, at) {
            dates.push((at, at + taken));
            at += taken.max(1);
        } else if let Some((amount, taken)) = conflict::amount(tokens, at) {
            amounts.push((at, at + taken, amount));
            at += taken.max(1);
        } else {
            at += 1;
        }
    }
    (amounts, dates)
}

/// Reports whether two amounts are the same, also in other units.
pub(super) fn same(one: &Amount, other: &Amount) -> bool {
    let near = |left: f64, right: f64| (left - right).abs() <= 0.025 * left.abs().max(right.abs()).max(1e-9);
    one.dimension == other.dimension && near(one.low, other.low) && near(one.high, other.high)
}
