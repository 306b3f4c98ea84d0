//! A conversation as it stands: who reads along, what was said by what way, who is to answer.

use std::collections::BTreeMap;

use domain::Author;
use domain::live::{Assignee, BegunBy, LiveConversation, OtherBot, Part, PartKind, State, TicketState};
use domain::record::{Channel, RawCustomer};
use serde_json::{Map, Value};

use super::{author, moment, people};
use crate::html;
use crate::wire::{self, Conversation, Mail};

/// Makes the conversation; `contacts` may know more of its readers than it says itself.
///
/// # Errors
/// Says what is missing.
pub(crate) fn conversation(
    conversation: &Conversation,
    contacts: Vec<RawCustomer>,
    ticket: TicketState,
) -> Result<LiveConversation, &'static str> {
    let external_id = conversation.id.clone().ok_or("has no `id`")?;
    let created_at = conversation.created_at.ok_or("has no `created_at`")?;
    let parts = parts(conversation, created_at);
    let source = conversation.source.as_ref();
    Ok(LiveConversation {
        external_id,
        channel: channel(source),
        language: None,
        created_at: moment(created_at),
        updated_at: moment(conversation.updated_at.unwrap_or(created_at)),
        begun_by: begun_by(source),
        state: state(conversation),
        assignee: assignee(conversation),
        inbox: conversation.team_assignee_id.clone(),
        is_private: false,
        contacts,
        subject: source.and_then(|source| source.subject.as_deref()).map(html::plain),
        tags: conversation.tags.iter().filter_map(|tag| tag.name.clone()).collect(),
        attributes: texts(conversation.custom_attributes.as_ref()),
        noted: BTreeMap::new(),
        rating: rating(conversation),
        other_bot: other_bot(conversation, &parts),
        ticket,
        parts_in_all: conversation.parts_in_all().map(|count| count + u64::from(source.is_some())),
        parts,
    })
}

/// Returns the state, judged by `open` where the word is missing.
pub(crate) fn state(conversation: &Conversation) -> State {
    match conversation.state.as_deref() {
        Some("open") => State::Open,
        Some("snoozed") => State::Snoozed,
        Some("closed") => State::Closed,
        _ if conversation.open => State::Open,
        _ => State::Closed,
    }
}

/// Returns who is to answer; a teammate comes before the team.
pub(crate) fn assignee(conversation: &Conversation) -> Option<Assignee> {
    let agent = conversation.admin_assignee_id.clone().map(Assignee::Agent);
    agent.or_else(|| conversation.team_assignee_id.clone().map(Assignee::Team))
}

