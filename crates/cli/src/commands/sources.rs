//! `backstory sources`

mod explain;
mod list;
mod review;
mod sync;

use std::process::ExitCode;

use super::Given;
use crate::args::sources::Sources;

pub(crate) async fn run(given: &Given, args: Sources) -> anyhow::Result<ExitCode> {
    match args {
        Sources::Review(args) => review::run(given, &args).await,
        Sources::List(args) => list::run(given, &args).await,
        Sources::Sync(args) => sync::run(given, &args).await,
        Sources::Explain(args) => explain::run(given, &args).await,
    }
}
