//! The stand-in against the official descriptions, and what no description says.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

mod description;
mod oddities;

use std::io::Write;

/// Says that a part was left out.
fn skipped(why: &str) {
    // A test may not print; the harness shows this only when asked.
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
