//! `backstory ask`

use std::process::ExitCode;

use app::ask::{Answer, Ask};
use domain::{Applicability, Outcome};
use identity::Assurance;

use super::Given;
use crate::args;

pub(crate) async fn run(given: &Given, args: &args::Ask) -> anyhow::Result<ExitCode> {
    let app = given.app(given.settings()?).await?;
    let tenant = app.tenant(&args.tenant.tenant).await?;
    let assurance = match (&args.person, args.assurance) {
        (None, _) => Assurance::Anonymous,
        (Some(_), stated) => stated.unwrap_or(Assurance::Claimed),
    };
    let ask = Ask {
        text: args.question.clone(),
        person: args.person.clone(),
        assurance,
        customer: Applicability {
            brand: args.brand.clone(),
            plan: args.plan.clone(),
            region: args.region.clone(),
            product_version: args.product_version.clone(),
        },
        purpose: args.purpose.scope(),
        as_of: args.as_of,
    };
    let answer = app.ask(tenant, &ask).await?;
    given.output.result(&answer, text)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns what a person reads of an answer.
pub(crate) fn text(answer: &Answer) -> String {
    let decision = &answer.response.decision;
    let outcome = &decision.outcome;
    let mut text = match outcome {
        Outcome::Answer | Outcome::Ask => {
            format!("{} (confidence {:.2})\n", outcome.name(), decision.confidence)
        }
        _ => format!(
            "{}: {} (confidence {:.2})\n",
            outcome.name(),
            outcome.reason().unwrap_or("-"),
            decision.confidence
        ),
    };
    if let (Outcome::Answer | Outcome::Ask, Some(draft)) = (outcome, &decision.draft) {
        text.push_str(&format!("\n{}\n\n", draft.text()));
        for (number, source) in draft.sources.iter().enumerate() {
            let place = source.url.as_deref().unwrap_or(&source.external_id);
            text.push_str(&format!("[{}] {} ({place})\n", number + 1, source.title));
        }
    }
    if let Some(unseen) = &decision.unseen {
        match unseen.files.is_empty() {
            true => text.push_str("\nThe question points to an attachment that nobody has looked at.\n"),
            false => text.push_str(&format!("\nNobody has looked at: {}\n", unseen.files.join(", "))),
        }
    }
    if !decision.for_agent.is_empty() {
        text.push_str("\nFor you, do not send:\n");
        for one in &decision.for_agent {
            let place = one.url.as_deref().unwrap_or(&one.external_id);
            text.push_str(&format!("  {}: {} ({place})\n", one.audience, one.title));
        }
    }
    text
}
