//! A channel in memory: a second, faithful implementation of the contract whose races and faults are
//! scripted.
//!
//! What happens in it is announced by signed calls, as a real system does; a test takes them with
//! [`Desk::calls`] and hands them in as often, and in which order, as it likes.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use domain::live::{LiveConversation, Part, PartKind, State};
use domain::record::RawCustomer;
use domain::{Author, Timestamp};

use crate::channel::{
    Action, Addressee, Call, Changed, ChangedBy, ChangedPage, Channel, Delivery, Event, Guard, Inbound,
    Refusal, Reply,
};
use crate::error::Error;

/// How many conversations a page of changes holds.
const PAGE: usize = 3;
const SIGNATURE: &str = "x-signature";

/// A moment at which a scripted change happens, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// Just after a conversation was loaded.
    Loaded,
    /// Just before a delivery looks at its guard.
    Delivering,
    /// Just after something was delivered.
    Delivered,
}

/// Something that goes wrong, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What is delivered arrives, and the answer is lost.
    AnswerLost,
    /// What is delivered does not arrive, and nobody can tell.
    CallLost,
    /// What is delivered arrives, and the call never returns.
    Hangs,
    /// Nothing answers the next call of any kind.
    Down,
    /// The next call of any kind is refused for its key.
    LockedOut,
    /// The next assignment is accepted and does not stick.
    AssignmentSlips,
}

/// A call as it is announced: headers and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Sent {
    /// Hands the call to `take` in the form that a channel receives.
    pub fn with<T>(&self, take: impl FnOnce(&Call<'_>) -> T) -> T {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        take(&Call { headers: &headers, body: &self.body })
    }
}

type Script = Box<dyn FnOnce(&mut LiveConversation) + Send>;

struct Inner {
    now: Timestamp,
    conversations: BTreeMap<String, LiveConversation>,
    scripts: BTreeMap<Moment, VecDeque<Script>>,
    faults: VecDeque<Fault>,
    calls: Vec<Sent>,
    number: u64,
}

/// The channel.
pub struct Desk {
    account: String,
    secret: String,
    inner: Mutex<Inner>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Desk({})", self.account)
    }
}

impl Desk {
    /// Makes an empty one for an account, whose calls are signed with `secret`, at the moment `now`.
    #[must_use]
    pub fn new(account: &str, secret: &str, now: Timestamp) -> Self {
        let inner = Inner {
            now,
            conversations: BTreeMap::new(),
            scripts: BTreeMap::new(),
            faults: VecDeque::new(),
            calls: Vec::new(),
            number: 0,
        };
        Self { account: account.to_owned(), secret: secret.to_owned(), inner: Mutex::new(inner) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("a test that panics ends")
    }

    /// Sets the time.
    pub fn set_now(&self, now: Timestamp) {
        self.inner().now = now;
    }

    /// Begins an open conversation of `contact` in the Messenger, without a word yet.
    pub fn begin(&self, id: &str, contact: RawCustomer) {
        let mut inner = self.inner();
        let now = inner.now;
        let conversation = LiveConversation {
            external_id: id.to_owned(),
            channel: domain::record::Channel::Messenger,
            language: None,
            created_at: now,
            updated_at: now,
            begun_by: domain::live::BegunBy::Customer,
            state: State::Open,
            assignee: None,
            inbox: None,
            is_private: false,
            contacts: vec![contact],
            subject: None,
            tags: Vec::new(),
            attributes: std::collections::BTreeMap::new(),
            noted: std::collections::BTreeMap::new(),
            rating: None,
            other_bot: domain::live::OtherBot::Absent,
            ticket: domain::live::TicketState::None,
            parts: Vec::new(),
            parts_in_all: None,
        };
        inner.conversations.insert(id.to_owned(), conversation);
    }

    /// The first contact of the conversation writes. Returns the id of the part.
    pub fn customer_writes(&self, id: &str, text: &str) -> String {
        let mut inner = self.inner();
        let contact = &inner.conversations[id].contacts[0];
        let (author_id, channel) = (contact.contact_id.clone(), inner.conversations[id].channel);
        let mut part = inner.part(PartKind::Message, Author::Customer, text);
        part.author_id = author_id;
        part.channel = Some(channel);
        self.add(&mut inner, id, part, ChangedBy::Customer)
    }

    /// A teammate answers. Returns the id of the part.
    pub fn agent_writes(&self, id: &str, teammate: &str, text: &str) -> String {
        let mut inner = self.inner();
        let mut part = inner.part(PartKind::Message, Author::Agent, text);
        part.author_id = Some(teammate.to_owned());
        self.add(&mut inner, id, part, ChangedBy::Agent)
    }

    /// Changes a conversation in any way, and announces it as done by a teammate.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut LiveConversation)) {
        let mut inner = self.inner();
        let now = inner.now;
        let conversation = inner.conversations.get_mut(id).expect("the conversation was begun");
        change(conversation);
        conversation.updated_at = now;
        self.announce(&mut inner, id, "changed", ChangedBy::Agent);
    }

