//! Keys and steps: found by hash, counted once, never another tenant's.

use domain::KeyId;
use store::Error;
use store::access::{ApiKey, InstallStep};
use uuid::Uuid;

use crate::db::{Db, at, contract};

contract!(
    a_key_is_found_until_it_is_revoked,
    another_tenant_has_other_keys,
    a_step_is_taken_once_and_not_too_late,
    of_those_who_take_a_step_at_once_one_gets_it,
);

fn key(db: &Db) -> ApiKey {
    ApiKey {
        id: KeyId::from_uuid(Uuid::from_u128(1)),
        tenant: db.tenant,
        name: "Anna".to_owned(),
        role: "integration".to_owned(),
        scopes: vec!["stop".to_owned(), "identity".to_owned()],
        inboxes: vec!["7".to_owned()],
        created_at: at(0),
        revoked_at: None,
    }
}

async fn a_key_is_found_until_it_is_revoked(db: Db) {
    let key = key(&db);
    db.store.put_key(&key, &[1; 32]).await.unwrap();
    assert_eq!(db.store.find_key(&[1; 32]).await.unwrap(), Some(key.clone()));
    assert_eq!(db.store.find_key(&[2; 32]).await.unwrap(), None);
    let same_word = ApiKey { id: KeyId::from_uuid(Uuid::from_u128(2)), ..key.clone() };
    let again = db.store.put_key(&same_word, &[1; 32]).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
    db.store.revoke_key(db.tenant, key.id, at(5)).await.unwrap();
    db.store.revoke_key(db.tenant, key.id, at(9)).await.unwrap();
    assert_eq!(db.store.find_key(&[1; 32]).await.unwrap(), None);
    let revoked = ApiKey { revoked_at: Some(at(5)), ..key };
    assert_eq!(db.store.list_keys(db.tenant).await.unwrap(), std::slice::from_ref(&revoked));
    assert!(!format!("{revoked:?}").contains("Anna"));
}

async fn another_tenant_has_other_keys(db: Db) {
    let key = key(&db);
    db.store.put_key(&key, &[1; 32]).await.unwrap();
    let other = db.store.ensure_tenant("globex", at(0)).await.unwrap();
    assert_eq!(db.store.list_keys(other).await.unwrap(), []);
    let revoked = db.store.revoke_key(other, key.id, at(5)).await;
    assert!(matches!(revoked, Err(Error::NotFound { .. })), "{revoked:?}");
    assert!(db.store.find_key(&[1; 32]).await.unwrap().is_some());
}

fn step(db: &Db) -> InstallStep {
    InstallStep { tenant: db.tenant, app: "own".to_owned(), browser: Some([7; 32]), expires_at: at(100) }
}

async fn a_step_is_taken_once_and_not_too_late(db: Db) {
    let step = step(&db);
    db.store.put_install_step(&[1; 32], &step, at(0)).await.unwrap();
    let bare = InstallStep { browser: None, ..step.clone() };
    db.store.put_install_step(&[2; 32], &bare, at(0)).await.unwrap();
    assert_eq!(db.store.take_install_step(&[3; 32], at(1)).await.unwrap(), None);
    assert_eq!(db.store.take_install_step(&[1; 32], at(99)).await.unwrap(), Some(step));
    assert_eq!(db.store.take_install_step(&[1; 32], at(99)).await.unwrap(), None, "it counts once");
    assert_eq!(db.store.take_install_step(&[2; 32], at(100)).await.unwrap(), None, "it is too late");
}

async fn of_those_who_take_a_step_at_once_one_gets_it(db: Db) {
    db.store.put_install_step(&[1; 32], &step(&db), at(0)).await.unwrap();
    let (one, other) = tokio::join!(
        db.store.take_install_step(&[1; 32], at(1)),
        db.store.take_install_step(&[1; 32], at(1))
    );
    assert_eq!(usize::from(one.unwrap().is_some()) + usize::from(other.unwrap().is_some()), 1);
}
