//! Topics, learned from a tenant's own past conversations and kept while they are fresh.
//!
//! What is learned is held in memory alone and made anew every so many hours and at every start, so what was erased
//! is gone from it at the latest then.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use domain::{Author, Conversation, TenantId, Timestamp, message};
use responder::triage::{Example, Topics};
use store::conversations::Range;

use crate::App;
use crate::config::TriageConfig;

/// At most so many conversations are learned from: the newest.
const MOST: usize = 5_000;
/// So many are read at a time.
const PAGE: u32 = 500;
/// A topic of fewer conversations is not learned: it would be found by chance.
const LEAST_PER_TOPIC: usize = 8;
/// A topic that nobody has given to a conversation for so long, counted from the newest conversation with any, is
/// learned no more: people rename their topics, and old names would be given with confidence.
const LAPSED_MS: i64 = 90 * 24 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;

/// What was learned of each tenant.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<HashMap<TenantId, Arc<tokio::sync::Mutex<Option<Learned>>>>>);

impl Kept {
    fn of(&self, tenant: TenantId) -> Arc<tokio::sync::Mutex<Option<Learned>>> {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(tenant).or_default())
    }

    /// Forgets what was learned of a tenant.
    pub(crate) fn forget(&self, tenant: TenantId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
    }
}

/// What was learned, and when; nothing where there was too little to learn from.
#[derive(Debug)]
struct Learned {
    at: Timestamp,
    topics: Option<Arc<Topics>>,
}

impl App {
    /// Returns the topics of a tenant, learned anew where they are no longer fresh; none where too few
    /// conversations have one.
    pub(crate) async fn topics(&self, tenant: TenantId) -> anyhow::Result<Option<Arc<Topics>>> {
        let config = self.settings.triage_of(tenant);
        let now = self.seams.clock.now();
        // Held while learning: two conversations that come at once must not learn the same twice.
        let kept = self.topics.of(tenant);
        let mut kept = kept.lock().await;
        if let Some(learned) = &*kept
            && now.millis() - learned.at.millis() < i64::from(config.refresh_hours) * HOUR_MS
        {
            return Ok(learned.topics.clone());
        }
        let examples = self.labelled(tenant, config, now).await?;
        let topics = tokio::task::spawn_blocking(move || Topics::learn(&examples).map(Arc::new))
            .await
            .context("learning topics was cut off")?;
        *kept = Some(Learned { at: now, topics: topics.clone() });
        Ok(topics)
    }

    /// Returns the newest past conversations that have a topic.
    async fn labelled(
        &self,
        tenant: TenantId,
        config: &TriageConfig,
        now: Timestamp,
    ) -> anyhow::Result<Vec<Example>> {
        let since = now.plus_millis(-i64::from(config.learn_days) * 24 * HOUR_MS);
        let range = Range { since, until: now };
        let mut examples: VecDeque<Example> = VecDeque::new();
        let mut newest: BTreeMap<String, Timestamp> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = self.store.list_conversations(tenant, range, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.created_at, last.id));
            for conversation in &page {
                if let Some(example) = example(conversation, &config.topics) {
                    newest.insert(example.topic.clone(), conversation.created_at);
                    examples.push_back(example);
                }
            }
            let surplus = examples.len().saturating_sub(MOST);
            examples.drain(..surplus);
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for example in &examples {
            *counts.entry(example.topic.clone()).or_default() += 1;
        }
        let lapsed = newest.values().max().map_or(Timestamp::MIN, |at| at.plus_millis(-LAPSED_MS));
        let counts = |topic: &String| counts[topic] >= LEAST_PER_TOPIC && newest[topic] >= lapsed;
        examples.retain(|example| counts(&example.topic));
        Ok(examples.into())
    }
}

/// Makes an example of a conversation that has a topic: its subject and the customer's first words.
fn example(conversation: &Conversation, tags: &[String]) -> Option<Example> {
    let topic = if tags.is_empty() {
        conversation.topic.as_ref()
    } else {
        conversation.tags.iter().find(|tag| tags.contains(tag))
    };
    let first = conversation.turns.iter().find(|turn| turn.author == Author::Customer)?;
    let own = message::take_apart(None, &first.text).own;
    let subject = conversation.subject.as_deref().unwrap_or_default();
    let text = format!("{subject}\n{own}").trim().to_owned();
    topic
        .filter(|topic| !topic.is_empty() && !text.is_empty())
        .map(|topic| Example { topic: topic.clone(), text })
}
