//! The listener: connections are taken until the end is asked for, and those under way are finished.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::router::router;
use crate::shared::Shared;

/// How long a caller may take to say what it wants.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every call that was under way has its answer.
    Whole,
    /// Some took too long and got none, so whoever called knows that nothing is promised.
    BrokenOff(usize),
}

/// Serves calls until `stop` becomes true, then finishes those that are under way. A notification is answered
/// after it is stored and not before, so one that gets its 200 is never lost, and one that does not comes again.
///
/// # Errors
/// Fails when no connections can be taken.
pub async fn serve(
    shared: &Shared,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<Ended> {
    let routes = router(shared);
    let asked = stop.clone();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = asked_to_stop(&mut stop) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, routes.clone(), asked.clone()));
                }
                // Out of file handles, or the caller is gone already: neither is the end of us.
                Err(error) => {
                    tracing::warn!("a connection could not be taken: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    shared.close();
    drop(listener);
    let patience = Duration::from_secs(shared.books().settings.server.drain_secs.into());
    let drained = tokio::time::timeout(patience, async { while connections.join_next().await.is_some() {} });
    if drained.await.is_ok() {
        return Ok(Ended::Whole);
    }
    let left = connections.len();
    tracing::warn!(left, "calls took too long to end and were broken off");
    connections.shutdown().await;
    Ok(Ended::BrokenOff(left))
}

async fn connection(stream: TcpStream, routes: Router, mut stop: watch::Receiver<bool>) {
    let service = TowerToHyperService::new(
        routes.map_request(|request: hyper::Request<Incoming>| Request::from(request.map(Body::new))),
    );
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    let mut serving = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // How a connection ends is the caller's to notice.
        _ = &mut serving => return,
        () = asked_to_stop(&mut stop) => {}
    }
    serving.as_mut().graceful_shutdown();
    let _ = serving.await;
}

/// Waits until the end is asked for. When whoever could ask is gone, that is the end, too.
async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
