//! Sources that are read at intervals.

use domain::Timestamp;
use domain::record::{ExternalId, Role};
use store::live::Sealed;
use store::{Connection, Error, Holds, PageWrite};

use crate::accounts::contact;
use crate::db::{Db, at, contract};
use crate::people::talk;
use crate::samples::{article, conversation};

contract!(
    a_connection_is_kept_under_its_name,
    a_secret_is_replaced_by_one_of_two,
    rounds_tell_how_far_a_source_is_read,
    what_a_source_holds_is_counted_and_goes,
);

fn connection(db: &Db, name: &str) -> Connection {
    Connection {
        tenant: db.tenant,
        name: name.to_owned(),
        kind: "confluence".to_owned(),
        settings: Some("{}".to_owned()),
        secret: Some(Sealed(vec![1, 2, 3])),
        source: None,
        added_at: at(0),
        paused_at: None,
        began_at: None,
        ended_at: None,
        read_to: None,
        worst_gap_ms: 0,
        report: None,
    }
}

async fn found(db: &Db, name: &str) -> Connection {
    db.store.find_connection(db.tenant, name).await.unwrap().unwrap()
}

async fn a_connection_is_kept_under_its_name(db: Db) {
    let wiki = connection(&db, "wiki");
    db.store.add_connection(&wiki).await.unwrap();
    assert_eq!(found(&db, "wiki").await, wiki);
    let again = db.store.add_connection(&wiki).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
    // One of the configuration has no settings, and may come again with every start.
    let drive = Connection { settings: None, secret: None, ..connection(&db, "drive") };
    for kind in ["google", "files"] {
        let drive = Connection { kind: kind.to_owned(), added_at: at(9), ..drive.clone() };
        db.store.add_connection(&drive).await.unwrap();
    }
    assert_eq!(found(&db, "drive").await, Connection { kind: "files".to_owned(), added_at: at(9), ..drive });
    let taken = Connection { settings: None, ..connection(&db, "wiki") };
    assert!(db.store.add_connection(&taken).await.is_err(), "it would change whose settings count");
    let names = db.store.list_connections(db.tenant).await.unwrap();
    assert_eq!(names.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["drive", "wiki"]);
    assert!(db.store.pause_connection((db.tenant, "wiki"), Some(at(5))).await.unwrap());
    assert!(!db.store.pause_connection((db.tenant, "wiki"), Some(at(6))).await.unwrap());
    assert_eq!(found(&db, "wiki").await.paused_at, Some(at(5)));
    assert!(db.store.pause_connection((db.tenant, "wiki"), None).await.unwrap());
    assert!(!db.store.pause_connection((db.tenant, "wiki"), None).await.unwrap());
    let other = db.store.ensure_tenant("globex", at(0)).await.unwrap();
    assert_eq!(db.store.list_connections(other).await.unwrap(), []);
    assert!(!db.store.remove_connection(other, "wiki").await.unwrap());
    assert!(db.store.remove_connection(db.tenant, "wiki").await.unwrap());
    assert!(db.store.find_connection(db.tenant, "wiki").await.unwrap().is_none());
}

async fn a_secret_is_replaced_by_one_of_two(db: Db) {
    let wiki = connection(&db, "wiki");
    db.store.add_connection(&wiki).await.unwrap();
    let (old, key) = (wiki.secret.unwrap(), (db.tenant, "wiki"));
    let (one, other) = (Sealed(vec![4]), Sealed(vec![5]));
    let both = tokio::join!(
        db.store.replace_connection_secret(key, &old, &one),
        db.store.replace_connection_secret(key, &old, &other)
    );
    let won = [both.0.unwrap(), both.1.unwrap()];
    assert!(won[0] != won[1], "{won:?}");
    assert_eq!(found(&db, "wiki").await.secret, Some(if won[0] { one } else { other }));
}

