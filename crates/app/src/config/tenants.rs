//! What one tenant has set differently from the others.

use std::collections::BTreeMap;

use anyhow::Context as _;
use domain::TenantId;
use figment::Figment;
use figment::value::{Dict, Value};
use serde::Deserialize;

use super::{
    DrafterConfig, IdentityConfig, LiveConfig, LookupConfig, ProvidersConfig, ResponderConfig,
    RetrievalConfig, Settings, TriageConfig, check_page, lookups,
};

/// Keys of `[live]` that are of the installation and not of a tenant.
const OF_ALL: [&str; 4] = ["key", "retry_first_secs", "retry_longest_secs", "attempts"];

/// The same of `[drafter]`: recordings are made of all that is asked.
const OF_ALL_DRAFTERS: [&str; 2] = ["recording", "recordings"];

/// The same of `[retrieval]`.
const OF_ALL_RETRIEVAL: &str = "keep";

/// What is set for one tenant; what is left out is as for all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Own {
    live: Dict,
    identity: Dict,
    retrieval: Dict,
    responder: Dict,
    drafter: Dict,
    providers: Dict,
    triage: Dict,
    lookups: Option<BTreeMap<String, LookupConfig>>,
}

/// What counts for one tenant.
#[derive(Debug, Clone)]
pub(super) struct Counting {
    live: LiveConfig,
    identity: IdentityConfig,
    pub(super) retrieval: RetrievalConfig,
    pub(super) responder: ResponderConfig,
    pub(super) drafter: DrafterConfig,
    pub(super) providers: ProvidersConfig,
    triage: TriageConfig,
    /// Those of all where the tenant names none.
    lookups: Option<BTreeMap<String, LookupConfig>>,
}

/// Lays what tenants have set for themselves over what is set for all.
///
/// # Errors
/// Names the tenant, the key, and what is allowed.
pub(super) fn lay_over(
    figment: &Figment,
    tenants: &BTreeMap<String, Own>,
    hosts: &[String],
) -> anyhow::Result<BTreeMap<TenantId, Counting>> {
    let one = |(name, own): (&String, &Own)| {
        if let Some(key) = OF_ALL.into_iter().find(|key| own.live.contains_key(*key)) {
            anyhow::bail!("`live.{key}` is for the whole installation; set it in `[live]`");
        }
        if let Some(key) = OF_ALL_DRAFTERS.into_iter().find(|key| own.drafter.contains_key(*key)) {
            anyhow::bail!("`drafter.{key}` is for the whole installation; set it in `[drafter]`");
        }
        if own.retrieval.contains_key(OF_ALL_RETRIEVAL) {
            anyhow::bail!("`retrieval.keep` is for the whole installation; set it in `[retrieval]`");
        }
        let live: LiveConfig = section(figment, "live", &own.live)?;
        let identity: IdentityConfig = section(figment, "identity", &own.identity)?;
        let retrieval: RetrievalConfig = section(figment, "retrieval", &own.retrieval)?;
        let responder: ResponderConfig = section(figment, "responder", &own.responder)?;
        let drafter: DrafterConfig = section(figment, "drafter", &own.drafter)?;
        let providers: ProvidersConfig = section(figment, "providers", &own.providers)?;
        let triage: TriageConfig = section(figment, "triage", &own.triage)?;
        live.hand_off_to()?;
        triage.check("")?;
        let lookups = own.lookups.clone();
        lookups::check(lookups.as_ref().unwrap_or(&BTreeMap::new()), hosts)?;
        check_page(&identity.step_up_url)?;
        responder.check()?;
        let counting = Counting { live, identity, retrieval, responder, drafter, providers, triage, lookups };
        Ok((TenantId::derive(name), counting))
    };
    let counting = tenants.iter().map(|tenant| {
        one(tenant).with_context(|| format!("the configuration cannot be used: `tenants.{}`", tenant.0))
    });
    counting.collect()
}

fn section<T: for<'de> Deserialize<'de>>(figment: &Figment, name: &str, own: &Dict) -> anyhow::Result<T> {
    let all: Value = figment.find_value(name)?;
    Ok(Figment::new().merge((name, all)).merge((name, own)).focus(name).extract()?)
}

impl Settings {
    /// Returns what is set for all, without what single tenants set for themselves.
    pub(crate) fn of_all(&self) -> Self {
        Self { tenants: BTreeMap::new(), counting: BTreeMap::new(), ..self.clone() }
    }

    /// Returns how live conversations of a tenant are dealt with.
    #[must_use]
    pub fn live_of(&self, tenant: TenantId) -> &LiveConfig {
        self.counting.get(&tenant).map_or(&self.live, |own| &own.live)
    }

