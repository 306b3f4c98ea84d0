//! `backstory sources sync`

use std::process::ExitCode;

use app::{Progress, Stop};

use crate::args::sources::Sync;
use crate::commands::{Given, ingest, interruptible};
use crate::progress::Bar;

pub(crate) async fn run(given: &Given, args: &Sync) -> anyhow::Result<ExitCode> {
    let app = given.app(given.settings()?).await?;
    let names: Vec<String> = match args.names.as_slice() {
        [] => app.settings.sources.keys().cloned().collect(),
        names => names.to_vec(),
    };
    anyhow::ensure!(
        !names.is_empty(),
        "no source is configured; add `[sources.NAME]` to the configuration (docs/sources.md)"
    );
    let mut summaries = Vec::new();
    for name in &names {
        let bar = Bar::start(given.output, &format!("reading {name}"), None);
        let stop = Stop::default();
        let progress = |progress: Progress| match progress {
            Progress::Read { items } => bar.at(items),
            Progress::Indexed { chunks, .. } => {
                bar.doing(&format!("indexing ({chunks} chunks of this page)"))
            }
        };
        let read =
            interruptible(&stop, app.read_source(name, args.allow_shrink, stop.clone(), &progress)).await;
        bar.end();
        summaries.push(read?);
    }
    given.output.result(&summaries, |summaries| summaries.iter().map(ingest::text).collect())?;
    Ok(ExitCode::SUCCESS)
}
