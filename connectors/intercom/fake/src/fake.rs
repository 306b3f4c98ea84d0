//! The stand-in itself: starting it, scripting it, asking it what it saw.

mod hooks;
mod notifications;
mod options;

use std::io;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

pub use options::{Deliver, Options};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::limits::Window;
use crate::log::Request;
use crate::routes;
use crate::server;
use crate::shared::{App, Grant, Inner, Shared};
use crate::state::Workspace;
use crate::webhooks::{Outbox, Sender};

/// How far apart the ids of two workspaces begin.
const IDS_APART: u64 = 10_000_000;

/// A running stand-in. It ends when it is dropped.
pub struct Fake {
    shared: Arc<Shared>,
    base_url: String,
    tasks: JoinSet<()>,
}

impl Fake {
    /// Starts a stand-in on a free port of this machine.
    ///
    /// # Errors
    ///
    /// A port has to be free.
    pub async fn start(options: Options) -> io::Result<Fake> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let deliver = options.deliver;
        let first = options.workspace.clone();
        let fake_shared = Arc::new(shared(options));
        let mut tasks = JoinSet::new();
        tasks.spawn(server::serve(listener, routes::router(Arc::clone(&fake_shared))));
        if deliver == Deliver::AtOnce {
            tasks.spawn(deliver_at_once(Arc::clone(&fake_shared)));
        }
        let fake = Fake { shared: fake_shared, base_url, tasks };
        fake.add_workspace(&first);
        Ok(fake)
    }

    /// Ends it and waits until nothing of it is left.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
    }

    /// Returns where it listens, in place of `https://api.intercom.io`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the clock that everything here goes by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Returns a token of the first workspace.
    #[must_use]
    pub fn token(&self) -> String {
        self.shared.lock().workspaces[0].token.clone()
    }

    /// Adds a workspace that installed the same app, and returns a token of it.
    pub fn add_workspace(&self, id_code: &str) -> String {
        let number = self.shared.lock().workspaces.len() as u64;
        self.install(Workspace::new(id_code, &self.shared.clock, 1000 + number * IDS_APART))
    }

    /// Adds a workspace of the test's own making, such as one whose ids are those of another workspace, and
    /// returns a token of it.
    pub fn install(&self, workspace: Workspace) -> String {
        let mut inner = self.shared.lock();
        let number = inner.workspaces.len();
        let token = workspace.token.clone();
        inner.app.tokens.insert(token.clone(), Grant { workspace: number, admin: workspace.ai() });
        inner.workspaces.push(workspace);
        inner.windows.push(Window::default());
        token
    }

    /// Looks at or changes the first workspace.
    pub fn edit<R>(&self, change: impl FnOnce(&mut Workspace) -> R) -> R {
        self.edit_number(0, change)
    }

    /// Looks at or changes a workspace by its `id_code`.
    ///
    /// # Panics
    ///
    /// There has to be one.
    pub fn edit_in<R>(&self, id_code: &str, change: impl FnOnce(&mut Workspace) -> R) -> R {
        let number = self.shared.lock().workspaces.iter().position(|workspace| workspace.id_code == id_code);
        self.edit_number(number.expect("the workspace was added before"), change)
    }

    fn edit_number<R>(&self, number: usize, change: impl FnOnce(&mut Workspace) -> R) -> R {
        let result = {
            let mut inner = self.shared.lock();
            inner.workspaces[number].tick();
            let result = change(&mut inner.workspaces[number]);
            inner.collect(self.shared.clock.now());
            result
        };
        self.shared.raised.notify_one();
        result
    }

    /// Gives a teammate of the first workspace a token.
    pub fn add_token(&self, token: &str, admin: &str) {
        let grant = Grant { workspace: 0, admin: admin.to_owned() };
        self.shared.lock().app.tokens.insert(token.to_owned(), grant);
    }

    /// Makes a token invalid, as when the app is removed from a workspace.
    pub fn revoke(&self, token: &str) {
        self.shared.lock().app.tokens.remove(token);
    }

    /// Sets how many calls a workspace may make in a window.
    pub fn limit_calls(&self, per_window: u32) {
        self.shared.lock().calls_per_window = per_window;
    }

    /// Lets the next consent on the authorisation page be given for this workspace.
    ///
    /// # Panics
    ///
    /// There has to be one.
    pub fn consent_for(&self, id_code: &str) {
        let mut inner = self.shared.lock();
        let number = inner.workspaces.iter().position(|workspace| workspace.id_code == id_code);
        inner.app.consents_to = number.expect("the workspace was added before");
    }

    /// Returns every call so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().log.clone()
    }

    /// Returns the accepted writes to a conversation, oldest first, also those whose caller was left without an
    /// answer.
    #[must_use]
    pub fn writes(&self, conversation: &str) -> Vec<Request> {
        let accepted = |request: &Request| request.is_accepted_write() && request.concerns(conversation);
        self.requests().into_iter().filter(accepted).collect()
    }
}

async fn deliver_at_once(shared: Arc<Shared>) {
    loop {
        shared.raised.notified().await;
        shared.flush().await;
    }
}

fn shared(options: Options) -> Shared {
    let app = App {
        client_id: options.client_id,
        client_secret: options.client_secret.clone(),
        redirect_uris: options.redirect_uris,
        consents_to: 0,
        codes: Default::default(),
        tokens: Default::default(),
        issued: 0,
    };
    let inner = Inner {
        workspaces: Vec::new(),
        windows: Vec::new(),
        calls_per_window: options.calls_per_window,
        window_secs: options.window_secs.max(1),
        faults: Faults::default(),
        hooks: Vec::new(),
        log: Vec::new(),
        outbox: Outbox::new(options.topics),
        app,
        webhook_version: options.webhook_version,
    };
    Shared {
        clock: options.clock,
        inner: inner.into(),
        hanging: watch::Sender::new(0),
        released: watch::Sender::new(0),
        raised: Notify::new(),
        sender: Sender::new(&options.client_secret, options.webhook_timeout),
    }
}
