//! The one binary: reads the command line, calls `app`, prints. It decides nothing.

mod args;
mod commands;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Args;
use crate::output::Output;

fn main() -> ExitCode {
    let args = Args::parse();
    start_logging(args.verbose);
    let output = Output::new(args.json);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return output.fail(&anyhow::Error::from(error).context("no threads could be started")),
    };
    match runtime.block_on(commands::run(args, output)) {
        Ok(code) => code,
        Err(error) => output.fail(&error),
    }
}

/// Logs go to standard error: warnings, or more with `-v`.
fn start_logging(verbose: u8) {
    let level = match verbose {
        0 => "error",
        1 => "info",
        _ => "debug",
    };
    // The engine below is talkative; its own lines only come with the most detail.
    let filter = if verbose > 2 {
        // It logs what providers say, who may repeat what they were asked.
        format!("{level},genai=off")
    } else {
        format!(
            "error,genai=off,app={level},server={level},intercom={level},ingest={level},index={level},retrieval={level},responder={level},store={level},llm={level},simulations={level}"
        )
    };
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).init();
}
