//! Live conversations: stored once, covered once, recorded once.

use domain::record::Role;
use domain::{ConversationId, JobId, Mode, OutgoingId, SourceId, SubjectId, TraceId};
use identity::Assurance;
use store::live::{
    ChannelAccount, Collision, FrozenAssurance, LiveState, NewDelivery, NewLive, NewOutcome, NewOutgoing,
    OutgoingKind, OutgoingState, Sealed, Settled, Stop, SwitchKind, Taken, Wake,
};
use store::{Error, NewJob};
use uuid::Uuid;

use crate::db::{Db, at, contract};

contract!(
    an_account_belongs_to_one_tenant,
    a_delivery_is_taken_once_with_its_work,
    a_new_message_puts_waiting_work_off_but_not_for_ever,
    of_deliveries_at_once_one_is_new,
    a_part_is_covered_once_and_one_thing_is_on_its_way,
    what_was_not_written_frees_its_parts_and_its_text,
    an_outcome_stands_once_for_each_part,
    a_silence_that_waits_gives_way,
    assurance_is_frozen,
    flags_keep_their_first_moment,
    a_collision_counts_once,
    switches_are_kept_and_auto_needs_two,
    a_forgotten_conversation_leaves_nothing,
    another_tenant_sees_nothing_live,
);

fn conversation(source: SourceId) -> ConversationId {
    ConversationId::derive(source, "c1")
}

async fn ensure(db: &Db) -> LiveState {
    let new = NewLive {
        conversation: conversation(db.source),
        source: db.source,
        external_id: "c1".to_owned(),
        channel: "memory".to_owned(),
        account: "w1".to_owned(),
        inbox: None,
    };
    db.store.ensure_live(db.tenant, &new).await.unwrap()
}

fn delivery(id: &str) -> NewDelivery {
    NewDelivery {
        channel: "memory".to_owned(),
        account: "w1".to_owned(),
        delivery_id: id.to_owned(),
        topic: "conversation.user.replied".to_owned(),
        at: at(0),
    }
}

fn wake(number: u128, run_at: i64, put_off_by_ms: Option<i64>) -> Wake {
    let job = NewJob {
        id: JobId::from_uuid(Uuid::from_u128(number)),
        kind: "conversation".to_owned(),
        group: Some("c1".to_owned()),
        dedupe: Some("c1".to_owned()),
        args: serde_json::json!({ "conversation": "c1" }),
        run_at: at(run_at),
        max_attempts: 3,
    };
    Wake { job, put_off_by_ms }
}

fn outgoing(db: &Db, number: u128, covers: &[&str]) -> NewOutgoing {
    NewOutgoing {
        id: OutgoingId::from_uuid(Uuid::from_u128(number)),
        conversation: conversation(db.source),
        kind: OutgoingKind::Reply,
        mark: "m".to_owned(),
        trace: TraceId::from_uuid(Uuid::from_u128(number)),
        covers: covers.iter().map(ToString::to_string).collect(),
        text: "Hold the button.".to_owned(),
    }
}

fn outcome(db: &Db, number: u128, parts: &[&str]) -> NewOutcome {
    NewOutcome {
        id: TraceId::from_uuid(Uuid::from_u128(number)),
        conversation: conversation(db.source),
        parts: parts.iter().map(ToString::to_string).collect(),
        topic: "default".to_owned(),
        outcome: "answer".to_owned(),
        reason: None,
        standing: true,
        sent: None,
    }
}

fn conflict<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::Conflict { .. })), "{result:?}");
}

