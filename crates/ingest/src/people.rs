//! Events about people, and keeping away who was erased.
//!
//! What comes of events follows from the set of them alone: sightings are added up, a merge of contacts is one
//! entry whatever is reported how often, and a contact that is gone takes along whatever is from before that
//! moment, whether it comes before or after.

use std::collections::{BTreeSet, HashMap};

use connector::Problem;
use domain::record::{PersonChange, PersonEvent, RawAudience, RawCustomer, Record};
use domain::{CompanyId, ConversationId, SourceId, SubjectId, TenantId, Timestamp};
use identity::customer::Customer;
use identity::ledger::Entry;
use identity::{Identifier, SubjectName, identifier};
use store::{PageWrite, Saved};

use crate::chunk::Size;
use crate::error::Error;
use crate::pipeline::Ingest;
use crate::privacy::Rules;
use crate::translate::{CUT_COMPANIES, Context};

/// What is kept away, of the things that one page speaks of.
#[derive(Debug)]
pub(crate) struct Away {
    context: Context,
    rules: Rules,
    buried: HashMap<[u8; 32], Timestamp>,
}

impl Ingest {
    /// Applies events about people: the same way whether a source lists them or a channel reports them.
    ///
    /// # Errors
    /// Fails when the store does; nothing of it is stored then.
    pub async fn people(
        &self,
        (tenant, source): (TenantId, SourceId),
        events: Vec<PersonEvent>,
        now: Timestamp,
    ) -> Result<Saved, Error> {
        let size = Size { tokens: self.config.chunk_tokens, overlap: self.config.chunk_overlap };
        let context = Context { tenant, source, size, now };
        let records: Vec<Record> = events.iter().cloned().map(Record::Person).collect();
        let away = self.away(&context, &records).await?;
        let mut page = PageWrite::default();
        for problem in write(&context, &self.rules, &away, events, &mut page) {
            tracing::warn!(source.id = %source, "an event about a contact is left out: {}", problem.what);
        }
        Ok(self.store.save_page(tenant, source, page, now).await?)
    }

    /// Notes who was seen in a conversation that is going on, as its channel shows them now. What is known
    /// already is not noted again, since a conversation is looked at often.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn seen_live(
        &self,
        (tenant, source): (TenantId, SourceId),
        contacts: &[RawCustomer],
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut events = Vec::new();
        for raw in contacts {
            let customer = Customer::read(raw, "");
            let subject = customer.subject.subject(source);
            let known = self.store.facts(tenant, &[subject]).await?;
            let named: BTreeSet<CompanyId> =
                customer.companies.iter().map(|id| CompanyId::derive(tenant, id)).collect();
            let now = self.store.companies_of(tenant, &BTreeSet::from([subject]), at).await?;
            // A list that is empty may not have been looked up, and a long one may be cut.
            let same_companies =
                named == now || (named.is_subset(&now) && (named.is_empty() || named.len() >= CUT_COMPANIES));
            let says_nothing_new = known.iter().any(|known| {
                known.role >= customer.role
                    && customer.identifiers.iter().all(|one| known.identifiers.contains_key(one))
                    && customer.name.iter().all(|name| known.names.contains(name))
                    && same_companies
            });
            if !says_nothing_new && !customer.is_unknown() {
                events.push(PersonEvent { at, change: PersonChange::Seen(raw.clone()) });
            }
        }
        if events.is_empty() {
            return Ok(());
        }
        self.people((tenant, source), events, at).await.map(drop)
    }

    /// Returns what is kept away of the things that records speak of.
    pub(crate) async fn away(&self, context: &Context, records: &[Record]) -> Result<Away, Error> {
        let mut away = Away { context: *context, rules: self.rules.clone(), buried: HashMap::new() };
        let mut hashes: Vec<[u8; 32]> = records.iter().flat_map(|record| away.hashes(record)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        away.buried = self.store.buried(context.tenant, &hashes).await?;
        Ok(away)
    }
}

/// Returns the names under which an erased person stands: every identity and every identifier that was the
/// person's alone.
#[must_use]
pub fn erased_names<'a>(
    subjects: impl IntoIterator<Item = &'a SubjectId>,
    identifiers: impl IntoIterator<Item = &'a Identifier>,
    conversations: impl IntoIterator<Item = &'a ConversationId>,
) -> Vec<String> {
    let subjects = subjects.into_iter().map(|subject| format!("erased:{subject}"));
    let identifiers = identifiers.into_iter().map(|identifier| format!("erased:{identifier}"));
    let conversations = conversations.into_iter().map(|conversation| format!("erased:{conversation}"));
    subjects.chain(identifiers).chain(conversations).collect()
}

