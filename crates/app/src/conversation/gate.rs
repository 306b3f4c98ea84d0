//! Whether anything is said at all. A pure function over what is known.

use std::collections::BTreeSet;

use domain::live::{Assignee, BegunBy, LiveConversation, OtherBot, State, TicketState};
use domain::record::Channel;
use domain::{HandOff, Mode, Outcome, Silence, Timestamp};
use store::live::{LiveState, Switches};

use super::identify::Who;
use super::need::{Need, newest_human};
use crate::config::{AutoHours, LiveConfig};

/// How long a person who answered keeps drafts away.
const HUMAN_MS: i64 = 10 * 60_000;
const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;
/// Most automatic replies in one conversation.
pub(crate) const MOST_AUTOMATIC: u32 = 2;

/// All that the gate looks at.
pub(crate) struct Facts<'a> {
    pub(crate) live: &'a LiveConversation,
    pub(crate) need: &'a Need<'a>,
    pub(crate) state: &'a LiveState,
    pub(crate) switches: &'a Switches,
    pub(crate) settings: &'a LiveConfig,
    /// The teammate in whose name we write.
    pub(crate) teammate: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) who: &'a Who,
    pub(crate) now: Timestamp,
}

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A draft for the agents.
    Draft,
    /// A reply, if everything else allows it; else a draft.
    Auto,
    /// Nothing is written, and that stands.
    Settled(Outcome),
    /// Nothing is written as long as the reason lasts; where it is known, until when.
    Waits(Silence, Option<Timestamp>),
}

/// Returns the topic of a conversation: its first tag that has a mode of its own.
pub(crate) fn topic(live: &LiveConversation, switches: &Switches) -> String {
    let topics: BTreeSet<&str> = switches.topics().collect();
    let tag = live.tags.iter().find(|tag| topics.contains(tag.as_str()));
    tag.map_or_else(|| "default".to_owned(), Clone::clone)
}

/// Decides what may be done. The order matters: the first reason that holds is the one that is recorded.
pub(crate) fn gate(facts: &Facts<'_>) -> Verdict {
    let silent = |why| Verdict::Settled(Outcome::Silent(why));
    let hand_off = |why| Verdict::Settled(Outcome::HandOff(why));
    let Facts { live, settings, who, now, .. } = facts;
    let mode = facts.switches.mode(facts.topic);
    let age = facts.need.newest_at().map_or(0, |at| now.millis() - at.millis());

    if live.is_private {
        return Verdict::Waits(Silence::PrivateInbox, None);
    }
    if facts.switches.stopped {
        return Verdict::Waits(Silence::Stopped, None);
    }
    if mode == Mode::Off || live.tags.iter().any(|tag| settings.hands_off_tags.contains(tag)) {
        return silent(Silence::Off);
    }
    if age > i64::from(settings.draft_within_hours) * HOUR_MS {
        return silent(Silence::TooLate);
    }
    match live.other_bot {
        OtherBot::Answering => return Verdict::Waits(Silence::OtherBotOwns, None),
        OtherBot::Collecting => return Verdict::Waits(Silence::WorkflowCollecting, None),
        OtherBot::Absent | OtherBot::Done => {}
    }
    if facts.state.hands_off_at.is_some() || live.state != State::Open {
        return silent(Silence::HumanOwns);
    }
    if live.ticket == TicketState::Open {
        return silent(Silence::TicketOpen);
    }
    if matches!(live.begun_by, BegunBy::Campaign | BegunBy::Agent) {
        return silent(Silence::OutboundReply);
    }
    if who.from_machine {
        return silent(Silence::Automatic);
    }
    if let Some(human) = newest_human(live, facts.teammate) {
        let until = human.at.plus_millis(HUMAN_MS);
        if until > *now {
            return Verdict::Waits(Silence::HumanOwns, Some(until));
        }
    }
    if who.limits.contains("stranger") {
        return hand_off(HandOff::ExternalSender);
    }
    if who.limits.contains("forwarded") {
        return hand_off(HandOff::Forwarded);
    }
    if mode == Mode::Auto && may_reply(facts, age) { Verdict::Auto } else { Verdict::Draft }
}

/// Reports whether nothing but the answer itself stands against an automatic reply.
fn may_reply(facts: &Facts<'_>, age: i64) -> bool {
    let Facts { live, settings, state, .. } = facts;
    let ours = Assignee::Agent(facts.teammate.to_owned());
    let open = settings.office.is_open(facts.now);
    let hours = match settings.auto_hours {
        AutoHours::Always => true,
        AutoHours::Open => open,
        AutoHours::Closed => !open,
    };
    let by_mail = live.channel == Channel::Email
        || facts.need.open.iter().any(|part| part.channel == Some(Channel::Email));
    state.paused_at.is_none()
        && state.automatic_count < MOST_AUTOMATIC
        && live.assignee.as_ref().is_none_or(|assignee| *assignee == ours)
        && facts.who.assurance >= settings.auto_assurance
        && age <= i64::from(settings.auto_within_minutes) * MINUTE_MS
        && (settings.auto_mail || !by_mail)
        && hours
}

#[cfg(test)]
mod tests;
