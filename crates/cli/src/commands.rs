//! One module a command.

mod ask;
mod backup;
mod connect;
mod demo;
mod doctor;
mod eval;
mod identity;
mod index;
mod ingest;
mod init;
mod keys;
mod mode;
mod models;
mod serve;
mod simulate;
mod sources;
mod tenants;

use std::io::{BufRead, IsTerminal as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use app::seams::Seams;
use app::{App, Places, Settings, Stop};

use crate::args::{Args, Command};
use crate::output::Output;

/// What every command is given.
pub(crate) struct Given {
    pub(crate) places: Places,
    pub(crate) output: Output,
}

impl Given {
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        Settings::load(&self.places)
    }

    pub(crate) async fn app(&self, settings: Settings) -> anyhow::Result<App> {
        let seams = Seams::live(&settings)?;
        App::build(self.places.clone(), settings, seams).await
    }
}

pub(crate) async fn run(args: Args, output: Output) -> anyhow::Result<ExitCode> {
    let (places, command) = (args.places, args.command);
    let places = Places::resolve(&places.data_dir, places.config.as_deref(), places.cache_dir.as_deref())?;
    let given = Given { places, output };
    match command {
        Command::Demo(args) => demo::run(&given, &args).await,
        Command::Init => init::run(&given).await,
        Command::Ingest(args) => ingest::run(&given, &args).await,
        Command::Serve(args) => serve::run(&given, &args).await,
        Command::Connect(args) => connect::run(&given, &args).await,
        Command::Keys(args) => keys::run(&given, &args).await,
        Command::Mode(args) => mode::run(&given, &args).await,
        Command::Ask(args) => ask::run(&given, &args).await,
        Command::Simulate(args) => simulate::run(&given, &args).await,
        Command::Eval(args) => eval::run(&given, &args).await,
        Command::Sources(args) => sources::run(&given, args).await,
        Command::Identity(args) => identity::run(&given, args).await,
        Command::Tenants(args) => tenants::run(&given, &args).await,
        Command::Index(args) => index::run(&given, &args).await,
        Command::Backup(args) => backup::backup(&given, &args).await,
        Command::Restore(args) => backup::restore(&given, &args).await,
        Command::Models(args) => models::run(&given, args).await,
        Command::Doctor => doctor::run(&given).await,
    }
}

/// Runs work that ends at the next safe place when the person presses Ctrl-C.
pub(crate) async fn interruptible<T>(
    stop: &Stop,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::pin!(work);
    tokio::select! {
        result = &mut work => return result,
        signal = tokio::signal::ctrl_c() => signal.context("Ctrl-C cannot be waited for")?,
    }
    stop.ask();
    // A second Ctrl-C ends at once: nothing that was reported as done is lost by that either.
    tokio::select! {
        result = &mut work => result,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("ended at once; run the same command again to go on"),
    }
}

/// Writes how many of something there are.
pub(crate) fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Has the person type a name before what has it goes for good.
pub(crate) fn confirm(given: &Given, name: &str) -> anyhow::Result<()> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        bail!("nothing was removed, since nobody can be asked; `--yes` does not ask");
    }
    given.output.say(&format!("Type `{name}` to remove it:"));
    typed(name, &mut input.lock())
}

fn typed(name: &str, input: &mut impl BufRead) -> anyhow::Result<()> {
    let mut answer = String::new();
    input.read_line(&mut answer).context("standard input cannot be read")?;
    if answer.trim() != name {
        bail!("nothing was removed, since something else was typed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_name_removes() {
        for answer in ["acme", "acme\n", " acme \r\n"] {
            typed("acme", &mut answer.as_bytes()).unwrap();
        }
        for answer in ["", "\n", "y\n", "yes\n", "Acme\n", "acm\n", "acme globex\n"] {
            let error = typed("acme", &mut answer.as_bytes()).unwrap_err();
            assert!(error.to_string().starts_with("nothing was removed"), "{answer}: {error}");
        }
    }
}
