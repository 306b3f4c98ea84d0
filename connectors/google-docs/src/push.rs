//! Channels by which Drive says that something has changed, so that a pull need not wait for its time.
//!
//! Optional, and never relied on: a notification carries no content and may be lost, so pulling by the clock goes on
//! as if there were none. Channels end and cannot be prolonged; [`Push::keep`] opens a new one before the old one
//! ends and stops the old one after it. Notifications are not signed. What tells a true one is a text that only we
//! and Google know, made of our key and the channel's name, so the caller needs to store no secret.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::hmac;
use connector::{Cursor, Error, Problem, Secret};
use domain::Timestamp;
use domain::text::hex;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::{Client, Connection, Failure};
use crate::source::logs_of;
use crate::wire;

/// How to be notified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where Google sends notifications: HTTPS with a certificate that others trust.
    pub address: String,
    /// A key of ours for telling true notifications, of at least 16 characters.
    pub key: Secret,
    /// How long a channel is asked to last; Google may cut that.
    pub lasts: Duration,
    /// How long before its end a channel is replaced.
    pub margin: Duration,
}

/// A channel that is open. The caller stores it; it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its name, which is ours.
    pub id: String,
    /// What Google calls what is watched.
    pub resource: String,
    /// The shared drive whose changes it tells, or the user's own when there is none.
    pub drive: Option<String>,
    /// When it ends.
    pub ends: Timestamp,
}

/// What a true notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The shared drive in which something has changed, or the user's own when there is none.
    pub drive: Option<String>,
    /// Whether it only says that the channel is open.
    pub is_opening: bool,
}

/// Opens and closes channels, and reads what comes through them.
pub struct Push {
    client: Client,
    config: Config,
}

impl Push {
    /// # Errors
    /// Fails when the address is not HTTPS, the key is short or the connection is impossible.
    pub fn new(connection: &Connection, config: Config) -> Result<Self, Error> {
        let give_up = |what: &str| Err(Error::GiveUp { what: what.to_owned(), source: None });
        if !config.address.starts_with("https://") {
            return give_up("Google sends notifications to HTTPS addresses alone");
        }
        if config.key.reveal().len() < 16 {
            return give_up("the key for notifications has fewer than 16 characters");
        }
        Ok(Self { client: Client::new(connection)?, config })
    }

    /// Returns the channels that are to be stored in place of `open`: one for every log that the cursor follows. A
    /// channel that cannot be opened is a problem; pulling goes on without it.
    ///
    /// # Errors
    /// Fails when the cursor is none of this connector.
    pub async fn keep(
        &self,
        cursor: &Cursor,
        open: Vec<Channel>,
    ) -> Result<(Vec<Channel>, Vec<Problem>), Error> {
        let wanted = logs_of(cursor)?;
        let fresh = self.client.now().plus_millis(millis(self.config.margin));
        let (mut kept, mut problems, mut ended) = (Vec::new(), Vec::new(), Vec::new());
        for channel in open {
            let is_double = kept.iter().any(|other: &Channel| other.drive == channel.drive);
            if wanted.contains(&channel.drive) && channel.ends > fresh && !is_double {
                kept.push(channel);
            } else {
                ended.push(channel);
            }
        }
        for drive in wanted {
            if kept.iter().any(|channel| channel.drive == drive) {
                continue;
            }
            match self.open(drive.clone()).await {
                Ok(channel) => kept.push(channel),
                Err(failure) => {
                    let place = drive.clone().unwrap_or_else(|| "My Drive".to_owned());
                    problems.push(Problem::kept(place, format!("is not notified of: {}", failure.what())));
                    // An old channel is better than none until it ends.
                    let old = ended.iter().position(|old| old.drive == drive && old.ends > self.client.now());
                    kept.extend(old.map(|at| ended.remove(at)));
                }
            }
        }
        self.stop(ended).await;
        Ok((kept, problems))
    }

    /// Stops channels. One that Google does not know is as good as stopped, and any other ends by itself.
    pub async fn stop(&self, channels: Vec<Channel>) {
        for channel in channels {
            let body = json!({"id": channel.id, "resourceId": channel.resource});
            if let Err(failure) = self.client.post(&["channels", "stop"], &[], &body).await {
                tracing::debug!("a channel of notifications was not stopped: {}", failure.what());
            }
        }
    }

    /// Reads the headers of a notification; none when it is not true or its channel is not stored.
    #[must_use]
    pub fn receive(&self, channels: &[Channel], headers: &[(&str, &str)]) -> Option<Notice> {
        let header = |name: &str| {
            headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
        };
        let channel = header("x-goog-channel-id")?;
        let channel = channels.iter().find(|known| known.id == channel)?;
        let token = unhex(header("x-goog-channel-token")?)?;
        hmac::verify(&self.key(), channel.id.as_bytes(), &token).ok()?;
        let resource = header("x-goog-resource-id").is_none_or(|id| id == channel.resource);
        let is_opening = header("x-goog-resource-state") == Some("sync");
        // The opening may arrive before the answer that says what is watched.
        (resource || is_opening).then(|| Notice { drive: channel.drive.clone(), is_opening })
    }

    async fn open(&self, drive: Option<String>) -> Result<Channel, Failure> {
        let mut name = [0_u8; 16];
        aws_lc_rs::rand::fill(&mut name).map_err(|_| Failure::refused("there is no randomness"))?;
        let id = hex(&name);
        let token = hex(hmac::sign(&self.key(), id.as_bytes()).as_ref());
        let mut query = vec![("supportsAllDrives", "true")];
        query.extend(drive.as_deref().map(|drive| ("driveId", drive)));
        let start = self.client.drive(&["changes", "startPageToken"], &query).await?;
        let start = wire::text(&start, "startPageToken")
            .ok_or_else(|| Failure::unreadable("GET /changes/startPageToken", "has no token"))?;
        query.extend([("pageToken", start), ("includeItemsFromAllDrives", "true")]);
        let wished = self.client.now().plus_millis(millis(self.config.lasts));
        let body = json!({"id": id, "type": "web_hook", "address": self.config.address, "token": token,
            "expiration": wished.millis().to_string()});
        let answer = self.client.post(&["changes", "watch"], &query, &body).await?;
        let resource = wire::text(&answer, "resourceId")
            .ok_or_else(|| Failure::unreadable("POST /changes/watch", "names no resource"))?;
        let ends = wire::text(&answer, "expiration").and_then(|ends| ends.parse().ok());
        // Without a stated end the shortest that is known of is assumed.
        let ends = ends.map_or_else(|| self.client.now().plus_millis(3_600_000), Timestamp::from_millis);
        Ok(Channel { id, resource: resource.to_owned(), drive, ends })
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.config.key.reveal().as_bytes())
    }
}

impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push").field("client", &self.client).field("config", &self.config).finish()
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.chunks(2).map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?)).collect()
}
