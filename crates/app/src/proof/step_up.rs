//! Proofs that we ask for ourselves: a link into the company's own app, whose server confirms who is logged in.

use std::fmt;

use domain::{ConversationId, PersonId, StepUpId, SubjectId, TenantId, Timestamp};
use identity::Identifier;
use identity::identifier::Kind;
use llm::Secret;
use store::proof::{Ended, NewStepUp, StepUp};

use super::Refused;
use crate::App;
use crate::books::hash_of;

/// For how long a link may be taken.
pub(crate) const OFFER_HOLDS_MS: i64 = 10 * 60_000;
/// For how long a proof counts.
const PROOF_HOLDS_MS: i64 = 30 * 60_000;
/// The beginning of every word in a link, by which people and secret scanners know it.
pub(crate) const WORD_PREFIX: &str = "bsp_";

/// Who could be asked to prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asker {
    /// The identity that wrote.
    pub(crate) subject: SubjectId,
    /// The person to whom it belongs.
    pub(crate) person: PersonId,
}

/// A link that was made for a customer.
#[derive(Debug)]
pub(crate) struct Offer {
    /// The step-up behind it.
    pub(crate) id: StepUpId,
    /// The link, with the word that takes it.
    pub(crate) url: Secret,
    /// Until when it may be taken.
    pub(crate) until: Timestamp,
    /// Whether the answer is shown in the app.
    pub(crate) by_mail: bool,
}

impl Offer {
    pub(crate) fn new(step_up: &NewStepUp, page: &str, word: &str) -> Self {
        let joint = if page.contains('?') { '&' } else { '?' };
        let url = Secret::new(format!("{page}{joint}backstory={word}"));
        Self { id: step_up.id, url, until: step_up.expires_at, by_mail: step_up.by_mail }
    }
}

/// What a link asks, for the page that shows it to the customer before anything is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The conversation.
    pub conversation: ConversationId,
    /// Whether it goes by mail.
    pub by_mail: bool,
    /// When the link was made.
    pub made_at: Timestamp,
    /// Until when it may be confirmed.
    pub expires_at: Timestamp,
}

/// What a confirmation came to.
#[derive(Debug)]
pub struct Confirmed {
    /// The conversation.
    pub conversation: ConversationId,
    /// Whether it goes by mail.
    pub by_mail: bool,
    /// Until when messages that the customer writes in this conversation through the Messenger are verified.
    pub until: Timestamp,
    /// For a mail, the answer, where there is one that needs no person to look at it.
    pub shown: Option<Shown>,
}

/// An answer that is shown to its proven reader alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// The text.
    pub text: String,
}

impl fmt::Debug for Shown {
    /// Writes no text: it is one person's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shown({} bytes)", self.text.len())
    }
}

impl App {
    /// Returns what a link asks, and leaves it open.
    ///
    /// # Errors
    /// [`Refused::Stale`] when the tenant has no such open link.
    pub async fn look_at_step_up(&self, tenant: TenantId, word: &str) -> Result<Asked, Refused> {
        let hash = hash(word)?;
        let found = self.store.find_step_up(tenant, &hash, self.seams.clock.now()).await?;
        let found = found.ok_or(Refused::Stale)?;
        Ok(Asked {
            conversation: found.conversation,
            by_mail: found.by_mail,
            made_at: found.made_at,
            expires_at: found.expires_at,
        })
    }

    /// Takes a link for the user who is logged in to the company's app, as its server says. Whatever comes of
    /// it, the link counts no more; `by` is the key that called.
    ///
    /// # Errors
    /// [`Refused::Stale`] when the tenant has no such open link, [`Refused::OtherPerson`] when it was made for
    /// somebody else.
    pub async fn confirm_step_up(
        &self,
        tenant: TenantId,
        (word, user_id): (&str, &str),
        by: &str,
    ) -> Result<Confirmed, Refused> {
        let hash = hash(word)?;
        let user_id = Identifier::parse(Kind::UserId, user_id)
            .map_err(|why| Refused::Nobody { field: "user_id", why })?;
        let now = self.seams.clock.now();
        let taken = self.store.take_step_up(tenant, &hash, now).await?.ok_or(Refused::Stale)?;
        if !self.is_asked(tenant, &taken, &user_id, now).await? {
            self.store.end_step_up(tenant, &taken, Ended::Refused, (by, now)).await?;
            return Err(Refused::OtherPerson);
        }
        let until = now.plus_millis(PROOF_HOLDS_MS);
        self.store.end_step_up(tenant, &taken, Ended::Proven(until), (by, now)).await?;
        let shown = if taken.by_mail {
            // The proof stands, whatever becomes of the answer: then people give it.
            self.shown(tenant, &taken).await.unwrap_or_else(|error| {
                tracing::warn!(step_up.id = %taken.id, "a proven mail could not be answered: {error:#}");
                None
            })
        } else {
            None
        };
        Ok(Confirmed { conversation: taken.conversation, by_mail: taken.by_mail, until, shown })
    }

    /// Reports whether this user is who was asked: the same account, and still of the same person.
    async fn is_asked(
        &self,
        tenant: TenantId,
        asked: &StepUp,
        user_id: &Identifier,
        now: Timestamp,
    ) -> Result<bool, Refused> {
        if self.store.person_of(tenant, asked.subject, now).await? != Some(asked.person) {
            return Ok(false);
        }
        let carriers = self.store.find_subjects(tenant, user_id).await?;
        let accounts = self.store.accounts_of(tenant, &[asked.subject], now).await?;
        let (None, Some(account)) = (carriers.quarantined, accounts.get(&asked.subject)) else {
            return Ok(false);
        };
        let own = self.store.subjects_of_account(tenant, *account, now).await?;
        let users = self.store.users_among(tenant, &own, now).await?;
        Ok(users.iter().any(|user| carriers.subjects.contains(user)))
    }
}

/// Returns the hash of a word from a link. What cannot be one needs no look into the database.
fn hash(word: &str) -> Result<[u8; 32], Refused> {
    let word = word.trim();
    let is_word = word.len() == WORD_PREFIX.len() + 64 && word.starts_with(WORD_PREFIX);
    if is_word { Ok(hash_of(word)) } else { Err(Refused::Stale) }
}
