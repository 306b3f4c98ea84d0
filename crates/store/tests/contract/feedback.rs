//! Feedback on drafts: once for each draft and voice, nearer over earlier, and gone with its conversation.

use std::collections::BTreeSet;

use domain::feedback::{Kind, Rating, compare};
use domain::{ConversationId, DocumentId, KeyId, OutgoingId, SubjectId, Timestamp, TraceId};
use identity::Assurance;
use store::live::{
    FrozenAssurance, NewFeedback, NewLive, NewOutcome, NewOutgoing, OutgoingKind, Said, Settled,
};
use store::{Erasure, Error, NewAudit, PageWrite};
use uuid::Uuid;

use crate::db::{Db, at, contract};
use crate::samples::{article, only_for};

contract!(
    the_nearest_message_counts_and_the_same_look_changes_nothing,
    the_last_word_of_each_key_counts,
    only_what_was_written_is_judged_and_only_by_its_tenant,
    documents_are_counted_as_they_stand_now,
    feedback_goes_with_its_conversation_and_its_person,
    a_redaction_takes_the_comments,
);

const DRAFT: &str = "Hold the power button for twelve seconds now. [1] Your settings stay as they are. [2]";
const REWRITTEN: &str = "Please send the device to our workshop, the carrier collects it.";

fn conversation(db: &Db) -> ConversationId {
    ConversationId::derive(db.source, "c1")
}

fn draft(number: u128) -> OutgoingId {
    OutgoingId::from_uuid(Uuid::from_u128(number))
}

fn key(number: u128) -> KeyId {
    KeyId::from_uuid(Uuid::from_u128(number))
}

fn document(db: &Db, name: &str) -> DocumentId {
    DocumentId::derive(db.source, "article", name)
}

/// Writes a draft about a message of its own.
async fn written(db: &Db, number: u128, moment: Timestamp) {
    queued(db, number, moment).await;
    let part = format!("p{number}");
    db.store.begin_sending(db.tenant, draft(number), moment).await.unwrap();
    let outcome = NewOutcome {
        id: TraceId::from_uuid(Uuid::from_u128(number)),
        conversation: conversation(db),
        parts: vec![part],
        topic: "default".to_owned(),
        outcome: "answer".to_owned(),
        reason: None,
        standing: true,
        sent: Some((draft(number), format!("n{number}"))),
    };
    db.store.record_outcome(db.tenant, &outcome, &serde_json::json!({}), moment).await.unwrap();
}

async fn queued(db: &Db, number: u128, moment: Timestamp) {
    let live = NewLive {
        conversation: conversation(db),
        source: db.source,
        external_id: "c1".to_owned(),
        channel: "memory".to_owned(),
        account: "w1".to_owned(),
        inbox: None,
    };
    db.store.ensure_live(db.tenant, &live).await.unwrap();
    let new = NewOutgoing {
        id: draft(number),
        conversation: conversation(db),
        kind: OutgoingKind::Note,
        mark: "m".to_owned(),
        trace: TraceId::from_uuid(Uuid::from_u128(number)),
        covers: vec![format!("p{number}")],
        text: DRAFT.to_owned(),
    };
    db.store.queue_outgoing(db.tenant, &new, moment).await.unwrap();
}

fn sent(db: &Db, number: u128, part: &str, text: &str) -> NewFeedback {
    NewFeedback {
        outgoing: draft(number),
        said: Said::Sent { part: part.to_owned(), compared: compare(DRAFT, text) },
        cited: vec![document(db, "a1"), document(db, "a2")],
    }
}

fn said(db: &Db, number: u128, by: u128, rating: Option<Rating>, comment: Option<&str>) -> NewFeedback {
    let comment = comment.map(str::to_owned);
    NewFeedback {
        outgoing: draft(number),
        said: Said::By { key: key(by), discarded: rating.is_none(), rating, comment },
        cited: vec![document(db, "a1"), document(db, "a2")],
    }
}

async fn put(db: &Db, new: &NewFeedback, millis: i64) -> bool {
    db.store.put_feedback(db.tenant, new, at(millis)).await.unwrap()
}