async fn an_account_belongs_to_one_tenant(db: Db) {
    let account = ChannelAccount {
        channel: "memory".to_owned(),
        account: "w1".to_owned(),
        app: "own".to_owned(),
        tenant: db.tenant,
        source: db.source,
        teammate: "t9".to_owned(),
        secret: Sealed(vec![1, 2, 3]),
        added_at: at(0),
        polled_to: at(0),
        refused_at: None,
    };
    db.store.put_channel_account(&account).await.unwrap();
    let renewed = ChannelAccount { secret: Sealed(vec![4]), added_at: at(9), ..account.clone() };
    db.store.put_channel_account(&renewed).await.unwrap();
    let found = db.store.find_channel_account("memory", "w1").await.unwrap().unwrap();
    assert_eq!((found.secret.clone(), found.added_at), (Sealed(vec![4]), at(0)));
    assert_eq!(format!("{:?}", found.secret), "[sealed]");

    let globex = db.store.ensure_tenant("globex", at(0)).await.unwrap();
    let source = db.store.ensure_source(globex, ("memory", "w1"), "Theirs", at(0)).await.unwrap();
    let theirs = ChannelAccount { tenant: globex, source, ..account.clone() };
    conflict(&db.store.put_channel_account(&theirs).await);
    assert_eq!(db.store.find_channel_account("memory", "w1").await.unwrap().unwrap().tenant, db.tenant);
    assert_eq!(db.store.find_channel_account("other", "w1").await.unwrap(), None);

    db.store.polled(&account, at(50)).await.unwrap();
    db.store.polled(&account, at(20)).await.unwrap();
    let all = db.store.list_channel_accounts().await.unwrap();
    assert_eq!((all.len(), all[0].polled_to, all[0].refused_at), (1, at(50), None));

    let refused_at =
        async || db.store.find_channel_account("memory", "w1").await.unwrap().unwrap().refused_at;
    assert!(db.store.account_refuses(&account, at(60)).await.unwrap());
    assert!(!db.store.account_refuses(&account, at(70)).await.unwrap(), "it is known");
    assert_eq!(refused_at().await, Some(at(60)));
    db.store.account_opens(&account).await.unwrap();
    assert_eq!(refused_at().await, None);
    assert!(db.store.account_refuses(&account, at(80)).await.unwrap());
    db.store.put_channel_account(&renewed).await.unwrap();
    assert_eq!(refused_at().await, None, "a renewed key may open it");
}

async fn a_delivery_is_taken_once_with_its_work(db: Db) {
    let first = db.store.take_delivery(db.tenant, &delivery("n1"), Some(wake(1, 10, None)), at(0)).await;
    assert_eq!(first.unwrap(), Taken::New);
    let again = db.store.take_delivery(db.tenant, &delivery("n1"), Some(wake(2, 10, None)), at(1)).await;
    assert_eq!(again.unwrap(), Taken::Again);
    assert_eq!(db.store.open_jobs().await.unwrap(), 1);
    // The same id of another account is another notification.
    let other = NewDelivery { account: "w2".to_owned(), ..delivery("n1") };
    assert_eq!(db.store.take_delivery(db.tenant, &other, None, at(1)).await.unwrap(), Taken::New);
    let counted = db.store.count_deliveries(db.tenant).await.unwrap();
    assert_eq!(counted, [("conversation.user.replied".to_owned(), 2)]);
    assert_eq!(db.store.forget_deliveries(db.tenant, at(1)).await.unwrap(), 1);
}

async fn a_new_message_puts_waiting_work_off_but_not_for_ever(db: Db) {
    let claim = async |now| db.store.claim(&["conversation"], at(now), 1000).await.unwrap();
    for (number, arrives) in [(1, 0), (2, 3_000), (3, 7_000), (4, 11_000), (5, 15_500)] {
        let wake = wake(number, arrives + 5_000, Some(15_000));
        db.store.take_delivery(db.tenant, &delivery(&number.to_string()), Some(wake), at(0)).await.unwrap();
    }
    assert_eq!(db.store.open_jobs().await.unwrap(), 1);
    assert_eq!(claim(19_999).await, None);
    let mine = claim(20_000).await.unwrap();
    // What comes while it runs is work of its own, and what is only looked at is not put off.
    db.store.wake(db.tenant, vec![wake(6, 30_000, Some(15_000)), wake(7, 90_000, None)]).await.unwrap();
    db.store.complete(&mine).await.unwrap();
    assert_eq!(claim(30_000).await.unwrap().id.uuid().as_u128(), 6);
}

