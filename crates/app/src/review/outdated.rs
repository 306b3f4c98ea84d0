//! Documents that people no longer answer by.
//!
//! For each learned answer the index names the articles nearest to its question. What the people of the company wrote
//! in that conversation, after the article, is held against it. When they wrote the same other thing to several
//! unrelated customers, by the same rule by which a detail of a conversation stops being a secret
//! ([`ingest::privacy::Sightings`]), and more often than what the article says, the article is reported with that value
//! and the conversations, never with their text.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::{Author, ChunkId, Conversation, DocumentId, SubjectId, Timestamp, message};
use identity::identifier;
use ingest::privacy::{COMPANIES, Contact, Listener, Sightings};
use responder::conflict::{Claims, Differs, Passage, compare};
use serde::Serialize;

use super::Place;
use super::reading::{BATCH, Known, Reading};

/// How many articles are compared with a conversation, for each of the two searches.
const NEAR: usize = 6;
/// So many conversations are named.
const NAMED: usize = 10;
/// What an agent must at least have said, in letters.
const SAID: usize = 12;

/// A document that people no longer answer by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outdated {
    /// How sure it is that they speak of the same thing, from 0 to 1.
    pub sure: f32,
    /// The document.
    pub document: Place,
    /// Its sentence.
    pub sentence: String,
    /// In what they differ.
    pub differs: Differs,
    /// What it is about, the most telling first.
    pub about: Vec<String>,
    /// The value in the document.
    pub document_says: String,
    /// The value that people answer with.
    pub people_say: String,
    /// How many unrelated customers were told so.
    pub customers: usize,
    /// How many conversations since then still say what the document says.
    pub agreeing: usize,
    /// When it was first said otherwise.
    pub since: Timestamp,
    /// When it was last said otherwise.
    pub until: Timestamp,
    /// Conversations in which it was, the newest first, by the source's own ids.
    pub conversations: Vec<String>,
}

/// What was said otherwise than one sentence of a document has it.
#[derive(Debug, Default)]
struct Otherwise {
    sightings: Option<Sightings>,
    listeners: BTreeSet<Listener>,
    conversations: BTreeMap<(Timestamp, String), ()>,
    sure: f32,
    differs: Option<Differs>,
    about: Vec<String>,
    document_says: String,
    people_say: String,
}

/// What conversations say about one sentence.
#[derive(Debug, Default)]
struct Votes {
    place: Option<ChunkId>,
    otherwise: BTreeMap<String, Otherwise>,
    agreeing: Vec<Timestamp>,
}

type Sentences = HashMap<(DocumentId, String), Votes>;

