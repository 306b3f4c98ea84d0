//! `backstory serve`

use std::process::ExitCode;

use anyhow::Context as _;
use app::{App, Stop};
use serde_json::json;
use server::{Ended, Shared};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Given;
use crate::args::live::{Role, Serve};

pub(crate) async fn run(given: &Given, args: &Serve) -> anyhow::Result<ExitCode> {
    let mut settings = given.settings()?;
    if let Some(listen) = &args.listen {
        settings.server.listen.clone_from(listen);
    }
    // The address first: a taken one is told before anything is opened.
    let listener = match args.role {
        Role::Worker => None,
        Role::Web | Role::All => Some(bind(&settings.server.listen).await?),
    };
    let app = given.app(settings).await?;
    let address = match &listener {
        Some(listener) => Some(listener.local_addr()?.to_string()),
        None => None,
    };
    app.share();
    let accounts = app.open_work().await?.accounts;
    let told = json!({ "listening": address, "role": args.role.name(), "accounts": accounts });
    given.output.result(&told, |_| greeting(&app, address.as_deref(), accounts, args.role))?;

    let (stop, asked) = (Stop::default(), watch::Sender::new(false));
    let signal = async {
        let signal = signal().await;
        given.output.say("stopping: what is under way is finished first; press Ctrl-C again to end at once");
        stop.ask();
        asked.send_replace(true);
        signal
    };
    let work = work(&app, args.role, listener, &stop, asked.subscribe());
    tokio::pin!(work);
    let ended = tokio::select! {
        ended = &mut work => ended,
        signal = signal => {
            signal?;
            tokio::select! {
                ended = &mut work => ended,
                _ = tokio::signal::ctrl_c() => anyhow::bail!("ended at once; what was taken is stored and goes on with the next start"),
            }
        }
    };
    app.store.close().await;
    match ended? {
        Ended::Whole => given.output.say("stopped"),
        Ended::BrokenOff(calls) => given.output.say(&format!("stopped; {calls} calls got no answer")),
    }
    Ok(ExitCode::SUCCESS)
}

async fn bind(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("`{address}` cannot be listened on; choose another with `--listen ADDRESS:PORT`")
    })
}

/// Serves and works until the end is asked for. When one part fails, the others are told to end too.
async fn work(
    app: &App,
    role: Role,
    listener: Option<TcpListener>,
    stop: &Stop,
    asked: watch::Receiver<bool>,
) -> anyhow::Result<Ended> {
    let web = async {
        match listener {
            Some(listener) => server::serve(&Shared::new(app.clone()), listener, asked).await,
            None => Ok(Ended::Whole),
        }
    };
    let working = async {
        if role != Role::Web {
            let workers = app.settings.server.workers;
            let (worked, (), (), (), (), ()) = tokio::join!(
                app.work(workers, stop),
                app.poll(stop),
                app.keep_reading(stop),
                app.keep_to_age(stop),
                app.keep_probing(stop),
                app.keep_index(stop)
            );
            worked?;
        }
        Ok(())
    };
    let (ended, ()) = tokio::try_join!(web, working)?;
    Ok(ended)
}

#[cfg(unix)]
async fn signal() -> anyhow::Result<()> {
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn signal() -> anyhow::Result<()> {
    Ok(tokio::signal::ctrl_c().await?)
}

fn greeting(app: &App, address: Option<&str>, accounts: u64, role: Role) -> String {
    let mut text = match address {
        Some(address) => format!("Listening on http://{address} ({} role).\n", role.name()),
        None => "Working; listening on nothing (worker role).\n".to_owned(),
    };
    let apps = &app.settings.intercom.apps;
    if apps.is_empty() {
        text.push_str(
            "No Intercom app is configured: add one under `[intercom]` in backstory.toml (`backstory init` writes one with comments).\n",
        );
    } else if accounts == 0 {
        text.push_str("No account is connected yet: backstory connect intercom --token-file FILE\n");
    } else {
        text.push_str(&format!("{accounts} connected accounts.\n"));
    }
    for name in apps.keys() {
        text.push_str(&format!("Webhooks of `{name}`: {}\n", app.books().webhook_url(name)));
    }
    text
}
