//! The stand-in as its users see it: over HTTP, and through its Rust side.
#![expect(clippy::unwrap_used, reason = "the lint's exemption for tests does not reach helpers")]

mod accounts;
mod client;
mod contacts;
mod contract;
mod conversations;
mod faults;
mod knowledge;
mod sdk;
mod webhooks;
mod wire;

/// Says why a test proves nothing here.
#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
