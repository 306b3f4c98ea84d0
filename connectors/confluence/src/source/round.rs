//! Rounds: comparing everything, or asking what was modified.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connector::{Error, Page};
use domain::Timestamp;
use domain::record::Record;

use super::{Site, document};
use crate::catalogue::{Catalogue, Entry, Kind, short};
use crate::position::{Position, Round, bucket, hex};
use crate::render::Rendered;
use crate::wire::literal;

impl Site {
    /// Hands over some of what a sweep shows to be other than it was.
    pub(super) async fn sweep(
        &self,
        mut position: Position,
        began: i64,
        after: Option<(u16, String)>,
        mut done: BTreeMap<u16, String>,
        is_begun: bool,
    ) -> Result<Page, Error> {
        let swept = self.swept(began, is_begun).await?;
        let (catalogue, groups) = (&swept.catalogue, &swept.groups);
        let changed = position.changed(groups, catalogue);
        let begin = changed.partition_point(|(group, entry)| {
            after.as_ref().is_some_and(|(last, id)| (*group, &entry.id) <= (*last, id))
        });
        let end = (begin + self.config.page_records).min(changed.len());
        let taken: Vec<&Entry> = changed[begin..end].iter().map(|(_, entry)| *entry).collect();
        let rendered = self.render(catalogue, &taken).await?;
        for (group, _) in &changed[begin..end] {
            if let Some(state) = groups.get(group) {
                done.entry(*group).or_insert_with(|| state.clone());
            }
        }
        for id in &rendered.again {
            done.insert(bucket(id), String::new());
        }
        let mut problems = rendered.problems.clone();
        if !is_begun {
            let state = hex(short(&format!("{:?}", catalogue.problems)));
            // The same problems are told once, not in every round; what could not be seen is told as long as it lasts.
            if state != position.problems {
                problems.splice(0..0, catalogue.problems.iter().cloned());
                position.problems = state;
            }
            problems.splice(0..0, catalogue.unseen.iter().cloned());
        }
        let is_first = position.swept.is_none();
        let more = end < changed.len();
        let last = changed[begin..end].last().map(|(group, entry)| (*group, entry.id.clone())).or(after);
        let records = self.records(rendered, &mut position, is_first);
        if more {
            position.round = Some(Round::Sweep { began, after: last, done });
        } else {
            position.finish(began, self.client.now(), done, groups, catalogue);
        }
        Ok(Page { records, problems, next: position.cursor()?, more })
    }

    /// Hands over some of what a search shows to be modified since the last sweep.
    pub(super) async fn changes(&self, mut position: Position, after: Option<String>) -> Result<Page, Error> {
        self.client.prove().await?;
        let fresh = self.modified(&position).await?;
        let mut ids: BTreeSet<String> = fresh.iter().map(|fresh| fresh.document.clone()).collect();
        ids.extend(position.including(&ids));
        let rest: Vec<String> =
            ids.into_iter().filter(|id| after.as_ref().is_none_or(|after| id > after)).collect();
        let taken: BTreeSet<String> = rest.iter().take(self.config.page_records).cloned().collect();
        let mut page = Page {
            records: vec![],
            problems: vec![],
            next: position.cursor()?,
            more: rest.len() > taken.len(),
        };
        if !taken.is_empty() {
            let catalogue = Arc::new(Catalogue::some(&self.client, &self.config, &taken).await?);
            let entries: Vec<&Entry> = taken.iter().filter_map(|id| catalogue.entries.get(id)).collect();
            let rendered = self.render(&catalogue, &entries).await?;
            page.problems = rendered.problems.clone();
            page.records = self.records(rendered, &mut position, false);
            taken.iter().for_each(|id| position.touch(id));
        }
        if page.more {
            let last = taken.last().cloned().unwrap_or_default();
            position.round = Some(Round::Changes { after: last });
        } else {
            for Fresh { id, version, modified, .. } in fresh {
                position.see(&id, version, modified);
                position.advance(modified, self.client.now());
            }
            position.forget();
        }
        page.next = position.cursor()?;
        Ok(page)
    }

    /// Asks what was modified and not handed over.
    async fn modified(&self, position: &Position) -> Result<Vec<Fresh>, Error> {
        let (spaces, _) = self.client.spaces(&self.config).await?;
        if spaces.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = spaces.iter().map(|space| literal(&space.key)).collect();
        let since = position.since().to_string();
        let since =
            format!("{} {}", since.get(..10).unwrap_or_default(), since.get(11..16).unwrap_or_default());
        let cql = |types: &str| {
            format!(
                "space in ({}) and type in ({types}) and lastmodified >= \"{since}\" order by lastmodified asc",
                keys.join(",")
            )
        };
        let mut fresh = Vec::new();
        let types = if self.config.blog_posts { "page,blogpost" } else { "page" };
        let mut found = self.client.found(&cql(types)).await?;
        if let Some(attachments) = self.config.attachments {
            let files = self.client.files(&cql("attachment")).await?;
            found.extend(files.into_iter().filter(|file| {
                connector::extract::is_readable(&file.media_type, &file.title)
                    && file.size.is_none_or(|size| size <= attachments.max_bytes)
            }));
        }
        for entry in found.iter().filter(|entry| position.is_fresh(&entry.id, entry.version, entry.modified))
        {
            if entry.kind == Kind::Attachment && entry.container.is_none() {
                continue;
            }
            let (id, version, modified) = (entry.id.clone(), entry.version, entry.modified);
            fresh.push(Fresh { document: id.clone(), id, version, modified });
        }
        if self.config.comments {
            for comment in self.client.comments(&cql("comment")).await? {
                if position.is_fresh(&comment.id, comment.version, None) {
                    let (id, version) = (comment.id, comment.version);
                    let modified = Some(self.client.now());
                    fresh.push(Fresh { document: comment.page, id, version, modified });
                }
            }
        }
        Ok(fresh)
    }

    /// Turns what was rendered into records, and remembers what shows what inside.
    fn records(&self, rendered: Rendered, position: &mut Position, is_first: bool) -> Vec<Record> {
        let Rendered { documents, left_out, includes, .. } = rendered;
        for (id, others) in includes {
            position.includes(&id, others);
        }
        // What was never handed over needs no taking back.
        let gone = left_out.into_iter().filter(|_| !is_first).map(|id| Record::Deleted(document(&id)));
        documents.into_iter().map(Record::Document).chain(gone).collect()
    }
}

/// Something that was modified, and the document that it is or belongs to.
struct Fresh {
    id: String,
    document: String,
    version: u64,
    modified: Option<Timestamp>,
}