/// Returns those of some attributes that are texts.
pub(crate) fn texts(attributes: Option<&Map<String, Value>>) -> BTreeMap<String, String> {
    let all = attributes.into_iter().flatten();
    all.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

pub(crate) fn rating(conversation: &Conversation) -> Option<u8> {
    let rating = conversation.conversation_rating.as_ref()?.rating?;
    u8::try_from(rating).ok().filter(|rating| (1..=5).contains(rating))
}

/// Returns everybody among the customers, the one who began first, with what their own messages say of them.
pub(crate) fn readers(conversation: &Conversation) -> Vec<RawCustomer> {
    let first = conversation.source.as_ref().and_then(|source| source.author.as_ref());
    let authors: Vec<&wire::Author> = first
        .into_iter()
        .chain(conversation.parts().iter().filter_map(|part| part.author.as_ref()))
        .filter(|one| author(Some(one)) == Author::Customer)
        .collect();
    let mut readers: Vec<RawCustomer> = conversation
        .contacts
        .iter()
        .filter(|contact| contact.id.is_some() || contact.external_id.is_some())
        .map(|contact| {
            let wrote = authors.iter().find(|author| author.id.is_some() && author.id == contact.id);
            let known = wrote.map(|author| of_author(author)).unwrap_or_default();
            let account_id = contact.external_id.clone().filter(|_| people::is_own(known.role));
            RawCustomer { contact_id: contact.id.clone(), account_id, ..known }
        })
        .collect();
    if readers.is_empty() {
        readers.extend(authors.first().map(|author| of_author(author)));
    }
    if let Some(id) = first.and_then(|author| author.id.as_ref()) {
        readers.sort_by_key(|reader| reader.contact_id.as_ref() != Some(id));
    }
    readers
}

/// Returns everybody among the customers as [`readers`] does, save that the one who began is who wrote the first
/// message, also where somebody else stands in that place now: Intercom hands the conversations of a lead over to
/// the user into whom it was merged, and what was written without proof does not become that user's by it.
pub(crate) fn customers(conversation: &Conversation) -> Vec<RawCustomer> {
    let mut customers = readers(conversation);
    let parts = conversation.parts().iter().filter_map(|part| part.author.as_ref());
    let mut authors =
        conversation.source.as_ref().and_then(|source| source.author.as_ref()).into_iter().chain(parts);
    let first = authors.find(|one| author(Some(one)) == Author::Customer && one.id.is_some());
    if let (Some(first), Some(begun)) = (first, customers.first())
        && begun.contact_id.is_some()
        && customers.iter().all(|customer| customer.contact_id != first.id)
    {
        customers[0] = of_author(first);
    }
    customers
}

fn of_author(author: &wire::Author) -> RawCustomer {
    RawCustomer {
        contact_id: author.id.clone(),
        name: author.name.clone(),
        email: author.email.clone(),
        role: author.kind.as_deref().and_then(people::role),
        ..RawCustomer::default()
    }
}

/// Returns by what way a conversation came in.
pub(crate) fn channel(source: Option<&wire::Source>) -> Channel {
    match source.and_then(|source| source.kind.as_deref()) {
        Some("conversation") => Channel::Messenger,
        Some("email") => Channel::Email,
        Some("phone_call" | "phone_switch") => Channel::Phone,
        _ => Channel::Other,
    }
}

/// Returns how a conversation was begun: by what Intercom says, else by whose first message it is.
pub(crate) fn begun_by(source: Option<&wire::Source>) -> BegunBy {
    match source.and_then(|source| source.delivered_as.as_deref()) {
        Some("customer_initiated") => return BegunBy::Customer,
        Some("campaigns_initiated" | "automated") => return BegunBy::Campaign,
        Some("operator_initiated") => return BegunBy::Workflow,
        Some("admin_initiated") => return BegunBy::Agent,
        _ => {}
    }
    match author(source.and_then(|source| source.author.as_ref())) {
        Author::Customer => BegunBy::Customer,
        Author::Agent => BegunBy::Agent,
        Author::Bot => BegunBy::Workflow,
        Author::Other => BegunBy::Unknown,
    }
}

/// Says what Fin or a workflow is doing. In doubt somebody else is answering: silence is the safe side.
fn other_bot(conversation: &Conversation, parts: &[Part]) -> OtherBot {
    let fin_wrote = |part: &&wire::Part| {
        part.author.as_ref().is_some_and(|author| author.from_ai_agent || author.is_ai_answer)
    };
    let last_of_fin = conversation.parts().iter().rev().find(fin_wrote);
    let said = conversation.ai_agent.as_ref().map(|agent| agent.resolution_state.as_deref());
    if conversation.ai_agent_participated || said.is_some() || last_of_fin.is_some() {
        let handed_over = matches!(
            said.flatten(),
            Some("escalated" | "negative_feedback" | "procedure_handoff" | "routed_to_team" | "abandoned")
        );
        let fin_at = last_of_fin.and_then(|part| part.created_at).map(moment);
        let taken_over = parts.iter().any(|part| {
            part.kind == PartKind::Message
                && part.author == Author::Agent
                && fin_at.is_some_and(|at| part.at > at)
        });
        return if handed_over || taken_over { OtherBot::Done } else { OtherBot::Answering };
    }
    // A workflow that has just asked something waits for the answer itself.
    let newest = parts.iter().rev().find(|part| part.kind == PartKind::Message);
    let asked = newest.is_some_and(|part| {
        let offers_choices = conversation.parts().iter().any(|wire| {
            wire.id.as_deref() == Some(&part.id) && wire.part_type.as_deref() == Some("quick_reply")
        });
        part.author == Author::Bot && (offers_choices || part.text.trim_end().ends_with(['?', '？']))
    });
    let bot_wrote = parts.iter().any(|part| part.kind == PartKind::Message && part.author == Author::Bot);
    match (asked, bot_wrote) {
        (true, _) => OtherBot::Collecting,
        (false, true) => OtherBot::Done,
        (false, false) => OtherBot::Absent,
    }
}

/// Returns the first message and all parts, oldest first. One without a time stands at the time before it.
pub(crate) fn parts(conversation: &Conversation, created_at: i64) -> Vec<Part> {
    let way = channel(conversation.source.as_ref());
    let mut parts = Vec::with_capacity(conversation.parts().len() + 1);
    parts.extend(conversation.source.as_ref().map(|source| first(source, created_at)));
    let mut before = created_at;
    for (position, part) in conversation.parts().iter().enumerate() {
        before = part.created_at.unwrap_or(before);
        parts.push(self::part(part, position, before, way));
    }
    parts.sort_by_key(|part| part.at);
    parts
}

fn first(source: &wire::Source, created_at: i64) -> Part {
    let mail = source.email_message_metadata.as_ref().and_then(Option::as_ref);
    let way = if mail.is_some() { Channel::Email } else { channel(Some(source)) };
    let said = Said { body: source.body.as_deref(), redacted: source.redacted, mail };
    let id = source.id.clone().unwrap_or_else(|| "source".to_owned());
    let names = attachments(&source.attachments);
    said.part(id, PartKind::Message, source.author.as_ref(), created_at, Some(way), names)
}

/// Makes a part of a conversation or a ticket that began by `way`.
pub(crate) fn part(part: &wire::Part, position: usize, at: i64, way: Channel) -> Part {
    let kind = kind(part);
    let mail = part.email_message_metadata.as_ref();
    // Only where the absence of a mail is stated is it known; a missing field says nothing.
    let channel = match (kind, mail) {
        (PartKind::Message, Some(Some(_))) => Some(Channel::Email),
        (PartKind::Message, Some(None)) if way == Channel::Messenger => Some(Channel::Messenger),
        _ => None,
    };
    let said =
        Said { body: part.body.as_deref(), redacted: part.redacted, mail: mail.and_then(Option::as_ref) };
    let id = part.id.clone().unwrap_or_else(|| format!("part-{position}"));
    said.part(id, kind, part.author.as_ref(), at, channel, attachments(&part.attachments))
}

/// Tells what customers could read. Words of people stand in parts of many types (assignments, closings);
/// notes, summaries of calls and what a new type calls a note are for teammates alone.
fn kind(part: &wire::Part) -> PartKind {
    let word = part.part_type.as_deref().unwrap_or_default();
    if word.starts_with("note")
        || word.ends_with("_note")
        || word.contains("_note_")
        || word.contains("summary")
    {
        return PartKind::Note;
    }
    let is_message = matches!(word, "comment" | "quick_reply");
    if part.body.is_some() || (is_message && (part.redacted || !part.attachments.is_empty())) {
        PartKind::Message
    } else {
        PartKind::Event
    }
}

/// What a picture in the text is called, which has no name of its own.
const PICTURE: &str = "picture in the text";

/// What a message says and how it went.
struct Said<'a> {
    body: Option<&'a str>,
    redacted: bool,
    mail: Option<&'a Mail>,
}

