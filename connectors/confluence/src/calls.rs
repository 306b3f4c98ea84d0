//! What is asked of Confluence, in the words of Cloud or of Data Center.

mod permissions;
mod presence;

use std::collections::{BTreeMap, BTreeSet};

use connector::{Error, Problem};
use serde_json::{Value, json};

use crate::catalogue::{Entry, Kind};
use crate::client::{Client, Failure, Place};
use crate::config::Config;
use crate::wire::{id, literal, moment, number, restricted, results, text};
pub(crate) use presence::Presence;

/// What is shown of a thing beyond its name.
const ABOUT: &str = "version,space,history,ancestors,metadata.labels,\
    restrictions.read.restrictions.user,restrictions.read.restrictions.group";
/// What is shown of attachments.
const ABOUT_FILES: &str = "version,space,history,container,extensions,metadata";
/// What is shown of comments.
const ABOUT_COMMENTS: &str = "version,space,container,body.storage";
/// How many things are asked for by id at once: addresses must not become too long.
const AT_ONCE: usize = 100;
/// A list that has more pages than this never ends.
const ENDLESS: usize = 100_000;
/// How many names are asked for one by one.
const MOST_NAMES: usize = 50;

/// A space that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Space {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) name: String,
}

/// A comment, with the page it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) id: String,
    pub(crate) page: String,
    pub(crate) version: u64,
    pub(crate) storage: String,
}

impl Client {
    /// Proves who we are. On Data Center a dead token is taken for nobody's, who may see a part of the site.
    pub(crate) async fn prove(&self) -> Result<(), Error> {
        let me = self.get(Place::Path(&["rest", "api", "user", "current"], &[])).await?;
        if me["type"].as_str() == Some("known") {
            return Ok(());
        }
        Err(Error::FixCredentials {
            what: "Confluence takes us for nobody: the key is expired or wrong; make a new one".to_owned(),
        })
    }

