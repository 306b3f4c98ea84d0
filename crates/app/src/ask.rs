//! One question, answered for one viewer.

use domain::{Applicability, Author, Language, Mode, TenantId, Timestamp, Turn};
use identity::{Assurance, Learned, Mask, Purpose, Scope};
use responder::{Incoming, Response};
use serde::Serialize;

use crate::App;
use crate::tend::or_hand_off;

/// What is asked, by whom, what for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The question.
    pub text: String,
    /// Key of the person; absent for somebody unknown.
    pub person: Option<String>,
    /// How sure we are of the person.
    pub assurance: Assurance,
    /// What is known of the asker's side: brand, plan, region, version.
    pub customer: Applicability,
    /// What the answer is for.
    pub purpose: Purpose,
    /// The moment to ask at; absent for now.
    pub as_of: Option<Timestamp>,
}

/// An answer with what a caller may want to know of it.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The question as it was asked.
    pub question: String,
    /// The moment that counted.
    pub at: Timestamp,
    /// How sure we were of the person.
    pub assurance: Assurance,
    /// What the responder decided and on what.
    #[serde(flatten)]
    pub response: Response,
}

impl App {
    /// Answers a question.
    ///
    /// # Errors
    /// Fails when the person cannot be found or a part of the machinery fails.
    pub async fn ask(&self, tenant: TenantId, ask: &Ask) -> anyhow::Result<Answer> {
        let now = self.seams.clock.now();
        let at = ask.as_of.unwrap_or(now);
        let viewer = self.viewer(tenant, ask.person.as_deref(), ask.assurance, at).await?;
        let scope = Scope::live(tenant, vec![viewer.reader], ask.purpose, now)?;
        let scope = match ask.as_of {
            // `replayed` knows what was known before a moment; a person asks for what was known at it.
            Some(at) => scope.replayed(at.plus_millis(1), Mask::Strict, None, Learned::Internal),
            None => scope,
        };
        let turn = Turn {
            position: 0,
            author: Author::Customer,
            author_id: None,
            at,
            text: ask.text.clone(),
            cites: Vec::new(),
        };
        let incoming = Incoming {
            subject: None,
            turns: vec![turn],
            language: Language::UNKNOWN,
            first_name: viewer.first_name,
            customer: ask.customer.clone(),
            attached: Vec::new(),
        };
        let _open = self.ingest.courtesy.open();
        let response = or_hand_off(self.responder.respond(&scope, &incoming, Mode::Draft).await)?;
        let trace = serde_json::to_value(response.trace())?;
        self.store.put_trace(tenant, self.seams.ids.trace(), now, &trace).await?;
        Ok(Answer { question: ask.text.clone(), at, assurance: scope.assurance(), response })
    }
}
