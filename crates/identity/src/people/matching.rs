//! Which subjects match by their identifiers, and which identifiers must not be matched by.

use std::collections::{BTreeMap, BTreeSet};

use domain::record::Role;
use domain::{SubjectId, Timestamp};

use super::{By, SubjectFacts};
use crate::customer::NamedBy;
use crate::identifier::{Identifier, Kind};
use crate::people::several::{are_several_people, has_several_names};
use crate::people::since::{Kin, Since};

/// Why an identifier must not be matched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quarantine {
    /// A shared id: it was used under clearly different names and e-mail addresses.
    SharedId,
    /// An e-mail address of two or more users.
    SeveralUsers,
    /// An e-mail address under clearly different full names.
    SeveralNames,
}

impl Quarantine {
    /// Returns the name as the store and reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SharedId => "shared_id",
            Self::SeveralUsers => "several_users",
            Self::SeveralNames => "several_names",
        }
    }
}

/// Why a subject belongs to no person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Apart {
    /// It was seen as several clearly different people.
    SeveralPeople,
    /// It is named by an identifier that is quarantined.
    NamedByShared,
}

impl Apart {
    /// Returns the name as the store and reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SeveralPeople => "several_people",
            Self::NamedByShared => "named_by_shared",
        }
    }
}

/// Two subjects, by position, that match from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Match {
    pub(super) from: Timestamp,
    pub(super) by: By,
    pub(super) one: usize,
    pub(super) other: usize,
}

/// What matching found.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// By contact id and `user_id`: what makes two subjects one account.
    pub(super) accounts: Vec<Match>,
    /// By e-mail address: what is only claimed.
    pub(super) claims: Vec<Match>,
    pub(super) apart: BTreeMap<SubjectId, Apart>,
    pub(super) quarantined: BTreeMap<Identifier, Quarantine>,
}

/// A subject, by position, that carries an identifier, and since when.
type Carrier = (Timestamp, usize);

/// Finds the matches among `facts`, of which `detached` ones match nothing.
pub(super) fn find(facts: &[SubjectFacts], detached: &BTreeSet<SubjectId>) -> Matches {
    let mut search = Search {
        facts,
        detached,
        carriers: BTreeMap::new(),
        kin: Kin::default(),
        users: BTreeMap::new(),
        matches: Matches::default(),
    };
    for (position, one) in facts.iter().enumerate() {
        for identifier in one.bonds() {
            let since = one.identifiers[identifier].max(one.first_seen);
            search.carriers.entry(identifier).or_default().push((since, position));
        }
    }
    search.carriers.values_mut().for_each(|carriers| carriers.sort_unstable());

    search.find_users();
    search.quarantine_shared_ids();
    let accounts = search.match_accounts();
    search.quarantine_emails(&accounts);
    search.match_emails(&accounts);
    search.matches
}

struct Search<'a> {
    facts: &'a [SubjectFacts],
    detached: &'a BTreeSet<SubjectId>,
    /// Who carries an identifier, the first one first.
    carriers: BTreeMap<&'a Identifier, Vec<Carrier>>,
    /// Who shares a contact id or `user_id`.
    kin: Kin,
    /// The users among those who carry an address, since they have been both.
    users: BTreeMap<&'a Identifier, Vec<Carrier>>,
    matches: Matches,
}

impl<'a> Search<'a> {
    fn identifiers(&self, kind: Kind) -> impl Iterator<Item = (&'a Identifier, &Vec<Carrier>)> {
        self.carriers
            .iter()
            .map(|(identifier, carriers)| (*identifier, carriers))
            .filter(move |(identifier, _)| identifier.kind() == kind)
    }