    /// Reads a list to its end.
    async fn all(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Vec<Value>, Failure> {
        let mut answer = self.get(Place::Path(path, query)).await?;
        let mut items = Vec::new();
        let mut met = BTreeSet::new();
        for _ in 0..ENDLESS {
            let (found, next) = results(&answer);
            items.extend_from_slice(found);
            let Some(next) = next.map(str::to_owned) else { return Ok(items) };
            if !met.insert(next.clone()) {
                break;
            }
            answer = self.get(Place::Next(&next)).await?;
        }
        Err(Failure::unreadable("GET", "goes round in a list"))
    }

    pub(crate) async fn search(&self, cql: &str, expand: &str, limit: &str) -> Result<Vec<Value>, Failure> {
        let query = [("cql", cql), ("expand", expand), ("limit", limit)];
        self.all(&["rest", "api", "content", "search"], &query).await
    }

    /// Returns how many things a search finds.
    pub(crate) async fn count(&self, cql: &str) -> Result<Option<u64>, Failure> {
        let query = [("cql", cql), ("limit", "1")];
        let answer = self.get(Place::Path(&["rest", "api", "search"], &query)).await?;
        Ok(number(&answer["totalSize"]))
    }

    /// Returns the chosen spaces, and a problem for each that was named and is not there for us.
    pub(crate) async fn spaces(&self, config: &Config) -> Result<(Vec<Space>, Vec<Problem>), Failure> {
        let named: Vec<&str> =
            config.spaces.iter().map(|key| key.trim()).filter(|key| !key.is_empty()).collect();
        let is_exact = named.iter().all(|key| !key.contains('*')) && named.len() <= AT_ONCE;
        let keys = named.join(",");
        let mut query = vec![("limit", if self.is_cloud { "250" } else { "100" }), ("status", "current")];
        if is_exact && self.is_cloud {
            query.push(("keys", &keys));
        } else if is_exact {
            query.extend(named.iter().map(|key| ("spaceKey", *key)));
        }
        let path: &[&str] = if self.is_cloud { &["api", "v2", "spaces"] } else { &["rest", "api", "space"] };
        let mut found = self.all(path, &query).await?;
        if found.is_empty() {
            // A list that comes back empty for once must not look like a site where nothing is chosen.
            found = self.all(path, &query).await?;
        }
        let mut spaces: Vec<Space> = found
            .iter()
            .filter_map(|space| {
                let key = text(&space["key"])?;
                let name = text(&space["name"]).unwrap_or_else(|| key.clone());
                Some(Space { id: id(&space["id"]).unwrap_or_else(|| key.clone()), key, name })
            })
            .filter(|space| config.chooses(&space.key))
            .collect();
        spaces.sort_by(|a, b| a.key.cmp(&b.key));
        spaces.dedup_by(|a, b| a.key == b.key);
        let is_there = |key: &str| spaces.iter().any(|space| space.key.eq_ignore_ascii_case(key));
        let missing = named.iter().filter(|key| !key.contains('*') && !is_there(key));
        let what = "is not there, or the key may not see it";
        let missing = missing.map(|key| Problem::skipped(format!("space {key}"), what)).collect();
        Ok((spaces, missing))
    }

    /// Returns what lies in a space: the places and versions of pages or blog posts. What has no id or version
    /// is a problem.
    pub(crate) async fn contents(
        &self,
        space: &Space,
        kind: Kind,
    ) -> Result<(Vec<Entry>, Vec<Problem>), Failure> {
        let items = if self.is_cloud {
            let query = [("space-id", space.id.as_str()), ("status", "current"), ("limit", "250")];
            self.all(&["api", "v2", kind.v2()], &query).await?
        } else {
            let query = [
                ("spaceKey", space.key.as_str()),
                ("type", kind.name()),
                ("status", "current"),
                ("expand", ABOUT),
                ("start", "0"),
                ("limit", "100"),
            ];
            self.all(&["rest", "api", "content"], &query).await?
        };
        let (mut entries, mut problems) = (Vec::new(), Vec::new());
        for (place, item) in items.iter().enumerate() {
            match self.entry(item, Some(space)) {
                Some(entry) => entries.push(entry),
                None => {
                    let place =
                        id(&item["id"]).unwrap_or_else(|| format!("space {}, item {place}", space.key));
                    problems.push(Problem::skipped(place, "has no id or no version"));
                }
            }
        }
        Ok((entries, problems))
    }

    /// Reads a page, blog post or attachment in whatever form it comes.
    fn entry(&self, item: &Value, space: Option<&Space>) -> Option<Entry> {
        let version = &item["version"];
        let kind = match item["type"].as_str() {
            Some("blogpost") => Kind::BlogPost,
            Some("attachment") => Kind::Attachment,
            _ if item["parentId"].is_null()
                && item["_links"]["webui"].as_str().is_some_and(|it| it.contains("/blog/")) =>
            {
                Kind::BlogPost
            }
            _ => Kind::Page,
        };
        let ancestors = item["ancestors"].as_array();
        let labels = item["metadata"]["labels"]["results"].as_array();
        let extensions = &item["extensions"];
        Some(Entry {
            id: id(&item["id"])?,
            kind,
            space: text(&item["space"]["key"])
                .or_else(|| space.map(|space| space.key.clone()))
                .unwrap_or_default(),
            title: text(&item["title"]).unwrap_or_default(),
            version: number(&version["number"])?,
            created: moment(&item["createdAt"]).or_else(|| moment(&item["history"]["createdDate"])),
            modified: moment(&version["createdAt"]).or_else(|| moment(&version["when"])),
            parent: id(&item["parentId"])
                .map(|id| (id, text(&item["parentType"]).unwrap_or_else(|| "page".into()))),
            ancestors: ancestors.into_iter().flatten().filter_map(|above| id(&above["id"])).collect(),
            titles: ancestors
                .into_iter()
                .flatten()
                .filter_map(|above| Some((id(&above["id"])?, text(&above["title"])?)))
                .collect(),
            has_ancestors: ancestors.is_some(),
            labels: labels.into_iter().flatten().filter_map(|label| text(&label["name"])).collect(),
            has_labels: labels.is_some(),
            restricted: restricted(&item["restrictions"]["read"]),
            webui: text(&item["_links"]["webui"]),
            container: id(&item["container"]["id"]),
            media_type: text(&extensions["mediaType"])
                .or_else(|| text(&item["metadata"]["mediaType"]))
                .unwrap_or_default(),
            size: number(&extensions["fileSize"]),
            download: text(&item["_links"]["download"]),
        })
    }

    /// Returns what a search says about pages, blog posts and attachments.
    pub(crate) async fn found(&self, cql: &str) -> Result<Vec<Entry>, Failure> {
        let items = self.search(cql, ABOUT, "100").await?;
        Ok(items.iter().filter_map(|item| self.entry(item, None)).collect())
    }

    pub(crate) async fn files(&self, cql: &str) -> Result<Vec<Entry>, Failure> {
        let items = self.search(cql, ABOUT_FILES, "100").await?;
        Ok(items
            .iter()
            .filter_map(|item| self.entry(item, None))
            .filter(|entry| entry.kind == Kind::Attachment)
            .collect())
    }

    pub(crate) async fn comments(&self, cql: &str) -> Result<Vec<Comment>, Failure> {
        let items = self.search(cql, ABOUT_COMMENTS, "100").await?;
        let comments = items.iter().filter_map(|item| {
            Some(Comment {
                id: id(&item["id"])?,
                page: id(&item["container"]["id"])?,
                version: number(&item["version"]["number"]).unwrap_or(1),
                storage: text(&item["body"]["storage"]["value"]).unwrap_or_default(),
            })
        });
        Ok(comments.collect())
    }

    /// Returns entries by their ids, with their bodies when wanted, as they are and not as a search saw them.
    pub(crate) async fn by_ids(
        &self,
        ids: &[String],
        kind: Kind,
        bodies: bool,
    ) -> Result<Vec<(Entry, String, Option<String>)>, Failure> {
        let mut found = Vec::new();
        if self.is_cloud {
            for ids in ids.chunks(250) {
                let ids = ids.join(",");
                let mut query = vec![("id", ids.as_str()), ("status", "current"), ("limit", "250")];
                if bodies {
                    query.push(("body-format", "storage"));
                }
                found.extend(self.all(&["api", "v2", kind.v2()], &query).await?);
            }
        } else {
            let expand = format!("{ABOUT}{}", if bodies { ",body.storage" } else { "" });
            for ids in ids.chunks(25) {
                let cql = format!("id in ({})", ids.join(","));
                found.extend(self.search(&cql, &expand, "25").await?);
            }
            // A search knows the newest things late.
            let known: BTreeSet<String> = found.iter().filter_map(|item| id(&item["id"])).collect();
            for missing in ids.iter().filter(|id| !known.contains(*id)) {
                match self
                    .get(Place::Path(&["rest", "api", "content", missing], &[("expand", &expand)]))
                    .await
                {
                    Ok(item) => found.push(item),
                    Err(failure) if failure.is_gone() || failure.is_forbidden() => {}
                    Err(failure) => return Err(failure),
                }
            }
        }
        Ok(found.iter().filter_map(|item| self.current(item)).collect())
    }

    /// Reads an entry, the id or key of its space and its body, unless it lies in the trash or aside.
    fn current(&self, item: &Value) -> Option<(Entry, String, Option<String>)> {
        if item["status"].as_str().is_some_and(|status| status != "current") {
            return None;
        }
        let entry = self.entry(item, None)?;
        let space = id(&item["spaceId"]).unwrap_or_else(|| entry.space.clone());
        Some((entry, space, text(&item["body"]["storage"]["value"])))
    }

    /// Asks for one thing of Cloud by its id, with its body when wanted; nothing when it is not there for us.
    pub(crate) async fn one(
        &self,
        id: &str,
        kind: Kind,
        body: bool,
    ) -> Result<Option<(Entry, String, Option<String>)>, Failure> {
        let wanted: &[(&str, &str)] = if body { &[("body-format", "storage")] } else { &[] };
        match self.get(Place::Path(&["api", "v2", kind.v2(), id], wanted)).await {
            Ok(item) => Ok(self.current(&item)),
            Err(failure) if failure.is_gone() || failure.is_forbidden() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Reports whether reading a thing is restricted; nothing when that cannot be found out.
    pub(crate) async fn restriction(&self, id: &str) -> Result<Option<bool>, Failure> {
        let path = ["rest", "api", "content", id, "restriction", "byOperation", "read"];
        match self.get(Place::Path(&path, &[("expand", "restrictions.user,restrictions.group")])).await {
            Ok(answer) => Ok(restricted(&answer)),
            Err(failure) if failure.is_refused() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    pub(crate) async fn labels(&self, entry: &Entry) -> Result<Vec<String>, Failure> {
        let found = if self.is_cloud {
            self.all(&["api", "v2", entry.kind.v2(), &entry.id, "labels"], &[("limit", "250")]).await
        } else {
            self.all(&["rest", "api", "content", &entry.id, "label"], &[("limit", "200")]).await
        };
        match found {
            Ok(labels) => Ok(labels.iter().filter_map(|label| text(&label["name"])).collect()),
            Err(failure) if failure.is_gone() => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }

    /// Returns the title and the parent of a folder, whiteboard or the like.
    pub(crate) async fn holder(
        &self,
        id_: &str,
        kind: &str,
    ) -> Result<Option<(String, Option<(String, String)>)>, Failure> {
        let kind = format!("{}s", kind.chars().filter(char::is_ascii_alphabetic).collect::<String>());
        match self.get(Place::Path(&["api", "v2", &kind, id_], &[])).await {
            Ok(item) => {
                let parent = id(&item["parentId"])
                    .map(|id| (id, text(&item["parentType"]).unwrap_or_else(|| "page".into())));
                Ok(Some((text(&item["title"]).unwrap_or_default(), parent)))
            }
            Err(failure) if failure.is_refused() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Returns the names of people; who is not known has none.
    pub(crate) async fn names(&self, people: &BTreeSet<String>) -> Result<BTreeMap<String, String>, Failure> {
        let mut names = BTreeMap::new();
        let people: Vec<&String> = people.iter().collect();
        if self.is_cloud {
            for people in people.chunks(AT_ONCE) {
                let answer =
                    match self.post(&["api", "v2", "users-bulk"], &json!({ "accountIds": people })).await {
                        Ok(answer) => answer,
                        Err(failure) if failure.is_refused() => return Ok(names),
                        Err(failure) => return Err(failure),
                    };
                let found = results(&answer).0.iter();
                names.extend(found.filter_map(|user| {
                    let name = text(&user["publicName"]).or_else(|| text(&user["displayName"]));
                    Some((id(&user["accountId"])?, name.filter(|name| !name.trim().is_empty())?))
                }));
            }
            return Ok(names);
        }
        for person in people.into_iter().take(MOST_NAMES) {
            match self.get(Place::Path(&["rest", "api", "user"], &[("key", person)])).await {
                Ok(user) => names.extend(text(&user["displayName"]).map(|name| (person.clone(), name))),
                Err(failure) if failure.is_refused() => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(names)
    }

    /// Fetches an attachment.
    pub(crate) async fn download(&self, file: &Entry, most: u64) -> Result<Vec<u8>, Failure> {
        if let (true, Some(page)) = (self.is_cloud, &file.container) {
            let path = ["rest", "api", "content", page, "child", "attachment", &file.id, "download"];
            return self.file(Place::Path(&path, &[]), most).await;
        }
        let download = file.download.as_deref().ok_or_else(|| Failure::unreadable("GET", "names no file"))?;
        self.file(Place::Next(download), most).await
    }

    /// Finds pages by space and title.
    pub(crate) async fn titled(&self, space: &str, title: &str) -> Result<Vec<Entry>, Failure> {
        let cql = format!("space = {} and title = {} and type = page", literal(space), literal(title));
        let found = self.found(&cql).await?;
        Ok(found.into_iter().filter(|entry| entry.title == title).collect())
    }
}
