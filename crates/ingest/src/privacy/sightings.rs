//! When a detail stops being a secret: the few-companies rule.
//!
//! A [`Sightings`] holds what is known of one detail: since when a readable document shows it, and to whom
//! agents wrote it. From these facts follows [`Sightings::shared_from`]; in what order they arrived makes no
//! difference, and customers' texts are no facts. People are told apart by a [`Listener`], which knows them
//! by their company and by the domain of their address: two listeners are unrelated when they share neither.
//! With companies on one side and domains on the other, each listener is an edge, and the number of
//! unrelated ones is the size of the greatest matching.

use std::collections::{BTreeMap, BTreeSet};

use domain::Timestamp;
use domain::record::Role;

use super::free_mail;
use super::keyed::TenantKey;

/// To how many unrelated companies agents must have written a detail.
pub const COMPANIES: u8 = 3;
/// To how many of them a word must have been written to count as usual for the tenant.
pub const PEOPLE: u8 = 20;

/// To whom something was written, as far as the rule must tell people apart. Its parts are keyed hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listener {
    /// Stands for the company, or for the person who has none.
    pub company: i64,
    /// Stands for the domain of the address, or for the company or person where it tells nothing.
    pub domain: i64,
}

/// What is known of somebody to whom an agent wrote.
#[derive(Debug, Clone, Copy)]
pub struct Contact<'a> {
    /// Visitors and leads count as nobody: anybody can become one.
    pub role: Role,
    /// One name for the person and all its suspected duplicates.
    pub person: &'a str,
    /// The companies of the person, from the server side.
    pub companies: &'a [domain::CompanyId],
    /// The e-mail address.
    pub email: Option<&'a str>,
}

impl Listener {
    /// Returns as whom a contact counts; `None` for those who count as nobody: visitors and leads, and
    /// people in several companies, who would make those companies look like one or one like several.
    #[must_use]
    pub fn of(key: &TenantKey, contact: &Contact<'_>) -> Option<Self> {
        if contact.role != Role::User {
            return None;
        }
        let company = match contact.companies {
            [] => None,
            [one] => Some(key.hash(b'C', &[&one.to_string()])),
            _ => return None,
        };
        let domain = contact
            .email
            .and_then(|email| email.rsplit_once('@'))
            .map(|(_, domain)| domain.trim().trim_end_matches('.').to_lowercase())
            .filter(|domain| !domain.is_empty() && !free_mail::is_free(domain))
            .map(|domain| key.hash(b'D', &[&domain]));
        let person = key.hash(b'U', &[contact.person]);
        let company_or_own = company.or(domain).unwrap_or(person);
        Some(Self { company: company_or_own, domain: domain.unwrap_or(company_or_own) })
    }
}

/// What is known of one detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sightings {
    needed: u8,
    shown_from: Option<Timestamp>,
    told: BTreeMap<Listener, Timestamp>,
    /// The moment by which enough unrelated listeners had been told; follows from `told`.
    told_from: Option<Timestamp>,
}

impl Sightings {
    /// Begins with no facts, for a detail that `needed` unrelated companies must have been told.
    #[must_use]
    pub fn new(needed: u8) -> Self {
        Self { needed, shown_from: None, told: BTreeMap::new(), told_from: None }
    }

    /// Rebuilds what was stored.
    #[must_use]
    pub fn from_stored(
        needed: u8,
        shown_from: Option<Timestamp>,
        told: impl IntoIterator<Item = (Listener, Timestamp)>,
    ) -> Self {
        let mut sightings = Self { shown_from, ..Self::new(needed) };
        for (listener, at) in told {
            sightings.tell(at, listener);
        }
        sightings
    }

    /// Returns how many unrelated companies must have been told.
    #[must_use]
    pub fn needed(&self) -> u8 {
        self.needed
    }

    /// Returns since when a document shows it.
    #[must_use]
    pub fn shown_from(&self) -> Option<Timestamp> {
        self.shown_from
    }

    /// Returns to whom it was written and when first: no more than is needed to know `shared_from`, whatever
    /// arrives later.
    pub fn told(&self) -> impl Iterator<Item = (Listener, Timestamp)> {
        self.told.iter().map(|(listener, at)| (*listener, *at))
    }

    /// Adds that an agent wrote the detail to `listener` at `at`. Returns whether anything changed.
    pub fn tell(&mut self, at: Timestamp, listener: Listener) -> bool {
        if self.told.get(&listener).is_some_and(|known| *known <= at) {
            return false;
        }
        if self.told_from.is_some_and(|told| at >= told) {
            return false;
        }
        self.told.insert(listener, at);
        self.told_from = told_from(&self.told, self.needed);
        // More facts can only move that moment to an earlier one, so what came after it never matters again.
        if let Some(told) = self.told_from {
            self.told.retain(|_, at| *at <= told);
        }
        true
    }

    /// Adds that a document which is `Public` or `Internal` shows the detail since `at`. Returns whether
    /// anything changed.
    pub fn show(&mut self, at: Timestamp) -> bool {
        if self.shown_from.is_some_and(|known| known <= at) {
            return false;
        }
        self.shown_from = Some(at);
        true
    }

    /// Forgets the documents, before those that are left are added again.
    pub fn hide(&mut self) {
        self.shown_from = None;
    }

    /// Adds all facts of `other`.
    pub fn merge(&mut self, other: &Self) {
        if let Some(at) = other.shown_from {
            self.show(at);
        }
        for (listener, at) in &other.told {
            self.tell(*at, *listener);
        }
    }

    /// Returns from when the detail is no secret; `None` while it is one.
    #[must_use]
    pub fn shared_from(&self) -> Option<Timestamp> {
        [self.shown_from, self.told_from].into_iter().flatten().min()
    }
}

/// Returns the moment by which `needed` unrelated listeners had been told.
fn told_from(told: &BTreeMap<Listener, Timestamp>, needed: u8) -> Option<Timestamp> {
    let needed = usize::from(needed);
    if told.len() < needed {
        return None;
    }
    let mut by_time: Vec<(Timestamp, Listener)> =
        told.iter().map(|(listener, at)| (*at, *listener)).collect();
    by_time.sort_unstable();
    let mut matching = Matching::default();
    by_time.into_iter().find_map(|(at, listener)| {
        matching.add(listener);
        (matching.size() >= needed).then_some(at)
    })
}

/// A greatest matching of companies and domains that grows by one edge at a time.
#[derive(Default)]
struct Matching {
    domains: BTreeMap<i64, Vec<i64>>,
    company_of: BTreeMap<i64, i64>,
}

impl Matching {
    fn size(&self) -> usize {
        self.company_of.len()
    }

    fn add(&mut self, listener: Listener) {
        self.domains.entry(listener.company).or_default().push(listener.domain);
        // One more edge raises the matching by at most one, along an augmenting path from a free company.
        let matched: BTreeSet<i64> = self.company_of.values().copied().collect();
        let free: Vec<i64> =
            self.domains.keys().filter(|company| !matched.contains(*company)).copied().collect();
        for company in free {
            if self.augment(company, &mut BTreeSet::new()) {
                return;
            }
        }
    }

    fn augment(&mut self, company: i64, seen: &mut BTreeSet<i64>) -> bool {
        for domain in self.domains.get(&company).cloned().unwrap_or_default() {
            if !seen.insert(domain) {
                continue;
            }
            let holder = self.company_of.get(&domain).copied();
            if holder.is_none_or(|holder| self.augment(holder, seen)) {
                self.company_of.insert(domain, company);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
