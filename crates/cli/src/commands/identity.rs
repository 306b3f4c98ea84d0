//! `backstory identity`

mod person;
mod proof;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use app::duplicates;
use serde::Serialize;

use super::Given;
use crate::args;

pub(crate) async fn run(given: &Given, args: args::Identity) -> anyhow::Result<ExitCode> {
    match args {
        args::Identity::Duplicates(args) => duplicates(given, args).await,
        args::Identity::Audit(args) => person::audit(given, &args).await,
        args::Identity::Show(args) => person::show(given, &args).await,
        args::Identity::Merge(args) => person::merge(given, &args).await,
        args::Identity::Unmerge(args) => person::unmerge(given, &args).await,
        args::Identity::Export(args) => person::export(given, &args).await,
        args::Identity::Erase(args) => person::erase(given, &args).await,
        args::Identity::Expire(args) => person::expire(given, &args).await,
        args::Identity::Log(args) => person::log(given, &args).await,
        args::Identity::Secret(args) => proof::secret(given, &args).await,
        args::Identity::Jwt(args) => proof::jwt(given, &args).await,
    }
}

/// Two people, or two records, that may be one.
#[derive(Debug, Serialize)]
struct Pair {
    a: String,
    b: String,
    score: f64,
    reasons: Vec<String>,
}

async fn duplicates(given: &Given, args: args::Duplicates) -> anyhow::Result<ExitCode> {
    let pairs = match args.people {
        Some(file) => in_file(&file).await?,
        None => in_store(given, &args.tenant.tenant).await?,
    };
    given.output.lines(&pairs, text)?;
    Ok(ExitCode::SUCCESS)
}

async fn in_file(file: &Path) -> anyhow::Result<Vec<Pair>> {
    let file = file.to_owned();
    let found = tokio::task::spawn_blocking(move || duplicates::in_file(&file));
    let pairs = found.await.context("the comparison broke off")??.pairs.into_iter();
    let pair = |pair: identity::duplicates::Proposed| Pair {
        a: pair.one,
        b: pair.other,
        score: pair.score,
        reasons: pair.reasons,
    };
    Ok(pairs.map(pair).collect())
}

async fn in_store(given: &Given, tenant: &str) -> anyhow::Result<Vec<Pair>> {
    let found = duplicates::in_store(&given.places, &given.settings()?, tenant).await?;
    let pair = |pair: identity::duplicates::Candidate| Pair {
        a: pair.one.to_string(),
        b: pair.other.to_string(),
        score: pair.score,
        reasons: pair.reasons.into_iter().map(|reason| reason.describe().to_owned()).collect(),
    };
    Ok(found.into_iter().map(pair).collect())
}

fn text(pairs: &[Pair]) -> String {
    if pairs.is_empty() {
        return "No two people look like one.".to_owned();
    }
    let mut text = String::new();
    for pair in pairs {
        text.push_str(&format!("{:.3}  {}  {}  {}\n", pair.score, pair.a, pair.b, pair.reasons.join(", ")));
    }
    text.push_str(&format!("\n{} pairs to look at; nothing has been merged.", pairs.len()));
    text
}
