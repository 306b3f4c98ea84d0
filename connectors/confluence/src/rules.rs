//! Who may see a document: the first rule that fits, capped by restrictions.

use domain::record::RawAudience;

use crate::catalogue::Entry;
use crate::config::{Restricted, fits};

/// A rule about audiences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which pages it is about.
    pub when: Match,
    /// Who may see them.
    pub gives: Gives,
}

/// Which pages a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// Those in a space, by its key; `*` stands for any characters.
    Space(String),
    /// Those that carry a label.
    Label(String),
    /// A page and everything below it, by its id.
    Ancestor(String),
}

/// What a rule gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gives {
    /// Anybody may see it.
    Public,
    /// Agents alone.
    Internal,
    /// The members of a company, by the id that the source of companies gives it.
    Company(String),
    /// It is not read.
    LeaveOut,
}

/// Whether only some people may read a page in Confluence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Whoever may see the space may read it.
    Open,
    /// It, or what it lies under, is restricted; the id says which.
    Restricted(String),
    /// What lies above it could not be looked into.
    Unknown(String),
}

/// What was decided about a document, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Who may see it; absent when it is left out.
    pub(crate) audience: Option<RawAudience>,
    /// What was looked at, the last one decided.
    pub(crate) steps: Vec<String>,
}

/// Decides about a page.
pub(crate) fn decide(rules: &[Rule], restricted: Restricted, entry: &Entry, reading: &Reading) -> Decision {
    let mut steps = Vec::new();
    let mut audience = Some(RawAudience::Internal);
    match rules.iter().enumerate().find(|(_, rule)| rule.fits(entry)) {
        Some((number, rule)) => {
            audience = match &rule.gives {
                Gives::Public => Some(RawAudience::Public),
                Gives::Internal => Some(RawAudience::Internal),
                Gives::Company(id) => Some(RawAudience::Company(id.clone())),
                Gives::LeaveOut => None,
            };
            let gives = said(audience.as_ref());
            steps.push(format!("Rule {} fits ({}) and makes it {gives}.", number + 1, rule.when.said()));
        }
        None => steps.push(format!("None of the {} rules fits, which makes it internal.", rules.len())),
    }
    let cause = match reading {
        Reading::Open => {
            steps.push(
                "No restriction of it or of what it lies under keeps anybody from reading it.".to_owned(),
            );
            // The last step decides; here that was the rule.
            steps.rotate_right(1);
            return Decision { audience, steps };
        }
        Reading::Restricted(id) => format!("Reading is restricted at `{id}`"),
        Reading::Unknown(id) => format!("Whether reading is restricted could not be found out at `{id}`"),
    };
    if audience.is_none() {
        steps.insert(0, format!("{cause}."));
        return Decision { audience, steps };
    }
    let audience = match restricted {
        Restricted::Internal => Some(RawAudience::Internal),
        Restricted::LeaveOut => None,
    };
    steps.push(format!("{cause}, which makes it {}.", said(audience.as_ref())));
    Decision { audience, steps }
}

impl Rule {
    fn fits(&self, entry: &Entry) -> bool {
        match &self.when {
            Match::Space(key) => fits(key, &entry.space),
            Match::Label(label) => entry.labels.iter().any(|has| has.eq_ignore_ascii_case(label)),
            Match::Ancestor(id) => entry.id == *id || entry.ancestors.iter().any(|above| above == id),
        }
    }
}

impl Match {
    fn said(&self) -> String {
        match self {
            Self::Space(key) => format!("space `{key}`"),
            Self::Label(label) => format!("label `{label}`"),
            Self::Ancestor(id) => format!("at or below page `{id}`"),
        }
    }
}

fn said(audience: Option<&RawAudience>) -> String {
    match audience {
        None => "left out".to_owned(),
        Some(RawAudience::Public) => "public".to_owned(),
        Some(RawAudience::Internal | RawAudience::Person(_)) => "internal".to_owned(),
        Some(RawAudience::Company(id)) => format!("visible to company `{id}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            id: "3".into(),
            space: "DOC".into(),
            labels: vec!["public".into()],
            ancestors: vec!["1".into(), "2".into()],
            ..Entry::default()
        }
    }

    fn rule(when: Match, gives: Gives) -> Rule {
        Rule { when, gives }
    }

    fn audience(rules: &[Rule], restricted: Restricted, reading: &Reading) -> Option<RawAudience> {
        decide(rules, restricted, &entry(), reading).audience
    }

    #[test]
    fn the_first_rule_that_fits_decides_and_none_is_internal() {
        let rules = [
            rule(Match::Label("secret".into()), Gives::LeaveOut),
            rule(Match::Ancestor("2".into()), Gives::Company("acme".into())),
            rule(Match::Space("D*".into()), Gives::Public),
        ];
        let open = &Reading::Open;
        assert_eq!(audience(&rules, Restricted::Internal, open), Some(RawAudience::Company("acme".into())));
        assert_eq!(audience(&rules[2..], Restricted::Internal, open), Some(RawAudience::Public));
        assert_eq!(audience(&[], Restricted::Internal, open), Some(RawAudience::Internal));
        assert_eq!(
            audience(&[rule(Match::Space("DOC".into()), Gives::LeaveOut)], Restricted::Internal, open),
            None
        );
    }

    #[test]
    fn a_restriction_caps_whatever_the_rules_say() {
        let rules = [rule(Match::Space("DOC".into()), Gives::Public)];
        for reading in [Reading::Restricted("1".into()), Reading::Unknown("1".into())] {
            assert_eq!(audience(&rules, Restricted::Internal, &reading), Some(RawAudience::Internal));
            assert_eq!(audience(&rules, Restricted::LeaveOut, &reading), None);
        }
        let out = [rule(Match::Space("DOC".into()), Gives::LeaveOut)];
        assert_eq!(audience(&out, Restricted::Internal, &Reading::Restricted("1".into())), None);
    }

    #[test]
    fn the_last_step_says_what_decided() {
        let rules = [rule(Match::Label("Public".into()), Gives::Public)];
        let open = decide(&rules, Restricted::Internal, &entry(), &Reading::Open);
        assert_eq!(open.steps.last().unwrap(), "Rule 1 fits (label `Public`) and makes it public.");
        let closed = decide(&rules, Restricted::Internal, &entry(), &Reading::Restricted("2".into()));
        assert_eq!(closed.steps.last().unwrap(), "Reading is restricted at `2`, which makes it internal.");
    }
}
