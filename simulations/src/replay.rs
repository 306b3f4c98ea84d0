//! Asks the responder of live traffic what it would have done at past moments.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use app::{App, Incoming, Response, Stop};
use domain::evidence::Ranked;
use domain::{
    Audience, Author, Conversation, ConversationId, DocumentId, Kind, Mode, Outcome, PersonId, SubjectId,
    TenantId, Timestamp,
};
use identity::{Assurance, Learned, Mask, Purpose, Reader, Scope};
use serde::{Deserialize, Serialize};

use crate::baseline::Candidate;
use crate::human;
use crate::judge::{self, Judgement, Overlap, Side, Source};
use crate::reading;
use crate::resolution;
use crate::told::Told;
use crate::turns::{Case, DraftRecord, HumanRecord, Leaks, ReplayedTurn, Timings, Versions, Weighed};

mod saved;

pub use saved::Saved;

/// What is replayed, and as what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// The mask of the headline; those that know more are replayed beside it.
    pub mask: Mask,
    /// What the answers would be for.
    pub purpose: Purpose,
    /// As what learned answers count that nobody has approved.
    pub learned: Learned,
    /// How sure to be of who wrote.
    pub assurance: Assurance,
    /// Conversations that began at or after this.
    pub since: Option<Timestamp>,
    /// Conversations that began before this.
    pub until: Option<Timestamp>,
    /// Most conversations.
    pub limit: Option<usize>,
    /// What is done with conversations that count in no rate.
    pub weightless: Weightless,
    /// How many turns are to be read by eye; none where nobody will.
    pub read: Option<usize>,
}

/// What is done with conversations of weight 0, such as those that the company began: they count in no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weightless {
    /// They are replayed and stand in the list of turns.
    Replayed,
    /// They are left out.
    LeftOut,
}

/// What was replayed.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The conversations as they really went.
    pub cases: Vec<Case>,
    /// Their turns under every mask.
    pub turns: Vec<ReplayedTurn>,
    /// The headline turns beside the answer of the most similar earlier conversation.
    pub candidates: Vec<Candidate>,
    /// What each drafter made of the headline turns, by conversation and position, where turns are to be read.
    pub told: BTreeMap<(String, u32), Vec<Told>>,
}

/// One conversation's part of a replay, as it is kept for resuming.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    conversation: String,
    turns: Vec<ReplayedTurn>,
    candidates: Vec<Candidate>,
    #[serde(default)]
    told: Vec<(u32, Vec<Told>)>,
}

/// What came of one turn under one mask.
struct Asked {
    turn: ReplayedTurn,
    scope: Scope,
    question: Option<domain::Question>,
    told: Vec<Told>,
}

/// What the drafts without a model are called.
const EXTRACTIVE: &str = "extractive";

/// Conversations are read so many at a time.
const PAGE: u32 = 500;

/// Replays what `options` choose. What `saved` holds from an interrupted run is not done again.
///
/// # Errors
/// Fails when a part of the machinery does, or when interrupted; finished conversations are kept.
pub async fn replay(
    app: &App,
    tenant: TenantId,
    options: &Options,
    saved: &mut Saved,
    progress: &(dyn Fn(u64, u64) + Sync),
    stop: &Stop,
) -> anyhow::Result<Replayed> {
    let all = conversations(app, tenant).await?;
    let data_ends = all
        .iter()
        .filter_map(|conversation| conversation.turns.last().map(|turn| turn.at))
        .max()
        .unwrap_or(Timestamp::MIN);
    let chosen: Vec<usize> = all
        .iter()
        .enumerate()
        .filter(|(_, one)| options.since.is_none_or(|since| one.created_at >= since))
        .filter(|(_, one)| options.until.is_none_or(|until| one.created_at < until))
        .filter(|(_, one)| options.weightless == Weightless::Replayed || one.weight > 0.0)
        .map(|(position, _)| position)
        .take(options.limit.unwrap_or(usize::MAX))
        .collect();
    let owners = owners(app, tenant, &all, data_ends).await?;
    let ends: Vec<resolution::Case<'_>> = all
        .iter()
        .zip(&owners)
        .map(|(conversation, person)| resolution::Case { conversation, person: *person, companies: &[] })
        .collect();
    let resolutions = resolution::resolve(&ends, data_ends, &resolution::Settings::default());
    // Where a model writes, the drafts without one stand beside it.
    let beside_model = options.read.is_some() && app.drafter(tenant) != EXTRACTIVE;
    let mut replayer = Replayer {
        app,
        extractive: if beside_model { Some(app.extractive()?) } else { None },
        tenant,
        options,
        articles: app.store.article_states(tenant).await?,
        by_id: all.iter().map(|conversation| (conversation.id, conversation)).collect(),
        vectors: HashMap::new(),
    };
    let mut replayed =
        Replayed { cases: Vec::new(), turns: Vec::new(), candidates: Vec::new(), told: BTreeMap::new() };
    for (done, position) in chosen.iter().enumerate() {
        let conversation = &all[*position];
        replayed.cases.push(Case::read(conversation, resolutions[*position]));
        let part = match saved.take(&conversation.external_id) {
            Some(part) => part,
            None => {
                if stop.is_asked() {
                    anyhow::bail!(
                        "interrupted after {done} of {} conversations; run the same command again to go on",
                        chosen.len()
                    );
                }
                let part = replayer.conversation(conversation).await?;
                saved.keep(&part)?;
                part
            }
        };
        let told = part.told.into_iter();
        replayed.told.extend(told.map(|(position, told)| ((part.conversation.clone(), position), told)));
        replayed.turns.extend(part.turns);
        replayed.candidates.extend(part.candidates);
        progress(done as u64 + 1, chosen.len() as u64);
    }
    Ok(replayed)
}

