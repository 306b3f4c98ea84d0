//! Proofs with figures, of the real parts: that nothing told to one person reaches another, that no conversation is
//! lost or answered twice whatever crashes, how much comes in at once, that what is read equals its source, and that
//! nothing is lost or answered for too long while sources change and go wrong.
//!
//! As a test, by `cargo test` and nextest, each runs small; `make leak` and the others by their names run them whole:
//! `proofs full NAME`. A proof that does not hold ends the program with an error.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program: figures go to standard output, what fails to standard error"
)]

mod backstory;
mod chaos;
mod courtesy;
mod dice;
mod faults;
mod figures;
mod leak;
mod load;
mod model;
mod order;
mod outside;
mod sources;
mod town;

use std::process::ExitCode;

use anyhow::Context as _;

use crate::order::{Order, Request, Which};

fn main() -> ExitCode {
    let request = match Request::read(std::env::args().skip(1)) {
        Ok(request) => request,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::FAILURE;
        }
    };
    let orders = match request {
        Request::List(names) => {
            names.iter().for_each(|name| println!("{name}: test"));
            return ExitCode::SUCCESS;
        }
        Request::Run(orders) => orders,
    };
    let mut failed = false;
    for order in orders {
        match run(&order) {
            Ok(()) => println!("test {} ... ok", order.which.name()),
            Err(error) => {
                eprintln!("test {} ... FAILED: {error:#}", order.which.name());
                failed = true;
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Runs one proof, for no longer than it may take.
fn run(order: &Order) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let within = order.within();
    let proof = async {
        match order.which {
            Which::Leak => leak::run(order).await,
            Which::Faults => faults::run(order).await,
            Which::Load => load::run(order).await,
            Which::Sources => sources::run(order).await,
            Which::Chaos => chaos::run(order).await,
            Which::Courtesy => courtesy::run(order).await,
        }
    };
    let ended = runtime.block_on(async { tokio::time::timeout(within, proof).await });
    // What a proof started and did not end must not keep the program.
    runtime.shutdown_background();
    ended.with_context(|| format!("it did not end within {} seconds", within.as_secs()))?
}
