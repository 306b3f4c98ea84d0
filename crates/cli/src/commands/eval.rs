//! `backstory eval`

use std::process::ExitCode;

use anyhow::Context as _;
use app::seams::Seams;
use app::{Progress, Stop, corpus};
use simulations::eval::{self, Measured};

use super::{Given, interruptible};
use crate::args;
use crate::progress::Bar;

pub(crate) async fn run(given: &Given, args: &args::Eval) -> anyhow::Result<ExitCode> {
    let settings = given.settings()?;
    let questions = eval::read_questions(&args.questions, &args.as_of_field)?;
    let stop = Stop::default();
    let bar = Bar::start(given.output, "reading the corpus", None);
    let progress = |progress: Progress| {
        if let Progress::Read { items } = progress {
            bar.at(items);
        }
    };
    let opening =
        corpus::open(&given.places, &settings, Seams::real(), &args.corpus, &progress, stop.clone());
    let opened = interruptible(&stop, opening).await;
    bar.end();
    let (app, tenant) = opened?;
    let bar = Bar::start(given.output, "asking", Some(questions.len() as u64));
    let mut run = args.run.as_ref().map(|_| String::new());
    let asking = |done: u64| bar.at(done);
    let measuring = eval::measure(&app, tenant, &questions, run.as_mut(), &asking, &stop);
    let measured = interruptible(&stop, measuring).await;
    bar.end();
    let measured = measured?;
    if let (Some(path), Some(run)) = (&args.run, run) {
        tokio::fs::write(path, run)
            .await
            .with_context(|| format!("`{}` cannot be written", path.display()))?;
    }
    given.output.result(&measured, text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(measured: &Measured) -> String {
    let show = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    let rows = [
        ("hit@1", show(measured.hit_1)),
        ("hit@5", show(measured.hit_5)),
        ("recall@1", show(measured.recall_1)),
        ("recall@5", show(measured.recall_5)),
        ("recall@10", show(measured.recall_10)),
        ("mrr@10", show(measured.mrr_10)),
        ("ndcg@10", show(measured.ndcg_10)),
        ("answered_share", show(Some(measured.answered_share))),
        ("right_among_answered", show(measured.right_among_answered)),
        ("auroc_answerable", show(measured.auroc_answerable)),
        ("seconds", format!("{:.1}", measured.seconds)),
    ];
    let mut text = format!("{:<22}{}\n", "questions", measured.questions);
    for (name, value) in rows {
        text.push_str(&format!("{name:<22}{value}\n"));
    }
    text
}