async fn conversations(app: &App, tenant: TenantId) -> anyhow::Result<Vec<Conversation>> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = app.store.list_conversations(tenant, app::Range::ALL, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.created_at, last.id));
        all.extend(page);
    }
    Ok(all)
}

async fn owners(
    app: &App,
    tenant: TenantId,
    all: &[Conversation],
    at: Timestamp,
) -> anyhow::Result<Vec<Option<PersonId>>> {
    let subjects: BTreeSet<SubjectId> = all.iter().filter_map(|one| one.subject_id).collect();
    let list: Vec<SubjectId> = subjects.into_iter().collect();
    let people = app.store.people_of(tenant, &list, at).await?;
    Ok(all.iter().map(|one| one.subject_id.and_then(|subject| people.get(&subject).copied())).collect())
}

struct Replayer<'a> {
    app: &'a App,
    extractive: Option<App>,
    tenant: TenantId,
    options: &'a Options,
    articles: Vec<app::ArticleState>,
    by_id: HashMap<ConversationId, &'a Conversation>,
    vectors: HashMap<String, Vec<f32>>,
}

impl Replayer<'_> {
    async fn conversation(&mut self, conversation: &Conversation) -> anyhow::Result<Part> {
        let mut part = Part {
            conversation: conversation.external_id.clone(),
            turns: Vec::new(),
            candidates: Vec::new(),
            told: Vec::new(),
        };
        let replies: Vec<u32> = human::replies(conversation).iter().map(|reply| reply.position).collect();
        self.vectors.clear();
        for turn in newest_of_each_need(conversation) {
            let is_headline = replies.iter().all(|reply| *reply > turn);
            for mask in [Mask::Strict, Mask::Current, Mask::None] {
                // Later turns stand in an appendix, for which one mask is enough.
                if mask < self.options.mask || (!is_headline && mask != self.options.mask) {
                    continue;
                }
                let asked = self.turn(conversation, turn, mask, is_headline).await?;
                if is_headline && mask == self.options.mask {
                    let Asked { turn, scope, question, .. } = &asked;
                    part.candidates
                        .extend(self.candidate(turn, scope, question.as_ref(), conversation).await?);
                }
                if !asked.told.is_empty() {
                    part.told.push((turn, asked.told));
                }
                part.turns.push(asked.turn);
            }
        }
        Ok(part)
    }

    async fn turn(
        &mut self,
        conversation: &Conversation,
        position: u32,
        mask: Mask,
        is_headline: bool,
    ) -> anyhow::Result<Asked> {
        let at = conversation.turns[position as usize].at;
        let viewer = match conversation.subject_id {
            Some(subject) => {
                Some(self.app.viewer_of(self.tenant, subject, self.options.assurance, at).await?)
            }
            None => None,
        };
        let reader = viewer.as_ref().map_or_else(Reader::anonymous, |viewer| viewer.reader.clone());
        let mut readers = vec![reader];
        readers.resize(conversation.readers.len().max(1), Reader::anonymous());
        let now = self.app.seams.clock.now();
        let scope = Scope::live(self.tenant, readers, self.options.purpose, now)?.replayed(
            at,
            mask,
            Some(conversation.id),
            self.options.learned,
        );
        let incoming = Incoming {
            subject: conversation.subject.clone(),
            turns: conversation.turns[..=position as usize].to_vec(),
            language: conversation.language,
            first_name: viewer.and_then(|viewer| viewer.first_name),
            customer: domain::Applicability::default(),
            // Sources do not tell what came along with past messages.
            attached: Vec::new(),
        };
        let begin = Instant::now();
        let response = self.app.responder.respond(&scope, &incoming, Mode::Draft).await?;
        let answer_ms = begin.elapsed().as_millis() as u64;
        let judged = Instant::now();
        let human = human::reply_to(conversation, position);
        let draft = response.decision.draft.as_ref().map(|draft| DraftRecord {
            text: draft.unsigned(),
            sources: draft.sources.iter().map(|cited| source(&response, cited)).collect(),
        });
        let language = response.question.as_ref().map_or(conversation.language, |question| question.language);
        let judgement = match (&draft, &human) {
            (Some(draft), Some(human)) => {
                Some(self.judge(&draft.text, &draft.sources, human, language).await?)
            }
            _ => None,
        };
        let later = match &draft {
            Some(draft) => human::later_replies(conversation, position, Side { text: &draft.text, language }),
            None => Vec::new(),
        };
        // What knows more than was known then teaches nothing.
        let ranked = if mask == Mask::Strict { weighed(&response, human.as_ref()) } else { Vec::new() };
        let turn = ReplayedTurn {
            conversation: conversation.external_id.clone(),
            position,
            at,
            channel: conversation.channel,
            topic: conversation.topic.clone(),
            language,
            weight: conversation.weight,
            mask,
            purpose: self.options.purpose,
            assurance: scope.assurance(),
            is_headline,
            question: response.question.as_ref().map(|question| question.text.clone()).unwrap_or_default(),
            outcome: response.decision.outcome,
            confidence: f64::from(response.decision.confidence),
            draft,
            ranked,
            for_agent: response.decision.for_agent.iter().map(beside).collect(),
            human,
            later,
            judgement,
            leaks: leaks(&response, &scope, conversation.id, at, mask),
            versions: self.versions(at),
            timings: Timings { retrieval_ms: 0, answer_ms, judge_ms: judged.elapsed().as_millis() as u64 },
        };
        let is_read = self.options.read.is_some() && mask == self.options.mask && reading::is_readable(&turn);
        let told = if is_read { self.told(&scope, &incoming, &response).await? } else { Vec::new() };
        Ok(Asked { turn, scope, question: response.question, told })
    }

    /// Returns what each drafter makes of a turn: without a model, and as configured.
    async fn told(
        &self,
        scope: &Scope,
        incoming: &Incoming,
        response: &Response,
    ) -> anyhow::Result<Vec<Told>> {
        let Some(extractive) = &self.extractive else {
            return Ok(vec![Told::of(response, EXTRACTIVE)]);
        };
        let plain = extractive.responder.respond(scope, incoming, Mode::Draft).await?;
        Ok(vec![Told::of(&plain, EXTRACTIVE), Told::of(response, "with a model")])
    }

    async fn judge(
        &mut self,
        text: &str,
        sources: &[Source],
        human: &HumanRecord,
        language: domain::Language,
    ) -> anyhow::Result<Judgement> {
        let theirs = match domain::language::detect(&human.text) {
            domain::Language::UNKNOWN => language,
            detected => detected,
        };
        let known = |language: domain::Language| self.app.ingest.embedder.model().knows(language.code());
        let cosine = if known(language) && known(theirs) {
            let one = self.vector(text).await?;
            let other = self.vector(&human.text).await?;
            judge::cosine(&one, &other)
        } else {
            None
        };
        let ours = Side { text, language };
        let reply = Side { text: &human.text, language: theirs };
        Ok(Overlap::default().judge(ours, sources, reply, &human.cites, cosine))
    }

    /// Returns the vector of a text; within a conversation the same text is embedded once.
    async fn vector(&mut self, text: &str) -> anyhow::Result<Vec<f32>> {
        if let Some(vector) = self.vectors.get(text) {
            return Ok(vector.clone());
        }
        let vector = self.app.vector(text).await?;
        self.vectors.insert(text.to_owned(), vector.clone());
        Ok(vector)
    }

    /// Puts beside a turn what the most similar earlier conversation was answered with.
    async fn candidate(
        &mut self,
        turn: &ReplayedTurn,
        scope: &Scope,
        question: Option<&domain::Question>,
        conversation: &Conversation,
    ) -> anyhow::Result<Option<Candidate>> {
        let (Some(human), Some(question)) = (&turn.human, question) else { return Ok(None) };
        let nearest = self.app.retrieval.nearest(&scope.for_agent(), question, Kind::LearnedAnswer).await?;
        let earlier = nearest
            .as_ref()
            .and_then(|(found, cosine)| Some((self.by_id.get(found).copied()?, *cosine)))
            .filter(|(earlier, _)| earlier.id != conversation.id);
        let answer = earlier.and_then(|(earlier, cosine)| {
            let first = newest_of_each_need(earlier).next()?;
            Some((human::reply_to(earlier, first)?, cosine))
        });
        let baseline = match &answer {
            Some((answer, _)) => {
                let cites = answer
                    .cites
                    .iter()
                    .map(|id| Source { external_id: id.clone(), ..Source::default() })
                    .collect::<Vec<_>>();
                self.judge(&answer.text, &cites, human, turn.language).await?.same
            }
            None => false,
        };
        Ok(Some(Candidate {
            conversation: turn.conversation.clone(),
            position: turn.position,
            weight: turn.weight,
            ours_answered: turn.outcome == Outcome::Answer,
            ours_same: turn.judgement.is_some_and(|judgement| judgement.same),
            baseline_confidence: answer.map(|(_, cosine)| f64::from(cosine)),
            baseline_same: baseline,
        }))
    }

    /// Counts articles that were there at a moment, and those of which nobody knows their text then.
    fn versions(&self, at: Timestamp) -> Versions {
        let mut versions = Versions::default();
        for article in &self.articles {
            if article.created_at.is_some_and(|created| created > at) {
                continue;
            }
            versions.articles += 1;
            versions.unknown += u64::from(article.known_from > at);
        }
        versions
    }
}

