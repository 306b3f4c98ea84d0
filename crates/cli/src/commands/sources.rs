//! `backstory sources`

mod review;

use std::process::ExitCode;

use super::Given;
use crate::args::sources::Sources;

pub(crate) async fn run(given: &Given, args: Sources) -> anyhow::Result<ExitCode> {
    match args {
        Sources::Review(args) => review::run(given, &args).await,
    }
}
