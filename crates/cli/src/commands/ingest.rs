//! `backstory ingest`

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use app::config::DefaultAudience;
use app::import::{Importing, Reading};
use app::seams::Seams;
use app::{App, Progress, Stop, Summary};
use domain::TenantId;

use super::{Given, interruptible};
use crate::args;
use crate::progress::Bar;

pub(crate) async fn run(given: &Given, args: &args::Ingest) -> anyhow::Result<ExitCode> {
    let mut settings = given.settings()?;
    match args.default_audience {
        Some(args::DefaultAudience::Internal) => settings.files.default_audience = DefaultAudience::Internal,
        Some(args::DefaultAudience::Public) => settings.files.default_audience = DefaultAudience::Public,
        None => {}
    }
    let app = if args.rebuild_index {
        let seams = Seams::live(&settings)?;
        App::rebuild_index(given.places.clone(), settings, seams).await?
    } else {
        given.app(settings).await?
    };
    let tenant = app.tenant(&args.tenant.tenant).await?;
    let mut summaries = Vec::new();
    for path in &args.paths {
        summaries.push(one(given, &app, tenant, path, args.allow_shrink).await?);
    }
    if args.intercom {
        summaries.extend(accounts(given, &app, tenant, args.allow_shrink).await?);
    }
    if args.rebuild_index {
        given.output.say("the index was made anew");
    }
    given.output.result(&summaries, |summaries| summaries.iter().map(text).collect())?;
    Ok(ExitCode::SUCCESS)
}

/// Reads all connected workspaces of Intercom with a bar each.
async fn accounts(
    given: &Given,
    app: &App,
    tenant: TenantId,
    allow_shrink: bool,
) -> anyhow::Result<Vec<Summary>> {
    let accounts = app.accounts(tenant).await?;
    anyhow::ensure!(
        !accounts.is_empty(),
        "no workspace is connected; `backstory connect intercom --token-file FILE` connects one"
    );
    let mut summaries = Vec::new();
    for account in &accounts {
        let bar = Bar::start(given.output, &format!("reading {}", account.account), None);
        let stop = Stop::default();
        let told = Mutex::new(None);
        let tell = |doing: Importing| match doing {
            Importing::Reading(reading) => {
                bar.doing(&reading.to_string());
                plan(given, &told, &reading);
            }
            Importing::Working(Progress::Read { items }) => bar.at(items),
            Importing::Working(Progress::Indexed { chunks, .. }) => {
                bar.doing(&format!("indexing ({chunks} chunks of this page)"));
            }
        };
        let read = interruptible(&stop, app.import(account, allow_shrink, stop.clone(), &tell)).await;
        bar.end();
        summaries.push(read?);
    }
    Ok(summaries)
}

/// Says what is coming, once for each kind of thing, as soon as it can be told; a terminal has the bar for it.
fn plan(given: &Given, told: &Mutex<Option<&'static str>>, reading: &Reading) {
    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
    if reading.seconds_left.is_some() && *told != Some(reading.what) && !given.output.is_watched() {
        *told = Some(reading.what);
        let _ = writeln!(std::io::stderr(), "{reading}");
    }
}

/// Reads one path with a bar.
pub(crate) async fn one(
    given: &Given,
    app: &App,
    tenant: TenantId,
    path: &Path,
    allow_shrink: bool,
) -> anyhow::Result<Summary> {
    let bar = Bar::start(given.output, &format!("reading {}", path.display()), None);
    let stop = Stop::default();
    let progress = |progress: Progress| match progress {
        Progress::Read { items } => bar.at(items),
        Progress::Indexed { chunks, .. } => bar.doing(&format!("indexing ({chunks} chunks of this page)")),
    };
    let result =
        interruptible(&stop, app.read_files(tenant, path, allow_shrink, stop.clone(), &progress)).await;
    bar.end();
    result
}

/// Returns what a person reads of a summary.
pub(crate) fn text(summary: &Summary) -> String {
    let mut text = format!(
        "{}: {} items read, {} of them unchanged\n  documents: {} new, {} changed, {} removed\n  conversations: {} new, {} changed, {} removed\n  chunks: {} added; texts embedded: {}, from the cache: {}\n",
        summary.source,
        summary.items,
        summary.unchanged,
        summary.documents_new,
        summary.documents_changed,
        summary.documents_removed,
        summary.conversations_new,
        summary.conversations_changed,
        summary.conversations_removed,
        summary.chunks_added,
        summary.embedded,
        summary.embeddings_cached,
    );
    if summary.documents_withdrawn > 0 {
        text.push_str(&format!(
            "  in no answer until they are there again: {} documents\n",
            summary.documents_withdrawn
        ));
    }
    text.extend(summary.notes.iter().map(|note| format!("  {note}\n")));
    if !summary.problems.is_empty() {
        text.push_str("  could not be taken in, or only with a change:\n");
    }
    for problem in &summary.problems {
        text.push_str(&format!("    {problem}\n"));
    }
    if summary.problems_more > 0 {
        text.push_str(&format!("    and {} more\n", summary.problems_more));
    }
    text
}
