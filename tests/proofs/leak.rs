//! A thousand people, each with a secret, and ten thousand questions on behalf of somebody else: none gets an answer
//! that holds one.
//!
//! The zero means something because two more things are shown: an owner who has proven who it is gets the own secret
//! (the positive control), and with the filters switched off secrets do turn up (the mutation).

mod ask;
mod bench;
mod count;
mod live;
mod outputs;
mod secret;
mod watch;
mod world;

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::ensure;

use self::ask::Asked;
use self::bench::Bench;
use self::count::Count;
use self::watch::{Watch, watch_log};
use self::world::{Fate, Merge, World, ok};
use crate::dice::Dice;
use crate::order::Order;

/// The least share of owners who get their own secret.
const CONTROL: f64 = 0.95;

pub(crate) async fn run(order: &Order) -> anyhow::Result<()> {
    let (people, questions) = (order.count(1_000, 60), order.count(10_000, 400));
    println!("leak: seed {}, {people} people, {questions} questions", order.seed);
    let began = Instant::now();
    let mut dice = Dice::new(order.seed);
    let bench = Bench::new().await?;
    let mut world = bench.fake.edit(|workspace| World::make(workspace, people, &mut dice))?;
    let watch = Watch::over(&world.secrets)?;
    watch_log(&watch);
    bench.read_in().await?;
    println!("{} secrets are planted and read in after {} s", world.secrets.len(), began.elapsed().as_secs());

    let mut count = Count::default();
    take_away(&bench, &mut world).await?;
    let mid_merge = merge_while_asked((&bench, &world, &watch), &mut count).await?;
    let (owners, evidence, reply) = control((&bench, &world, &watch)).await;
    let lively = questions / 5;
    for _ in 0..questions.saturating_sub(lively + mid_merge) {
        ask::draw(&world, &mut dice).put_and_count(&bench, &watch, &mut count).await;
    }
    live::ask((&bench, &world, &watch), lively, (&mut dice, &mut count)).await?;
    outputs::replayed((&bench, &watch), order.count(200, 30), &mut count).await?;
    outputs::served((&bench, &watch), &mut count).await?;
    outputs::log(&mut count);
    count.tell();
    println!("{} s in all", began.elapsed().as_secs());

    let share = |part: usize| part as f64 / owners.max(1) as f64;
    println!(
        "positive control: of {owners} verified owners {:.1} % find the own secret, {:.1} % in the reply itself",
        share(evidence) * 100.0,
        share(reply) * 100.0
    );
    let [index_off, both_off] = mutation((&bench, &world, &watch), order.count(300, 60), &mut dice).await;
    println!(
        "mutation: filter of the index off {index_off} leaks, check on loading off too {both_off} leaks"
    );
    println!("questions {}, pieces checked {}, leaks {}", count.questions, count.pieces, count.leaks);

    ensure!(count.leaks == 0, "somebody's secret reached somebody else");
    ensure!(share(evidence) >= CONTROL, "too few owners get their own secret, so the zero means nothing");
    ensure!(index_off == 0, "the check on loading does not hold alone");
    ensure!(both_off > 0, "with the filters off nothing leaks, so the zero means nothing");
    Ok(())
}

/// Redacts, deletes and erases what fate has in store.
async fn take_away(bench: &Bench, world: &mut World) -> anyhow::Result<()> {
    for person in &mut world.people {
        let needle = &world.secrets[person.secret].needle;
        match person.fate {
            Fate::Stays => continue,
            Fate::Redacted => {
                bench.fake.edit(|workspace| {
                    let Some(talk) = workspace.conversation(&person.talk).cloned() else { return Ok(()) };
                    let source = (talk.source.id, Some(talk.source.body));
                    let parts = talk.parts.into_iter().map(|part| (part.id, part.body));
                    let holds =
                        |body: &Option<String>| body.as_ref().is_some_and(|body| body.contains(needle));
                    for (id, _) in parts.chain([source]).filter(|(_, body)| holds(body)) {
                        ok(workspace.redact(&person.talk, &id))?;
                    }
                    anyhow::Ok(())
                })?;
            }
            Fate::Deleted => ok(bench.fake.edit(|workspace| workspace.delete_conversation(&person.talk)))?,
            Fate::Erased => {
                bench.app.erase(bench.tenant, &format!("user_id:{}", person.user_id), "anna").await?;
            }
        }
        person.knows.remove(&person.secret);
    }
    bench.settle().await
}