    fn facts_of<'s>(
        &'s self,
        carriers: &'s [Carrier],
    ) -> impl Iterator<Item = &'a SubjectFacts> + Clone + 's {
        carriers.iter().map(|(_, position)| &self.facts[*position])
    }

    fn may_match(&self, position: usize) -> bool {
        let subject = &self.facts[position].subject;
        !self.detached.contains(subject) && !self.matches.apart.contains_key(subject)
    }

    /// Finds out who shares a contact id or `user_id`, and which addresses are users'.
    fn find_users(&mut self) {
        let shared = self.identifiers(Kind::ContactId).chain(self.identifiers(Kind::UserId));
        let mut edges: Vec<(Timestamp, usize, usize)> = shared
            .flat_map(|(_, carriers)| {
                carriers.iter().skip(1).map(|(since, other)| (*since, carriers[0].1, *other))
            })
            .collect();
        edges.sort_unstable();
        self.kin = Kin::new(self.facts.iter().map(|one| one.role == Role::User), &edges);
        let mut users: BTreeMap<&Identifier, Vec<Carrier>> = BTreeMap::new();
        for (email, carriers) in self.identifiers(Kind::Email) {
            let reached = |(since, one): &Carrier| Some(((*since).max(self.kin.user_since(*one)?), *one));
            let mut known: Vec<Carrier> = carriers.iter().filter_map(reached).collect();
            known.sort_unstable();
            users.insert(email, known);
        }
        self.users = users;
    }

    /// Quarantines every `user_id` that was used by several people, and sets apart what shows several people.
    fn quarantine_shared_ids(&mut self) {
        let shared: Vec<&Identifier> = self
            .identifiers(Kind::UserId)
            .filter(|(_, carriers)| are_several_people(self.facts_of(carriers)))
            .map(|(identifier, _)| identifier)
            .collect();
        let shared = shared.into_iter().map(|identifier| (identifier.clone(), Quarantine::SharedId));
        self.matches.quarantined.extend(shared);
        for one in self.facts {
            let several = match one.named_by {
                // The address or number is one by definition, so names alone must tell.
                NamedBy::Identifier(Kind::Email | Kind::Phone) => has_several_names(std::iter::once(one)),
                NamedBy::Identifier(Kind::ContactId | Kind::UserId) => {
                    are_several_people(std::iter::once(one))
                }
                NamedBy::Conversation => false,
            };
            if several {
                self.matches.apart.insert(one.subject, Apart::SeveralPeople);
            }
        }
        self.set_apart_named_by(Kind::UserId);
    }

    /// Matches by contact id and `user_id`, and returns since when subjects are one account.
    fn match_accounts(&mut self) -> Since {
        let mut found = Vec::new();
        for (kind, by) in [(Kind::ContactId, By::ContactId), (Kind::UserId, By::UserId)] {
            let free = |identifier: &Identifier| !self.matches.quarantined.contains_key(identifier);
            for (_, carriers) in self.identifiers(kind).filter(|(identifier, _)| free(identifier)) {
                let able =
                    |one: &usize| self.may_match(*one) && (by == By::ContactId || self.has_one_user_id(*one));
                let mut able = carriers.iter().filter(|(_, one)| able(one));
                if let Some((_, first)) = able.next() {
                    found.extend(able.map(|(from, other)| Match {
                        from: *from,
                        by,
                        one: *first,
                        other: *other,
                    }));
                }
            }
        }
        found.sort_unstable();
        let mut accounts = Since::new(self.facts.len());
        for one in &found {
            accounts.join(one.one, one.other, one.from);
        }
        self.matches.accounts = found;
        accounts
    }

    /// Reports whether a subject, and with it every subject of the same contact, has only ever carried one
    /// `user_id`. A contact whose `user_id` was overwritten speaks for neither of the two accounts.
    fn has_one_user_id(&self, position: usize) -> bool {
        let same_contact = self.facts[position]
            .of_kind(Kind::ContactId)
            .filter_map(|contact| self.carriers.get(contact))
            .flatten()
            .map(|(_, other)| *other);
        let ids: BTreeSet<&Identifier> = std::iter::once(position)
            .chain(same_contact)
            .flat_map(|one| self.facts[one].of_kind(Kind::UserId))
            .collect();
        ids.len() == 1
    }

    /// Quarantines every e-mail address that does not belong to exactly one person.
    fn quarantine_emails(&mut self, accounts: &Since) {
        let mut quarantined = Vec::new();
        for (identifier, carriers) in self.identifiers(Kind::Email) {
            let users = self.users.get(identifier).into_iter().flatten();
            if users.map(|(_, one)| accounts.root(*one)).collect::<BTreeSet<_>>().len() > 1 {
                quarantined.push((identifier.clone(), Quarantine::SeveralUsers));
            } else if has_several_names(self.facts_of(carriers)) {
                quarantined.push((identifier.clone(), Quarantine::SeveralNames));
            }
        }
        self.matches.quarantined.extend(quarantined);
        self.set_apart_named_by(Kind::Email);
    }

    fn set_apart_named_by(&mut self, kind: Kind) {
        for one in self.facts.iter().filter(|one| one.named_by == NamedBy::Identifier(kind)) {
            if one.of_kind(kind).any(|identifier| self.matches.quarantined.contains_key(identifier)) {
                self.matches.apart.entry(one.subject).or_insert(Apart::NamedByShared);
            }
        }
    }

    /// Matches by e-mail address, so that no chain of addresses ever leads from one account to another:
    /// whoever is no user joins the one user whose addresses it carries, and by an address of no user only
    /// those find each other who carry no user's address at all.
    fn match_emails(&mut self, accounts: &Since) {
        let mut claims: Vec<Option<Claim>> = vec![None; self.facts.len()];
        for position in 0..self.facts.len() {
            // Kin is asked once, for the first of them.
            if self.kin.of(position).first() == Some(&position) {
                let claim = self.claim(position, accounts);
                self.kin.of(position).iter().for_each(|one| claims[*one] = claim);
            }
        }
        let mut found = Vec::new();
        let free = |identifier: &Identifier| !self.matches.quarantined.contains_key(identifier);
        for (email, carriers) in self.identifiers(Kind::Email).filter(|(identifier, _)| free(identifier)) {
            let able = carriers.iter().filter(|(_, one)| self.may_match(*one));
            let of_users = self.users[email].iter().find(|(_, one)| self.may_match(*one));
            let others = able.filter_map(|(since, one)| claims[*one].map(|claim| (*since, *one, claim)));
            if let Some((since_first, first)) = of_users {
                for (since, one, claim) in others {
                    if let Claim::Of { settled } = claim {
                        let from = since.max(*since_first).max(settled);
                        found.push(Match { from, by: By::Email, one: *first, other: one });
                    }
                }
            } else {
                let mut free = others.filter(|(_, _, claim)| *claim == Claim::Free);
                if let Some((_, first, _)) = free.next() {
                    found.extend(free.map(|(from, one, _)| Match {
                        from,
                        by: By::Email,
                        one: first,
                        other: one,
                    }));
                }
            }
        }
        self.matches.claims = found;
    }

    /// Returns whose addresses a subject and its kin carry: absent for users, and where they are several
    /// accounts'.
    fn claim(&self, position: usize, accounts: &Since) -> Option<Claim> {
        if self.kin.user_since(position).is_some() {
            return None;
        }
        let mut users: Vec<Carrier> = Vec::new();
        for one in self.kin.of(position).iter().map(|one| &self.facts[*one]) {
            for email in one.of_kind(Kind::Email) {
                let own = one.identifiers[email].max(one.first_seen);
                let others = self.users.get(email).into_iter().flatten();
                users.extend(others.map(|(since, user)| (own.max(*since), *user)));
            }
        }
        users.sort_unstable();
        let roots: BTreeSet<usize> = users.iter().map(|(_, one)| accounts.root(*one)).collect();
        match roots.len() {
            0 => Some(Claim::Free),
            1 => Some(Claim::Of { settled: accounts.settled(&users) }),
            _ => None,
        }
    }
}

/// Whose addresses somebody carries who is no user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// No user's.
    Free,
    /// One account's, which has been one since `settled`.
    Of { settled: Timestamp },
}
