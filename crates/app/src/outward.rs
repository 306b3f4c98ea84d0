//! What a server needs to know: whose a failure is and whether it passes, and how much work is open.

use std::collections::BTreeSet;

use domain::{CompanyId, ConversationId, PersonId, SubjectId, TenantId, Timestamp, TraceId};
pub use store::live::{LiveState, Outcome, Outgoing, OutgoingKind, OutgoingState, Stop};
use store::{Counts, NewAudit, Source};

use crate::App;
use crate::access::Caller;

/// The identities that are one human now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholePerson {
    /// The identities.
    pub subjects: BTreeSet<SubjectId>,
    /// The companies they belong to.
    pub companies: BTreeSet<CompanyId>,
    /// Whether one of them is a user.
    pub is_user: bool,
}

/// How much work is open, of all tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenWork {
    /// Jobs that wait or run.
    pub open: u64,
    /// Jobs that were given up.
    pub dead: u64,
    /// Connected accounts.
    pub accounts: u64,
}

impl App {
    /// Returns how much work is open; that it does also says that the database answers.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn open_work(&self) -> anyhow::Result<OpenWork> {
        Ok(OpenWork {
            open: self.store.open_jobs().await?,
            dead: self.store.dead_jobs().await?,
            accounts: self.store.list_channel_accounts().await?.len() as u64,
        })
    }

    /// Returns what is remembered of a live conversation.
    ///
    /// # Errors
    /// Fails when there is no such conversation that the caller may see.
    pub async fn live_conversation(
        &self,
        caller: &Caller,
        conversation: ConversationId,
    ) -> anyhow::Result<LiveState> {
        let state = self.store.live_state(caller.tenant, conversation).await?;
        if !caller.sees(state.inbox.as_deref()) {
            return Err(store::Error::NotFound { what: format!("live conversation `{conversation}`") }.into());
        }
        Ok(state)
    }

    /// Returns the record of a decision and when it was made.
    ///
    /// # Errors
    /// Fails when there is no such record that the caller may see; one who is confined to inboxes sees those of
    /// the live conversations there.
    pub async fn trace(
        &self,
        caller: &Caller,
        trace: TraceId,
    ) -> anyhow::Result<(Timestamp, serde_json::Value)> {
        if caller.confined_to().is_some() {
            let about = self.store.live_of_trace(caller.tenant, trace).await?;
            if about.is_none_or(|about| !caller.sees(about.inbox.as_deref())) {
                return Err(store::Error::NotFound { what: format!("trace `{trace}`") }.into());
            }
        }
        self.record(caller.tenant, trace).await
    }

    /// Returns the record of a decision and when it was made, whoever asks.
    ///
    /// # Errors
    /// Fails when the tenant has no such record.
    pub async fn record(
        &self,
        tenant: TenantId,
        trace: TraceId,
    ) -> anyhow::Result<(Timestamp, serde_json::Value)> {
        Ok(self.store.trace(tenant, trace).await?)
    }

    /// Returns the sources of a tenant, and how much it has in all.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn sources(&self, tenant: TenantId) -> anyhow::Result<(Vec<Source>, Counts)> {
        Ok((self.store.list_sources(tenant).await?, self.store.counts(tenant).await?))
    }

    /// Reports whether the emergency stop of a tenant is pressed.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn is_stopped(&self, tenant: TenantId) -> anyhow::Result<bool> {
        Ok(self.store.switches(tenant).await?.stopped)
    }

    /// Returns the identities of a person, as of now; that `actor` looked is noted in the audit.
    ///
    /// # Errors
    /// Fails when the tenant has no such person.
    pub async fn whole_person(
        &self,
        tenant: TenantId,
        person: PersonId,
        actor: &str,
    ) -> anyhow::Result<WholePerson> {
        let now = self.seams.clock.now();
        let subjects = self.store.subjects_of(tenant, person, now).await?;
        if subjects.is_empty() {
            return Err(store::Error::NotFound { what: format!("person `{person}`") }.into());
        }
        let (action, about, detail) = ("person.show", Some(person), String::new());
        self.store.note(tenant, &NewAudit { at: now, actor, action, about, detail }).await?;
        let companies = self.store.companies_of(tenant, &subjects, now).await?;
        let is_user = !self.store.users_among(tenant, &subjects, now).await?.is_empty();
        Ok(WholePerson { subjects, companies, is_user })
    }
}

/// What a failure means for who called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is no such thing, or it is another tenant's.
    NotFound(String),
    /// It contradicts what is stored.
    Conflict(String),
    /// A value cannot be used.
    Invalid(String),
    /// The outside system refuses or does not answer.
    Outside(String),
    /// The database is busy, full or away; it may pass.
    Unavailable,
    /// Anything else; the log says what.
    Internal,
}

/// Sorts a failure.
#[must_use]
pub fn fault(error: &anyhow::Error) -> Fault {
    if let Some(error) = error.downcast_ref::<store::Error>() {
        return match error {
            store::Error::NotFound { .. } => Fault::NotFound(error.to_string()),
            store::Error::Conflict { .. } => Fault::Conflict(error.to_string()),
            store::Error::Invalid { .. } => Fault::Invalid(error.to_string()),
            error if error.is_temporary() => Fault::Unavailable,
            _ => Fault::Internal,
        };
    }
    if error.downcast_ref::<connector::Error>().is_some() {
        return Fault::Outside(format!("{error:#}"));
    }
    Fault::Internal
}
