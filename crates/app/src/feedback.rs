//! What people make of drafts, and which documents misled them.
//!
//! What was sent is compared in the conversation loop (`conversation::feedback`); here somebody says so by hand, and
//! all of it becomes warnings about documents.

use std::collections::BTreeSet;

use domain::feedback::Rating;
use domain::{ConversationId, DocumentId, OutgoingId, SubjectId, TenantId};
use identity::identifier::Kind;
use ingest::privacy::Known;
use serde::Serialize;
use store::live::{Fared, NewFeedback, Outgoing, Said};

pub use store::live::Feedback;

use crate::App;
use crate::access::Caller;

/// The longest comment, in characters.
pub const MOST_COMMENT: usize = 500;
/// From so many drafts on that people rewrote a document is suspect.
const REWRITTEN: u64 = 3;

/// What somebody says of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What it was worth.
    pub rating: Option<Rating>,
    /// Whether it was thrown away.
    pub discarded: bool,
    /// Why, in the words of whoever says so.
    pub comment: Option<String>,
}

/// A document that misled drafts, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Misleading {
    /// The document.
    pub document: DocumentId,
    /// `article` or `learned_answer`.
    pub kind: &'static str,
    /// The source's own id of it.
    pub external_id: String,
    /// Its title.
    pub title: String,
    /// Where a person can read it.
    pub url: Option<String>,
    /// Since when it stands so; what was drafted before says nothing of it.
    pub since: domain::Timestamp,
    /// Drafts that cite it and of which something is known.
    pub drafts: u64,
    /// Those that somebody threw away or called bad.
    pub refused: u64,
    /// Those, besides, of which people did not send what they take from it.
    pub rewritten: u64,
    /// When something was last said of one of them.
    pub newest_at: domain::Timestamp,
}

impl App {
    /// Keeps what somebody says of a draft; of what the same key says again the last word counts.
    ///
    /// # Errors
    /// Fails when nothing is said, the comment is too long, or there is no such draft that the caller may see or it
    /// was never written.
    pub async fn give_feedback(
        &self,
        caller: &Caller,
        draft: OutgoingId,
        given: Given,
    ) -> anyhow::Result<Feedback> {
        let invalid = |what: String| store::Error::Invalid { what };
        if given.rating.is_none() && !given.discarded {
            return Err(invalid("say `rating` (good or bad), or that it was `discarded`".to_owned()).into());
        }
        let comment = given.comment.as_deref().map(str::trim).filter(|comment| !comment.is_empty());
        let is_strange = |comment: &str| {
            comment.chars().count() > MOST_COMMENT
                || comment.chars().any(|letter| letter.is_control() && letter != '\n')
        };
        if comment.is_some_and(is_strange) {
            let what = format!("`comment` is plain text of at most {MOST_COMMENT} characters");
            return Err(invalid(what).into());
        }
        let tenant = caller.tenant;
        let outgoing = self.store.outgoing(tenant, draft).await?;
        let state = self.store.live_state(tenant, outgoing.conversation).await?;
        if !caller.sees(state.inbox.as_deref()) {
            return Err(store::Error::NotFound { what: format!("draft `{draft}`") }.into());
        }
        let comment = match comment {
            Some(comment) => Some(self.impersonal(tenant, outgoing.conversation, comment).await?),
            None => None,
        };
        let Given { rating, discarded, .. } = given;
        let said = Said::By { key: caller.key, discarded, rating, comment };
        let new = NewFeedback { outgoing: draft, said, cited: self.cited_by(tenant, &outgoing).await? };
        self.store.put_feedback(tenant, &new, self.seams.clock.now()).await?;
        let all = self.store.list_feedback(tenant, outgoing.conversation).await?;
        let own = all.into_iter().find(|one| one.outgoing == draft && one.said_by == Some(caller.key));
        Ok(own.ok_or_else(|| store::Error::NotFound { what: format!("draft `{draft}`") })?)
    }

    /// Returns what became of the drafts in a conversation, and what was said of them.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn feedback_in(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> anyhow::Result<Vec<Feedback>> {
        Ok(self.store.list_feedback(tenant, conversation).await?)
    }

    /// Returns the documents that misled drafts, those that misled most first: somebody threw such a draft away or
    /// called it bad, or people rewrote what came of the document at least three times, and more often than not.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn misleading(&self, tenant: TenantId) -> anyhow::Result<Vec<Misleading>> {
        let mut all = self.store.fared(tenant, self.seams.clock.now()).await?;
        all.retain(is_suspect);
        let misled = |one: &Fared| one.refused + one.rewritten;
        all.sort_by(|a, b| {
            misled(b).cmp(&misled(a)).then(a.drafts.cmp(&b.drafts)).then_with(|| a.document.cmp(&b.document))
        });
        Ok(all.into_iter().map(Misleading::from).collect())
    }

    /// Returns the documents that a draft cites, by the record of its decision.
    pub(crate) async fn cited_by(
        &self,
        tenant: TenantId,
        draft: &Outgoing,
    ) -> Result<Vec<DocumentId>, store::Error> {
        let record = match self.store.trace(tenant, draft.trace).await {
            Err(store::Error::NotFound { .. }) => return Ok(Vec::new()),
            found => found?.1,
        };
        let cited = record["cited"].as_array().into_iter().flatten();
        Ok(cited.filter_map(|id| id.as_str()?.parse().ok()).collect())
    }

    /// Takes out of a comment what is known of the people of the conversation, and what has the shape of personal
    /// data.
    async fn impersonal(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        comment: &str,
    ) -> anyhow::Result<String> {
        let frozen = self.store.frozen_assurance(tenant, conversation).await?;
        let subjects: BTreeSet<SubjectId> = frozen.values().filter_map(|message| message.subject).collect();
        let (identifiers, names) = self.store.known_as(tenant, &subjects).await?;
        let mut known = Known { names: names.into_iter().collect(), ..Known::default() };
        for identifier in identifiers {
            let value = identifier.value().to_owned();
            match identifier.kind() {
                Kind::Email => known.emails.push(value),
                Kind::Phone => known.phones.push(value),
                Kind::UserId | Kind::ContactId => known.ids.push(value),
            }
        }
        let language = domain::language::detect(comment);
        // Rare details stay: a comment is shown to who may see the conversation, and to nobody else.
        Ok(self.ingest.rules.mask(comment, language, &[known]).text().to_owned())
    }
}

fn is_suspect(one: &Fared) -> bool {
    one.refused > 0 || (one.rewritten >= REWRITTEN && one.rewritten * 2 > one.drafts)
}

impl From<Fared> for Misleading {
    fn from(fared: Fared) -> Self {
        let Fared { document, kind, external_id, title, url, since, drafts, refused, rewritten, newest_at } =
            fared;
        let kind = kind.name();
        Self { document, kind, external_id, title, url, since, drafts, refused, rewritten, newest_at }
    }
}
