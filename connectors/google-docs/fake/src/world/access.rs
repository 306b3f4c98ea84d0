//! Who may see what.

use super::{Grant, Item, World};

impl World {
    /// Returns the rights to something, its own and those it inherits.
    pub(crate) fn rights(&self, id: &str) -> Vec<(Grant, Option<String>)> {
        let mut rights: Vec<(Grant, Option<String>)> = Vec::new();
        let mut at = Some(id.to_owned());
        let mut is_own = true;
        while let Some(id) = at.take() {
            let from = (!is_own).then(|| id.clone());
            let add = |rights: &mut Vec<(Grant, Option<String>)>, grants: &[Grant]| {
                for grant in grants {
                    let is_known =
                        rights.iter().any(|(known, _)| known.kind == grant.kind && known.who == grant.who);
                    if !is_known {
                        rights.push((grant.clone(), from.clone()));
                    }
                }
            };
            if let Some(item) = self.items.get(&id) {
                add(&mut rights, &item.grants);
                if item.limited {
                    // Those who run a shared drive keep their rights in it.
                    let drive = item.drive.as_ref().and_then(|drive| self.drives.get(drive));
                    let members = drive.map(|drive| drive.members.clone()).unwrap_or_default();
                    let organizers: Vec<Grant> =
                        members.into_iter().filter(|grant| grant.role == "organizer").collect();
                    add(&mut rights, &organizers);
                    break;
                }
                at = item.parent.clone();
            } else if let Some(drive) = self.drives.get(&id) {
                add(&mut rights, &drive.members);
            }
            is_own = false;
        }
        rights
    }

    /// Returns what somebody may do with something; none when they may not even see it.
    pub(crate) fn role(&self, email: &str, id: &str) -> Option<String> {
        let domain = email.split('@').nth(1).unwrap_or_default();
        let now = self.clock.now_ms();
        let holds = |grant: &Grant| {
            grant.expires.is_none_or(|ends| ends > now)
                && match grant.kind.as_str() {
                    "user" => grant.who == email,
                    "domain" => grant.who == domain,
                    "anyone" => true,
                    _ => false,
                }
        };
        let rank = |role: &str| {
            ["reader", "commenter", "writer", "fileOrganizer", "organizer", "owner"]
                .iter()
                .position(|known| *known == role)
        };
        let rights = self.rights(id).into_iter().map(|(grant, _)| grant).filter(holds);
        rights.map(|grant| grant.role).max_by_key(|role| rank(role))
    }

    /// Reports whether somebody may see something that is there.
    pub(crate) fn sees(&self, email: &str, id: &str) -> bool {
        let is_there = self.items.contains_key(id) || self.drives.contains_key(id);
        is_there && self.role(email, id).is_some()
    }

    /// Reports whether something is in the trash, itself or with what it lies in.
    pub(crate) fn in_trash(&self, item: &Item) -> bool {
        let mut at = Some(item);
        while let Some(item) = at {
            if item.trashed {
                return true;
            }
            at = item.parent.as_ref().and_then(|parent| self.items.get(parent));
        }
        false
    }

    /// Returns everything below something, itself first.
    pub(crate) fn subtree(&self, id: &str) -> Vec<String> {
        let mut all = vec![id.to_owned()];
        let mut at = 0;
        while at < all.len() {
            all.extend(self.children.get(&all[at]).into_iter().flatten().cloned());
            at += 1;
        }
        all
    }
}
