//! The listener. It is our own so that a connection can be closed instead of answered.

use std::convert::Infallible;
use std::fmt;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use futures::{FutureExt as _, StreamExt as _, stream};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A mark on an answer that is never sent.
#[derive(Debug, Clone, Copy)]
struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the connection is closed on demand")
    }
}

impl std::error::Error for Dropped {}

/// Returns what makes the listener close the connection without a word.
pub(crate) fn dropped() -> Response {
    let mut response = Response::default();
    response.extensions_mut().insert(Dropped);
    response
}

/// Breaks an answer off in the middle: its length is announced, half of it is sent, and after a silence the
/// connection closes.
pub(crate) async fn cut(answer: Response, silence: impl Future<Output = ()> + Send + 'static) -> Response {
    let (mut parts, body) = answer.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.insert(hyper::header::CONTENT_LENGTH, whole.len().into());
    let half: Result<Bytes, Dropped> = Ok(whole.slice(..whole.len() / 2));
    let end = stream::once(silence.map(|()| Err(Dropped)));
    Response::from_parts(parts, Body::from_stream(stream::iter([half]).chain(end)))
}

/// Serves until it is dropped, and every connection with it.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(connection(stream, router.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let answer = router.call(Request::from(request.map(Body::new)));
        async move {
            let answer = answer.await.unwrap_or_else(|never: Infallible| match never {});
            if answer.extensions().get::<Dropped>().is_some() { Err(Dropped) } else { Ok(answer) }
        }
    });
    // How a connection ends is the caller's to notice.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
