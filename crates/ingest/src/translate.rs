//! From what a source hands over to what is stored: documents with chunks, conversations, sightings. Pure.

use std::collections::BTreeSet;

use domain::record::{RawAudience, RawConversation, RawCustomer, RawDocument, Role};
use domain::{
    Audience, Author, Chunk, ChunkId, CompanyId, Conversation, ConversationId, Document, DocumentId, Kind,
    Language, Place, SourceId, SubjectId, TenantId, Timestamp, Turn, VersionId, language, text,
};
use identity::customer::Customer;
use identity::people::SubjectFacts;
use store::{NewDocument, Sighting};

use crate::chunk::{self, Piece, Size, cut};

/// What every translation needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The tenant.
    pub tenant: TenantId,
    /// The source.
    pub source: SourceId,
    /// How large chunks are.
    pub size: Size,
    /// The moment of reading: since when a version counts whose date nobody knows.
    pub now: Timestamp,
}

/// A title is repeated in every chunk, so only its beginning is, up to this many characters.
const TITLE_CHARS: usize = 300;
/// A contact's record names at most so many companies; a list of that length may go on.
pub(crate) const CUT_COMPANIES: usize = 10;
/// An entry that leads somewhere is kept whole up to this size, and cut like any other text beyond.
const EXAMPLE_BYTES: usize = 64 * 1024;

/// A chunk before it has a place in a document.
pub(crate) struct Draft {
    pub(crate) valid_from: Timestamp,
    pub(crate) place: Place,
    /// Its own language, where that is clear.
    pub(crate) language: Option<Language>,
    pub(crate) search_text: String,
    pub(crate) body: String,
    pub(crate) leads_to: Vec<String>,
}

impl Context {
    fn audience(&self, raw: &RawAudience) -> Audience {
        match raw {
            RawAudience::Public => Audience::Public,
            RawAudience::Internal => Audience::Internal,
            RawAudience::Company(id) => Audience::Company(CompanyId::derive(self.tenant, id)),
            RawAudience::Person(name) => Audience::Person(SubjectId::derive(self.source, name)),
        }
    }

    /// Makes a document of an article.
    #[must_use]
    pub fn article(&self, raw: RawDocument) -> NewDocument {
        let language = raw.language.filter(|language| language.is_known()).unwrap_or_else(|| {
            let head: String = raw.markdown.chars().take(2_000).collect();
            language::detect(&format!("{} {head}", raw.title))
        });
        // A source whose clock is ahead would keep an older, perhaps wider version valid until then.
        let valid_from = raw.updated_at.unwrap_or(self.now).min(self.now);
        let document = Document {
            id: DocumentId::derive(self.source, Kind::Article.name(), &raw.external_id),
            version: VersionId::from_uuid(self.source.uuid()),
            source: self.source,
            kind: Kind::Article,
            external_id: raw.external_id,
            title: raw.title,
            url: raw.url,
            language,
            audience: self.audience(&raw.audience),
            applicability: raw.applicability,
            conversation: None,
            made_from: Vec::new(),
            created_at: raw.created_at,
            valid_from,
            valid_to: Timestamp::OPEN,
            version_known: raw.updated_at.is_some(),
            markdown: raw.markdown,
        };
        let is_example = !raw.leads_to.is_empty() && document.markdown.len() <= EXAMPLE_BYTES;
        let pieces = if !is_example {
            cut(&document.markdown, document.url.as_deref(), self.size)
        } else {
            // An entry that leads somewhere is an example, compared as a whole.
            let text = document.markdown.trim().to_owned();
            let whole = Piece { language: chunk::language(&text), text, place: Place::default() };
            Some(whole).filter(|piece| !piece.text.is_empty()).into_iter().collect()
        };
        let mut drafts: Vec<Draft> = pieces
            .into_iter()
            .map(|piece| Draft {
                valid_from: document.valid_from,
                search_text: search_text(&document.title, &piece.place, &piece.text),
                place: piece.place,
                language: piece.language,
                body: piece.text,
                leads_to: raw.leads_to.clone(),
            })
            .collect();
        if raw.leads_to.is_empty() || drafts.is_empty() {
            let titles = self.titles(&document, drafts.is_empty());
            drafts.extend(titles.into_iter().map(|draft| Draft { leads_to: raw.leads_to.clone(), ..draft }));
        }
        seal(document, drafts)
    }

    /// Lets the title speak for itself too: a chunk without a body, or with itself as body if it is all there is
    /// or too long to stand in front of the other chunks whole.
    fn titles(&self, document: &Document, is_all: bool) -> Vec<Draft> {
        let title = document.title.trim();
        let draft = |search_text: String, body: String| Draft {
            valid_from: document.valid_from,
            place: Place::default(),
            language: None,
            search_text,
            body,
            leads_to: Vec::new(),
        };
        if title.is_empty() {
            return Vec::new();
        }
        if text::shorten(title, TITLE_CHARS) == title {
            let body = if is_all { title.to_owned() } else { String::new() };
            return vec![draft(title.to_owned(), body)];
        }
        cut(title, None, self.size).into_iter().map(|piece| draft(piece.text.clone(), piece.text)).collect()
    }

