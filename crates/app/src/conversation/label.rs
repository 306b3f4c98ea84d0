//! Who answered, written to an attribute of the conversation, so that the channel's own reports can tell the answers
//! of the AI, those that a person sent from a draft of ours, and a person's own apart.

use std::collections::BTreeSet;

use connector::channel::Action;
use domain::Author;
use domain::feedback;
use domain::live::{LiveConversation, Part, PartKind};
use store::live::{Outgoing, OutgoingKind, OutgoingState};

use super::compose;
use super::need::is_human;
use super::step::{Halt, Step};

/// Returns who gave the newest answer: `ai`, `ai_draft` or `human`. Nothing where we took no part.
pub(crate) fn answered_by(
    live: &LiveConversation,
    sent: &[Outgoing],
    teammate: &str,
) -> Option<&'static str> {
    let of = |kind| {
        let there = sent.iter().filter(move |one| one.kind == kind && one.state == OutgoingState::Sent);
        there.filter_map(|one| one.part.as_deref()).collect::<BTreeSet<&str>>()
    };
    let (replies, notes) = (of(OutgoingKind::Reply), of(OutgoingKind::Note));
    if replies.is_empty() && notes.is_empty() {
        return None;
    }
    let messages = live.parts.iter().rev().filter(|part| part.kind == PartKind::Message);
    let newest: Vec<&Part> = messages
        .skip_while(|part| part.author == Author::Customer)
        .take_while(|part| part.author != Author::Customer)
        .collect();
    let people: Vec<&Part> = newest.iter().copied().filter(|part| is_human(part, teammate)).collect();
    if people.is_empty() {
        return newest.iter().any(|part| replies.contains(part.id.as_str())).then_some("ai");
    }
    let drafts: Vec<&Part> = live.parts.iter().filter(|part| notes.contains(part.id.as_str())).collect();
    let from_draft = |message: &&Part| {
        drafts.iter().any(|draft| draft.at <= message.at && is_from(&message.text, &draft.text))
    };
    Some(if people.iter().any(from_draft) { "ai_draft" } else { "human" })
}

/// Reports whether a reply was made of the draft in a note.
fn is_from(reply: &str, note: &str) -> bool {
    compose::draft_in(note)
        .is_some_and(|draft| feedback::compare(draft, compose::without_frame(reply)).is_taken_over())
}

impl Step<'_> {
    /// Writes who answered, where that is wanted and not written yet. Reports whether anything was written.
    pub(crate) async fn label(&self, live: &LiveConversation) -> Result<bool, Halt> {
        let name = &self.app.settings.live_of(self.tenant()).outcome_attribute;
        if name.is_empty() {
            return Ok(false);
        }
        let sent = self.app.store.list_outgoing(self.tenant(), self.conversation).await?;
        let Some(value) = answered_by(live, &sent, &self.account.teammate) else { return Ok(false) };
        if live.attributes.get(name).map(String::as_str) == Some(value) {
            return Ok(false);
        }
        let action = Action::Attribute { name: name.clone(), value: value.to_owned() };
        match self.channel.act(&self.external_id, &action).await {
            Ok(()) => Ok(true),
            // An attribute that nobody has made yet must not keep answers from being recorded.
            Err(error @ (connector::Error::Malformed { .. } | connector::Error::GiveUp { .. })) => {
                tracing::warn!(
                    conversation.id = %self.conversation,
                    "who answered could not be written to the attribute `{name}`: {error}; make this attribute \
                     of conversations (a text) in the channel, or set `live.outcome_attribute` to \"\""
                );
                Ok(false)
            }
            Err(connector::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_from;

    const NOTE: &str = "Draft, not sent:\n\nHold the power button for twelve seconds until the display turns blue. \
                        Your settings stay as they are. [1]\n\nSources:\n[1] Reset the display";

    #[test]
    fn a_reply_with_little_changed_is_the_drafts() {
        for reply in [
            "Hold the power button for twelve seconds until the display turns blue. Your settings stay as they are.",
            "Hi Jona! Hold the power button for twelve seconds until the display turns blue; your settings stay as \
             they are.",
            "Hold the power button for 12 seconds until the display turns blue.",
        ] {
            assert!(is_from(reply, NOTE), "{reply}");
        }
    }

    #[test]
    fn a_persons_own_words_are_their_own() {
        for reply in [
            "",
            "Hold the button.",
            "I have refunded you for the display and sent a new one; it arrives on Tuesday with the post.",
            "Blue turns display the until seconds twelve for button power the hold.",
        ] {
            assert!(!is_from(reply, NOTE), "{reply}");
        }
    }
}
