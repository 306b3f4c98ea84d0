//! Articles and companies: few enough to be read whole, because their lists tell changes badly.
//!
//! Articles are sorted by the last change of their default language; a translation may change without moving
//! its article. Companies have no search. So both are read whole in every round and compared with what was
//! handed over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connector::{Error, Problem};
use domain::record::{ExternalId, RawAudience, Record};
use domain::text::{hash, hex};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use super::{WARM, Workspace, closed, item};
use crate::client::Failure;
use crate::map::content::{self, Mapped};
use crate::map::people;
use crate::wire::{Article, Company, HelpCenter, InternalArticle, Next, loose};

/// How often a list is read that gave fewer things than it said.
const READINGS: u8 = 3;
const PER_PAGE: &str = "50";
/// Beyond so many, companies can only be scrolled through.
const MOST_LISTED: u64 = 10_000;

/// What is read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Article,
    Internal,
    Company,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Article, Self::Internal, Self::Company];

    /// Returns the name that people know it by, which is the name of the list too.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Article => "articles",
            Self::Internal => "internal_articles",
            Self::Company => "companies",
        }
    }

    /// Returns what is read after it.
    pub(super) fn next(self) -> Option<Self> {
        match self {
            Self::Article => Some(Self::Internal),
            Self::Internal => Some(Self::Company),
            Self::Company => None,
        }
    }
}

/// One thing of a catalogue.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// What the catalogue is sorted by.
    pub(super) key: String,
    /// The bucket in which it is compared with what was handed over.
    pub(super) bucket: String,
    fingerprint: String,
    pub(super) item: Result<Record, Problem>,
}

impl Entry {
    fn new(kind: Kind, item: Result<Record, Problem>) -> Self {
        let name = match &item {
            Ok(record) => super::id_of(record).map_or_else(String::new, |id| id.id),
            Err(problem) => problem.place.clone(),
        };
        let fingerprint = hex(&hash(&[format!("{item:?}").as_bytes()])[..6]);
        let bucket = format!("{}/{}", kind.name(), hex(&hash(&[name.as_bytes()])[..1]));
        Self { key: name, bucket, fingerprint, item }
    }

    pub(super) fn id(&self) -> Option<ExternalId> {
        self.item.as_ref().ok().and_then(super::id_of)
    }
}

/// Returns what each bucket is like. A workspace may have many thousand companies, and the cursor is stored
/// with every page; so it holds 256 sums of a kind, and all of a bucket is handed over when one of it changes.
pub(super) fn sums(entries: &[Entry]) -> BTreeMap<String, String> {
    let mut parts: BTreeMap<&str, Vec<&[u8]>> = BTreeMap::new();
    for entry in entries {
        parts.entry(&entry.bucket).or_default().extend([entry.key.as_bytes(), entry.fingerprint.as_bytes()]);
    }
    parts.into_iter().map(|(bucket, parts)| (bucket.to_owned(), hex(&hash(&parts)[..6]))).collect()
}

impl Workspace {
    /// Returns the catalogue of a kind, sorted by key; `again` lets it be what an earlier page was made of.
    ///
    /// # Errors
    /// The inner one is the problem of a kind that is closed to the token.
    pub(super) async fn catalogue(
        &self,
        kind: Kind,
        again: bool,
    ) -> Result<Result<Arc<Vec<Entry>>, Problem>, Error> {
        let kept = self.warm().catalogue.clone().filter(|_| again);
        if let Some((since, of, entries)) = kept
            && of == kind
            && since.elapsed() < WARM
        {
            return Ok(Ok(entries));
        }
        let entries = match self.read(kind).await {
            Ok(entries) => Arc::new(entries),
            Err(failure) => return closed(kind.name(), failure, kind != Kind::Article).map(Err),
        };
        self.warm().catalogue = Some((Instant::now(), kind, Arc::clone(&entries)));
        Ok(Ok(entries))
    }

    async fn read(&self, kind: Kind) -> Result<Vec<Entry>, Failure> {
        let (values, short) = self.values(kind).await?;
        let audience = match kind {
            Kind::Article if self.is_shut().await? => RawAudience::Internal,
            _ => self.config.article_audience.clone(),
        };
        let mut entries: Vec<Entry> = values
            .into_iter()
            .flat_map(|value| records(kind, value, &audience))
            .chain(short.map(Err))
            .map(|item| Entry::new(kind, item))
            .collect();
        entries.sort_by(|one, other| one.key.cmp(&other.key));
        entries.dedup_by(|one, other| one.key == other.key);
        Ok(entries)
    }

