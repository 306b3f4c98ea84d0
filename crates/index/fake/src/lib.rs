//! A stand-in for a Qdrant server: the calls that Backstory uses, over gRPC, exact and in memory.
//!
//! It is written from what the real one documents and answers, and uses none of our crates. It looks at every
//! vector, keeps nothing on a disk and is one process, so it says nothing of speed, memory or how nodes fail. It takes
//! shard keys as a cluster does, unless it is told to be none. Faults are ordered from it: see [`StandIn`].

/// Writes the calls that nobody here makes, as `async_trait` would.
macro_rules! unknown {
    ($($name:ident($request:ty) -> $response:ty;)+) => {
        $(
            fn $name<'life0, 'async_trait>(
                &'life0 self,
                _: tonic::Request<$request>,
            ) -> std::pin::Pin<
                Box<
                    dyn Future<Output = Result<tonic::Response<$response>, tonic::Status>>
                        + Send
                        + 'async_trait,
                >,
            >
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                let name = concat!("the stand-in does not know `", stringify!($name), "`");
                Box::pin(std::future::ready(Err(tonic::Status::unimplemented(name))))
            }
        )+
    };
}

mod collections;
mod door;
mod filter;
mod part;
mod points;
mod search;
mod shards;
mod state;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use qdrant_client::qdrant::collections_server::CollectionsServer;
use qdrant_client::qdrant::points_server::PointsServer;
use qdrant_client::qdrant::qdrant_server::{Qdrant, QdrantServer};
use qdrant_client::qdrant::{HealthCheckReply, HealthCheckRequest, StrictModeConfig};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::door::Door;
use crate::state::State;

/// The version it says it is.
pub const VERSION: &str = "1.20.0";

/// The largest message that it takes, as the real one.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What calls share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    door: Door,
}

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as long as was ordered.
    pub(crate) async fn linger(&self) {
        let slow = self.state().slow;
        if let Some(how_long) = slow {
            tokio::time::sleep(how_long).await;
        }
    }

    /// Says whether the connection is to break off now that a write was made, and breaks it off.
    pub(crate) async fn after_write(&self) {
        let breaks = {
            let mut state = self.state();
            match &mut state.cut_after {
                Some(left @ 1..) => {
                    *left -= 1;
                    *left == 0
                }
                _ => false,
            }
        };
        if breaks {
            self.state().cut_after = None;
            self.door.close();
            // The answer never leaves the house.
            std::future::pending::<()>().await;
        }
    }
}

/// A stand-in that serves until it is dropped.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

impl StandIn {
    /// Starts one on a free port of this machine that takes every key.
    ///
    /// # Errors
    /// Fails when there is no free port.
    pub async fn start() -> io::Result<Self> {
        let inside = TcpListener::bind(("127.0.0.1", 0)).await?;
        let outside = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (behind, address) = (inside.local_addr()?, outside.local_addr()?);
        let shared = Arc::new(Shared::default());
        let mut tasks = JoinSet::new();
        let serving = Arc::clone(&shared);
        tasks.spawn(async move {
            let keyed = Arc::clone(&serving);
            let check = move |request| check_key(&keyed, request);
            let served = Server::builder()
                .layer(tonic::service::InterceptorLayer::new(check))
                .add_service(QdrantServer::from_arc(Arc::clone(&serving)))
                .add_service(
                    CollectionsServer::from_arc(Arc::clone(&serving)).max_decoding_message_size(MOST_BYTES),
                )
                .add_service(PointsServer::from_arc(serving).max_decoding_message_size(MOST_BYTES))
                .serve_with_incoming(TcpIncoming::from(inside).with_nodelay(Some(true)));
            // How a connection ends is the caller's to notice.
            let _ = served.await;
        });
        let opened = Arc::clone(&shared);
        tasks.spawn(async move { opened.door.keep(outside, address, behind).await });
        Ok(Self { address, shared, _tasks: tasks })
    }

    /// Returns its address, as `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes this key alone from now on.
    pub fn lock_with(&self, key: &str) {
        self.shared.state().key = Some(key.to_owned());
    }

