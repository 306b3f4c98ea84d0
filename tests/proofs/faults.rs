//! Conversations that arrive while the program is killed time and again and the outside fails: each ends with one
//! recorded outcome, and nothing is written twice.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::ensure;
use intercom_fake::{Calls, Deliver, Fault};

use crate::backstory::Serving;
use crate::dice::Dice;
use crate::order::{Order, Size};
use crate::town::{Plan, QUESTIONS, Talk, Town};

/// Shares of calls that go wrong, applied one after the other to what is left, so that each kind has a tenth of all:
/// an error of the server, a refusal for too many calls, no answer in time, a connection that closes half-way. Of each
/// kind half or more strike after the work was done, which is the hard case.
const FAULTS: [(f64, Fault); 9] = [
    (0.05, Fault::Status(503)),
    (0.05, Fault::StatusAfter(502)),
    (0.10, Fault::RateLimited),
    (0.05, Fault::Hang),
    (0.05, Fault::HangAfter),
    (0.02, Fault::Drop),
    (0.03, Fault::DropAfter),
    (0.03, Fault::CutAnswer),
    (0.02, Fault::StallAnswer),
];

/// Retries come after a second or two: what is proven is that they come, not how long they wait.
const PLAN: Plan = Plan {
    desks: 10,
    contacts: 50,
    deliver: Deliver::AtOnce,
    window_secs: 1,
    automatic: true,
    server: "workers = 16\npoll_secs = 2",
    live: "retry_first_secs = 1\nretry_longest_secs = 2\nattempts = 200",
    intercom: "timeout_secs = 1",
};

pub(crate) async fn run(order: &Order) -> anyhow::Result<()> {
    let (count, kills) = (order.count(500, 24), order.count(20, 2));
    let plan = Plan { desks: order.count(PLAN.desks, 4), ..PLAN };
    println!("faults: seed {}, {count} conversations, {kills} kills, {} workspaces", order.seed, plan.desks);
    let town = Town::found(order, &plan).await?;
    let serving = town.home.serve().await?;
    if let Err(outcome) = town.fake.subscribe(&town.webhooks).await {
        anyhow::bail!("the address cannot be subscribed: {outcome:?}");
    }
    // As a test it has little time, so less goes wrong.
    fail(&town, order.seed, if order.size == Size::Full { 1.0 } else { 0.4 });

    let began = Instant::now();
    // Conversations arrive for as long as there are kills, which is known only roughly.
    let every = Duration::from_millis(if order.size == Size::Full { 170 } else { 300 });
    let (talks, serving) = tokio::try_join!(
        arrivals(&town, order.seed, (count, every)),
        killer(&town, serving, (order.seed, kills))
    )?;
    println!("all {count} have begun and {kills} kills are done after {} s", began.elapsed().as_secs());
    let settled = settle(&town, &talks, Duration::from_secs(600)).await?;
    println!("settled after {} s{}", began.elapsed().as_secs(), if settled { "" } else { ": not in time" });

    // Whoever catches old notifications and sends them again changes nothing.
    let sent = town.fake.notifications();
    for notification in sent.iter().filter(|one| one.topic.starts_with("conversation.user.")) {
        town.fake.resend(&notification.id);
    }
    town.fake.flush().await;
    let quiet = settle(&town, &talks, Duration::from_secs(120)).await?;

    let dead = town.books.store.dead_jobs().await?;
    serving.stop().await?;
    let tally = town.tally(&talks).await?;
    let struck = town.fake.requests().iter().filter(|request| request.fault.is_some()).count();
    println!("calls {}, of which {struck} went wrong on demand", town.fake.requests().len());
    println!("notifications {}, of which {} never arrived", sent.len(), town.fake.lost().len());
    println!("outcomes {:?}; looks given up {dead}", tally.outcomes);
    let share = tally.written as f64 / tally.conversations.max(1) as f64;
    println!("with a draft or a reply {:.1} %", share * 100.0);
    println!("conversations {}, lost {}, doubled {}", tally.conversations, tally.lost, tally.doubled);

    let declared = BTreeSet::from([
        "answer",
        "hand_off asked_for_human",
        "silent nothing_asked",
        "silent draft_stands",
        // What is written after a wish for a human.
        "silent human_owns",
    ]);
    let other: Vec<&String> = tally.outcomes.keys().filter(|one| !declared.contains(one.as_str())).collect();
    ensure!(other.is_empty(), "outcomes that nothing here is a reason for: {other:?}");
    ensure!(settled && quiet, "it did not come to rest; {}", town.home.log_end()?);
    ensure!(tally.lost == 0 && tally.doubled == 0, "conversations were lost or doubled");
    ensure!(share >= 0.95, "fewer than 95 % end in a draft or a reply");
    ensure!(struck * 10 > town.fake.requests().len(), "hardly anything went wrong, so nothing is proven");
    Ok(())
}

