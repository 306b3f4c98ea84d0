use domain::Author::{Agent, Bot, Customer};
use domain::{ConversationId, SourceId, SubjectId, TenantId, Turn};
use proptest::prelude::*;

use super::*;

fn source() -> SourceId {
    SourceId::derive(TenantId::derive("t"), "files", "x")
}

fn person(name: &str) -> PersonId {
    PersonId::of_subject(SubjectId::derive(source(), name))
}

fn day(day: i64) -> Timestamp {
    Timestamp::from_millis(day * DAY)
}

fn conversation(id: &str, began: i64, turns: &[(Author, &str)]) -> Conversation {
    Conversation {
        id: ConversationId::derive(source(), id),
        external_id: id.to_owned(),
        channel: Channel::Messenger,
        language: Language::ENGLISH,
        created_at: day(began),
        subject_id: None,
        readers: Vec::new(),
        subject: None,
        topic: None,
        tags: Vec::new(),
        status: Status::Unknown,
        solution_turn: None,
        rating: None,
        weight: 1.0,
        turns: turns
            .iter()
            .zip(0..)
            .map(|((author, text), position)| Turn {
                position,
                author: *author,
                author_id: None,
                at: day(began).plus_millis(i64::from(position) * 60_000),
                text: (*text).to_owned(),
                cites: Vec::new(),
            })
            .collect(),
    }
}

fn asked(id: &str, began: i64) -> Conversation {
    conversation(id, began, &[(Customer, "How do I reset the battery lock?"), (Agent, "Hold the button.")])
}

fn end_of(conversation: &Conversation) -> End {
    end(conversation, day(1_000), &Settings::default())
}

#[test]
fn customers_marks_and_ratings_confirm() {
    let mut said = asked("a", 0);
    said.turns.push(Turn {
        position: 2,
        author: Customer,
        text: "That worked, thanks!".into(),
        ..said.turns[1].clone()
    });
    assert_eq!(end_of(&said), End::Confirmed(Sign::CustomerSaid));
    assert_eq!(
        end_of(&Conversation { status: Status::Solved, ..asked("a", 0) }),
        End::Confirmed(Sign::MarkedSolved)
    );
    assert_eq!(
        end_of(&Conversation { solution_turn: Some(1), ..asked("a", 0) }),
        End::Confirmed(Sign::MarkedSolved)
    );
    assert_eq!(end_of(&Conversation { rating: Some(4), ..asked("a", 0) }), End::Confirmed(Sign::Rating));
    assert_eq!(end_of(&Conversation { rating: Some(3), ..asked("a", 0) }), End::Assumed);
}

#[test]
fn a_confirmation_that_is_taken_back_confirms_nothing() {
    let taken_back = conversation(
        "a",
        0,
        &[
            (Customer, "The lock is stuck"),
            (Agent, "Hold the button."),
            (Customer, "It works now!"),
            (Customer, "Sorry, it is stuck again."),
        ],
    );
    assert_eq!(end_of(&taken_back), End::Unknown);
}

#[test]
fn silence_is_assumed_only_after_a_while_and_only_after_a_reply() {
    let silent = asked("a", 10);
    assert_eq!(end_of(&silent), End::Assumed);
    assert_eq!(end(&silent, day(12), &Settings::default()), End::Unknown);
    assert_eq!(end_of(&conversation("a", 0, &[(Customer, "Hello?")])), End::Unknown);
    let last_word = conversation("a", 0, &[(Customer, "A"), (Agent, "B"), (Customer, "Still broken")]);
    assert_eq!(end_of(&last_word), End::Unknown);
    let thanked = conversation("a", 0, &[(Customer, "A"), (Agent, "B"), (Customer, "Thanks!")]);
    assert_eq!(end_of(&thanked), End::Assumed);
    let bot_only = conversation("a", 0, &[(Customer, "A"), (Bot, "B")]);
    assert_eq!(end_of(&bot_only), End::Unknown);
}

#[test]
fn obstacles_win_over_every_sign() {
    let signed = Conversation { rating: Some(5), solution_turn: Some(1), ..asked("a", 0) };
    assert_eq!(
        end_of(&Conversation { status: Status::Unsolved, ..signed.clone() }),
        End::Never(Obstacle::Open)
    );
    let rated = Conversation { status: Status::Solved, rating: Some(2), ..asked("a", 0) };
    assert_eq!(end_of(&rated), End::Never(Obstacle::Rating));
    let tagged = Conversation { tags: vec!["auto-closed inactivity".into()], ..signed.clone() };
    assert_eq!(end_of(&tagged), End::Never(Obstacle::Inactivity));
    let mut closed = Conversation { status: Status::Solved, ..asked("a", 0) };
    closed.turns.push(Turn {
        position: 2,
        author: Bot,
        text: "Closed due to inactivity.".into(),
        ..closed.turns[1].clone()
    });
    assert_eq!(end_of(&closed), End::Never(Obstacle::Inactivity));
}

