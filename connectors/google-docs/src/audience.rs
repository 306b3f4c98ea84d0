//! Who may see a document: an ordered list of rules, of which the first that fits decides.
//!
//! Drive's own sharing is no audience. A link that anybody can open, or a document that is shared with a whole
//! domain, is an accident as often as an intention, so neither makes a text public. What no rule names is internal,
//! and so is what cannot be found out.

use std::collections::BTreeSet;

use connector::Error;
use domain::record::RawAudience;

use crate::wire::Permission;

/// Where a rule holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// In everything that is read.
    Anywhere,
    /// In a folder and everything below it, by the folder's id.
    Folder(String),
    /// In a shared drive, by its id.
    Drive(String),
    /// For one document, by its id.
    Document(String),
}

/// With whom a document must be shared for a rule to hold. A link that anybody can open counts for nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shared {
    /// With everybody of a domain, such as `customer.example`.
    Domain(String),
    /// With a group, by its address. Who belongs to it is not looked into.
    Group(String),
}

/// What a rule makes of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Anybody may see it.
    Public,
    /// Agents may see it.
    Internal,
    /// The members of a company may see it; the id is the company's own in our tenant's words.
    Company(String),
    /// It is not read at all.
    LeaveOut,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Where it holds.
    pub place: Place,
    /// With whom a document must be shared, if that matters.
    pub shared: Option<Shared>,
    /// What follows.
    pub outcome: Outcome,
}

/// What becomes of a document below a rule's place whose access was limited on its way, so that not everybody who
/// may see the place may see the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Restricted {
    /// Agents may see it.
    Internal,
    /// It is not read at all.
    LeaveOut,
}

/// The rules after they were checked.
#[derive(Debug)]
pub(crate) struct Rules {
    rules: Vec<Rule>,
    restricted: Restricted,
}

/// Where a document lies, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lineage {
    /// The document itself, or the folder when a folder is judged.
    pub(crate) id: String,
    /// Whether it inherits nobody's rights.
    pub(crate) is_limited: bool,
    /// The folders above it, the nearest first, and whether each inherits nobody's rights.
    pub(crate) folders: Vec<(String, bool)>,
    /// Its shared drive.
    pub(crate) drive: Option<String>,
}

/// With whom something is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    /// With these, among those that rules name.
    Known(BTreeSet<Shared>),
    /// It could not be found out.
    Unknown,
}

/// What the rules say, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    /// In whole sentences; the last one decided.
    pub(crate) steps: Vec<String>,
}

impl Verdict {
    /// Returns the audience; none when it is left out.
    pub(crate) fn audience(&self) -> Option<RawAudience> {
        match &self.outcome {
            Outcome::Public => Some(RawAudience::Public),
            Outcome::Internal => Some(RawAudience::Internal),
            Outcome::Company(id) => Some(RawAudience::Company(id.clone())),
            Outcome::LeaveOut => None,
        }
    }
}

impl Rules {
    /// # Errors
    /// Fails for a rule that would make something public by sharing alone, or that names nothing.
    pub(crate) fn new(rules: Vec<Rule>, restricted: Restricted) -> Result<Self, Error> {
        for (at, rule) in rules.iter().enumerate() {
            if let Some(why) = fault(rule) {
                let what = format!("rule {} of the audiences {why}", at + 1);
                return Err(Error::GiveUp { what, source: None });
            }
        }
        let lower = |shared: Shared| match shared {
            Shared::Domain(domain) => Shared::Domain(domain.trim().to_lowercase()),
            Shared::Group(address) => Shared::Group(address.trim().to_lowercase()),
        };
        let rules = rules.into_iter().map(|rule| Rule { shared: rule.shared.map(lower), ..rule });
        Ok(Self { rules: rules.collect(), restricted })
    }

