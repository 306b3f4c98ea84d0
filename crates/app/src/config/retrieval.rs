//! How evidence is found.

use std::path::PathBuf;

use domain::TenantId;
use serde::Deserialize;

use super::Settings;

/// How evidence is found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetrievalConfig {
    /// How many pieces are kept for an answer.
    pub keep: usize,
    /// The `report.json` of a replay that has shown which documents answer rightly; empty for none.
    pub priors: PathBuf,
}

impl Settings {
    /// Returns how evidence is found for a tenant.
    #[must_use]
    pub fn retrieval_of(&self, tenant: TenantId) -> &RetrievalConfig {
        self.counting.get(&tenant).map_or(&self.retrieval, |own| &own.retrieval)
    }

    /// Returns the tenants that set something of their own, with how evidence is found for them.
    pub(crate) fn retrievals(&self) -> impl Iterator<Item = (TenantId, &RetrievalConfig)> {
        self.counting.iter().map(|(tenant, own)| (*tenant, &own.retrieval))
    }
}
