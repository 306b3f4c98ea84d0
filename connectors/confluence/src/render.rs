//! Entries as documents: bodies fetched in few calls, then turned into Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connector::{Error, Problem, extract};
use domain::record::{RawAudience, RawDocument};

use crate::catalogue::{Catalogue, Entry, Kind};
use crate::client::Failure;
use crate::config::Hosting;
use crate::source::Site;
use crate::storage::{Anchors, Around, Included, Named, markdown, needs, page};

/// Pages inside of pages are fetched to this depth.
const DEEPEST: usize = 8;
/// No more pages than this are fetched to be shown inside of others, for one page of records.
const MOST_INCLUDED: usize = 300;

/// What became of entries.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) documents: Vec<RawDocument>,
    /// Ids of what is not to be read.
    pub(crate) left_out: Vec<String>,
    pub(crate) problems: Vec<Problem>,
    /// Ids of what was not there when its text was asked for.
    pub(crate) again: Vec<String>,
    /// Which pages each page shows inside.
    pub(crate) includes: Vec<(String, BTreeSet<String>)>,
}

/// A page, and who may see it.
type Decided = (Entry, Option<RawAudience>);

/// A page that others show inside.
struct Shown {
    entry: Entry,
    audience: Option<RawAudience>,
    storage: String,
}

impl Site {
    pub(crate) async fn render(&self, catalogue: &Catalogue, entries: &[&Entry]) -> Result<Rendered, Error> {
        let mut rendered = Rendered::default();
        let mut kept: Vec<(&Entry, RawAudience)> = Vec::new();
        for entry in entries {
            match catalogue.decision(&self.config, entry).audience {
                Some(audience) => kept.push((entry, audience)),
                None => rendered.left_out.push(entry.id.clone()),
            }
        }
        let bodies = self.bodies(&kept).await?;
        let shown = self.shown(catalogue, &kept, &bodies).await?;
        let names = self.names(catalogue, &kept, &bodies, &shown).await?;
        let links = Arc::new(self.links(catalogue));
        for (entry, audience) in kept {
            if entry.kind == Kind::Attachment {
                self.attachment(catalogue, entry, audience, &mut rendered).await?;
                continue;
            }
            let Some(storage) = bodies.get(&entry.id) else {
                self.name_alone(entry, entry, audience, &mut rendered);
                continue;
            };
            let is_internal = audience == RawAudience::Internal;
            let mut around = Around {
                base: self.base.clone(),
                space: entry.space.clone(),
                page: entry.id.clone(),
                names: is_internal.then(|| names.clone()),
                links: Arc::clone(&links),
                included: BTreeMap::new(),
            };
            let includes = include(&mut around, storage, &audience, &shown);
            rendered.includes.push((entry.id.clone(), includes));
            let text = self.text(catalogue, entry, &audience, storage, &around);
            rendered.documents.push(self.document(entry, entry, audience, text));
        }
        Ok(rendered)
    }

    /// Writes a page: where it lies, what it says, and its comments where they are read.
    fn text(
        &self,
        catalogue: &Catalogue,
        entry: &Entry,
        audience: &RawAudience,
        storage: &str,
        around: &Around,
    ) -> String {
        let mut parts = Vec::new();
        let path = catalogue.heading_path(&self.config, entry, audience);
        if !path.is_empty() {
            parts.push(path.iter().map(|title| title.replace('\n', " ")).collect::<Vec<_>>().join(" › "));
        }
        let anchors = match self.config.hosting {
            Hosting::Cloud { .. } => Anchors::Words,
            Hosting::DataCenter { .. } => Anchors::TitleAndWords(entry.title.clone()),
        };
        parts.push(page(storage, around, &self.url(entry), anchors));
        if let Some(comments) = catalogue.comments.get(&entry.id) {
            let comments: Vec<String> =
                comments.iter().map(|comment| markdown(&comment.storage, around)).collect();
            let comments: Vec<String> = comments.into_iter().filter(|text| !text.is_empty()).collect();
            if !comments.is_empty() {
                parts.push(format!("## Comments\n\n{}", comments.join("\n\n---\n\n")));
            }
        }
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }

    fn document(&self, entry: &Entry, page: &Entry, audience: RawAudience, markdown: String) -> RawDocument {
        RawDocument {
            external_id: entry.id.clone(),
            title: entry.title.clone(),
            markdown,
            url: Some(self.url(page)),
            audience,
            created_at: entry.created,
            updated_at: entry.modified,
            ..RawDocument::default()
        }
    }

