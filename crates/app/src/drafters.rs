//! The models that write, put together: recorded, capped, spared while they fail.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use domain::TenantId;
use llm::Completer;
use llm::completion::breaker::{Breaker, Health};
use llm::completion::recording::Recorded;
use llm::completion::remote::Remote;
use llm::completion::{Info, Reply, Request, Told};
use responder::{Responder, Voice, Writer, Writers};
use store::Store;
use store::spending::Spending;

use crate::config::{DrafterConfig, DrafterKind, Settings};
use crate::seams::Clock;

/// From this share of the cap on a tenant is warned.
pub(crate) const WARN_SHARE: f64 = 0.8;

/// All models, and who uses which.
pub(crate) struct Drafters {
    models: BTreeMap<String, Arc<dyn Completer>>,
    settings: Settings,
    store: Store,
    clock: Arc<dyn Clock>,
    recordings: PathBuf,
}

impl Drafters {
    /// Opens the configured models; none of them is asked yet.
    ///
    /// # Errors
    /// Names the model whose configuration makes no sense.
    pub(crate) fn build(settings: &Settings, store: Store, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let health = Health::default();
        let mut models: BTreeMap<String, Arc<dyn Completer>> = BTreeMap::new();
        for (name, config) in &settings.models {
            let remote = Arc::new(Remote::build(config.clone())?);
            models.insert(name.clone(), Arc::new(Breaker::new(remote, health.clone())));
        }
        let recordings = settings.drafter.recordings.clone();
        Ok(Self { models, settings: settings.clone(), store, clock, recordings })
    }
}

impl Writers for Drafters {
    fn of(&self, tenant: TenantId) -> Option<Arc<Writer>> {
        let drafter @ DrafterConfig { kind, models, prompt_tokens, .. } = self.settings.drafter_of(tenant);
        if *kind == DrafterKind::Extractive {
            return None;
        }
        let named = models.iter().filter_map(|name| self.models.get(name));
        let models = named.map(|model| {
            let cap = self.settings.drafter_of(tenant).cap_micros();
            let (store, clock) = (self.store.clone(), Arc::clone(&self.clock));
            let capped = Capped { inner: Arc::clone(model), store, clock, tenant, cap };
            let mode = self.settings.drafter.recording;
            // What is played back costs nothing and counts as nothing.
            let recorded = Recorded::new(Arc::new(capped), self.recordings.clone(), mode);
            Arc::new(recorded) as Arc<dyn Completer>
        });
        let writer = Writer::new(models.collect(), *prompt_tokens).with_guidance(drafter.guided());
        Some(Arc::new(writer.with_understanding(drafter.understand)))
    }
}

impl crate::App {
    /// Returns who composes the drafts of a tenant, in a form that changes whenever other drafts would come of it.
    #[must_use]
    pub fn drafter(&self, tenant: TenantId) -> String {
        let drafter @ DrafterConfig { kind, models, prompt_tokens, .. } = self.settings.drafter_of(tenant);
        let voice = match drafter.voice() {
            voice if voice == Voice::default() => String::new(),
            Voice { form, signature } => {
                let hash = domain::text::hash(&[format!("{form:?}").as_bytes(), signature.as_bytes()]);
                format!("; voice {}", domain::text::hex(&hash[..8]))
            }
        };
        let reranker = self.retrieval.reranker();
        let reranked = reranker.map(|info| format!("; reranked by {}, {}", info.model, info.most));
        let reranked = reranked.unwrap_or_default();
        if *kind == DrafterKind::Extractive {
            return format!("extractive{voice}{reranked}");
        }
        let named = models.iter().filter_map(|name| self.settings.models.get(name));
        let models: Vec<String> = named
            .map(|model| {
                let heat = model.temperature.map(|heat| format!(" at {heat}")).unwrap_or_default();
                format!("{} {}{heat}", model.provider, model.model)
            })
            .collect();
        let reads = match drafter.understand {
            true => format!("; questions by prompts {}", responder::understand::model::prompts()),
            false => String::new(),
        };
        format!(
            "{}; prompts {}, {prompt_tokens} tokens{voice}{reads}{reranked}",
            models.join(", then "),
            responder::write::prompts(&drafter.guided())
        )
    }

    /// Returns the same installation with drafts composed as `settings` say, for whoever shows two drafters side by
    /// side. All else is as it was.
    ///
    /// # Errors
    /// Names the setting that cannot be used, or the model that may not be asked.
    pub fn drafting_by(&self, settings: Settings) -> anyhow::Result<Self> {
        settings.check_drafters()?;
        let drafters = Drafters::build(&settings, self.store.clone(), Arc::clone(&self.seams.clock))?;
        let responder = Responder::clone(&self.responder).with_writers(Arc::new(drafters));
        Ok(Self { settings, responder: Arc::new(responder), ..self.clone() })
    }