impl Said<'_> {
    fn part(
        &self,
        id: String,
        kind: PartKind,
        by: Option<&wire::Author>,
        at: i64,
        channel: Option<Channel>,
        mut attachments: Vec<String>,
    ) -> Part {
        // In a mail most pictures are logos; in the Messenger somebody has put them there.
        if let Some(body) = self.body.filter(|_| !self.redacted && self.mail.is_none()) {
            attachments.extend(std::iter::repeat_n(PICTURE.to_owned(), html::pictures(body)));
        }
        let text = self.body.filter(|_| !self.redacted).map(html::plain).unwrap_or_default();
        let addresses = |wanted: &[&str]| -> Vec<String> {
            let headers = self.mail.map(|mail| mail.email_address_headers.as_slice()).unwrap_or_default();
            let fitting = headers.iter().filter(|header| {
                header
                    .kind
                    .as_deref()
                    .is_some_and(|kind| wanted.iter().any(|word| kind.eq_ignore_ascii_case(word)))
            });
            fitting.filter_map(|header| header.email_address.clone()).collect()
        };
        let sender = addresses(&["from"]).into_iter().next();
        Part {
            id,
            kind,
            author: author(by),
            author_id: by.and_then(|author| author.id.clone()),
            author_email: sender.or_else(|| by.and_then(|author| author.email.clone())),
            at: moment(at),
            channel,
            text,
            recipients: addresses(&["to", "cc", "bcc"]),
            attachments,
            redacted: self.redacted,
        }
    }
}

fn attachments(files: &[wire::Attachment]) -> Vec<String> {
    files.iter().map(|file| file.name.clone().unwrap_or_else(|| "file".to_owned())).collect()
}

#[cfg(test)]
mod tests;
