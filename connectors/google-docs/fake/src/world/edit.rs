//! Everything that people do, and what the logs say of it.

use super::{Doc, Grant, Kind, World};

impl World {
    /// Writes a document anew.
    pub fn write(&mut self, id: &str, doc: Doc) {
        self.touch(id, |item, now| {
            item.kind = Kind::Doc(doc);
            item.modified = now;
        });
    }

    /// Gives something another name.
    pub fn rename(&mut self, id: &str, name: &str) {
        self.touch(id, |item, _| item.name = name.to_owned());
    }

    /// Puts members over the true ones in every answer about something.
    pub fn make_odd(&mut self, id: &str, members: serde_json::Value) {
        self.touch(id, |item, _| item.odd = Some(members));
    }

    /// Allows or forbids readers to download something.
    pub fn allow_download(&mut self, id: &str, is_allowed: bool) {
        self.touch(id, |item, _| item.can_download = is_allowed);
    }

    /// Lets something inherit rights, or not.
    pub fn limit(&mut self, id: &str, is_limited: bool) {
        self.touch(id, |item, _| item.limited = is_limited);
    }

    /// Gives somebody a right to something or to a shared drive. What lies below makes no entry.
    pub fn share(&mut self, id: &str, grant: Grant) {
        if let Some(drive) = self.drives.get_mut(id) {
            drive.members.push(grant);
            return;
        }
        self.touch(id, |item, _| item.grants.push(grant));
    }

    /// Takes somebody's right to something or to a shared drive.
    pub fn unshare(&mut self, id: &str, who: &str) {
        if let Some(drive) = self.drives.get_mut(id) {
            drive.members.retain(|grant| grant.who != who);
            return;
        }
        self.touch(id, |item, _| item.grants.retain(|grant| grant.who != who));
    }

    /// Puts something into the trash, or back from it.
    pub fn trash(&mut self, id: &str, is_in_trash: bool) {
        let below = self.subtree(id);
        self.touch(id, |item, _| item.trashed = is_in_trash);
        if self.quirks.trash_tells_children {
            below.iter().skip(1).for_each(|child| self.tell(child, &[]));
        }
    }

    /// Deletes something and what lies in it, for good.
    pub fn delete(&mut self, id: &str) {
        for gone in self.subtree(id) {
            let before = self.viewers(&gone);
            let Some(item) = self.items.remove(&gone) else { continue };
            self.children.remove(&gone);
            if let Some(parent) = &item.parent
                && let Some(children) = self.children.get_mut(parent)
            {
                children.remove(&gone);
            }
            match &item.drive {
                Some(drive) => {
                    self.tell_left(&gone, drive);
                    let guests: Vec<String> =
                        before.into_iter().filter(|email| !self.sees(email, drive)).collect();
                    self.tell(&gone, &guests);
                }
                None => self.tell(&gone, &before),
            }
        }
    }

    /// Moves something into another folder or drive. What lies in it makes no entry, unless it changes drives.
    pub fn move_to(&mut self, id: &str, parent: &str) {
        let before = self.viewers(id);
        let old = self.items.get(id).and_then(|item| item.drive.clone());
        let new = match self.drives.contains_key(parent) {
            true => Some(parent.to_owned()),
            false => self.items.get(parent).and_then(|parent| parent.drive.clone()),
        };
        let owner = self.owner_of(parent);
        for (at, moved) in self.subtree(id).into_iter().enumerate() {
            let grant = self.grant("user", "owner", &owner);
            let Some(item) = self.items.get_mut(&moved) else { continue };
            item.version += 1;
            if at == 0 {
                if let Some(children) = item.parent.as_ref().and_then(|parent| self.children.get_mut(parent))
                {
                    children.remove(&moved);
                }
                item.parent = Some(parent.to_owned());
                self.children.entry(parent.to_owned()).or_default().insert(moved.clone());
            }
            if old == new {
                break;
            }
            item.drive.clone_from(&new);
            item.grants.retain(|grant| grant.role != "owner");
            if new.is_none() {
                item.grants.push(grant);
            }
            if let Some(old) = &old {
                self.tell_left(&moved, old);
            }
            self.tell(&moved, &before);
            if old.is_none() {
                // It left My Drive, of which its users are told as well.
                let drive = self.items.get_mut(&moved).and_then(|item| item.drive.take());
                self.tell(&moved, &before);
                if let Some(item) = self.items.get_mut(&moved) {
                    item.drive = drive;
                }
            }
        }
        if old == new {
            self.tell(id, &before);
        }
    }

    /// Removes a shared drive and everything in it.
    pub fn remove_drive(&mut self, id: &str) {
        for child in self.children.get(id).cloned().unwrap_or_default() {
            self.delete(&child);
        }
        self.drives.remove(id);
        self.tell_drive(id);
    }

    fn touch(&mut self, id: &str, change: impl FnOnce(&mut super::Item, i64)) {
        let before = self.viewers(id);
        let now = self.clock.now_ms();
        if let Some(item) = self.items.get_mut(id) {
            change(item, now);
            item.version += 1;
            self.tell(id, &before);
        }
    }
}