async fn of_deliveries_at_once_one_is_new(db: Db) {
    let mut running = tokio::task::JoinSet::new();
    for number in 0..5 {
        let db = db.clone();
        running.spawn(async move {
            let wake = wake(number, 10, Some(15_000));
            db.store.take_delivery(db.tenant, &delivery("n1"), Some(wake), at(0)).await.unwrap()
        });
    }
    let taken = running.join_all().await;
    assert_eq!(taken.iter().filter(|taken| **taken == Taken::New).count(), 1);
    assert_eq!(db.store.open_jobs().await.unwrap(), 1);
}

async fn a_part_is_covered_once_and_one_thing_is_on_its_way(db: Db) {
    ensure(&db).await;
    db.store.queue_outgoing(db.tenant, &outgoing(&db, 1, &["p1", "p2"]), at(1)).await.unwrap();
    conflict(&db.store.queue_outgoing(db.tenant, &outgoing(&db, 2, &["p3"]), at(2)).await);
    let id = OutgoingId::from_uuid(Uuid::from_u128(1));
    conflict(&db.store.unclear(db.tenant, id, "timeout", at(2)).await);
    db.store.begin_sending(db.tenant, id, at(2)).await.unwrap();
    conflict(&db.store.begin_sending(db.tenant, id, at(2)).await);
    db.store.unclear(db.tenant, id, "timeout", at(3)).await.unwrap();
    let open = db.store.open_outgoing(db.tenant, conversation(db.source)).await.unwrap().unwrap();
    assert_eq!((open.state, open.text.as_deref()), (OutgoingState::Unknown, Some("Hold the button.")));
    assert_eq!(open.covers, ["p1", "p2"]);
    let done = NewOutcome { sent: Some((id, "part9".to_owned())), ..outcome(&db, 1, &["p1", "p2"]) };
    db.store.record_outcome(db.tenant, &done, &serde_json::json!({}), at(4)).await.unwrap();
    assert_eq!(db.store.open_outgoing(db.tenant, conversation(db.source)).await.unwrap(), None);
    let all = db.store.list_outgoing(db.tenant, conversation(db.source)).await.unwrap();
    assert_eq!((all[0].state, all[0].part.as_deref()), (OutgoingState::Sent, Some("part9")));
    assert_eq!(all[0].text, None, "the channel holds it now");
    assert_eq!(ensure(&db).await.automatic_count, 1);
    // The parts stay covered by what was sent.
    conflict(&db.store.queue_outgoing(db.tenant, &outgoing(&db, 3, &["p2", "p4"]), at(5)).await);
    db.store.queue_outgoing(db.tenant, &outgoing(&db, 4, &["p4"]), at(5)).await.unwrap();
}

async fn what_was_not_written_frees_its_parts_and_its_text(db: Db) {
    ensure(&db).await;
    db.store.queue_outgoing(db.tenant, &outgoing(&db, 1, &["p1"]), at(1)).await.unwrap();
    let id = OutgoingId::from_uuid(Uuid::from_u128(1));
    db.store.withdraw(db.tenant, id, (Settled::Refused, "human_replied"), at(2)).await.unwrap();
    conflict(&db.store.withdraw(db.tenant, id, (Settled::Refused, "again"), at(2)).await);
    conflict(&db.store.begin_sending(db.tenant, id, at(2)).await);
    db.store.queue_outgoing(db.tenant, &outgoing(&db, 2, &["p1"]), at(3)).await.unwrap();
    let all = db.store.list_outgoing(db.tenant, conversation(db.source)).await.unwrap();
    assert_eq!((all[0].state, all[0].text.as_deref()), (OutgoingState::Refused, None));
    assert_eq!((all[0].why.as_deref(), all[1].state), (Some("human_replied"), OutgoingState::Queued));
}

