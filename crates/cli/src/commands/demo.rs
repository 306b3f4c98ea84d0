//! `backstory demo`

use std::process::ExitCode;

use anyhow::bail;
use app::ask::Ask;
use app::sample;
use identity::{Learned, Mask, Purpose};
use serde_json::json;
use simulations::replay::{Options, Weightless};
use simulations::report::Texts;
use simulations::run::Order;

use super::{Given, ask, ingest, simulate};
use crate::args;

pub(crate) async fn run(given: &Given, args: &args::Demo) -> anyhow::Result<ExitCode> {
    let folder = &given.places.data;
    let made_here = folder.join("sample").is_dir();
    if !made_here && folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!(
            "the data folder `{}` is not empty; the demo keeps to a folder of its own: `backstory demo --data-dir ./demo`",
            folder.display()
        );
    }
    let say = |line: &str| {
        if !given.output.is_json() {
            given.output.say(line);
        }
    };
    say("SAMPLE DATA: an invented company with invented customers.\n");
    let (workspace, questions) = sample::unpack(&folder.join("sample"))?;
    let app = given.app(given.settings()?).await?;
    let tenant = app.tenant("sample").await?;
    say(&format!("1. Reading {}", workspace.display()));
    let read = ingest::one(given, &app, tenant, &workspace, false).await?;
    say(&ingest::text(&read));

    say("2. The same question for different viewers\n");
    let mut answers = Vec::new();
    for question in &questions {
        say(&format!("   «{}»", question.question));
        for viewer in &question.viewers {
            let asked = Ask {
                text: question.question.clone(),
                person: viewer.person.clone(),
                assurance: viewer.assurance,
                purpose: Purpose::Draft,
                as_of: None,
            };
            let answer = app.ask(tenant, &asked).await?;
            say(&format!("   - {} ({}):", viewer.label, viewer.assurance.name()));
            say(&indent(&ask::text(&answer)));
            answers.push(json!({ "viewer": viewer.label, "answer": answer }));
        }
    }

    say("3. Replaying the conversations as if Backstory had been there\n");
    let order = Order {
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
        },
        out: simulate::reports(given),
        texts: if args.with_text { Texts::Shown } else { Texts::Hidden },
    };
    let (summary, files) = simulate::replay(given, &app, tenant, &order).await?;
    given
        .output
        .result(&json!({ "read": read, "answers": answers, "summary": summary, "files": files }), |_| {
            simulate::text(&summary, &files)
        })?;
    Ok(ExitCode::SUCCESS)
}

fn indent(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("       {line}\n")).collect()
}
