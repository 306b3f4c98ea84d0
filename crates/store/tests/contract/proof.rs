//! Secrets, declarations and step-ups: counted once, never another tenant's, and noted in the audit.

use domain::{ConversationId, PersonId, SecretId, StepUpId, SubjectId, TenantId};
use store::Error;
use store::live::Sealed;
use store::proof::{Ended, Enforcement, MOST_ACTIVE, MessengerSecret, NewStepUp, Probed};
use uuid::Uuid;

use crate::db::{Db, at, contract};

contract!(
    the_newest_secret_signs_until_it_is_retired,
    a_third_secret_is_refused_also_of_two_at_once,
    what_is_declared_stands_until_it_is_withdrawn,
    one_of_those_who_would_probe_does,
    a_step_up_is_taken_once_and_not_too_late,
    of_those_who_take_a_step_up_at_once_one_gets_it,
    another_tenants_step_up_does_not_exist,
    one_link_at_a_time_is_open_in_a_conversation,
    what_is_over_goes,
);

const MINUTE: i64 = 60_000;
const HASH: [u8; 32] = [7; 32];

fn secret(tenant: TenantId, number: u128, platform: &str) -> MessengerSecret {
    MessengerSecret {
        id: SecretId::from_uuid(Uuid::from_u128(number)),
        tenant,
        platform: platform.to_owned(),
        secret: Sealed(vec![number as u8; 40]),
        added_at: at(number as i64),
        retired_at: None,
    }
}

async fn actions(db: &Db) -> Vec<String> {
    let all = db.store.list_audit(db.tenant, None).await.unwrap();
    all.into_iter().map(|one| format!("{} {} {}", one.actor, one.action, one.detail)).collect()
}

async fn the_newest_secret_signs_until_it_is_retired(db: Db) {
    let signing = async || db.store.signing_secret(db.tenant, "web").await.unwrap();
    assert_eq!(signing().await, None);
    let [old, new] = [1, 2].map(|number| secret(db.tenant, number, "web"));
    db.store.add_messenger_secret(&old, "anna").await.unwrap();
    db.store.add_messenger_secret(&new, "anna").await.unwrap();
    db.store.add_messenger_secret(&secret(db.tenant, 3, "ios"), "anna").await.unwrap();
    assert_eq!(signing().await, Some(new.clone()));
    let other = db.store.ensure_tenant("globex", at(0)).await.unwrap();
    assert_eq!(db.store.signing_secret(other, "web").await.unwrap(), None);
    let foreign = db.store.retire_messenger_secret(other, new.id, ("eve", at(9))).await;
    assert!(matches!(foreign, Err(Error::NotFound { .. })), "{foreign:?}");
    db.store.retire_messenger_secret(db.tenant, new.id, ("ben", at(9))).await.unwrap();
    assert_eq!(signing().await, Some(old), "the older one signs again");
    let again = db.store.retire_messenger_secret(db.tenant, new.id, ("ben", at(10))).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
    let all = db.store.list_messenger_secrets(db.tenant).await.unwrap();
    assert_eq!((all.len(), all[1].retired_at, &all[1].secret), (3, Some(at(9)), &Sealed(Vec::new())));
    let noted = actions(&db).await;
    assert_eq!(noted.len(), 4);
    assert_eq!(noted[3], format!("ben identity.secret.retire {}", new.id));
}

