//! Somebody's own question set: a corpus that is searched beside everything else and never mixed with it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, bail};
use connector::{Account, Cursor, Listing, Page, Source};
use domain::record::{ExternalId, RawAudience, RawDocument, Record, RecordKind};
use domain::{Language, TenantId, Timestamp, text};
use flate2::read::MultiGzDecoder;
use ingest::pipeline::Run;
use ingest::{Progress, Stop};
use serde::Deserialize;

use crate::App;
use crate::config::{IndexConfig, Places, Settings};
use crate::seams::Seams;

/// An entry of a corpus, as its file states it.
#[derive(Debug, Clone, Deserialize)]
struct Entry {
    id: Id,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    created_at: Option<Timestamp>,
    #[serde(default)]
    known_at: Option<Timestamp>,
    #[serde(default)]
    leads_to: Vec<Id>,
}

/// An id that may be written as a number.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// As text.
    Text(String),
    /// As a number.
    Number(serde_json::Number),
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        match id {
            Id::Text(text) => text,
            Id::Number(number) => number.to_string(),
        }
    }
}

/// Reads JSON Lines, gzip or plain, one value a line; blank lines are skipped.
///
/// # Errors
/// Names the file and the line that cannot be read: a measurement must not silently lose a row.
pub fn read_lines<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let file = File::open(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let plain: Box<dyn Read> = if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut values = Vec::new();
    for (number, line) in BufReader::new(plain).lines().enumerate() {
        let place = || format!("`{}`, line {}", path.display(), number + 1);
        let line = line.with_context(place)?;
        let line = line.trim_start_matches('\u{feff}').trim();
        if !line.is_empty() {
            values.push(serde_json::from_str(line).with_context(place)?);
        }
    }
    Ok(values)
}

/// A corpus in memory, as a source.
#[derive(Debug)]
struct Corpus {
    documents: Vec<RawDocument>,
}

/// Entries on a page.
const PAGE: usize = 1_000;

#[async_trait::async_trait]
impl Source for Corpus {
    async fn check(&self) -> Result<Account, connector::Error> {
        Ok(Account { kind: "corpus", id: "corpus".to_owned(), name: "corpus".to_owned() })
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, connector::Error> {
        let start =
            cursor.and_then(|cursor| cursor.as_str().parse().ok()).unwrap_or(0).min(self.documents.len());
        let end = (start + PAGE).min(self.documents.len());
        Ok(Page {
            records: self.documents[start..end].iter().cloned().map(Record::Document).collect(),
            problems: Vec::new(),
            next: Cursor::new(end.to_string()),
            more: end < self.documents.len(),
        })
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, connector::Error> {
        let mut ids: Vec<ExternalId> = self
            .documents
            .iter()
            .map(|document| ExternalId { kind: RecordKind::Document, id: document.external_id.clone() })
            .filter(|id| after.is_none_or(|after| id > after))
            .collect();
        ids.sort();
        Ok(Listing { ids, more: false, unseen: Vec::new(), notes: Vec::new() })
    }
}

fn document(entry: Entry) -> RawDocument {
    let known_at = entry.known_at.or(entry.created_at).unwrap_or(Timestamp::MIN);
    RawDocument {
        external_id: entry.id.into(),
        title: entry.title.unwrap_or_default(),
        markdown: entry.text.unwrap_or_default(),
        language: entry.language.as_deref().map(Language::from_tag),
        audience: RawAudience::Public,
        created_at: entry.created_at,
        updated_at: Some(known_at),
        leads_to: entry.leads_to.into_iter().map(String::from).collect(),
        ..RawDocument::default()
    }
}

/// Opens a scratch installation that holds the corpus at `path` and nothing else. It lies in the cache, keyed
/// by what is in the corpus and how it is cut and embedded, so that measuring again costs nothing.
///
/// # Errors
/// Names the line that cannot be read, or two entries with one id.
pub async fn open(
    places: &Places,
    settings: &Settings,
    seams: Seams,
    path: &Path,
    progress: &(dyn Fn(Progress) + Sync),
    stop: Stop,
) -> anyhow::Result<(App, TenantId)> {
    let entries: Vec<Entry> = read_lines(path)?;
    if entries.is_empty() {
        bail!("the corpus `{}` is empty", path.display());
    }
    let documents: Vec<RawDocument> = entries.into_iter().map(document).collect();
    let mut ids: Vec<&str> = documents.iter().map(|document| document.external_id.as_str()).collect();
    ids.sort_unstable();
    if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        bail!("the corpus `{}` has two entries with the id `{}`", path.display(), pair[0]);
    }
    let cutting = ingest::chunk::REVISION;
    let described = format!("{documents:?} {:?} {:?} {cutting}", settings.ingest, settings.embedder);
    let key = text::hex(&text::hash(&[described.as_bytes()])[..12]);
    let scratch =
        Places { data: places.cache.join("eval").join(&key), config: None, cache: places.cache.clone() };
    let mut settings = settings.clone();
    settings.store.url = llm::Secret::new("");
    if let IndexConfig::Server(server) = &mut settings.index {
        server.collection = format!("{}-eval-{key}", server.collection);
        server.large_tenants.clear();
    }
    let app = App::build(scratch, settings, seams).await?;
    let tenant = app.tenant("eval").await?;
    let run = Run { tenant, now: app.seams.clock.now(), allow_shrink: true, stop };
    app.ingest.run(&run, &Corpus { documents }, progress).await?;
    Ok((app, tenant))
}
