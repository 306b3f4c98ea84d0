use std::collections::BTreeMap;

use domain::Timestamp;
use domain::live::{BegunBy, OtherBot, State, TicketState};
use domain::record::Channel;

use super::*;

const US: &str = "t9";
const SIGNATURE: &str = "Kim from Velo";
const DRAFT: &str = "Hold the power button for twelve seconds until the display turns blue.";

fn part(id: &str, (kind, author, by): (PartKind, Author, &str), secs: i64, text: &str) -> Part {
    Part {
        id: id.to_owned(),
        kind,
        author,
        author_id: Some(by.to_owned()),
        author_email: None,
        at: Timestamp::from_millis(1_750_000_000_000 + secs * 1_000),
        channel: None,
        text: text.to_owned(),
        recipients: Vec::new(),
        attachments: Vec::new(),
        redacted: false,
    }
}

fn note(id: &str, secs: i64) -> Part {
    let text = format!(
        "Draft, not sent:\n\nHi Jona,\n\n{DRAFT} [1]\n\n{SIGNATURE}\n\nSources:\n[1] Reset the display"
    );
    part(id, (PartKind::Note, Author::Agent, US), secs, &text)
}

fn human(id: &str, secs: i64, text: &str) -> Part {
    part(id, (PartKind::Message, Author::Agent, "t2"), secs, text)
}

fn customer(id: &str, secs: i64) -> Part {
    part(id, (PartKind::Message, Author::Customer, "contact1"), secs, "And now?")
}

/// Returns what became of the draft in the first note of these parts.
fn became(parts: Vec<Part>) -> Option<(String, Kind)> {
    let live = LiveConversation {
        external_id: "c1".to_owned(),
        channel: Channel::Messenger,
        language: None,
        created_at: parts[0].at,
        updated_at: parts[0].at,
        begun_by: BegunBy::Customer,
        state: State::Open,
        assignee: None,
        inbox: None,
        is_private: false,
        contacts: Vec::new(),
        subject: None,
        tags: Vec::new(),
        attributes: BTreeMap::new(),
        noted: BTreeMap::new(),
        rating: None,
        other_bot: OtherBot::Absent,
        ticket: TicketState::None,
        parts,
        parts_in_all: None,
    };
    let first = live.parts.iter().find(|part| part.id == "n1").unwrap();
    nearest(&live, first, &["n1", "n2"], (US, SIGNATURE)).map(|(part, compared)| (part, compared.kind()))
}

fn some(part: &str, kind: Kind) -> Option<(String, Kind)> {
    Some((part.to_owned(), kind))
}

#[test]
fn nothing_became_of_a_draft_that_nobody_answered_by() {
    let ours = part("r1", (PartKind::Message, Author::Agent, US), 60, DRAFT);
    let bot = part("b1", (PartKind::Message, Author::Bot, "fin"), 61, DRAFT);
    let aside = part("x1", (PartKind::Note, Author::Agent, "t2"), 62, DRAFT);
    let mut redacted = human("h1", 63, DRAFT);
    redacted.redacted = true;
    assert_eq!(became(vec![human("h0", -60, DRAFT), note("n1", 0)]), None, "it was written before");
    assert_eq!(became(vec![note("n1", 0), ours, bot, aside, redacted, customer("p2", 64)]), None);
}

#[test]
fn the_nearest_message_counts() {
    let wait = || human("h1", 60, "One moment please, I am looking into it for you.");
    assert_eq!(became(vec![note("n1", 0), wait()]), some("h1", Kind::Ignored));
    let later = human("h2", 120, &format!("Hello!\n\n{DRAFT}"));
    assert_eq!(became(vec![note("n1", 0), wait(), later.clone()]), some("h2", Kind::Used));
    let thanks = human("h3", 180, "You are welcome, have a good day and ride safely.");
    assert_eq!(
        became(vec![note("n1", 0), wait(), customer("p2", 90), later, customer("p3", 150), thanks]),
        some("h2", Kind::Used)
    );
}

#[test]
fn a_draft_may_be_sent_in_pieces() {
    let pieces = [
        human("h1", 60, "Hold the power button for twelve seconds"),
        human("h2", 65, "until the display turns blue."),
    ];
    let [one, two] = pieces;
    assert_eq!(became(vec![note("n1", 0), one.clone(), two.clone()]), some("h2", Kind::Used));
    assert_eq!(became(vec![note("n1", 0), one, customer("p2", 62), two]), some("h1", Kind::Edited));
}

#[test]
fn what_follows_the_next_draft_is_about_that_one() {
    let parts = vec![note("n1", 0), human("h1", 60, "Have you tried to turn it off?"), note("n2", 90)];
    let after = human("h2", 120, DRAFT);
    assert_eq!(became(parts.into_iter().chain([after]).collect()), some("h1", Kind::Ignored));
}

#[test]
fn a_message_that_was_under_way_says_nothing() {
    let early = |text: &str| became(vec![note("n1", 0), human("h1", 9, text)]);
    assert_eq!(early("I have refunded you for the display, it arrives on Tuesday."), None);
    assert_eq!(early(DRAFT), some("h1", Kind::Used));
    let signed = format!("{DRAFT}\n\n{SIGNATURE}\n");
    assert_eq!(early(&signed), some("h1", Kind::Used));
}
