//! How far each topic is automated, and who decided it.

use domain::{Mode, TenantId};
use serde::Serialize;
use store::NewAudit;
use store::live::{Switch, SwitchKind};

use crate::Books;

/// How everything is switched, and everything that was ever decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Modes {
    /// The mode of each topic that has one of its own; the empty topic stands for all others.
    pub modes: Vec<TopicMode>,
    /// Every decision, oldest first.
    pub decisions: Vec<Decided>,
}

/// The mode that a topic has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TopicMode {
    /// The topic: a tag of conversations; empty for all that have no mode of their own.
    pub topic: String,
    /// The mode.
    pub mode: Mode,
}

/// One decision about a mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Its number, by which it is confirmed.
    pub number: i64,
    /// The topic.
    pub topic: String,
    /// The mode that was chosen.
    pub mode: Mode,
    /// Who chose it.
    pub by: String,
    /// Who confirmed it.
    pub confirmed_by: Option<String>,
    /// Whether it waits for a second person and does not count until then.
    pub waits: bool,
}

impl Decided {
    fn of(switch: Switch) -> Option<Self> {
        let SwitchKind::Mode { topic, mode } = switch.kind else { return None };
        let waits = mode == Mode::Auto && switch.confirmed.is_none();
        let confirmed_by = switch.confirmed.map(|(by, _)| by);
        Some(Self { number: switch.seq, topic, mode, by: switch.by, confirmed_by, waits })
    }
}

impl Books {
    /// Returns how everything is switched.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn modes(&self, tenant: TenantId) -> anyhow::Result<Modes> {
        let now = self.store.switches(tenant).await?;
        let topics = std::iter::once("").chain(now.topics());
        let modes =
            topics.map(|topic| TopicMode { topic: topic.to_owned(), mode: now.mode(topic) }).collect();
        let switches = self.store.list_switches(tenant).await?;
        Ok(Modes { modes, decisions: switches.into_iter().filter_map(Decided::of).collect() })
    }

    /// Chooses the mode of a topic, or of all topics without one of their own when `topic` is empty, and
    /// returns the number of the decision. [`Mode::Auto`] counts once somebody else has confirmed it.
    ///
    /// # Errors
    /// Fails when the topic cannot be one, or the store does.
    pub async fn set_mode(&self, tenant: TenantId, topic: &str, mode: Mode, by: &str) -> anyhow::Result<i64> {
        let topic = topic.trim();
        if topic.len() > MOST_TOPIC || topic.chars().any(char::is_control) {
            let what = format!("a topic is the name of a tag, of at most {MOST_TOPIC} bytes in one line");
            return Err(store::Error::Invalid { what }.into());
        }
        let now = self.clock.now();
        let kind = SwitchKind::Mode { topic: topic.to_owned(), mode };
        let number = self.store.switch(tenant, &kind, by, now).await?;
        let detail = format!("{number}: `{topic}` {}", mode.name());
        let audit = NewAudit { at: now, actor: by, action: "mode.set", about: None, detail };
        self.store.note(tenant, &audit).await?;
        Ok(number)
    }

    /// Confirms a decision as a second person.
    ///
    /// # Errors
    /// Fails when there is no such decision, it is confirmed already, or `by` is who made it.
    pub async fn confirm_mode(&self, tenant: TenantId, number: i64, by: &str) -> anyhow::Result<()> {
        let now = self.clock.now();
        self.store.confirm_switch(tenant, number, by, now).await?;
        let detail = number.to_string();
        let audit = NewAudit { at: now, actor: by, action: "mode.confirm", about: None, detail };
        Ok(self.store.note(tenant, &audit).await?)
    }
}

/// The longest topic, in bytes.
const MOST_TOPIC: usize = 200;