    /// Makes a stored conversation of a raw one, which `begun` began when it was no user yet.
    ///
    /// A source that merges a lead into a user hands the lead's conversations over as the user's. What was
    /// written without proof does not become that user's word by it, so the conversation stays whose it was.
    #[must_use]
    pub fn conversation(&self, raw: &RawConversation, begun: Option<SubjectId>) -> Conversation {
        let id = ConversationId::derive(self.source, &raw.external_id);
        let customers = self.customers(raw);
        let mut readers: Vec<SubjectId> =
            customers.iter().map(|(customer, _)| customer.subject.subject(self.source)).collect();
        if let (Some(begun), [(now, _), ..]) = (begun, customers.as_slice())
            && now.role == Role::User
        {
            readers[0] = begun;
        }
        let turns: Vec<Turn> = raw
            .turns
            .iter()
            .enumerate()
            .map(|(position, turn)| Turn {
                position: position as u32,
                author: turn.author,
                author_id: turn.author_id.clone(),
                at: turn.at,
                text: turn.text.clone(),
                cites: turn.cites.clone(),
            })
            .collect();
        let language = raw.language.filter(|language| language.is_known()).unwrap_or_else(|| {
            let own: Vec<&str> = turns
                .iter()
                .filter(|turn| turn.author == Author::Customer)
                .map(|turn| turn.text.as_str())
                .collect();
            language::detect(&own.join("\n"))
        });
        Conversation {
            id,
            external_id: raw.external_id.clone(),
            channel: raw.channel,
            language,
            created_at: raw.created_at,
            subject_id: readers.first().copied(),
            readers,
            subject: raw.subject.clone(),
            topic: raw.topic.clone(),
            tags: raw.tags.clone(),
            status: raw.status,
            solution_turn: raw.solution_turn.map(|position| position as u32),
            rating: raw.rating,
            weight: raw.weight,
            turns,
        }
    }

    /// Returns the customers of a conversation, the one who wrote in first.
    pub(crate) fn customers<'a>(&self, raw: &'a RawConversation) -> Vec<(Customer, &'a RawCustomer)> {
        std::iter::once(&raw.customer)
            .chain(&raw.others)
            .map(|customer| (Customer::read(customer, &raw.external_id), customer))
            .collect()
    }

    /// Returns who was seen in a conversation.
    pub(crate) fn sightings(&self, raw: &RawConversation, id: ConversationId) -> Vec<Sighting> {
        let seen =
            |(customer, _): (Customer, &RawCustomer)| self.sighting(&customer, Some(id), raw.created_at);
        self.customers(raw).into_iter().map(seen).collect()
    }

    /// Returns what one sighting of a customer says, in a conversation or as a contact's own record.
    pub(crate) fn sighting(
        &self,
        customer: &Customer,
        conversation: Option<ConversationId>,
        at: Timestamp,
    ) -> Sighting {
        let companies: BTreeSet<CompanyId> =
            customer.companies.iter().map(|id| CompanyId::derive(self.tenant, id)).collect();
        Sighting {
            external_id: customer.subject.as_str().to_owned(),
            conversation,
            // A conversation names companies by the way, and a long list of a record may be cut.
            names_all_companies: conversation.is_none() && companies.len() < CUT_COMPANIES,
            facts: SubjectFacts::seen(customer.subject.subject(self.source), customer, companies, at),
            rejected: customer.rejected.clone(),
        }
    }

    /// Makes a person's history of a conversation: what the person wrote and what was written to it, never
    /// notes. With several customers reading it is for agents only.
    #[must_use]
    pub fn history(&self, conversation: &Conversation) -> Option<NewDocument> {
        let subject = conversation.subject_id?;
        let audience =
            if conversation.readers.len() == 1 { Audience::Person(subject) } else { Audience::Internal };
        let title = conversation.subject.clone().unwrap_or_default();
        let mut drafts = Vec::new();
        let mut open = String::new();
        let mut newest = conversation.created_at;
        for turn in &conversation.turns {
            let who = match turn.author {
                Author::Customer => "Customer",
                Author::Agent => "Support",
                Author::Bot => "Bot",
                Author::Other => continue,
            };
            let own = domain::message::take_apart(None, &turn.text).own;
            if own.is_empty() {
                continue;
            }
            newest = newest.max(turn.at);
            if !open.is_empty() {
                open.push_str("\n\n");
            }
            open.push_str(&format!("{who}: {own}"));
            // An answer ends an exchange; its chunk counts from then on.
            if turn.author != Author::Customer {
                self.close_exchange(&mut open, newest, &title, &mut drafts);
            }
        }
        self.close_exchange(&mut open, newest, &title, &mut drafts);
        let document = self.derived(conversation, Kind::History, audience, title);
        (!drafts.is_empty()).then(|| seal(document, drafts))
    }

    fn close_exchange(&self, open: &mut String, at: Timestamp, title: &str, drafts: &mut Vec<Draft>) {
        for piece in cut(&std::mem::take(open), None, self.size) {
            drafts.push(Draft {
                valid_from: at,
                search_text: search_text(title, &piece.place, &piece.text),
                place: piece.place,
                language: piece.language,
                body: piece.text,
                leads_to: Vec::new(),
            });
        }
    }

    /// Returns the id of the learned answer of a conversation, whether or not there is one.
    pub(crate) fn learned_id(&self, conversation: &Conversation) -> DocumentId {
        DocumentId::derive(self.source, Kind::LearnedAnswer.name(), &conversation.external_id)
    }

    /// Returns an empty document made of a conversation.
    pub(crate) fn derived(
        &self,
        conversation: &Conversation,
        kind: Kind,
        audience: Audience,
        title: String,
    ) -> Document {
        Document {
            id: DocumentId::derive(self.source, kind.name(), &conversation.external_id),
            version: VersionId::from_uuid(self.source.uuid()),
            source: self.source,
            kind,
            external_id: conversation.external_id.clone(),
            title,
            url: None,
            language: conversation.language,
            audience,
            applicability: domain::Applicability::default(),
            conversation: Some(conversation.id),
            made_from: conversation.readers.clone(),
            created_at: Some(conversation.created_at),
            valid_from: conversation.created_at,
            valid_to: Timestamp::OPEN,
            version_known: true,
            markdown: String::new(),
        }
    }
}

