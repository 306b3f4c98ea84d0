//! `backstory identity secret | jwt`

use std::process::ExitCode;

use app::Books;
use app::llm::Secret;
use app::proof::{Enforcement, MessengerSecret, Standing};
use domain::Timestamp;
use serde_json::json;

use crate::args::proof::{Jwt, Secret as SecretArgs};
use crate::commands::Given;
use crate::commands::connect::token;

pub(super) async fn secret(given: &Given, args: &SecretArgs) -> anyhow::Result<ExitCode> {
    let books = Books::open(given.places.clone(), given.settings()?).await?;
    match args {
        SecretArgs::Add(args) => {
            let tenant = books.tenant(&args.by.tenant.tenant).await?;
            let secret =
                Secret::new(token(&args.file, "secret; it is in Intercom's settings, Messenger, Security")?);
            let added = books.add_messenger_secret(tenant, (args.platform, &secret), &args.by.by).await?;
            let told = json!({ "id": added.id, "platform": added.platform });
            given.output.result(&told, |_| {
                format!(
                    "Tokens for {} are signed with {} from now on.\nOnce Intercom takes them, retire the one before: backstory identity secret list",
                    added.platform, added.id
                )
            })?;
        }
        SecretArgs::List(tenant) => {
            let tenant = books.tenant(&tenant.tenant).await?;
            let all = books.list_messenger_secrets(tenant).await?;
            let told: Vec<_> = all
                .iter()
                .map(|one| {
                    json!({
                        "id": one.id, "platform": one.platform, "added_at": one.added_at,
                        "retired_at": one.retired_at, "signs": signs(one, &all),
                    })
                })
                .collect();
            given.output.lines(&told, |_| secrets_text(&all))?;
        }
        SecretArgs::Retire(args) => {
            let tenant = books.tenant(&args.by.tenant.tenant).await?;
            books.retire_messenger_secret(tenant, args.id, &args.by.by).await?;
            given.output.result(&json!({ "retired": args.id }), |_| {
                format!("{} signs no more and is forgotten.", args.id)
            })?;
        }
    }
    books.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Reports whether a secret is the one of its platform that signs: the newest that was not retired.
fn signs(one: &MessengerSecret, all: &[MessengerSecret]) -> bool {
    let newest = all.iter().rev().find(|other| other.platform == one.platform && other.retired_at.is_none());
    newest.is_some_and(|newest| newest.id == one.id)
}

fn secrets_text(all: &[MessengerSecret]) -> String {
    if all.is_empty() {
        return "There is no secret yet: backstory identity secret add --file FILE".to_owned();
    }
    let line = |one: &MessengerSecret| {
        let state = match one.retired_at {
            Some(at) => format!("retired {at}"),
            None if signs(one, all) => "signs".to_owned(),
            None => "kept beside it".to_owned(),
        };
        format!("{}  {:<8} added {}  {state}\n", one.id, one.platform, one.added_at)
    };
    all.iter().map(line).collect()
}

pub(super) async fn jwt(given: &Given, args: &Jwt) -> anyhow::Result<ExitCode> {
    let books = Books::open(given.places.clone(), given.settings()?).await?;
    let tenant = books.tenant(match args {
        Jwt::Declare(args) => &args.by.tenant.tenant,
        Jwt::Renew(by) | Jwt::Withdraw(by) => &by.tenant.tenant,
        Jwt::Show(tenant) => &tenant.tenant,
    });
    let tenant = tenant.await?;
    match args {
        Jwt::Declare(args) => books.declare_enforcement(tenant, args.since, &args.by.by).await?,
        Jwt::Renew(by) => books.renew_enforcement(tenant, &by.by).await?,
        Jwt::Withdraw(by) => books.withdraw_enforcement(tenant, &by.by).await?,
        Jwt::Show(_) => {}
    }
    let (known, standing) = books.enforcement(tenant).await?;
    let told = json!({
        "since": known.and_then(|known| known.since),
        "affirmed_at": known.map(|known| known.affirmed_at),
        "last_refused": known.and_then(|known| known.last_refused),
        "last_accepted": known.and_then(|known| known.last_accepted),
        "probed_at": known.and_then(|known| known.probed_at),
        "now": standing,
    });
    given.output.result(&told, |_| standing_text(known, standing))?;
    books.store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn standing_text(known: Option<Enforcement>, standing: Standing) -> String {
    let mut text = match standing {
        Standing::Undeclared => {
            "Nothing is declared, so nobody is verified by a session.\nOnce whoever is not signed is refused on all your platforms: backstory identity jwt declare --since DATE\n".to_owned()
        }
        Standing::Counts { until } => format!(
            "Whoever is not signed is refused: that counts until {until}.\nBefore then, look again and run: backstory identity jwt renew\n"
        ),
        Standing::Lapsed { since } => format!(
            "The declaration lapsed at {since}: nobody new is verified by a session.\nLook whether it still holds, then run: backstory identity jwt renew\n"
        ),
        Standing::Void { since } => format!(
            "A session without a signature gets in, as a probe found at {since}: nobody is verified by a session.\nSwitch enforcement on in Intercom, then run: backstory identity jwt renew\n"
        ),
    };
    if let Some(known) = known {
        let at = |at: Option<Timestamp>| at.map_or("never".to_owned(), |at| at.to_string());
        for (what, when) in [
            ("declared since", known.since),
            ("a person last said so", Some(known.affirmed_at)),
            ("a probe was last refused", known.last_refused),
            ("a probe last got through", known.last_accepted),
            ("last probed", known.probed_at),
        ] {
            text.push_str(&format!("  {what:<26}{}\n", at(when)));
        }
    }
    text
}
