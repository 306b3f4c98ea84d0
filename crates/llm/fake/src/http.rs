//! Just enough of HTTP: one call for each connection, and answers that can break off anywhere.

use std::io;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::{Asked, Say, Shared, api};

/// Serves until it is dropped, and every connection with it.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(connection(stream, Arc::clone(&shared)));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // How a connection ends is the caller's to notice.
    let _ = answer(BufReader::new(stream), &shared).await;
}

async fn answer(mut stream: BufReader<TcpStream>, shared: &Shared) -> io::Result<()> {
    let Some(asked) = read(&mut stream).await? else { return Ok(()) };
    let (path, body) = (asked.path.clone(), asked.body.clone());
    let say = shared.take(asked);
    let is_rerank = path.ends_with("/rerank");
    if !is_rerank && !path.ends_with("/chat/completions") {
        let page = api::error("", "Invalid URL");
        return whole(&mut stream, 404, None, &page.to_string()).await;
    }
    let refused = if is_rerank { api::rerank_refused(&body) } else { api::refused(&body) };
    if let Some(why) = refused {
        return whole(&mut stream, 400, None, &api::error("", &why).to_string()).await;
    }
    match say {
        Say::Text(text) => speak(&mut stream, &body, &text, None).await,
        Say::Echo => speak(&mut stream, &body, &api::all_of(&body), None).await,
        Say::Scores(scores) => whole(&mut stream, 200, None, &api::reranked(&scores).to_string()).await,
        Say::Cut(text) => speak(&mut stream, &body, &text, Some(End::Closed)).await,
        Say::Stall(text) => speak(&mut stream, &body, &text, Some(End::Silence)).await,
        Say::Silence => silence(&mut stream).await,
        Say::Refuse { status, retry_after, code, message } => {
            let page = api::error(&code, &message).to_string();
            whole(&mut stream, status, retry_after.as_deref(), &page).await
        }
        Say::Raw(body) => whole(&mut stream, 200, None, &body).await,
    }
}

/// How an answer ends that does not come whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    Silence,
}

/// Answers as a stream where that was asked for, whole or by half.
async fn speak(
    stream: &mut BufReader<TcpStream>,
    body: &Value,
    text: &str,
    end: Option<End>,
) -> io::Result<()> {
    if body["stream"] != true {
        let page = api::whole(body, text).to_string();
        if end.is_none() {
            return whole(stream, 200, None, &page).await;
        }
        let head =
            head(200, &format!("content-type: application/json\r\ncontent-length: {}\r\n", page.len()));
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&page.as_bytes()[..page.len() / 2]).await?;
    } else {
        let kind = "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n";
        stream.write_all(head(200, kind).as_bytes()).await?;
        let events = api::events(body, text);
        let sent = if end.is_some() { events.len() / 2 } else { events.len() };
        for event in &events[..sent] {
            stream.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await?;
        }
        if end.is_none() {
            stream.write_all(b"0\r\n\r\n").await?;
        }
    }
    stream.flush().await?;
    if end == Some(End::Silence) { silence(stream).await } else { Ok(()) }
}

/// Waits until the other side is gone.
async fn silence(stream: &mut BufReader<TcpStream>) -> io::Result<()> {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.map(drop)
}

async fn whole(
    stream: &mut BufReader<TcpStream>,
    status: u16,
    retry_after: Option<&str>,
    body: &str,
) -> io::Result<()> {
    let retry = retry_after.map(|after| format!("retry-after: {after}\r\n")).unwrap_or_default();
    let kind = format!("content-type: application/json\r\ncontent-length: {}\r\n{retry}", body.len());
    stream.write_all(head(status, &kind).as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.flush().await
}

fn head(status: u16, headers: &str) -> String {
    format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n{headers}\r\n")
}

/// Reads a call; none when the connection was closed before one.
async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Asked>> {
    let mut first = String::new();
    if stream.read_line(&mut first).await? == 0 {
        return Ok(None);
    }
    let path = first.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Ok(Some(Asked { path, headers, body }))
}
