//! When nothing is written, and what is said to be the reason.

use connector::testing::Moment;
use domain::HandOff;
use domain::live::{Assignee, BegunBy, OtherBot, TicketState};
use domain::record::Channel;
use store::live::Stop;

use super::bench::{Live, QUESTION, TEAMMATE, user};

#[tokio::test]
async fn what_asks_for_nothing_gets_nothing() {
    for (text, reason) in [
        ("Thanks a lot!", "nothing_asked"),
        ("👍", "nothing_asked"),
        ("Automatic reply: I am out of office until Monday.", "automatic"),
        ("", "nothing_asked"),
    ] {
        let live = Live::new().await;
        live.begin("c1", text);
        live.settle().await;
        assert!(live.notes("c1").is_empty());
        assert_eq!(live.outcomes("c1").await, [format!("silent {reason}")], "{text}");
    }
}

#[tokio::test]
async fn what_is_somebody_elses_is_left_alone() {
    type Change = fn(&mut domain::live::LiveConversation);
    let cases: [(&str, Change); 6] = [
        ("silent outbound_reply", |one| one.begun_by = BegunBy::Campaign),
        ("silent outbound_reply", |one| one.begun_by = BegunBy::Agent),
        ("silent ticket_open", |one| one.ticket = TicketState::Open),
        ("silent off", |one| one.tags.push("no-ai".into())),
        ("silent workflow_collecting", |one| one.other_bot = OtherBot::Collecting),
        ("silent automatic", |one| one.parts[0].author_email = Some("no-reply@shop.test".into())),
    ];
    for (outcome, change) in cases {
        let live = Live::new().await;
        live.begin("c1", QUESTION);
        live.desk.change("c1", change);
        live.settle().await;
        assert!(live.notes("c1").is_empty());
        assert_eq!(live.outcomes("c1").await, [outcome]);
    }
}

#[tokio::test]
async fn another_bot_keeps_us_away_until_it_hands_over() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.desk.change("c1", |conversation| conversation.other_bot = OtherBot::Answering);
    live.settle().await;
    assert_eq!(live.outcomes("c1").await, ["silent other_bot_owns"]);
    live.desk.change("c1", |conversation| conversation.other_bot = OtherBot::Done);
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1);
    assert_eq!(live.outcomes("c1").await, ["answer"], "the silence gave way");
}

#[tokio::test]
async fn a_human_who_answered_just_now_is_left_in_peace_for_ten_minutes() {
    let live = Live::new().await;
    live.begin("c1", "Hello");
    live.desk.agent_writes("c1", "t2", "Hi, how can I help?");
    live.settle().await;
    live.desk.customer_writes("c1", QUESTION);
    live.settle().await;
    assert!(live.notes("c1").is_empty());
    assert_eq!(live.outcomes("c1").await, ["silent human_owns", "silent human_owns"]);
    live.advance(10 * 60_000);
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1, "nobody answered");
    assert_eq!(live.outcomes("c1").await, ["answer", "silent human_owns"]);
}

#[tokio::test]
async fn what_was_asked_long_ago_is_too_late() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.advance(25 * 3_600_000);
    live.settle().await;
    assert!(live.notes("c1").is_empty());
    assert_eq!(live.outcomes("c1").await, ["silent too_late"]);
}

#[tokio::test]
async fn a_stranger_in_a_mail_is_for_people() {
    let live = Live::new().await;
    live.desk.begin("c1", user());
    live.desk.change("c1", |conversation| conversation.channel = Channel::Email);
    live.desk.customer_writes("c1", QUESTION);
    live.desk.change("c1", |one| one.parts[0].author_email = Some("eve@elsewhere.test".into()));
    live.settle().await;
    assert!(live.notes("c1").is_empty());
    assert_eq!(live.outcomes("c1").await, [format!("hand_off {}", HandOff::ExternalSender.name())]);
    let frozen = live.app.store.frozen_assurance(live.tenant, live.id("c1")).await.unwrap();
    let message = frozen.values().next().unwrap();
    assert_eq!(message.assurance, identity::Assurance::Anonymous);
    // What the channel says later changes nothing.
    live.desk.change("c1", |one| one.parts[0].author_email = Some("jona@velo.test".into()));
    live.settle().await;
    let again = live.app.store.frozen_assurance(live.tenant, live.id("c1")).await.unwrap();
    assert_eq!(again, frozen);
}

#[tokio::test]
async fn who_asks_for_a_human_gets_one_and_is_left_to_people() {
    let live = Live::new().await;
    live.automatic().await;
    live.begin("c1", "Can I please talk to a real person?");
    live.settle().await;
    assert_eq!(live.outcomes("c1").await, ["hand_off asked_for_human"]);
    assert_eq!(live.conversation("c1").assignee, Some(Assignee::Team("7".into())));
    live.desk.customer_writes("c1", QUESTION);
    live.settle().await;
    assert!(live.notes("c1").is_empty() && live.replies("c1").is_empty());
    assert_eq!(live.outcomes("c1").await, ["hand_off asked_for_human", "silent human_owns"]);
    assert_ne!(live.conversation("c1").assignee, Some(Assignee::Agent(TEAMMATE.into())));
}

#[tokio::test]
async fn the_emergency_stop_holds_everything_and_lets_it_go() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.post_all().await;
    live.app.press_stop(live.tenant, Stop::Pressed, "anna").await.unwrap();
    live.settle().await;
    assert!(live.notes("c1").is_empty());
    assert_eq!(live.outcomes("c1").await, ["silent stopped"]);
    live.app.press_stop(live.tenant, Stop::Lifted, "anna").await.unwrap();
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1);
    assert_eq!(live.outcomes("c1").await, ["answer"]);
}

// Two threads: the one that presses waits for a connection that the other one gives back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_emergency_stop_holds_what_is_about_to_leave() {
    let live = Live::new().await;
    live.automatic().await;
    live.begin("c1", QUESTION);
    // Pressed when the reply is made and the conversation is looked at for the last time before the claim.
    live.desk.at(Moment::Loaded, |_| {});
    let (app, tenant) = (live.app.clone(), live.tenant);
    live.desk.at(Moment::Loaded, move |_| {
        let press = async { app.press_stop(tenant, Stop::Pressed, "anna").await.unwrap() };
        let alone =
            || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(press);
        std::thread::scope(|scope| scope.spawn(alone).join().unwrap());
    });
    live.settle().await;
    assert!(live.replies("c1").is_empty() && live.notes("c1").is_empty());
    assert_eq!(live.outcomes("c1").await, ["silent stopped"]);
    let (_, written) = live.app.written_in(live.tenant, live.id("c1")).await.unwrap();
    assert_eq!(written[0].why.as_deref(), Some("stopped"), "the reply was made and held");
    assert_eq!(live.conversation("c1").assignee, None, "and the claim was given back");
}
