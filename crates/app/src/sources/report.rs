//! How reading a source went, in words for whoever looks after it.

use std::collections::BTreeMap;

use domain::Timestamp;
use ingest::Summary;
use serde::{Deserialize, Serialize};

/// How the newest round over a source ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Whether it was cut and goes on.
    pub is_cut: bool,
    /// How many things the source lists itself, when its whole list was last seen.
    pub listed: Option<u64>,
    /// Things that could not be taken in, or only with a change, in that round.
    pub problems: u64,
    /// Some of them.
    pub examples: Vec<String>,
    /// What the source tells of the whole.
    pub notes: Vec<String>,
    /// What has failed since a round last ended well, by its kind.
    pub failures: BTreeMap<String, Failure>,
    /// Until when the source asks to be left alone.
    pub not_before: Option<Timestamp>,
}

/// Something that fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// How often.
    pub times: u64,
    /// Since when.
    pub since: Timestamp,
    /// What happened last.
    pub what: String,
    /// What to do about it.
    pub next: String,
}

/// So many problems are kept as examples.
const EXAMPLES: usize = 5;

impl Report {
    /// Reads a stored report. One that another release wrote in another way counts as none.
    pub(super) fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// Returns the report of a round that ended well.
    pub(super) fn of(summary: &Summary, before: &Self) -> Self {
        let examples = summary.problems.iter().take(EXAMPLES).map(ToString::to_string).collect();
        Self {
            listed: summary.listed.or(before.listed),
            problems: summary.problems.len() as u64 + summary.problems_more,
            examples,
            notes: summary.notes.clone(),
            ..Self::default()
        }
    }

    /// Returns the report of a round that was cut.
    pub(super) fn cut(before: Self) -> Self {
        Self { is_cut: true, not_before: None, ..before }
    }

    /// Returns the report of a round that failed.
    pub(super) fn failed(error: &anyhow::Error, name: &str, now: Timestamp, before: Self) -> Self {
        let (kind, next, after) = advice(error, name);
        let mut failures = before.failures;
        let times = failures.get(kind).map_or(0, |failure| failure.times) + 1;
        let since = failures.get(kind).map_or(now, |failure| failure.since);
        failures.insert(kind.to_owned(), Failure { times, since, what: told(error), next });
        let not_before =
            after.map(|wait| now.plus_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)));
        Self { is_cut: false, failures, not_before, ..before }
    }
}

/// Returns the innermost cause that says something about the outside.
fn told(error: &anyhow::Error) -> String {
    let cause = error.chain().find_map(|cause| cause.downcast_ref::<connector::Error>());
    cause.map_or_else(|| format!("{error:#}"), ToString::to_string)
}

/// Returns the kind of a failure, what to do about it, and how long to wait where that is known.
fn advice(error: &anyhow::Error, name: &str) -> (&'static str, String, Option<std::time::Duration>) {
    use connector::Error;
    let shrunk = error.chain().find_map(|cause| cause.downcast_ref::<ingest::Error>());
    if let Some(ingest::Error::Shrunk { .. }) = shrunk {
        let next =
            format!("check the source; if that is right: `backstory sources sync {name} --allow-shrink`");
        return ("shrunk", next, None);
    }
    let outside = error.chain().find_map(|cause| cause.downcast_ref::<Error>());
    let nothing = "nothing, if it passes; it is tried again by itself".to_owned();
    match outside {
        Some(Error::RetryLater { after, .. }) => ("busy", nothing, *after),
        Some(Error::Unreachable { .. }) => ("unreachable", nothing, None),
        Some(Error::FixCredentials { .. }) => {
            let next = format!(
                "mend the key or the right; for an account with OAuth `backstory sources authorize {name}`"
            );
            ("credentials", next, None)
        }
        Some(Error::NotFound { .. }) => {
            ("not_found", format!("check what the settings of `{name}` name"), None)
        }
        Some(Error::StartOver { .. }) => ("start_over", nothing, None),
        Some(Error::Malformed { .. }) => (
            "malformed",
            "if it stays, this release does not understand the source: report it".to_owned(),
            None,
        ),
        Some(Error::GiveUp { .. }) => ("settings", format!("change the settings of `{name}`"), None),
        None => ("internal", "see `backstory doctor` and the log".to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn failed(error: connector::Error, before: Report) -> Report {
        let error = ingest::Error::Source { source_name: "Wiki".to_owned(), source: error };
        let error = anyhow::Error::new(error).context("reading the source `wiki` stopped");
        Report::failed(&error, "wiki", Timestamp::from_millis(1_000), before)
    }

    #[test]
    fn failures_are_counted_by_kind_until_a_round_ends_well() {
        let busy =
            || connector::Error::RetryLater { what: "busy".into(), after: Some(Duration::from_secs(9)) };
        let report = failed(busy(), Report { listed: Some(7), ..Report::default() });
        let report = failed(busy(), report);
        assert_eq!(report.failures["busy"].times, 2);
        assert_eq!(report.not_before, Some(Timestamp::from_millis(10_000)));
        let report = failed(connector::Error::FixCredentials { what: "no right".into() }, report);
        assert_eq!(report.failures.len(), 2);
        assert_eq!(report.failures["credentials"].what, "no right");
        assert!(report.failures["credentials"].next.contains("authorize wiki"), "{report:?}");
        assert_eq!((report.not_before, report.listed), (None, Some(7)));
        let cut = Report::cut(report);
        assert!(cut.is_cut && cut.failures.len() == 2);
        let well = Report::of(&Summary { listed: Some(9), ..Summary::default() }, &cut);
        assert_eq!(well, Report { listed: Some(9), ..Report::default() });
        let text = serde_json::to_string(&well).unwrap();
        assert_eq!(Report::read(Some(&text)), well);
        assert_eq!(Report::read(Some("{}")), Report::default());
    }

    #[test]
    fn what_shrank_says_how_to_go_on() {
        let error = ingest::Error::Shrunk {
            source_name: "Wiki".to_owned(),
            listed: 1,
            stored: 9,
            missing: 8,
            share_percent: 20,
        };
        let report = Report::failed(&error.into(), "wiki", Timestamp::MIN, Report::default());
        assert!(report.failures["shrunk"].next.contains("sync wiki --allow-shrink"), "{report:?}");
        assert!(report.failures["shrunk"].what.contains("8 would be deleted"), "{report:?}");
    }
}
