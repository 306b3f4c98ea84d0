//! Reading connected accounts in: everything at first, then what changed.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use async_trait::async_trait;
use connector::{Account, Cursor, Error, Listing, Looked, Page, Source};
use domain::record::ExternalId;
use domain::{TenantId, Timestamp};
use ingest::pipeline::Run;
use ingest::{Progress, Stop, Summary};
use store::live::ChannelAccount;

use crate::App;
use crate::conversation::refusal;
use crate::seams::Clock;

/// How far reading an account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Importing {
    /// What is being read.
    Reading(Reading),
    /// Something about the work on what was read.
    Working(Progress),
}

/// What of an account is being read, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// `articles`, `contacts`, `conversations`…
    pub what: &'static str,
    /// How many are read.
    pub read: u64,
    /// How many there are, where that is known.
    pub total: Option<u64>,
    /// How many seconds the rest takes at the pace so far, once that can be told.
    pub seconds_left: Option<u64>,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.total {
            Some(total) => write!(f, "{}: {} of {}", self.what, grouped(self.read), grouped(total))?,
            None => write!(f, "{}: {}", self.what, grouped(self.read))?,
        }
        match self.seconds_left {
            Some(left) if left >= 90 => write!(f, ", about {} minutes left", left.div_ceil(60)),
            Some(left) => write!(f, ", about {left} seconds left"),
            None => Ok(()),
        }
    }
}

/// Writes a number with a comma after each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How fast one kind of thing is read.
#[derive(Debug, Clone, Copy)]
struct Pace {
    what: &'static str,
    began: Timestamp,
    /// How many were read when it began.
    read: u64,
}

/// So much must have been read, and so long, before the pace tells anything.
const TELLING_ITEMS: u64 = 20;
const TELLING_MS: i64 = 2_000;

impl Pace {
    /// Returns how many seconds the rest takes.
    fn seconds_left(&self, read: u64, total: u64, now: Timestamp) -> Option<u64> {
        let done = read.checked_sub(self.read).filter(|done| *done >= TELLING_ITEMS)?;
        let took = now.millis().checked_sub(self.began.millis()).filter(|took| *took >= TELLING_MS)?;
        let left = total.saturating_sub(read);
        Some((took as f64 * left as f64 / done as f64 / 1_000.0).ceil() as u64)
    }
}

impl App {
    /// Returns the accounts that are connected to a tenant.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn accounts(&self, tenant: TenantId) -> anyhow::Result<Vec<ChannelAccount>> {
        let all = self.store.list_channel_accounts().await?;
        Ok(all.into_iter().filter(|account| account.tenant == tenant).collect())
    }

    /// Reads a connected account in; repeatable and resumable.
    ///
    /// # Errors
    /// Says what cannot be read or stored; what was read before stays.
    pub async fn import(
        &self,
        account: &ChannelAccount,
        allow_shrink: bool,
        stop: Stop,
        tell: &(dyn Fn(Importing) + Sync),
    ) -> anyhow::Result<Summary> {
        let source = self.seams.channels.source(account, &self.secret_of(account)?)?;
        let clock = &*self.seams.clock;
        let source = Watched { source: &*source, tell, clock, pace: Mutex::default() };
        let run = Run { tenant: account.tenant, now: self.seams.clock.now(), allow_shrink, stop };
        let summary = self.ingest.run(&run, &source, &|progress| tell(Importing::Working(progress))).await;
        summary.with_context(|| format!("reading `{}` of {} stopped", account.account, account.channel))
    }

    /// Reads all connected accounts anew. One that cannot be read is reported and read again next time.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn import_all(&self, stop: &Stop) -> anyhow::Result<()> {
        for account in self.store.list_channel_accounts().await? {
            if stop.is_asked() {
                break;
            }
            self.import_anew(&account, stop).await?;
        }
        Ok(())
    }

    /// Reads an account anew. What goes wrong is reported and comes again the next time.
    ///
    /// # Errors
    /// Fails when the store does.
    pub(crate) async fn import_anew(&self, account: &ChannelAccount, stop: &Stop) -> anyhow::Result<()> {
        let told = Mutex::new(None);
        // Once for each kind of thing: who reads the log sees what is coming, and nobody scrolls.
        let tell = |doing: Importing| {
            let Importing::Reading(reading) = doing else { return };
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            if reading.seconds_left.is_some_and(|left| left > WORTH_TELLING) && *told != Some(reading.what) {
                *told = Some(reading.what);
                tracing::info!(account.id = %account.account, "an account is being read: {reading}");
            }
        };
        match self.import(account, false, stop.clone(), &tell).await {
            Ok(summary) => {
                tracing::info!(account.id = %account.account, items = summary.items, "an account was read anew");
            }
            Err(_) if stop.is_asked() => {}
            Err(error) => match refusal(&error) {
                Some(what) => self.refused(account, what).await?,
                None => tracing::warn!(account.id = %account.account, "an account cannot be read: {error:#}"),
            },
        }
        Ok(())
    }
}

/// How many seconds of reading are worth a line in the log.
const WORTH_TELLING: u64 = 30;

/// A source that tells how far it is.
struct Watched<'a> {
    source: &'a dyn Source,
    tell: &'a (dyn Fn(Importing) + Sync),
    clock: &'a dyn Clock,
    pace: Mutex<Option<Pace>>,
}

impl Watched<'_> {
    fn reading(&self, at: &intercom::Progress) -> Reading {
        let now = self.clock.now();
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let known = pace.filter(|pace| pace.what == at.what);
        let pace = *pace.insert(known.unwrap_or(Pace { what: at.what, began: now, read: at.read }));
        let seconds_left = at.total.and_then(|total| pace.seconds_left(at.read, total, now));
        Reading { what: at.what, read: at.read, total: at.total, seconds_left }
    }
}

impl std::fmt::Debug for Watched<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.source.fmt(f)
    }
}

#[async_trait]
impl Source for Watched<'_> {
    async fn check(&self) -> Result<Account, Error> {
        self.source.check().await
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let page = self.source.pull(cursor).await?;
        if let Some(at) = intercom::progress(&page.next) {
            (self.tell)(Importing::Reading(self.reading(&at)));
        }
        Ok(page)
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error> {
        self.source.list(after).await
    }

    async fn look(&self, cursor: &Cursor, ids: &[ExternalId]) -> Result<Option<Looked>, Error> {
        self.source.look(cursor, ids).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_so_far_tells_how_long_the_rest_takes() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let pace = Pace { what: "conversations", began: at(0), read: 50 };
        assert_eq!(pace.seconds_left(60, 12_400, at(30)), None, "too few to tell");
        assert_eq!(pace.seconds_left(250, 12_400, at(1)), None, "too soon to tell");
        assert_eq!(pace.seconds_left(450, 12_450, at(50)), Some(1_500));
        assert_eq!(pace.seconds_left(500, 400, at(50)), Some(0), "more came than there were");
    }

    #[test]
    fn people_read_numbers_and_minutes() {
        let reading =
            |read, total, seconds_left| Reading { what: "conversations", read, total, seconds_left };
        assert_eq!(
            reading(400, Some(12_400), Some(1_500)).to_string(),
            "conversations: 400 of 12,400, about 25 minutes left"
        );
        assert_eq!(reading(1_234_567, None, None).to_string(), "conversations: 1,234,567");
        assert_eq!(reading(1, Some(9), Some(8)).to_string(), "conversations: 1 of 9, about 8 seconds left");
    }
}
