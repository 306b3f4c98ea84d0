//! Who switched what: the emergency stop, and how far each topic is automated.
//!
//! Rows are only added, so the list is its own audit. `auto` counts once a second person has confirmed it.

use std::collections::BTreeMap;

use domain::{Mode, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::Error;
use crate::sql::{Row, from_word, params, to_word};

/// The emergency stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// Nothing is written.
    Pressed,
    /// Everything goes on.
    Lifted,
}

/// What was switched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchKind {
    /// The emergency stop of the tenant.
    Stop(Stop),
    /// How far a topic is automated; an empty topic stands for all that have no switch of their own.
    Mode {
        /// The topic.
        topic: String,
        /// How far.
        mode: Mode,
    },
}

/// One time that somebody switched something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// Its number within the tenant, from 1.
    pub seq: i64,
    /// What.
    pub kind: SwitchKind,
    /// Who, by id.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who confirmed it, and when.
    pub confirmed: Option<(String, Timestamp)>,
}

impl Switch {
    fn counts(&self) -> bool {
        let needs_second = matches!(self.kind, SwitchKind::Mode { mode: Mode::Auto, .. });
        !needs_second || self.confirmed.is_some()
    }
}

/// How everything is switched now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Switches {
    /// Whether the emergency stop is pressed.
    pub stopped: bool,
    modes: BTreeMap<String, Mode>,
}

impl Switches {
    /// Returns the topics that have a mode of their own.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.modes.keys().map(String::as_str).filter(|topic| !topic.is_empty())
    }

    /// Returns how far a topic is automated: as switched, else as all are, else [`Mode::Draft`].
    #[must_use]
    pub fn mode(&self, topic: &str) -> Mode {
        self.modes.get(topic).or_else(|| self.modes.get("")).copied().unwrap_or_default()
    }
}

impl Store {
    /// Switches something and returns the number of the switch.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else switched at the same moment; the call can be repeated.
    pub async fn switch(
        &self,
        tenant: TenantId,
        kind: &SwitchKind,
        by: &str,
        at: Timestamp,
    ) -> Result<i64, Error> {
        let (name, topic, value) = match kind {
            SwitchKind::Stop(stop) => ("stop", "", to_word(stop)),
            SwitchKind::Mode { topic, mode } => ("mode", topic.as_str(), to_word(mode)),
        };
        let mut tx = self.pools.write(tenant).await?;
        let sql = "INSERT INTO switches (tenant, seq, kind, topic, value, changed_by, at)
             SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5, $6 FROM switches WHERE tenant = $1
             RETURNING seq";
        let seq = tx.one(sql, params![tenant, name, topic, value, by, at]).await?.int()?;
        tx.commit().await?;
        Ok(seq)
    }

    /// Confirms a switch by a second person.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such switch, [`Error::Conflict`] when it is confirmed already or
    /// `by` is who made it.
    pub async fn confirm_switch(
        &self,
        tenant: TenantId,
        seq: i64,
        by: &str,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "SELECT changed_by FROM switches WHERE tenant = $1 AND seq = $2";
        let found = tx.find(sql, params![tenant, seq]).await?;
        let made_by = found.ok_or_else(|| Error::not_found("switch", seq))?.text()?;
        if made_by == by {
            return Err(Error::Conflict {
                what: format!("switch `{seq}` needs a second person to confirm it"),
            });
        }
        let sql = "UPDATE switches SET confirmed_by = $3, confirmed_at = $4
             WHERE tenant = $1 AND seq = $2 AND confirmed_by IS NULL";
        if tx.execute(sql, params![tenant, seq, by, at]).await? == 0 {
            return Err(Error::Conflict { what: format!("switch `{seq}` is confirmed already") });
        }
        tx.commit().await
    }

    /// Returns everything that was ever switched, oldest first.
    pub async fn list_switches(&self, tenant: TenantId) -> Result<Vec<Switch>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT seq, kind, topic, value, changed_by, at, confirmed_by, confirmed_at FROM switches
             WHERE tenant = $1 ORDER BY seq";
        tx.rows(sql, params![tenant]).await?.into_iter().map(read).collect()
    }

    /// Returns how everything is switched now.
    pub async fn switches(&self, tenant: TenantId) -> Result<Switches, Error> {
        let mut now = Switches::default();
        for switch in self.list_switches(tenant).await?.into_iter().filter(Switch::counts) {
            match switch.kind {
                SwitchKind::Stop(stop) => now.stopped = stop == Stop::Pressed,
                SwitchKind::Mode { topic, mode } => {
                    now.modes.insert(topic, mode);
                }
            }
        }
        Ok(now)
    }
}

fn read(mut row: Row) -> Result<Switch, Error> {
    let (seq, kind, topic, value) = (row.int()?, row.text()?, row.text()?, row.text()?);
    let kind = match kind.as_str() {
        "stop" => SwitchKind::Stop(from_word(&value)?),
        "mode" => SwitchKind::Mode { topic, mode: from_word(&value)? },
        other => return Err(Error::damaged(format!("`{other}` is no switch"))),
    };
    let (by, at) = (row.text()?, row.time()?);
    let confirmed = row.maybe_text()?.zip(row.maybe_time()?);
    Ok(Switch { seq, kind, by, at, confirmed })
}
