//! A wiki and a drive of 5,000 documents each, read in the same way as ever, and a day of changes: in the end index and
//! store equal the outside exactly, and the calls are counted against the fewest that do.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use domain::SourceId;

use crate::dice::Dice;
use crate::order::Order;
use crate::outside::drive::Drive;
use crate::outside::watched::Watched;
use crate::outside::wiki::Wiki;
use crate::outside::{Bench, Least, Outside, Truth, check};

/// Of a hundred documents so many are written anew, and so many changed in any other way.
const PERCENT: usize = 2;

pub(crate) async fn run(order: &Order) -> anyhow::Result<()> {
    let (size, rounds) = (order.count(5_000, 250), order.count(24, 4));
    println!("sources: seed {}, {size} documents on each side, a day in {rounds} rounds", order.seed);
    let mut dice = Dice::new(order.seed);
    let bench = Bench::new().await?;
    let wiki = Wiki::grow(size, 250).await?;
    let drive = Drive::grow(size, size.div_ceil(50), 50).await?;
    let all: [&dyn Outside; 2] = [&wiki, &drive];
    for outside in all {
        let began = Instant::now();
        let source = outside.source(bench.now())?;
        source.check().await?;
        outside.take_calls();
        bench.round(&*source, false).await?;
        let (calls, Least { first, listing, .. }) = (outside.take_calls(), outside.least());
        let stored = bench.stored(outside).await?.context("it was read")?;
        println!(
            "{}: first round {calls} calls, at least {} (everything {first}, what is there once more {listing}); {} documents in {} s",
            outside.name(),
            first + listing,
            bench.held(stored).await?.len(),
            began.elapsed().as_secs()
        );
    }
    compare(&bench, &all).await?;
    for outside in all {
        outside.take_calls();
    }

    let (mut calls, mut records, mut texts) = ([0; 2], [0; 2], [0; 2]);
    let changes = size * PERCENT / 100 / rounds + 1;
    let began = Instant::now();
    for _ in 0..rounds {
        bench.advance(&all, Duration::from_secs(86_400) / rounds as u32);
        for (number, outside) in all.into_iter().enumerate() {
            let before = outside.truth();
            for _ in 0..changes {
                outside.edit(&mut dice);
                outside.change(&mut dice);
            }
            let after = outside.truth();
            let changed = after.iter().filter(|(id, doc)| before.get(*id) != Some(doc)).count();
            let watched = Watched::new(outside.source(bench.now())?, false, &|| {});
            let summary = bench.round(&watched, true).await?;
            ensure!(!watched.has_unseen(), "a part could not be looked into: {:?}", summary.problems);
            calls[number] += outside.take_calls();
            records[number] += watched.records();
            texts[number] += changed.div_ceil(outside.least().texts_at_once);
        }
    }
    for (number, outside) in all.into_iter().enumerate() {
        let Least { listing, round, .. } = outside.least();
        let least = texts[number] + rounds * (listing + round);
        println!(
            "{}: the day {} calls, at least {least} (texts {}, and in each round {round} and what is there {listing}); {} records",
            outside.name(),
            calls[number],
            texts[number],
            records[number]
        );
        ensure!(calls[number] <= least * 5, "{}: far more calls than needed", outside.name());
    }
    println!("the day took {} s", began.elapsed().as_secs());
    let (documents, chunks) = compare(&bench, &all).await?;
    println!("documents {documents}, chunks {chunks}, differences 0");
    Ok(())
}

async fn compare(bench: &Bench, all: &[&dyn Outside]) -> anyhow::Result<(usize, usize)> {
    let mut truths: Vec<(SourceId, Truth)> = Vec::new();
    for outside in all {
        truths.push((bench.stored(*outside).await?.context("it was read")?, outside.truth()));
    }
    check::equal(bench, &truths).await
}
