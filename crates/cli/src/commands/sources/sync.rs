//! `backstory sources sync`

use std::process::ExitCode;

use app::sources::Configured;
use app::{Progress, Stop};

use crate::args::sources::Sync;
use crate::commands::{Given, ingest, interruptible};
use crate::progress::Bar;

pub(crate) async fn run(given: &Given, args: &Sync) -> anyhow::Result<ExitCode> {
    let app = given.app(given.settings()?).await?;
    let (books, tenant) = (app.books(), args.tenant.as_deref());
    let mut sources = Vec::new();
    for name in &args.names {
        sources.push(books.source(name, tenant).await?);
    }
    if args.names.is_empty() {
        let is_meant =
            |one: &Configured| !one.is_paused() && tenant.is_none_or(|tenant| one.tenant_name == tenant);
        sources.extend(books.sources().await?.into_iter().filter(is_meant));
    }
    anyhow::ensure!(
        !sources.is_empty(),
        "there is no source to read; add `[sources.NAME]` to the configuration, or use `backstory sources add` (docs/sources.md)"
    );
    let mut summaries = Vec::new();
    for one in &sources {
        let name = &one.name;
        let bar = Bar::start(given.output, &format!("reading {name}"), None);
        let stop = Stop::default();
        let progress = |progress: Progress| match progress {
            Progress::Read { items } => bar.at(items),
            Progress::Indexed { chunks, .. } => {
                bar.doing(&format!("indexing ({chunks} chunks of this page)"))
            }
        };
        let read =
            interruptible(&stop, app.read_source(one, args.allow_shrink, stop.clone(), &progress)).await;
        bar.end();
        summaries.push(read?);
    }
    given.output.result(&summaries, |summaries| summaries.iter().map(ingest::text).collect())?;
    Ok(ExitCode::SUCCESS)
}
