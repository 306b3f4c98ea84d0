//! What every channel does, played against a fake of its outside.

use async_trait::async_trait;
use domain::Author;
use domain::live::{Assignee, LiveConversation, PartKind, State};

use super::{Applied, Sent};
use crate::channel::{Action, Addressee, Changed, Channel, Delivery, Event, Guard, Refusal, Reply};
use crate::error::Error;

/// A fake of the outside that keeps its conversations while channels come and go.
#[async_trait]
pub trait ChannelHarness: Send {
    /// Returns a channel as a new process would build it.
    async fn open(&self) -> Box<dyn Channel>;

    /// Begins a conversation with a customer's message and returns the channel's id of it.
    async fn begin(&mut self, text: &str) -> String;

    /// The customer writes again.
    async fn customer_writes(&mut self, conversation: &str, text: &str);

    /// A teammate who is not [`ChannelHarness::teammate`] answers.
    async fn agent_writes(&mut self, conversation: &str, text: &str);

    /// Returns the call that announces a customer's message in a conversation, signed.
    fn call(&self, conversation: &str) -> Sent;

    /// Lets the next delivery arrive and its answer be lost.
    async fn lose_next_answer(&mut self) -> Applied;

    /// Returns the teammate in whose name is written, by the channel's id.
    fn teammate(&self) -> String;

    /// Returns another teammate.
    fn colleague(&self) -> String;

    /// Returns keys and tokens that the channels were given; none may ever be seen outside.
    fn secrets(&self) -> Vec<String>;
}

/// Runs the contract against a channel; panics with what was broken.
pub async fn channel_suite(harness: &mut dyn ChannelHarness) {
    calls_are_checked_and_read(harness).await;
    what_is_delivered_is_there(harness).await;
    a_changed_conversation_is_not_written_to(harness).await;
    actions_can_be_repeated(harness).await;
    an_unclear_delivery_can_be_looked_up(harness).await;
    changes_are_listed(harness).await;
    nothing_secret_is_shown(harness).await;
}

async fn calls_are_checked_and_read(harness: &mut dyn ChannelHarness) {
    let conversation = harness.begin("Where is my order?").await;
    let channel = harness.open().await;
    let call = harness.call(&conversation);
    let inbound = call.with(|call| channel.receive(call)).expect("a signed call is taken");
    assert!(
        inbound.iter().any(|one| matches!(&one.event, Event::Conversation { id, .. } if *id == conversation)),
        "the call says which conversation changed: {inbound:?}"
    );
    assert!(inbound.iter().all(|one| !one.delivery_id.is_empty() && !one.account.is_empty()));
    let again = call.with(|call| channel.receive(call));
    assert_eq!(again, Ok(inbound), "the same call gives the same values");

    let unsigned = Sent { headers: Vec::new(), ..call.clone() };
    assert_eq!(unsigned.with(|call| channel.receive(call)), Err(Refusal::Unsigned));
    let mut forged = call.clone();
    forged.body.push(b' ');
    assert_eq!(forged.with(|call| channel.receive(call)), Err(Refusal::Unsigned));
}

async fn what_is_delivered_is_there(harness: &mut dyn ChannelHarness) {
    let conversation = harness.begin("How do I reset it?").await;
    let channel = harness.open().await;
    let before = load(&*channel, &conversation).await;
    for to in [Addressee::Agents, Addressee::Customers] {
        let guard = guard(&load(&*channel, &conversation).await);
        let reply = reply(harness, &conversation, to, "Hold the button for twelve seconds.");
        let Ok(Delivery::Delivered { part }) = channel.deliver(&reply, &guard).await else {
            panic!("an unchanged conversation is written to");
        };
        let after = load(&*channel, &conversation).await;
        let found = after.parts.iter().find(|one| one.id == part).expect("the part is there under its id");
        assert!(found.text.contains("twelve seconds"), "{found:?}");
        assert_eq!(found.author_id, Some(harness.teammate()));
        assert_eq!(found.kind == PartKind::Note, to == Addressee::Agents);
        assert!(to == Addressee::Agents || !found.text.contains(&reply.mark), "customers see no mark");
    }
    let after = load(&*channel, &conversation).await;
    assert_eq!(written(&after, harness).len(), 2);
    assert_eq!(after.contacts, before.contacts);
    let missing = channel.load("no-such-conversation").await;
    assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
}

async fn a_changed_conversation_is_not_written_to(harness: &mut dyn ChannelHarness) {
    let conversation = harness.begin("Is it in stock?").await;
    let channel = harness.open().await;

    let old = guard(&load(&*channel, &conversation).await);
    harness.customer_writes(&conversation, "The blue one.").await;
    refused(harness, &*channel, (&conversation, &old), Changed::NewerMessage).await;

    let old = guard(&load(&*channel, &conversation).await);
    channel.act(&conversation, &assign(harness.colleague())).await.expect("assigned");
    refused(harness, &*channel, (&conversation, &old), Changed::Assignee).await;

    let old = guard(&load(&*channel, &conversation).await);
    let fewer = Guard { readers: Vec::new(), ..old.clone() };
    refused(harness, &*channel, (&conversation, &fewer), Changed::Readers).await;

    harness.agent_writes(&conversation, "Yes.").await;
    refused(harness, &*channel, (&conversation, &old), Changed::HumanReplied).await;

    let old = guard(&load(&*channel, &conversation).await);
    channel.act(&conversation, &Action::Close).await.expect("closed");
    refused(harness, &*channel, (&conversation, &old), Changed::State).await;
}

