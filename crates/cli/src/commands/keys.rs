//! `backstory keys`

use std::process::ExitCode;

use app::Books;
use serde_json::json;

use super::Given;
use crate::args::live::Keys;

pub(crate) async fn run(given: &Given, args: &Keys) -> anyhow::Result<ExitCode> {
    let books = Books::open(given.places.clone(), given.settings()?).await?;
    let tenant = books.tenant(&args.tenant().tenant).await?;
    match args {
        Keys::Add(args) => {
            let issued =
                books.issue_key_for(tenant, &args.name, (args.role, &args.scopes), &args.inboxes).await?;
            let told = json!({ "id": issued.id, "key": issued.secret.reveal() });
            given.output.result(&told, |_| {
                format!(
                    "{}\n\nThis is shown once and stored nowhere. Its id is {}; `backstory keys revoke {}` ends it.",
                    issued.secret.reveal(),
                    issued.id,
                    issued.id
                )
            })?;
        }
        Keys::List(_) => {
            let keys = books.list_keys(tenant).await?;
            let told: Vec<_> = keys
                .iter()
                .map(|key| {
                    json!({
                        "id": key.id, "name": key.name, "role": key.role, "scopes": key.scopes,
                        "inboxes": key.inboxes,
                        "created_at": key.created_at, "revoked_at": key.revoked_at,
                    })
                })
                .collect();
            given.output.lines(&told, |_| {
                if keys.is_empty() {
                    return "There is no key yet: backstory keys add NAME --role owner".to_owned();
                }
                let line = |key: &app::access::ApiKey| {
                    let since = key.revoked_at.map(|at| format!(", revoked {at}")).unwrap_or_default();
                    let inboxes = key.inboxes.iter().map(|inbox| format!("inbox {inbox}"));
                    let scopes: Vec<String> = key.scopes.iter().cloned().chain(inboxes).collect();
                    let scopes = scopes.join(",");
                    format!("{}  {:<12} {:<28} {}{since}\n", key.id, key.role, scopes, key.name)
                };
                keys.iter().map(line).collect()
            })?;
        }
        Keys::Revoke(args) => {
            books.revoke_key(tenant, args.id).await?;
            given.output.result(&json!({ "revoked": args.id }), |_| {
                format!("{} counts no more, from the next call on.", args.id)
            })?;
        }
    }
    books.store.close().await;
    Ok(ExitCode::SUCCESS)
}