/// Merges leads into the users whose addresses they typed while questions are being answered on behalf of both; half
/// of the merges are undone afterwards. Returns how many questions that were.
async fn merge_while_asked(
    (bench, world, watch): (&Bench, &World, &Watch),
    count: &mut Count,
) -> anyhow::Result<usize> {
    let before = count.questions;
    let mut number = 0;
    for person in world.people.iter().filter(|person| person.fate != Fate::Erased) {
        let Some(lead) = person.lead.as_ref().filter(|lead| lead.merge == Merge::WhileAsked) else {
            continue;
        };
        let by_lead = Asked::by_lead(world, person, lead);
        let for_planted = Asked::for_planted(world, person, lead);
        let known: BTreeSet<_> =
            bench.app.store.ledger(bench.tenant).await?.into_iter().map(|entry| entry.id).collect();
        ok(bench.fake.edit(|workspace| workspace.merge(&lead.contact, &person.contact)))?;
        drop(bench.model.take());
        let (_, first, second) = tokio::join!(bench.fake.flush(), by_lead.put(bench), for_planted.put(bench));
        by_lead.count(bench, watch, &first, count);
        for_planted.count(bench, watch, &second, count);
        for asked in [&by_lead, &for_planted] {
            asked.put_and_count(bench, watch, count).await;
        }
        let ledger = bench.app.store.ledger(bench.tenant).await?;
        let new = ledger.iter().find(|entry| !known.contains(&entry.id));
        ensure!(new.is_some(), "a merge in the workspace is no entry of the ledger");
        if number % 2 == 0
            && let Some(entry) = new
        {
            bench.app.register(bench.tenant, "anna").unmerge(&entry.id.to_string(), "two people").await?;
            by_lead.put_and_count(bench, watch, count).await;
        }
        number += 1;
    }
    bench.settle().await?;
    Ok(count.questions - before)
}

/// Lets verified owners ask for their own secrets; returns how many there are, how many find it, and how many get it
/// in the reply.
async fn control((bench, world, watch): (&Bench, &World, &Watch)) -> (usize, usize, usize) {
    let (mut owners, mut found, mut replied) = (0, 0, 0);
    for owner in world.people.iter().filter(|person| person.fate == Fate::Stays) {
        owners += 1;
        let Ok(answer) = Asked::by_owner(world, owner).put(bench).await else { continue };
        found += usize::from(ask::look(watch, &answer).1.contains(&owner.secret));
        let reply = answer.response.decision.draft.map(|draft| draft.text()).unwrap_or_default();
        replied += usize::from(watch.find(reply).contains(&owner.secret));
    }
    (owners, found, replied)
}

/// Asks with the filter of the index off, and with the check on loading off too; returns the leaks of both.
async fn mutation(
    (bench, world, watch): (&Bench, &World, &Watch),
    questions: usize,
    dice: &mut Dice,
) -> [usize; 2] {
    let mut leaks = [0; 2];
    bench.app.index.leak_everything_to_everybody(true);
    for (number, leaks) in leaks.iter_mut().enumerate() {
        bench.app.store.load_everything_for_everybody(number == 1);
        let mut count = Count::default();
        for _ in 0..questions {
            ask::draw(world, dice).put_and_count(bench, watch, &mut count).await;
        }
        *leaks = count.leaks;
    }
    bench.app.store.load_everything_for_everybody(false);
    bench.app.index.leak_everything_to_everybody(false);
    leaks
}
