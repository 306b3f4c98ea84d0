//! The company's word that its Messenger refuses whoever is not signed, and the probe that checks it.

use std::time::Duration;

use anyhow::ensure;
use connector::probe::Finding;
use domain::{TenantId, Timestamp};
use identity::assurance::{AFFIRMED_DAYS, PROBE_IS_FRESH_HOURS};
use ingest::Stop;
use serde::Serialize;
use store::live::ChannelAccount;
use store::proof::{Enforcement, Probed};

use crate::App;
use crate::books::Books;
use crate::conversation::rest;

const HOUR_MS: i64 = 3_600_000;
/// How long after a probe the next one is due.
const PROBE_AGAIN_MS: i64 = 23 * HOUR_MS;
/// How often somebody looks whether one is due.
const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// How a declaration stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// Nothing is declared: nobody is verified by a session.
    Undeclared,
    /// It counts, until this moment at least.
    Counts {
        /// When it lapses unless a person renews it or a probe is refused.
        until: Timestamp,
    },
    /// Neither a probe nor a person has spoken for it lately: nobody new is verified by a session.
    Lapsed {
        /// Since when.
        since: Timestamp,
    },
    /// A probe got through after it was last spoken for.
    Void {
        /// When.
        since: Timestamp,
    },
}

impl Standing {
    /// Returns how what is declared and known stands at `now`.
    #[must_use]
    pub fn of(known: Option<&Enforcement>, now: Timestamp) -> Self {
        let Some(known) = known.filter(|known| known.since.is_some()) else {
            return Self::Undeclared;
        };
        let said =
            [(Some(known.affirmed_at), AFFIRMED_DAYS * 24), (known.last_refused, PROBE_IS_FRESH_HOURS)];
        let said = said.into_iter().filter_map(|(at, hours)| Some((at?, hours)));
        let accepted = known.last_accepted;
        let until = said
            .filter(|(at, _)| accepted.is_none_or(|accepted| accepted < *at))
            .map(|(at, hours)| at.plus_millis(hours * HOUR_MS))
            .max();
        match until {
            None => Self::Void { since: accepted.unwrap_or(known.affirmed_at) },
            Some(until) if until < now => Self::Lapsed { since: until },
            Some(until) => Self::Counts { until },
        }
    }
}

impl Books {
    /// Notes that `by` declares: since `since`, unsigned sessions are refused on all platforms of the company.
    ///
    /// # Errors
    /// Fails when that is to begin later than now.
    pub async fn declare_enforcement(
        &self,
        tenant: TenantId,
        since: Timestamp,
        by: &str,
    ) -> anyhow::Result<()> {
        let now = self.clock.now();
        ensure!(since <= now, "{since} lies ahead; declare it when unsigned sessions are refused");
        Ok(self.store.declare_enforcement(tenant, since, (by, now)).await?)
    }

    /// Notes that `by` has looked, and it still holds.
    ///
    /// # Errors
    /// Fails when nothing is declared.
    pub async fn renew_enforcement(&self, tenant: TenantId, by: &str) -> anyhow::Result<()> {
        let affirmed = self.store.affirm_enforcement(tenant, (by, self.clock.now())).await;
        affirmed.map_err(undeclared)
    }

    /// Notes that `by` takes the declaration back.
    ///
    /// # Errors
    /// Fails when nothing is declared.
    pub async fn withdraw_enforcement(&self, tenant: TenantId, by: &str) -> anyhow::Result<()> {
        let withdrawn = self.store.withdraw_enforcement(tenant, (by, self.clock.now())).await;
        withdrawn.map_err(undeclared)
    }

    /// Returns what is declared and known, and how it stands now.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn enforcement(&self, tenant: TenantId) -> anyhow::Result<(Option<Enforcement>, Standing)> {
        let known = self.store.enforcement(tenant).await?;
        let standing = Standing::of(known.as_ref(), self.clock.now());
        Ok((known, standing))
    }
}

impl App {
    /// Probes the accounts of every tenant whose declaration is due, and drops step-ups that are over. Only a
    /// finding is kept: a probe that fails or shows nothing speaks for nobody.
    ///
    /// # Errors
    /// Fails when the store does.
    #[tracing::instrument(name = "identity.probe", skip_all)]
    pub async fn probe(&self) -> anyhow::Result<()> {
        let accounts = self.store.list_channel_accounts().await?;
        for tenant in self.store.list_tenants().await? {
            let now = self.seams.clock.now();
            self.store.expire_step_ups(tenant.id, now).await?;
            let before = now.plus_millis(-PROBE_AGAIN_MS);
            if !self.store.take_probe(tenant.id, before, now).await? {
                continue;
            }
            let own: Vec<_> = accounts.iter().filter(|account| account.tenant == tenant.id).collect();
            let mut findings = Vec::new();
            for account in own {
                findings.push(self.probe_account(account).await);
            }
            let found = whole(&findings);
            if let Some(probed) = found {
                self.store.put_probe(tenant.id, probed, now).await?;
            }
            self.warn(tenant.id, now).await?;
        }
        Ok(())
    }

