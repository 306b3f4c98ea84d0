//! What the service and the test hold together.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::calls::Calls;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::limits::Window;
use crate::log::Request;
use crate::state::Workspace;
use crate::version::Version;
use crate::webhooks::{Attempt, Outbox, Sender};
use crate::wire;

/// How often deliveries may lead to further deliveries in one go; more is a loop between two bots.
const ROUNDS: usize = 1000;

/// A change that happens right before or after a call is handled.
pub(crate) struct Hook {
    pub(crate) calls: Calls,
    pub(crate) moment: Moment,
    pub(crate) change: Box<dyn FnOnce(&mut Workspace) + Send>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

/// Who a token belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) workspace: usize,
    pub(crate) admin: String,
}

/// The app that was registered with Intercom, and what it was allowed.
pub(crate) struct App {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) consents_to: usize,
    pub(crate) codes: BTreeMap<String, usize>,
    pub(crate) tokens: BTreeMap<String, Grant>,
    pub(crate) issued: usize,
}

/// Everything behind the lock.
pub(crate) struct Inner {
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) windows: Vec<Window>,
    pub(crate) calls_per_window: u32,
    pub(crate) window_secs: i64,
    pub(crate) faults: Faults,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) log: Vec<Request>,
    pub(crate) outbox: Outbox,
    pub(crate) app: App,
    pub(crate) webhook_version: Version,
}

pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) inner: Mutex<Inner>,
    pub(crate) hanging: watch::Sender<usize>,
    pub(crate) released: watch::Sender<u64>,
    pub(crate) raised: Notify,
    pub(crate) sender: Sender,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the test releases what hangs.
    pub(crate) async fn hang(&self) {
        let mut released = self.released.subscribe();
        released.mark_unchanged();
        let _counted = Hanging::begin(self);
        // The sender lives as long as `self`.
        let _ = released.changed().await;
    }

    /// Sends everything that is due, and whatever that leads to.
    pub(crate) async fn flush(&self) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        for _ in 0..ROUNDS {
            let (url, due) = {
                let mut inner = self.lock();
                inner.collect(self.clock.now());
                let due = inner.outbox.due(self.clock.now());
                (inner.outbox.url.clone(), due)
            };
            let Some(url) = url.filter(|_| !due.is_empty()) else { break };
            for shipment in due {
                let outcome = self.sender.send(&url, shipment.body(self.clock.now())).await;
                attempts.push(shipment.attempted(outcome));
                self.lock().outbox.settle(shipment, outcome, self.clock.now());
            }
        }
        attempts
    }
}

impl Inner {
    /// Takes over what happened in the workspaces since the last time.
    pub(crate) fn collect(&mut self, now: i64) {
        for workspace in &mut self.workspaces {
            workspace.tick();
            let mut events = std::mem::take(&mut workspace.events);
            for event in &mut events {
                wire::finish(workspace, self.webhook_version, &mut event.item);
            }
            self.outbox.take(&workspace.id_code, events, now);
        }
    }

    /// Runs the changes that were ordered for this moment of a call.
    pub(crate) fn run_hooks(&mut self, moment: Moment, method: &str, path: &str, workspace: usize) {
        let (now, later): (Vec<Hook>, Vec<Hook>) = std::mem::take(&mut self.hooks)
            .into_iter()
            .partition(|hook| hook.moment == moment && hook.calls.cover(method, path));
        self.hooks = later;
        for hook in now {
            (hook.change)(&mut self.workspaces[workspace]);
        }
    }
}

/// Counts a call as hanging for as long as it does, also when its caller gives up.
struct Hanging<'a>(&'a Shared);

impl<'a> Hanging<'a> {
    fn begin(shared: &'a Shared) -> Hanging<'a> {
        shared.hanging.send_modify(|count| *count += 1);
        Hanging(shared)
    }
}

impl Drop for Hanging<'_> {
    fn drop(&mut self) {
        self.0.hanging.send_modify(|count| *count -= 1);
    }
}
