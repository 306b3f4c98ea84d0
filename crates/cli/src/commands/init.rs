//! `backstory init`

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use app::config;
use serde_json::json;

use super::Given;

pub(crate) async fn run(given: &Given) -> anyhow::Result<ExitCode> {
    let folder = &given.places.data;
    let file = folder.join(config::FILE);
    if file.exists() {
        bail!("there is a configuration `{}` already", file.display());
    }
    tokio::fs::create_dir_all(folder)
        .await
        .with_context(|| format!("`{}` cannot be made", folder.display()))?;
    tokio::fs::write(&file, config::DEFAULT)
        .await
        .with_context(|| format!("`{}` cannot be written", file.display()))?;
    given.output.result(&json!({ "data_dir": folder, "config": file }), |_| {
        format!(
            "Made {}.\nEvery setting is in it, with its default and a comment.\n\nNext:\n  backstory models pull        gets the embedding model, once per machine\n  backstory ingest PATH        reads articles and past conversations",
            file.display()
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