    /// Says it is this version from now on.
    pub fn claim_version(&self, version: &str) {
        self.shared.state().version = Some(version.to_owned());
    }

    /// Closes the port and breaks off all connections; returns when nobody gets in any more.
    pub async fn close(&self) {
        self.shared.door.close();
        self.shared.door.settled().await;
    }

    /// Opens the port again; returns when calls get in.
    pub async fn open(&self) {
        self.shared.door.open();
        self.shared.door.settled().await;
    }

    /// Breaks off all connections; whoever comes again gets in.
    pub async fn cut(&self) {
        self.shared.door.cut();
        self.shared.door.settled().await;
    }

    /// Makes the next `writes` writes, closes the port, and never answers the last of them.
    pub fn cut_after(&self, writes: usize) {
        self.shared.state().cut_after = Some(writes);
    }

    /// Takes so long for each call from now on; nothing for no time.
    pub fn be_slow(&self, how_long: Option<Duration>) {
        self.shared.state().slow = how_long;
    }

    /// Refuses all writes with this message, as a full disk does; nothing to take them again.
    pub fn refuse_writes(&self, message: Option<&str>) {
        self.shared.state().refusal = message.map(str::to_owned);
    }

    /// Loses what was only taken note of, as a node that is killed may.
    pub fn lose_unwaited(&self) {
        self.shared.state().lose_unwaited();
    }

    /// Deletes a collection, or the one an alias leads to, as somebody may by hand.
    pub fn delete(&self, name: &str) {
        self.shared.state().delete(name);
    }

    /// Takes away the collection that an alias leads to and leaves the alias.
    pub fn lead_nowhere(&self, alias: &str) {
        self.shared.state().lead_nowhere(alias);
    }

    /// Sets the limits of a collection, or of the one an alias leads to.
    pub fn limit(&self, name: &str, limits: StrictModeConfig) {
        if let Ok(collection) = self.shared.state().find_mut(name) {
            collection.made.strict_mode_config = Some(limits);
        }
    }

    /// Returns the names of all collections.
    #[must_use]
    pub fn collections(&self) -> Vec<String> {
        self.shared.state().collections.keys().cloned().collect()
    }

    /// Returns where an alias leads.
    #[must_use]
    pub fn alias(&self, name: &str) -> Option<String> {
        self.shared.state().aliases.get(name).cloned()
    }

    /// Returns how many points a collection has, or the one an alias leads to.
    #[must_use]
    pub fn points(&self, name: &str) -> usize {
        self.shard_keys(name).values().sum()
    }

    /// Returns how many points are on each shard key of a collection, or of the one an alias leads to. What has no
    /// keys has one that is empty.
    #[must_use]
    pub fn shard_keys(&self, name: &str) -> BTreeMap<String, usize> {
        let state = self.shared.state();
        let shards = state.find(name).into_iter().flat_map(|collection| &collection.shards);
        shards.map(|(name, points)| (name.clone(), points.len())).collect()
    }

    /// Is one node without cluster mode from now on, which makes no shard keys.
    pub fn leave_cluster(&self) {
        self.shared.state().alone = true;
    }

    /// Returns how many points and bytes the largest write had.
    #[must_use]
    pub fn largest_write(&self) -> (usize, usize) {
        self.shared.state().largest_write
    }
}

fn check_key(shared: &Shared, request: Request<()>) -> Result<Request<()>, Status> {
    let Some(key) = shared.state().key.clone() else { return Ok(request) };
    match request.metadata().get("api-key").map(|given| given.as_bytes() == key.as_bytes()) {
        Some(true) => Ok(request),
        Some(false) => Err(Status::unauthenticated("Invalid API key or JWT")),
        None => Err(Status::unauthenticated("Must provide an API key or an Authorization bearer token")),
    }
}

#[tonic::async_trait]
impl Qdrant for Shared {
    async fn health_check(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckReply>, Status> {
        self.linger().await;
        let version = self.state().version.clone().unwrap_or_else(|| VERSION.to_owned());
        let title = "a stand-in for qdrant".to_owned();
        Ok(Response::new(HealthCheckReply { title, version, ..HealthCheckReply::default() }))
    }
}
