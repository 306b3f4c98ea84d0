//! Channels: what would be sent to whom. Nothing is sent; a test takes the notifications and hands them on.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::world::LogKey;

/// A notification as it would arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Where it would go.
    pub address: String,
    /// Its headers. The body is empty.
    pub headers: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
struct Channel {
    id: String,
    token: String,
    address: String,
    resource: String,
    log: LogKey,
    ends: i64,
    messages: u64,
}

/// All channels.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    open: Vec<Channel>,
    waiting: Vec<Notification>,
    used: Vec<String>,
}

impl Channels {
    /// Opens a channel.
    pub(crate) fn watch(
        &mut self,
        body: &Value,
        log: LogKey,
        now: i64,
        longest: i64,
    ) -> Result<Value, ApiError> {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (id, address) = (text("id"), text("address"));
        if id.is_empty() || text("type") != "web_hook" && text("type") != "webhook" {
            return Err(ApiError::new(400, "required"));
        }
        if self.used.contains(&id) {
            return Err(ApiError::new(400, "channelIdNotUnique"));
        }
        if !address.starts_with("https://") {
            return Err(ApiError::new(400, "push.webhookUrlNotHttps"));
        }
        self.used.push(id.clone());
        let wished = text("expiration").parse::<i64>().unwrap_or(now + 3_600_000);
        let ends = wished.min(now + longest);
        let resource = match &log {
            LogKey::User(email) => format!("resource-of-{}", email.replace('@', "-")),
            LogKey::Drive(drive) => format!("resource-of-{drive}"),
        };
        let mut channel = Channel { id, token: text("token"), address, resource, log, ends, messages: 0 };
        self.waiting.push(channel.message("sync"));
        let answer = json!({"kind": "api#channel", "id": channel.id, "resourceId": channel.resource,
            "resourceUri": "https://www.googleapis.com/drive/v3/changes?alt=json", "token": channel.token,
            "expiration": ends.to_string()});
        self.open.push(channel);
        Ok(answer)
    }

    pub(crate) fn stop(&mut self, body: &Value) -> Result<Value, ApiError> {
        let before = self.open.len();
        self.open
            .retain(|open| body["id"] != open.id.as_str() || body["resourceId"] != open.resource.as_str());
        if self.open.len() == before { Err(ApiError::missing()) } else { Ok(Value::Null) }
    }

    /// Says that logs have something new.
    pub(crate) fn raise(&mut self, fresh: &[LogKey], now: i64) {
        self.open.retain(|open| open.ends > now);
        for open in self.open.iter_mut().filter(|open| fresh.contains(&open.log)) {
            let message = open.message("change");
            self.waiting.push(message);
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Notification> {
        std::mem::take(&mut self.waiting)
    }

    pub(crate) fn count(&self, now: i64) -> usize {
        self.open.iter().filter(|open| open.ends > now).count()
    }
}

impl Channel {
    fn message(&mut self, state: &str) -> Notification {
        // Numbers rise and are not consecutive.
        self.messages += if self.messages == 0 { 1 } else { 3 };
        let headers = [
            ("X-Goog-Channel-ID", self.id.clone()),
            ("X-Goog-Channel-Token", self.token.clone()),
            ("X-Goog-Channel-Expiration", crate::clock::http_date(self.ends)),
            ("X-Goog-Resource-ID", self.resource.clone()),
            ("X-Goog-Resource-URI", "https://www.googleapis.com/drive/v3/changes".to_owned()),
            ("X-Goog-Resource-State", state.to_owned()),
            ("X-Goog-Message-Number", self.messages.to_string()),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Notification { address: self.address.clone(), headers }
    }
}
