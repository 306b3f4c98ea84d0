//! What is configured, what is missing, and how to mend it.

use std::path::Path;

use domain::TenantId;
use index::{Index, Manifest};
use llm::Reranker as _;
use llm::rerank::Info;
use llm::rerank::local::Local;
use serde::Serialize;
use store::Store;
use store::live::ChannelAccount;

use crate::config::{DrafterConfig, DrafterKind, IndexConfig, Places, ProvidersConfig, Settings, is_here};
use crate::drafters::WARN_SHARE;
use crate::seams::{Clock as _, SystemClock};

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// Works, but somebody should know.
    Notice,
    /// Does not work.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// How it is.
    pub state: State,
    /// What was seen.
    pub seen: String,
    /// How to mend it, where there is something to mend.
    pub mend: Option<String>,
}

fn ok(what: &str, seen: impl Into<String>) -> Finding {
    Finding { what: what.to_owned(), state: State::Ok, seen: seen.into(), mend: None }
}

fn bad(what: &str, state: State, seen: impl Into<String>, mend: &str) -> Finding {
    Finding { what: what.to_owned(), state, seen: seen.into(), mend: Some(mend.to_owned()) }
}

/// Looks at everything; never fails, whatever is broken.
pub async fn examine(places: &Places) -> Vec<Finding> {
    let mut findings = vec![ok("data folder", shown(&places.data)), ok("cache folder", shown(&places.cache))];
    findings.push(match &places.config {
        Some(path) => ok("configuration", path.display().to_string()),
        None => ok("configuration", "none, so the defaults count; `backstory init` writes a commented file"),
    });
    let settings = match Settings::load(places) {
        Ok(settings) => settings,
        Err(error) => {
            findings.push(bad(
                "settings",
                State::Broken,
                format!("{error:#}"),
                "correct the configuration file",
            ));
            return findings;
        }
    };
    findings.push(model(places, &settings));
    findings.extend(embedder_goes_out(&settings));
    findings.extend(index(places, &settings).await);
    findings.extend(reranker(&settings));
    findings.push(drafter("drafter", &settings, settings.drafter_of_all()));
    findings.extend(database(places, &settings).await);
    findings
}

fn shown(path: &Path) -> String {
    if path.is_dir() { path.display().to_string() } else { format!("{} (not there yet)", path.display()) }
}

fn model(places: &Places, settings: &Settings) -> Finding {
    match llm::build(&settings.embedder, &places.cache) {
        Ok(embedder) => {
            let model = embedder.model();
            ok("embedding model", format!("{}, {} dimensions", model.name, model.dimensions))
        }
        Err(error) => bad("embedding model", State::Broken, error.to_string(), "backstory models pull"),
    }
}

/// Says how the index on a server is, where that is configured.
async fn index(places: &Places, settings: &Settings) -> Option<Finding> {
    let IndexConfig::Server(server) = &settings.index else { return None };
    let embedder = llm::build(&settings.embedder, &places.cache).ok()?;
    let model = embedder.model();
    let manifest = Manifest { model: model.checksum.clone(), dimensions: model.dimensions };
    let seen = format!("collection `{}` of `{}`", server.collection, server.url);
    Some(match Index::examine(server, &manifest).await {
        Ok(()) => ok("index", seen),
        Err(error) if error.is_broken() => {
            let mend = "backstory serve, or any command that reads something in, makes it";
            bad("index", State::Notice, format!("{seen} is not there yet"), mend)
        }
        Err(error) => bad("index", State::Broken, error.to_string(), "see docs/operations/qdrant.md"),
    })
}

/// Says where the embedder sends texts, unless that is agreed.
fn embedder_goes_out(settings: &Settings) -> Option<Finding> {
    let llm::Config::Openai(config) = &settings.embedder else { return None };
    let host = llm::completion::host(&config.base_url)?;
    let is_known = is_here(&host) || settings.providers.find(&host).is_some();
    let seen = format!("all texts are sent to `{host}`");
    let mend = "once you know where it works and for how long it keeps texts, list it in `providers.allowed`";
    (!is_known).then(|| bad("embedding model", State::Notice, seen, mend))
}

