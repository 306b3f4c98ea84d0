//! The answer to a mail whose sender has proven, in the company's own app, who they are: it is shown there and
//! not mailed.

use domain::live::{LiveConversation, Part};
use domain::{Language, Mode, Outcome, TenantId};
use identity::{Assurance, Purpose, Scope};
use responder::Incoming;
use serde_json::json;
use store::live::LiveState;
use store::proof::StepUp;

use super::answer::{attached, turns};
use super::compose;
use super::gate::topic;
use super::need::Need;
use crate::App;
use crate::proof::Shown;

impl App {
    /// Answers the messages that waited for a step-up, for who has proven to be their author. None where nobody
    /// may be answered without a person looking at it first, or nothing carries an answer.
    pub(crate) async fn shown(&self, tenant: TenantId, proof: &StepUp) -> anyhow::Result<Option<Shown>> {
        let state = match self.store.live_state(tenant, proof.conversation).await {
            Err(store::Error::NotFound { .. }) => return Ok(None),
            found => found?,
        };
        let Some(live) = self.as_asked(tenant, &state, proof).await? else {
            return Ok(None);
        };
        let switches = self.store.switches(tenant).await?;
        let is_automatic = !switches.stopped
            && switches.mode(&topic(&live, &switches)) == Mode::Auto
            && state.hands_off_at.is_none()
            && state.paused_at.is_none();
        if !is_automatic {
            return Ok(None);
        }
        let open: Vec<&Part> = live.parts.iter().filter(|part| proof.parts.contains(&part.id)).collect();
        let need = Need { open, answered: Vec::new() };
        let now = self.seams.clock.now();
        let viewer = self.viewer_of(tenant, proof.subject, Assurance::Verified, now).await?;
        let scope = Scope::live(tenant, vec![viewer.reader], Purpose::Auto, now)?;
        let incoming = Incoming {
            subject: live.subject.clone(),
            turns: turns(&live, &need),
            language: live.language.unwrap_or(Language::UNKNOWN),
            first_name: viewer.first_name,
            customer: self.settings.live_of(tenant).customer.read(&live),
            attached: attached(&need),
        };
        let _open = self.ingest.courtesy.open();
        let response = self.responder.respond(&scope, &incoming, Mode::Auto).await?;
        let body = json!({
            "step_up": proof.id, "assurance": scope.assurance(), "written": "shown", "response": response.trace(),
        });
        self.store.put_trace(tenant, self.seams.ids.trace(), now, &body).await?;
        let draft = response.decision.draft.filter(|_| response.decision.outcome == Outcome::Answer);
        let form = self.settings.drafter_of(tenant).form_of_address;
        Ok(draft.map(|draft| Shown { text: compose::shown(&draft, form) }))
    }

    /// Returns the conversation up to the messages that were asked about; none when they are gone.
    async fn as_asked(
        &self,
        tenant: TenantId,
        state: &LiveState,
        proof: &StepUp,
    ) -> anyhow::Result<Option<LiveConversation>> {
        let account = self.store.find_channel_account(&state.channel, &state.account).await?;
        let Some(account) = account.filter(|account| account.tenant == tenant) else {
            return Ok(None);
        };
        let mut live = match self.channel(&account)?.load(&state.external_id).await {
            Err(connector::Error::NotFound { .. }) => return Ok(None),
            loaded => loaded?,
        };
        let last = live.parts.iter().rposition(|part| proof.parts.contains(&part.id) && !part.redacted);
        Ok(last.map(|last| {
            live.parts.truncate(last + 1);
            live
        }))
    }
}
