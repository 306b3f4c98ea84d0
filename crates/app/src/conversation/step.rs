//! One look at one conversation.
//!
//! A step may be cut off anywhere and run again: it first settles what an earlier one left on its way, then
//! looks at the conversation as it stands now. What it decides on goes into the outbox before it leaves us,
//! and its outcome is recorded in the transaction that notes it as sent.

use std::sync::Arc;

use connector::Channel;
use domain::live::LiveConversation;
use domain::{ConversationId, Silence, TenantId, Timestamp};
use store::Claimed;
use store::live::{ChannelAccount, NewLive, NewOutcome, OutgoingState, Settled};

use super::gate::{Facts, Verdict, gate, topic};
use super::need::{Need, ids, is_customers};
use super::{send, work};
use crate::App;

/// How often a step looks anew when the conversation changes under its hands, before it comes back later.
const ROUNDS: u32 = 4;

/// Why a step ends without having done its work.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It failed; a later attempt may succeed.
    Later(anyhow::Error),
    /// Somebody else holds the job now.
    Lost,
}

impl<E: Into<anyhow::Error>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Later(error.into())
    }
}

/// A step, and what it works with.
pub(crate) struct Step<'a> {
    pub(crate) app: &'a App,
    pub(crate) job: &'a Claimed,
    pub(crate) account: ChannelAccount,
    pub(crate) channel: Arc<dyn Channel>,
    pub(crate) conversation: ConversationId,
    pub(crate) external_id: String,
}

