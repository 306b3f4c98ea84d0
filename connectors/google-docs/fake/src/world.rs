//! What there is: users, shared drives, files, rights, and the logs of what changed.

mod access;
mod content;
mod edit;
mod log;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::clock::Clock;
pub use content::{Doc, Tab};
use log::Logs;
pub(crate) use log::{About, LogKey};

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The address, which is the key here.
    pub email: String,
    /// What people call them.
    pub name: String,
    /// Drive's own id of them.
    pub permission_id: String,
    /// The folder that is their My Drive.
    pub root: String,
}

/// A right of somebody to something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// `user`, `group`, `domain` or `anyone`.
    pub kind: String,
    /// `owner`, `organizer`, `writer`, `reader`…
    pub role: String,
    /// The address of a user or group, or the domain.
    pub who: String,
    /// When it ends by itself, in milliseconds.
    pub expires: Option<i64>,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A Google Doc.
    Doc(Doc),
    /// A file with bytes, of a kind.
    File(String, Vec<u8>),
    /// A shortcut to something.
    Shortcut(String),
}

/// A file or folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The folder or drive it lies in; none for the folder that is a user's My Drive.
    pub parent: Option<String>,
    /// The shared drive it lies in.
    pub drive: Option<String>,
    /// When it was made, in milliseconds.
    pub created: i64,
    /// When its content changed last.
    pub modified: i64,
    /// Raised by every change.
    pub version: u64,
    /// Whether it was put into the trash itself.
    pub trashed: bool,
    /// Rights that it has of its own.
    pub grants: Vec<Grant>,
    /// Whether it inherits no rights.
    pub limited: bool,
    /// Whether readers may download and copy it.
    pub can_download: bool,
    /// Members that are put over the true ones in every answer.
    pub odd: Option<Value>,
}

/// A shared drive.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SharedDrive {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) members: Vec<Grant>,
}

/// What Google allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest page of a list.
    pub files_per_page: usize,
    /// The largest export in bytes.
    pub export_bytes: usize,
    /// Calls to Drive per user and minute.
    pub drive_per_minute: u32,
    /// Calls to Docs per user and minute.
    pub docs_per_minute: u32,
    /// How long a channel may last, in milliseconds.
    pub channel_ms: i64,
}

/// Where the originals say nothing, or say "may".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Whether what lies in a folder makes entries of its own when the folder goes into the trash.
    pub trash_tells_children: bool,
    /// Whether a user's log tells of things in shared drives.
    pub user_log_tells_drives: bool,
    /// Whether nobody may ask for a view without suggestions.
    pub previews_forbidden: bool,
    /// Whether every answer has members that nobody knows.
    pub odd_members: bool,
}

/// Everything there is.
#[derive(Debug)]
pub struct World {
    pub(crate) clock: Clock,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) drives: BTreeMap<String, SharedDrive>,
    pub(crate) items: BTreeMap<String, Item>,
    pub(crate) children: BTreeMap<String, std::collections::BTreeSet<String>>,
    pub(crate) logs: Logs,
    /// What Google allows.
    pub limits: Limits,
    /// Where the originals say nothing.
    pub quirks: Quirks,
    next: u64,
}

impl World {
    pub(crate) fn new(clock: Clock) -> World {
        World {
            clock,
            users: BTreeMap::new(),
            drives: BTreeMap::new(),
            items: BTreeMap::new(),
            children: BTreeMap::new(),
            logs: Logs::default(),
            limits: Limits {
                files_per_page: 1_000,
                export_bytes: 10 << 20,
                drive_per_minute: 12_000,
                docs_per_minute: 300,
                channel_ms: 7 * 86_400_000,
            },
            quirks: Quirks::default(),
            next: 0,
        }
    }

    /// Adds somebody, and their My Drive.
    pub fn add_user(&mut self, email: &str, name: &str) -> User {
        let root = self.new_id("root");
        let permission_id = format!("1000{}", self.next);
        let user = User { email: email.to_owned(), name: name.to_owned(), permission_id, root: root.clone() };
        let owner = self.grant("user", "owner", email);
        let mut item = self.item("My Drive", Kind::Folder, None, None, root);
        item.grants.push(owner);
        self.insert(item);
        self.users.insert(email.to_owned(), user.clone());
        user
    }

    /// Adds a shared drive with one organizer, and returns its id.
    pub fn add_drive(&mut self, name: &str, organizer: &str) -> String {
        let id = self.new_id("drive");
        let members = vec![self.grant("user", "organizer", organizer)];
        self.drives.insert(id.clone(), SharedDrive { id: id.clone(), name: name.to_owned(), members });
        self.tell_drive(&id);
        id
    }

    /// Adds a folder in a folder or drive, and returns its id.
    pub fn add_folder(&mut self, parent: &str, name: &str) -> String {
        self.add(parent, name, Kind::Folder)
    }

    /// Adds a Google Doc and returns its id.
    pub fn add_doc(&mut self, parent: &str, name: &str, doc: Doc) -> String {
        self.add(parent, name, Kind::Doc(doc))
    }

    /// Adds anything in a folder or drive, and returns its id.
    pub fn add(&mut self, parent: &str, name: &str, kind: Kind) -> String {
        let prefix = match kind {
            Kind::Folder => "folder",
            Kind::Doc(_) => "doc",
            Kind::File(..) => "file",
            Kind::Shortcut(_) => "shortcut",
        };
        let id = self.new_id(prefix);
        self.add_as(&id, parent, name, kind);
        id
    }

    /// Adds anything under an id of the test's own.
    pub fn add_as(&mut self, id: &str, parent: &str, name: &str, kind: Kind) {
        let drive = match self.drives.contains_key(parent) {
            true => Some(parent.to_owned()),
            false => self.items.get(parent).and_then(|parent| parent.drive.clone()),
        };
        let mut item = self.item(name, kind, Some(parent.to_owned()), drive.clone(), id.to_owned());
        if drive.is_none() {
            let owner = self.owner_of(parent);
            item.grants.push(self.grant("user", "owner", &owner));
        }
        self.insert(item);
        self.tell(id, &[]);
    }

    /// Returns an item.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Item> {
        self.items.get(id)
    }

    /// Returns a right that can be given.
    pub fn grant(&mut self, kind: &str, role: &str, who: &str) -> Grant {
        self.next += 1;
        let id = format!("perm{:06}", self.next);
        Grant { id, kind: kind.to_owned(), role: role.to_owned(), who: who.to_owned(), expires: None }
    }

    fn item(
        &self,
        name: &str,
        kind: Kind,
        parent: Option<String>,
        drive: Option<String>,
        id: String,
    ) -> Item {
        let now = self.clock.now_ms();
        Item {
            id,
            name: name.to_owned(),
            kind,
            parent,
            drive,
            created: now,
            modified: now,
            version: 1,
            trashed: false,
            grants: Vec::new(),
            limited: false,
            can_download: true,
            odd: None,
        }
    }

    fn insert(&mut self, item: Item) {
        if let Some(parent) = &item.parent {
            self.children.entry(parent.clone()).or_default().insert(item.id.clone());
        }
        self.items.insert(item.id.clone(), item);
    }

    fn new_id(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}-{:08}", self.next)
    }

    fn owner_of(&self, id: &str) -> String {
        let grants = self.items.get(id).map(|item| item.grants.as_slice()).unwrap_or_default();
        grants.iter().find(|grant| grant.role == "owner").map(|grant| grant.who.clone()).unwrap_or_default()
    }
}
