//! `backstory simulate`

use std::path::PathBuf;
use std::process::ExitCode;

use app::{App, Stop};
use domain::TenantId;
use serde_json::json;
use simulations::replay::{Options, Weightless};
use simulations::report::Texts;
use simulations::run::{Files, Order};
use simulations::summary::Summary;

use super::{Given, ingest, interruptible};
use crate::args;
use crate::progress::Bar;

pub(crate) async fn run(given: &Given, args: &args::Simulate) -> anyhow::Result<ExitCode> {
    let app = given.app(given.settings()?).await?;
    let tenant = app.tenant(&args.tenant.tenant).await?;
    let read = ingest::one(given, &app, tenant, &args.conversations, false).await?;
    if !given.output.is_json() {
        given.output.say(&ingest::text(&read));
    }
    let name =
        args.conversations.file_name().map_or_else(|| "conversations".into(), |name| name.to_string_lossy());
    let order = Order {
        name: name.into_owned(),
        is_sample: false,
        options: Options {
            mask: args.mask.scope(),
            purpose: args.purpose.scope(),
            learned: args.assume_learned.scope(),
            assurance: args.assurance,
            since: args.since,
            until: args.until,
            limit: args.limit,
            weightless: if args.skip_weightless { Weightless::LeftOut } else { Weightless::Replayed },
            read: args.read,
        },
        out: args.out.clone().unwrap_or_else(|| reports(given)),
        texts: if args.with_text { Texts::Shown } else { Texts::Hidden },
    };
    let (summary, files) = replay(given, &app, tenant, &order).await?;
    given.output.result(&json!({ "files": files, "summary": summary }), |_| text(&summary, &files))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the folder of reports.
pub(crate) fn reports(given: &Given) -> PathBuf {
    given.places.data.join("reports")
}

/// Replays with a bar.
pub(crate) async fn replay(
    given: &Given,
    app: &App,
    tenant: TenantId,
    order: &Order,
) -> anyhow::Result<(Summary, Files)> {
    let bar = Bar::start(given.output, "replaying conversations", Some(0));
    let progress = |done: u64, all: u64| {
        bar.of(all);
        bar.at(done);
    };
    let stop = Stop::default();
    let result = interruptible(&stop, simulations::run::run(app, tenant, order, &progress, &stop)).await;
    bar.end();
    result
}

/// Returns what a person reads of a simulation.
pub(crate) fn text(summary: &Summary, files: &Files) -> String {
    let read = files.read.as_ref().map(|read| format!("To read: {}\n", read.display())).unwrap_or_default();
    format!(
        "{}\nReport: {}\n        {}\n        {}\n{read}",
        simulations::console::text(summary),
        files.html.display(),
        files.json.display(),
        files.csv.display()
    )
}
