//! From the facts of one message to its assurance.
//!
//! The rules are written as *limits*: each thing that is missing, unknown or wrong limits how sure we can
//! be, and the lowest limit wins. Only a message without any limit is [`Assurance::Verified`], so a new fact
//! that nobody thought of can never raise it.

use domain::record::{Channel, Role};
use domain::{ConversationId, PersonId, SubjectId, Timestamp};

use super::Assurance;

/// For how long a refused probe speaks for the tenant: a probe runs daily, and one may fail for reasons of
/// its own.
pub const PROBE_IS_FRESH_HOURS: i64 = 36;

/// For how long a person's word speaks for the tenant where no probe does.
pub const AFFIRMED_DAYS: i64 = 7;

const HOUR_MS: i64 = 3_600_000;

/// How we came by a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// It arrived through a channel that we watch.
    Live,
    /// It stands in an export or was fetched as past history: nobody can tell how it once arrived.
    Imported,
}

/// Who sent a mail, compared with who takes part in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The contact of the conversation.
    Contact,
    /// Somebody who took part earlier.
    Participant,
    /// Somebody else.
    Stranger,
    /// Nobody can tell.
    Unknown,
}

/// How a conversation began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Begun {
    /// When.
    pub at: Timestamp,
    /// By which identity.
    pub by: SubjectId,
    /// As what that identity was known at that moment.
    pub role: Role,
}

/// A proof that we asked for ourselves: a single-use link into the customer's own logged-in app. That it was
/// not used before is for the caller to see to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StepUp {
    /// The conversation it was asked for in.
    pub conversation: ConversationId,
    /// The identity that was asked. Others that a merge joins to the person have proven nothing.
    pub subject: SubjectId,
    /// The person who proved to be that person.
    pub person: PersonId,
    /// From when it counts, inclusive.
    pub from: Timestamp,
    /// Until when it counts, exclusive.
    pub to: Timestamp,
}

/// What is known of one message when it arrives. What is not known stays `None` or `Unknown`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFacts {
    /// How we came by it.
    pub origin: Origin,
    /// When it was written.
    pub at: Timestamp,
    /// By what way this message came, whatever way the conversation began.
    pub channel: Option<Channel>,
    /// The conversation it belongs to.
    pub conversation: Option<ConversationId>,
    /// The identity that wrote it.
    pub author: Option<SubjectId>,
    /// The person to whom that identity belongs.
    pub person: Option<PersonId>,
    /// What the author is known as at the source.
    pub role: Option<Role>,
    /// Whether anything that is no placeholder identifies the author.
    pub identified: bool,
    /// Whether the author's identifier is shared by several people.
    pub shared_id: bool,
    /// How the conversation began.
    pub begun: Option<Begun>,
    /// For a mail, who sent it.
    pub sender: Sender,
    /// Whether it passes on somebody else's message.
    pub forwarded: bool,
    /// The step-up that was run in this conversation.
    pub step_up: Option<StepUp>,
}

impl MessageFacts {
    /// Returns the facts of a message of imported history: all that counts is whether its author is
    /// identified.
    #[must_use]
    pub fn imported(at: Timestamp, identified: bool) -> Self {
        Self {
            origin: Origin::Imported,
            at,
            channel: None,
            conversation: None,
            author: None,
            person: None,
            role: None,
            identified,
            shared_id: false,
            begun: None,
            sender: Sender::Unknown,
            forwarded: false,
            step_up: None,
        }
    }
}

/// What a tenant has declared about its Messenger, and what our probes found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TenantIdentity {
    /// Since when the tenant declares that unsigned sessions are refused on all its platforms.
    pub enforced_since: Option<Timestamp>,
    /// When a person last affirmed that, having looked: it stands for a probe, for a shorter while than for good.
    pub affirmed: Option<Timestamp>,
    /// When an unsigned probe was last refused.
    pub last_refused: Option<Timestamp>,
    /// When an unsigned probe last got through, which voids the declaration until then.
    pub last_accepted: Option<Timestamp>,
}

/// What limits how sure we can be of an author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// Nothing identifies the author.
    Unidentified,
    /// The author's identifier is shared by several people.
    SharedId,
    /// A mail whose sender is neither the contact nor an earlier participant.
    Stranger,
    /// Somebody else's message, passed on.
    Forwarded,
    /// Imported: nobody can tell how it arrived.
    Imported,
    /// It came by mail.
    Email,
    /// It came neither through the Messenger nor by mail, or nobody knows how.
    Channel,
    /// The author is no user, or nobody knows.
    Role,
    /// The tenant has not declared that unsigned sessions are refused.
    NotEnforced,
    /// Neither a recent probe nor a person's recent word says that unsigned sessions are refused.
    Unprobed,
    /// Nobody knows how the conversation began, or it began before enforcement.
    Begun,
    /// The conversation was begun by somebody else.
    OtherAuthor,
    /// The conversation was begun as visitor or lead.
    BegunUnproven,
}

