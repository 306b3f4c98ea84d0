//! What a site holds, and what a test does to it.

use std::collections::{BTreeMap, BTreeSet};

/// The user whose keys the stand-in knows.
pub(crate) const READER: &str = "user:reader";

/// A space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// Its id.
    pub id: u64,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Whether the account may see it.
    pub is_visible: bool,
    /// Whether anybody may see it, without any key.
    pub is_anonymous: bool,
    /// Who may read it, such as `user:reader`, `group:staff`, `role:guests`, or `anonymous` alone.
    pub readers: Vec<String>,
}

/// Kinds of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A page.
    Page,
    /// A blog post.
    BlogPost,
    /// A folder, which holds pages.
    Folder,
    /// A comment on a page.
    Comment,
    /// A file on a page.
    Attachment,
}

/// Whether a thing is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is.
    Current,
    /// It is put aside.
    Archived,
    /// It lies in the trash.
    Trashed,
}

/// A thing of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its id.
    pub id: u64,
    /// Its kind.
    pub kind: Kind,
    /// The key of its space.
    pub space: String,
    /// Its title or file name.
    pub title: String,
    /// What it lies under.
    pub parent: Option<u64>,
    /// Its body in storage format.
    pub body: String,
    /// Its version.
    pub version: u64,
    /// When it was made, in milliseconds.
    pub created: i64,
    /// When its version was made, in milliseconds.
    pub modified: i64,
    /// Whether it is there.
    pub status: Status,
    /// Its labels.
    pub labels: BTreeSet<String>,
    /// Who may read it, such as `user:reader` or `group:staff`; nobody in here means whoever sees the space.
    pub readers: BTreeSet<String>,
    /// The page that a comment or a file belongs to.
    pub container: Option<u64>,
    /// The media type of a file.
    pub media_type: String,
    /// What a file holds.
    pub bytes: Vec<u8>,
    /// Whether its version is missing from answers, as if something were broken.
    pub is_broken: bool,
}