    /// Reads a list until as many different things came as it says there are.
    async fn values(&self, kind: Kind) -> Result<(Vec<Value>, Option<Problem>), Failure> {
        let mut values = Vec::new();
        let mut ids = BTreeSet::new();
        for _ in 0..READINGS {
            let mut take = |value: Value| {
                if ids.insert(value.get("id").and_then(loose::as_id).unwrap_or_else(|| value.to_string())) {
                    values.push(value);
                }
            };
            let total = self.once(kind, &mut take).await?;
            if ids.len() as u64 >= total {
                return Ok((values, None));
            }
        }
        let what = format!("lists {} things and counts more; asked for again in the next round", ids.len());
        Ok((values, Some(Problem::skipped(format!("list of {}", kind.name()), what))))
    }

    /// Reads a list once and returns how many things it counts.
    async fn once(&self, kind: Kind, take: &mut (dyn FnMut(Value) + Send)) -> Result<u64, Failure> {
        let mut page = 1_u64;
        loop {
            let number = page.to_string();
            let query = [("page", number.as_str()), ("per_page", PER_PAGE)];
            let (method, path): (_, &[&str]) = match kind {
                Kind::Company => (Method::POST, &["companies", "list"]),
                kind => (Method::GET, &[kind.name()]),
            };
            let list = self.client.list(method, path, &query, None).await?;
            if kind == Kind::Company && list.total.is_some_and(|total| total > MOST_LISTED) {
                return self.scroll(take).await;
            }
            let total = list.total.unwrap_or(0);
            let is_empty = list.items.is_empty();
            list.items.into_iter().for_each(&mut *take);
            match list.next {
                Next::Number(next) if !is_empty && next > page => page = next,
                // A list with cursors would need them; these lists have numbers, whatever else they say.
                Next::After(_) if !is_empty => page += 1,
                _ => return Ok(total),
            }
        }
    }

    /// Scrolls through all companies. Only one scroll may be open in a workspace at a time.
    async fn scroll(&self, take: &mut (dyn FnMut(Value) + Send)) -> Result<u64, Failure> {
        let mut param: Option<String> = None;
        loop {
            let query: Vec<(&str, &str)> =
                param.iter().map(|param| ("scroll_param", param.as_str())).collect();
            let list = self.client.list(Method::GET, &["companies", "scroll"], &query, None).await?;
            if list.items.is_empty() || list.scroll.is_none() {
                return Ok(0);
            }
            list.items.into_iter().for_each(&mut *take);
            param = list.scroll;
        }
    }

    /// Reports whether every help centre is turned off: then nobody outside can read its articles.
    async fn is_shut(&self) -> Result<bool, Failure> {
        let list = match self.client.list(Method::GET, &["help_center", "help_centers"], &[], None).await {
            Ok(list) => list,
            Err(failure) if failure.is_forbidden() || failure.is_gone() => return Ok(false),
            Err(failure) => return Err(failure),
        };
        let off = |value: &Value| {
            let center: Option<HelpCenter> = loose::as_object(value.clone());
            center.is_some_and(|center| center.website_turned_on == Value::Bool(false))
        };
        Ok(!list.items.is_empty() && list.items.iter().all(off))
    }
}

/// Makes the records of one item of a list.
fn records(kind: Kind, value: Value, audience: &RawAudience) -> Vec<Result<Record, Problem>> {
    let place = value
        .get("id")
        .and_then(loose::as_id)
        .map_or_else(|| kind.name().to_owned(), |id| format!("{}/{id}", kind.name()));
    let document = |mapped: Mapped| match mapped {
        Ok(document) => Ok(Record::Document(document)),
        Err((place, what)) => Err(Problem::skipped(place, what)),
    };
    match kind {
        Kind::Article => match item::<Article>(&place, value) {
            Ok(article) => content::article(&article, audience).into_iter().map(document).collect(),
            Err(problem) => vec![Err(problem)],
        },
        Kind::Internal => {
            vec![
                item::<InternalArticle>(&place, value)
                    .and_then(|article| document(content::internal(&article))),
            ]
        }
        Kind::Company => vec![item::<Company>(&place, value).and_then(|company| {
            people::company(&company).map(Record::Company).map_err(|what| Problem::skipped(place, what))
        })],
    }
}
