//! The logs of changes: one for each user, one for each shared drive, and in each one entry for a file at a time.

use std::collections::BTreeMap;

use super::World;

/// Whose log it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LogKey {
    User(String),
    Drive(String),
}

/// What an entry is about; what it says is the newest state when it is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    File(String),
    Drive(String),
}

/// All logs. Numbers are common to them; a token is the number after which a log goes on.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    newest: u64,
    entries: BTreeMap<LogKey, BTreeMap<u64, (About, i64)>>,
    places: BTreeMap<(LogKey, About), u64>,
    /// Logs with something new since channels were told.
    pub(crate) fresh: Vec<LogKey>,
}

impl Logs {
    fn write(&mut self, key: LogKey, about: About, at: i64) {
        self.newest += 1;
        let number = self.newest;
        let old = self.places.insert((key.clone(), about.clone()), number);
        let entries = self.entries.entry(key.clone()).or_default();
        if let Some(old) = old {
            entries.remove(&old);
        }
        entries.insert(number, (about, at));
        if !self.fresh.contains(&key) {
            self.fresh.push(key);
        }
    }

    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }

    /// Returns at most `count` entries after a number.
    pub(crate) fn after(&self, key: &LogKey, number: u64, count: usize) -> Vec<(u64, About, i64)> {
        let entries = self.entries.get(key).into_iter();
        let later = entries.flat_map(|entries| entries.range(number + 1..));
        later.take(count).map(|(number, (about, at))| (*number, about.clone(), *at)).collect()
    }
}

impl World {
    /// Returns who sees something now.
    pub(super) fn viewers(&self, id: &str) -> Vec<String> {
        self.users.keys().filter(|email| self.sees(email, id)).cloned().collect()
    }

    /// Writes that a file changed: into its drive's log, or into the logs of those who see it or saw it before.
    pub(super) fn tell(&mut self, id: &str, before: &[String]) {
        let now = self.clock.now_ms();
        let about = About::File(id.to_owned());
        let drive = self.items.get(id).and_then(|item| item.drive.clone());
        if let Some(drive) = &drive {
            self.logs.write(LogKey::Drive(drive.clone()), about.clone(), now);
        }
        let mut who = self.viewers(id);
        who.extend(before.iter().filter(|email| !who.contains(email)).cloned().collect::<Vec<_>>());
        for email in who {
            // Who belongs to the drive reads its log; who only sees something in it has no other log than their own.
            let belongs = drive.as_ref().is_some_and(|drive| self.sees(&email, drive));
            if !belongs || self.quirks.user_log_tells_drives {
                self.logs.write(LogKey::User(email), about.clone(), now);
            }
        }
    }

    /// Writes that a file left a shared drive.
    pub(super) fn tell_left(&mut self, id: &str, drive: &str) {
        let now = self.clock.now_ms();
        self.logs.write(LogKey::Drive(drive.to_owned()), About::File(id.to_owned()), now);
    }

    /// Writes that a shared drive changed, into the log of every user.
    pub(super) fn tell_drive(&mut self, id: &str) {
        let now = self.clock.now_ms();
        for email in self.users.keys().cloned().collect::<Vec<_>>() {
            self.logs.write(LogKey::User(email), About::Drive(id.to_owned()), now);
        }
    }
}
