//! `backstory backup` and `backstory restore`

use std::process::ExitCode;

use serde_json::json;

use super::Given;
use crate::args::BackupFile;

pub(crate) async fn backup(given: &Given, args: &BackupFile) -> anyhow::Result<ExitCode> {
    let bytes = app::backup::backup(&given.places, &given.settings()?, &args.file).await?;
    given.output.result(&json!({ "backup": args.file, "bytes": bytes }), |_| {
        format!(
            "Copied {} to {} ({:.1} MB).",
            given.places.data.display(),
            args.file.display(),
            bytes as f64 / 1e6
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn restore(given: &Given, args: &BackupFile) -> anyhow::Result<ExitCode> {
    app::backup::restore(&given.places, &args.file).await?;
    given.output.result(&json!({ "data_dir": given.places.data }), |_| {
        format!("Restored {}. The index is made again by the next command.", given.places.data.display())
    })?;
    Ok(ExitCode::SUCCESS)
}