    /// Notes that a text was not there, to be asked for again. It may be gone, and then the listing says so; until then
    /// the audience of today counts, and where that is not everybody, the text that is held may have had a wider one.
    fn name_alone(&self, entry: &Entry, page: &Entry, audience: RawAudience, rendered: &mut Rendered) {
        rendered.again.push(entry.id.clone());
        if audience != RawAudience::Public {
            rendered.documents.push(self.document(entry, page, audience, String::new()));
        }
    }

    /// Returns where a person can read a page.
    fn url(&self, page: &Entry) -> String {
        match &page.webui {
            Some(webui) if webui.starts_with("http") => webui.clone(),
            Some(webui) => format!("{}/{}", self.base, webui.trim_start_matches('/')),
            None => format!("{}/pages/viewpage.action?pageId={}", self.base, page.id),
        }
    }

    /// Returns what pages say. On Cloud one that lists leave out twice is asked for alone, since lists may be empty by a
    /// fault; one that is still missing is gone or hidden.
    async fn bodies(&self, kept: &[(&Entry, RawAudience)]) -> Result<BTreeMap<String, String>, Failure> {
        let mut bodies = BTreeMap::new();
        for kind in [Kind::Page, Kind::BlogPost] {
            let mut ids: Vec<String> = kept
                .iter()
                .filter(|(entry, _)| entry.kind == kind)
                .map(|(entry, _)| entry.id.clone())
                .collect();
            // What an answer leaves out is asked for once more.
            for _ in 0..2 {
                if ids.is_empty() {
                    break;
                }
                let found = self.client.by_ids(&ids, kind, true).await?;
                bodies.extend(found.into_iter().map(|(entry, _, body)| (entry.id, body.unwrap_or_default())));
                ids.retain(|id| !bodies.contains_key(id));
            }
            if !matches!(self.config.hosting, Hosting::Cloud { .. }) {
                continue;
            }
            for id in ids {
                if let Some((entry, _, Some(body))) = self.client.one(&id, kind, true).await? {
                    bodies.insert(entry.id, body);
                }
            }
        }
        Ok(bodies)
    }

