//! Who writes, who reads along, and how sure we are: frozen per message when it arrives.

use std::collections::{BTreeMap, BTreeSet};

use domain::live::{BegunBy, LiveConversation, Part};
use domain::record::{Channel, RawCustomer, Role};
use domain::{ConversationId, PersonId, SubjectId, Timestamp, message};
use identity::assurance::{Begun, MessageFacts, Origin, Sender, TenantIdentity, assess, limits, lowest};
use identity::identifier::Kind;
use identity::{Assurance, Customer, Identifier, Identities, Reader};
use store::live::{ChannelAccount, FrozenAssurance};
use store::proof::StepUp;

use super::need::is_customers;
use crate::App;
use crate::proof::Asker;

/// A message that we first see later than this after it was written may have been written by somebody whom
/// the channel has since merged into somebody else: what it says of the author counts no more.
const FRESH_MS: i64 = 2 * 60_000;

/// What is known of the people in a conversation.
#[derive(Debug)]
pub(crate) struct Who {
    /// Everybody who will read an answer.
    pub(crate) readers: Vec<Reader>,
    /// How sure we are of them: the lowest of all.
    pub(crate) assurance: Assurance,
    /// Names of what limits the messages that are to be answered.
    pub(crate) limits: BTreeSet<String>,
    /// How to greet the customer, where that is known and only one reads.
    pub(crate) first_name: Option<String>,
    /// Whether a message came from an address that nobody reads.
    pub(crate) from_machine: bool,
    /// Who could be asked to prove who they are: the one customer who reads and wrote everything.
    pub(crate) asker: Option<Asker>,
}

/// A contact as we know it.
struct Known {
    raw: RawCustomer,
    subject: SubjectId,
    person: Option<PersonId>,
    identified: bool,
    shared_id: bool,
    role: Role,
    email: Option<String>,
}

/// What is known of a conversation besides what its channel shows.
struct Conversation {
    id: ConversationId,
    begun: Option<Begun>,
    proofs: Vec<StepUp>,
    tenant: Option<TenantIdentity>,
}

impl App {
    /// Finds out who is in a conversation, and freezes what is known of each message that is new.
    pub(crate) async fn identify(
        &self,
        account: &ChannelAccount,
        live: &LiveConversation,
        open: &[&Part],
    ) -> anyhow::Result<Who> {
        let now = self.seams.clock.now();
        let conversation = ConversationId::derive(account.source, &live.external_id);
        // So that a lead who has become a user since is one from now on. What a message was worth is frozen apart
        // from this, so nothing written before gains by it.
        self.ingest.seen_live((account.tenant, account.source), &live.contacts, now).await?;
        let mut contacts = Vec::new();
        for raw in &live.contacts {
            contacts.push(self.know(account, live, raw, now).await?);
        }
        let before = self.store.frozen_assurance(account.tenant, conversation).await?;
        let begun = begun(live, &contacts, &before, now);
        let known = Conversation {
            id: conversation,
            begun,
            proofs: self.store.list_proofs(account.tenant, conversation).await?,
            tenant: self.store.enforcement(account.tenant).await?.map(|known| known.tenant_identity()),
        };
        let new: Vec<FrozenAssurance> = live
            .parts
            .iter()
            .filter(|part| is_customers(part) && !before.contains_key(&part.id))
            .map(|part| freeze(live, part, author_of(part, &contacts), &known, (account, now)))
            .collect();
        let frozen = self.store.freeze_assurance(account.tenant, conversation, new).await?;
        self.readers(account, live, (open, &contacts, &frozen)).await
    }

    async fn know(
        &self,
        account: &ChannelAccount,
        live: &LiveConversation,
        raw: &RawCustomer,
        now: Timestamp,
    ) -> anyhow::Result<Known> {
        let customer = Customer::read(raw, &live.external_id);
        let subject = customer.subject.subject(account.source);
        let mut shared_id = false;
        for identifier in &customer.identifiers {
            let carriers = self.store.find_subjects(account.tenant, identifier).await?;
            shared_id |= carriers.quarantined.is_some();
        }
        let email = customer.identifiers.iter().find(|identifier| identifier.kind() == Kind::Email);
        Ok(Known {
            raw: raw.clone(),
            subject,
            person: self.store.person_of(account.tenant, subject, now).await?,
            identified: !customer.is_unknown(),
            shared_id,
            role: customer.role,
            email: email.map(|email| email.value().to_owned()),
        })
    }

