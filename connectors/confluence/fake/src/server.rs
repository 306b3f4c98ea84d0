//! The listener.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Serves until it is dropped, and every connection with it.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let router = TowerToHyperService::new(router.clone());
                connections.spawn(async move {
                    let service = service_fn(|request: hyper::Request<Incoming>| {
                        let answer = router.call(Request::from(request.map(Body::new)));
                        async move {
                            let answered: Result<_, Infallible> = answer.await;
                            answered
                        }
                    });
                    // How a connection ends is the caller's to notice.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