    /// Returns the folders that rules name.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter_map(|rule| match &rule.place {
            Place::Folder(id) => Some(id.as_str()),
            _ => None,
        })
    }

    /// Reports whether it matters for this document with whom it is shared.
    pub(crate) fn depend_on_sharing(&self, lineage: &Lineage) -> bool {
        let mut fitting = self.rules.iter().filter(|rule| distance(rule, lineage).is_some());
        fitting.next().is_some_and(|first| first.shared.is_some())
    }

    /// Reports whether it matters anywhere with whom something is shared.
    pub(crate) fn mind_sharing(&self) -> bool {
        self.rules.iter().any(|rule| rule.shared.is_some())
    }

    /// Returns the numbers of the rules that hold where this lies, each with whether access is limited on the way.
    pub(crate) fn fitting(&self, lineage: &Lineage) -> Vec<(usize, bool)> {
        let fits =
            |(at, rule): (usize, &Rule)| Some((at, is_limited(rule, lineage, distance(rule, lineage)?)));
        self.rules.iter().enumerate().filter_map(fits).collect()
    }

    /// Reports whether it can matter for being left out with whom this document is shared.
    pub(crate) fn may_leave_out_by_sharing(&self, lineage: &Lineage) -> bool {
        let leaves = |rule: &Rule| rule.outcome == Outcome::LeaveOut;
        let mut fitting = self.rules.iter().filter(|rule| distance(rule, lineage).is_some());
        let shared: Vec<&Rule> = fitting.by_ref().take_while(|rule| rule.shared.is_some()).collect();
        if shared.is_empty() {
            return false;
        }
        // What follows may leave out too, by its own word or because the access is limited.
        let otherwise = self.decide(lineage, &Access::Known(BTreeSet::new())).outcome == Outcome::LeaveOut;
        otherwise || shared.iter().any(|rule| leaves(rule))
    }

    /// Reports whether these rules may have let anybody else see a document that now has this audience.
    pub(crate) fn may_be_wider(&self, audience: &RawAudience) -> bool {
        let is_other = |rule: &Rule| match &rule.outcome {
            Outcome::Public => true,
            Outcome::Company(id) => !matches!(audience, RawAudience::Company(own) if own == id),
            Outcome::Internal | Outcome::LeaveOut => false,
        };
        *audience != RawAudience::Public && self.rules.iter().any(is_other)
    }

    /// Returns those whom rules name and who may see something with these permissions.
    pub(crate) fn access(&self, permissions: &[Permission]) -> Access {
        let named: BTreeSet<&Shared> = self.rules.iter().filter_map(|rule| rule.shared.as_ref()).collect();
        let holds = |shared: &Shared| permissions.iter().any(|permission| grants(permission, shared));
        Access::Known(named.into_iter().filter(|shared| holds(shared)).cloned().collect())
    }

    /// Says who may see a document.
    pub(crate) fn decide(&self, lineage: &Lineage, access: &Access) -> Verdict {
        let mut steps = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            let named = format!("rule {} ({})", at + 1, describe(rule));
            let Some(folders_below) = distance(rule, lineage) else {
                steps.push(format!("{named} does not fit: the document lies elsewhere"));
                continue;
            };
            if let Some(shared) = &rule.shared {
                match access {
                    Access::Known(with) if with.contains(shared) => {
                        steps.push(format!("{named} decides: the document is shared so"));
                        return Verdict { outcome: rule.outcome.clone(), steps };
                    }
                    Access::Known(_) => {
                        steps.push(format!("{named} does not fit: the document is not shared so"));
                        continue;
                    }
                    Access::Unknown => {
                        steps.push(format!(
                            "{named} cannot be tried, because Google does not tell with whom the document is shared; unknown means internal"
                        ));
                        return Verdict { outcome: Outcome::Internal, steps };
                    }
                }
            }
            let is_wide = matches!(rule.outcome, Outcome::Public | Outcome::Company(_));
            if is_wide && is_limited(rule, lineage, folders_below) {
                steps.push(format!("{named} fits, but access below that place is limited to some people"));
                let outcome = match self.restricted {
                    Restricted::Internal => Outcome::Internal,
                    Restricted::LeaveOut => Outcome::LeaveOut,
                };
                steps.push(format!("what is limited is {}", word(&outcome)));
                return Verdict { outcome, steps };
            }
            steps.push(format!("{named} decides"));
            return Verdict { outcome: rule.outcome.clone(), steps };
        }
        steps.push("no rule fits, so it is internal".to_owned());
        Verdict { outcome: Outcome::Internal, steps }
    }
}

