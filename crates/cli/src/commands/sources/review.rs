//! `backstory sources review`

use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use app::Stop;
use app::review::{Finding, Misleading, Outdated, Pair, Place, Reviewed, Reviewing};
use domain::text::shorten;

use crate::args::sources::Review;
use crate::commands::{Given, interruptible};
use crate::progress::Bar;

/// So much of a passage is shown.
const SHOWN: usize = 400;

pub(crate) async fn run(given: &Given, args: &Review) -> anyhow::Result<ExitCode> {
    let app = given.app(given.settings()?).await?;
    let tenant = app.tenant(&args.tenant.tenant).await?;
    let bar = Bar::start(given.output, "reading passages", Some(0));
    let doing = Mutex::new("");
    let tell = |reviewing: Reviewing| {
        let mut doing = doing.lock().unwrap_or_else(PoisonError::into_inner);
        if *doing != reviewing.what {
            *doing = reviewing.what;
            bar.doing(reviewing.what);
        }
        bar.of(reviewing.total);
        bar.at(reviewing.done);
    };
    let stop = Stop::default();
    let reviewed = interruptible(&stop, app.review(tenant, args.limit, &stop, &tell)).await;
    bar.end();
    let reviewed = reviewed?;
    given.output.lines(&reviewed.findings, |_| text(&reviewed))?;
    if given.output.is_json() && reviewed.is_cut {
        given.output.say("stopped before everything was seen");
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns what a person reads of a review.
fn text(reviewed: &Reviewed) -> String {
    let mut text = String::new();
    for finding in &reviewed.findings {
        match finding {
            Finding::Contradiction(pair) => contradiction(&mut text, pair),
            Finding::Outdated(outdated) => out_of_date(&mut text, outdated),
            Finding::Misleading(misleading) => misled(&mut text, misleading),
        }
    }
    let left = reviewed.found - reviewed.findings.len();
    let more = if left > 0 { format!(", {left} more are not shown (--limit)") } else { String::new() };
    let cut = if reviewed.is_cut { "; stopped before everything was seen" } else { "" };
    text.push_str(&format!(
        "{} to look at{more}; {} passages state something, {} pairs were compared{cut}\n",
        reviewed.findings.len(),
        reviewed.passages,
        reviewed.compared
    ));
    text
}

fn contradiction(text: &mut String, pair: &Pair) {
    text.push_str(&format!("CONTRADICTION ({:.2})\n", pair.sure));
    for difference in &pair.differences {
        let (one, other) = (&difference.one, &difference.other);
        text.push_str(&format!(
            "  {} of {}: {} against {}\n",
            difference.differs.words(),
            difference.about.join(", "),
            one.value,
            other.value
        ));
    }
    place(text, "older", &pair.one);
    place(text, "newer", &pair.other);
    text.push('\n');
}

fn out_of_date(text: &mut String, one: &Outdated) {
    text.push_str(&format!("OUTDATED ({:.2})\n", one.sure));
    text.push_str(&format!(
        "  {} of {}: the document says {}, people answer {}\n",
        one.differs.words(),
        one.about.join(", "),
        one.document_says,
        one.people_say
    ));
    text.push_str(&format!(
        "  {} unrelated customers were told so from {} to {}; {} conversations say what the document says\n",
        one.customers, one.since, one.until, one.agreeing
    ));
    text.push_str(&format!("  conversations: {}\n", one.conversations.join(", ")));
    place(text, "document", &one.document);
    text.push('\n');
}

fn misled(text: &mut String, one: &Misleading) {
    text.push_str("MISLEADING\n");
    text.push_str(&format!(
        "  of {} drafts that cite it {} were thrown away or called bad, of {} more people wrote anew what it says\n",
        one.drafts, one.refused, one.rewritten
    ));
    let (kind, address) = (one.kind.replace('_', " "), one.url.as_deref().unwrap_or(&one.external_id));
    text.push_str(&format!("  {kind}: {} ({address}), since {}\n\n", one.title, one.since));
}

fn place(text: &mut String, what: &str, place: &Place) {
    let mut path = vec![place.title.as_str()];
    path.extend(place.headings.iter().map(String::as_str).filter(|heading| *heading != place.title));
    let address = place.url.as_deref().unwrap_or(&place.external_id);
    text.push_str(&format!("  {what}: {} ({address}), since {}\n", path.join(" > "), place.since));
    let body = place.text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.push_str(&format!("    {}\n", shorten(&body, SHOWN)));
}