async fn a_third_secret_is_refused_also_of_two_at_once(db: Db) {
    db.store.add_messenger_secret(&secret(db.tenant, 1, "web"), "anna").await.unwrap();
    let [two, three] = [2, 3].map(|number| secret(db.tenant, number, "web"));
    let (one, other) = tokio::join!(
        db.store.add_messenger_secret(&two, "anna"),
        db.store.add_messenger_secret(&three, "ben")
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    let refused = one.and(other);
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
    assert_eq!(db.store.list_messenger_secrets(db.tenant).await.unwrap().len(), MOST_ACTIVE);
}

async fn what_is_declared_stands_until_it_is_withdrawn(db: Db) {
    let known = async || db.store.enforcement(db.tenant).await.unwrap();
    assert_eq!(known().await, None);
    let nothing = db.store.affirm_enforcement(db.tenant, ("anna", at(1))).await;
    assert!(matches!(nothing, Err(Error::NotFound { .. })), "{nothing:?}");
    db.store.declare_enforcement(db.tenant, at(5), ("anna", at(10))).await.unwrap();
    db.store.affirm_enforcement(db.tenant, ("ben", at(15))).await.unwrap();
    assert_eq!(known().await.unwrap().since, Some(at(5)));
    db.store.put_probe(db.tenant, Probed::Accepted, at(20)).await.unwrap();
    db.store.put_probe(db.tenant, Probed::Refused, at(30)).await.unwrap();
    db.store.put_probe(db.tenant, Probed::Refused, at(35)).await.unwrap();
    db.store.affirm_enforcement(db.tenant, ("ben", at(40))).await.unwrap();
    let expected = Enforcement {
        // What began while a probe got through counts for nothing.
        since: Some(at(30)),
        affirmed_at: at(40),
        last_refused: Some(at(35)),
        last_accepted: Some(at(20)),
        probed_at: None,
    };
    assert_eq!(known().await, Some(expected));
    assert_eq!(expected.tenant_identity().affirmed, Some(at(40)));
    db.store.put_probe(db.tenant, Probed::Accepted, at(41)).await.unwrap();
    db.store.affirm_enforcement(db.tenant, ("ben", at(42))).await.unwrap();
    assert_eq!(known().await.unwrap().since, Some(at(42)), "renewed, it counts from then on");
    db.store.withdraw_enforcement(db.tenant, ("ben", at(50))).await.unwrap();
    let withdrawn = known().await.unwrap();
    assert_eq!((withdrawn.since, withdrawn.tenant_identity().affirmed), (None, None));
    assert_eq!(withdrawn.last_accepted, Some(at(41)), "what probes found stays known");
    let again = db.store.withdraw_enforcement(db.tenant, ("ben", at(51))).await;
    assert!(matches!(again, Err(Error::NotFound { .. })), "{again:?}");
    let other = db.store.ensure_tenant("globex", at(0)).await.unwrap();
    assert_eq!(db.store.enforcement(other).await.unwrap(), None);
    let noted = actions(&db).await;
    let done: Vec<&str> = noted.iter().filter_map(|one| one.split(' ').nth(1)).collect();
    let jwt = ["declare", "renew", "probe", "probe", "probe", "renew", "probe", "renew", "withdraw"]
        .map(|one| format!("identity.jwt.{one}"));
    assert_eq!(done, jwt);
}

async fn one_of_those_who_would_probe_does(db: Db) {
    let take = |before: i64, now: i64| db.store.take_probe(db.tenant, at(before), at(now));
    assert!(!take(0, 10).await.unwrap(), "nothing is declared");
    db.store.declare_enforcement(db.tenant, at(0), ("anna", at(1))).await.unwrap();
    let (one, other) = tokio::join!(take(0, 10), take(0, 10));
    assert_eq!(usize::from(one.unwrap()) + usize::from(other.unwrap()), 1);
    assert!(!take(9, 20).await.unwrap(), "not yet again");
    assert!(take(10, 20).await.unwrap());
    db.store.withdraw_enforcement(db.tenant, ("anna", at(30))).await.unwrap();
    assert!(!take(50, 60).await.unwrap());
}

fn subject(db: &Db, number: u8) -> SubjectId {
    SubjectId::derive(db.source, &number.to_string())
}

fn step_up(db: &Db, number: u128, conversation: &str) -> NewStepUp {
    NewStepUp {
        id: StepUpId::from_uuid(Uuid::from_u128(number)),
        conversation: ConversationId::derive(db.source, conversation),
        subject: subject(db, 1),
        person: PersonId::of_subject(subject(db, 1)),
        by_mail: false,
        parts: vec!["p1".to_owned()],
        expires_at: at(10 * MINUTE),
    }
}

async fn put(db: &Db, new: &NewStepUp, hash: &[u8; 32], now: i64) -> bool {
    db.store.put_step_up(db.tenant, (new, hash), ("backstory", at(now))).await.unwrap()
}

async fn a_step_up_is_taken_once_and_not_too_late(db: Db) {
    let new = step_up(&db, 1, "c1");
    assert!(put(&db, &new, &HASH, 0).await);
    let taken = db.store.take_step_up(db.tenant, &HASH, at(10 * MINUTE - 1)).await.unwrap().unwrap();
    assert_eq!(
        (taken.id, taken.subject, taken.parts.as_slice()),
        (new.id, new.subject, ["p1".to_owned()].as_slice())
    );
    assert_eq!(db.store.take_step_up(db.tenant, &HASH, at(1)).await.unwrap(), None, "it counts once");
    assert_eq!(db.store.find_step_up(db.tenant, &HASH, at(1)).await.unwrap(), None);
    let proofs = async || db.store.list_proofs(db.tenant, new.conversation).await.unwrap();
    assert_eq!(proofs().await, [], "cut off here, it counts for nothing");
    let to = at(40 * MINUTE);
    db.store.end_step_up(db.tenant, &taken, Ended::Proven(to), ("key_1", at(11))).await.unwrap();
    assert_eq!(proofs().await[0].proven_to, Some(to));
    let again =
        db.store.end_step_up(db.tenant, &taken, Ended::Proven(at(99 * MINUTE)), ("key_1", at(12))).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");

    let late = step_up(&db, 2, "c2");
    assert!(put(&db, &late, &[8; 32], 0).await);
    assert!(db.store.find_step_up(db.tenant, &[8; 32], at(1)).await.unwrap().is_some());
    assert_eq!(db.store.take_step_up(db.tenant, &[8; 32], at(10 * MINUTE)).await.unwrap(), None, "too late");
    assert_eq!(db.store.find_step_up(db.tenant, &[8; 32], at(10 * MINUTE)).await.unwrap(), None);
    let noted = actions(&db).await;
    assert_eq!(noted.len(), 3, "{noted:?}");
    assert!(
        noted[0].starts_with("backstory step_up.offer stp_") && noted[1].starts_with("key_1 step_up.confirm")
    );
}

async fn of_those_who_take_a_step_up_at_once_one_gets_it(db: Db) {
    assert!(put(&db, &step_up(&db, 1, "c1"), &HASH, 0).await);
    let take = || db.store.take_step_up(db.tenant, &HASH, at(1));
    let (one, two, three) = tokio::join!(take(), take(), take());
    let won = [one, two, three].into_iter().filter(|taken| taken.as_ref().unwrap().is_some()).count();
    assert_eq!(won, 1);
}

async fn another_tenants_step_up_does_not_exist(db: Db) {
    assert!(put(&db, &step_up(&db, 1, "c1"), &HASH, 0).await);
    let other = db.store.ensure_tenant("globex", at(0)).await.unwrap();
    assert_eq!(db.store.take_step_up(other, &HASH, at(1)).await.unwrap(), None);
    assert_eq!(db.store.find_step_up(other, &HASH, at(1)).await.unwrap(), None);
    assert!(db.store.take_step_up(db.tenant, &HASH, at(1)).await.unwrap().is_some(), "and was not used up");
}

async fn one_link_at_a_time_is_open_in_a_conversation(db: Db) {
    assert!(put(&db, &step_up(&db, 1, "c1"), &HASH, 0).await);
    assert!(!put(&db, &step_up(&db, 2, "c1"), &[8; 32], MINUTE).await);
    assert!(put(&db, &step_up(&db, 3, "c2"), &[9; 32], MINUTE).await);
    db.store.drop_step_up(db.tenant, step_up(&db, 1, "c1").id).await.unwrap();
    assert!(put(&db, &step_up(&db, 4, "c1"), &[10; 32], MINUTE).await, "the first was shown to nobody");
    let later = NewStepUp { expires_at: at(30 * MINUTE), ..step_up(&db, 5, "c2") };
    assert!(put(&db, &later, &[11; 32], 10 * MINUTE).await, "the one before is over");
}

async fn what_is_over_goes(db: Db) {
    for (number, conversation) in [(1, "c1"), (2, "c2"), (3, "c3")] {
        assert!(put(&db, &step_up(&db, number, conversation), &[number as u8; 32], 0).await);
    }
    for number in [1, 2] {
        let taken = db.store.take_step_up(db.tenant, &[number; 32], at(MINUTE)).await.unwrap().unwrap();
        let ended = if number == 1 { Ended::Proven(at(31 * MINUTE)) } else { Ended::Refused };
        db.store.end_step_up(db.tenant, &taken, ended, ("key_1", at(MINUTE))).await.unwrap();
    }
    let expire = |now: i64| db.store.expire_step_ups(db.tenant, at(now));
    assert_eq!(expire(10 * MINUTE - 1).await.unwrap(), 0);
    assert_eq!(expire(10 * MINUTE).await.unwrap(), 2, "the proof still counts");
    assert_eq!(expire(31 * MINUTE).await.unwrap(), 1);
    let left = actions(&db).await;
    assert!(left.iter().any(|one| one.contains("step_up.refuse")), "the audit stays: {left:?}");
}
