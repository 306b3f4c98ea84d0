use proptest::prelude::*;

use super::*;

fn rule(place: Place, outcome: Outcome) -> Rule {
    Rule { place, shared: None, outcome }
}

fn company_by(domain: &str) -> Rule {
    Rule {
        place: Place::Anywhere,
        shared: Some(Shared::Domain(domain.into())),
        outcome: Outcome::Company("acme".into()),
    }
}

fn lies(id: &str, folders: &[(&str, bool)]) -> Lineage {
    let folders = folders.iter().map(|(id, limited)| ((*id).to_owned(), *limited)).collect();
    Lineage { id: id.into(), is_limited: false, folders, drive: Some("drive".into()) }
}

fn nobody() -> Access {
    Access::Known(BTreeSet::new())
}

fn permission(kind: &str, domain: Option<&str>) -> Permission {
    Permission { kind: kind.into(), domain: domain.map(str::to_owned), ..Permission::default() }
}

#[test]
fn the_first_rule_that_fits_decides() {
    let rules = vec![
        rule(Place::Folder("drafts".into()), Outcome::LeaveOut),
        rule(Place::Document("d1".into()), Outcome::Internal),
        rule(Place::Folder("help".into()), Outcome::Public),
    ];
    let rules = Rules::new(rules, Restricted::Internal).unwrap();
    let decide = |id: &str, folders: &[(&str, bool)]| rules.decide(&lies(id, folders), &nobody()).outcome;
    assert_eq!(decide("a", &[("help", false)]), Outcome::Public);
    assert_eq!(decide("a", &[("drafts", false), ("help", false)]), Outcome::LeaveOut);
    assert_eq!(decide("d1", &[("help", false)]), Outcome::Internal);
    assert_eq!(decide("a", &[("other", false)]), Outcome::Internal);
    let steps = rules.decide(&lies("a", &[("x", false)]), &nobody()).steps;
    assert_eq!(steps.last().map(String::as_str), Some("no rule fits, so it is internal"));
}

#[test]
fn what_is_limited_below_a_place_is_not_for_all_who_may_see_the_place() {
    let rules = |restricted| {
        Rules::new(vec![rule(Place::Folder("help".into()), Outcome::Public)], restricted).unwrap()
    };
    let decide = |lineage: &Lineage| rules(Restricted::Internal).decide(lineage, &nobody()).outcome;
    assert_eq!(decide(&lies("a", &[("inner", true), ("help", false)])), Outcome::Internal);
    assert_eq!(decide(&lies("a", &[("inner", false), ("help", true)])), Outcome::Public, "the place itself");
    let limited = Lineage { is_limited: true, ..lies("a", &[("help", false)]) };
    assert_eq!(decide(&limited), Outcome::Internal);
    assert_eq!(rules(Restricted::LeaveOut).decide(&limited, &nobody()).outcome, Outcome::LeaveOut);
}

#[test]
fn sharing_makes_a_companys_document_and_never_a_public_one() {
    let rules = Rules::new(vec![company_by("Customer.Example")], Restricted::Internal).unwrap();
    let decide =
        |permissions: &[Permission]| rules.decide(&lies("a", &[]), &rules.access(permissions)).outcome;
    assert_eq!(decide(&[permission("domain", Some("customer.example"))]), Outcome::Company("acme".into()));
    for permission in [
        permission("anyone", None),
        permission("domain", Some("other.example")),
        permission("user", Some("customer.example")),
        Permission { deleted: true, ..permission("domain", Some("customer.example")) },
        Permission { view: Some("metadata".into()), ..permission("domain", Some("customer.example")) },
        Permission {
            expiration_time: Some("2027-01-01".into()),
            ..permission("domain", Some("customer.example"))
        },
        Permission { pending_owner: true, ..permission("domain", Some("customer.example")) },
    ] {
        assert_eq!(decide(&[permission]), Outcome::Internal);
    }
    assert_eq!(rules.decide(&lies("a", &[]), &Access::Unknown).outcome, Outcome::Internal);
}

#[test]
fn an_unknown_sharing_never_falls_through_to_a_wider_rule() {
    let rules = vec![company_by("customer.example"), rule(Place::Folder("help".into()), Outcome::Public)];
    let rules = Rules::new(rules, Restricted::Internal).unwrap();
    let lineage = lies("a", &[("help", false)]);
    assert_eq!(rules.decide(&lineage, &Access::Unknown).outcome, Outcome::Internal);
    assert_eq!(rules.decide(&lineage, &nobody()).outcome, Outcome::Public);
}

#[test]
fn rules_that_cannot_be_meant_are_refused() {
    let public_by_sharing = Rule { outcome: Outcome::Public, ..company_by("customer.example") };
    for bad in [
        public_by_sharing,
        rule(Place::Anywhere, Outcome::Public),
        rule(Place::Folder(" ".into()), Outcome::Internal),
        company_by(""),
        rule(Place::Drive("d".into()), Outcome::Company(String::new())),
    ] {
        assert!(Rules::new(vec![bad], Restricted::Internal).is_err());
    }
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Public),
        Just(Outcome::Internal),
        Just(Outcome::LeaveOut),
        Just(Outcome::Company("acme".into()))
    ]
}

fn places() -> impl Strategy<Value = Place> {
    let id = prop_oneof![Just("f0"), Just("f1"), Just("f2")];
    prop_oneof![
        Just(Place::Anywhere),
        id.clone().prop_map(|id| Place::Folder(id.into())),
        id.prop_map(|id| Place::Document(id.into())),
        Just(Place::Drive("drive".into()))
    ]
}

proptest! {
    #[test]
    fn nothing_is_public_without_a_rule_that_names_its_place(
        list in prop::collection::vec((places(), any::<bool>(), outcomes()), 0..6),
        folders in prop::collection::vec((0..3_usize, any::<bool>()), 0..4),
        is_shared in any::<bool>(),
        is_known in any::<bool>(),
    ) {
        let shared = Shared::Domain("customer.example".into());
        let rules: Vec<Rule> = list.into_iter()
            .map(|(place, by_sharing, outcome)| Rule { place, shared: by_sharing.then(|| shared.clone()), outcome })
            .filter(|rule| fault(rule).is_none()).collect();
        let lineage = Lineage {
            id: "f0".into(), is_limited: false, drive: Some("drive".into()),
            folders: folders.iter().map(|(number, limited)| (format!("f{number}"), *limited)).collect(),
        };
        let access = match is_known {
            true => Access::Known(is_shared.then(|| shared.clone()).into_iter().collect()),
            false => Access::Unknown,
        };
        let named = rules.iter().any(|rule| rule.outcome == Outcome::Public && distance(rule, &lineage).is_some());
        let judged = Rules::new(rules, Restricted::Internal).unwrap();
        let verdict = judged.decide(&lineage, &access);
        prop_assert!(verdict.outcome != Outcome::Public || named);
        prop_assert!(!verdict.steps.is_empty());
        if !judged.depend_on_sharing(&lineage) {
            prop_assert_eq!(&verdict, &judged.decide(&lineage, &Access::Unknown));
        }
        if !judged.may_leave_out_by_sharing(&lineage) {
            let without = judged.decide(&lineage, &nobody()).outcome == Outcome::LeaveOut;
            prop_assert_eq!(verdict.outcome == Outcome::LeaveOut, without);
        }
    }
}
