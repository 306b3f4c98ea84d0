//! `backstory sources list`

use std::process::ExitCode;

use app::Books;
use serde_json::json;

use crate::args::Tenant;
use crate::commands::Given;

pub(crate) async fn run(given: &Given, args: &Tenant) -> anyhow::Result<ExitCode> {
    let settings = given.settings()?;
    let configured: Vec<(String, &'static str)> = settings
        .sources
        .iter()
        .filter(|(_, source)| source.tenant == args.tenant)
        .map(|(name, source)| (name.clone(), source.kind()))
        .collect();
    let books = Books::open(given.places.clone(), settings).await?;
    let tenant = books.tenant(&args.tenant).await?;
    let read = books.store.list_sources(tenant).await?;
    books.store.close().await;
    let told = json!({
        "configured": configured.iter().map(|(name, kind)| json!({"name": name, "kind": kind})).collect::<Vec<_>>(),
        "read": read.iter().map(|source| json!({
            "id": source.id, "kind": source.kind, "account": source.account, "name": source.name,
            "last_full_listing": source.last_full_listing, "added_at": source.created_at,
        })).collect::<Vec<_>>(),
    });
    given.output.result(&told, |_| {
        if configured.is_empty() && read.is_empty() {
            return "No source is configured, and nothing was read yet: docs/sources.md says how.".to_owned();
        }
        let mut text = String::from("Configured\n");
        for (name, kind) in &configured {
            text.push_str(&format!("  {name:<16} {kind}\n"));
        }
        text.push_str("Read so far\n");
        for source in &read {
            let whole = source.last_full_listing.map_or("never".to_owned(), |at| at.to_string());
            text.push_str(&format!("  {:<10} {}  whole list last seen {whole}\n", source.kind, source.name));
        }
        text
    })?;
    Ok(ExitCode::SUCCESS)
}