impl Reading<'_> {
    /// Holds past conversations against the articles; returns what is outdated, the likeliest first.
    pub(super) async fn outdated(&mut self) -> anyhow::Result<Vec<Outdated>> {
        let learned = self.learned.clone();
        let (mut votes, mut done) = (Sentences::new(), 0);
        let mut seen = HashSet::new();
        for batch in learned.chunks(BATCH) {
            let vectors = self.app.index.vectors(&self.scope, batch).await?;
            let mut vectors: HashMap<ChunkId, Vec<f32>> = vectors.into_iter().collect();
            let loaded = self.app.store.load_chunks(&self.scope, batch).await?.chunks;
            for one in loaded {
                if self.stop.is_asked() {
                    break;
                }
                done += 1;
                self.say("reading conversations", done, learned.len());
                let Some(conversation) = one.chunk.conversation.filter(|id| seen.insert(*id)) else {
                    continue;
                };
                let near = self.near(vectors.remove(&one.chunk.id), &one.chunk.search_text, NEAR).await?;
                let near: BTreeSet<ChunkId> = near.into_iter().map(|hit| hit.chunk).collect();
                let near: Vec<ChunkId> = near.into_iter().collect();
                let mut articles = self.load(&near).await?;
                articles.retain(|known| !known.claims.is_empty());
                if articles.is_empty() {
                    continue;
                }
                let conversation = self.app.store.conversation(self.scope.tenant(), conversation).await?;
                let Some(listener) = self.listener(&conversation).await? else { continue };
                for article in &articles {
                    self.vote(article, &conversation, listener, &mut votes);
                }
            }
        }
        self.elected(votes).await
    }

    /// Returns as whom the customer counts; nobody for one of whom too little is known to call them unrelated.
    async fn listener(&self, conversation: &Conversation) -> anyhow::Result<Option<Listener>> {
        let tenant = self.scope.tenant();
        // With several readers nobody can say who was told.
        let Some(subject) = conversation.subject_id.filter(|_| conversation.readers.len() <= 1) else {
            return Ok(None);
        };
        let (now, subjects) = (self.scope.at(), BTreeSet::from([subject]));
        let store = &self.app.store;
        let Some(facts) = store.facts(tenant, &[subject]).await?.pop() else { return Ok(None) };
        let person = store.people_of(tenant, &[subject], now).await?.remove(&subject);
        let companies: Vec<_> = store.companies_of(tenant, &subjects, now).await?.into_iter().collect();
        let name = person.map_or_else(|| SubjectId::to_string(&subject), |person| person.to_string());
        let is_email = |one: &&identity::Identifier| one.kind() == identifier::Kind::Email;
        let email = facts.identifiers.keys().find(is_email).map(|one| one.value());
        let contact = Contact { role: facts.role, person: &name, companies: &companies, email };
        Ok(self.app.ingest.rules.listener(&contact))
    }

    /// Adds what a conversation says about the statements of an article.
    fn vote(&self, article: &Known, conversation: &Conversation, listener: Listener, votes: &mut Sentences) {
        let chunk = &article.loaded.chunk;
        let newer = |at: Timestamp| at > chunk.valid_from;
        let said = conversation.turns.iter().filter(|turn| turn.author == Author::Agent && newer(turn.at));
        let Some(at) = said.clone().map(|turn| turn.at).max() else { return };
        let text: Vec<String> = said.map(|turn| message::without_quotes(&turn.text)).collect();
        let text = text.join("\n\n");
        if text.chars().filter(|c| c.is_alphabetic()).count() < SAID {
            return;
        }
        let asked = conversation.turns.iter().find(|turn| turn.author == Author::Customer);
        let asked = asked.map(|turn| domain::text::shorten(&turn.text, 300)).unwrap_or_default();
        let subject = conversation.subject.as_deref().unwrap_or_default();
        // A conversation says of nobody for whom its answer holds.
        let passage =
            Passage { title: subject, headings: &[asked], text: &text, applicability: &chunk.applicability };
        let compared = compare(&article.claims, &Claims::read(passage), &self.weights);
        let key = |sentence: &str| (chunk.document, sentence.to_owned());
        let agreed: BTreeSet<&String> = compared.agreements.iter().map(|(sentence, _)| sentence).collect();
        for sentence in agreed {
            votes.entry(key(sentence)).or_default().agreeing.push(at);
        }
        for found in compared.contradictions {
            let votes = votes.entry(key(&found.one.sentence)).or_default();
            votes.place = Some(chunk.id);
            let otherwise = votes.otherwise.entry(found.other.key).or_default();
            otherwise.sightings.get_or_insert_with(|| Sightings::new(COMPANIES)).tell(at, listener);
            otherwise.listeners.insert(listener);
            otherwise.conversations.insert((at, conversation.external_id.clone()), ());
            otherwise.sure = otherwise.sure.max(found.sure);
            otherwise.differs = Some(found.differs);
            otherwise.about = found.about;
            otherwise.document_says = found.one.value;
            otherwise.people_say = found.other.value;
        }
    }

    /// Returns the sentences that enough people contradict.
    async fn elected(&mut self, votes: Sentences) -> anyhow::Result<Vec<Outdated>> {
        let mut all = Vec::new();
        let mut votes: Vec<((DocumentId, String), Votes)> = votes.into_iter().collect();
        votes.sort_by(|a, b| a.0.cmp(&b.0));
        for ((_, sentence), votes) in votes {
            let Some(place) = votes.place else { continue };
            let is_shared =
                |one: &Otherwise| one.sightings.as_ref().is_some_and(|told| told.shared_from().is_some());
            let strongest =
                votes.otherwise.into_values().filter(is_shared).max_by_key(|one| one.listeners.len());
            let Some(one) = strongest else { continue };
            let times: Vec<Timestamp> = one.conversations.keys().map(|(at, _)| *at).collect();
            let (Some(since), Some(until), Some(differs)) = (times.first(), times.last(), one.differs) else {
                continue;
            };
            let agreeing = votes.agreeing.iter().filter(|at| *at >= since).count();
            if agreeing >= times.len() {
                continue;
            }
            let Some(known) = self.load(&[place]).await?.pop() else { continue };
            all.push(Outdated {
                sure: one.sure * times.len() as f32 / (times.len() + agreeing) as f32,
                document: Place::of(&known.loaded),
                sentence,
                differs,
                about: one.about,
                document_says: one.document_says,
                people_say: one.people_say,
                customers: one.listeners.len(),
                agreeing,
                since: *since,
                until: *until,
                conversations: one.conversations.into_keys().rev().take(NAMED).map(|(_, id)| id).collect(),
            });
        }
        all.sort_by(|a, b| b.sure.total_cmp(&a.sure).then(b.customers.cmp(&a.customers)));
        Ok(all)
    }
}
