//! `backstory sources add` and `backstory sources authorize`

use std::io::{BufRead as _, Read as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use app::Books;
use app::sources::{Account, Added, Consent};
use serde_json::json;

use super::books;
use crate::args::sources::{Add, Named};
use crate::commands::Given;

pub(crate) async fn run(given: &Given, args: &Add) -> anyhow::Result<ExitCode> {
    let is_piped = args.settings == Path::new("-");
    let settings = if is_piped {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
        text
    } else {
        std::fs::read_to_string(&args.settings)
            .with_context(|| format!("the file `{}` cannot be read", args.settings.display()))?
    };
    let books = books(given).await?;
    let account = match books.add_source(&args.tenant.tenant, &args.name, &settings).await? {
        Added::Ready(account) => account,
        Added::Asks(_) if is_piped => {
            anyhow::bail!(
                "this source asks for consent, and the answer is read from standard input: give the settings as a file"
            )
        }
        Added::Asks(consent) => consented(given, &books, *consent).await?,
    };
    books.store.close().await;
    added(given, &args.name, &account)
}

pub(crate) async fn authorize(given: &Given, args: &Named) -> anyhow::Result<ExitCode> {
    let books = books(given).await?;
    let consent = books.ask_consent(&args.name, args.tenant.as_deref()).await?;
    let account = consented(given, &books, consent).await?;
    books.store.close().await;
    added(given, &args.name, &account)
}

/// Shows where consent is given, and takes the address that comes back.
async fn consented(given: &Given, books: &Books, consent: Consent) -> anyhow::Result<Account> {
    given.output.say(&format!(
        "Open this address, give consent, and paste the address to which you are sent back (the page itself need not load):\n\n  {}\n",
        consent.url()
    ));
    let mut back = String::new();
    std::io::stdin().lock().read_line(&mut back).context("standard input cannot be read")?;
    books.take_consent(consent, &back).await
}

fn added(given: &Given, name: &str, account: &Account) -> anyhow::Result<ExitCode> {
    let told = json!({ "name": name, "kind": account.kind, "account": account.name });
    given.output.result(&told, |_| {
        format!(
            "{name} reads {}.\n\nNext:\n  backstory sources sync {name}    reads it at once; `backstory serve` does so by itself\n  backstory sources list          tells how it is",
            account.name
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
