//! `backstory sources pause` and `backstory sources resume`

use std::process::ExitCode;

use serde_json::json;

use super::books;
use crate::args::sources::Named;
use crate::commands::Given;

pub(crate) async fn run(given: &Given, args: &Named, pause: bool) -> anyhow::Result<ExitCode> {
    let books = books(given).await?;
    let is_new = books.pause_source(&args.name, args.tenant.as_deref(), pause).await?;
    books.store.close().await;
    let standing = if pause { "paused" } else { "read again" };
    let told = json!({ "name": args.name, "paused": pause, "changed": is_new });
    given.output.result(&told, |_| match is_new {
        true => format!("{} is {standing} from now on; what it brought stays.", args.name),
        false => format!("{} was {standing} already.", args.name),
    })?;
    Ok(ExitCode::SUCCESS)
}