/// Orders the faults of the outside.
fn fail(town: &Town, seed: u64, of_all: f64) {
    let mut left = 1.0;
    for (number, (share, fault)) in FAULTS.into_iter().enumerate() {
        let share = share * of_all;
        town.fake.fail_share(share / left, seed.wrapping_add(number as u64), Calls::any(), fault);
        left -= share;
    }
}

/// Lets conversations begin, one after the other; some notifications get lost, come twice, or come with a second
/// message close behind.
async fn arrivals(town: &Town, seed: u64, (count, every): (usize, Duration)) -> anyhow::Result<Vec<Talk>> {
    let mut dice = Dice::new(seed);
    let mut pace = tokio::time::interval(every);
    let mut talks: Vec<Talk> = Vec::new();
    for number in 0..count {
        pace.tick().await;
        if dice.once_in(10) {
            town.fake.lose_next(1);
        } else if dice.once_in(10) {
            town.fake.duplicate_next(1);
        }
        let text = match number % 50 {
            20 => "Thanks a lot!",
            45 => "I want to talk to a human please",
            _ => *dice.pick::<&str>(&QUESTIONS),
        };
        let desk = number % town.desks.len();
        talks.push(town.begin(desk, number / town.desks.len(), text)?);
        // Some write once more, soon after or when they may have been answered.
        if dice.once_in(8) && number > 10 {
            let earlier = &talks[number - dice.below(10)];
            town.go_on(earlier, dice.pick::<&str>(&QUESTIONS))?;
        }
    }
    Ok(talks)
}

/// Kills the program at moments that look random and starts it again.
async fn killer(town: &Town, mut serving: Serving, (seed, kills): (u64, usize)) -> anyhow::Result<Serving> {
    let mut dice = Dice::new(seed ^ 0x6b69_6c6c);
    for _ in 0..kills {
        let after = 500 + dice.below(5_500) as u64;
        tokio::time::sleep(Duration::from_millis(after)).await;
        serving.kill().await?;
        serving = town.home.serve().await?;
    }
    Ok(serving)
}

/// Waits until every conversation has its outcome and nothing is left to do; not for ever.
async fn settle(town: &Town, talks: &[Talk], within: Duration) -> anyhow::Result<bool> {
    let mut open: Vec<&Talk> = talks.iter().collect();
    let mut pace = tokio::time::interval(Duration::from_millis(500));
    let began = Instant::now();
    while began.elapsed() < within {
        pace.tick().await;
        let mut still = Vec::new();
        for talk in open {
            if town.look(talk).await?.lost {
                still.push(talk);
            }
        }
        open = still;
        if open.is_empty() && town.fake.waiting() == 0 && town.books.store.open_jobs().await? == 0 {
            return Ok(true);
        }
        // Notifications that were not taken are sent again after a minute.
        town.fake.flush().await;
    }
    println!("open: {open:?}");
    Ok(false)
}