    async fn probe_account(&self, account: &ChannelAccount) -> Finding {
        let probe = self.secret_of(account).and_then(|secret| self.seams.channels.probe(account, &secret));
        let found = match probe {
            Ok(None) => return Finding::Unknown,
            Ok(Some(probe)) => probe.unsigned().await.map_err(anyhow::Error::from),
            Err(error) => Err(error),
        };
        found.unwrap_or_else(|error| {
            tracing::warn!(account.id = %account.account, "a probe failed and shows nothing: {error:#}");
            Finding::Unknown
        })
    }

    /// Says in the log when a person should do something about a declaration.
    async fn warn(&self, tenant: TenantId, now: Timestamp) -> anyhow::Result<()> {
        match Standing::of(self.store.enforcement(tenant).await?.as_ref(), now) {
            Standing::Void { .. } => tracing::warn!(
                tenant.id = %tenant,
                "an unsigned session gets in, so nobody is verified by a session; switch enforcement on, then `backstory identity jwt renew`"
            ),
            Standing::Lapsed { since } => tracing::warn!(
                tenant.id = %tenant,
                "the declaration about signed sessions lapsed at {since}; look, then `backstory identity jwt renew`"
            ),
            Standing::Counts { until } if until < now.plus_millis(48 * HOUR_MS) => tracing::warn!(
                tenant.id = %tenant,
                "the declaration about signed sessions lapses at {until}; look, then `backstory identity jwt renew`"
            ),
            Standing::Counts { .. } | Standing::Undeclared => {}
        }
        Ok(())
    }

    /// Probes whatever is due, at once and then again and again, until `stop` asks for the end.
    pub async fn keep_probing(&self, stop: &Stop) {
        while !stop.is_asked() {
            if let Err(error) = self.probe().await {
                tracing::warn!("declarations could not be checked and are checked again later: {error:#}");
            }
            rest(LOOK_AGAIN, stop).await;
        }
    }
}

/// Returns what the findings of all accounts show together: one that lets the unsigned in is enough, and only if
/// all refuse them, they are refused.
fn whole(findings: &[Finding]) -> Option<Probed> {
    if findings.contains(&Finding::Accepted) {
        return Some(Probed::Accepted);
    }
    let all = !findings.is_empty() && findings.iter().all(|finding| *finding == Finding::Refused);
    all.then_some(Probed::Refused)
}

/// Says what to do where nothing is declared.
fn undeclared(error: store::Error) -> anyhow::Error {
    match error {
        store::Error::NotFound { .. } => anyhow::anyhow!(
            "nothing is declared; once whoever is not signed is refused on all your platforms: backstory identity jwt declare --since DATE"
        ),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * HOUR_MS;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn known(affirmed: i64, refused: Option<i64>, accepted: Option<i64>) -> Enforcement {
        Enforcement {
            since: Some(at(0)),
            affirmed_at: at(affirmed),
            last_refused: refused.map(at),
            last_accepted: accepted.map(at),
            probed_at: None,
        }
    }

    #[test]
    fn a_declaration_counts_as_long_as_somebody_speaks_for_it() {
        let standing = |known: Enforcement, now: i64| Standing::of(Some(&known), at(now));
        assert_eq!(Standing::of(None, at(0)), Standing::Undeclared);
        assert_eq!(standing(Enforcement { since: None, ..known(5, None, None) }, 6), Standing::Undeclared);
        assert_eq!(standing(known(0, None, None), 7 * DAY), Standing::Counts { until: at(7 * DAY) });
        assert_eq!(standing(known(0, None, None), 7 * DAY + 1), Standing::Lapsed { since: at(7 * DAY) });
        let probed = known(0, Some(10 * DAY), None);
        assert_eq!(standing(probed, 11 * DAY), Standing::Counts { until: at(10 * DAY + 36 * HOUR_MS) });
        assert_eq!(standing(known(0, None, Some(5)), 6), Standing::Void { since: at(5) });
        let renewed = known(6, None, Some(5));
        assert_eq!(standing(renewed, 7), Standing::Counts { until: at(6 + 7 * DAY) });
    }

    #[test]
    fn one_account_that_lets_the_unsigned_in_is_enough() {
        use Finding::{Accepted, Refused, Unknown};
        assert_eq!(whole(&[Refused, Accepted, Unknown]), Some(Probed::Accepted));
        assert_eq!(whole(&[Refused, Refused]), Some(Probed::Refused));
        assert_eq!(whole(&[Refused, Unknown]), None);
        assert_eq!(whole(&[]), None);
    }
}