#[test]
fn a_campaign_is_outbound_and_a_greeting_is_not() {
    let campaign = conversation("a", 0, &[(Agent, "Try our new plan!"), (Customer, "That worked, thanks!")]);
    assert_eq!(
        end_of(&Conversation { channel: Channel::Email, ..campaign.clone() }),
        End::Never(Obstacle::Outbound)
    );
    assert_ne!(end_of(&campaign), End::Never(Obstacle::Outbound), "a chat may open with a greeting");
    let mut late = campaign.clone();
    late.turns[1].at = day(2);
    assert_eq!(end_of(&late), End::Never(Obstacle::Outbound));
    let unanswered = conversation("a", 0, &[(Bot, "Try our new plan!")]);
    assert_eq!(end_of(&unanswered), End::Never(Obstacle::Outbound));
    let tagged = Conversation { tags: vec!["Outbound".into()], ..asked("a", 0) };
    assert_eq!(end_of(&tagged), End::Never(Obstacle::Outbound));
}

/// Resolves a first conversation on day 0 and another one; returns what became of the first.
fn followed_by(other: &Conversation, owner: Option<PersonId>, companies: &[CompanyId]) -> Lasting {
    let first = Conversation { topic: Some("Battery".into()), ..asked("first", 0) };
    let cases = [
        Case { conversation: &first, person: Some(person("anna")), companies },
        Case { conversation: other, person: owner, companies },
    ];
    resolve(&cases, day(1_000), &Settings::default())[0].lasting
}

#[test]
fn a_return_with_the_same_need_ends_durability() {
    let anna = Some(person("anna"));
    let reworded = conversation("again", 5, &[(Customer, "The battery lock needs a reset again")]);
    assert_eq!(followed_by(&reworded, anna, &[]), Lasting::Returned);
    let by_mail = Conversation { channel: Channel::Email, ..reworded.clone() };
    assert_eq!(followed_by(&by_mail, anna, &[]), Lasting::Returned);
    let same_topic = Conversation {
        topic: Some("battery ".into()),
        ..conversation("again", 5, &[(Customer, "Range is poor")])
    };
    assert_eq!(followed_by(&same_topic, anna, &[]), Lasting::Returned);
    let company = CompanyId::derive(TenantId::derive("t"), "acme");
    assert_eq!(followed_by(&reworded, Some(person("bob")), &[company]), Lasting::Returned);
}

#[test]
fn another_need_person_or_time_is_no_return() {
    let anna = Some(person("anna"));
    let other_need = conversation("again", 5, &[(Customer, "Where is my invoice for March?")]);
    assert_eq!(followed_by(&other_need, anna, &[]), Lasting::Yes);
    let same_need = |began| asked("again", began);
    assert_eq!(followed_by(&same_need(5), Some(person("bob")), &[]), Lasting::Yes);
    assert_eq!(followed_by(&same_need(5), None, &[]), Lasting::Yes);
    assert_eq!(followed_by(&same_need(15), anna, &[]), Lasting::Yes);
    assert_eq!(followed_by(&same_need(-3), anna, &[]), Lasting::Yes);
    let campaign = Conversation {
        channel: Channel::Email,
        ..conversation("again", 5, &[(Agent, "How is your battery lock? Reset it")])
    };
    assert_eq!(followed_by(&campaign, anna, &[]), Lasting::Yes);
}

#[test]
fn the_end_of_the_data_leaves_it_open_but_not_a_return() {
    let (first, again) = (asked("first", 0), asked("again", 5));
    let anna = Some(person("anna"));
    let alone = [Case { conversation: &first, person: anna, companies: &[] }];
    assert_eq!(resolve(&alone, day(10), &Settings::default())[0].lasting, Lasting::TooRecent);
    let both = [alone[0], Case { conversation: &again, person: anna, companies: &[] }];
    assert_eq!(resolve(&both, day(10), &Settings::default())[0].lasting, Lasting::Returned);
}

#[test]
fn broad_topics_can_be_told_not_to_decide() {
    let anna = Some(person("anna"));
    let first = Conversation { topic: Some("general".into()), ..asked("first", 0) };
    let other = Conversation {
        topic: Some("general".into()),
        ..conversation("b", 5, &[(Customer, "Where is my invoice?")])
    };
    let cases = [
        Case { conversation: &first, person: anna, companies: &[] },
        Case { conversation: &other, person: anna, companies: &[] },
    ];
    let settings = Settings { topics: Topics::Ignored, ..Settings::default() };
    assert_eq!(resolve(&cases, day(1_000), &settings)[0].lasting, Lasting::Yes);
}

proptest! {
    #[test]
    fn the_order_of_the_conversations_does_not_matter(days in proptest::collection::vec((0i64..40, 0usize..3), 1..12)) {
        let all: Vec<_> = days.iter().zip(0..).map(|((day, owner), id)| (asked(&format!("c{id}"), *day), person(&owner.to_string()))).collect();
        let cases: Vec<_> = all.iter().map(|(one, owner)| Case { conversation: one, person: Some(*owner), companies: &[] }).collect();
        let mut turned = cases.clone();
        turned.reverse();
        let mut back = resolve(&turned, day(50), &Settings::default());
        back.reverse();
        prop_assert_eq!(resolve(&cases, day(50), &Settings::default()), back);
    }
}