    async fn readers(
        &self,
        account: &ChannelAccount,
        live: &LiveConversation,
        (open, contacts, frozen): (&[&Part], &[Known], &BTreeMap<String, FrozenAssurance>),
    ) -> anyhow::Result<Who> {
        let now = self.seams.clock.now();
        let of_open: Vec<&FrozenAssurance> = open.iter().filter_map(|part| frozen.get(&part.id)).collect();
        let mut readers = Vec::new();
        let mut first_name = None;
        for contact in contacts {
            let wrote: Vec<Assurance> = of_open
                .iter()
                .filter(|message| message.subject == Some(contact.subject))
                .map(|message| message.assurance)
                .collect();
            // Who only reads along has proven nothing.
            let silent = if contact.identified { Assurance::Claimed } else { Assurance::Anonymous };
            let assurance = if wrote.is_empty() { silent } else { lowest(wrote) };
            let reader = match contact.person {
                Some(_) => {
                    let viewer = self.viewer_of(account.tenant, contact.subject, assurance, now).await?;
                    first_name = viewer.first_name;
                    viewer.reader
                }
                // Never stored: nobody has an account of it yet.
                None => {
                    let alone = Identities {
                        subjects: BTreeSet::from([contact.subject]),
                        companies: BTreeSet::new(),
                    };
                    Reader::Customer {
                        person: None,
                        account: alone.clone(),
                        whole: alone,
                        assurance: assurance.min(Assurance::Claimed),
                    }
                }
            };
            readers.push(reader);
        }
        let strangers = open.iter().filter(|part| author_of(part, contacts).is_none()).count();
        let along = read_along(live, contacts, &self.settings.privacy.own_domains);
        readers.extend((0..strangers.min(1) + along).map(|_| Reader::anonymous()));
        if readers.is_empty() {
            readers.push(Reader::anonymous());
        }
        let assurance = lowest(readers.iter().map(|reader| match reader {
            Reader::Customer { assurance, .. } => *assurance,
            Reader::Agent { .. } => Assurance::Verified,
        }));
        Ok(Who {
            asker: asker(open, contacts).filter(|_| readers.len() == 1 && assurance == Assurance::Claimed),
            first_name: first_name.filter(|_| readers.len() == 1),
            assurance,
            limits: of_open.iter().flat_map(|message| message.limits.iter().cloned()).collect(),
            from_machine: open.iter().any(|part| part.author_email.as_deref().is_some_and(is_machine)),
            readers,
        })
    }
}

fn author_of<'a>(part: &Part, contacts: &'a [Known]) -> Option<&'a Known> {
    let id = part.author_id.as_deref()?;
    contacts.iter().find(|contact| contact.raw.contact_id.as_deref() == Some(id))
}

/// Returns how a conversation began, as far as we were there: what its first message's author was known as
/// is what was frozen with that message, and is never asked for again.
fn begun(
    live: &LiveConversation,
    contacts: &[Known],
    frozen: &BTreeMap<String, FrozenAssurance>,
    now: Timestamp,
) -> Option<Begun> {
    if live.begun_by != BegunBy::Customer {
        return None;
    }
    let first = live.parts.iter().find(|part| is_customers(part))?;
    let at = live.created_at;
    match frozen.get(&first.id) {
        Some(known) => {
            let fresh = known.frozen_at.millis() - known.at.millis() <= FRESH_MS;
            Some(Begun { at, by: known.subject?, role: known.role? }).filter(|_| fresh)
        }
        None => {
            let author = author_of(first, contacts)?;
            let fresh = now.millis() - first.at.millis() <= FRESH_MS;
            Some(Begun { at, by: author.subject, role: author.role }).filter(|_| fresh)
        }
    }
}