/// A site, its clock and its search.
#[derive(Debug)]
pub struct Site {
    /// The present in milliseconds; it moves only when a test moves it.
    pub now: i64,
    /// How long the search needs to learn of a change, in milliseconds.
    pub lag: i64,
    /// By how many minutes the clock of the search is ahead of UTC.
    pub zone_minutes: i64,
    /// The spaces by their keys.
    pub spaces: BTreeMap<String, Space>,
    /// Everything by its id.
    pub contents: BTreeMap<u64, Content>,
    /// Names of users by their ids.
    pub users: BTreeMap<String, String>,
    /// Who has which role in every space: kinds such as `ACCESS_CLASS` with ids such as `anonymous-users`, by roles.
    pub roles: BTreeMap<String, Vec<(String, String)>>,
    /// What the search knows: the state of a thing as it was learnt.
    pub(crate) index: BTreeMap<u64, Content>,
    /// What it has to learn, and when.
    pub(crate) queue: Vec<(i64, u64)>,
    last_id: u64,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self {
            now: 1_780_000_000_000,
            lag: 0,
            zone_minutes: 0,
            spaces: BTreeMap::new(),
            contents: BTreeMap::new(),
            users: BTreeMap::new(),
            roles: BTreeMap::new(),
            index: BTreeMap::new(),
            queue: Vec::new(),
            last_id: 1_000,
        }
    }

    /// Adds a space that the account sees.
    pub fn add_space(&mut self, key: &str, name: &str) {
        let id = self.next_id();
        let space = Space {
            id,
            key: key.into(),
            name: name.into(),
            is_visible: true,
            is_anonymous: false,
            readers: vec!["group:staff".into()],
        };
        self.spaces.insert(key.to_owned(), space);
    }

    /// Gives what is added from now on ids above this one, so that two sites can be told apart by them.
    pub fn count_from(&mut self, id: u64) {
        self.last_id = self.last_id.max(id);
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Adds a page, and returns its id.
    pub fn add_page(&mut self, space: &str, parent: Option<u64>, title: &str, body: &str) -> u64 {
        self.add(Kind::Page, space, parent, title, body)
    }

    /// Adds anything that has a title and a body, and returns its id.
    pub fn add(&mut self, kind: Kind, space: &str, parent: Option<u64>, title: &str, body: &str) -> u64 {
        let id = self.next_id();
        let content = Content {
            id,
            kind,
            space: space.to_owned(),
            title: title.to_owned(),
            parent,
            body: body.to_owned(),
            version: 1,
            created: self.now,
            modified: self.now,
            status: Status::Current,
            labels: BTreeSet::new(),
            readers: BTreeSet::new(),
            container: None,
            media_type: String::new(),
            bytes: Vec::new(),
            is_broken: false,
        };
        self.contents.insert(id, content);
        self.learn(id);
        id
    }

    /// Adds a file to a page, and returns its id.
    pub fn attach(&mut self, page: u64, name: &str, media_type: &str, bytes: &[u8]) -> u64 {
        let space = self.contents[&page].space.clone();
        let id = self.add(Kind::Attachment, &space, None, name, "");
        let file = self.content(id);
        file.container = Some(page);
        file.media_type = media_type.to_owned();
        file.bytes = bytes.to_vec();
        self.learn(id);
        id
    }

    /// Adds a comment to a page, and returns its id.
    pub fn comment(&mut self, page: u64, body: &str) -> u64 {
        let space = self.contents[&page].space.clone();
        let id = self.add(Kind::Comment, &space, None, "Re:", body);
        self.content(id).container = Some(page);
        self.learn(id);
        id
    }

    /// Writes a new version of a body.
    pub fn write(&mut self, id: u64, body: &str) {
        let now = self.now;
        let content = self.content(id);
        content.body = body.to_owned();
        content.version += 1;
        content.modified = now;
        self.learn(id);
    }

    /// Changes a title, which makes a version as well.
    pub fn rename(&mut self, id: u64, title: &str) {
        self.content(id).title = title.to_owned();
        let body = self.contents[&id].body.clone();
        self.write(id, &body);
    }

    /// Moves a page with everything below it; no version is made.
    pub fn relocate(&mut self, id: u64, space: &str, parent: Option<u64>) {
        let below: Vec<u64> =
            self.contents.keys().copied().filter(|other| self.is_below(*other, id)).collect();
        for below in below {
            self.content(below).space = space.to_owned();
            self.learn(below);
        }
        let content = self.content(id);
        content.space = space.to_owned();
        content.parent = parent;
        self.learn(id);
    }

    /// Sets who may read a page; neither a version nor a date is made.
    pub fn restrict(&mut self, id: u64, readers: &[&str]) {
        self.content(id).readers = readers.iter().map(|reader| (*reader).to_owned()).collect();
    }

    /// Sets who may read a space; nothing in it changes.
    ///
    /// # Panics
    ///
    /// There has to be one.
    pub fn permit(&mut self, space: &str, readers: &[&str]) {
        let space = self.spaces.get_mut(space).expect("the space was added before");
        space.readers = readers.iter().map(|reader| (*reader).to_owned()).collect();
    }

    /// Puts a label on a page or takes it off; no version is made.
    pub fn label(&mut self, id: u64, label: &str, is_on: bool) {
        let labels = &mut self.content(id).labels;
        if is_on {
            labels.insert(label.to_owned())
        } else {
            labels.remove(label)
        };
        self.learn(id);
    }

    /// Moves a thing into the trash, out of it, or aside.
    pub fn set_status(&mut self, id: u64, status: Status) {
        self.content(id).status = status;
        self.learn(id);
    }

    /// Removes a thing for good.
    pub fn purge(&mut self, id: u64) {
        self.contents.remove(&id);
        self.learn(id);
    }

    /// Returns a thing to be changed by hand; the search does not learn of it by itself.
    ///
    /// # Panics
    ///
    /// There has to be one.
    pub fn content(&mut self, id: u64) -> &mut Content {
        self.contents.get_mut(&id).expect("the content was added before")
    }

    /// Lets the search learn of a change, after its lag.
    pub fn learn(&mut self, id: u64) {
        self.queue.push((self.now + self.lag, id));
    }

    pub(crate) fn settle(&mut self) {
        let due: Vec<u64> = self.queue.iter().filter(|(at, _)| *at <= self.now).map(|(_, id)| *id).collect();
        self.queue.retain(|(at, _)| *at > self.now);
        for id in due {
            match self.contents.get(&id) {
                Some(content) => self.index.insert(id, content.clone()),
                None => self.index.remove(&id),
            };
        }
    }

    fn is_below(&self, id: u64, above: u64) -> bool {
        self.ancestors(id).contains(&above)
            || self.contents[&id]
                .container
                .is_some_and(|page| page == above || self.ancestors(page).contains(&above))
    }

    /// Returns what a thing lies under, the outermost first.
    #[must_use]
    pub fn ancestors(&self, id: u64) -> Vec<u64> {
        let mut path = Vec::new();
        let mut next = self.contents.get(&id).and_then(|content| content.parent);
        while let Some(above) = next.filter(|above| !path.contains(above)) {
            path.push(above);
            next = self.contents.get(&above).and_then(|content| content.parent);
        }
        path.reverse();
        path
    }

    /// Reports whether a caller may see a thing; nobody in particular sees what is open to all.
    pub(crate) fn sees(&self, user: Option<&str>, content: &Content) -> bool {
        let Some(space) = self.spaces.get(&content.space) else { return false };
        if !(space.is_anonymous || (user.is_some() && space.is_visible)) {
            return false;
        }
        let page = content.container.and_then(|page| self.contents.get(&page));
        let own = page.unwrap_or(content);
        let path = self.ancestors(own.id);
        let path = path.iter().filter_map(|id| self.contents.get(id)).chain([own]);
        let open = |content: &Content| {
            content.readers.is_empty() || user.is_some_and(|user| content.readers.contains(user))
        };
        path.into_iter().all(open) && page.is_none_or(|page| page.status == Status::Current)
    }
}
