//! Notifications of eight workspaces at once: how fast each is acknowledged against what the database alone takes,
//! whether any is lost or answered twice, and how fast the drafts follow.
//!
//! Calls go out when they are due, whether or not earlier ones are answered, and their time counts from when they were
//! due: a program that falls behind cannot hide it.

mod floor;
mod notify;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use intercom_fake::Deliver;

use crate::dice::Dice;
use crate::figures::{millis, percentile};
use crate::order::Order;
use crate::town::{Plan, QUESTIONS, Talk, Town};

const PLAN: Plan = Plan {
    desks: 8,
    contacts: 500,
    deliver: Deliver::OnDemand,
    window_secs: 10,
    automatic: false,
    server: "",
    live: "",
    intercom: "",
};

/// How many calls of one kind, and at what pace.
#[derive(Debug, Clone, Copy)]
struct Pace {
    count: usize,
    every: Duration,
}

impl Pace {
    fn per_second(rate: usize, seconds: usize) -> Self {
        Self { count: rate * seconds, every: Duration::from_secs(1) / u32::try_from(rate).unwrap_or(1) }
    }
}

/// How long calls took, shortest first.
#[derive(Debug, Default)]
struct Took(Vec<Duration>);

impl Took {
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort();
        Self(all)
    }

    fn at(&self, share: f64) -> f64 {
        millis(percentile(&self.0, share))
    }

    fn tell(&self, what: &str) {
        println!(
            "{what}: {} calls, p50 {:.2} ms, p99 {:.2} ms, longest {:.2} ms",
            self.0.len(),
            self.at(0.5),
            self.at(0.99),
            self.at(1.0)
        );
    }
}

pub(crate) async fn run(order: &Order) -> anyhow::Result<()> {
    let (rate, seconds) = (order.count(200, 20), order.count(60, 5));
    let pace = Pace::per_second(rate, seconds);
    let floor_pace = Pace::per_second(rate, order.count(15, 2));
    // Each conversation is told of four times, as a busy one is; they take turns.
    let count = pace.count / 4;
    let plan = Plan { desks: order.count(PLAN.desks, 2), contacts: order.count(PLAN.contacts, 20), ..PLAN };
    let town = Town::found(order, &plan).await?;
    let mut dice = Dice::new(order.seed);
    let talks: Vec<Talk> = (0..count)
        .map(|number| {
            town.begin(number % town.desks.len(), number / town.desks.len(), dice.pick::<&str>(&QUESTIONS))
        })
        .collect::<anyhow::Result<_>>()?;
    println!(
        "load: seed {}, {} workspaces, {rate} notifications a second for {seconds} s: {} about {count} conversations, each told of four times",
        order.seed,
        town.desks.len(),
        pace.count,
    );

    let before = floor::measure(&town, ("before", floor_pace)).await?;
    let serving = town.home.serve().await?;
    let began = Instant::now();
    let (acknowledged, refused) = notify::send(&town, pace).await?;
    let during = began.elapsed();
    // What was done while calls came in, and what is left.
    let waiting = town.books.store.open_jobs().await?.saturating_sub(floor_pace.count as u64);
    let drained = drain(&town, floor_pace.count as u64, Duration::from_secs(1_500)).await?;
    let in_all = began.elapsed();
    serving.stop().await?;
    let after = floor::measure(&town, ("after", floor_pace)).await?;

    let floor = Took::of([before.0, after.0].concat());
    floor.tell("floor (the same rows into the same database, without the program)");
    acknowledged.tell("acknowledged");
    println!(
        "ratio to the floor: p50 {:.1}, p99 {:.1}",
        acknowledged.at(0.5) / floor.at(0.5),
        acknowledged.at(0.99) / floor.at(0.99)
    );
    println!("sent at {:.0} a second, refused at first {refused}", pace.count as f64 / during.as_secs_f64());
    println!("{waiting} conversations waited when the last call was answered");
    let tally = town.tally(&talks).await?;
    println!("outcomes {:?}", tally.outcomes);
    println!(
        "drained {} s after the first call: {:.1} drafts a second",
        in_all.as_secs(),
        tally.written as f64 / in_all.as_secs_f64()
    );
    let (busiest, limited) = budget(&town);
    println!(
        "calls of Intercom {}, at most {busiest} in a window of ten seconds of one workspace (allowed 1666), refused for too many {limited}",
        town.fake.requests().len()
    );
    println!(
        "notifications {}, conversations {}, lost {}, doubled {}",
        pace.count, tally.conversations, tally.lost, tally.doubled
    );

    ensure!(drained, "the drafts did not follow in time; {}", town.home.log_end()?);
    ensure!(acknowledged.0.len() == pace.count, "some notifications were never acknowledged");
    ensure!(tally.lost == 0 && tally.doubled == 0, "conversations were lost or doubled");
    ensure!(busiest <= 1_666, "more calls than Intercom allows");
    Ok(())
}

/// Waits until nothing is left to do but what the floor put there; not for ever.
async fn drain(town: &Town, of_the_floor: u64, within: Duration) -> anyhow::Result<bool> {
    let mut pace = tokio::time::interval(Duration::from_millis(250));
    let began = Instant::now();
    while began.elapsed() < within {
        pace.tick().await;
        if town.books.store.open_jobs().await.context("the database answers")? <= of_the_floor {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the most calls that one workspace got in a window, and how many were refused.
fn budget(town: &Town) -> (usize, usize) {
    let requests = town.fake.requests();
    let mut windows = std::collections::BTreeMap::new();
    for request in &requests {
        let of = (request.workspace.clone(), request.at.div_euclid(10));
        *windows.entry(of).or_insert(0_usize) += 1;
    }
    let limited = requests.iter().filter(|request| request.status == Some(429)).count();
    (windows.into_values().max().unwrap_or(0), limited)
}