async fn an_outcome_stands_once_for_each_part(db: Db) {
    ensure(&db).await;
    let trace = serde_json::json!({ "kept": 1 });
    db.store.record_outcome(db.tenant, &outcome(&db, 1, &["p1", "p2"]), &trace, at(1)).await.unwrap();
    conflict(&db.store.record_outcome(db.tenant, &outcome(&db, 2, &["p2", "p3"]), &trace, at(2)).await);
    let all = db.store.list_outcomes(db.tenant, conversation(db.source)).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].parts.as_slice(), all[0].standing),
        (["p1".to_owned(), "p2".to_owned()].as_slice(), true)
    );
    assert_eq!(db.store.trace(db.tenant, all[0].id).await.unwrap(), (at(1), trace));
    // What was not being sent cannot be recorded as sent, and nothing of the attempt remains.
    let sent = Some((OutgoingId::from_uuid(Uuid::from_u128(9)), "part".to_owned()));
    let never = NewOutcome { sent, ..outcome(&db, 3, &["p3"]) };
    conflict(&db.store.record_outcome(db.tenant, &never, &serde_json::json!({}), at(3)).await);
    assert_eq!(db.store.list_outcomes(db.tenant, conversation(db.source)).await.unwrap().len(), 1);
}

async fn a_silence_that_waits_gives_way(db: Db) {
    ensure(&db).await;
    let trace = serde_json::json!({});
    let waits = NewOutcome { standing: false, ..outcome(&db, 1, &["p1"]) };
    db.store.record_outcome(db.tenant, &waits, &trace, at(1)).await.unwrap();
    assert_eq!(db.store.list_waiting(db.tenant).await.unwrap().len(), 1);
    db.store.record_outcome(db.tenant, &outcome(&db, 2, &["p1", "p2"]), &trace, at(2)).await.unwrap();
    let all = db.store.list_outcomes(db.tenant, conversation(db.source)).await.unwrap();
    assert_eq!((all.len(), all[0].parts.len(), all[0].standing), (1, 2, true));
    assert!(db.store.list_waiting(db.tenant).await.unwrap().is_empty());
    assert_eq!(db.store.counts(db.tenant).await.unwrap().traces, 1, "its trace went with it");
}

async fn assurance_is_frozen(db: Db) {
    let frozen = |part: &str, assurance| FrozenAssurance {
        part: part.to_owned(),
        subject: Some(SubjectId::derive(db.source, "contact_id:1")),
        role: Some(Role::Lead),
        assurance,
        limits: vec!["role".to_owned()],
        at: at(0),
        frozen_at: at(1),
    };
    let first = frozen("p1", Assurance::Claimed);
    let id = conversation(db.source);
    db.store.freeze_assurance(db.tenant, id, vec![first.clone()]).await.unwrap();
    let later = vec![frozen("p1", Assurance::Verified), frozen("p2", Assurance::Anonymous)];
    let all = db.store.freeze_assurance(db.tenant, id, later).await.unwrap();
    assert_eq!((all.len(), &all["p1"]), (2, &first));
    assert_eq!(db.store.frozen_assurance(db.tenant, id).await.unwrap(), all);
}

async fn flags_keep_their_first_moment(db: Db) {
    let new = ensure(&db).await;
    assert_eq!((new.seen_to.millis(), new.hands_off_at, new.automatic_count), (0, None, 0));
    let id = conversation(db.source);
    for moment in [5, 9] {
        db.store.keep_hands_off(db.tenant, id, at(moment)).await.unwrap();
    }
    for moment in [7, 3] {
        db.store.seen_live(db.tenant, id, at(moment)).await.unwrap();
    }
    let state = db.store.live_state(db.tenant, id).await.unwrap();
    assert_eq!((state.hands_off_at, state.seen_to), (Some(at(5)), at(7)));
    assert_eq!(db.store.list_live(db.tenant, 10).await.unwrap(), [state]);
}

async fn a_collision_counts_once(db: Db) {
    ensure(&db).await;
    let id = conversation(db.source);
    let collision = Collision { conversation: id, part: "p1".to_owned(), human_part: "p2".to_owned() };
    assert!(db.store.put_collision(db.tenant, &collision, at(1)).await.unwrap());
    assert!(!db.store.put_collision(db.tenant, &collision, at(2)).await.unwrap());
    assert_eq!(db.store.count_collisions(db.tenant).await.unwrap(), 1);
    assert_eq!(db.store.live_state(db.tenant, id).await.unwrap().paused_at, Some(at(1)));
}

