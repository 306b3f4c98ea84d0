//! What else comes out: the report of a replay, its table, what the server shows, what was logged.

use std::collections::BTreeSet;

use app::Stop;
use identity::{Assurance, Learned, Mask, Purpose};
use simulations::replay::{Options, Saved, Weightless, replay};
use simulations::report::Texts;
use simulations::run::{Order, run};

use super::bench::Bench;
use super::count::Count;
use super::watch::{Watch, logged};

/// Replays the past and looks at every draft, then at the files of a report. Learned answers count as public, which is
/// the most that they can be; nobody has proven anything, so no draft may hold anybody's secret.
pub(super) async fn replayed(
    (bench, watch): (&Bench, &Watch),
    limit: usize,
    count: &mut Count,
) -> anyhow::Result<()> {
    let options = Options {
        mask: Mask::Strict,
        purpose: Purpose::Draft,
        learned: Learned::Public,
        assurance: Assurance::Claimed,
        since: None,
        until: None,
        limit: Some(limit),
        weightless: Weightless::Replayed,
        read: None,
    };
    let (out, stop) = (bench.folder.path().join("report"), Stop::default());
    let mut saved = Saved::open(&out, "drafts")?;
    let replayed = replay(&bench.app, bench.tenant, &options, &mut saved, &|_, _| {}, &stop).await?;
    saved.finish()?;
    let mut drafts = 0;
    for turn in replayed.turns.iter().filter(|turn| turn.mask != Mask::None) {
        drafts += 1;
        let said = watch.find(&turn.question);
        let mut found = watch.find(turn.draft.as_ref().map(|draft| format!("{draft:?}")).unwrap_or_default());
        found.extend(watch.find(format!("{:?}", turn.for_agent)));
        found.retain(|secret| !said.contains(secret));
        count.looked("a replayed draft", 1, &found);
        anyhow::ensure!(turn.leaks.other_person == 0, "the replay itself counts a leak");
    }
    let order =
        Order { name: "proof".to_owned(), is_sample: false, options, out: out.clone(), texts: Texts::Hidden };
    let (_, files) = run(&bench.app, bench.tenant, &order, &|_, _| {}, &stop).await?;
    for file in [&files.html, &files.json, &files.csv] {
        count.looked("a file of the report", 1, &watch.find(std::fs::read(file)?));
    }
    println!("replay: {drafts} drafts and 3 files looked at");
    Ok(())
}

/// Looks at what the server shows: figures, conversations, records of decisions.
pub(super) async fn served((bench, watch): (&Bench, &Watch), count: &mut Count) -> anyhow::Result<()> {
    let mut paths =
        vec!["/metrics".to_owned(), "/api/v1/conversations".to_owned(), "/api/v1/sources".to_owned()];
    for state in bench.app.store.list_live(bench.tenant, 40).await? {
        paths.push(format!("/api/v1/conversations/{}", state.conversation));
    }
    let shown = bench.served(&paths).await?;
    count.looked("what the server shows", paths.len(), &watch.find(shown));
    Ok(())
}

/// Looks at what was logged meanwhile.
pub(super) fn log(count: &mut Count) {
    let (lines, found): (u64, BTreeSet<usize>) = logged();
    count.looked("the log", usize::try_from(lines).unwrap_or(usize::MAX), &found);
    println!("log: {lines} lines looked at");
}
