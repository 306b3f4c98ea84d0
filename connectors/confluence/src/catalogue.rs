//! What there is: every document with its version, place, labels and restrictions.

mod build;
mod known;

use std::collections::{BTreeMap, BTreeSet};

use connector::Problem;
use domain::Timestamp;
use domain::record::RawAudience;
use sha2::{Digest, Sha256};

use crate::access::Access;
use crate::calls::{Comment, Space};
use crate::client::{Client, Failure};
use crate::config::Config;
use crate::rules::{Decision, Policy, Reading, decide};

pub(crate) use known::Known;

/// Kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) enum Kind {
    #[default]
    Page,
    BlogPost,
    Attachment,
}

impl Kind {
    /// Returns the word of version 1 and of searches.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::BlogPost => "blogpost",
            Self::Attachment => "attachment",
        }
    }

    /// Returns the word of version 2.
    pub(crate) fn v2(self) -> &'static str {
        match self {
            Self::Page => "pages",
            Self::BlogPost => "blogposts",
            Self::Attachment => "attachments",
        }
    }
}

/// A page, blog post or attachment without its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// The key of its space.
    pub(crate) space: String,
    pub(crate) title: String,
    pub(crate) version: u64,
    pub(crate) created: Option<Timestamp>,
    pub(crate) modified: Option<Timestamp>,
    /// What it lies under, and of what kind that is.
    pub(crate) parent: Option<(String, String)>,
    /// Ids of what it lies under, the outermost first.
    pub(crate) ancestors: Vec<String>,
    pub(crate) titles: Vec<(String, String)>,
    /// Whether the answer said what it lies under.
    pub(crate) has_ancestors: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) has_labels: bool,
    /// Whether it has restrictions of its own; absent when nobody knows.
    pub(crate) restricted: Option<bool>,
    pub(crate) webui: Option<String>,
    /// The page that an attachment hangs on.
    pub(crate) container: Option<String>,
    pub(crate) media_type: String,
    pub(crate) size: Option<u64>,
    pub(crate) download: Option<String>,
}

/// Something that documents lie under and that is none itself, or none of ours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Above {
    pub(crate) title: String,
    pub(crate) restricted: Option<bool>,
}

/// What there is.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) entries: BTreeMap<String, Entry>,
    pub(crate) above: BTreeMap<String, Above>,
    pub(crate) comments: BTreeMap<String, Vec<Comment>>,
    pub(crate) spaces: BTreeMap<String, Space>,
    /// Who may read the spaces, by their keys, as far as that was asked.
    pub(crate) access: BTreeMap<String, Access>,
    /// Parts that could not be looked into.
    pub(crate) unseen: Vec<Problem>,
    /// Items that were left out.
    pub(crate) problems: Vec<Problem>,
}

impl Catalogue {
    /// Returns the kinds of things that are read as documents with a body.
    pub(crate) fn kinds(config: &Config) -> Vec<Kind> {
        build::kinds(config)
    }

    /// Reports whether only some people may read a page.
    pub(crate) fn reading(&self, entry: &Entry) -> Reading {
        let mut unknown = None;
        for id in entry.ancestors.iter().chain([&entry.id]) {
            let known = self.entries.get(id).map(|entry| entry.restricted);
            match known.or_else(|| self.above.get(id).map(|above| above.restricted)).flatten() {
                Some(true) => return Reading::Restricted(id.clone()),
                Some(false) => {}
                None => unknown = unknown.or(Some(id.clone())),
            }
        }
        unknown.map_or(Reading::Open, Reading::Unknown)
    }