    /// Returns the same installation with extractive drafts for everybody.
    ///
    /// # Errors
    /// As [`crate::App::drafting_by`].
    pub fn extractive(&self) -> anyhow::Result<Self> {
        let mut settings = self.settings.of_all();
        settings.drafter.kind = DrafterKind::Extractive;
        self.drafting_by(settings)
    }

    /// Returns the hosts that a tenant's drafts are written at, besides this machine, with the days for which each
    /// keeps texts.
    pub(crate) fn writes_at(&self, tenant: TenantId) -> Vec<(String, u32)> {
        let DrafterConfig { kind, models, .. } = self.settings.drafter_of(tenant);
        if *kind == DrafterKind::Extractive {
            return Vec::new();
        }
        let hosts = models.iter().filter_map(|name| self.settings.models.get(name)?.host());
        hosts.filter_map(|host| self.agreed(tenant, &host)).collect()
    }

    /// Returns the host at which what is found for a tenant is put in order, unless that is this machine, with the
    /// days for which it keeps texts.
    pub(crate) fn reranks_at(&self, tenant: TenantId) -> Option<(String, u32)> {
        self.agreed(tenant, &self.settings.reranker.server()?.host()?)
    }

    fn agreed(&self, tenant: TenantId, host: &str) -> Option<(String, u32)> {
        let agreed = self.settings.providers_of(tenant).find(host)?;
        Some((agreed.host.clone(), agreed.retention_days))
    }
}

/// A model that a tenant may use up to its monthly cap. Calls that are made at the same moment may go beyond it by
/// what they cost.
struct Capped {
    inner: Arc<dyn Completer>,
    store: Store,
    clock: Arc<dyn Clock>,
    tenant: TenantId,
    cap: Option<u64>,
}

impl Capped {
    async fn check(&self) -> Result<(), llm::Error> {
        let Some(cap) = self.cap else { return Ok(()) };
        let spent = self.store.spent(self.tenant, self.clock.now()).await.map_err(|error| {
            // Without knowing what was spent, nothing more is.
            let why = format!("what was spent this month cannot be read: {error}");
            llm::Error::Malformed { model: self.inner.info().model.clone(), why }
        })?;
        if spent >= cap {
            return Err(llm::Error::CapReached { cap: cap as f64 / 1e6 });
        }
        Ok(())
    }

    /// Counts what a call used, and warns once as the month's share passes the mark.
    async fn count(&self, reply: &Reply) {
        let usage = reply.usage;
        let used = Spending {
            model: self.inner.info().model.clone(),
            calls: 1,
            tokens_in: usage.tokens_in,
            tokens_out: usage.tokens_out,
            cost_micros: usage.cost_micros,
        };
        match self.store.spend(self.tenant, self.clock.now(), &used).await {
            Ok(spent) => {
                if let Some(cap) = self.cap.filter(|cap| passes(*cap, spent, usage.cost_micros)) {
                    tracing::warn!(
                        tenant.id = %self.tenant,
                        "models have used {} % of the monthly cap of {}; at 100 % drafts are extractive",
                        spent.saturating_mul(100) / cap,
                        cap as f64 / 1e6,
                    );
                }
            }
            Err(error) => {
                tracing::error!(tenant.id = %self.tenant, "what a model cost was not kept: {error}")
            }
        }
    }
}

/// Reports whether the call that cost so much took the month over the mark.
fn passes(cap: u64, spent: u64, cost: u64) -> bool {
    let mark = (cap as f64 * WARN_SHARE) as u64;
    spent >= mark && spent.saturating_sub(cost) < mark
}

#[async_trait]
impl Completer for Capped {
    fn info(&self) -> &Info {
        self.inner.info()
    }

    async fn complete(&self, request: &Request) -> Result<Reply, llm::Error> {
        self.stream(request, &|_| {}).await
    }

    async fn stream(&self, request: &Request, told: &Told<'_>) -> Result<Reply, llm::Error> {
        self.check().await?;
        let reply = self.inner.stream(request, told).await?;
        self.count(&reply).await;
        Ok(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_comes_once() {
        assert!(!passes(1_000, 799, 100));
        assert!(passes(1_000, 800, 100));
        assert!(passes(1_000, 1_200, 900), "also when one call jumps over it");
        assert!(!passes(1_000, 950, 100), "not again");
    }
}
