//! `backstory demo`

mod answers;
mod columns;
mod live;

use std::process::ExitCode;

use anyhow::bail;
use app::App;
use app::sample::{self, RECORDED};
use identity::{Learned, Mask, Purpose};
use serde_json::json;
use simulations::replay::{Options, Weightless};
use simulations::report::Texts;
use simulations::run::Order;

use super::{Given, ingest, simulate};
use crate::args;
use live::Stage;

const LIVE: &str = "Live: customers write, webhooks come in, a note appears beside each conversation\n   (a stand-in for Intercom on this machine; hours pass in a second)\n";

pub(crate) async fn run(given: &Given, args: &args::Demo) -> anyhow::Result<ExitCode> {
    let folder = &given.places.data;
    let made_here = folder.join("sample").is_dir();
    if !made_here && folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!(
            "the data folder `{}` is not empty; the demo keeps to a folder of its own: `backstory demo --data-dir ./demo`",
            folder.display()
        );
    }
    say(given, "SAMPLE DATA: an invented company with invented customers.\n");
    let (workspace, questions) = sample::unpack(&folder.join("sample"))?;
    let stage = Stage::start().await?;
    let mut settings = given.settings()?;
    let seams = stage.seams(&mut settings)?;
    let app = App::build(given.places.clone(), settings, seams).await?;
    if args.live {
        say(given, LIVE);
        let scenes = stage.play(given, &app, &workspace.join("articles")).await?;
        given.output.result(&json!({ "live": scenes }), |_| String::new())?;
        return Ok(ExitCode::SUCCESS);
    }

    let tenant = app.tenant("sample").await?;
    say(given, &format!("1. Reading {}", workspace.display()));
    let read = ingest::one(given, &app, tenant, &workspace, false).await?;
    say(given, &ingest::text(&read));
    say(
        given,
        &format!(
            "2. The same question for different viewers: extractive on the left,\n   {RECORDED} on the right\n"
        ),
    );
    let answered = answers::show(given, &app, tenant, &questions).await?;
    say(
        given,
        &format!(
            "   The same as a page, with the passages behind each sentence: {}\n",
            answered.page.display()
        ),
    );
    say(given, &format!("3. {LIVE}"));
    let scenes = stage.play(given, &app, &workspace.join("articles")).await?;
    say(given, "4. Replaying the conversations as if Backstory had been there\n");
    let order = order(given, args);
    let (summary, files) = simulate::replay(given, &app, tenant, &order).await?;
    let told = json!({ "read": read, "answers": answered.answers, "answers_page": answered.page, "live": scenes, "summary": summary, "files": files });
    given.output.result(&told, |_| simulate::text(&summary, &files))?;
    Ok(ExitCode::SUCCESS)
}

fn order(given: &Given, args: &args::Demo) -> Order {
    Order {
        name: "Sample workspace".to_owned(),
        is_sample: true,
        options: Options {
            mask: Mask::Strict,
            purpose: Purpose::Draft,
            learned: Learned::Public,
            assurance: identity::Assurance::Claimed,
            since: None,
            until: None,
            limit: None,
            weightless: Weightless::Replayed,
            read: None,
        },
        out: simulate::reports(given),
        texts: if args.with_text { Texts::Shown } else { Texts::Hidden },
    }
}

/// Tells a person something; whoever asked for JSON gets it at the end.
fn say(given: &Given, line: &str) {
    if !given.output.is_json() {
        given.output.say(line);
    }
}

fn indent(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("       {line}\n")).collect()
}
