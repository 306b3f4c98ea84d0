//! `backstory connect`

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use app::Books;
use app::install::Connected;

use super::Given;
use crate::args::live::{Connect, ConnectIntercom};

pub(crate) async fn run(given: &Given, args: &Connect) -> anyhow::Result<ExitCode> {
    match args {
        Connect::Intercom(args) => intercom(given, args).await,
    }
}

async fn intercom(given: &Given, args: &ConnectIntercom) -> anyhow::Result<ExitCode> {
    let settings = given.settings()?;
    let app = match &args.app {
        Some(app) => app.clone(),
        None => only(settings.intercom.apps.keys())?,
    };
    settings.intercom.app(&app)?;
    let token = token(&args.token_file, "token; it is in the Developer Hub under Authentication")?;
    let books = Books::open(given.places.clone(), settings).await?;
    let tenant = books.tenant(&args.tenant.tenant).await?;
    let connected = books.connect_intercom(tenant, &app, &token, args.teammate.as_deref()).await?;
    books.store.close().await;
    given.output.result(&connected, text)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the one app that is configured.
fn only<'a>(mut names: impl Iterator<Item = &'a String>) -> anyhow::Result<String> {
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name.clone()),
        (None, _) => bail!(
            "no Intercom app is configured; add `apps.own = {{ client_id = \"…\", client_secret = \"…\" }}` under `[intercom]` in the configuration"
        ),
        (Some(_), Some(_)) => bail!("several Intercom apps are configured; name one with `--app`"),
    }
}

/// Reads a token or another secret from a file, or from standard input for `-`. On the command line everybody on the machine
/// could read it.
pub(super) fn token(file: &Path, what: &str) -> anyhow::Result<String> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
        text
    } else {
        std::fs::read_to_string(file)
            .with_context(|| format!("the file `{}` cannot be read", file.display()))?
    };
    match text.trim() {
        "" => bail!("`{}` holds no {what}", file.display()),
        token => Ok(token.to_owned()),
    }
}

fn text(connected: &Connected) -> String {
    let Connected { workspace, name, region, timezone, teammate, identity_verification, webhook_url } =
        connected;
    let proof = match identity_verification {
        Some(true) => "Messenger users must prove who they are",
        Some(false) => {
            "Messenger users need not prove who they are: switch that on, or nobody counts as proven"
        }
        None => "Intercom does not say whether Messenger users must prove who they are",
    };
    format!(
        "Connected {name} ({workspace}), hosted in {region}{}.\n{proof}.\nWrites as teammate {teammate}; give it a name that says it is an AI.\n\nNext:\n  enter {webhook_url} for webhooks in the Developer Hub\n  backstory ingest --intercom    reads articles, people and past conversations\n  backstory serve                answers; it reads what is new by itself",
        timezone.as_ref().map(|zone| format!(", time zone {zone}")).unwrap_or_default(),
    )
}
