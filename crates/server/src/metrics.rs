//! Counts for Prometheus. Labels are words of closed sets: never an id, a name or an address.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use app::conversation::Received;

/// Upper bounds of the buckets of durations, in seconds.
const BOUNDS: [f64; 8] = [0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0];

/// What was counted since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    calls: BTreeMap<(&'static str, &'static str, u16), u64>,
    durations: BTreeMap<&'static str, Durations>,
    notifications: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Default)]
struct Durations {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Metrics {
    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an answered call.
    pub(crate) fn called(&self, method: &'static str, route: &'static str, status: u16, took: Duration) {
        let mut counts = self.counts();
        *counts.calls.entry((method, route, status)).or_default() += 1;
        let durations = counts.durations.entry(route).or_default();
        let seconds = took.as_secs_f64();
        for (bucket, bound) in durations.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
        durations.count += 1;
        durations.sum += seconds;
    }

    /// Counts what became of a call with notifications.
    pub(crate) fn received(&self, received: Received) {
        let Received { queued, noted, again, foreign } = received;
        for (became, count) in [("queued", queued), ("noted", noted), ("again", again), ("foreign", foreign)]
        {
            *self.counts().notifications.entry(became).or_default() += u64::from(count);
        }
    }

    /// Counts a call that was not taken.
    pub(crate) fn refused(&self, why: &'static str) {
        *self.counts().notifications.entry(why).or_default() += 1;
    }

    /// Writes everything in the text form of Prometheus, with `gauges` that were just looked up.
    pub(crate) fn write(&self, gauges: &[(&'static str, &'static str, u64)]) -> String {
        let counts = self.counts();
        let mut text = String::new();
        let head = |text: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        head(&mut text, "backstory_http_requests_total", "counter", "Answered calls.");
        for ((method, route, status), count) in &counts.calls {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            let _ = writeln!(text, "backstory_http_requests_total{{{labels}}} {count}");
        }
        let name = "backstory_http_request_duration_seconds";
        head(&mut text, name, "histogram", "How long calls took.");
        for (route, durations) in &counts.durations {
            for (bound, count) in BOUNDS.iter().zip(durations.buckets) {
                let _ = writeln!(text, "{name}_bucket{{route=\"{route}\",le=\"{bound}\"}} {count}");
            }
            let Durations { count, sum, .. } = durations;
            let _ = writeln!(text, "{name}_bucket{{route=\"{route}\",le=\"+Inf\"}} {count}");
            let _ = writeln!(text, "{name}_sum{{route=\"{route}\"}} {sum}");
            let _ = writeln!(text, "{name}_count{{route=\"{route}\"}} {count}");
        }
        head(&mut text, "backstory_notifications_total", "counter", "Notifications by what became of them.");
        for (became, count) in &counts.notifications {
            let _ = writeln!(text, "backstory_notifications_total{{became=\"{became}\"}} {count}");
        }
        for (name, help, value) in gauges {
            head(&mut text, name, "gauge", help);
            let _ = writeln!(text, "{name} {value}");
        }
        text
    }
}

/// Returns the word under which a path is counted: its route, with what varies left out.
pub(crate) fn route(path: &str) -> &'static str {
    const ROUTES: [&str; 9] = [
        "/webhooks/intercom",
        "/oauth/intercom",
        "/identity",
        "/api/v1/conversations",
        "/api/v1/traces",
        "/api/v1/persons",
        "/api/v1/sources",
        "/api/v1/dead-letters",
        "/api/v1",
    ];
    match path {
        "/healthz" => "/healthz",
        "/readyz" => "/readyz",
        "/metrics" => "/metrics",
        path => ROUTES.into_iter().find(|route| path.starts_with(route)).unwrap_or("other"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_prometheus_reads() {
        let metrics = Metrics::default();
        metrics.called("GET", route("/api/v1/conversations/cnv_1"), 200, Duration::from_millis(7));
        metrics.received(Received { queued: 2, again: 1, ..Received::default() });
        let text = metrics.write(&[("backstory_jobs_open", "Jobs.", 3)]);
        for line in [
            "backstory_http_requests_total{method=\"GET\",route=\"/api/v1/conversations\",status=\"200\"} 1",
            "backstory_http_request_duration_seconds_bucket{route=\"/api/v1/conversations\",le=\"0.005\"} 0",
            "backstory_http_request_duration_seconds_bucket{route=\"/api/v1/conversations\",le=\"0.01\"} 1",
            "backstory_notifications_total{became=\"queued\"} 2",
            "# TYPE backstory_jobs_open gauge",
            "backstory_jobs_open 3",
        ] {
            assert!(text.lines().any(|written| written == line), "{line}\n{text}");
        }
        assert!(!text.contains("cnv_1"));
    }
}