/// Says what puts evidence in order, and where texts go for that; or why a model on this machine cannot.
fn reranker(settings: &Settings) -> Option<Finding> {
    use llm::rerank::Config;
    let (model, most, at) = match &settings.reranker {
        Config::Off => return None,
        Config::Local(folder) => match Local::open(folder) {
            Ok(local) => {
                let Info { model, most, .. } = local.info().clone();
                (model, most, format!("in `{}`, this machine", folder.folder.display()))
            }
            Err(error) => {
                let mend =
                    "mend that folder, name another in `reranker.folder`, or set `reranker.kind` to \"off\"";
                return Some(bad("reranker", State::Broken, error.to_string(), mend));
            }
        },
        Config::Remote(server) => {
            let at = at(&server.host().unwrap_or_default(), &settings.providers);
            (server.model.clone(), server.candidates, format!("at {at}"))
        }
    };
    Some(ok("reranker", format!("`{model}` {at}, is sent questions with up to {most} texts each")))
}

/// Returns a host with what is agreed with it.
fn at(host: &str, providers: &ProvidersConfig) -> String {
    match providers.find(host) {
        Some(agreed) => {
            format!("{host}, {}, keeps texts {} days", agreed.region, agreed.retention_days)
        }
        None => format!("{host}, this machine"),
    }
}

/// Says who composes drafts, and where texts go for that.
fn drafter(
    what: &str,
    settings: &Settings,
    (drafter, providers): (&DrafterConfig, &ProvidersConfig),
) -> Finding {
    if drafter.kind == DrafterKind::Extractive {
        return ok(what, "extractive: sentences of the evidence, for which nothing leaves this machine");
    }
    let models = drafter.models.iter().filter_map(|name| settings.models.get_key_value(name));
    let mut seen: Vec<String> = models
        .map(|(name, model)| {
            let agreed = at(&model.host().unwrap_or_default(), providers);
            format!("`{name}` ({} {} at {agreed})", model.provider, model.model)
        })
        .collect();
    seen.push("extractive".to_owned());
    let cap = match drafter.monthly_cap {
        0.0 => "no monthly cap".to_owned(),
        cap => format!("at most {cap} a month"),
    };
    ok(what, format!("{}; {cap}", seen.join(", then ")))
}

async fn database(places: &Places, settings: &Settings) -> Vec<Finding> {
    let in_folder = settings.store.url.reveal().is_empty();
    if in_folder && !places.data.join("store.sqlite").is_file() {
        return vec![bad("database", State::Notice, "nothing is stored yet", "backstory ingest PATH")];
    }
    let store = match Store::open(&places.store_url(settings)).await {
        Ok(store) => store,
        Err(error) => {
            let mend = "correct `store.url`, or restore a backup with `backstory restore FILE`";
            return vec![bad("database", State::Broken, error.to_string(), mend)];
        }
    };
    let mut findings = match store.check_integrity().await {
        Ok(damage) if damage.is_empty() => vec![ok("database", format!("{:?}, whole", store.backend()))],
        Ok(damage) => {
            vec![bad(
                "database",
                State::Broken,
                damage.join("; "),
                "restore a backup with `backstory restore FILE`",
            )]
        }
        Err(error) => vec![bad("database", State::Broken, error.to_string(), "restore a backup")],
    };
    for account in store.list_channel_accounts().await.unwrap_or_default() {
        findings.push(connected(&account));
    }
    for tenant in store.list_all_tenants().await.unwrap_or_default() {
        if let Some(since) = tenant.removing_at {
            let (what, mend) =
                (format!("tenant `{}`", tenant.name), format!("backstory tenants remove {}", tenant.name));
            findings.push(bad(&what, State::Notice, format!("is being removed since {since}"), &mend));
            continue;
        }
        findings.extend(contents(&store, tenant.id, &tenant.name).await);
        findings.extend(spending(&store, settings, (tenant.id, &tenant.name)).await);
    }
    store.close().await;
    findings
}

