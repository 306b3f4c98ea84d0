//! Who may call, for whom a call counts, and what is kept of it.

use app::conversation::{Connect, Refused};
use connector::channel::Refusal;
use llm::Secret;

use super::bench::{Live, QUESTION, TOKEN};

#[tokio::test]
async fn a_call_that_is_not_signed_or_not_readable_is_refused() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    let mut call = live.desk.calls().pop().unwrap();
    assert!(matches!(live.post_to("nobody's", &call).await, Err(Refused::UnknownApp(_))));
    call.body.push(b'x');
    assert!(matches!(live.post_to("own", &call).await, Err(Refused::Call(Refusal::Unsigned))));
    let garbage = live.desk.sign(b"{}");
    assert!(matches!(live.post_to("own", &garbage).await, Err(Refused::Call(Refusal::Malformed(_)))));
    assert_eq!(live.app.store.open_jobs().await.unwrap(), 0);
    assert!(live.app.store.count_deliveries(live.tenant).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_call_of_another_app_never_counts_for_an_account() {
    let live = Live::new().await;
    live.desk.begin("c1", super::bench::user());
    live.desk.customer_writes("c1", QUESTION);
    // Somebody else's app signs, rightly, a call that names our workspace and our conversation.
    live.their_desk.begin("c1", super::bench::user());
    live.their_desk.customer_writes("c1", QUESTION);
    let forged = live.their_desk.calls().pop().unwrap();
    let received = live.post_to("theirs", &forged).await.unwrap();
    assert_eq!((received.foreign, received.queued), (1, 0));
    assert_eq!(live.app.store.open_jobs().await.unwrap(), 0);
    // And it does not use up the id of our own notification.
    let own = live.desk.calls().pop().unwrap();
    assert_eq!(live.post(&own).await.queued, 1);
}

#[tokio::test]
async fn an_account_stays_with_its_tenant() {
    let live = Live::new().await;
    let globex = live.app.tenant("globex").await.unwrap();
    let connect = Connect {
        channel: "memory".into(),
        account: "w1".into(),
        app: "theirs".into(),
        teammate: "t1".into(),
        secret: Secret::new("theirs"),
    };
    assert!(live.app.connect(globex, &connect).await.is_err());
    live.begin("c1", QUESTION);
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1);
    assert!(live.app.store.list_live(globex, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_token_stands_nowhere() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    let mut folders = vec![live.folder.path().join("data")];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            looked_at += 1;
            let bytes = std::fs::read(&path).unwrap();
            assert!(
                !bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()),
                "{}",
                path.display()
            );
        }
    }
    assert!(looked_at > 2);
    let account = live.app.store.find_channel_account("memory", "w1").await.unwrap().unwrap();
    assert!(!format!("{account:?}").contains(TOKEN));
}