fn freeze(
    live: &LiveConversation,
    part: &Part,
    author: Option<&Known>,
    known: &Conversation,
    (account, now): (&ChannelAccount, Timestamp),
) -> FrozenAssurance {
    let channel = part.channel;
    let facts = MessageFacts {
        // What was written before the account was connected came by ways that we did not watch.
        origin: if part.at < account.added_at { Origin::Imported } else { Origin::Live },
        at: part.at,
        channel,
        conversation: Some(known.id),
        author: author.map(|author| author.subject),
        person: author.and_then(|author| author.person),
        role: author.map(|author| author.role).filter(|_| now.millis() - part.at.millis() <= FRESH_MS),
        identified: author.is_some_and(|author| author.identified),
        shared_id: author.is_some_and(|author| author.shared_id),
        begun: known.begun,
        sender: sender(live, part, author),
        forwarded: message::take_apart(live.subject.as_deref(), &part.text).is_forwarded,
        step_up: known
            .proofs
            .iter()
            .filter_map(as_fact)
            .find(|proof| (proof.from..proof.to).contains(&part.at)),
    };
    // Where nothing is declared, no session verifies anybody.
    let tenant = known.tenant.unwrap_or_default();
    FrozenAssurance {
        part: part.id.clone(),
        subject: facts.author,
        role: facts.role,
        assurance: assess(&facts, &tenant),
        limits: limits(&facts, &tenant).into_iter().map(|limit| limit.name().to_owned()).collect(),
        at: part.at,
        frozen_at: now,
    }
}

/// Returns a proof as the rules of assurance take it; none when nothing was proven.
fn as_fact(proof: &StepUp) -> Option<identity::assurance::StepUp> {
    Some(identity::assurance::StepUp {
        conversation: proof.conversation,
        subject: proof.subject,
        person: proof.person,
        from: proof.taken_at?,
        to: proof.proven_to?,
    })
}

/// Returns who could be asked to prove who they are: a user, known without doubt, who wrote all that is open.
fn asker(open: &[&Part], contacts: &[Known]) -> Option<Asker> {
    let [contact] = contacts else {
        return None;
    };
    let wrote_all = open.iter().all(|part| author_of(part, contacts).is_some());
    let known = contact.identified && !contact.shared_id && contact.role == Role::User;
    let person = contact.person.filter(|_| wrote_all && known)?;
    Some(Asker { subject: contact.subject, person })
}

/// Compares the address of a mail with that of the contact whom the channel takes for its author.
fn sender(live: &LiveConversation, part: &Part, author: Option<&Known>) -> Sender {
    let Some(stated) = &part.author_email else {
        return Sender::Unknown;
    };
    if part.channel != Some(Channel::Email) {
        return Sender::Unknown;
    }
    let (Some(author), Some(stated)) = (author, normal(stated)) else {
        return Sender::Stranger;
    };
    if author.email.as_deref() != Some(stated.as_str()) {
        return Sender::Stranger;
    }
    let first = live.contacts.first().and_then(|contact| contact.contact_id.as_deref());
    if author.raw.contact_id.as_deref() == first { Sender::Contact } else { Sender::Participant }
}

/// Counts the recipients of the newest mail who are neither contacts nor mailboxes of the company.
fn read_along(live: &LiveConversation, contacts: &[Known], own_domains: &[String]) -> usize {
    let mails = live.parts.iter().rev().filter(|part| is_customers(part));
    let Some(newest) = mails.take(1).find(|part| !part.recipients.is_empty()) else {
        return 0;
    };
    let others: BTreeSet<String> = newest
        .recipients
        .iter()
        .map(|address| address.trim().to_lowercase())
        .filter(|address| {
            let own = address.rsplit_once('@').is_some_and(|(_, domain)| {
                own_domains.iter().any(|own| domain == own || domain.ends_with(&format!(".{own}")))
            });
            let known = normal(address).is_some_and(|address| {
                contacts.iter().any(|contact| contact.email.as_ref() == Some(&address))
            });
            !own && !known
        })
        .collect();
    others.len()
}

fn normal(address: &str) -> Option<String> {
    Identifier::parse(Kind::Email, address).ok().map(|address| address.value().to_owned())
}

/// Reports whether nobody reads what is sent to an address.
fn is_machine(address: &str) -> bool {
    let local: String = address
        .split('@')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|character| character.is_alphanumeric())
        .collect::<String>()
        .to_lowercase();
    ["noreply", "donotreply", "mailerdaemon", "postmaster", "bounce"]
        .iter()
        .any(|machine| local.starts_with(machine))
}
