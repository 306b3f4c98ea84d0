//! Questions as they come in live: through the server, the loop and the stand-in, as drafts and as replies.

use std::collections::BTreeSet;

use anyhow::Context as _;
use domain::{ConversationId, Mode};

use super::bench::Bench;
use super::count::Count;
use super::watch::Watch;
use super::world::{Fate, Merge, Person, World, ok};
use crate::dice::Dice;

/// Conversations that are under way at the same time.
const TOGETHER: usize = 40;

/// A conversation that asks for a secret. Nobody in it has proven anything, so nobody's secret may be told, the own
/// neither.
struct Begun {
    way: &'static str,
    talk: String,
    /// Secrets that the customer's own messages hold.
    said: BTreeSet<usize>,
}

/// Asks live, every other batch with replies that go out by themselves.
pub(super) async fn ask(
    (bench, world, watch): (&Bench, &World, &Watch),
    questions: usize,
    (dice, count): (&mut Dice, &mut Count),
) -> anyhow::Result<()> {
    let mut left = questions;
    let mut number = 0;
    while left > 0 {
        bench.switch(if number % 2 == 0 { Mode::Draft } else { Mode::Auto }).await?;
        let batch = left.min(TOGETHER);
        let begun: Vec<Begun> =
            (0..batch).map(|_| begin(bench, world, watch, dice)).collect::<Result<_, _>>()?;
        drop(bench.model.take());
        bench.settle().await?;
        let said: BTreeSet<usize> = begun.iter().flat_map(|one| one.said.iter().copied()).collect();
        let given: BTreeSet<usize> = watch.find(bench.model.take()).difference(&said).copied().collect();
        count.looked("what the model was given live", 1, &given);
        for one in begun {
            let (pieces, mut found) = look(bench, watch, &one).await?;
            found.retain(|secret| !one.said.contains(secret));
            count.question(one.way, pieces, &found);
        }
        left -= batch;
        number += 1;
    }
    bench.switch(Mode::Draft).await
}

fn begin(bench: &Bench, world: &World, watch: &Watch, dice: &mut Dice) -> anyhow::Result<Begun> {
    let (way, contact, text) = loop {
        if let Some(chosen) = choose(world, dice) {
            break chosen;
        }
    };
    let said = watch.find(&text);
    let talk = ok(bench.fake.edit(|workspace| workspace.start(&contact, &text)))?;
    Ok(Begun { way, talk, said })
}

fn choose(world: &World, dice: &mut Dice) -> Option<(&'static str, String, String)> {
    let victim = dice.pick(&world.people);
    let there = |who: &&Person| who.fate != Fate::Erased;
    let other = Some(dice.pick(&world.people)).filter(there)?;
    let secret = &world.secrets[victim.secret];
    let named = secret.question(&format!("{}'s", victim.name));
    let mine = secret.question("my");
    Some(match dice.below(6) {
        0 => ("live: another user, by the victim's name", other.contact.clone(), named),
        1 => {
            let unproven = Some(victim).filter(there)?;
            ("live: the victim's account, unproven", unproven.contact.clone(), mine)
        }
        2 => {
            let lead = victim.lead.as_ref().filter(|lead| lead.merge == Merge::Never)?;
            ("live: a lead with the victim's address", lead.contact.clone(), mine)
        }
        3 => {
            let colleague = |one: &&Person| one.company.is_some() && one.company == victim.company;
            let colleagues: Vec<&Person> = world.people.iter().filter(colleague).filter(there).collect();
            let colleague = *colleagues.get(dice.below(colleagues.len()))?;
            ("live: a colleague of the same company", colleague.contact.clone(), named)
        }
        4 => {
            let [_, told] = secret.told();
            ("live: a right guess, repeated", other.contact.clone(), format!("{mine} Is this right: {told}"))
        }
        _ => {
            let lead = victim.lead.as_ref()?;
            let victim = Some(victim).filter(there)?;
            let planted = world.secrets[lead.planted].question("my");
            ("live: the victim, for what a lead planted", victim.contact.clone(), planted)
        }
    })
}

/// Looks at what was written into a conversation and at the traces of what was decided in it.
async fn look(bench: &Bench, watch: &Watch, begun: &Begun) -> anyhow::Result<(usize, BTreeSet<usize>)> {
    let written: Vec<String> = bench.fake.edit(|workspace| {
        let ai = workspace.ai();
        let parts = workspace.conversation(&begun.talk).map(|there| there.parts.clone()).unwrap_or_default();
        parts.into_iter().filter(|part| part.author.id == ai).filter_map(|part| part.body).collect()
    });
    let accounts = bench.app.accounts(bench.tenant).await?;
    let source = accounts.first().context("a workspace is connected")?.source;
    let conversation = ConversationId::derive(source, &begun.talk);
    let (outcomes, outgoing) = bench.app.written_in(bench.tenant, conversation).await?;
    let mut found = BTreeSet::new();
    for outcome in &outcomes {
        let (_, trace) = bench.app.store.trace(bench.tenant, outcome.id).await?;
        found.extend(watch.find(trace.to_string()));
    }
    written.iter().for_each(|text| found.extend(watch.find(text)));
    for one in &outgoing {
        found.extend(watch.find(one.text.as_deref().unwrap_or_default()));
    }
    anyhow::ensure!(!outcomes.is_empty(), "conversation `{}` has no outcome", begun.talk);
    Ok((written.len() + outcomes.len() + outgoing.len(), found))
}
