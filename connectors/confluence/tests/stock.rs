//! What a store would hold after applying what a source hands over.

use std::collections::BTreeMap;

use confluence::{Config, build};
use confluence_fake::{Fake, Kind, Status};
use connector::{Cursor, Problem, Source};
use domain::Timestamp;
use domain::record::{ExternalId, RawAudience, RawDocument, Record, RecordKind};

/// Documents by their ids, and where in the source's changes they stand.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    pub(crate) documents: BTreeMap<String, RawDocument>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) cursor: Option<Cursor>,
    /// How many records came in all.
    pub(crate) records: usize,
}

impl Stock {
    /// Applies one page; reports whether there are more.
    pub(crate) async fn step(&mut self, source: &dyn Source) -> Result<bool, connector::Error> {
        let page = source.pull(self.cursor.as_ref()).await?;
        self.records += page.records.len();
        self.problems.extend(page.problems);
        self.take(page.records);
        self.cursor = Some(page.next);
        Ok(page.more)
    }

    /// Has documents looked at by their own ids.
    pub(crate) async fn look(&mut self, source: &dyn Source, ids: &[u64]) {
        let named = |id: &u64| ExternalId { kind: RecordKind::Document, id: id.to_string() };
        let ids: Vec<ExternalId> = ids.iter().map(named).collect();
        let cursor = self.cursor.clone().expect("a round came before");
        let looked = source.look(&cursor, &ids).await.unwrap().expect("Confluence can be looked into");
        self.take(looked.records);
        self.cursor = Some(looked.next);
    }

    fn take(&mut self, records: Vec<Record>) {
        for record in records {
            match record {
                Record::Document(document) => {
                    self.documents.insert(document.external_id.clone(), document);
                }
                Record::Deleted(id) => {
                    self.documents.remove(&id.id);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Applies a round.
    pub(crate) async fn pull(&mut self, source: &dyn Source) {
        while self.step(source).await.unwrap() {}
    }

    /// Applies a listing: what is not listed is gone.
    pub(crate) async fn list(&mut self, source: &dyn Source) {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = source.list(after.as_ref()).await.unwrap();
            assert_eq!(page.unseen, []);
            listed.extend(page.ids);
            if !page.more {
                break;
            }
            after = listed.last().cloned();
        }
        let listed: std::collections::BTreeSet<String> = listed.into_iter().map(|id| id.id).collect();
        self.documents.retain(|id, _| listed.contains(id));
        let held: std::collections::BTreeSet<String> = self.documents.keys().cloned().collect();
        assert_eq!(held, listed, "what is listed was handed over");
    }

    /// Builds a source at the present of the stand-in, as a new process would.
    pub(crate) async fn sync(&mut self, fake: &Fake, config: &Config) {
        let source = at_present(fake, config);
        self.pull(source.as_ref()).await;
        self.list(source.as_ref()).await;
    }

    pub(crate) fn audience(&self, id: u64) -> Option<&RawAudience> {
        self.documents.get(&id.to_string()).map(|document| &document.audience)
    }

    pub(crate) fn text(&self, id: u64) -> &str {
        &self.documents[&id.to_string()].markdown
    }

    /// Checks documents against the stand-in: ids, bodies, moments, and audiences as `audience` decides.
    pub(crate) fn equals(
        &self,
        fake: &Fake,
        audience: impl Fn(&confluence_fake::Site, u64) -> Option<RawAudience>,
    ) {
        fake.edit(|site| {
            let pages =
                site.contents.values().filter(|content| matches!(content.kind, Kind::Page | Kind::BlogPost));
            let mut expected = BTreeMap::new();
            for page in pages.filter(|page| page.status == Status::Current && page.space == "DOC") {
                if let Some(audience) = audience(site, page.id) {
                    let text = page.body.replace("<p>", "").replace("</p>", "");
                    expected.insert(page.id.to_string(), (page.title.clone(), text, page.modified, audience));
                }
            }
            assert_eq!(self.documents.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "ids");
            for (id, (title, text, modified, audience)) in expected {
                let document = &self.documents[&id];
                assert_eq!((&document.title, &document.audience), (&title, &audience), "{id}");
                assert!(document.markdown.ends_with(&text), "{id}: {}", document.markdown);
                assert_eq!(document.updated_at, Some(Timestamp::from_millis(modified)), "{id}");
            }
        });
    }
}

pub(crate) fn at_present(fake: &Fake, config: &Config) -> Box<dyn Source> {
    let now = Timestamp::from_millis(fake.edit(|site| site.now));
    build(Config { now, ..config.clone() }).unwrap()
}
