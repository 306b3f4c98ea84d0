//! When an answer is given.

use std::path::PathBuf;

use anyhow::ensure;
use domain::TenantId;
use serde::Deserialize;

use super::Settings;

/// When an answer is given.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponderConfig {
    /// From which confidence on a draft is made.
    pub draft_threshold: f32,
    /// From which confidence on a reply may go out by itself.
    pub auto_threshold: f32,
    /// The `report.json` of a replay that confidence is calibrated by; empty for none.
    pub calibration: PathBuf,
}

impl Settings {
    /// Returns when a tenant's questions are answered.
    #[must_use]
    pub fn responder_of(&self, tenant: TenantId) -> &ResponderConfig {
        self.counting.get(&tenant).map_or(&self.responder, |own| &own.responder)
    }

    /// Returns the tenants that set something of their own, with when their questions are answered.
    pub(crate) fn responders(&self) -> impl Iterator<Item = (TenantId, &ResponderConfig)> {
        self.counting.iter().map(|(tenant, own)| (*tenant, &own.responder))
    }
}

impl ResponderConfig {
    /// Checks the thresholds.
    ///
    /// # Errors
    /// Names the key, the value and what is allowed.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let (draft, auto) = (self.draft_threshold, self.auto_threshold);
        ensure!((0.0..=1.0).contains(&draft), "`responder.draft_threshold` is `{draft}`; allowed is 0 to 1");
        ensure!(
            (draft..=1.0).contains(&auto),
            "`responder.auto_threshold` is `{auto}`; allowed is {draft}, the `draft_threshold`, to 1"
        );
        Ok(())
    }
}
