//! The threads that run models on this machine.
//!
//! Work that is given to them waits for a free one, runs outside the runtime, and is let go as soon as nobody waits
//! for it any more.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rten::{RunOptions, ThreadPool};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};

use crate::Error;

/// A thread that runs a model.
pub(crate) struct Lane(Arc<ThreadPool>);

impl Lane {
    fn new() -> Self {
        Self(Arc::new(ThreadPool::with_num_threads(1)))
    }

    /// Does some work on the thread; running the model in there needs no further change of threads,
    /// which on a busy machine takes longer than the model.
    fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.run(work)
    }

    /// Returns what has a model run on this thread.
    pub(crate) fn options(&self) -> RunOptions {
        RunOptions::default().with_thread_pool(Some(self.0.clone()))
    }
}

/// The threads that run one model, shared by all calls.
pub(crate) struct Lanes {
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Lane>>,
}

impl Lanes {
    pub(crate) fn new(threads: NonZeroUsize) -> Self {
        let idle = (0..threads.get()).map(|_| Lane::new()).collect();
        Self { permits: Arc::new(Semaphore::new(threads.get())), idle: Mutex::new(idle) }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Lane>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a lane; whoever holds a permit finds one, unless a panic lost it.
    fn take(&self) -> Lane {
        self.idle().pop().unwrap_or_else(Lane::new)
    }

    /// Does some work on a lane at once and waits for it: for the start, when nobody else uses them.
    pub(crate) fn now<T: Send>(&self, work: impl FnOnce(&Lane) -> T + Send) -> T {
        let lane = self.take();
        let done = lane.run(|| work(&lane));
        self.idle().push(lane);
        done
    }

    /// Makes work of each item and does it, as much at once as there are lanes, and returns what came of it in the
    /// order of the items. Dropping the future lets go of what has not begun.
    ///
    /// # Errors
    /// The first one that comes.
    pub(crate) async fn each<I, W, T>(
        self: &Arc<Self>,
        items: impl Iterator<Item = I>,
        make: impl Fn(I) -> W,
    ) -> Result<Vec<T>, Error>
    where
        W: FnOnce(&Lane) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let mut visits = JoinSet::new();
        let mut made = Vec::new();
        for (number, item) in items.enumerate() {
            // Waiting here, before the item is copied, keeps at most one visit per lane in memory.
            let permit = self.permits.clone().acquire_owned().await.expect("the semaphore is never closed");
            let (lanes, work) = (self.clone(), make(item));
            visits.spawn_blocking(move || {
                let result = lanes.now(work);
                drop(permit);
                result.map(|made| (number, made))
            });
            while let Some(done) = visits.try_join_next() {
                made.push(joined(done)?);
            }
        }
        while let Some(done) = visits.join_next().await {
            made.push(joined(done)?);
        }
        made.sort_unstable_by_key(|(number, _)| *number);
        Ok(made.into_iter().map(|(_, made)| made).collect())
    }
}

fn joined<T>(done: Result<Result<T, Error>, JoinError>) -> Result<T, Error> {
    match done {
        Ok(result) => result,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // A visit is cancelled only when the runtime stops, and then this line is not reached.
            Err(cancelled) => Err(Error::Malformed { model: "local".to_owned(), why: cancelled.to_string() }),
        },
    }
}
