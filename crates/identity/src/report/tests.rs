use domain::{PersonId, SourceId, TenantId};
use proptest::prelude::*;

use super::*;
use crate::customer::{Customer, SubjectName};
use domain::record::RawCustomer;

const DAY: i64 = 86_400_000;

fn source() -> SourceId {
    SourceId::derive(TenantId::derive("acme"), "files", "acme")
}

/// A workspace in which each conversation is one sighting of its customer.
#[derive(Default)]
struct Workspace {
    facts: Vec<SubjectFacts>,
    conversations: Vec<ConversationFacts>,
}

impl Workspace {
    fn wrote(&mut self, day: i64, assurance: Assurance, raw: &RawCustomer) {
        let external = self.conversations.len().to_string();
        let customer = Customer::read(raw, &external);
        let subject = customer.subject.subject(source());
        let at = Timestamp::from_millis(day * DAY);
        self.facts.push(SubjectFacts::seen(subject, &customer, BTreeSet::new(), at));
        self.conversations.push(ConversationFacts {
            conversation: ConversationId::derive(source(), &external),
            subject: Some(subject),
            assurance,
            rejected: customer.rejected,
        });
    }

    fn report(&self, today: i64) -> IdentityReport {
        let facts = self.merged();
        let people = People::link(&self.facts, &[]);
        IdentityReport::count(&facts, &people, &self.conversations, Timestamp::from_millis(today * DAY))
    }

    fn merged(&self) -> Vec<SubjectFacts> {
        let mut by_subject: BTreeMap<SubjectId, SubjectFacts> = BTreeMap::new();
        for piece in &self.facts {
            match by_subject.get_mut(&piece.subject) {
                Some(known) => known.absorb(piece.clone()),
                None => drop(by_subject.insert(piece.subject, piece.clone())),
            }
        }
        by_subject.into_values().collect()
    }
}

fn raw(account: &str, name: &str, email: &str) -> RawCustomer {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    RawCustomer {
        account_id: given(account),
        name: given(name),
        email: given(email),
        ..RawCustomer::default()
    }
}

#[test]
fn counts_what_stands_in_the_way() {
    let mut workspace = Workspace::default();
    workspace.wrote(1, Assurance::Verified, &raw("u1", "Anna Schmidt", "anna@shop.de"));
    workspace.wrote(2, Assurance::Claimed, &raw("u1", "Anna Schmidt", "anna@shop.de"));
    workspace.wrote(3, Assurance::Claimed, &raw("", "Anna Schmidt", "anna@shop.de"));
    workspace.wrote(4, Assurance::Anonymous, &raw("undefined", "", "support@shop.de"));
    workspace.wrote(5, Assurance::Anonymous, &raw("{{user.id}}", "", ""));
    workspace.wrote(6, Assurance::Anonymous, &raw("", "", ""));
    workspace.wrote(7, Assurance::Claimed, &raw("u9", "Carla Weiss", "carla@home.org"));
    workspace.wrote(8, Assurance::Claimed, &raw("u9", "Dieter Braun", "dieter.braun@shop.de"));
    workspace.wrote(9, Assurance::Claimed, &raw("", "Emil", "emil@home.org"));
    workspace.wrote(300, Assurance::Claimed, &raw("", "Fred", "fred@home.org"));
    let report = workspace.report(310);
    assert_eq!(report.conversations, 10);
    assert_eq!(report.identified, 5, "not the placeholders, the unknown and the shared id");
    assert_eq!(report.verified, 1);
    assert_eq!(report.people, Touched { count: 6, conversations: 8 });
    assert_eq!(report.placeholders, Touched { count: 3, conversations: 2 });
    assert_eq!(report.placeholders_by_reason[&Rejected::Template], Touched { count: 1, conversations: 1 });
    assert_eq!(report.placeholders_by_reason[&Rejected::RoleAddress], Touched { count: 1, conversations: 1 });
    assert_eq!(report.shared_ids, Touched { count: 1, conversations: 2 });
    assert_eq!(report.apart, Touched { count: 1, conversations: 2 });
    assert_eq!(report.shared_emails, Touched::default());
    assert_eq!(report.stale_leads, Touched { count: 1, conversations: 1 }, "Emil; Fred wrote lately");
    assert_eq!(report.duplicates, Touched::default());
}

#[test]
fn counts_duplicates_and_shared_addresses() {
    let mut workspace = Workspace::default();
    workspace.wrote(1, Assurance::Claimed, &raw("u1", "Anna Schmidt", "home@family.org"));
    workspace.wrote(2, Assurance::Claimed, &raw("u2", "Anna Schmidt", "home@family.org"));
    workspace.wrote(3, Assurance::Claimed, &raw("", "", "home@family.org"));
    let report = workspace.report(10);
    assert_eq!(report.shared_emails, Touched { count: 1, conversations: 3 });
    assert_eq!(report.duplicates, Touched { count: 1, conversations: 2 });
    assert_eq!(report.apart, Touched { count: 1, conversations: 1 });
}

#[test]
fn of_nothing_there_is_nothing() {
    assert_eq!(Workspace::default().report(1), IdentityReport::default());
}

#[test]
fn a_conversation_of_nobody_counts_as_unidentified() {
    let unknown = ConversationFacts {
        conversation: ConversationId::derive(source(), "1"),
        subject: None,
        assurance: Assurance::Anonymous,
        rejected: Vec::new(),
    };
    let strange = ConversationFacts {
        subject: Some(SubjectName::of_conversation("2").subject(source())),
        ..unknown.clone()
    };
    let report =
        IdentityReport::count(&[], &People::default(), &[unknown, strange], Timestamp::from_millis(0));
    assert_eq!((report.conversations, report.identified), (2, 0));
}

#[test]
fn the_report_has_stable_names() {
    let json = serde_json::to_value(IdentityReport::default()).unwrap();
    assert_eq!(json["stale_leads"]["count"], 0);
    assert!(json["placeholders_by_reason"].is_object());
}

proptest! {
    #[test]
    fn nothing_touches_more_conversations_than_there_are(
        written in prop::collection::vec((0i64..400, 0usize..4, 0usize..4, 0usize..4), 0..12),
    ) {
        let mut workspace = Workspace::default();
        for (day, account, name, email) in written {
            let account = ["", "u1", "u2", "null"][account];
            let name = ["", "Anna Schmidt", "Bob Miller", "guest"][name];
            let email = ["", "anna@shop.de", "bob@home.org", "info@shop.de"][email];
            workspace.wrote(day, Assurance::Claimed, &raw(account, name, email));
        }
        let report = workspace.report(400);
        let touched = [report.people, report.duplicates, report.placeholders, report.shared_ids, report.shared_emails, report.apart, report.stale_leads];
        prop_assert!(touched.iter().all(|one| one.conversations <= report.conversations));
        prop_assert_eq!(report.people.conversations + report.apart.conversations, report.conversations);
        prop_assert!(report.identified <= report.people.conversations);
        let subjects: BTreeSet<PersonId> = workspace.facts.iter().map(|one| PersonId::of_subject(one.subject)).collect();
        prop_assert!(report.people.count + report.apart.count <= subjects.len());
    }
}
