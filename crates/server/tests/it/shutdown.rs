//! Stopping: what is under way ends well, and nothing that was accepted is lost.

use std::time::Duration;

use reqwest::StatusCode;
use server::Ended;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bench::{Bench, CLIENT_SECRET, notification};

#[tokio::test]
async fn a_webhook_that_is_under_way_is_stored_and_answered() {
    let mut bench = Bench::connected().await;
    let body = notification("n1", "ws_one", "1");
    let signature = intercom_fake::signature(CLIENT_SECRET, body.as_bytes());
    let head = format!(
        "POST /webhooks/intercom/own HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nx-hub-signature: {signature}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    let address = bench.url.strip_prefix("http://").unwrap().to_owned();
    let mut call = TcpStream::connect(&address).await.unwrap();
    call.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body: so it is inside the call now.
    let mut asked = [0; 25];
    call.read_exact(&mut asked).await.unwrap();
    assert!(asked.starts_with(b"HTTP/1.1 100 Continue"));

    bench.ask_to_stop();
    call.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    call.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(bench.ended().await, Ended::Whole);
    assert_eq!(bench.app.open_work().await.unwrap().open, 1, "it is stored");
    assert!(TcpStream::connect(&address).await.is_err(), "nobody is let in any more");
}

#[tokio::test]
async fn a_call_that_never_ends_gets_no_answer_and_does_not_hold_us_up() {
    let mut bench = Bench::connected_with(|settings| settings.server.drain_secs = 0).await;
    let mut call = TcpStream::connect(bench.url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = "POST /webhooks/intercom/own HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n";
    call.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    call.read_exact(&mut asked).await.unwrap();
    bench.ask_to_stop();
    assert_eq!(bench.ended().await, Ended::BrokenOff(1));
    let mut answer = String::new();
    let _ = call.read_to_string(&mut answer).await;
    assert!(!answer.contains("200"), "nothing was promised: {answer}");
    assert_eq!(bench.app.open_work().await.unwrap().open, 0);
}

#[tokio::test]
async fn more_calls_than_can_be_answered_are_asked_to_come_again() {
    let bench = Bench::connected_with(|settings| {
        settings.server.calls = 1;
        settings.server.timeout_secs = 1;
    })
    .await;
    let mut held = TcpStream::connect(bench.url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = "POST /webhooks/intercom/own HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n";
    held.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    held.read_exact(&mut asked).await.unwrap();
    let body = notification("n1", "ws_one", "1");
    let shed = bench.post("own", &body, Some(CLIENT_SECRET)).await;
    assert_eq!(shed.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(shed.text().await.unwrap().contains("overloaded"));
    // Whoever holds up the place loses it.
    let mut answer = String::new();
    let read = tokio::time::timeout(Duration::from_secs(10), async {
        let mut bytes = [0; 1024];
        let read = held.read(&mut bytes).await.unwrap();
        answer.push_str(&String::from_utf8_lossy(&bytes[..read]));
    });
    read.await.unwrap();
    assert!(answer.contains("503") || answer.contains("408"), "{answer}");
    assert_eq!(bench.post("own", &body, Some(CLIENT_SECRET)).await.status(), StatusCode::OK);
}
