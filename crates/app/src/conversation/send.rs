//! Out through the fence: outbox row, last look, delivery, and what is done when nobody knows.

use anyhow::Context as _;
use connector::channel::{Action, Addressee, Changed, Delivery, Guard, Reply};
use domain::live::{Assignee, LiveConversation, Part, PartKind};
use domain::{Author, Mode};
use store::live::{NewOutgoing, Outgoing, OutgoingKind, Settled};

use super::step::{Halt, Step};

/// Clocks of two systems may differ by this much.
const SKEW_MS: i64 = 120_000;

/// What became of something that was to be written.
#[derive(Debug)]
pub(crate) enum Written {
    /// It is there, under this id of its part.
    There(String),
    /// It was not written; the conversation has to be looked at anew.
    Not(&'static str),
}

/// Returns what must be found unchanged for something made from `live` to be written.
pub(crate) fn guard(live: &LiveConversation) -> Option<Guard> {
    Some(Guard {
        newest_message: live.newest_message()?.id.clone(),
        readers: live.contacts.iter().filter_map(|contact| contact.contact_id.clone()).collect(),
        assignee: live.assignee.clone(),
        inbox: live.inbox.clone(),
        state: live.state,
    })
}

/// Returns the mark of what is written about these messages: the same for every attempt.
pub(crate) fn mark(conversation: &str, kind: OutgoingKind, covers: &[String]) -> String {
    let mut parts: Vec<&[u8]> =
        vec![conversation.as_bytes(), if kind == OutgoingKind::Note { b"n" } else { b"r" }];
    parts.extend(covers.iter().map(String::as_bytes));
    let hash = domain::text::hash(&parts);
    format!("bs-{}", hash[..6].iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Looks for something of ours that may have arrived: by its mark, else by its text.
pub(crate) fn find<'a>(live: &'a LiveConversation, sought: &Outgoing, teammate: &str) -> Option<&'a Part> {
    let kind = match sought.kind {
        OutgoingKind::Note => PartKind::Note,
        OutgoingKind::Reply => PartKind::Message,
    };
    let text = sought.text.as_deref().map(letters).unwrap_or_default();
    live.parts.iter().rev().find(|part| {
        part.kind == kind
            && part.author != Author::Customer
            && part.author_id.as_deref() == Some(teammate)
            && part.at.millis() >= sought.created_at.millis() - SKEW_MS
            && (part.text.contains(&sought.mark) || (!text.is_empty() && letters(&part.text) == text))
    })
}

/// Returns letters and digits alone: a channel may set a text anew.
fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).collect()
}

