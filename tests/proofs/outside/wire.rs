//! A wire to a stand-in that can break in the middle of an answer.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Bytes of answers after which a connection breaks, and how many have gone through since the last did.
#[derive(Default)]
struct Weak {
    every: AtomicI64,
    passed: AtomicI64,
}

/// A wire. It ends when it is dropped.
pub(super) struct Wire {
    address: String,
    weak: Arc<Weak>,
    _serving: JoinSet<()>,
}

impl Wire {
    pub(super) async fn to(base_url: &str) -> anyhow::Result<Self> {
        let target = base_url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let weak = Arc::new(Weak::default());
        let shared = Arc::clone(&weak);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((here, _)) = listener.accept().await {
                let (target, weak) = (target.clone(), Arc::clone(&shared));
                // Whoever breaks off does so on purpose.
                open.spawn(async move { drop(carry(here, &target, &weak).await) });
                while open.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, weak, _serving: serving })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Lets it break whenever so many bytes of answers have gone through; never for 0.
    pub(super) fn break_every(&self, bytes: usize) {
        self.weak.passed.store(0, Ordering::SeqCst);
        self.weak.every.store(i64::try_from(bytes).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

async fn carry(here: TcpStream, target: &str, weak: &Weak) -> io::Result<()> {
    let there = TcpStream::connect(target).await?;
    here.set_nodelay(true)?;
    there.set_nodelay(true)?;
    let (mut from_here, mut to_here) = here.into_split();
    let (mut from_there, mut to_there) = there.into_split();
    let forth = tokio::io::copy(&mut from_here, &mut to_there);
    let back = async {
        let mut bytes = vec![0; 16 << 10];
        loop {
            let count = from_there.read(&mut bytes).await?;
            let every = weak.every.load(Ordering::SeqCst);
            let passed = weak.passed.fetch_add(i64::try_from(count).unwrap_or(0), Ordering::SeqCst);
            let breaks = every > 0 && passed + i64::try_from(count).unwrap_or(0) > every;
            if breaks {
                weak.passed.store(0, Ordering::SeqCst);
                to_here.write_all(&bytes[..count / 2]).await?;
            }
            if breaks || count == 0 {
                return Ok::<_, io::Error>(());
            }
            to_here.write_all(&bytes[..count]).await?;
        }
    };
    tokio::select! {
        ended = forth => ended.map(drop),
        ended = back => ended,
    }
}