    /// Fetches what pages show inside, and what that shows inside.
    async fn shown(
        &self,
        catalogue: &Catalogue,
        kept: &[(&Entry, RawAudience)],
        bodies: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<Named, Option<Shown>>, Error> {
        let mut shown: BTreeMap<Named, Option<Shown>> = BTreeMap::new();
        let mut wanted: BTreeSet<Named> = BTreeSet::new();
        for (entry, _) in kept {
            wanted.extend(
                bodies.get(&entry.id).map(|body| needs(body, &entry.space).includes).unwrap_or_default(),
            );
        }
        for _ in 0..DEEPEST {
            wanted.retain(|named| !shown.contains_key(named));
            if wanted.is_empty() || shown.len() + wanted.len() > MOST_INCLUDED {
                break;
            }
            let mut next = BTreeSet::new();
            for (named, found) in self.look_up(catalogue, &wanted).await? {
                if let Some(found) = &found {
                    next.extend(needs(&found.storage, &found.entry.space).includes);
                }
                shown.insert(named, found);
            }
            wanted = next;
        }
        Ok(shown)
    }

    /// Finds pages by their titles, in the catalogue where they are there.
    async fn look_up(
        &self,
        catalogue: &Catalogue,
        wanted: &BTreeSet<Named>,
    ) -> Result<Vec<(Named, Option<Shown>)>, Error> {
        let mut found: Vec<(Named, Option<Decided>)> = Vec::new();
        let mut elsewhere = BTreeMap::new();
        for named in wanted {
            let is_named =
                |entry: &&Entry| entry.kind == Kind::Page && entry.space == named.0 && entry.title == named.1;
            match catalogue.entries.values().find(is_named) {
                Some(entry) => {
                    let audience = catalogue.decision(&self.config, entry).audience;
                    found.push((named.clone(), Some((entry.clone(), audience))));
                }
                None => {
                    let id = self
                        .client
                        .titled(&named.0, &named.1)
                        .await?
                        .into_iter()
                        .next()
                        .map(|entry| entry.id);
                    elsewhere.insert(named.clone(), id);
                }
            }
        }
        let ids: BTreeSet<String> = elsewhere.values().flatten().cloned().collect();
        if !ids.is_empty() {
            // Decided about by what lies above them, like everything else.
            let others = Catalogue::some(&self.client, &self.config, &ids).await?;
            for (named, id) in elsewhere {
                let entry = id.and_then(|id| others.entries.get(&id));
                found.push((
                    named,
                    entry.map(|entry| (entry.clone(), others.decision(&self.config, entry).audience)),
                ));
            }
        } else {
            found.extend(elsewhere.into_keys().map(|named| (named, None)));
        }
        let ids: Vec<String> =
            found.iter().filter_map(|(_, found)| Some(found.as_ref()?.0.id.clone())).collect();
        let bodies = if ids.is_empty() { vec![] } else { self.client.by_ids(&ids, Kind::Page, true).await? };
        let bodies: BTreeMap<String, String> =
            bodies.into_iter().map(|(entry, _, body)| (entry.id, body.unwrap_or_default())).collect();
        let whole = found.into_iter().map(|(named, found)| {
            let shown = found.and_then(|(entry, audience)| {
                let storage = bodies.get(&entry.id)?.clone();
                Some(Shown { entry, audience, storage })
            });
            (named, shown)
        });
        Ok(whole.collect())
    }

    /// Returns the names of whoever is mentioned where names may be shown.
    async fn names(
        &self,
        catalogue: &Catalogue,
        kept: &[(&Entry, RawAudience)],
        bodies: &BTreeMap<String, String>,
        shown: &BTreeMap<Named, Option<Shown>>,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let mut people = BTreeSet::new();
        for (entry, _) in kept.iter().filter(|(_, audience)| *audience == RawAudience::Internal) {
            let comments =
                catalogue.comments.get(&entry.id).into_iter().flatten().map(|comment| &comment.storage);
            for storage in bodies.get(&entry.id).into_iter().chain(comments) {
                people.extend(needs(storage, &entry.space).people);
            }
        }
        for shown in shown.values().flatten() {
            people.extend(needs(&shown.storage, &shown.entry.space).people);
        }
        if people.is_empty() { Ok(BTreeMap::new()) } else { self.client.names(&people).await }
    }

    /// Returns the addresses of pages by their titles.
    fn links(&self, catalogue: &Catalogue) -> BTreeMap<Named, String> {
        let entries = catalogue.entries.values().filter(|entry| entry.kind != Kind::Attachment);
        entries.map(|entry| ((entry.space.clone(), entry.title.clone()), self.url(entry))).collect()
    }

    /// Reads an attachment; one without a text is still there by its name.
    async fn attachment(
        &self,
        catalogue: &Catalogue,
        file: &Entry,
        audience: RawAudience,
        rendered: &mut Rendered,
    ) -> Result<(), Error> {
        let most = self.config.attachments.map_or(0, |attachments| attachments.max_bytes);
        let Some(page) = file.container.as_ref().and_then(|page| catalogue.entries.get(page)) else {
            return Ok(());
        };
        let why = match self.client.download(file, most).await {
            Ok(bytes) => {
                let (media_type, name) = (file.media_type.clone(), file.title.clone());
                let read =
                    tokio::task::spawn_blocking(move || extract::text(&media_type, &name, &bytes)).await;
                match read {
                    Ok(Ok(read)) => {
                        let missing = read.missing.iter().map(|what| Problem::kept(&file.id, what));
                        rendered.problems.extend(missing);
                        rendered.documents.push(self.document(file, page, audience, read.text));
                        return Ok(());
                    }
                    Ok(Err(why)) => why.to_string(),
                    Err(_) => "could not be read".to_owned(),
                }
            }
            Err(failure) if failure.is_gone() => {
                self.name_alone(file, page, audience, rendered);
                return Ok(());
            }
            Err(failure) if failure.is_too_large() => "is larger than it says".to_owned(),
            Err(failure) if failure.is_refused() => failure.what().to_owned(),
            Err(failure) => return Err(failure.into()),
        };
        rendered.problems.push(Problem::kept(&file.id, format!("{why}; only its name is kept")));
        rendered.documents.push(self.document(file, page, audience, file.title.clone()));
        Ok(())
    }
}

/// Puts what a page shows inside around it, as far as whoever sees the page may see it too. Returns the ids of
/// all pages it shows, or would show.
fn include(
    around: &mut Around,
    storage: &str,
    audience: &RawAudience,
    shown: &BTreeMap<Named, Option<Shown>>,
) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut wanted: Vec<Named> = needs(storage, &around.space).includes.into_iter().collect();
    while let Some(named) = wanted.pop() {
        if around.included.contains_key(&named) {
            continue;
        }
        let included = match shown.get(&named) {
            Some(Some(shown)) => {
                ids.insert(shown.entry.id.clone());
                let may_see = match &shown.audience {
                    None => false,
                    Some(RawAudience::Public) => true,
                    Some(other) => *audience == RawAudience::Internal || other == audience,
                };
                if may_see {
                    wanted.extend(needs(&shown.storage, &shown.entry.space).includes);
                    Included::Body { page: shown.entry.id.clone(), storage: shown.storage.clone() }
                } else {
                    Included::Closed
                }
            }
            _ => Included::Missing,
        };
        around.included.insert(named, included);
    }
    ids.remove(&around.page);
    ids
}
