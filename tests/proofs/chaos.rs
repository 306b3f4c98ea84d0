//! A wiki and a drive that change and go wrong at random while they are read, round after round: nothing that is there
//! and readable is deleted, nobody finds what was taken from them, and in the end everything equals the outside.
//!
//! **Wrong deletion**: a document that was stored before a round, was chosen and readable at its beginning and at its
//! end, and is not stored any more, or is found by nobody any more who found it before.
//!
//! **Stale answer**: a document that somebody's search finds although the right to see it was taken away before the
//! last round that had to see it. A round has to see what has left altogether (deleted, in the trash, moved away,
//! hidden) when it began afterwards, and it has to see a narrower audience when it began later than
//!
//! > the change, plus `sweep_every` (Confluence), or plus `recheck` where Google tells of the change in no log
//!
//! (members of a shared drive; other changes at Google are told and have no such wait), when it came to its end, and
//! when no part was hidden from it. So a right that was taken away is answered with no longer than
//!
//! > `sweep_every` or `recheck` + the time between two rounds + how long a round takes
//!
//! as long as rounds come to their end. What is not there at all, a whole space or drive that is hidden too, has to be
//! seen also by a round that could not see everything or stops to ask a person: it looks for what is not listed by its
//! own id. What lengthens the delay: a round that broke off and is gone on with counts from when it was begun, and a
//! clock of ours that was wrong counts with its fault. `limit` moves a clock through the longest delay.

mod books;
mod limit;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use domain::{SourceId, Timestamp};
use store::PageWrite;

use self::books::Books;
use crate::dice::Dice;
use crate::order::Order;
use crate::outside::drive::Drive;
use crate::outside::watched::Watched;
use crate::outside::wiki::Wiki;
use crate::outside::{Bench, Outside, Truth, Viewer, check, lock};

/// By how much our clock may be wrong.
const SKEW: Duration = Duration::from_secs(300);
/// The least and the most time between two rounds, in seconds; more than the skew, so that our clock is never set
/// back.
const PAUSE: (usize, usize) = (660, 1_500);
/// Milliseconds.
const DAY: i64 = 86_400_000;
/// How many cursors are kept to be put back.
const CURSORS: usize = 12;

/// What happened, for the figures.
#[derive(Debug, Default)]
struct Count {
    rounds: usize,
    whole: usize,
    failed: usize,
    killed: usize,
    unseen: usize,
    allowed: usize,
    put_back: usize,
    taken_away: usize,
    /// Times that something was not there while the round could not see everything.
    looked_for: usize,
    wrong_deletions: usize,
    stale_answers: usize,
    troubles: BTreeMap<&'static str, usize>,
    failures: BTreeMap<String, usize>,
}

/// One of the systems, and what is known of its reading.
struct Side<'a> {
    outside: &'a dyn Outside,
    source: SourceId,
    books: Books,
    /// How many more steps its trouble lasts.
    trouble: usize,
    cursors: Vec<String>,
    /// The trouble that began last, and how the last try ended.
    last: (&'static str, String),
}

/// How a try ended.
#[derive(Debug)]
enum End {
    Whole,
    /// It came to its end and could not see everything.
    Partly,
    Failed(ingest::Error),
    Killed,
}

