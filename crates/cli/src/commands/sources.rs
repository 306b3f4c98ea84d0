//! `backstory sources`

mod add;
mod explain;
mod list;
mod pause;
mod remove;
mod review;
mod sync;

use std::process::ExitCode;

use app::Books;

use super::{Given, counted};
use crate::args::sources::Sources;

pub(crate) async fn run(given: &Given, args: Sources) -> anyhow::Result<ExitCode> {
    match args {
        Sources::Add(args) => add::run(given, &args).await,
        Sources::Authorize(args) => add::authorize(given, &args).await,
        Sources::List(args) => list::run(given, &args).await,
        Sources::Sync(args) => sync::run(given, &args).await,
        Sources::Pause(args) => pause::run(given, &args, true).await,
        Sources::Resume(args) => pause::run(given, &args, false).await,
        Sources::Remove(args) => remove::run(given, &args).await,
        Sources::Explain(args) => explain::run(given, &args).await,
        Sources::Review(args) => review::run(given, &args).await,
    }
}

/// Opens the database alone: a server may have everything else open.
async fn books(given: &Given) -> anyhow::Result<Books> {
    Books::open(given.places.clone(), given.settings()?).await
}