async fn actions_can_be_repeated(harness: &mut dyn ChannelHarness) {
    let conversation = harness.begin("Please call me.").await;
    let channel = harness.open().await;
    for _ in 0..2 {
        channel.act(&conversation, &assign(harness.teammate())).await.expect("assigned");
        channel.act(&conversation, &Action::Tag { name: "asked".to_owned() }).await.expect("tagged");
    }
    let now = load(&*channel, &conversation).await;
    assert_eq!(now.assignee, Some(Assignee::Agent(harness.teammate())));
    assert_eq!(now.tags.iter().filter(|tag| *tag == "asked").count(), 1);
    channel.act(&conversation, &Action::Assign { to: None }).await.expect("given back");
    assert_eq!(load(&*channel, &conversation).await.assignee, None);
    channel.act(&conversation, &Action::Close).await.expect("closed");
    channel.act(&conversation, &Action::Close).await.expect("closed again");
    assert_eq!(load(&*channel, &conversation).await.state, State::Closed);
}

async fn an_unclear_delivery_can_be_looked_up(harness: &mut dyn ChannelHarness) {
    let conversation = harness.begin("What does it cost?").await;
    let channel = harness.open().await;
    let guard = guard(&load(&*channel, &conversation).await);
    if harness.lose_next_answer().await == Applied::Unknown {
        return;
    }
    let reply = reply(harness, &conversation, Addressee::Agents, "Nine a month.");
    let unclear = channel.deliver(&reply, &guard).await;
    assert!(matches!(unclear, Ok(Delivery::Unknown { .. })), "{unclear:?}");
    let after = load(&*channel, &conversation).await;
    assert_eq!(written(&after, harness).len(), 1, "it arrived all the same");
}

async fn changes_are_listed(harness: &mut dyn ChannelHarness) {
    let mut begun = Vec::new();
    for number in 0..5 {
        begun.push(harness.begin(&format!("Question {number}")).await);
    }
    let channel = harness.open().await;
    let since = load(&*channel, &begun[0]).await.updated_at;
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = channel.changed(since, after.as_deref()).await.expect("changes are listed");
        listed.extend(page.conversations.into_iter().map(|(id, _)| id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(begun.iter().all(|id| listed.contains(id)), "{begun:?} are not all in {listed:?}");
}

async fn nothing_secret_is_shown(harness: &mut dyn ChannelHarness) {
    let conversation = harness.begin("x").await;
    let channel = harness.open().await;
    let call = harness.call(&conversation);
    let reply = reply(harness, &conversation, Addressee::Customers, "text of a reply");
    let shown = [
        format!("{channel:?}"),
        call.with(|call| format!("{call:?}")),
        format!("{reply:?}"),
        format!("{:?}", channel.load("no-such-conversation").await),
    ];
    for secret in harness.secrets().iter().map(String::as_str).chain(["text of a reply"]) {
        assert!(shown.iter().all(|text| !text.contains(secret)), "a secret is shown");
    }
}

fn assign(to: String) -> Action {
    Action::Assign { to: Some(Assignee::Agent(to)) }
}

fn reply(harness: &dyn ChannelHarness, conversation: &str, to: Addressee, text: &str) -> Reply {
    Reply {
        conversation: conversation.to_owned(),
        to,
        text: text.to_owned(),
        as_teammate: harness.teammate(),
        mark: "bs-0123456789".to_owned(),
    }
}

fn guard(live: &LiveConversation) -> Guard {
    Guard {
        newest_message: live.newest_message().expect("somebody wrote").id.clone(),
        readers: live.contacts.iter().filter_map(|contact| contact.contact_id.clone()).collect(),
        assignee: live.assignee.clone(),
        inbox: live.inbox.clone(),
        state: live.state,
    }
}

fn written<'a>(live: &'a LiveConversation, harness: &dyn ChannelHarness) -> Vec<&'a domain::live::Part> {
    let ours = |part: &&domain::live::Part| {
        part.author == Author::Agent
            && part.author_id == Some(harness.teammate())
            && part.kind != PartKind::Event
    };
    live.parts.iter().filter(ours).collect()
}

async fn load(channel: &dyn Channel, conversation: &str) -> LiveConversation {
    channel.load(conversation).await.expect("the conversation can be loaded")
}

async fn refused(
    harness: &dyn ChannelHarness,
    channel: &dyn Channel,
    (conversation, guard): (&str, &Guard),
    why: Changed,
) {
    for to in [Addressee::Agents, Addressee::Customers] {
        let delivered = channel.deliver(&reply(harness, conversation, to, "Too late."), guard).await;
        assert_eq!(delivered.ok(), Some(Delivery::Refused(why)), "to {to:?}");
    }
    let now = load(channel, conversation).await;
    assert!(written(&now, harness).is_empty(), "nothing was written");
}
