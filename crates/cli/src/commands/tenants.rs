//! `backstory tenants`

use std::process::ExitCode;

use app::tenants::{Gone, Leaving, Listed, Removing, Tenants};
use app::{Books, Stop};
use serde_json::json;

use super::{Given, confirm, counted, interruptible};
use crate::args::tenants::{self as args, Remove};
use crate::progress::Bar;

pub(crate) async fn run(given: &Given, args: &args::Tenants) -> anyhow::Result<ExitCode> {
    match args {
        args::Tenants::List => list(given).await,
        args::Tenants::Remove(args) => remove(given, args).await,
    }
}

/// Opens the database alone: a server may have everything else open.
async fn books(given: &Given) -> anyhow::Result<Books> {
    Books::open(given.places.clone(), given.settings()?).await
}

async fn list(given: &Given) -> anyhow::Result<ExitCode> {
    let books = books(given).await?;
    given.output.result(&books.tenants().await?, list_text)?;
    books.store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn list_text(all: &Tenants) -> String {
    let mut text = String::new();
    if all.tenants.is_empty() {
        text.push_str("No tenant yet; `backstory ingest PATH` makes one.\n");
    }
    for one in &all.tenants {
        text.push_str(&format!("{}, since {}\n  {}\n", one.name, one.created_at, amount(one)));
        if let Some(since) = one.removing_at {
            text.push_str(&format!(
                "  is being removed since {since}; to go on: backstory tenants remove {}\n",
                one.name
            ));
        }
    }
    for gone in &all.removed {
        let ended = gone.ended_at.unwrap_or(gone.began_at);
        text.push_str(&format!("{} was removed by {}, {ended}\n", gone.tenant, gone.removed_by));
    }
    text
}

fn amount(of: &Listed) -> String {
    format!(
        "{}, {}, {}, {} {}",
        counted(of.documents, "document"),
        counted(of.chunks, "chunk"),
        counted(of.conversations, "conversation"),
        of.people,
        if of.people == 1 { "person" } else { "people" }
    )
}

async fn remove(given: &Given, args: &Remove) -> anyhow::Result<ExitCode> {
    // Looked up first without a model: a name that nobody has should not have to wait for one.
    let books = books(given).await?;
    let leaving = books.what_leaves(&args.name).await?;
    books.store.close().await;
    let app = given.app(given.settings()?).await?;
    if !args.yes {
        given.output.say(&leaving_text(&leaving));
        confirm(given, &args.name)?;
    }
    let stop = Stop::default();
    let bar = Bar::start(given.output, "removing", None);
    let progress = |removing: Removing| {
        bar.doing(&format!("removing: {}", removing.what));
        bar.at(removing.rows);
    };
    let gone = interruptible(&stop, app.remove_tenant(&args.name, &args.by, &stop, &progress)).await;
    bar.end();
    let gone = gone?;
    let told = json!({ "gone": gone, "configured": leaving.configured });
    given.output.result(&told, |_| gone_text(&gone, &leaving))?;
    Ok(if gone.left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn leaving_text(leaving: &Leaving) -> String {
    let list = |what: &str, names: &[String]| match names {
        [] => String::new(),
        names => format!("  {what}: {}\n", names.join(", ")),
    };
    let mut text = format!(
        "With the tenant `{}`, added {}, go from database and index, for good:\n  {}\n",
        leaving.of.name,
        leaving.of.created_at,
        amount(&leaving.of)
    );
    text.push_str(&list("connected accounts", &leaving.accounts));
    text.push_str(&list("sources", &leaving.sources));
    if leaving.keys > 0 {
        text.push_str(&format!("  keys of the API: {}\n", leaving.keys));
    }
    text.push_str("  and everything else it has: decisions, settings, merges, erasures, its audit\n");
    if let Some(since) = leaving.of.removing_at {
        text.push_str(&format!("Its removal began {since} and goes on.\n"));
    }
    text.trim_end().to_owned()
}

fn gone_text(gone: &Gone, leaving: &Leaving) -> String {
    let rows: u64 = gone.rows.values().sum();
    let mut text = format!(
        "Removed {} ({}), {}\n\nRemoved\n  {rows:>8}  rows of {} tables\n  {:>8}  vectors of texts that nobody has any more\n\nA search of all tables, the index and the data folder finds now\n",
        gone.name,
        gone.id,
        gone.at,
        gone.rows.len(),
        gone.vectors
    );
    if gone.left.is_empty() {
        text.push_str("         0  of it\n");
    }
    for left in &gone.left {
        text.push_str(&format!("  {:>8}  in {}\n", left.count, left.place));
    }
    text.push_str("\nWhat remains elsewhere\n");
    for remains in &gone.remains {
        text.push_str(&format!("  {}: {}\n", remains.place, remains.until));
    }
    for part in &leaving.configured {
        text.push_str(&format!("  {part} in the configuration: until you delete it there\n"));
    }
    text
}
