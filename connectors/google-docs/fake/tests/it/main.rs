//! The stand-in as its users see it: over HTTP, against the official descriptions, and through its Rust side.
#![expect(clippy::unwrap_used, reason = "the lint's exemption for tests does not reach helpers")]

mod behaviour;
mod client;
mod contract;
mod description;
mod tokens;

/// Says why a test proves nothing here.
#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
