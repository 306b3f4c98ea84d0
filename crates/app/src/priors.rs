//! Priors of documents as replays leave them behind.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use domain::{Priors, TenantId};
use serde::Deserialize;

use crate::config::{RetrievalConfig, Settings};

/// What is read of a `report.json`.
#[derive(Deserialize)]
struct Report {
    /// No other file has both this and what is read beside it.
    #[serde(rename = "main_mask")]
    _main_mask: serde::de::IgnoredAny,
    /// Reports of earlier releases have none.
    #[serde(default)]
    priors: Option<Learned>,
}

#[derive(Deserialize)]
struct Learned {
    factors: Priors,
}

/// What counts for tenants without settings of their own, and for each other one.
pub(crate) type Counting = (Option<Arc<Priors>>, HashMap<TenantId, Option<Arc<Priors>>>);

/// Reads the priors that are configured.
///
/// # Errors
/// Names the report that cannot be used.
pub(crate) fn read(settings: &Settings) -> anyhow::Result<Counting> {
    let of_all = one(&settings.retrieval)?;
    let own: anyhow::Result<HashMap<_, _>> =
        settings.retrievals().map(|(tenant, config)| Ok((tenant, one(config)?))).collect();
    let own = own?;
    let is_set = of_all.is_some() || own.values().any(Option::is_some);
    if is_set && settings.reranker != llm::rerank::Config::Off {
        tracing::warn!(
            "`retrieval.priors` changes nothing beside a reranker, which puts evidence in order; leave one of the two out"
        );
    }
    Ok((of_all, own))
}

fn one(config: &RetrievalConfig) -> anyhow::Result<Option<Arc<Priors>>> {
    let path = &config.priors;
    if path.as_os_str().is_empty() { Ok(None) } else { Ok(Some(Arc::new(of_report(path)?))) }
}

fn of_report(path: &Path) -> anyhow::Result<Priors> {
    let named = || format!("`retrieval.priors` names `{}`", path.display());
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{}, which cannot be read; name the report.json of a replay", named()))?;
    let report: Report = serde_json::from_str(&text).with_context(|| {
        format!("{}, which is no report of a replay; `backstory simulate` writes one", named())
    })?;
    match report.priors {
        Some(learned) => Ok(learned.factors),
        None => bail!(
            "{}, which teaches nothing of documents: it takes the strict mask and at least a hundred judged drafts, right ones and wrong ones in the earlier half; replay more conversations or leave the key empty",
            named()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLE: &str = r#"{"sign": {"title": true}, "drafts": 40, "right": 0.7, "factor": 1.4}"#;

    fn config(priors: &Path) -> RetrievalConfig {
        RetrievalConfig { keep: 8, priors: priors.to_owned() }
    }

    fn report(factors: &str) -> String {
        format!(
            r#"{{"schema": "x", "main_mask": "strict", "priors": {{"until": "2025-01-01", "learned_from": 60, "factors": {factors}}}}}"#
        )
    }

    #[test]
    fn a_report_gives_priors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        std::fs::write(&path, report(&format!("[{TITLE}]"))).unwrap();
        let priors = one(&config(&path)).unwrap().unwrap();
        assert_eq!(priors.all().len(), 1);
        assert!((priors.all()[0].factor - 1.4).abs() < 1e-9);
        assert_eq!(one(&config(Path::new(""))).unwrap(), None);
    }

    #[test]
    fn what_gives_none_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let far = TITLE.replace("1.4", "14.0");
        for (text, part) in [
            (None, "cannot be read"),
            (Some("<html>".to_owned()), "backstory simulate"),
            (Some("{}".to_owned()), "backstory simulate"),
            (Some(r#"{"main_mask": "strict"}"#.to_owned()), "replay more conversations"),
            (Some(r#"{"main_mask": "strict", "priors": null}"#.to_owned()), "replay more conversations"),
            (Some(report("[]")), "no report"),
            (Some(report(&format!("[{far}]"))), "no report"),
            (Some(report(&format!("[{TITLE}, {TITLE}]"))), "no report"),
        ] {
            match &text {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => drop(std::fs::remove_file(&path)),
            }
            let error = format!("{:#}", one(&config(&path)).unwrap_err());
            assert!(error.contains(part) && error.contains("report.json"), "{text:?}: {error}");
            assert!(error.contains("`retrieval.priors`"), "{error}");
        }
    }
}