impl Limit {
    /// Returns how sure we can be at most.
    #[must_use]
    pub fn at_most(self) -> Assurance {
        match self {
            Self::Unidentified | Self::SharedId | Self::Stranger | Self::Forwarded => Assurance::Anonymous,
            Self::Imported
            | Self::Email
            | Self::Channel
            | Self::Role
            | Self::NotEnforced
            | Self::Unprobed
            | Self::Begun
            | Self::OtherAuthor
            | Self::BegunUnproven => Assurance::Claimed,
        }
    }

    /// Returns the name as traces and reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unidentified => "unidentified",
            Self::SharedId => "shared_id",
            Self::Stranger => "stranger",
            Self::Forwarded => "forwarded",
            Self::Imported => "imported",
            Self::Email => "email",
            Self::Channel => "channel",
            Self::Role => "role",
            Self::NotEnforced => "not_enforced",
            Self::Unprobed => "unprobed",
            Self::Begun => "begun",
            Self::OtherAuthor => "other_author",
            Self::BegunUnproven => "begun_unproven",
        }
    }
}

/// Returns how sure we are of the author of a message.
#[must_use]
pub fn assess(message: &MessageFacts, tenant: &TenantIdentity) -> Assurance {
    limits(message, tenant).into_iter().map(Limit::at_most).min().unwrap_or(Assurance::Verified)
}

/// Returns everything that limits how sure we are of the author of a message.
#[must_use]
pub fn limits(message: &MessageFacts, tenant: &TenantIdentity) -> Vec<Limit> {
    let mut limits = always(message);
    if !has_step_up(message) {
        limits.extend(unsigned(message, tenant));
    }
    limits
}

/// Limits that nothing lifts, a step-up neither.
fn always(message: &MessageFacts) -> Vec<Limit> {
    let by_mail = message.channel == Some(Channel::Email);
    // An imported mail has no headers that we could compare; a live one must have.
    let strange = match message.sender {
        Sender::Contact | Sender::Participant => false,
        Sender::Stranger => true,
        Sender::Unknown => by_mail && message.origin == Origin::Live,
    };
    let rules = [
        (!message.identified, Limit::Unidentified),
        (message.shared_id, Limit::SharedId),
        (strange, Limit::Stranger),
        (message.forwarded, Limit::Forwarded),
        (message.origin == Origin::Imported, Limit::Imported),
        (by_mail, Limit::Email),
        (!by_mail && message.channel != Some(Channel::Messenger), Limit::Channel),
    ];
    rules.into_iter().filter_map(|(applies, limit)| applies.then_some(limit)).collect()
}

/// Limits of a session that we did not prove ourselves.
fn unsigned(message: &MessageFacts, tenant: &TenantIdentity) -> Vec<Limit> {
    let mut limits = Vec::new();
    if message.role != Some(Role::User) {
        limits.push(Limit::Role);
    }
    if tenant.enforced_since.is_none_or(|since| since > message.at) {
        limits.push(Limit::NotEnforced);
    }
    if !is_probed(tenant, message.at) {
        limits.push(Limit::Unprobed);
    }
    // What began while a probe got through began without enforcement, whatever was declared.
    let trusted_since = tenant.enforced_since.max(tenant.last_accepted);
    match &message.begun {
        Some(begun) if trusted_since.is_some_and(|since| begun.at > since) && begun.at <= message.at => {
            if message.author != Some(begun.by) {
                limits.push(Limit::OtherAuthor);
            }
            if begun.role != Role::User {
                limits.push(Limit::BegunUnproven);
            }
        }
        _ => limits.push(Limit::Begun),
    }
    limits
}

/// Reports whether a probe was refused shortly before `at`, or a person affirmed it not too long before, and no
/// probe has got through since.
fn is_probed(tenant: &TenantIdentity, at: Timestamp) -> bool {
    let speaks = |said: Option<Timestamp>, hours: i64| {
        said.is_some_and(|said| {
            let age = at.millis() - said.millis();
            tenant.last_accepted.is_none_or(|accepted| accepted < said)
                && (0..=hours * HOUR_MS).contains(&age)
        })
    };
    speaks(tenant.last_refused, PROBE_IS_FRESH_HOURS) || speaks(tenant.affirmed, AFFIRMED_DAYS * 24)
}

/// Reports whether the author proved, in this conversation and at this moment, to be that person.
fn has_step_up(message: &MessageFacts) -> bool {
    message.step_up.is_some_and(|proof| {
        message.conversation == Some(proof.conversation)
            && message.author == Some(proof.subject)
            && message.person == Some(proof.person)
            && (proof.from..proof.to).contains(&message.at)
    })
}
