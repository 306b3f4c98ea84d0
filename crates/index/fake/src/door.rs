//! The way in: it can be closed, and connections can be broken off in the middle of a call.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How the door stands; each change breaks off all connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stands {
    open: bool,
    change: u64,
}

#[derive(Debug)]
pub(crate) struct Door {
    wanted: watch::Sender<Stands>,
    reached: watch::Sender<Stands>,
}

impl Default for Door {
    fn default() -> Self {
        let stands = Stands { open: true, change: 0 };
        Self { wanted: watch::Sender::new(stands), reached: watch::Sender::new(stands) }
    }
}

impl Door {
    fn change(&self, open: bool) {
        self.wanted.send_modify(|stands| *stands = Stands { open, change: stands.change + 1 });
    }

    pub(crate) fn close(&self) {
        self.change(false);
    }

    pub(crate) fn open(&self) {
        self.change(true);
    }

    pub(crate) fn cut(&self) {
        self.change(true);
    }

    /// Waits until it stands as was last ordered.
    pub(crate) async fn settled(&self) {
        let wanted = *self.wanted.borrow();
        // The other end is here as well, so it cannot have gone.
        let _ = self.reached.subscribe().wait_for(|reached| reached.change >= wanted.change).await;
    }

    /// Lets connections through from `listener`, which listens at `address`, to `behind`.
    pub(crate) async fn keep(&self, listener: TcpListener, address: SocketAddr, behind: SocketAddr) {
        let mut orders = self.wanted.subscribe();
        let mut listener = Some(listener);
        let mut connections = JoinSet::new();
        loop {
            let stands = *orders.borrow_and_update();
            if !stands.open {
                listener = None;
            } else if listener.is_none() {
                listener = TcpListener::bind(address).await.ok();
            }
            self.reached.send_replace(stands);
            loop {
                tokio::select! {
                    changed = orders.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        break;
                    }
                    Some(stream) = accepted(listener.as_ref()) => {
                        connections.spawn(pass(stream, behind));
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
            connections.shutdown().await;
        }
    }
}

/// Waits for the next connection; forever where nobody gets in.
async fn accepted(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => Some(listener.accept().await.ok()?.0),
        None => std::future::pending().await,
    }
}

async fn pass(mut outside: TcpStream, behind: SocketAddr) {
    if let Ok(mut inside) = TcpStream::connect(behind).await {
        let _ = (outside.set_nodelay(true), inside.set_nodelay(true));
        // How a connection ends is the caller's to notice.
        let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
    }
}
