//! What a workspace holds. Routes and tests change it through the same methods, so that a human's reply in a
//! test leaves the same traces as one through the API.

pub(crate) mod company;
mod contact;
mod conversation;
mod ids;
mod knowledge;
mod merge;
mod messages;
mod part;
mod steps;
mod tag;
mod ticket;
mod visitor;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use company::Company;
pub use contact::{Contact, NewContact, Note, Role};
pub use conversation::{Conversation, Opening, Rating, Source, State, Statistics};
pub use knowledge::{Article, InternalArticle, Translation};
pub use merge::Merge;
pub use part::{Author, Part, Reply, ReplyKind};
pub use steps::Assignee;
pub use tag::{AppliedTag, Tag};
pub use ticket::{Ticket, TicketPart, TicketState};
pub use visitor::Visitor;

use crate::clock::Clock;
use crate::error::ApiError;
use ids::Ids;

/// A teammate.
#[derive(Debug, Clone)]
pub struct Admin {
    /// A number, as text.
    pub id: String,
    /// What customers see.
    pub name: String,
    /// The address.
    pub email: String,
    /// The teams.
    pub team_ids: Vec<String>,
}

/// A team of teammates.
#[derive(Debug, Clone)]
pub struct Team {
    /// A number, as text.
    pub id: String,
    /// The name in the inbox.
    pub name: String,
}

/// What Intercom leaves open, or does only sometimes.
#[derive(Debug, Clone)]
pub struct Quirks {
    /// For how many seconds a new contact is missing from lists made by search.
    pub search_delay_secs: i64,
    /// What the old id of a merged lead answers.
    pub merged: Merged,
    /// Whose name old messages of a merged lead carry; no official text says.
    pub merged_authors: MergedAuthors,
    /// Whether notifications of a conversation carry the parts of the event or the whole history.
    pub notified_parts: NotifiedParts,
    /// How values look on the wire.
    pub shape: Shape,
}

/// How values look on the wire, apart from what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As the official description has it.
    AsDescribed,
    /// With a field in every object that nobody has heard of.
    WithUnknownFields,
    /// With fields left out where they would be null.
    WithoutNulls,
}

/// What the old id of a merged lead answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// 404 in 2.15, as documented; 2.16 answers 410 as documented there.
    NotFound,
    /// 410 with a `Link` to the surviving contact in every version.
    Gone,
}

/// Whose name old messages of a merged lead carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergedAuthors {
    /// The lead's.
    Kept,
    /// The surviving user's.
    Repointed,
}

/// What notifications of a conversation carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifiedParts {
    /// Only what the event is about, as commonly observed.
    OfTheEvent,
    /// Everything.
    All,
}

/// Something that a notification tells.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) topic: String,
    pub(crate) item: Value,
}

/// One customer of Intercom and everything in its inbox.
#[derive(Debug)]
pub struct Workspace {
    /// The workspace's id, `app_id` in notifications.
    pub id_code: String,
    /// The company's name.
    pub name: String,
    /// `US`, `EU` or `AU`.
    pub region: String,
    /// The name of a time zone; days of the contact search begin at its midnight.
    pub timezone: String,
    /// Whether Messenger security is on.
    pub identity_verification: bool,
    /// A token of this workspace; its teammate is the AI teammate.
    pub token: String,
    /// What is left open.
    pub quirks: Quirks,
    pub(crate) created_at: i64,
    pub(crate) admins: Vec<Admin>,
    pub(crate) teams: Vec<Team>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) contacts: BTreeMap<String, Contact>,
    pub(crate) visitors: Vec<Visitor>,
    pub(crate) merges: Vec<Merge>,
    pub(crate) deleted_conversations: BTreeSet<String>,
    pub(crate) companies: BTreeMap<String, Company>,
    pub(crate) conversations: BTreeMap<String, Conversation>,
    pub(crate) tickets: BTreeMap<String, Ticket>,
    pub(crate) articles: BTreeMap<String, Article>,
    pub(crate) internal_articles: BTreeMap<String, InternalArticle>,
    pub(crate) scroll: Option<(String, usize, i64)>,
    pub(crate) events: Vec<Event>,
    pub(crate) patches: BTreeMap<String, Value>,
    clock: Clock,
    ids: Ids,
}

