//! Calibrations as replays leave them behind.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use domain::{Calibration, TenantId};
use responder::Voice;
use serde::Deserialize;

use crate::config::{ResponderConfig, Settings};

/// What is read of a `report.json`.
#[derive(Deserialize)]
struct Report {
    confidence: Confidence,
}

#[derive(Deserialize)]
struct Confidence {
    #[serde(default)]
    calibrated: Option<Calibrated>,
}

#[derive(Deserialize)]
struct Calibrated {
    steps: Calibration,
}

/// Returns when questions are answered: those of a tenant without settings of its own, and those of each other one.
///
/// # Errors
/// Names the report that cannot be used.
pub(crate) fn responders(
    settings: &Settings,
) -> anyhow::Result<(responder::Config, HashMap<TenantId, responder::Config>)> {
    let own: anyhow::Result<HashMap<_, _>> = settings
        .responders()
        .map(|(tenant, config)| Ok((tenant, one(config, settings.drafter_of(tenant).voice())?)))
        .collect();
    Ok((one(&settings.responder, settings.drafter.voice())?, own?))
}

fn one(config: &ResponderConfig, voice: Voice) -> anyhow::Result<responder::Config> {
    let path = &config.calibration;
    let calibration = (!path.as_os_str().is_empty()).then(|| read(path)).transpose()?;
    Ok(responder::Config {
        draft_threshold: config.draft_threshold,
        auto_threshold: config.auto_threshold,
        calibration: calibration.map(Arc::new),
        voice,
    })
}

fn read(path: &Path) -> anyhow::Result<Calibration> {
    let named = || format!("`responder.calibration` names `{}`", path.display());
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{}, which cannot be read; name the report.json of a replay", named()))?;
    let report: Report = serde_json::from_str(&text).with_context(|| {
        format!("{}, which is no report of a replay; `backstory simulate` writes one", named())
    })?;
    match report.confidence.calibrated {
        Some(calibrated) => Ok(calibrated.steps),
        None => bail!(
            "{}, which calibrates nothing: it takes at least a hundred judged drafts, right ones and wrong ones in the earlier half; replay more conversations or leave the key empty",
            named()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(calibration: &Path) -> ResponderConfig {
        ResponderConfig { draft_threshold: 0.1, auto_threshold: 0.5, calibration: calibration.to_owned() }
    }

    #[test]
    fn a_report_calibrates() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let text = r#"{"schema": "x", "confidence": {"auroc": 0.7, "calibrated":
            {"until": "2025-01-01", "steps": [{"score": 0.2, "right": 0.1}, {"score": 0.8, "right": 0.7}]}}}"#;
        std::fs::write(&path, text).unwrap();
        let config = one(&config(&path), Voice::default()).unwrap();
        assert!((config.calibration.unwrap().of(0.5) - 0.4).abs() < 1e-9);
        assert_eq!(one(&self::config(Path::new("")), Voice::default()).unwrap().calibration, None);
    }

    #[test]
    fn what_calibrates_nothing_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let error = |text: Option<&str>| {
            match text {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => drop(std::fs::remove_file(&path)),
            }
            format!("{:#}", one(&config(&path), Voice::default()).unwrap_err())
        };
        for (text, part) in [
            (None, "cannot be read"),
            (Some("<html>"), "backstory simulate"),
            (Some(r#"{"confidence": {"calibrated": null}}"#), "replay more conversations"),
            (Some(r#"{"confidence": {"calibrated": {"steps": []}}}"#), "no report"),
            (Some(r#"{"confidence": {"calibrated": {"steps": [{"score": 2, "right": 0}]}}}"#), "no report"),
        ] {
            let error = error(text);
            assert!(error.contains(part) && error.contains("report.json"), "{error}");
        }
    }
}