async fn rounds_tell_how_far_a_source_is_read(db: Db) {
    let (wiki, key) = (connection(&db, "wiki"), (db.tenant, "wiki"));
    db.store.add_connection(&wiki).await.unwrap();
    for (began, ended, is_well) in [(10, 12, true), (20, 21, false), (50, 51, true), (60, 61, true)] {
        let held = async |now| db.store.begin_round(key, at(began), (at(now), at(now + 5))).await.unwrap();
        assert!(held(began).await && !held(began + 4).await, "two at once");
        db.store.hold_round(db.tenant, "wiki", at(began + 7)).await.unwrap();
        assert!(!held(began + 6).await);
        assert_eq!(found(&db, "wiki").await.began_at, Some(at(began)));
        let well = is_well.then_some(at(began));
        db.store.round_ended(key, (well, at(ended)), Some(db.source), "{\"items\":1}").await.unwrap();
    }
    let wiki = found(&db, "wiki").await;
    assert_eq!((wiki.read_to, wiki.worst_gap_ms), (Some(at(60)), 40));
    assert_eq!((wiki.ended_at, wiki.source), (Some(at(61)), Some(db.source)));
    assert_eq!(wiki.report.as_deref(), Some("{\"items\":1}"));
    // Who fell with it lets it go by itself.
    for (now, is_free) in [(70, true), (74, false), (75, true)] {
        let began = db.store.begin_round(key, at(70), (at(now), at(now + 5))).await.unwrap();
        assert_eq!(began, is_free, "{now}");
    }
    db.store.round_ended(key, (None, at(70)), None, "{}").await.unwrap();
    let wiki = found(&db, "wiki").await;
    assert_eq!((wiki.read_to, wiki.source), (Some(at(60)), Some(db.source)), "what was known stays");
}

async fn what_a_source_holds_is_counted_and_goes(db: Db) {
    let other = db.store.ensure_source(db.tenant, ("files", "other"), "other", at(0)).await.unwrap();
    let write = |source, from| PageWrite {
        documents: vec![
            article(source, "a1", "One.\n\nTwo.", at(from)),
            article(source, "a2", "Old.", at(3)),
        ],
        conversations: vec![conversation(source, "c9", None, at(0))],
        cursor: Some("7".to_owned()),
        ..PageWrite::default()
    };
    db.save(write(db.source, 5), at(9)).await;
    db.store.save_page(db.tenant, other, write(other, 6), at(9)).await.unwrap();
    talk(&db, "c1", &[contact("17", Role::User)], at(10)).await;
    let holds = async |source| db.store.source_holds(db.tenant, source, at(20)).await.unwrap();
    let both = Holds {
        documents: 2,
        conversations: 2,
        chunks: holds(db.source).await.chunks,
        oldest: Some(at(3)),
        newest: Some(at(5)),
    };
    assert_eq!(holds(db.source).await, both);
    assert!(both.chunks >= 3, "{both:?}");
    let kept = holds(other).await;
    assert!(db.store.remove_source(db.tenant, db.source).await.is_err(), "something is stored of it");
    let mut rounds = 0;
    loop {
        let deletions: Vec<ExternalId> = db.store.some_of_source(db.tenant, db.source, 1).await.unwrap();
        if deletions.is_empty() {
            break;
        }
        db.save(PageWrite { deletions, ..PageWrite::default() }, at(30)).await;
        rounds += 1;
        assert!(rounds < 20, "what was deleted is found again");
    }
    db.store.remove_source(db.tenant, db.source).await.unwrap();
    assert_eq!(holds(db.source).await, Holds::default());
    assert_eq!(holds(other).await, kept);
    let left = db.store.list_sources(db.tenant).await.unwrap();
    assert_eq!(left.iter().map(|source| source.id).collect::<Vec<_>>(), [other]);
    // It may come again, from the beginning.
    let again =
        db.store.ensure_source(db.tenant, ("files", "sample"), "sample", Timestamp::MIN).await.unwrap();
    assert_eq!(db.store.cursor(db.tenant, again).await.unwrap(), None);
}