/// Says what a tenant's models cost this month, and who drafts for it where that is its own choice.
async fn spending(store: &Store, settings: &Settings, (id, name): (TenantId, &str)) -> Vec<Finding> {
    let what = format!("models of `{name}`");
    let own = (settings.drafter_of(id), settings.providers_of(id));
    let mut findings = Vec::new();
    if own != settings.drafter_of_all() {
        findings.push(drafter(&what, settings, own));
    }
    let used = store.list_spending(id, SystemClock.now()).await.unwrap_or_default();
    if used.is_empty() {
        return findings;
    }
    let calls: u64 = used.iter().map(|one| one.calls).sum();
    let micros: u64 = used.iter().map(|one| one.cost_micros).sum();
    let seen = format!("{calls} calls this month, {:.2} spent", micros as f64 / 1e6);
    let raise = "raise `drafter.monthly_cap`, or wait for the next month";
    findings.push(match own.0.cap_micros() {
        Some(cap) if micros >= cap => {
            bad(&what, State::Notice, format!("{seen}: the cap is reached, drafts are extractive"), raise)
        }
        Some(cap) if micros as f64 >= cap as f64 * WARN_SHARE => {
            bad(&what, State::Notice, format!("{seen}: {} % of the cap", micros * 100 / cap), raise)
        }
        _ => ok(&what, seen),
    });
    findings
}

fn connected(account: &ChannelAccount) -> Finding {
    let what = format!("{} `{}`", account.channel, account.account);
    match account.refused_at {
        None => ok(
            &what,
            format!("connected since {}, asked for changes until {}", account.added_at, account.polled_to),
        ),
        Some(since) => bad(
            &what,
            State::Broken,
            format!("refuses our key since {since}; its conversations wait"),
            "connect it again with `backstory connect intercom --token-file FILE`, also when it has moved to another region",
        ),
    }
}

async fn contents(store: &Store, tenant: TenantId, name: &str) -> Vec<Finding> {
    let what = format!("tenant `{name}`");
    let counts = match store.counts(tenant).await {
        Ok(counts) => counts,
        Err(error) => return vec![bad(&what, State::Broken, error.to_string(), "restore a backup")],
    };
    let mut findings = vec![ok(
        &what,
        format!(
            "{} articles, {} conversations, {} learned answers, {} chunks, {} identities",
            counts.articles, counts.conversations, counts.learned_answers, counts.chunks, counts.subjects
        ),
    )];
    if counts.outbox > 0 {
        let seen = format!("{} chunks wait for the index", counts.outbox);
        findings.push(bad(&what, State::Notice, seen, "any command that opens the folder goes on with it"));
    }
    if counts.dead_jobs > 0 {
        findings.push(bad(
            &what,
            State::Notice,
            format!("{} jobs were given up", counts.dead_jobs),
            "an owner sees and retries them at `/api/v1/dead-letters`",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn looked_at(reranker: serde_json::Value) -> Option<Finding> {
        let mut settings = Settings::default_settings().unwrap();
        settings.reranker = serde_json::from_value(reranker).unwrap();
        super::reranker(&settings)
    }

    #[test]
    fn a_reranker_is_shown_with_where_texts_go_and_a_folder_that_is_none_is_broken() {
        assert_eq!(looked_at(json!({"kind": "off"})), None);
        let server = json!({"kind": "remote", "url": "http://localhost:1/rerank", "model": "m"});
        let seen = looked_at(server).unwrap().seen;
        assert_eq!(seen, "`m` at localhost, this machine, is sent questions with up to 20 texts each");
        let found = looked_at(json!({"kind": "local", "folder": "/nowhere/rank"})).unwrap();
        assert_eq!(found.state, State::Broken);
        assert!(
            found.seen.contains("`/nowhere/rank`") && found.seen.contains("`tokenizer.json`"),
            "{found:?}"
        );
        assert!(found.mend.unwrap().contains("`reranker.folder`"));
    }
}
