//! Which notifications wait, which are due, and what became of them.

use serde_json::{Value, json};

use crate::faults::scatter;
use crate::state::Event;

/// How long after a failure the one repetition follows.
const RETRY_SECS: i64 = 60;
/// For how long a throttled subscription keeps a notification.
const THROTTLE_SECS: i64 = 2 * 60 * 60;

/// A notification as it was raised.
#[derive(Debug, Clone)]
pub struct Notification {
    /// Its id; a repetition has the same.
    pub id: String,
    /// The workspace.
    pub app_id: String,
    /// What happened.
    pub topic: String,
    /// When.
    pub created_at: i64,
    /// What it happened to.
    pub item: Value,
}

/// How an attempt to deliver went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered 2xx.
    Taken,
    /// The receiver answered otherwise.
    Refused(u16),
    /// The receiver did not answer in time or was not there.
    Unreachable,
}

/// One attempt to deliver.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The notification's id.
    pub id: String,
    /// What happened.
    pub topic: String,
    /// 1 or 2.
    pub attempt: u32,
    /// How it went.
    pub outcome: Outcome,
}

/// What is to be sent at one time.
#[derive(Debug, Clone)]
pub(crate) struct Shipment {
    notification: Notification,
    attempt: u32,
    first_sent_at: Option<i64>,
    due: i64,
}

impl Shipment {
    /// Returns the raw body, which is what gets signed.
    pub(crate) fn body(&self, now: i64) -> Vec<u8> {
        let notification = &self.notification;
        let envelope = json!({
            "type": "notification_event",
            "app_id": notification.app_id,
            "data": { "type": "notification_event_data", "item": notification.item },
            "links": {},
            "id": notification.id,
            "topic": notification.topic,
            "delivery_status": "pending",
            "delivery_attempts": self.attempt,
            "delivered_at": 0,
            "first_sent_at": self.first_sent_at.unwrap_or(now),
            "created_at": notification.created_at,
            "self": null,
        });
        envelope.to_string().into_bytes()
    }

    pub(crate) fn attempted(&self, outcome: Outcome) -> Attempt {
        let notification = &self.notification;
        let (id, topic) = (notification.id.clone(), notification.topic.clone());
        Attempt { id, topic, attempt: self.attempt, outcome }
    }
}

#[derive(Debug, Clone, Copy)]
enum Order {
    AsRaised,
    Shuffled(u64),
}

/// Everything that is or was to be sent.
#[derive(Debug)]
pub(crate) struct Outbox {
    pub(crate) url: Option<String>,
    topics: Option<Vec<String>>,
    raised: Vec<Notification>,
    waiting: Vec<Shipment>,
    given_up: Vec<String>,
    lose: usize,
    duplicate: usize,
    order: Order,
}

impl Outbox {
    pub(crate) fn new(topics: Option<Vec<String>>) -> Outbox {
        let (raised, waiting, given_up) = (Vec::new(), Vec::new(), Vec::new());
        Outbox { url: None, topics, raised, waiting, given_up, lose: 0, duplicate: 0, order: Order::AsRaised }
    }

    /// Takes what happened in a workspace. Without a subscription it is noted and never sent.
    pub(crate) fn take(&mut self, app_id: &str, events: Vec<Event>, now: i64) {
        for Event { topic, item } in events {
            let subscribed =
                topic == "ping" || self.topics.as_ref().is_none_or(|topics| topics.contains(&topic));
            let id = format!("notif_{:08x}-0000-4000-8000-000000000000", self.raised.len() + 1);
            let notification = Notification { id, app_id: app_id.to_owned(), topic, created_at: now, item };
            self.raised.push(notification.clone());
            if self.url.is_none() || !subscribed {
                continue;
            }
            if self.lose > 0 {
                self.lose -= 1;
                self.given_up.push(notification.id);
                continue;
            }
            let shipment = Shipment { notification, attempt: 1, first_sent_at: None, due: now };
            if self.duplicate > 0 {
                self.duplicate -= 1;
                self.waiting.push(shipment.clone());
            }
            self.waiting.push(shipment);
        }
    }

    /// Returns what is due and takes it out.
    pub(crate) fn due(&mut self, now: i64) -> Vec<Shipment> {
        if self.url.is_none() {
            self.waiting.clear();
        }
        let (mut due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|shipment| shipment.due <= now);
        self.waiting = later;
        if let Order::Shuffled(seed) = self.order {
            let mut place = 0;
            due.sort_by_cached_key(|_| {
                place += 1;
                scatter(seed ^ scatter(place))
            });
        }
        due
    }

    /// Notes how a shipment fared. It is sent once more after a minute; a receiver that is too busy is asked
    /// again for two hours, and one that is gone never again.
    pub(crate) fn settle(&mut self, mut shipment: Shipment, outcome: Outcome, now: i64) {
        let first = *shipment.first_sent_at.get_or_insert(now);
        shipment.due = now + RETRY_SECS;
        match outcome {
            Outcome::Taken => {}
            Outcome::Refused(410) => {
                self.url = None;
                self.waiting.clear();
            }
            Outcome::Refused(429) if now + RETRY_SECS <= first + THROTTLE_SECS => self.waiting.push(shipment),
            Outcome::Refused(status) if status != 429 && shipment.attempt == 1 => {
                shipment.attempt = 2;
                self.waiting.push(shipment);
            }
            Outcome::Unreachable if shipment.attempt == 1 => {
                shipment.attempt = 2;
                self.waiting.push(shipment);
            }
            Outcome::Refused(_) | Outcome::Unreachable => self.given_up.push(shipment.notification.id),
        }
    }

    pub(crate) fn lose_next(&mut self, count: usize) {
        self.lose += count;
    }

    pub(crate) fn duplicate_next(&mut self, count: usize) {
        self.duplicate += count;
    }

    pub(crate) fn shuffle(&mut self, seed: Option<u64>) {
        self.order = seed.map_or(Order::AsRaised, Order::Shuffled);
    }

    /// Sends a notification again although it was taken.
    pub(crate) fn resend(&mut self, id: &str, now: i64) -> bool {
        let Some(notification) = self.raised.iter().find(|raised| raised.id == id).cloned() else {
            return false;
        };
        self.waiting.push(Shipment { notification, attempt: 1, first_sent_at: None, due: now });
        true
    }

    pub(crate) fn raised(&self) -> &[Notification] {
        &self.raised
    }

    pub(crate) fn given_up(&self) -> &[String] {
        &self.given_up
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}