    /// Takes a conversation away for good.
    pub fn remove(&self, id: &str) {
        let mut inner = self.inner();
        inner.conversations.remove(id);
        self.announce(&mut inner, id, "deleted", ChangedBy::Agent);
    }

    /// Lets `change` happen to the conversation at the next such moment, unannounced.
    pub fn at(&self, moment: Moment, change: impl FnOnce(&mut LiveConversation) + Send + 'static) {
        self.inner().scripts.entry(moment).or_default().push_back(Box::new(change));
    }

    /// Lets something go wrong, once; several happen in this order.
    pub fn fail(&self, fault: Fault) {
        self.inner().faults.push_back(fault);
    }

    /// Takes the calls that were announced since the last time.
    #[must_use]
    pub fn calls(&self) -> Vec<Sent> {
        std::mem::take(&mut self.inner().calls)
    }

    /// Signs a body as the outside does.
    #[must_use]
    pub fn sign(&self, body: &[u8]) -> Sent {
        let headers = vec![(SIGNATURE.to_owned(), self.signature(body))];
        Sent { headers, body: body.to_vec() }
    }

    /// Returns a conversation as it stands.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn conversation(&self, id: &str) -> LiveConversation {
        self.inner().conversations[id].clone()
    }

    fn signature(&self, body: &[u8]) -> String {
        // Good enough to tell a signed call from another one; nobody is kept out by it.
        let mut hasher = DefaultHasher::new();
        (&self.secret, body).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    fn add(&self, inner: &mut Inner, id: &str, part: Part, by: ChangedBy) -> String {
        let part_id = part.id.clone();
        let conversation = inner.conversations.get_mut(id).expect("the conversation was begun");
        conversation.updated_at = part.at;
        conversation.parts.push(part);
        self.announce(inner, id, "replied", by);
        part_id
    }

    fn announce(&self, inner: &mut Inner, id: &str, topic: &str, by: ChangedBy) {
        inner.number += 1;
        let by = format!("{by:?}").to_lowercase();
        let body = format!("{}\n{}\n{topic}\n{}\n{id}\n{by}", inner.number, self.account, inner.now.millis());
        inner.calls.push(self.sign(body.as_bytes()));
    }
}

impl Inner {
    fn part(&mut self, kind: PartKind, author: Author, text: &str) -> Part {
        self.number += 1;
        Part {
            id: format!("part{}", self.number),
            kind,
            author,
            author_id: None,
            author_email: None,
            at: self.now,
            channel: None,
            text: text.to_owned(),
            recipients: Vec::new(),
            attachments: Vec::new(),
            redacted: false,
        }
    }

    /// Reports whether this fault is the next to happen, and takes it.
    fn fails(&mut self, fault: Fault) -> bool {
        self.faults.pop_front_if(|next| *next == fault).is_some()
    }

    fn up(&mut self) -> Result<(), Error> {
        if self.fails(Fault::Down) {
            return Err(Error::Unreachable { what: "the desk does not answer".to_owned(), source: None });
        }
        if self.fails(Fault::LockedOut) {
            return Err(Error::FixCredentials { what: "the desk refuses the key".to_owned() });
        }
        Ok(())
    }

    fn find(&mut self, id: &str) -> Result<&mut LiveConversation, Error> {
        let what = || Error::NotFound { what: format!("there is no conversation `{id}`") };
        self.conversations.get_mut(id).ok_or_else(what)
    }

    fn play(&mut self, moment: Moment, id: &str) {
        let script = self.scripts.get_mut(&moment).and_then(VecDeque::pop_front);
        if let (Some(script), Some(conversation)) = (script, self.conversations.get_mut(id)) {
            script(conversation);
        }
    }
}

#[async_trait]
impl Channel for Desk {
    fn receive(&self, call: &Call<'_>) -> Result<Vec<Inbound>, Refusal> {
        if call.header(SIGNATURE) != Some(self.signature(call.body).as_str()) {
            return Err(Refusal::Unsigned);
        }
        let malformed = || Refusal::Malformed("a call has six lines".to_owned());
        let text = std::str::from_utf8(call.body).map_err(|_| malformed())?;
        let lines: Vec<&str> = text.lines().collect();
        let [delivery_id, account, topic, at, id, by] = lines.as_slice() else {
            return Err(malformed());
        };
        let id = (*id).to_owned();
        let event = match (*topic, *by) {
            ("deleted", _) => Event::ConversationDeleted { id },
            ("ping", _) => Event::Ping,
            (_, "customer") => Event::Conversation { id, by: ChangedBy::Customer },
            (_, "agent") => Event::Conversation { id, by: ChangedBy::Agent },
            (_, "bot") => Event::Conversation { id, by: ChangedBy::Bot },
            _ => Event::Conversation { id, by: ChangedBy::Unknown },
        };
        Ok(vec![Inbound {
            delivery_id: (*delivery_id).to_owned(),
            account: (*account).to_owned(),
            topic: (*topic).to_owned(),
            at: Timestamp::from_millis(at.parse().map_err(|_| malformed())?),
            event,
        }])
    }

