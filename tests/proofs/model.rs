//! An embedding model behind the OpenAI API on this machine: the scripted one, so that the program under proof needs
//! no download.

use std::sync::Arc;

use anyhow::Context as _;
use llm::scripted::Scripted;
use llm::{Embedder as _, Role};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) const DIMENSIONS: usize = 64;
/// The longest call that is read.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// A running model. It ends when it is dropped.
pub(crate) struct Model {
    address: String,
    _serving: JoinSet<()>,
}

impl Model {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let scripted = Arc::new(Scripted::new(DIMENSIONS));
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let scripted = Arc::clone(&scripted);
                // A caller that is killed breaks off, and that is nobody's fault.
                connections.spawn(async move { drop(answer(stream, &scripted).await) });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, _serving: serving })
    }

    /// Returns the configuration that uses it.
    pub(crate) fn config(&self) -> String {
        format!(
            "[embedder]\nkind = \"openai\"\nbase_url = \"http://{}/v1\"\nmodel = \"scripted\"\n\
             dimensions = {DIMENSIONS}\nask_dimensions = false\nmax_tokens = 100000\nbatch_texts = 64\n\
             batch_tokens = 100000\nlanguages = []\nquery_prefix = \"\"\npassage_prefix = \"\"\n\
             timeout_secs = 30\nretries = 3\nbackoff_ms = 20\nmax_wait_secs = 1\n",
            self.address
        )
    }
}

/// Answers the calls of one connection.
async fn answer(mut stream: TcpStream, scripted: &Scripted) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut read = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            anyhow::ensure!(
                read.len() < MOST_BYTES && stream.read_buf(&mut read).await? > 0,
                "the caller is gone"
            );
        };
        let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.context("a call has a length")?.trim().parse()?;
        anyhow::ensure!(length < MOST_BYTES, "the call is too long");
        while read.len() < end + length {
            anyhow::ensure!(stream.read_buf(&mut read).await? > 0, "the caller is gone");
        }
        let body = vectors(scripted, &read[end..end + length]).await?.to_string();
        read.drain(..end + length);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await?;
    }
}

async fn vectors(scripted: &Scripted, body: &[u8]) -> anyhow::Result<Value> {
    let asked: Value = serde_json::from_slice(body)?;
    let texts: Vec<String> = serde_json::from_value(asked["input"].clone())?;
    let vectors = scripted.embed(&texts, Role::Passage).await?;
    let item = |(index, vector): (usize, Vec<f32>)| json!({"index": index, "embedding": vector});
    Ok(json!({"data": vectors.into_iter().enumerate().map(item).collect::<Vec<_>>()}))
}
