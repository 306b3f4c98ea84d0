//! The longest delay, with a clock that is moved: a right is taken away right after the last look at rights.

use std::time::Duration;

use anyhow::ensure;

use crate::outside::drive::Drive;
use crate::outside::wiki::Wiki;
use crate::outside::{Bench, Outside, Viewer};

/// The time between two rounds.
const INTERVAL: Duration = Duration::from_secs(600);

pub(super) async fn run() -> anyhow::Result<()> {
    let (wiki, drive) = (Wiki::grow(30, 50).await?, Drive::grow(30, 3, 50).await?);
    let all: [&dyn Outside; 2] = [&wiki, &drive];
    for outside in all {
        let alone = [outside];
        let bench = Bench::new().await?;
        let id = outside.right(true);
        // Some rounds, and one right at the look at rights.
        for _ in 0..2 {
            bench.round(&*outside.source(bench.now())?, false).await?;
            bench.advance(&alone, outside.rarely());
        }
        bench.round(&*outside.source(bench.now())?, false).await?;
        ensure!(bench.seen(Viewer::Customer).await?.contains_key(&id), "`{id}` is for customers at first");
        bench.advance(&alone, Duration::from_secs(1));
        ensure!(outside.right(false) == id, "the right to `{id}` is taken");
        let taken = bench.now().millis();
        let (limit, step) = (outside.rarely().as_millis() as i64, INTERVAL.as_millis() as i64);
        let mut longest = 0;
        loop {
            bench.advance(&alone, INTERVAL);
            let began = bench.now().millis() - taken;
            bench.round(&*outside.source(bench.now())?, false).await?;
            if !bench.seen(Viewer::Customer).await?.contains_key(&id) {
                break;
            }
            longest = began;
            ensure!(began < limit, "`{id}` is found after a round that had to see that it was taken away");
        }
        let name = outside.name();
        ensure!(longest > 0, "{name}: the right was seen at once, so its limit is not what is tested");
        println!(
            "{name}: a right was answered with for {} min after it was taken away, and not by the round after {} min; at the longest {} min and a round",
            longest / 60_000,
            (longest + step) / 60_000,
            (limit + step) / 60_000
        );
        outside.right(true);
    }
    Ok(())
}
