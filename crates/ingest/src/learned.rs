//! Learned answers on their way into the store: who was told which details, and what may be shown of a
//! resolution.
//!
//! The stored and searched text is covered; the store opens a covered place on loading, once what stands there
//! was no secret any more at the moment that the scope may know. The title and the text to search are fixed when
//! the answer is learned: what was no secret then is none later either.

use std::collections::{BTreeSet, HashMap};

use domain::record::RawConversation;
use domain::{Audience, CompanyId, Conversation, Document, Kind, Timestamp};
use identity::customer::Customer;
use store::details::{Slot, Slots, Told};
use store::{Detail, NewDocument};

use crate::privacy::{Contact, DetailHash, Known, Listener, Rules, Sightings};
use crate::translate::{Context, Draft, seal};

/// Everything known of a tenant's details, held for one run.
#[derive(Debug)]
pub(crate) struct Memory {
    rules: Rules,
    known: HashMap<DetailHash, Sightings>,
    touched: BTreeSet<DetailHash>,
}

impl Memory {
    /// Begins with what is stored.
    pub(crate) fn new(rules: Rules, details: Vec<Detail>) -> Self {
        let known = details.into_iter().map(|detail| (DetailHash(detail.hash), sightings(detail))).collect();
        Self { rules, known, touched: BTreeSet::new() }
    }

    /// Takes in what an article shows.
    pub(crate) fn read_document(&mut self, new: &NewDocument) {
        let document: &Document = &new.document;
        if !matches!(document.audience, Audience::Public | Audience::Internal) {
            return;
        }
        let text = format!(
            "{}\n{}\n{}",
            document.title,
            document.url.as_deref().unwrap_or_default(),
            document.markdown
        );
        for (hash, needed) in self.rules.observe_document(&text, document.language) {
            if self.known.entry(hash).or_insert_with(|| Sightings::new(needed)).show(document.valid_from) {
                self.touched.insert(hash);
            }
        }
    }

    /// Takes in what agents told the customer of a conversation.
    pub(crate) fn read_conversation(
        &mut self,
        context: &Context,
        conversation: &Conversation,
        raw: &RawConversation,
    ) {
        // With several readers nobody can say who was told.
        if conversation.readers.len() > 1 {
            return;
        }
        let customer = Customer::read(&raw.customer, &raw.external_id);
        let companies: Vec<CompanyId> =
            customer.companies.iter().map(|id| CompanyId::derive(context.tenant, id)).collect();
        let person = conversation.subject_id.map(|subject| subject.to_string()).unwrap_or_default();
        let contact = Contact {
            role: customer.role,
            person: &person,
            companies: &companies,
            email: raw.customer.email.as_deref(),
        };
        let Some(listener) = self.rules.listener(&contact) else { return };
        for observed in self.rules.observe(conversation, &people(conversation, raw)) {
            for (hash, needed) in observed.seen {
                let sightings = self.known.entry(hash).or_insert_with(|| Sightings::new(needed));
                if sightings.tell(observed.at, listener) {
                    self.touched.insert(hash);
                }
            }
        }
    }

    /// Makes the learned answer of a conversation, for agents only until a person approves it.
    pub(crate) fn learn(
        &self,
        context: &Context,
        conversation: &Conversation,
        raw: &RawConversation,
    ) -> Option<NewDocument> {
        let learned = self.rules.learn(conversation, &people(conversation, raw))?;
        let shared = |hash: DetailHash| {
            self.known
                .get(&hash)
                .and_then(Sightings::shared_from)
                .is_some_and(|from| from <= learned.known_at)
        };
        let question = learned.question.indexed(shared);
        let title =
            domain::text::shorten(learned.question.fill(shared).lines().next().unwrap_or_default(), 100);
        let mut document = context.derived(conversation, Kind::LearnedAnswer, Audience::Internal, title);
        document.language = learned.language;
        document.made_from = learned.made_from;
        let draft = Draft {
            valid_from: learned.known_at,
            place: domain::Place::default(),
            language: None,
            search_text: question,
            body: learned.resolution.covered(),
            leads_to: learned.cites,
        };
        if draft.body.trim().is_empty() {
            return None;
        }
        document.markdown.clone_from(&draft.body);
        let mut new = seal(document, vec![draft]);
        let places = learned.resolution.marks().iter().map(|mark| Slot {
            start: mark.start,
            end: mark.end,
            needs: mark.needs.iter().map(|any| any.iter().map(|hash| hash.0).collect()).collect(),
        });
        let text = learned.resolution.text().to_owned();
        new.slots = vec![Slots { chunk: new.chunks[0].id, text, slots: places.collect() }];
        Some(new)
    }

    /// Returns what has changed since the last call, to be stored.
    pub(crate) fn changed(&mut self) -> Vec<Detail> {
        std::mem::take(&mut self.touched)
            .into_iter()
            .filter_map(|hash| Some((hash, self.known.get(&hash)?)))
            .map(|(hash, sightings)| Detail {
                hash: hash.0,
                needed: sightings.needed(),
                shown_from: sightings.shown_from(),
                shared_from: sightings.shared_from().unwrap_or(Timestamp::OPEN),
                told: sightings
                    .told()
                    .map(|(listener, at)| Told { company: listener.company, domain: listener.domain, at })
                    .collect(),
            })
            .collect()
    }
}

/// Returns what is known about the people of a conversation.
fn people(conversation: &Conversation, raw: &RawConversation) -> Vec<Known> {
    let some = |text: &Option<String>| text.iter().cloned().collect::<Vec<String>>();
    let mut known: Vec<Known> = std::iter::once(&raw.customer)
        .chain(&raw.others)
        .map(|customer| Known {
            names: some(&customer.name),
            emails: some(&customer.email),
            phones: some(&customer.phone),
            ids: customer.account_id.iter().chain(&customer.contact_id).cloned().collect(),
            companies: customer.companies.clone(),
        })
        .collect();
    let authors: BTreeSet<&String> =
        conversation.turns.iter().filter_map(|turn| turn.author_id.as_ref()).collect();
    known.push(Known { ids: authors.into_iter().cloned().collect(), ..Known::default() });
    known
}

fn sightings(detail: Detail) -> Sightings {
    let told =
        detail.told.into_iter().map(|one| (Listener { company: one.company, domain: one.domain }, one.at));
    Sightings::from_stored(detail.needed, detail.shown_from, told)
}
