//! Signed notifications, sent when they are due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use intercom_fake::{Notification, signature};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Pace, Took};
use crate::town::{CLIENT_SECRET, Town};

/// How long a refused notification waits before it is sent once more; Intercom waits a minute.
const AGAIN: Duration = Duration::from_secs(5);

/// Sends them all and returns how long each took from when it was due until it was acknowledged, and how many were
/// not taken at first. One that is not taken the second time is missing from what is returned.
pub(super) async fn send(town: &Town, pace: Pace) -> anyhow::Result<(Took, usize)> {
    let raised = town.fake.notifications();
    let begun: Vec<Notification> =
        raised.into_iter().filter(|one| one.topic == "conversation.user.created").collect();
    let bodies: Vec<(String, Vec<u8>)> = (0..pace.count)
        .map(|number| body(&begun[number % begun.len()], (number, number < begun.len())))
        .map(|body| (signature(CLIENT_SECRET, &body), body))
        .collect();
    let client =
        reqwest::Client::builder().pool_max_idle_per_host(64).timeout(Duration::from_secs(30)).build()?;
    let url: Arc<str> = town.webhooks.as_str().into();
    let mut sending = JoinSet::new();
    let mut ticks = tokio::time::interval(pace.every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    for (signed, body) in bodies {
        let due: Instant = ticks.tick().await.into_std();
        let (client, url) = (client.clone(), Arc::clone(&url));
        sending.spawn(async move {
            let post = || async {
                let call = client.post(&*url).header("x-hub-signature", &signed).body(body.clone());
                call.send().await.is_ok_and(|answer| answer.status().is_success())
            };
            if post().await {
                return Some((due.elapsed(), false));
            }
            tokio::time::sleep(AGAIN).await;
            post().await.then(|| (due.elapsed(), true))
        });
    }
    let taken: Vec<(Duration, bool)> = sending.join_all().await.into_iter().flatten().collect();
    let again = taken.iter().filter(|(_, again)| *again).count();
    anyhow::ensure!(!taken.is_empty(), "nothing was taken");
    Ok((Took::of(taken.into_iter().map(|(took, _)| took).collect()), again))
}

/// Writes a notification as Intercom does; each has an id of its own.
fn body(of: &Notification, (number, is_first): (usize, bool)) -> Vec<u8> {
    let topic = if is_first { of.topic.as_str() } else { "conversation.user.replied" };
    json!({
        "type": "notification_event",
        "app_id": of.app_id,
        "data": {"type": "notification_event_data", "item": of.item},
        "links": {},
        "id": format!("notif_load-{number}"),
        "topic": topic,
        "delivery_status": "pending",
        "delivery_attempts": 1,
        "delivered_at": 0,
        "first_sent_at": of.created_at,
        "created_at": of.created_at,
        "self": null,
    })
    .to_string()
    .into_bytes()
}
