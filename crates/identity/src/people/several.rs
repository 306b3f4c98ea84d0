//! Whether what was seen under one identity is several people.

use std::collections::BTreeSet;

use super::SubjectFacts;
use crate::identifier::{Identifier, Kind};
use crate::names::{Name, clearly_different_addresses};

/// Reports whether `facts` together show clearly different people: two names that are clearly different and
/// two e-mail addresses that are. Either alone is not enough: people marry, and people have several
/// addresses.
pub(super) fn are_several_people<'a>(facts: impl Iterator<Item = &'a SubjectFacts> + Clone) -> bool {
    let names: BTreeSet<Name> =
        facts.clone().flat_map(|one| &one.names).filter_map(|name| Name::read(name)).collect();
    let emails: BTreeSet<&Identifier> = facts.flat_map(|one| one.of_kind(Kind::Email)).collect();
    any_pair(&emails, |one, other| clearly_different_addresses(one, other))
        && any_pair(&names, |one, other| one.clearly_differs(other))
}

/// Reports whether `facts` together show two full names that are clearly different.
pub(super) fn has_several_names<'a>(facts: impl Iterator<Item = &'a SubjectFacts>) -> bool {
    let names: BTreeSet<Name> =
        facts.flat_map(|one| &one.names).filter_map(|name| Name::read(name)).filter(Name::is_full).collect();
    any_pair(&names, |one, other| one.clearly_differs(other))
}

fn any_pair<T>(set: &BTreeSet<T>, differ: impl Fn(&T, &T) -> bool) -> bool {
    set.iter()
        .enumerate()
        .any(|(position, one)| set.iter().skip(position + 1).any(|other| differ(one, other)))
}
