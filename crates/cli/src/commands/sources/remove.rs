//! `backstory sources remove`

use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use app::Stop;
use app::sources::Goes;
use serde_json::json;

use super::counted;
use crate::args::sources::Remove;
use crate::commands::{Given, interruptible};

pub(crate) async fn run(given: &Given, args: &Remove) -> anyhow::Result<ExitCode> {
    let app = given.app(given.settings()?).await?;
    let books = app.books();
    let one = books.source(&args.named.name, args.named.tenant.as_deref()).await?;
    let goes = books.what_goes(&one).await?;
    if !args.yes {
        given.output.say(&text(&goes));
        if !std::io::stdin().is_terminal() {
            bail!("nothing was removed, since nobody can be asked; `--yes` does not ask");
        }
        given.output.say(&format!("Type `{}` to remove it:", goes.name));
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).context("standard input cannot be read")?;
        if answer.trim() != goes.name {
            bail!("nothing was removed");
        }
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
