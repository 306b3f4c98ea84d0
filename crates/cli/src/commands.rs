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

use std::process::ExitCode;

use anyhow::Context as _;
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