    /// Decides who may see a document; an attachment is seen by whoever sees its page.
    pub(crate) fn decision(&self, config: &Config, entry: &Entry) -> Decision {
        match (entry.kind, entry.container.as_ref().map(|page| self.entries.get(page))) {
            (Kind::Attachment, Some(Some(page))) if page.kind != Kind::Attachment => {
                let mut decision = self.decision(config, page);
                decision.steps.insert(0, format!("It hangs on page `{}`, which decides.", page.id));
                decision
            }
            (Kind::Attachment, _) => Decision {
                audience: None,
                steps: vec!["Its page is not read, so it is left out.".to_owned()],
                is_opened: false,
            },
            _ => {
                let (rules, restricted, strict_spaces) =
                    (config.rules.as_slice(), config.restricted, config.strict_spaces);
                let access = self.access.get(&entry.space).copied().unwrap_or_default();
                decide(Policy { rules, restricted, strict_spaces }, entry, &self.reading(entry), access)
            }
        }
    }

    /// Asks who may read the spaces of these entries, where that was not asked yet.
    pub(crate) async fn ask_access(&mut self, client: &Client) -> Result<(), Failure> {
        let keys: BTreeSet<&String> = self.entries.values().map(|entry| &entry.space).collect();
        for space in keys.into_iter().filter_map(|key| self.spaces.get(key)) {
            if !self.access.contains_key(&space.key) {
                self.access.insert(space.key.clone(), client.access(space).await?);
            }
        }
        Ok(())
    }

    /// Says of each space how many pages rules publish although only some may read it in Confluence.
    pub(crate) fn opened(&self, config: &Config) -> Vec<String> {
        let mut pages: BTreeMap<&String, usize> = BTreeMap::new();
        for entry in self.entries.values().filter(|entry| entry.kind != Kind::Attachment) {
            if self.decision(config, entry).is_opened {
                *pages.entry(&entry.space).or_default() += 1;
            }
        }
        let said = |(space, count): (&String, usize)| {
            let access = self.access.get(space).copied().unwrap_or_default();
            let pages = if count == 1 { "page is" } else { "pages are" };
            format!(
                "space `{space}`: {count} {pages} published although restricted in Confluence to {access}"
            )
        };
        pages.into_iter().map(said).collect()
    }

    /// Returns the titles of what a page lies under, as far as whoever sees the page may see them.
    pub(crate) fn heading_path(&self, config: &Config, entry: &Entry, audience: &RawAudience) -> Vec<String> {
        let is_internal = *audience == RawAudience::Internal;
        let mut path = Vec::new();
        if let Some(space) = self.spaces.get(&entry.space) {
            path.push(space.name.clone());
        }
        for id in &entry.ancestors {
            match self.entries.get(id) {
                Some(above) => {
                    let seen = self.decision(config, above).audience;
                    if is_internal || seen.as_ref() == Some(audience) || seen == Some(RawAudience::Public) {
                        path.push(above.title.clone());
                    }
                }
                None if is_internal => path.extend(self.above.get(id).map(|above| above.title.clone())),
                None => {}
            }
        }
        path.retain(|title| !title.trim().is_empty());
        path
    }

    /// Returns what tells two states of a document apart.
    pub(crate) fn state(&self, config: &Config, entry: &Entry) -> [u8; 5] {
        let page = entry.container.as_ref().and_then(|page| self.entries.get(page));
        let audience = self.decision(config, entry).audience;
        let path =
            audience.as_ref().map(|audience| self.heading_path(config, page.unwrap_or(entry), audience));
        let comments = self.comments.get(&entry.id).map(|comments| {
            comments.iter().map(|comment| (&comment.id, comment.version)).collect::<Vec<_>>()
        });
        let state = (
            (&entry.id, entry.version, &entry.title, &entry.space, &entry.webui),
            (&audience, path, comments, page.map(|page| (&page.title, &page.webui))),
        );
        short(&format!("{state:?}"))
    }
}

/// Returns the beginning of the hash of a text.
pub(crate) fn short(text: &str) -> [u8; 5] {
    let hash = Sha256::digest(text.as_bytes());
    [hash[0], hash[1], hash[2], hash[3], hash[4]]
}