async fn the_nearest_message_counts_and_the_same_look_changes_nothing(db: Db) {
    written(&db, 1, at(10)).await;
    assert!(put(&db, &sent(&db, 1, "h1", REWRITTEN), 20).await);
    for again in [21, 22] {
        assert!(!put(&db, &sent(&db, 1, "h1", REWRITTEN), again).await);
    }
    let list = async || db.store.list_feedback(db.tenant, conversation(&db)).await.unwrap();
    let first = list().await;
    assert_eq!((first.len(), first[0].kind, first[0].at), (1, Kind::Ignored, at(20)));
    assert!(put(&db, &sent(&db, 1, "h2", DRAFT), 30).await);
    assert!(!put(&db, &sent(&db, 1, "h3", REWRITTEN), 40).await, "what is further away changes nothing");
    let all = list().await;
    assert_eq!((all.len(), all[0].kind, all[0].part.as_deref()), (1, Kind::Used, Some("h2")));
    assert_eq!((all[0].changed_permille, all[0].said_by, all[0].rating), (Some(0), None, None));
    assert_eq!(all[0].words.map(|words| words.drafted == words.kept && words.kept == words.sent), Some(true));
}

async fn the_last_word_of_each_key_counts(db: Db) {
    written(&db, 1, at(10)).await;
    put(&db, &said(&db, 1, 1, Some(Rating::Good), Some("helped")), 20).await;
    put(&db, &said(&db, 1, 2, Some(Rating::Bad), None), 21).await;
    put(&db, &said(&db, 1, 1, None, None), 22).await;
    put(&db, &sent(&db, 1, "h1", DRAFT), 23).await;
    let all = db.store.list_feedback(db.tenant, conversation(&db)).await.unwrap();
    let told: Vec<_> = all.iter().map(|one| (one.said_by, one.kind, one.rating)).collect();
    assert_eq!(
        told,
        [
            (Some(key(2)), Kind::Rated, Some(Rating::Bad)),
            (Some(key(1)), Kind::Discarded, None),
            (None, Kind::Used, None),
        ]
    );
    assert_eq!(all[1].comment, None);
}

async fn only_what_was_written_is_judged_and_only_by_its_tenant(db: Db) {
    queued(&db, 1, at(10)).await;
    let early = db.store.put_feedback(db.tenant, &said(&db, 1, 1, None, None), at(11)).await;
    assert!(matches!(early, Err(Error::Conflict { .. })), "{early:?}");
    db.store.withdraw(db.tenant, draft(1), (Settled::Superseded, "not_found"), at(12)).await.unwrap();
    written(&db, 2, at(20)).await;
    put(&db, &said(&db, 2, 1, None, None), 21).await;
    let other = db.store.ensure_tenant("globex", at(0)).await.unwrap();
    let theirs = db.store.put_feedback(other, &said(&db, 2, 1, None, None), at(22)).await;
    assert!(matches!(theirs, Err(Error::NotFound { .. })), "{theirs:?}");
    assert!(matches!(db.store.outgoing(other, draft(2)).await, Err(Error::NotFound { .. })));
    assert_eq!(db.store.outgoing(db.tenant, draft(2)).await.unwrap().part.as_deref(), Some("n2"));
    assert!(db.store.list_feedback(other, conversation(&db)).await.unwrap().is_empty());
    assert!(db.store.fared(other, at(99)).await.unwrap().is_empty());
}