/// Returns how many of the folders above a document lie below the rule's place; none when it lies elsewhere.
fn distance(rule: &Rule, lineage: &Lineage) -> Option<usize> {
    let all = lineage.folders.len();
    match &rule.place {
        Place::Anywhere => Some(all),
        Place::Document(id) => (*id == lineage.id).then_some(0),
        Place::Folder(id) if *id == lineage.id => Some(0),
        Place::Folder(id) => lineage.folders.iter().position(|(folder, _)| folder == id),
        Place::Drive(id) => (lineage.drive.as_ref() == Some(id)).then_some(all),
    }
}

/// Reports whether access is limited below the rule's place, which so many folders lie below.
fn is_limited(rule: &Rule, lineage: &Lineage, folders_below: usize) -> bool {
    match rule.place {
        Place::Document(_) => false,
        _ => lineage.is_limited || lineage.folders[..folders_below].iter().any(|(_, limited)| *limited),
    }
}

/// Reports whether a permission lets `shared` read the content now and for good.
fn grants(permission: &Permission, shared: &Shared) -> bool {
    // A right that ends by itself is none of a company's, and a view of metadata shows no text.
    let counts = !permission.deleted
        && !permission.pending_owner
        && permission.expiration_time.is_none()
        && permission.view.is_none();
    let same = |stated: &Option<String>, wanted: &str| {
        stated.as_ref().is_some_and(|stated| stated.trim().to_lowercase() == wanted)
    };
    counts
        && match shared {
            Shared::Domain(domain) => permission.kind == "domain" && same(&permission.domain, domain),
            Shared::Group(address) => permission.kind == "group" && same(&permission.email_address, address),
        }
}

fn fault(rule: &Rule) -> Option<&'static str> {
    let is_public = rule.outcome == Outcome::Public;
    let empty = |text: &String| text.trim().is_empty();
    let names_nothing = match &rule.place {
        Place::Anywhere => false,
        Place::Folder(id) | Place::Drive(id) | Place::Document(id) => empty(id),
    } || rule.shared.as_ref().is_some_and(|shared| match shared {
        Shared::Domain(name) | Shared::Group(name) => empty(name),
    }) || matches!(&rule.outcome, Outcome::Company(id) if empty(id));
    if names_nothing {
        Some("names a place, a company or a domain that is empty")
    } else if is_public && rule.shared.is_some() {
        Some("would make documents public because they are shared; sharing alone never does")
    } else if is_public && rule.place == Place::Anywhere {
        Some("would make everything public; name the folder, the drive or the document")
    } else {
        None
    }
}

fn describe(rule: &Rule) -> String {
    let place = match &rule.place {
        Place::Anywhere => "anywhere".to_owned(),
        Place::Folder(id) => format!("folder `{id}`"),
        Place::Drive(id) => format!("shared drive `{id}`"),
        Place::Document(id) => format!("document `{id}`"),
    };
    let shared = match &rule.shared {
        None => String::new(),
        Some(Shared::Domain(domain)) => format!(", shared with the domain `{domain}`"),
        Some(Shared::Group(address)) => format!(", shared with the group `{address}`"),
    };
    format!("{place}{shared}: {}", word(&rule.outcome))
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Public => "public".to_owned(),
        Outcome::Internal => "internal".to_owned(),
        Outcome::Company(id) => format!("company `{id}`"),
        Outcome::LeaveOut => "left out".to_owned(),
    }
}

#[cfg(test)]
mod tests;
