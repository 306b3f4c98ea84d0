//! Who may see a document: the first rule that fits, capped by restrictions.

use domain::record::RawAudience;

use crate::access::Access;
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
    /// Whether a rule publishes it although only some may read its space in Confluence.
    pub(crate) is_opened: bool,
}

/// By what is decided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy<'a> {
    pub(crate) rules: &'a [Rule],
    pub(crate) restricted: Restricted,
    pub(crate) strict_spaces: bool,
}

/// Decides about a page in a space that these may read.
pub(crate) fn decide(policy: Policy<'_>, entry: &Entry, reading: &Reading, access: Access) -> Decision {
    let Policy { rules, restricted, strict_spaces } = policy;
    let mut publisher = None;
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
            let is_published = matches!(audience, Some(RawAudience::Public | RawAudience::Company(_)));
            publisher = is_published.then(|| rule.when.written());
            steps.push(format!("Rule {} fits ({}) and makes it {gives}.", number + 1, rule.when.said()));
        }
        None => steps.push(format!("None of the {} rules fits, which makes it internal.", rules.len())),
    }
    let space = &entry.space;
    let cause = match reading {
        Reading::Open => {
            let mut looked = vec![
                "No restriction of it or of what it lies under keeps anybody from reading it.".to_owned(),
            ];
            match (publisher, access) {
                (None, _) => {}
                (Some(_), Access::Everybody) => {
                    looked.push(format!("Space `{space}` is readable in Confluence by everybody."));
                }
                (Some(rule), _) if !strict_spaces => looked.push(match access {
                    Access::Unknown => format!(
                        "Who may read space `{space}` in Confluence could not be found out; published by rule `{rule}`."
                    ),
                    _ => format!("Space `{space}` is readable in Confluence by {access}; published by rule `{rule}`."),
                }),
                (Some(_), _) => {
                    let audience = capped(restricted);
                    let what = said(audience.as_ref());
                    steps.append(&mut looked);
                    steps.push(match access {
                        Access::Unknown => format!(
                            "Who may read space `{space}` in Confluence could not be found out, which makes it {what}."
                        ),
                        _ => format!(
                            "Space `{space}` is readable in Confluence by {access} and not by everybody, which makes it {what}."
                        ),
                    });
                    return Decision { audience, steps, is_opened: false };
                }
            }
            let is_opened = looked.len() > 1 && access.is_closed();
            // The last step decides; here that was the rule.
            looked.append(&mut steps);
            return Decision { audience, steps: looked, is_opened };
        }
        Reading::Restricted(id) => format!("Reading is restricted at `{id}`"),
        Reading::Unknown(id) => format!("Whether reading is restricted could not be found out at `{id}`"),
    };
    if audience.is_none() {
        steps.insert(0, format!("{cause}."));
        return Decision { audience, steps, is_opened: false };
    }
    let audience = capped(restricted);
    steps.push(format!("{cause}, which makes it {}.", said(audience.as_ref())));
    Decision { audience, steps, is_opened: false }
}

/// Returns who may see what only some may read.
fn capped(restricted: Restricted) -> Option<RawAudience> {
    match restricted {
        Restricted::Internal => Some(RawAudience::Internal),
        Restricted::LeaveOut => None,
    }
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
    /// Returns it as in a list of rules.
    fn written(&self) -> String {
        match self {
            Self::Space(key) => format!("space = {key}"),
            Self::Label(label) => format!("label = {label}"),
            Self::Ancestor(id) => format!("ancestor = {id}"),
        }
    }

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

    fn policy(rules: &[Rule], restricted: Restricted) -> Policy<'_> {
        Policy { rules, restricted, strict_spaces: false }
    }

    fn audience(rules: &[Rule], restricted: Restricted, reading: &Reading) -> Option<RawAudience> {
        decide(policy(rules, restricted), &entry(), reading, Access::Unknown).audience
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
        let policy = policy(&rules, Restricted::Internal);
        let open = decide(policy, &entry(), &Reading::Open, Access::Everybody);
        assert_eq!(open.steps.last().unwrap(), "Rule 1 fits (label `Public`) and makes it public.");
        let closed = decide(policy, &entry(), &Reading::Restricted("2".into()), Access::Everybody);
        assert_eq!(closed.steps.last().unwrap(), "Reading is restricted at `2`, which makes it internal.");
    }

    #[test]
    fn what_only_some_may_read_is_published_by_a_rule_and_not_where_spaces_are_strict() {
        let some = Access::Some { users: 1, groups: 2, others: 0 };
        let rules = [rule(Match::Space("DOC".into()), Gives::Public)];
        let opened = decide(policy(&rules, Restricted::Internal), &entry(), &Reading::Open, some);
        assert_eq!((opened.audience, opened.is_opened), (Some(RawAudience::Public), true));
        let said =
            "Space `DOC` is readable in Confluence by 2 groups and 1 user; published by rule `space = DOC`.";
        assert_eq!(opened.steps[1], said);
        for (restricted, expected) in
            [(Restricted::Internal, Some(RawAudience::Internal)), (Restricted::LeaveOut, None)]
        {
            let strict = Policy { strict_spaces: true, ..policy(&rules, restricted) };
            for access in [some, Access::Unknown] {
                let decided = decide(strict, &entry(), &Reading::Open, access);
                assert_eq!((decided.audience, decided.is_opened), (expected.clone(), false));
                assert!(decided.steps.last().unwrap().contains("Space `DOC`") || access == Access::Unknown);
            }
            let open = decide(strict, &entry(), &Reading::Open, Access::Everybody);
            assert_eq!((open.audience, open.is_opened), (Some(RawAudience::Public), false));
        }
        // What is internal by its rule has nothing to do with who may read the space.
        let internal = [rule(Match::Space("DOC".into()), Gives::Internal)];
        let decided = decide(policy(&internal, Restricted::LeaveOut), &entry(), &Reading::Open, some);
        assert_eq!((decided.audience, decided.steps.len()), (Some(RawAudience::Internal), 2));
    }
}