async fn switches_are_kept_and_auto_needs_two(db: Db) {
    let mode = |topic: &str, mode| SwitchKind::Mode { topic: topic.to_owned(), mode };
    assert_eq!(db.store.switches(db.tenant).await.unwrap().mode("billing"), Mode::Draft);
    db.store.switch(db.tenant, &mode("", Mode::Off), "anna", at(1)).await.unwrap();
    let auto = db.store.switch(db.tenant, &mode("billing", Mode::Auto), "anna", at(2)).await.unwrap();
    let now = db.store.switches(db.tenant).await.unwrap();
    assert_eq!((now.mode("billing"), now.mode("other")), (Mode::Off, Mode::Off), "not confirmed yet");
    conflict(&db.store.confirm_switch(db.tenant, auto, "anna", at(3)).await);
    db.store.confirm_switch(db.tenant, auto, "ben", at(3)).await.unwrap();
    conflict(&db.store.confirm_switch(db.tenant, auto, "cleo", at(3)).await);
    let now = db.store.switches(db.tenant).await.unwrap();
    assert_eq!((now.mode("billing"), now.mode("other"), now.stopped), (Mode::Auto, Mode::Off, false));
    assert_eq!(now.topics().collect::<Vec<_>>(), ["billing"]);
    db.store.switch(db.tenant, &SwitchKind::Stop(Stop::Pressed), "ben", at(4)).await.unwrap();
    assert!(db.store.switches(db.tenant).await.unwrap().stopped);
    db.store.switch(db.tenant, &SwitchKind::Stop(Stop::Lifted), "ben", at(5)).await.unwrap();
    assert!(!db.store.switches(db.tenant).await.unwrap().stopped);
    let all = db.store.list_switches(db.tenant).await.unwrap();
    assert_eq!(all.iter().map(|switch| switch.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(all[1].confirmed, Some(("ben".to_owned(), at(3))));
}

async fn a_forgotten_conversation_leaves_nothing(db: Db) {
    ensure(&db).await;
    let id = conversation(db.source);
    db.store.queue_outgoing(db.tenant, &outgoing(&db, 1, &["p1"]), at(1)).await.unwrap();
    let trace = serde_json::json!({});
    db.store.record_outcome(db.tenant, &outcome(&db, 1, &["p1"]), &trace, at(1)).await.unwrap();
    // Of something that was never recorded there is a trace too.
    db.store.begin_sending(db.tenant, outgoing(&db, 1, &[]).id, at(1)).await.unwrap();
    db.store.put_trace(db.tenant, outgoing(&db, 1, &[]).trace, at(1), &trace).await.unwrap();
    db.store.forget_live(db.tenant, id).await.unwrap();
    assert!(matches!(db.store.live_state(db.tenant, id).await, Err(Error::NotFound { .. })));
    assert!(db.store.list_outgoing(db.tenant, id).await.unwrap().is_empty());
    assert!(db.store.list_outcomes(db.tenant, id).await.unwrap().is_empty());
    assert_eq!(db.store.counts(db.tenant).await.unwrap().traces, 0);
    ensure(&db).await;
    db.store.queue_outgoing(db.tenant, &outgoing(&db, 1, &["p1"]), at(2)).await.unwrap();
}

async fn another_tenant_sees_nothing_live(db: Db) {
    ensure(&db).await;
    let id = conversation(db.source);
    db.store.queue_outgoing(db.tenant, &outgoing(&db, 1, &["p1"]), at(1)).await.unwrap();
    db.store.switch(db.tenant, &SwitchKind::Stop(Stop::Pressed), "anna", at(1)).await.unwrap();
    let other = db.store.ensure_tenant("globex", at(0)).await.unwrap();
    assert!(!db.store.switches(other).await.unwrap().stopped);
    assert!(db.store.list_live(other, 10).await.unwrap().is_empty());
    assert_eq!(db.store.open_outgoing(other, id).await.unwrap(), None);
    let outgoing = OutgoingId::from_uuid(Uuid::from_u128(1));
    conflict(&db.store.begin_sending(other, outgoing, at(2)).await);
    assert!(matches!(db.store.live_state(other, id).await, Err(Error::NotFound { .. })));
    db.store.forget_live(other, id).await.unwrap();
    assert!(db.store.open_outgoing(db.tenant, id).await.unwrap().is_some());
}