impl Workspace {
    /// Makes an empty workspace, staffed with an AI teammate, an agent and a team. All ids derive from `first_id`,
    /// so give two workspaces of one stand-in different ones.
    #[must_use]
    pub fn new(id_code: &str, clock: &Clock, first_id: u64) -> Workspace {
        let mut ids = Ids::new(first_id);
        let team = Team { id: ids.number(), name: "Support".to_owned() };
        let mut admin = |name: &str, email: String| Admin {
            id: ids.number(),
            name: name.to_owned(),
            email,
            team_ids: vec![team.id.clone()],
        };
        let admins = vec![
            admin("Support (AI)", format!("ai@{id_code}.test")),
            admin("An Agent", format!("agent@{id_code}.test")),
        ];
        Workspace {
            id_code: id_code.to_owned(),
            name: format!("Workspace {id_code}"),
            region: "US".to_owned(),
            timezone: "America/Los_Angeles".to_owned(),
            identity_verification: false,
            token: format!("token-of-{id_code}"),
            quirks: Quirks {
                search_delay_secs: 0,
                merged: Merged::NotFound,
                merged_authors: MergedAuthors::Kept,
                notified_parts: NotifiedParts::OfTheEvent,
                shape: Shape::AsDescribed,
            },
            created_at: clock.now(),
            admins,
            teams: vec![team],
            tags: Vec::new(),
            contacts: BTreeMap::new(),
            visitors: Vec::new(),
            merges: Vec::new(),
            deleted_conversations: BTreeSet::new(),
            companies: BTreeMap::new(),
            conversations: BTreeMap::new(),
            tickets: BTreeMap::new(),
            articles: BTreeMap::new(),
            internal_articles: BTreeMap::new(),
            scroll: None,
            events: Vec::new(),
            patches: BTreeMap::new(),
            clock: clock.clone(),
            ids,
        }
    }

    /// Returns the id of the AI teammate.
    #[must_use]
    pub fn ai(&self) -> String {
        self.admins[0].id.clone()
    }

    /// Returns the id of the human agent.
    #[must_use]
    pub fn agent(&self) -> String {
        self.admins[1].id.clone()
    }

    /// Returns the id of the team.
    #[must_use]
    pub fn team(&self) -> String {
        self.teams[0].id.clone()
    }

    /// Adds a teammate and returns its id.
    pub fn add_admin(&mut self, name: &str, email: &str) -> String {
        let id = self.ids.number();
        let admin =
            Admin { id: id.clone(), name: name.to_owned(), email: email.to_owned(), team_ids: Vec::new() };
        self.admins.push(admin);
        id
    }

    /// Adds a team and returns its id.
    pub fn add_team(&mut self, name: &str) -> String {
        let id = self.ids.number();
        self.teams.push(Team { id: id.clone(), name: name.to_owned() });
        id
    }

    /// Returns the UNIX second.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Raises a notification of a topic with an item of the test's own.
    pub fn raise(&mut self, topic: &str, item: Value) {
        self.events.push(Event { topic: topic.to_owned(), item });
    }

    /// Puts these fields over everything with this id wherever it is shown: whatever the wire may bring, wrong
    /// types included. It changes what is shown and not what is kept.
    pub fn patch(&mut self, id: &str, fields: Value) {
        self.patches.insert(id.to_owned(), fields);
    }

    pub(crate) fn admin(&self, id: &str) -> Result<&Admin, ApiError> {
        let found = self.admins.iter().find(|admin| admin.id == id);
        found.ok_or_else(|| ApiError::new(404, "admin_not_found", "Admin not found"))
    }

    /// Lets time do what it does by itself: sleeping conversations wake.
    pub(crate) fn tick(&mut self) {
        let now = self.now();
        let due = |conversation: &&Conversation| conversation.snoozed_until.is_some_and(|until| until <= now);
        let woken: Vec<String> =
            self.conversations.values().filter(due).map(|conversation| conversation.id.clone()).collect();
        for id in woken {
            self.wake(&id);
        }
    }
}
