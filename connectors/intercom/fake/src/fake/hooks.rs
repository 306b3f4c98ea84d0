//! Faults and races, ordered by a test.

use super::Fake;
use crate::calls::Calls;
use crate::faults::Fault;
use crate::shared::{Hook, Moment};
use crate::state::Workspace;

impl Fake {
    /// Lets the next calls of a kind go wrong.
    pub fn fail_next(&self, times: usize, calls: Calls, fault: Fault) {
        self.shared.lock().faults.next(times, calls, fault);
    }

    /// Lets a share of the calls of a kind go wrong, the same ones for the same seed and order of calls.
    pub fn fail_share(&self, share: f64, seed: u64, calls: Calls, fault: Fault) {
        self.shared.lock().faults.share(share, seed, calls, fault);
    }

    /// Takes every order for faults back.
    pub fn no_more_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// Changes the workspace right before the next call of a kind is handled: between what its caller read
    /// before and what it writes now.
    pub fn before(&self, calls: Calls, change: impl FnOnce(&mut Workspace) + Send + 'static) {
        self.hook(calls, Moment::Before, Box::new(change));
    }

    /// Changes the workspace right after the next call of a kind was handled, before its caller can do anything
    /// with the answer.
    pub fn after(&self, calls: Calls, change: impl FnOnce(&mut Workspace) + Send + 'static) {
        self.hook(calls, Moment::After, Box::new(change));
    }

    fn hook(&self, calls: Calls, moment: Moment, change: Box<dyn FnOnce(&mut Workspace) + Send>) {
        self.shared.lock().hooks.push(Hook { calls, moment, change });
    }

    /// Returns how many ordered changes still wait for their call.
    #[must_use]
    pub fn hooks_left(&self) -> usize {
        self.shared.lock().hooks.len()
    }

    /// Waits until exactly this many calls hang. A call whose caller gives up hangs no longer and will never be
    /// handled; wait for it to be gone before releasing others, since a release may overtake the news.
    pub async fn hanging(&self, calls: usize) {
        let mut count = self.shared.hanging.subscribe();
        // The sender lives as long as `self`.
        let _ = count.wait_for(|count| *count == calls).await;
    }

    /// Lets every call go on that hangs now.
    pub fn release(&self) {
        self.shared.released.send_modify(|generation| *generation += 1);
    }
}