/// Returns the positions of the customer's messages behind which somebody else wrote, or nobody: quick messages
/// are one need.
fn newest_of_each_need(conversation: &Conversation) -> impl Iterator<Item = u32> {
    let turns = &conversation.turns;
    turns
        .iter()
        .enumerate()
        .filter(|(position, turn)| {
            let next = turns.get(position + 1);
            turn.author == Author::Customer && next.is_none_or(|next| next.author != Author::Customer)
        })
        .map(|(position, _)| position as u32)
}

fn source(response: &Response, cited: &domain::decision::Cited) -> Source {
    let public = |document: DocumentId| {
        let kept = response.evidence.iter().flat_map(|evidence| &evidence.kept);
        kept.filter(|found| found.chunk.document == document)
            .all(|found| found.chunk.audience == Audience::Public)
    };
    Source {
        title: cited.title.clone(),
        url: cited.url.clone(),
        external_id: cited.external_id.clone(),
        leads_to: cited.leads_to.clone(),
        public: public(cited.document),
    }
}

/// Returns what stands beside a draft as a source.
pub(crate) fn beside(one: &domain::decision::ForAgent) -> Source {
    Source {
        title: one.title.clone(),
        url: one.url.clone(),
        external_id: one.external_id.clone(),
        leads_to: one.leads_to.clone(),
        public: one.audience == "public",
    }
}