    async fn load(&self, conversation: &str) -> Result<LiveConversation, Error> {
        let mut inner = self.inner();
        inner.up()?;
        let loaded = inner.find(conversation)?.clone();
        inner.play(Moment::Loaded, conversation);
        Ok(loaded)
    }

    async fn deliver(&self, reply: &Reply, guard: &Guard) -> Result<Delivery, Error> {
        {
            let mut inner = self.inner();
            inner.up()?;
            inner.play(Moment::Delivering, &reply.conversation);
            let Some(conversation) = inner.conversations.get(&reply.conversation) else {
                return Ok(Delivery::Refused(Changed::Gone));
            };
            if let Some(changed) = changed(conversation, guard) {
                return Ok(Delivery::Refused(changed));
            }
            let unknown = || Ok(Delivery::Unknown { what: "no answer came".to_owned() });
            if inner.fails(Fault::CallLost) {
                return unknown();
            }
            let (kind, text) = match reply.to {
                Addressee::Agents => (PartKind::Note, format!("{}\n\n{}", reply.text, reply.mark)),
                Addressee::Customers => (PartKind::Message, reply.text.clone()),
            };
            let mut part = inner.part(kind, Author::Agent, &text);
            part.author_id = Some(reply.as_teammate.clone());
            let part = self.add(&mut inner, &reply.conversation, part, ChangedBy::Agent);
            inner.play(Moment::Delivered, &reply.conversation);
            if inner.fails(Fault::AnswerLost) {
                return unknown();
            }
            if !inner.fails(Fault::Hangs) {
                return Ok(Delivery::Delivered { part });
            }
        }
        std::future::pending().await
    }

    async fn act(&self, conversation: &str, action: &Action) -> Result<(), Error> {
        let mut inner = self.inner();
        inner.up()?;
        let slips = matches!(action, Action::Assign { .. }) && inner.fails(Fault::AssignmentSlips);
        let now = inner.now;
        let found = inner.find(conversation)?;
        match action {
            Action::Assign { .. } if slips => {}
            Action::Assign { to } => found.assignee.clone_from(to),
            Action::Tag { name } if !found.tags.contains(name) => found.tags.push(name.clone()),
            Action::Close => found.state = State::Closed,
            Action::Snooze { .. } => found.state = State::Snoozed,
            Action::Attribute { name, value } => {
                found.attributes.insert(name.clone(), value.clone());
            }
            Action::Tag { .. } | Action::Merge { .. } => {}
        }
        found.updated_at = now;
        self.announce(&mut inner, conversation, "changed", ChangedBy::Agent);
        Ok(())
    }

    async fn changed(&self, since: Timestamp, after: Option<&str>) -> Result<ChangedPage, Error> {
        let mut inner = self.inner();
        inner.up()?;
        let changed = inner.conversations.values().filter(|one| one.updated_at >= since);
        let rest = changed.filter(|one| after.is_none_or(|after| one.external_id.as_str() > after));
        let mut conversations: Vec<(String, Timestamp)> =
            rest.map(|one| (one.external_id.clone(), one.updated_at)).take(PAGE + 1).collect();
        let more = conversations.len() > PAGE;
        conversations.truncate(PAGE);
        let next = conversations.last().map(|(id, _)| id.clone()).filter(|_| more);
        Ok(ChangedPage { conversations, next })
    }
}

/// Returns what of a guard no longer holds.
fn changed(conversation: &LiveConversation, guard: &Guard) -> Option<Changed> {
    let messages = || conversation.parts.iter().filter(|part| part.kind == PartKind::Message);
    let known = messages().position(|part| part.id == guard.newest_message);
    let newer = || messages().skip(known.map_or(0, |position| position + 1));
    if newer().any(|part| part.author == Author::Agent) {
        return Some(Changed::HumanReplied);
    }
    if newer().any(|part| part.author == Author::Bot) {
        return Some(Changed::BotReplied);
    }
    if newer().next().is_some() || known.is_none() {
        return Some(Changed::NewerMessage);
    }
    let readers: Vec<String> =
        conversation.contacts.iter().filter_map(|contact| contact.contact_id.clone()).collect();
    let same_readers =
        readers.len() == guard.readers.len() && readers.iter().all(|reader| guard.readers.contains(reader));
    if !same_readers {
        return Some(Changed::Readers);
    }
    if conversation.assignee != guard.assignee || guard.is_moved(conversation) {
        return Some(Changed::Assignee);
    }
    (conversation.state != guard.state).then_some(Changed::State)
}