/// Joins title, headings and text: what is embedded and searched.
#[must_use]
pub fn search_text(title: &str, place: &Place, body: &str) -> String {
    let title = text::shorten(title, TITLE_CHARS);
    let mut head: Vec<&str> = vec![&title];
    head.extend(place.heading_path.iter().map(String::as_str));
    head.dedup();
    head.retain(|part| !part.trim().is_empty());
    if head.is_empty() { body.to_owned() } else { format!("{}\n{body}", head.join(" > ")) }
}

/// Derives the version from everything that makes it what it is, and the chunks from the version.
pub(crate) fn seal(mut document: Document, drafts: Vec<Draft>) -> NewDocument {
    let audience = format!("{:?}", document.audience);
    let applicability = format!("{:?}", document.applicability);
    let mut parts: Vec<&[u8]> = vec![
        document.title.as_bytes(),
        document.url.as_deref().unwrap_or_default().as_bytes(),
        document.language.code().as_bytes(),
        audience.as_bytes(),
        applicability.as_bytes(),
    ];
    let languages: Vec<Option<String>> = drafts
        .iter()
        .map(|draft| draft.language.filter(|own| *own != document.language))
        .map(|own| own.map(|own| format!("language {own}")))
        .collect();
    let times: Vec<[u8; 8]> = drafts.iter().map(|draft| draft.valid_from.millis().to_be_bytes()).collect();
    for ((draft, time), language) in drafts.iter().zip(&times).zip(&languages) {
        parts.extend([draft.search_text.as_bytes(), draft.body.as_bytes()]);
        parts.extend(language.iter().map(String::as_bytes));
        // What was made up of headings follows from them.
        parts.extend(draft.place.own_anchor().map(str::as_bytes));
        parts.extend(draft.leads_to.iter().map(String::as_bytes));
        // An article keeps the date of the state that was first seen; a turn's own time is part of it.
        if document.kind != Kind::Article {
            parts.push(time);
        }
    }
    document.version = VersionId::derive(document.id, &text::hash(&parts));
    if let Some(first) = drafts.iter().map(|draft| draft.valid_from).min() {
        document.valid_from = first;
    }
    let chunks =
        drafts.into_iter().zip(0..).map(|(draft, position)| place(&document, draft, position)).collect();
    NewDocument { document, chunks, slots: Vec::new() }
}

fn place(document: &Document, draft: Draft, position: u32) -> Chunk {
    Chunk {
        id: ChunkId::derive(document.version, position),
        document: document.id,
        version: document.version,
        position,
        kind: document.kind,
        audience: document.audience,
        applicability: document.applicability.clone(),
        language: draft.language.unwrap_or(document.language),
        conversation: document.conversation,
        valid_from: draft.valid_from,
        valid_to: Timestamp::OPEN,
        place: draft.place,
        search_text: draft.search_text,
        body: draft.body,
        leads_to: draft.leads_to,
    }
}