/// Returns the documents that a draft could have been made of, with what the draft and the person made of them.
fn weighed(response: &Response, human: Option<&HumanRecord>) -> Vec<Weighed> {
    let sources = response.decision.draft.iter().flat_map(|draft| &draft.sources);
    let cited: BTreeSet<DocumentId> = sources.map(|cited| cited.document).collect();
    let named = |one: &Ranked| {
        human.is_some_and(|human| {
            judge::names(&human.text, &human.cites, &one.external_id, one.url.as_deref())
        })
    };
    let ranked = response.evidence.iter().flat_map(|evidence| &evidence.ranked);
    ranked
        .map(|one| Weighed {
            signs: one.signs,
            score: f64::from(one.score),
            cited: cited.contains(&one.document),
            named: named(one),
        })
        .collect()
}

/// Counts what was seen and must not have been, from the pieces themselves and not from the filter.
fn leaks(
    response: &Response,
    scope: &Scope,
    conversation: ConversationId,
    at: Timestamp,
    mask: Mask,
) -> Leaks {
    let own: BTreeSet<SubjectId> = match scope.readers() {
        [Reader::Customer { account, .. }] => account.subjects.clone(),
        _ => BTreeSet::new(),
    };
    let mut leaks = Leaks::default();
    let pieces = response.evidence.iter().flat_map(|evidence| evidence.kept.iter().chain(&evidence.dropped));
    for chunk in pieces.map(|found| &found.chunk) {
        leaks.own_conversation += u32::from(chunk.conversation == Some(conversation));
        let timeless = mask == Mask::Current && chunk.kind == Kind::Article;
        leaks.not_yet_known += u32::from(!timeless && chunk.valid_from >= at);
        leaks.other_person +=
            u32::from(matches!(chunk.audience, Audience::Person(subject) if !own.contains(&subject)));
    }
    leaks
}