impl Step<'_> {
    /// Writes something into the conversation as `live` shows it, if it still stands so.
    pub(crate) async fn write(&self, live: &LiveConversation, new: NewOutgoing) -> Result<Written, Halt> {
        let (id, kind) = (new.id, new.kind);
        let guard = guard(live).context("there is a message to answer")?;
        self.app.store.queue_outgoing(self.tenant(), &new, self.now()).await?;
        let guard = match kind {
            OutgoingKind::Note => guard,
            OutgoingKind::Reply => match self.claim(&guard).await? {
                Ok(guard) => guard,
                Err(why) => return self.withdraw(&new, (Settled::Refused, why)).await,
            },
        };
        // The last look at our own side: whoever pressed the stop, or took the conversation's topic out of
        // automation, while the answer was made.
        if let Some(why) = self.held_back(live, kind).await? {
            return self.withdraw(&new, (Settled::Superseded, why)).await;
        }
        self.hold().await?;
        self.app.store.begin_sending(self.tenant(), id, self.now()).await?;
        let reply = Reply {
            conversation: live.external_id.clone(),
            to: match kind {
                OutgoingKind::Note => Addressee::Agents,
                OutgoingKind::Reply => Addressee::Customers,
            },
            text: new.text.clone(),
            as_teammate: self.account.teammate.clone(),
            mark: new.mark.clone(),
        };
        match self.channel.deliver(&reply, &guard).await {
            Ok(Delivery::Delivered { part }) => Ok(Written::There(part)),
            Ok(Delivery::Refused(changed)) => self.withdraw(&new, (Settled::Refused, name(changed))).await,
            Ok(Delivery::Unknown { what }) => {
                self.app.store.unclear(self.tenant(), id, &what, self.now()).await?;
                // It may still be on its way: the next attempt, after a wait, looks for it.
                Err(Halt::Later(anyhow::anyhow!("nobody knows whether something arrived: {what}")))
            }
            Err(error) => {
                // Nothing can have been written.
                self.withdraw(&new, (Settled::Superseded, "not_delivered")).await?;
                Err(error.into())
            }
        }
    }

    /// Claims the conversation for the AI teammate and returns the guard with our claim in it, or what has
    /// changed since the answer was made.
    async fn claim(&self, made_for: &Guard) -> Result<Result<Guard, &'static str>, Halt> {
        let look =
            async || -> Result<LiveConversation, Halt> { Ok(self.channel.load(self.external_id()).await?) };
        // An assignment is taken away by ours, so it is looked for first.
        if let Some(why) = difference(&look().await?, made_for) {
            return Ok(Err(why));
        }
        let ours = Some(Assignee::Agent(self.account.teammate.clone()));
        self.channel.act(self.external_id(), &Action::Assign { to: ours.clone() }).await?;
        let claimed = Guard { assignee: ours, ..made_for.clone() };
        Ok(difference(&look().await?, &claimed).map_or(Ok(claimed), Err))
    }

    async fn held_back(
        &self,
        live: &LiveConversation,
        kind: OutgoingKind,
    ) -> Result<Option<&'static str>, Halt> {
        let switches = self.app.store.switches(self.tenant()).await?;
        let mode = switches.mode(&super::gate::topic(live, &switches));
        Ok(match (switches.stopped, kind, mode) {
            (true, ..) => Some("stopped"),
            (_, OutgoingKind::Reply, Mode::Off | Mode::Draft) | (_, OutgoingKind::Note, Mode::Off) => {
                Some("mode_lowered")
            }
            _ => None,
        })
    }

    async fn withdraw(&self, new: &NewOutgoing, how: (Settled, &'static str)) -> Result<Written, Halt> {
        self.app.store.withdraw(self.tenant(), new.id, how, self.now()).await?;
        Ok(Written::Not(how.1))
    }

    /// Gives a conversation to whoever takes over, and looks whether it stuck. A conversation that a person
    /// has taken meanwhile is theirs already.
    pub(crate) async fn hand_over(&self) -> Result<(), Halt> {
        let ours = Assignee::Agent(self.account.teammate.clone());
        let to = self.app.settings.live_of(self.tenant()).hand_off_to()?;
        let before = self.channel.load(self.external_id()).await?.assignee;
        let free = before.as_ref().is_none_or(|assignee| *assignee == ours);
        if !free || before == to {
            return Ok(());
        }
        self.channel.act(self.external_id(), &Action::Assign { to: to.clone() }).await?;
        let after = self.channel.load(self.external_id()).await?.assignee;
        if after == to || after.as_ref().is_some_and(|assignee| *assignee != ours) {
            return Ok(());
        }
        Err(Halt::Later(anyhow::anyhow!("the conversation did not go to whom it was handed")))
    }
}

/// Returns what of a guard no longer holds.
pub(crate) fn difference(live: &LiveConversation, made_for: &Guard) -> Option<&'static str> {
    let Some(now) = guard(live) else {
        return Some("newer_message");
    };
    let rules = [
        (now.newest_message != made_for.newest_message, "newer_message"),
        (now.readers != made_for.readers, "readers"),
        (now.assignee != made_for.assignee || made_for.is_moved(live), "assignee"),
        (now.state != made_for.state, "state"),
    ];
    rules.into_iter().find_map(|(changed, why)| changed.then_some(why))
}

fn name(changed: Changed) -> &'static str {
    match changed {
        Changed::NewerMessage => "newer_message",
        Changed::HumanReplied => "human_replied",
        Changed::BotReplied => "bot_replied",
        Changed::Readers => "readers",
        Changed::Assignee => "assignee",
        Changed::State => "state",
        Changed::Gone => "gone",
    }
}

#[cfg(test)]
mod tests;