fn gone_name(subject: SubjectId) -> String {
    format!("gone:{subject}")
}

impl Away {
    fn hash(&self, name: &str) -> [u8; 32] {
        self.rules.tombstone(self.context.tenant, name)
    }

    fn names(&self, raw: &RawCustomer, conversation: &str) -> Vec<String> {
        let customer = Customer::read(raw, conversation);
        let subject = customer.subject.subject(self.context.source);
        let mut names = erased_names([&subject], &customer.identifiers, []);
        names.push(gone_name(subject));
        names
    }

    fn hashes(&self, record: &Record) -> Vec<[u8; 32]> {
        let names = match record {
            Record::Conversation(raw) => {
                let id = ConversationId::derive(self.context.source, &raw.external_id);
                let mut names = erased_names([], [], [&id]);
                for customer in std::iter::once(&raw.customer).chain(&raw.others) {
                    names.extend(self.names(customer, &raw.external_id));
                }
                names
            }
            Record::Person(PersonEvent { change: PersonChange::Seen(raw), .. }) => self.names(raw, ""),
            Record::Document(raw) => match &raw.audience {
                RawAudience::Person(name) => {
                    erased_names([&SubjectId::derive(self.context.source, name)], [], [])
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        names.iter().map(|name| self.hash(name)).collect()
    }

    /// Reports whether a record is of an erased person: a conversation from before the erasure, or anything
    /// that is kept for that person alone. What somebody begins afterwards is new.
    pub(crate) fn keeps(&self, record: &Record) -> bool {
        let moment = match record {
            Record::Conversation(raw) => raw.created_at,
            _ => Timestamp::MIN,
        };
        self.hashes(record).iter().any(|hash| self.buried.get(hash).is_some_and(|at| moment <= *at))
    }

    /// Reports whether a contact's record must not be taken in: its person was erased, or it is from before
    /// the contact was gone.
    fn keeps_seen(&self, customer: &Customer, at: Timestamp, gone: &HashMap<SubjectId, Timestamp>) -> bool {
        let subject = customer.subject.subject(self.context.source);
        let erased = erased_names([&subject], &customer.identifiers, []);
        let stored = self.buried.get(&self.hash(&gone_name(subject)));
        erased.iter().any(|name| self.buried.contains_key(&self.hash(name)))
            || stored.is_some_and(|gone| at <= *gone)
            || gone.get(&subject).is_some_and(|gone| at <= *gone)
    }
}

/// Adds what events say to a page. Returns what could not be taken in.
pub(crate) fn write(
    context: &Context,
    rules: &Rules,
    away: &Away,
    events: Vec<PersonEvent>,
    page: &mut PageWrite,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut gone: HashMap<SubjectId, Timestamp> = HashMap::new();
    for event in &events {
        if let PersonChange::Gone { contact } = &event.change {
            match Identifier::parse(identifier::Kind::ContactId, contact) {
                Ok(contact) => {
                    let subject = SubjectName::of_identifier(&contact).subject(context.source);
                    let latest = gone.entry(subject).or_insert(event.at);
                    *latest = (*latest).max(event.at);
                }
                Err(why) => {
                    problems.push(Problem::skipped("a contact that is gone", format!("its id {why}")))
                }
            }
        }
    }
    for event in events {
        match event.change {
            PersonChange::Seen(raw) => {
                let customer = Customer::read(&raw, "");
                if !customer.is_unknown() && !away.keeps_seen(&customer, event.at, &gone) {
                    page.sightings.push(context.sighting(&customer, None, event.at));
                }
            }
            PersonChange::Merged { from, into } => {
                match Entry::merged_at_source(context.source, &from, &into, event.at) {
                    Ok(entry) => page.ledger.push(entry),
                    Err(why) => {
                        problems.push(Problem::skipped("a merge of contacts", format!("one id {why}")));
                    }
                }
            }
            PersonChange::Gone { .. } => {}
        }
    }
    for (subject, at) in gone {
        page.tombstones.push((rules.tombstone(context.tenant, &gone_name(subject)), at));
        page.gone.push((subject, at));
    }
    problems
}