impl<'a> Step<'a> {
    pub(crate) fn new(
        app: &'a App,
        job: &'a Claimed,
        account: ChannelAccount,
        external_id: &str,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            channel: app.channel(&account)?,
            conversation: ConversationId::derive(account.source, external_id),
            external_id: external_id.to_owned(),
            app,
            job,
            account,
        })
    }

    pub(crate) fn tenant(&self) -> TenantId {
        self.account.tenant
    }

    pub(crate) fn external_id(&self) -> &str {
        &self.external_id
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.seams.clock.now()
    }

    /// Makes sure that this step still holds its job, for long enough to deliver something.
    pub(crate) async fn hold(&self) -> Result<(), Halt> {
        match self.app.store.extend(self.job, self.now(), work::LEASE_MS).await {
            Err(store::Error::Conflict { .. }) => Err(Halt::Lost),
            other => Ok(other?),
        }
    }

    /// Runs the step.
    pub(crate) async fn run(&self) -> Result<(), Halt> {
        let mut live = match self.channel.load(&self.external_id).await {
            Err(connector::Error::NotFound { .. }) => {
                // Gone for good, and everything that was decided and written in it goes too.
                return Ok(self.app.store.forget_live(self.tenant(), self.conversation).await?);
            }
            loaded => loaded?,
        };
        let new = NewLive {
            conversation: self.conversation,
            source: self.account.source,
            external_id: self.external_id.clone(),
            channel: self.account.channel.clone(),
            account: self.account.account.clone(),
            inbox: live.inbox.clone(),
        };
        self.app.store.ensure_live(self.tenant(), &new).await?;
        self.settle_what_is_on_its_way(&live).await?;
        self.count_collisions(&live).await?;
        live = self.triage(live).await?;
        for _ in 0..ROUNDS {
            if self.round(&live).await?.is_done() {
                let mut after = self.channel.load(&self.external_id).await?;
                self.count_collisions(&after).await?;
                self.weigh(&after).await?;
                if self.label(&after).await? {
                    after = self.channel.load(&self.external_id).await?;
                }
                // What changed since this look, but for our own doings, is still to be looked at.
                let seen = if is_same(&live, &after) { after.updated_at } else { live.updated_at };
                self.app.store.seen_live(self.tenant(), self.conversation, seen).await?;
                return Ok(());
            }
            live = self.channel.load(&self.external_id).await?;
        }
        Err(Halt::Later(anyhow::anyhow!("the conversation changed {ROUNDS} times while it was looked at")))
    }

    /// Finds out what became of something that an earlier step had on its way: it is there, or it is not and
    /// is decided anew.
    async fn settle_what_is_on_its_way(&self, live: &LiveConversation) -> Result<(), Halt> {
        let Some(open) = self.app.store.open_outgoing(self.tenant(), self.conversation).await? else {
            return Ok(());
        };
        let there = match open.state {
            OutgoingState::Queued => None,
            _ => send::find(live, &open, &self.account.teammate),
        };
        let Some(part) = there else {
            let why = (Settled::Superseded, "not_found");
            return Ok(self.app.store.withdraw(self.tenant(), open.id, why, self.now()).await?);
        };
        let (_, trace) = self.app.store.trace(self.tenant(), open.trace).await?;
        let text = |key: &str| trace[key].as_str().map(str::to_owned);
        let outcome = NewOutcome {
            id: open.trace,
            conversation: self.conversation,
            parts: open.covers.clone(),
            topic: text("topic").unwrap_or_default(),
            outcome: text("outcome").unwrap_or_default(),
            reason: text("reason"),
            standing: true,
            sent: Some((open.id, part.id.clone())),
        };
        Ok(self.app.store.record_outcome(self.tenant(), &outcome, &trace, self.now()).await?)
    }

    /// Looks at the conversation once.
    async fn round(&self, live: &LiveConversation) -> Result<Round, Halt> {
        let outcomes = self.app.store.list_outcomes(self.tenant(), self.conversation).await?;
        let state = self.app.store.live_state(self.tenant(), self.conversation).await?;
        let switches = self.app.store.switches(self.tenant()).await?;
        let topic = topic(live, &switches);
        let need = Need::of(live, &outcomes);
        if !need.answered.is_empty() {
            let record = self.silence(ids(&need.answered), &topic, Silence::HumanOwns, true);
            self.record(record).await?;
        }
        if need.open.is_empty() {
            return Ok(Round::Done);
        }
        let who = self.app.identify(&self.account, live, &need.open).await?;
        let (settings, teammate) = (self.app.settings.live_of(self.tenant()), self.account.teammate.as_str());
        let facts = Facts {
            live,
            need: &need,
            state: &state,
            switches: &switches,
            settings,
            teammate,
            topic: &topic,
            who: &who,
            now: self.now(),
        };
        match gate(&facts) {
            Verdict::Waits(why, until) => {
                let parts = ids(&need.open);
                let known = outcomes.iter().any(|outcome| {
                    !outcome.standing
                        && outcome.reason.as_deref() == Some(why.name())
                        && outcome.parts == sorted(&parts)
                });
                if !known {
                    self.record(self.silence(parts, &topic, why, false)).await?;
                }
                if let Some(until) = until {
                    let job = self.app.look_at(&self.account, &self.external_id, (":again", until));
                    self.app.store.enqueue(self.tenant(), vec![job]).await?;
                }
                Ok(Round::Done)
            }
            Verdict::Settled(outcome) => {
                self.settle(&need, &topic, (outcome, &state), None).await?;
                Ok(Round::Done)
            }
            verdict @ (Verdict::Draft | Verdict::Auto) => {
                self.answer(live, &need, (&who, &state), (&topic, verdict)).await
            }
        }
    }
}

/// How a look at the conversation ended.
pub(crate) enum Round {
    /// Everything has its outcome.
    Done,
    /// It changed meanwhile.
    Again,
}

impl Round {
    fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

/// Reports whether nothing that we decide by has changed between two looks.
fn is_same(before: &LiveConversation, after: &LiveConversation) -> bool {
    fn customers(live: &LiveConversation) -> Vec<&str> {
        live.parts.iter().filter(|part| is_customers(part)).map(|part| part.id.as_str()).collect()
    }
    customers(before) == customers(after)
        && (before.other_bot, before.state, before.ticket) == (after.other_bot, after.state, after.ticket)
        && before.tags == after.tags
}

fn sorted(parts: &[String]) -> Vec<String> {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    parts
}
