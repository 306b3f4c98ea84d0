//! The summary as a person reads it on a terminal.

use std::fmt::Write as _;

use crate::stats::Estimate;
use crate::summary::Summary;

/// Returns the main figures as text.
#[must_use]
pub fn text(summary: &Summary) -> String {
    let mut text = String::new();
    let figures = &summary.denominators;
    let _ = writeln!(
        text,
        "{}: {} conversations, {} begun by customers, {} reached a person, {} eligible",
        summary.name, figures.replayed, figures.inbound, figures.reached_human, figures.eligible
    );
    let _ = writeln!(
        text,
        "text alone could have been enough for   {}",
        share(summary.ceiling.share.reached_human)
    );
    if let Some(main) = summary.main() {
        let _ = writeln!(text, "answered as the person did              {}", share(main.same));
        let _ = writeln!(text, "answered otherwise                      {}", share(main.different));
        let _ = writeln!(text, "held                                    {}", share(main.held));
        for reason in main.held_because.iter().take(5) {
            let _ = writeln!(
                text,
                "  {:<37} {:5.1} %  ({})",
                reason.name,
                reason.share * 100.0,
                reason.conversations
            );
        }
        let _ =
            writeln!(text, "resolved, confirmed and durable         {}", share(main.automated.reached_human));
        let _ = writeln!(
            text,
            "  and where the customer fell silent    {}",
            share(main.automated_assumed.reached_human)
        );
    }
    for leak in &summary.leakage {
        let _ = writeln!(
            text,
            "what the mask `{}` would add by leakage  {}",
            leak.mask.name(),
            share(Some(leak.same))
        );
    }
    if let Some(against) = &summary.against {
        let _ = writeln!(text, "better than {} by  {}", against.name, share(Some(against.difference)));
    }
    let time = &summary.time;
    let verdict = if time.is_time_correct { "time-correct" } else { "NOT time-correct" };
    let _ =
        writeln!(text, "articles of unknown age                 {:5.1} %  ({verdict})", time.unknown * 100.0);
    let _ = writeln!(text, "leaks                                   {}", summary.leaks());
    text
}

fn share(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(
        || "    -".to_owned(),
        |one| format!("{:5.1} %  ({:.1} to {:.1})", one.value * 100.0, one.low * 100.0, one.high * 100.0),
    )
}
