//! Something changes between the look at a conversation and the writing.

use connector::testing::Moment;
use domain::live::{Assignee, State};
use domain::record::RawCustomer;
use store::live::OutgoingState;

use super::bench::{Live, QUESTION, human};

#[tokio::test]
async fn a_human_replies_while_the_draft_is_made() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.desk.at(Moment::Delivering, |conversation| {
        let reply = human(conversation, 2_000, "Hold it for twelve seconds.");
        conversation.parts.push(reply);
    });
    live.settle().await;
    assert!(live.notes("c1").is_empty(), "a draft older than the newest human reply is never written");
    assert_eq!(live.outcomes("c1").await, ["silent human_owns"]);
    let (_, written) = live.app.written_in(live.tenant, live.id("c1")).await.unwrap();
    assert_eq!(
        (written[0].state, written[0].why.as_deref()),
        (OutgoingState::Refused, Some("human_replied"))
    );
    assert_eq!(written[0].text, None);
}

#[tokio::test]
async fn a_customer_writes_on_while_the_draft_is_made() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.desk.at(Moment::Delivering, |conversation| {
        let mut more = conversation.parts[0].clone();
        more.id = "more".into();
        more.text = "It is the large display.".into();
        conversation.parts.push(more);
    });
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1);
    assert_eq!(live.outcomes("c1").await, ["answer"]);
}

#[tokio::test]
async fn an_assignment_meanwhile_is_looked_at_and_the_draft_still_helps() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.desk.at(Moment::Delivering, |conversation| {
        conversation.assignee = Some(Assignee::Agent("t2".into()));
    });
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1);
    assert_eq!(live.conversation("c1").assignee, Some(Assignee::Agent("t2".into())));
    let (_, written) = live.app.written_in(live.tenant, live.id("c1")).await.unwrap();
    assert_eq!(written.len(), 2, "the first one was refused, the second one written");
}

#[tokio::test]
async fn an_automatic_reply_stays_away_from_what_a_human_took() {
    for moment in [Moment::Loaded, Moment::Delivering] {
        let live = Live::new().await;
        live.automatic().await;
        live.begin("c1", QUESTION);
        live.desk.at(moment, |conversation| conversation.assignee = Some(Assignee::Agent("t2".into())));
        live.settle().await;
        assert!(live.replies("c1").is_empty(), "{moment:?}");
        assert_eq!((live.notes("c1").len(), live.outcomes("c1").await), (1, vec!["answer".to_owned()]));
        assert_eq!(live.conversation("c1").assignee, Some(Assignee::Agent("t2".into())));
    }
}

#[tokio::test]
async fn closed_or_asleep_meanwhile_nothing_is_written() {
    for state in [State::Closed, State::Snoozed] {
        let live = Live::new().await;
        live.begin("c1", QUESTION);
        live.desk.at(Moment::Delivering, move |conversation| conversation.state = state);
        live.settle().await;
        assert!(live.notes("c1").is_empty());
        assert_eq!(live.outcomes("c1").await, ["silent human_owns"], "{state:?}");
    }
}

#[tokio::test]
async fn somebody_added_meanwhile_reads_no_answer_made_for_one() {
    for automatic in [false, true] {
        let live = Live::new().await;
        if automatic {
            live.automatic().await;
        }
        live.begin("c1", QUESTION);
        live.desk.at(Moment::Delivering, |conversation| {
            let other = RawCustomer { contact_id: Some("contact2".into()), ..RawCustomer::default() };
            conversation.contacts.push(other);
        });
        live.settle().await;
        let (outcomes, written) = live.app.written_in(live.tenant, live.id("c1")).await.unwrap();
        assert_eq!(written[0].state, OutgoingState::Refused);
        assert!(written[0].why.as_deref().unwrap().starts_with("readers"));
        let (_, trace) = live.app.store.trace(live.tenant, outcomes[0].id).await.unwrap();
        assert_eq!(trace["readers"], 2, "the answer that was written is made for both: {trace}");
        assert_eq!(live.notes("c1").len() + live.replies("c1").len(), 1);
    }
}

#[tokio::test]
async fn a_conversation_that_vanishes_meanwhile_leaves_nothing() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    live.desk.remove("c1");
    live.settle().await;
    let (outcomes, written) = live.app.written_in(live.tenant, live.id("c1")).await.unwrap();
    assert!(outcomes.is_empty() && written.is_empty());
    assert_eq!(live.app.store.counts(live.tenant).await.unwrap().traces, 0);
}

#[tokio::test]
async fn a_conversation_moved_to_another_inbox_meanwhile_gets_no_reply_made_before() {
    let live = Live::new().await;
    live.automatic().await;
    for (id, moment) in [("loaded", Moment::Loaded), ("delivering", Moment::Delivering)] {
        live.begin(id, QUESTION);
        // It stays with our teammate; the team changes, and its inbox is one that is not read.
        live.desk.at(moment, |conversation| {
            conversation.inbox = Some("legal".into());
            conversation.is_private = true;
        });
        live.settle().await;
        assert!(live.replies(id).is_empty() && live.notes(id).is_empty(), "{id}");
    }
}