pub(crate) async fn run(order: &Order) -> anyhow::Result<()> {
    let (steps, size) = (order.count(2_000, 60), order.count(150, 60));
    println!(
        "chaos: seed {}, {steps} steps, {size} documents in a wiki and in a drive, half as many in a wiki of one's own",
        order.seed
    );
    limit::run().await?;
    let began = Instant::now();
    let mut dice = Dice::new(order.seed);
    let bench = Bench::new().await?;
    let wiki = Wiki::grow(size, size / 7).await?;
    let own = Wiki::grow_own(size / 2, size / 9).await?;
    let drive = Drive::grow(size, 12, size / 12).await?;
    let all: [&dyn Outside; 3] = [&wiki, &own, &drive];
    let mut sides = Vec::new();
    for outside in all {
        bench.round(&*outside.source(bench.now())?, false).await?;
        let source = bench.stored(outside).await?.context("it was read")?;
        sides.push(Side {
            outside,
            source,
            books: Books::default(),
            trouble: 0,
            cursors: Vec::new(),
            last: Default::default(),
        });
    }
    let mut count = Count::default();
    for step in 0..steps {
        let pause = PAUSE.0 + dice.below(PAUSE.1 - PAUSE.0);
        bench.advance(&all, Duration::from_secs(pause as u64));
        for side in &mut sides {
            side.step(&bench, &mut dice, &mut count).await.with_context(|| format!("in step {step}"))?;
        }
        if count.wrong_deletions + count.stale_answers > 0 {
            println!("it goes wrong in step {step}");
            break;
        }
    }
    // Everything is well again, and each source has looked at everything once.
    for side in &sides {
        side.outside.end_trouble();
    }
    let longest = all.iter().map(|outside| outside.rarely()).max().unwrap_or_default();
    let mut truths: Vec<(SourceId, Truth)> = Vec::new();
    for side in &sides {
        // The first ends what broke off.
        for _ in 0..2 {
            bench.advance(&all, longest + 2 * SKEW);
            bench.round(&*side.outside.source(bench.now())?, true).await?;
        }
        truths.push((side.source, side.outside.truth()));
    }
    let equal = check::equal(&bench, &truths).await;
    println!(
        "rounds {}, whole {}, failed {}, killed {}, with a part hidden {}",
        count.rounds, count.whole, count.failed, count.killed, count.unseen
    );
    println!("shrinkings that a person allowed {}, cursors put back {}", count.allowed, count.put_back);
    println!("looked for by their own ids {}", count.looked_for);
    println!("troubles {:?}", count.troubles);
    println!("failures {:?}", count.failures);
    println!("rights taken away {}; {} s", count.taken_away, began.elapsed().as_secs());
    if let Ok((documents, chunks)) = &equal {
        println!("in the end {documents} documents and {chunks} chunks equal the outside");
    }
    println!(
        "steps {steps}, wrong deletions {}, stale answers {}",
        count.wrong_deletions, count.stale_answers
    );
    equal?;
    ensure!(count.wrong_deletions == 0, "documents were deleted that are there");
    ensure!(count.stale_answers == 0, "somebody finds what was taken away");
    ensure!(
        count.whole * 4 > count.rounds && count.failed * 20 > count.rounds && count.taken_away * 2 > steps,
        "hardly anything worked, or went wrong, so nothing is proven"
    );
    Ok(())
}

