//! What goes wrong on demand, and who else writes at the same moment.

use std::time::Duration;

use intercom_fake::{Calls, Fake, Fault};
use serde_json::{Value, json};

use crate::client::{Client, conversation, start};

fn replies() -> Calls {
    Calls::to("POST", "/conversations/*/reply")
}

async fn try_reply(fake: &Fake, client: &Client, id: &str) -> Result<u16, reqwest::Error> {
    let body = json!({ "message_type": "comment", "type": "admin", "admin_id": fake.edit(|workspace| workspace.ai()), "body": "Hi" });
    let answer = client.try_send("POST", &format!("/conversations/{id}/reply"), Some(body)).await?;
    Ok(answer.status)
}

/// Waits for calls to hang, but not for ever.
async fn hanging(fake: &Fake, calls: usize) {
    tokio::time::timeout(Duration::from_secs(20), fake.hanging(calls)).await.expect("nothing hangs");
}

fn bodies(fake: &Fake, id: &str) -> Vec<String> {
    let parts = fake.edit(|workspace| workspace.conversation(id).unwrap().parts.clone());
    parts.into_iter().filter_map(|part| part.body).collect()
}

#[tokio::test]
async fn an_error_answer_means_that_nothing_was_done() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    fake.fail_next(1, replies(), Fault::Status(503));
    fake.fail_next(1, replies(), Fault::RateLimited);
    assert_eq!(try_reply(&fake, &client, &id).await.unwrap(), 503);
    assert_eq!(try_reply(&fake, &client, &id).await.unwrap(), 429);
    assert!(bodies(&fake, &id).is_empty() && fake.writes(&id).is_empty());
    assert_eq!(try_reply(&fake, &client, &id).await.unwrap(), 200);
    assert_eq!(fake.writes(&id).len(), 1);
}

#[tokio::test]
async fn an_error_answer_may_come_after_it_was_done() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    fake.fail_next(1, replies(), Fault::StatusAfter(502));
    assert_eq!(try_reply(&fake, &client, &id).await.unwrap(), 502);
    assert_eq!((bodies(&fake, &id).len(), fake.writes(&id).len()), (1, 1));
}

#[tokio::test]
async fn a_closed_connection_leaves_open_whether_it_was_done() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    fake.fail_next(1, replies(), Fault::Drop);
    assert!(try_reply(&fake, &client, &id).await.is_err());
    assert!(bodies(&fake, &id).is_empty());
    fake.fail_next(1, replies(), Fault::DropAfter);
    assert!(try_reply(&fake, &client, &id).await.is_err());
    assert_eq!(bodies(&fake, &id).len(), 1);
    fake.fail_next(1, replies(), Fault::CutAnswer);
    assert!(try_reply(&fake, &client, &id).await.is_err());
    assert_eq!(bodies(&fake, &id).len(), 2);
    let faults: Vec<Option<Fault>> = fake.writes(&id).iter().map(|write| write.fault).collect();
    assert_eq!(faults, [Some(Fault::DropAfter), Some(Fault::CutAnswer)]);
}

#[tokio::test]
async fn what_hangs_goes_on_when_released() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    fake.fail_next(1, replies(), Fault::Hang);
    let call = try_reply(&fake, &client, &id);
    let meanwhile = async {
        hanging(&fake, 1).await;
        assert!(bodies(&fake, &id).is_empty());
        fake.release();
    };
    let (status, ()) = tokio::join!(call, meanwhile);
    assert_eq!((status.unwrap(), bodies(&fake, &id).len()), (200, 1));
}

#[tokio::test]
async fn a_caller_that_gives_up_has_done_nothing_or_everything() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    for (fault, done) in [(Fault::Hang, 0), (Fault::HangAfter, 1), (Fault::StallAnswer, 2)] {
        fake.fail_next(1, replies(), fault);
        tokio::select! {
            _ = try_reply(&fake, &client, &id) => panic!("it hangs"),
            () = hanging(&fake, 1) => {}
        }
        // Once its connection is seen to be gone, letting calls go on does nothing more.
        hanging(&fake, 0).await;
        fake.release();
        assert_eq!(client.get("/me").await.status, 200);
        assert_eq!(bodies(&fake, &id).len(), done);
    }
}

#[tokio::test]
async fn a_human_can_be_faster_than_a_write() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    let (agent, there) = (fake.edit(|workspace| workspace.agent()), id.clone());
    fake.before(replies(), move |workspace| {
        workspace.admin_reply(&there, &agent, "I am on it").unwrap();
    });
    let read = client.get(&format!("/conversations/{id}")).await.body;
    assert_eq!(read["conversation_parts"]["total_count"], 0);
    assert_eq!(fake.hooks_left(), 1);
    try_reply(&fake, &client, &id).await.unwrap();
    assert_eq!(bodies(&fake, &id), ["<p>I am on it</p>", "<p>Hi</p>"]);
    assert_eq!((fake.hooks_left(), fake.writes(&id).len()), (0, 1));
}

#[tokio::test]
async fn a_human_can_write_right_after_a_read() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    let there = id.clone();
    fake.after(Calls::to("GET", "/conversations/*"), move |workspace| {
        let agent = workspace.agent();
        workspace.admin_reply(&there, &agent, "Just now").unwrap();
    });
    let path = format!("/conversations/{id}");
    assert_eq!(client.get(&path).await.body["conversation_parts"]["total_count"], 0);
    assert_eq!(client.get(&path).await.body["conversation_parts"]["total_count"], 1);
}

#[tokio::test]
async fn a_share_of_calls_fails_the_same_way_each_time() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (fake, client) = start().await;
        fake.fail_share(0.3, 11, Calls::any(), Fault::Status(500));
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(client.get("/me").await.status);
        }
        fake.no_more_faults();
        assert_eq!(client.get("/me").await.status, 200);
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    let failed = runs[0].iter().filter(|status| **status == 500).count();
    assert!((4..24).contains(&failed), "{failed}");
}

#[tokio::test]
async fn every_call_is_written_down() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    try_reply(&fake, &client, &id).await.unwrap();
    client.post("/conversations/search", json!({ "query": Value::Null })).await;
    client.get("/articles?page=2").await;
    let requests = fake.requests();
    let ai = fake.edit(|workspace| workspace.ai());
    let reply = &requests[0];
    assert_eq!((reply.method.as_str(), reply.status, reply.admin.as_ref()), ("POST", Some(200), Some(&ai)));
    assert_eq!(reply.body.as_ref().unwrap()["body"], "Hi");
    assert_eq!((requests[1].status, requests[1].is_accepted_write()), (Some(400), false));
    assert_eq!(requests[2].query, [("page".to_owned(), "2".to_owned())]);
    assert_eq!((requests[2].version.as_deref(), requests[2].number), (Some("2.15"), 3));
}

#[tokio::test]
async fn nothing_answers_after_the_end() {
    let (fake, client) = start().await;
    assert_eq!(client.get("/me").await.status, 200);
    fake.shutdown().await;
    assert!(client.try_send("GET", "/me", None).await.is_err());
}
