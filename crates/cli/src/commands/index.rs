//! `backstory index`

use std::process::ExitCode;

use app::seams::Seams;
use app::{App, Stop};
use serde_json::json;

use super::{Given, interruptible};
use crate::args::index::Index;

/// So many differences are written out for a person.
const SHOWN: usize = 50;

pub(crate) async fn run(given: &Given, args: &Index) -> anyhow::Result<ExitCode> {
    match args {
        Index::Verify(args) => verify(given, args.tenant.as_deref()).await,
        Index::Rebuild(args) => rebuild(given, args.tenant.as_deref()).await,
    }
}

async fn verify(given: &Given, tenant: Option<&str>) -> anyhow::Result<ExitCode> {
    let settings = given.settings()?;
    let seams = Seams::live(&settings)?;
    let app = App::open(given.places.clone(), settings, seams).await?;
    let verified = app.verify_index(tenant).await?;
    let is_same = verified.is_same();
    let tenants: Vec<_> = verified
        .tenants
        .iter()
        .map(|(name, one)| {
            let differences: Vec<_> = one
                .differences
                .iter()
                .map(|one| json!({ "kind": one.name(), "chunk": one.chunk(), "what": one.to_string() }))
                .collect();
            json!({
                "tenant": name, "chunks": one.chunks, "waiting": one.waiting, "differences": differences,
            })
        })
        .collect();
    let told = json!({ "same": is_same, "strangers": verified.strangers, "tenants": tenants });
    given.output.result(&told, |_| {
        let mut text = String::new();
        for (name, one) in &verified.tenants {
            let (chunks, waiting, found) = (one.chunks, one.waiting, one.differences.len());
            text.push_str(&format!("{name}: {chunks} chunks, {waiting} waiting, {found} differences\n"));
            for one in one.differences.iter().take(SHOWN) {
                text.push_str(&format!("  {}: {one}\n", one.name()));
            }
            if found > SHOWN {
                text.push_str(&format!("  and {} more; --json lists them all\n", found - SHOWN));
            }
        }
        if verified.strangers > 0 {
            text.push_str(&format!(
                "{} points are in the collection that somebody else has put there; they are in no answer\n",
                verified.strangers
            ));
        }
        text.push_str(if is_same {
            "The index holds what the database holds.\n"
        } else {
            "To mend it: backstory index rebuild\n"
        });
        text
    })?;
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn rebuild(given: &Given, tenant: Option<&str>) -> anyhow::Result<ExitCode> {
    let settings = given.settings()?;
    let seams = Seams::live(&settings)?;
    let stop = Stop::default();
    let work = App::anew(given.places.clone(), settings, seams, tenant, &stop);
    let rebuilt = interruptible(&stop, work).await?;
    let told: Vec<_> = rebuilt.iter().map(|(name, one)| json!({ "tenant": name, "rebuilt": one })).collect();
    given.output.lines(&told, |_| {
        let line = |(name, one): &(String, app::tend::Rebuilt)| {
            format!(
                "{name}: {} chunks in the new index, {} searches tried, {} chunks brought up afterwards\n",
                one.chunks, one.searches, one.late
            )
        };
        let lines: String = rebuilt.iter().map(line).collect();
        format!("{lines}The new index counts; the old one is gone.")
    })?;
    Ok(ExitCode::SUCCESS)
}
