//! Asking a customer to prove who they are: a link that counts once, in the company's own app.

use domain::StepUpId;
use domain::live::LiveConversation;
use domain::record::Channel;
use store::proof::NewStepUp;

use super::identify::Who;
use super::need::{Need, ids};
use super::step::{Halt, Round, Step};
use crate::books::{hash_of, secret_word};
use crate::proof::{OFFER_HOLDS_MS, Offer, WORD_PREFIX};

impl Step<'_> {
    /// Offers a step-up where one can lead to something: there is a page for it, one user reads and wrote all of
    /// it by ways that we know, and none is open here already.
    pub(crate) async fn offer(
        &self,
        live: &LiveConversation,
        need: &Need<'_>,
        who: &Who,
    ) -> Result<Option<Offer>, Halt> {
        let page = self.app.settings.identity_of(self.tenant()).step_up_url.as_str();
        let Some(asker) = who.asker.filter(|_| !page.is_empty()) else {
            return Ok(None);
        };
        let ways: Vec<Option<Channel>> = need.open.iter().map(|part| part.channel).collect();
        let known = |way: &Option<Channel>| matches!(way, Some(Channel::Messenger | Channel::Email));
        if !ways.iter().all(known) {
            return Ok(None);
        }
        let (word, now) = (secret_word(WORD_PREFIX), self.now());
        let new = NewStepUp {
            id: StepUpId::from_uuid(uuid::Uuid::now_v7()),
            conversation: self.conversation,
            subject: asker.subject,
            person: asker.person,
            by_mail: live.channel == Channel::Email || ways.contains(&Some(Channel::Email)),
            parts: ids(&need.open),
            expires_at: now.plus_millis(OFFER_HOLDS_MS),
        };
        let store = &self.app.store;
        if !store.put_step_up(self.tenant(), (&new, &hash_of(&word)), ("backstory", now)).await? {
            return Ok(None);
        }
        Ok(Some(Offer::new(&new, page, &word)))
    }

    /// Takes an offer back that was not sent: the next look makes another one.
    pub(crate) async fn unless_sent(&self, offer: &Offer, round: Round) -> Result<Round, Halt> {
        if matches!(round, Round::Again) {
            self.app.store.drop_step_up(self.tenant(), offer.id).await?;
        }
        Ok(round)
    }
}
