//! Conversations come back whole and in order.

use domain::record::Channel;
use domain::{Author, Conversation, Status, SubjectId, Turn};
use store::{PageWrite, Range};

use crate::db::{Db, at, contract};
use crate::samples::conversation;

contract!(
    a_conversation_comes_back_whole,
    a_known_conversation_is_replaced,
    a_list_is_paged_by_time,
    a_conversation_with_ten_thousand_turns_is_one,
);

fn write(conversations: Vec<Conversation>) -> PageWrite {
    PageWrite { conversations, ..PageWrite::default() }
}

async fn a_conversation_comes_back_whole(db: Db) {
    let (anna, bert) = (SubjectId::derive(db.source, "anna"), SubjectId::derive(db.source, "bert"));
    let mut talk = conversation(db.source, "c1", Some(anna), at(0));
    talk.readers = vec![bert, anna];
    let mut bare = conversation(db.source, "c2", None, at(1));
    (bare.subject, bare.rating, bare.solution_turn, bare.topic) = (None, None, None, Some("t".to_owned()));
    (bare.channel, bare.status) = (Channel::Email, Status::Unknown);
    bare.turns.clear();
    let saved = db.save(write(vec![talk.clone(), bare.clone()]), at(5)).await;
    assert_eq!((saved.conversations_new, saved.conversations_replaced), (2, 0));
    assert_eq!(db.store.conversation(db.tenant, talk.id).await.unwrap(), talk);
    assert_eq!(db.store.conversation(db.tenant, bare.id).await.unwrap(), bare);
}

async fn a_known_conversation_is_replaced(db: Db) {
    let mut talk = conversation(db.source, "c1", Some(SubjectId::derive(db.source, "anna")), at(0));
    db.save(write(vec![talk.clone()]), at(5)).await;
    talk.turns.truncate(1);
    talk.turns[0].text = "Guten Tag".to_owned();
    talk.turns[0].author = Author::Other;
    talk.readers.clear();
    talk.status = Status::Unsolved;
    talk.subject_id = None;
    // Twice on a page: the last state counts.
    let mut first = talk.clone();
    first.tags.clear();
    let saved = db.save(write(vec![first, talk.clone()]), at(6)).await;
    assert_eq!((saved.conversations_new, saved.conversations_replaced), (0, 1));
    assert_eq!(db.store.conversation(db.tenant, talk.id).await.unwrap(), talk);
}

async fn a_list_is_paged_by_time(db: Db) {
    // Two begin at the same moment.
    let talks: Vec<Conversation> =
        (0..7).map(|n| conversation(db.source, &format!("c{n}"), None, at(n / 2 * 100))).collect();
    db.save(write(talks.clone()), at(5)).await;
    let mut listed: Vec<Conversation> = Vec::new();
    loop {
        let after = listed.last().map(|last| (last.created_at, last.id));
        let page = db.store.list_conversations(db.tenant, Range::ALL, after, 2).await.unwrap();
        assert!(page.len() <= 2);
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    let mut expected = talks;
    expected.sort_by_key(|talk| (talk.created_at, talk.id));
    assert_eq!(listed, expected);
    let range = Range { since: at(100), until: at(300) };
    let some = db.store.list_conversations(db.tenant, range, None, 100).await.unwrap();
    assert!(some.iter().all(|talk| talk.created_at == at(100) || talk.created_at == at(200)));
    assert_eq!(some.len(), 4);
    assert_eq!(db.store.count_conversations(db.tenant, range).await.unwrap(), 4);
}

async fn a_conversation_with_ten_thousand_turns_is_one(db: Db) {
    let mut talk = conversation(db.source, "c1", None, at(0));
    let turn = |position: u32| Turn { position, at: at(i64::from(position)), ..talk.turns[0].clone() };
    talk.turns = (0..10_000).map(turn).collect();
    db.save(write(vec![talk.clone()]), at(5)).await;
    assert_eq!(db.store.conversation(db.tenant, talk.id).await.unwrap(), talk);
}
