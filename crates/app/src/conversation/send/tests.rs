use domain::{ConversationId, OutgoingId, Timestamp, TraceId};
use store::live::OutgoingState;
use uuid::Uuid;

use super::*;

fn part(text: &str, change: impl FnOnce(&mut Part)) -> Part {
    let mut part = Part {
        id: "p9".to_owned(),
        kind: PartKind::Message,
        author: Author::Agent,
        author_id: Some("t9".to_owned()),
        author_email: None,
        at: Timestamp::from_millis(1_000_000),
        channel: None,
        text: text.to_owned(),
        recipients: Vec::new(),
        attachments: Vec::new(),
        redacted: false,
    };
    change(&mut part);
    part
}

fn found(kind: OutgoingKind, part: Part) -> bool {
    let live = LiveConversation {
        external_id: "c1".to_owned(),
        channel: domain::record::Channel::Messenger,
        language: None,
        created_at: Timestamp::MIN,
        updated_at: Timestamp::MIN,
        begun_by: domain::live::BegunBy::Customer,
        state: domain::live::State::Open,
        assignee: None,
        inbox: None,
        is_private: false,
        contacts: Vec::new(),
        subject: None,
        tags: Vec::new(),
        attributes: std::collections::BTreeMap::new(),
        noted: std::collections::BTreeMap::new(),
        rating: None,
        other_bot: domain::live::OtherBot::Absent,
        ticket: domain::live::TicketState::None,
        parts: vec![part],
        parts_in_all: None,
    };
    let sought = Outgoing {
        id: OutgoingId::from_uuid(Uuid::nil()),
        conversation: ConversationId::from_uuid(Uuid::nil()),
        kind,
        state: OutgoingState::Unknown,
        mark: "bs-abc".to_owned(),
        trace: TraceId::from_uuid(Uuid::nil()),
        covers: vec!["p1".to_owned()],
        text: Some("Hold the button.\n\nSources:\n[1] Reset".to_owned()),
        part: None,
        why: None,
        created_at: Timestamp::from_millis(900_000),
        changed_at: Timestamp::from_millis(900_000),
    };
    find(&live, &sought, "t9").is_some()
}

#[test]
fn a_note_is_found_by_its_mark_and_a_reply_by_its_text_however_it_is_set() {
    let note = |part: &mut Part| part.kind = PartKind::Note;
    assert!(found(OutgoingKind::Note, part("anything\n\nbs-abc", note)));
    assert!(found(OutgoingKind::Reply, part("Hold the button.\nSources: [1] Reset", |_| {})));
}

#[test]
fn what_only_looks_like_it_is_not_taken_for_it() {
    let text = "Hold the button. Sources: [1] Reset";
    assert!(!found(OutgoingKind::Note, part(text, |_| {})), "another kind");
    assert!(!found(OutgoingKind::Reply, part("Hold the button.", |_| {})), "another text");
    assert!(!found(OutgoingKind::Reply, part(text, |part| part.author_id = Some("t2".to_owned()))));
    assert!(!found(OutgoingKind::Reply, part(text, |part| part.author = Author::Customer)));
    let before = |part: &mut Part| part.at = Timestamp::from_millis(1_000);
    assert!(!found(OutgoingKind::Reply, part(text, before)), "an older one that says the same");
}

#[test]
fn a_mark_is_the_same_for_the_same_messages_and_no_others() {
    let (one, two) = (["p1".to_owned()], ["p1".to_owned(), "p2".to_owned()]);
    let mine = mark("c1", OutgoingKind::Note, &one);
    assert_eq!(mark("c1", OutgoingKind::Note, &one), mine);
    assert!(mine.starts_with("bs-") && mine.len() == 15);
    for other in [
        mark("c2", OutgoingKind::Note, &one),
        mark("c1", OutgoingKind::Reply, &one),
        mark("c1", OutgoingKind::Note, &two),
    ] {
        assert_ne!(other, mine);
    }
}