async fn documents_are_counted_as_they_stand_now(db: Db) {
    let hidden = only_for(
        article(db.source, "a3", "Secret.", at(0)),
        domain::Audience::Person(SubjectId::derive(db.source, "x")),
    );
    let articles =
        vec![article(db.source, "a1", "Hold.", at(0)), article(db.source, "a2", "Stay.", at(0)), hidden];
    db.save(PageWrite { documents: articles, ..PageWrite::default() }, at(0)).await;
    for number in 1..=4 {
        written(&db, number, at(10)).await;
    }
    // Written anew; the second source dropped; used, yet called bad; written anew, yet called good.
    put(&db, &sent(&db, 1, "h1", REWRITTEN), 20).await;
    put(&db, &sent(&db, 2, "h2", "Hold the power button for twelve seconds now."), 20).await;
    put(&db, &sent(&db, 3, "h3", DRAFT), 20).await;
    put(&db, &said(&db, 3, 1, Some(Rating::Bad), None), 21).await;
    put(&db, &sent(&db, 4, "h4", REWRITTEN), 20).await;
    put(&db, &said(&db, 4, 1, Some(Rating::Good), None), 22).await;
    let mut third = said(&db, 4, 2, None, None);
    third.cited = vec![document(&db, "a3")];
    put(&db, &third, 23).await;
    let fared = async |millis| {
        let all = db.store.fared(db.tenant, at(millis)).await.unwrap();
        let mut all: Vec<_> = all
            .into_iter()
            .map(|one| (one.external_id, one.drafts, one.refused, one.rewritten, one.newest_at))
            .collect();
        all.sort();
        all
    };
    // The fourth was thrown away by somebody else after all.
    assert_eq!(fared(50).await, [("a1".to_owned(), 4, 2, 1, at(23)), ("a2".to_owned(), 4, 2, 2, at(23))]);
    // A document that was corrected begins anew.
    let corrected = vec![article(db.source, "a1", "Hold longer.", at(60))];
    db.save(PageWrite { documents: corrected, ..PageWrite::default() }, at(60)).await;
    assert_eq!(fared(70).await, [("a2".to_owned(), 4, 2, 2, at(23))]);
}

async fn feedback_goes_with_its_conversation_and_its_person(db: Db) {
    let anna = SubjectId::derive(db.source, "user_id:u1");
    let subjects = BTreeSet::from([anna]);
    let frozen = FrozenAssurance {
        part: "p1".to_owned(),
        subject: Some(anna),
        role: None,
        assurance: Assurance::Claimed,
        limits: Vec::new(),
        at: at(1),
        frozen_at: at(1),
    };
    for erased in [true, false] {
        written(&db, 1, at(10)).await;
        db.store.freeze_assurance(db.tenant, conversation(&db), vec![frozen.clone()]).await.unwrap();
        put(&db, &sent(&db, 1, "h1", REWRITTEN), 20).await;
        put(&db, &said(&db, 1, 1, None, Some("says twelve, is twenty")), 21).await;
        let held = db.store.held_of(db.tenant, &subjects).await.unwrap();
        let rows = |table| held.iter().find(|one| one.table == table).map(|one| one.rows);
        assert_eq!((rows("feedback"), rows("feedback_documents")), (Some(2), Some(2)));
        let out = serde_json::to_string(&db.store.export_of(db.tenant, &subjects).await.unwrap()).unwrap();
        assert!(out.contains("says twelve, is twenty") && out.contains("ignored"), "{out}");
        let places = db.store.mentions(db.tenant, &["is Twenty".to_owned()]).await.unwrap();
        assert_eq!(places.iter().map(|one| one.place).collect::<Vec<_>>(), ["feedback.comment"]);
        if erased {
            let audit = NewAudit {
                at: at(30),
                actor: "anna",
                action: "person.erase",
                about: None,
                detail: String::new(),
            };
            let erasure = Erasure { subjects: &subjects, tombstones: &[], audit };
            assert_eq!(db.store.erase(db.tenant, &erasure).await.unwrap().after, []);
        } else {
            assert!(db.store.expire_traces(db.tenant, at(9)).await.unwrap() == 0, "it is not old yet");
            db.store.expire_traces(db.tenant, at(40)).await.unwrap();
        }
        assert!(db.store.list_feedback(db.tenant, conversation(&db)).await.unwrap().is_empty());
        assert!(db.store.fared(db.tenant, at(99)).await.unwrap().is_empty());
    }
    written(&db, 1, at(50)).await;
    put(&db, &said(&db, 1, 1, None, None), 51).await;
    db.store.forget_live(db.tenant, conversation(&db)).await.unwrap();
    assert!(db.store.list_feedback(db.tenant, conversation(&db)).await.unwrap().is_empty());
}

async fn a_redaction_takes_the_comments(db: Db) {
    written(&db, 1, at(10)).await;
    put(&db, &said(&db, 1, 1, Some(Rating::Bad), Some("as it says")), 20).await;
    db.store.redact_conversation(db.tenant, db.source, "c1", at(30)).await.unwrap();
    let all = db.store.list_feedback(db.tenant, conversation(&db)).await.unwrap();
    assert_eq!((all.len(), all[0].rating, all[0].comment.as_deref()), (1, Some(Rating::Bad), None));
}
