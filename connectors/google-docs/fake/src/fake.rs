//! The stand-in itself: starting it, scripting it, asking it what it saw.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::Request as Incoming;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::auth::{Auth, ServiceAccount};
use crate::calls::{Calls, Fault};
use crate::clock::Clock;
use crate::gate;
use crate::push::{Channels, Notification};
use crate::server;
use crate::world::World;

/// A call as it came in and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query, decoded.
    pub query: BTreeMap<String, String>,
    /// The status of the answer.
    pub status: Option<u16>,
}

type Change = Box<dyn FnOnce(&mut World) + Send>;

/// Everything behind the lock.
pub(crate) struct Inner {
    pub(crate) world: World,
    pub(crate) auth: Auth,
    pub(crate) channels: Channels,
    pub(crate) log: Vec<Request>,
    pub(crate) faults: Vec<(Calls, Fault)>,
    pub(crate) trouble: Option<Fault>,
    /// Changes before (false) or after (true) a call.
    pub(crate) hooks: Vec<(Calls, bool, Change)>,
    pub(crate) spent: BTreeMap<(String, bool), (i64, u32)>,
}

pub(crate) struct Shared {
    pub(crate) clock: Clock,
    inner: Mutex<Inner>,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running stand-in. It ends when it is dropped.
pub struct Fake {
    shared: Arc<Shared>,
    base_url: String,
    _tasks: JoinSet<()>,
}

impl Fake {
    /// Starts a stand-in on a free port of this machine.
    ///
    /// # Errors
    ///
    /// A port has to be free.
    pub async fn start(clock: &Clock) -> io::Result<Fake> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let inner = Inner {
            world: World::new(clock.clone()),
            auth: Auth::default(),
            channels: Channels::default(),
            log: Vec::new(),
            faults: Vec::new(),
            trouble: None,
            hooks: Vec::new(),
            spent: BTreeMap::new(),
        };
        let shared = Arc::new(Shared { clock: clock.clone(), inner: Mutex::new(inner) });
        let handed = Arc::clone(&shared);
        let router =
            Router::new().fallback(move |incoming: Incoming| gate::pass(Arc::clone(&handed), incoming));
        let mut tasks = JoinSet::new();
        tasks.spawn(server::serve(listener, router));
        Ok(Fake { shared, base_url, _tasks: tasks })
    }

    /// Returns where it listens, in place of Google's several addresses: `/drive/v3`, `/v1` and `/token`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the clock that everything here goes by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Looks at or changes what there is.
    pub fn edit<R>(&self, change: impl FnOnce(&mut World) -> R) -> R {
        let mut inner = self.shared.lock();
        let result = change(&mut inner.world);
        let fresh = std::mem::take(&mut inner.world.logs.fresh);
        let now = self.shared.clock.now_ms();
        inner.channels.raise(&fresh, now);
        result
    }

    /// Adds a service account that an administrator has allowed to act for users with these scopes.
    pub fn add_service_account(&self, email: &str, scopes: &[&str]) -> ServiceAccount {
        self.shared.lock().auth.add_account(email, scopes)
    }

    /// Registers the OAuth client.
    pub fn set_client(&self, id: &str, secret: &str) {
        self.shared.lock().auth.set_client(id, secret);
    }

    /// Gives a refresh token of a user for these scopes, separated by blanks.
    pub fn add_refresh_token(&self, email: &str, scopes: &str) -> String {
        self.shared.lock().auth.add_refresh(email, scopes)
    }

    /// Gives a code as after the consent of a user; the challenge is that of the address to consent at.
    pub fn add_code(&self, email: &str, scopes: &str, challenge: &str) -> String {
        self.shared.lock().auth.add_code(email, scopes, challenge)
    }

    /// Lets every use of a refresh token give a new one and void the old one.
    pub fn rotate_refresh_tokens(&self) {
        self.shared.lock().auth.rotates = true;
    }

    /// Ends all access tokens, as time does.
    pub fn expire_tokens(&self) {
        self.shared.lock().auth.expire();
    }

    /// Takes back everything: service accounts, refresh tokens and access tokens.
    pub fn revoke_all(&self) {
        self.shared.lock().auth.revoke();
    }

    /// Lets something go wrong with the next such call; several are used up in order.
    pub fn fail(&self, calls: Calls, fault: Fault) {
        self.shared.lock().faults.push((calls, fault));
    }

    /// Reports whether a call is still to go wrong in this way.
    #[must_use]
    pub fn is_to_fail(&self, fault: &Fault) -> bool {
        self.shared.lock().faults.iter().any(|(_, waiting)| waiting == fault)
    }

    /// Lets the same go wrong with every call but those for tokens, or no more.
    pub fn trouble(&self, fault: Option<Fault>) {
        self.shared.lock().trouble = fault;
    }

    /// Ends all that goes wrong.
    pub fn mend(&self) {
        let mut inner = self.shared.lock();
        inner.faults.clear();
        inner.trouble = None;
    }

    /// Changes what there is right before the next such call is answered.
    pub fn before(&self, calls: Calls, change: impl FnOnce(&mut World) + Send + 'static) {
        self.shared.lock().hooks.push((calls, false, Box::new(change)));
    }

    /// Changes what there is right after the next such call was answered.
    pub fn after(&self, calls: Calls, change: impl FnOnce(&mut World) + Send + 'static) {
        self.shared.lock().hooks.push((calls, true, Box::new(change)));
    }

    /// Returns every call so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().log.clone()
    }

    /// Forgets the calls so far.
    pub fn forget_requests(&self) {
        self.shared.lock().log.clear();
    }

    /// Takes the notifications that would have been sent.
    #[must_use]
    pub fn take_notifications(&self) -> Vec<Notification> {
        self.shared.lock().channels.take()
    }

    /// Returns how many channels are open.
    #[must_use]
    pub fn open_channels(&self) -> usize {
        let now = self.shared.clock.now_ms();
        self.shared.lock().channels.count(now)
    }
}
