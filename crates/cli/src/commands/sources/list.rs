//! `backstory sources list`

use std::process::ExitCode;

use app::sources::State;
use serde_json::json;

use super::{books, counted};
use crate::args::Tenant;
use crate::commands::Given;

pub(crate) async fn run(given: &Given, args: &Tenant) -> anyhow::Result<ExitCode> {
    let books = books(given).await?;
    let tenant = books.tenant(&args.tenant).await?;
    let states = books.source_states(&args.tenant).await?;
    let connected = books.store.list_connections(tenant).await?;
    let mut others = books.store.list_sources(tenant).await?;
    others.retain(|source| connected.iter().all(|one| one.source != Some(source.id)));
    books.store.close().await;
    let told = json!({
        "sources": states,
        "read_by_command": others.iter().map(|source| json!({
            "id": source.id, "kind": source.kind, "account": source.account, "name": source.name,
            "last_full_listing": source.last_full_listing, "added_at": source.created_at,
        })).collect::<Vec<_>>(),
    });
    given.output.result(&told, |_| {
        if states.is_empty() && others.is_empty() {
            return "No source is configured, and nothing was read yet: docs/sources.md says how.".to_owned();
        }
        let mut text: String = states.iter().map(describe).collect();
        if !others.is_empty() {
            text.push_str("Read by command or through a connected account\n");
        }
        for source in &others {
            let whole = source.last_full_listing.map_or("never".to_owned(), |at| at.to_string());
            text.push_str(&format!("  {:<10} {}  whole list last seen {whole}\n", source.kind, source.name));
        }
        text
    })?;
    Ok(ExitCode::SUCCESS)
}

fn describe(one: &State) -> String {
    let account = one.account.as_deref().unwrap_or("not reached yet");
    let mut text = format!("{} ({}, {}): {account}\n", one.name, one.kind, one.standing);
    let listed = one.listed.map_or(String::new(), |listed| format!(" of {listed} that the source lists"));
    text.push_str(&format!(
        "  {}{listed}, {}\n",
        counted(one.documents, "document"),
        counted(one.chunks, "passage")
    ));
    if let (Some(oldest), Some(newest)) = (one.oldest_change, one.newest_change) {
        text.push_str(&format!("  changes from {oldest} to {newest}\n"));
    }
    let time = |at: Option<domain::Timestamp>| at.map_or("never".to_owned(), |at| at.to_string());
    text.push_str(&format!(
        "  read up to {}, whole list last seen {}",
        time(one.read_to),
        time(one.last_full_sweep)
    ));
    if let (Some(stale), Some(worst)) = (one.stale_secs, one.worst_stale_secs) {
        text.push_str(&format!("; at most {} old, at worst {}", lasting(stale), lasting(worst)));
    }
    match (one.standing, one.next) {
        ("paused", _) => text.push_str(&format!("\n  next: `backstory sources resume {}`\n", one.name)),
        (_, Some(next)) => text.push_str(&format!("\n  next at {next}, by `backstory serve`\n")),
        (_, None) => text.push_str(&format!("\n  next: `backstory sources sync {}`\n", one.name)),
    }
    if one.problems > 0 {
        text.push_str(&format!("  left out or changed: {}, such as\n", counted(one.problems, "thing")));
        text.extend(one.examples.iter().map(|example| format!("    {example}\n")));
    }
    text.extend(one.notes.iter().map(|note| format!("  {note}\n")));
    for (kind, failure) in &one.failures {
        text.push_str(&format!(
            "  {kind}, {} since {}: {}\n    what to do: {}\n",
            counted(failure.times, "time"),
            failure.since,
            failure.what,
            failure.next
        ));
    }
    text
}

/// Returns how long something lasts, in words.
fn lasting(secs: u64) -> String {
    match secs {
        0..120 => format!("{secs} s"),
        120..7_200 => format!("{} min", secs / 60),
        7_200..172_800 => format!("{} h", secs / 3_600),
        _ => format!("{} days", secs / 86_400),
    }
}
