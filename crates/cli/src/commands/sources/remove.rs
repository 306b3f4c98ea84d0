//! `backstory sources remove`

use std::process::ExitCode;

use app::Stop;
use app::sources::Goes;
use serde_json::json;

use super::counted;
use crate::args::sources::Remove;
use crate::commands::{Given, confirm, interruptible};

pub(crate) async fn run(given: &Given, args: &Remove) -> anyhow::Result<ExitCode> {
    let app = given.app(given.settings()?).await?;
    let books = app.books();
    let one = books.source(&args.named.name, args.named.tenant.as_deref()).await?;
    let goes = books.what_goes(&one).await?;
    if !args.yes {
        given.output.say(&text(&goes));
        confirm(given, &goes.name)?;
    }
    let stop = Stop::default();
    let gone = interruptible(&stop, app.remove_source(&one, &stop)).await?;
    let told = json!({ "name": goes.name, "gone": gone, "configured": goes.is_configured });
    given.output.result(&told, |_| {
        let stays = if goes.is_configured {
            format!(
                "\nThe configuration still names it; it stays paused. Delete `[sources.{}]` there.",
                goes.name
            )
        } else {
            String::new()
        };
        format!(
            "Removed {}: {} with {} of all versions.{stays}",
            goes.name,
            counted(gone.documents, "document"),
            counted(gone.chunks, "passage")
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

fn text(goes: &Goes) -> String {
    let account = goes.account.as_deref().unwrap_or("an account that was never reached");
    format!(
        "With the source `{}` go, from store and index: {} and {} that are searched now, of {account}, and what opens it.",
        goes.name,
        counted(goes.documents, "document"),
        counted(goes.chunks, "passage")
    )
}
