//! What in the knowledge contradicts itself, what people no longer answer as it is written, and what misled drafts.
//!
//! [`App::review`] reads every passage of an article that counts now and takes it apart into statements
//! ([`responder::conflict`]). For each passage that states something, the index names its neighbours: those nearest by
//! its vector, which is there already, and those that share the words of its first few statements. Only these are
//! compared, so the cost grows with the number of passages and not with its square: at most one search by meaning,
//! [`pairs::SENTENCES`] by words, and [`pairs::BESIDE`] comparisons for each. Nothing is embedded and nothing is written.
//!
//! It reads what agents may see: public and internal articles. What belongs to one company or person is left out.

pub mod outdated;
pub mod pairs;
mod reading;

use domain::{Language, TenantId, Timestamp};
use identity::scope::Identities;
use identity::{Purpose, Reader, Scope};
use serde::Serialize;

pub use crate::feedback::Misleading;
use crate::{App, Stop};
pub use outdated::Outdated;
pub use pairs::Pair;
use reading::Reading;
use store::LoadedChunk;

/// How far a review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reviewing {
    /// What is being done.
    pub what: &'static str,
    /// How much of it is done.
    pub done: u64,
    /// How much there is.
    pub total: u64,
}

/// A document and the place in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Title of the document.
    pub title: String,
    /// The headings above the passage.
    pub headings: Vec<String>,
    /// Where a person can read it.
    pub url: Option<String>,
    /// The source's own id of the document.
    pub external_id: String,
    /// Since when it stands there: as the source says, else when it was read.
    pub since: Timestamp,
    /// Its language.
    pub language: Language,
    /// The whole passage.
    pub text: String,
}

impl Place {
    fn of(loaded: &LoadedChunk) -> Self {
        let chunk = &loaded.chunk;
        Self {
            title: loaded.title.clone(),
            headings: chunk.place.heading_path.clone(),
            url: loaded.url.clone(),
            external_id: loaded.external_id.clone(),
            since: chunk.valid_from,
            language: chunk.language,
            text: chunk.body.clone(),
        }
    }
}

/// One thing that a person should look at.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// Two passages that answer the same question differently.
    Contradiction(Box<Pair>),
    /// A document that people no longer answer by.
    Outdated(Box<Outdated>),
    /// A document whose drafts people threw away, called bad, or wrote anew.
    Misleading(Box<Misleading>),
}

/// What a review found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reviewed {
    /// Pairs of passages first, then documents, then those that misled drafts, each the likeliest first.
    pub findings: Vec<Finding>,
    /// How many were found in all, of which `findings` holds the likeliest.
    pub found: usize,
    /// How many passages were looked at.
    pub passages: usize,
    /// How many pairs of passages were compared.
    pub compared: usize,
    /// It was stopped before it had seen everything.
    pub is_cut: bool,
}

impl App {
    /// Reviews the articles of a tenant, and returns at most `limit` findings of each kind. When it is stopped, it
    /// returns what it has found so far.
    ///
    /// # Errors
    /// Fails when store or index do.
    pub async fn review(
        &self,
        tenant: TenantId,
        limit: usize,
        stop: &Stop,
        tell: &(dyn Fn(Reviewing) + Sync),
    ) -> anyhow::Result<Reviewed> {
        let reader = Reader::Agent { about: Identities::default() };
        let scope = Scope::live(tenant, vec![reader], Purpose::Lookup, self.seams.clock.now())?;
        let mut reading = Reading::begin(self, scope, stop, tell).await?;
        let (mut pairs, compared) = reading.pairs().await?;
        let mut outdated = reading.outdated().await?;
        let mut misleading = self.misleading(tenant).await?;
        let found = pairs.len() + outdated.len() + misleading.len();
        pairs.truncate(limit);
        outdated.truncate(limit);
        misleading.truncate(limit);
        let pairs = pairs.into_iter().map(|pair| Finding::Contradiction(Box::new(pair)));
        let outdated = outdated.into_iter().map(|one| Finding::Outdated(Box::new(one)));
        let misleading = misleading.into_iter().map(|one| Finding::Misleading(Box::new(one)));
        Ok(Reviewed {
            findings: pairs.chain(outdated).chain(misleading).collect(),
            found,
            passages: reading.len(),
            compared,
            is_cut: stop.is_asked(),
        })
    }
}
