//! Sorts a conversation: judges the customer's newest words and tags, writes and assigns what the configuration
//! says.
//!
//! It is done once for a message, before anything is answered, since a tag may be the topic that decides how. What a
//! person has done stands: a tag of ours that somebody took away is not put back, an attribute that somebody wrote is
//! not overwritten, and only what nobody has taken is assigned.

use std::collections::{BTreeMap, BTreeSet};

use connector::channel::Action;
use domain::live::{LiveConversation, Part, State};
use domain::message;
use responder::triage::{Judgement, judge};
use serde::{Deserialize, Serialize};

use super::need::newest_human;
use super::send::{difference, guard};
use super::step::{Halt, Step};
use crate::config::TriageConfig;

/// How often it is judged anew because the conversation changed meanwhile, before the next look does it.
const ROUNDS: u32 = 3;

/// What is noted of a conversation: ids, words of our own and names of tags, no texts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Noted {
    /// The message that was judged last.
    part: String,
    /// What was made out of it.
    judged: Option<Judgement>,
    /// Tags that we have added at any time.
    tags: BTreeSet<String>,
    /// What we wrote into attributes last.
    attributes: BTreeMap<String, String>,
    /// Whether we have assigned it.
    assigned: bool,
}

/// Returns what is to be done about a conversation that was judged, the assignment first.
fn plan(
    config: &TriageConfig,
    judgement: &Judgement,
    noted: &Noted,
    live: &LiveConversation,
    free: bool,
) -> Vec<Action> {
    let holding: Vec<_> = config.rules.iter().filter(|rule| rule.holds(judgement)).collect();
    let mut actions = Vec::new();
    if free && !noted.assigned {
        let to = holding.iter().find_map(|rule| rule.assignee());
        actions.extend(to.map(|to| Action::Assign { to: Some(to) }));
    }
    let topic = judgement.topic.as_ref().filter(|_| config.tag_topic);
    let mut tags: Vec<&String> =
        topic.into_iter().chain(holding.iter().filter_map(|rule| rule.tag.as_ref())).collect();
    tags.dedup();
    for name in tags {
        if !live.tags.contains(name) && !noted.tags.contains(name) {
            actions.push(Action::Tag { name: name.clone() });
        }
    }
    for (judged, name) in &config.attributes {
        let Some(value) = judged.of(judgement) else { continue };
        let there = live.attributes.get(name).filter(|there| !there.is_empty());
        if there.is_none_or(|there| noted.attributes.get(name) == Some(there) && *there != value) {
            actions.push(Action::Attribute { name: name.clone(), value });
        }
    }
    actions
}

impl Step<'_> {
    /// Sorts the conversation where that is configured and its newest message has not been judged yet. Returns the
    /// conversation as it stands afterwards.
    pub(crate) async fn triage(&self, live: LiveConversation) -> Result<LiveConversation, Halt> {
        let config = self.app.settings.triage_of(self.tenant());
        let mut live = live;
        if !config.enabled {
            return Ok(live);
        }
        for _ in 0..ROUNDS {
            let hands_off = &self.app.settings.live_of(self.tenant()).hands_off_tags;
            let open: Vec<&Part> = live.unanswered().filter(|part| !part.redacted).collect();
            let Some(newest) = open.last().map(|part| part.id.clone()) else { return Ok(live) };
            let off = live.is_private
                || live.state != State::Open
                || live.tags.iter().any(|tag| hands_off.contains(tag));
            if off || self.app.store.switches(self.tenant()).await?.stopped {
                return Ok(live);
            }
            let noted = self.app.store.triage(self.tenant(), self.conversation).await?;
            // What cannot be read was written by another release: judged anew, at worst a tag is added again.
            let mut noted: Noted =
                noted.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            if noted.part == newest {
                return Ok(live);
            }
            let judgement = self.judge(&live, &open).await?;
            let free = live.assignee.is_none() && newest_human(&live, &self.account.teammate).is_none();
            let actions = plan(config, &judgement, &noted, &live, free);
            if !actions.is_empty() {
                self.hold().await?;
                let now = self.channel.load(self.external_id()).await?;
                let made_for = guard(&live);
                let differs = made_for.as_ref().is_none_or(|made_for| difference(&now, made_for).is_some());
                if differs || now.tags != live.tags {
                    live = now;
                    continue;
                }
                for action in actions {
                    self.apply(action, &mut noted).await?;
                }
            }
            noted.part = newest;
            noted.judged = Some(judgement);
            let text = serde_json::to_string(&noted)?;
            self.app.store.put_triage(self.tenant(), self.conversation, &text).await?;
            return Ok(self.channel.load(self.external_id()).await?);
        }
        Ok(live)
    }

    async fn judge(&self, live: &LiveConversation, open: &[&Part]) -> Result<Judgement, Halt> {
        let topics = self.app.topics(self.tenant()).await?;
        let own = |part: &&Part| message::take_apart(live.subject.as_deref(), &part.text).own;
        let text = open.iter().map(own).collect::<Vec<_>>().join("\n");
        let least = self.app.settings.triage_of(self.tenant()).topic_confidence;
        Ok(judge(topics.as_deref(), live.subject.as_deref(), &text, least))
    }

    /// Does one thing and notes it. What the channel will never take is told and left; all else is tried again with
    /// the whole step, in which what is so already is not done twice.
    async fn apply(&self, action: Action, noted: &mut Noted) -> Result<(), Halt> {
        match self.channel.act(self.external_id(), &action).await {
            Ok(()) => {}
            Err(error @ (connector::Error::Malformed { .. } | connector::Error::GiveUp { .. })) => {
                tracing::warn!(
                    conversation.id = %self.conversation,
                    "what was made out of a conversation could not be written: {error}; the attributes and \
                     assignees of `triage` must exist in the channel"
                );
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        match action {
            Action::Tag { name } => {
                noted.tags.insert(name);
            }
            Action::Attribute { name, value } => {
                noted.attributes.insert(name, value);
            }
            _ => noted.assigned = true,
        }
        Ok(())
    }
}