    /// Returns how live conversations of a tenant are sorted.
    #[must_use]
    pub fn triage_of(&self, tenant: TenantId) -> &TriageConfig {
        self.counting.get(&tenant).map_or(&self.triage, |own| &own.triage)
    }

    /// Returns what is looked up for a tenant: its own, or, where it names none, those of all.
    #[must_use]
    pub fn lookups_of(&self, tenant: TenantId) -> &BTreeMap<String, LookupConfig> {
        self.counting.get(&tenant).and_then(|own| own.lookups.as_ref()).unwrap_or(&self.lookups)
    }

    /// Returns the tenants that have look-ups of their own, with these.
    pub(crate) fn lookups_of_tenants(
        &self,
    ) -> impl Iterator<Item = (TenantId, &BTreeMap<String, LookupConfig>)> {
        self.counting.iter().filter_map(|(tenant, own)| Some((*tenant, own.lookups.as_ref()?)))
    }

    /// Returns how customers of a tenant prove who they are.
    #[must_use]
    pub fn identity_of(&self, tenant: TenantId) -> &IdentityConfig {
        self.counting.get(&tenant).map_or(&self.identity, |own| &own.identity)
    }

    /// Returns who composes drafts, and where texts may go, where a tenant sets nothing of its own.
    #[must_use]
    pub fn drafter_of_all(&self) -> (&DrafterConfig, &ProvidersConfig) {
        (&self.drafter, &self.providers)
    }

    /// Returns who composes the drafts of a tenant.
    #[must_use]
    pub fn drafter_of(&self, tenant: TenantId) -> &DrafterConfig {
        self.counting.get(&tenant).map_or(&self.drafter, |own| &own.drafter)
    }

    /// Returns where texts of a tenant may go.
    #[must_use]
    pub fn providers_of(&self, tenant: TenantId) -> &ProvidersConfig {
        self.counting.get(&tenant).map_or(&self.providers, |own| &own.providers)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::load;
    use super::*;

    #[test]
    fn what_a_tenant_sets_counts_for_it_alone() {
        let text = "[live]\nauto_mail = true\nhands_off_tags = [\"vip\"]\n\
                    [tenants.acme.live]\nhand_off_to = \"team:7\"\nhands_off_tags = []\n\
                    office.days = { monday = \"09:00-17:00\" }\n\
                    [tenants.acme.identity]\nstep_up_url = \"https://app.acme.example/confirm\"\n\
                    [tenants.acme.retrieval]\npriors = \"acme/report.json\"\n\
                    [tenants.acme.responder]\nauto_threshold = 0.9\n";
        let settings = load(text).unwrap();
        let (acme, other) = (TenantId::derive("acme"), TenantId::derive("globex"));
        let live = settings.live_of(acme);
        assert!(live.auto_mail, "what is left out is as for all");
        assert_eq!((live.hand_off_to.as_str(), live.hands_off_tags.len()), ("team:7", 0));
        assert!(settings.identity_of(acme).step_up_url.ends_with("/confirm"));
        assert_eq!(settings.retrieval_of(acme).priors.to_str(), Some("acme/report.json"));
        assert_eq!(settings.retrieval_of(acme).keep, 8);
        assert!(settings.retrieval_of(other).priors.as_os_str().is_empty());
        let responder = settings.responder_of(acme);
        assert_eq!((responder.draft_threshold, responder.auto_threshold), (0.4, 0.9));
        assert_eq!(settings.responder_of(other).auto_threshold, 0.8);
        assert_eq!(settings.live_of(other).hands_off_tags, ["vip"]);
        assert!(settings.live_of(other).hand_off_to.is_empty());
        assert!(settings.identity_of(other).step_up_url.is_empty());
    }

    #[test]
    fn what_a_tenant_cannot_set_is_named() {
        for (text, part) in [
            ("[tenants.acme.live]\nattempts = 3", "whole installation"),
            ("[tenants.acme.live]\nkey = \"x\"", "whole installation"),
            ("[tenants.acme.live]\nhand_off_to = \"7\"", "team:ID"),
            ("[tenants.acme.live]\nauto_mial = true", "auto_mial"),
            ("[tenants.acme.retrieval]\nkeep = 3", "whole installation"),
            ("[tenants.acme.responder]\nauto_threshold = 0.2", "0.4"),
            ("[tenants.acme.server]\nworkers = 3", "server"),
            ("[tenants.acme.identity]\nstep_up_url = \"ftp://x\"", "https://"),
        ] {
            let error = format!("{:#}", load(text).unwrap_err());
            assert!(error.contains(part) && error.contains("acme"), "{text}: {error}");
        }
    }
}
