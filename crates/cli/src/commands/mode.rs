//! `backstory mode`

use std::process::ExitCode;

use app::Books;
use app::modes::{Decided, Modes};
use domain::Mode;
use serde_json::json;

use super::Given;
use crate::args::live::ModeCommand;

pub(crate) async fn run(given: &Given, args: &ModeCommand) -> anyhow::Result<ExitCode> {
    let books = Books::open(given.places.clone(), given.settings()?).await?;
    let tenant = books.tenant(&args.tenant().tenant).await?;
    match args {
        ModeCommand::List(_) => given.output.result(&books.modes(tenant).await?, text)?,
        ModeCommand::Set(args) => {
            let mode = Mode::from(args.mode);
            let number = books.set_mode(tenant, &args.topic, mode, &args.by.by).await?;
            let waits = mode == Mode::Auto;
            given.output.result(&json!({ "number": number, "waits": waits }), |_| match waits {
                true => format!(
                    "Decision {number}: {} is to be answered without an agent. It counts once somebody else confirms it: backstory mode confirm {number} --by NAME",
                    named(&args.topic)
                ),
                false => format!("Decision {number}: the mode of {} is `{}` from now on.", named(&args.topic), mode.name()),
            })?;
        }
        ModeCommand::Confirm(args) => {
            books.confirm_mode(tenant, args.number, &args.by.by).await?;
            given.output.result(&json!({ "confirmed": args.number }), |_| {
                format!("Decision {} counts from now on.", args.number)
            })?;
        }
    }
    books.store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn named(topic: &str) -> String {
    if topic.is_empty() { "everything else".to_owned() } else { format!("`{topic}`") }
}

fn text(modes: &Modes) -> String {
    let mut text = String::new();
    for one in &modes.modes {
        text.push_str(&format!("{:<6} {}\n", one.mode.name(), named(&one.topic)));
    }
    let waiting = |one: &&Decided| one.waits;
    for one in modes.decisions.iter().filter(waiting) {
        text.push_str(&format!(
            "decision {} by {} waits for a second person: {} for {}\n",
            one.number,
            one.by,
            one.mode.name(),
            named(&one.topic)
        ));
    }
    text
}