impl Side<'_> {
    async fn step(&mut self, bench: &Bench, dice: &mut Dice, count: &mut Count) -> anyhow::Result<()> {
        self.trouble = self.trouble.saturating_sub(1);
        if self.trouble == 0 {
            self.outside.end_trouble();
        }
        if dice.once_in(3) {
            self.trouble = 1 + dice.below(4);
            self.last.0 = self.outside.begin_trouble(dice);
            *count.troubles.entry(self.last.0).or_default() += 1;
        }
        for _ in 0..dice.below(5) {
            self.outside.change(dice);
        }
        let (true_now, before) = (bench.now(), self.outside.truth());
        self.books.look(self.outside, true_now);
        let held = bench.held(self.source).await?;
        let found: BTreeSet<String> = bench.seen(Viewer::Agent).await?.into_keys().collect();
        let absent = self.books.absent(self.outside);
        let skewed = if dice.once_in(6) { skew(dice, true_now) } else { true_now };
        bench.set(skewed);
        let books = Mutex::new(std::mem::take(&mut self.books));
        let end = self.attempt(bench, dice, count, (&books, true_now.plus_millis(1))).await?;
        self.books = books.into_inner().unwrap_or_else(PoisonError::into_inner);
        let after = self.outside.truth();
        // What changed while it ran, changed after it had begun.
        self.books.look(self.outside, true_now.plus_millis(1));
        self.count_deletions(bench, (&held, &before, &after), count).await?;
        // A process that was killed may have left the index behind the store; the next one goes on with it.
        if !matches!(end, End::Killed) {
            self.count_withdrawn(bench, (&found, &before, &after), count).await?;
        }
        let is_whole = matches!(end, End::Whole);
        self.note(end, (true_now, absent), count);
        self.count_stale(bench, count).await?;
        if is_whole && self.trouble == 0 && dice.once_in(4) && self.is_up(bench).await? {
            self.outside.end_trouble();
            self.put_back(bench, dice, count).await?;
        }
        bench.set(true_now);
        Ok(())
    }

    /// Tries a round, as a new process that may be killed.
    /// What changes meanwhile is noted at once, as of `during`: a right that is given and taken again within a round is
    /// lost since then, and not since before.
    async fn attempt(
        &mut self,
        bench: &Bench,
        dice: &mut Dice,
        count: &mut Count,
        (books, during): (&Mutex<Books>, Timestamp),
    ) -> anyhow::Result<End> {
        count.rounds += 1;
        if let Some(cursor) = bench.app.store.cursor(bench.tenant, self.source).await? {
            self.cursors.push(cursor);
            if self.cursors.len() > CURSORS {
                self.cursors.remove(dice.below(CURSORS));
            }
        }
        // The connector's clock may be wrong by days, which is to change nothing.
        let off = if dice.once_in(15) { [-2 * DAY, 2 * DAY][dice.below(2)] } else { 0 };
        let source = self.outside.source(bench.now().plus_millis(off))?;
        let happens = Mutex::new(Dice::new(dice.below(1 << 30) as u64));
        let (spoils, is_spoilt) = (dice.once_in(6), AtomicBool::new(false));
        let between = || {
            let mut dice = lock(&happens);
            if spoils && dice.once_in(3) && !is_spoilt.swap(true, Ordering::SeqCst) {
                self.outside.spoil_a_list(&mut dice);
            }
            if dice.once_in(12) {
                self.outside.change(&mut dice);
                lock(books).look(self.outside, during);
            }
        };
        let watched = Watched::new(source, dice.once_in(10), &between);
        let polls = if dice.once_in(5) { 1 + dice.below(120) } else { usize::MAX };
        let ended = killed(bench.round(&watched, false), polls).await;
        let Some(ended) = ended else {
            count.killed += 1;
            return Ok(End::Killed);
        };
        let shrunk = matches!(ended, Err(ingest::Error::Shrunk { .. }));
        let ended = if shrunk && self.is_really_gone(bench).await? {
            count.allowed += 1;
            bench.round(&watched, true).await
        } else {
            ended
        };
        Ok(match ended {
            Ok(_) if watched.has_unseen() => End::Partly,
            Ok(_) => End::Whole,
            Err(error) => End::Failed(error),
        })
    }

    /// Reports what a person would find who looks whether so much has really gone.
    async fn is_really_gone(&self, bench: &Bench) -> anyhow::Result<bool> {
        let (held, truth) = (bench.held(self.source).await?, self.outside.truth());
        let gone = held.iter().filter(|id| !truth.contains_key(*id)).count();
        Ok(!self.outside.is_closed() && self.trouble == 0 && gone * 5 > held.len())
    }

    async fn count_deletions(
        &self,
        bench: &Bench,
        (held, before, after): (&BTreeSet<String>, &Truth, &Truth),
        count: &mut Count,
    ) -> anyhow::Result<()> {
        let holds = bench.held(self.source).await?;
        for id in held.difference(&holds).filter(|id| before.contains_key(*id) && after.contains_key(*id)) {
            println!("{}: `{id}` was deleted and is there", self.outside.name());
            count.wrong_deletions += 1;
        }
        Ok(())
    }

    /// Counts documents that are there and that nobody finds any more.
    async fn count_withdrawn(
        &self,
        bench: &Bench,
        (found, before, after): (&BTreeSet<String>, &Truth, &Truth),
        count: &mut Count,
    ) -> anyhow::Result<()> {
        let finds = bench.seen(Viewer::Agent).await?;
        let is_lost =
            |id: &&String| before.contains_key(*id) && after.contains_key(*id) && !finds.contains_key(*id);
        for id in found.iter().filter(is_lost) {
            println!("{}: nobody finds `{id}`, which is there", self.outside.name());
            count.wrong_deletions += 1;
        }
        Ok(())
    }

    fn note(&mut self, end: End, (now, absent): (Timestamp, BTreeSet<String>), count: &mut Count) {
        self.last.1 = format!("{end:?}");
        self.books.try_from(now);
        match end {
            End::Killed => {}
            End::Partly => {
                count.unseen += 1;
                count.looked_for += absent.len();
                self.books.partly(now, absent);
            }
            End::Failed(error) => {
                count.failed += 1;
                *count.failures.entry(kind(&error)).or_default() += 1;
                if matches!(error, ingest::Error::Shrunk { .. }) {
                    count.looked_for += absent.len();
                    self.books.partly(now, absent);
                }
            }
            End::Whole => {
                count.whole += 1;
                count.taken_away += self.books.whole(now);
            }
        }
    }

    async fn count_stale(&self, bench: &Bench, count: &mut Count) -> anyhow::Result<()> {
        for viewer in Viewer::ALL {
            for (id, text) in &bench.seen(viewer).await? {
                if let Some(since) = self.books.is_stale(self.outside, (id, viewer), 2 * SKEW) {
                    let minutes = (bench.now().millis() - since.millis()) / 60_000;
                    let (name, lies) = (self.outside.name(), self.outside.describe(id));
                    println!("{name}: {viewer:?} finds `{id}`, lost {minutes} min ago; {lies}");
                    println!("  found is {text:?}, there is {:?}", self.outside.truth().get(id));
                    println!("  the last round was {:?}, in trouble {:?}", self.last.1, self.last.0);
                    count.stale_answers += 1;
                }
            }
        }
        Ok(())
    }

    /// Reports whether what is found is what is there.
    async fn is_up(&self, bench: &Bench) -> anyhow::Result<bool> {
        let truth = self.outside.truth();
        for viewer in Viewer::ALL {
            let may = truth.iter().filter(|(_, doc)| viewer.may_see(&doc.audience));
            let may: BTreeMap<String, String> = may.map(|(id, doc)| (id.clone(), doc.text.clone())).collect();
            let mut seen = bench.seen(viewer).await?;
            seen.retain(|id, _| self.books.knows(id));
            if seen != may {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Puts an older cursor back and goes on from it: what was handed over before comes again, and that is all. Only
    /// while what is stored is what is there: a cursor says what is stored, so it is kept together with that, and one
    /// that is older would take a right for known that was given and taken again since.
    async fn put_back(&mut self, bench: &Bench, dice: &mut Dice, count: &mut Count) -> anyhow::Result<()> {
        let cursor = dice.pick(&self.cursors).clone();
        let write = PageWrite { cursor: Some(cursor), ..PageWrite::default() };
        bench.app.store.save_page(bench.tenant, self.source, write, bench.now()).await?;
        let held = bench.held(self.source).await?;
        // One round goes on with what the cursor had begun, one looks at everything.
        for millis in [2 * DAY, 4 * DAY] {
            let calm = self.outside.source(bench.now().plus_millis(millis))?;
            bench.round(&*calm, false).await.context("an older cursor is of use")?;
        }
        let truth = self.outside.truth();
        self.count_deletions(bench, (&held, &truth, &truth), count).await?;
        self.count_stale(bench, count).await?;
        ensure!(self.is_up(bench).await?, "an older cursor leads to something else");
        count.put_back += 1;
        Ok(())
    }
}

/// Returns the kind of an error, without what it says.
fn kind(error: &ingest::Error) -> String {
    let said = match error {
        ingest::Error::Source { source, .. } => format!("{source:?}"),
        other => format!("{other:?}"),
    };
    said.split([' ', '(']).next().unwrap_or_default().to_owned()
}

fn skew(dice: &mut Dice, now: Timestamp) -> Timestamp {
    let most = SKEW.as_millis() as usize;
    now.plus_millis(dice.below(2 * most) as i64 - most as i64)
}

/// Polls a future so many times, and then drops it as a process does that is killed.
async fn killed<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
