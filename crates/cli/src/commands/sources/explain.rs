//! `backstory sources explain`

use std::process::ExitCode;

use app::connectors::RawAudience;
use serde_json::json;

use super::books;
use crate::args::sources::Explain;
use crate::commands::Given;

pub(crate) async fn run(given: &Given, args: &Explain) -> anyhow::Result<ExitCode> {
    let books = books(given).await?;
    let explained = books.explain(&args.place).await?;
    books.store.close().await;
    anyhow::ensure!(!explained.is_empty(), "no configured source reads `{}`", args.place);
    let told: Vec<_> = explained
        .iter()
        .map(|(name, one)| {
            json!({
                "source": name, "id": one.id.id, "title": one.title, "audience": audience(one.audience.as_ref()),
                "steps": one.steps,
            })
        })
        .collect();
    given.output.lines(&told, |_| {
        let line = |(name, one): &(String, app::connectors::Explanation)| {
            let steps: String = one.steps.iter().map(|step| format!("  {step}\n")).collect();
            format!("{} ({name}): {}\n{steps}", one.title, audience(one.audience.as_ref()))
        };
        explained.iter().map(line).collect()
    })?;
    Ok(ExitCode::SUCCESS)
}

fn audience(audience: Option<&RawAudience>) -> String {
    match audience {
        None => "left out".to_owned(),
        Some(RawAudience::Public) => "public".to_owned(),
        Some(RawAudience::Internal) => "internal".to_owned(),
        Some(RawAudience::Company(id)) => format!("company:{id}"),
        Some(RawAudience::Person(id)) => format!("person:{id}"),
    }
}
