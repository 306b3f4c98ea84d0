//! `backstory models`

use std::process::ExitCode;

use app::llm::models::{self, Progress, Sources};
use serde_json::json;

use super::Given;
use crate::args::Models;

pub(crate) async fn run(given: &Given, args: Models) -> anyhow::Result<ExitCode> {
    match args {
        Models::Pull(args) => {
            let sources = args.from.map_or_else(Sources::public, Sources::folder);
            let say = |progress: Progress| {
                if let Some(line) = line(&progress) {
                    given.output.say(&line);
                }
            };
            let path = models::pull(&given.places.cache, &sources, &say).await?;
            given
                .output
                .result(&json!({ "model": path }), |_| format!("The model is in {}.", path.display()))?;
        }
        Models::List => {
            let installed = models::list(&given.places.cache)?;
            let rows: Vec<_> = installed
                .iter()
                .map(|one| match &one.state {
                    Ok(model) => json!({ "name": one.name, "path": one.path, "state": "ok", "dimensions": model.dimensions, "checksum": model.checksum }),
                    Err(error) => json!({ "name": one.name, "path": one.path, "state": "broken", "why": error.to_string() }),
                })
                .collect();
            given.output.result(&rows, |rows| {
                if rows.is_empty() {
                    return format!(
                        "No model in {}. `backstory models pull` gets one.",
                        given.places.cache.display()
                    );
                }
                installed
                    .iter()
                    .map(|one| match &one.state {
                        Ok(model) => {
                            format!("{}  {} dimensions  {}\n", one.name, model.dimensions, one.path.display())
                        }
                        Err(error) => format!("{}  BROKEN: {error}\n", one.name),
                    })
                    .collect()
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(progress: &Progress) -> Option<String> {
    match progress {
        Progress::Present => Some("The model is here already.".to_owned()),
        Progress::Asking { source } => Some(format!("Asking {source} …")),
        Progress::Failed { source, why } => Some(format!("{source} did not give it: {why}")),
        Progress::Preparing => {
            Some("Installing what builds the model (about 100 MB, removed afterwards) …".to_owned())
        }
        Progress::Building => Some("Building the model …".to_owned()),
        _ => None,
    }
}
