//! Proven by a link into the company's own app: once, by whom it was made for, where it was made, for a while.

use domain::MergeId;
use identity::Assurance;
use identity::access::{Grant, Role};
use identity::ledger::{Change, Entry};
use reqwest::StatusCode;
use serde_json::json;

use super::bench::{ADDRESS, Bench, PAGE, QUESTION, SECRET, VICTIM, word};

const MINUTE: i64 = 60;

/// A conversation in which the victim was offered a link; returns it and the link's word.
async fn offered(bench: &Bench) -> (String, String) {
    let conversation = bench.asks(&bench.victim, QUESTION).await;
    let replies = bench.replies(&conversation);
    assert_eq!(replies.len(), 1, "{}", bench.written(&conversation));
    (conversation, word(&replies[0]))
}

fn code(body: &serde_json::Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_confirmed_link_verifies_what_is_written_next_here_for_half_an_hour() {
    let bench = Bench::new().await;
    let (conversation, word) = offered(&bench).await;
    let reply = &bench.replies(&conversation)[0];
    assert!(
        reply.contains(&format!("{}&amp;backstory=", PAGE)) || reply.contains(&format!("{PAGE}&backstory=")),
        "{reply}"
    );
    assert!(reply.contains("automatic answer by an AI") && !reply.contains(SECRET), "{reply}");
    let elsewhere = bench.asks(&bench.victim, "Hello").await;

    let (status, asked) = bench.call("step-ups/look", &json!({ "word": word })).await;
    assert_eq!((status, &asked["by"]), (StatusCode::OK, &json!("messenger")));
    let (status, body) = bench.confirm(&word, VICTIM).await;
    assert_eq!((status, &body["answer"]), (StatusCode::OK, &json!(null)), "{body}");
    assert_eq!(body["verified_until"], bench.now().plus_millis(30 * MINUTE * 1_000).to_string());
    assert_eq!(
        bench.assurance(&conversation).await,
        Assurance::Claimed,
        "what was written before stays as it was"
    );

    bench.advance(MINUTE);
    bench.writes(&conversation, &bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&conversation).await, Assurance::Verified);
    assert!(bench.replies(&conversation)[1].contains(SECRET), "{}", bench.written(&conversation));
    bench.writes(&elsewhere, &bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&elsewhere).await, Assurance::Claimed, "another conversation");
    assert!(!bench.written(&elsewhere).contains(SECRET));

    bench.advance(30 * MINUTE);
    bench.writes(&conversation, &bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&conversation).await, Assurance::Claimed, "it is over");
    let noted = bench.audit().await;
    let steps: Vec<_> = noted.iter().filter(|one| one.starts_with("step_up")).collect();
    assert_eq!(steps[..2], ["step_up.offer", "step_up.confirm"]);
}

#[tokio::test]
async fn of_several_confirmations_at_once_one_wins_and_none_counts_again() {
    let bench = Bench::new().await;
    let (_, word) = offered(&bench).await;
    let calls = (0..6).map(|_| bench.confirm(&word, VICTIM));
    let answers = futures::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::OK).count(), 1);
    for (status, body) in answers.iter().filter(|(status, _)| *status != StatusCode::OK) {
        assert_eq!((*status, code(body)), (StatusCode::FORBIDDEN, "stale"));
    }
    let (status, body) = bench.confirm(&word, VICTIM).await;
    assert_eq!((status, code(&body)), (StatusCode::FORBIDDEN, "stale"), "replayed");
    let (status, _) = bench.call("step-ups/look", &json!({ "word": word })).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn somebody_else_who_opens_the_link_ends_it_and_verifies_nobody() {
    let bench = Bench::new().await;
    bench.user("u-omar", "omar@haddad.test", "Omar Haddad");
    let (conversation, word) = offered(&bench).await;
    let (status, body) = bench.confirm(&word, "u-omar").await;
    assert_eq!((status, code(&body)), (StatusCode::FORBIDDEN, "other_person"));
    let (status, body) = bench.confirm(&word, VICTIM).await;
    assert_eq!((status, code(&body)), (StatusCode::FORBIDDEN, "stale"), "it counts no more");
    bench.writes(&conversation, &bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&conversation).await, Assurance::Claimed);
    assert!(bench.audit().await.iter().any(|one| one == "step_up.refuse"));
}

#[tokio::test]
async fn a_link_that_is_late_unknown_or_another_tenants_is_refused() {
    let bench = Bench::new().await;
    let (conversation, word) = offered(&bench).await;
    let globex = bench.app.tenant("globex").await.unwrap();
    let books = bench.app.books();
    let theirs = books.issue_key(globex, "app", Role::Integration, &[Grant::Identity]).await.unwrap();
    let body = json!({ "word": word, "user_id": VICTIM });
    for path in ["step-ups/confirm", "step-ups/look"] {
        let body = if path.ends_with("look") { json!({ "word": word }) } else { body.clone() };
        let (status, answer) = bench.call_with(theirs.secret.reveal(), path, &body).await;
        assert_eq!((status, code(&answer)), (StatusCode::FORBIDDEN, "stale"), "another tenant's key");
    }
    let other_scope = books.issue_key(bench.tenant, "x", Role::Integration, &[Grant::Persons]).await.unwrap();
    let (status, answer) = bench.call_with(other_scope.secret.reveal(), "step-ups/confirm", &body).await;
    assert_eq!((status, code(&answer)), (StatusCode::FORBIDDEN, "forbidden"));
    for nobody in ["undefined", "{{user.id}}", "", "0"] {
        let (status, answer) = bench.confirm(&word, nobody).await;
        assert_eq!((status, code(&answer)), (StatusCode::BAD_REQUEST, "nobody"), "{nobody}");
    }
    for unknown in ["", "bsp_", &format!("bsp_{}", "0".repeat(64)), &word.replace("bsp_", "bsk_")] {
        let (status, answer) = bench.confirm(unknown, VICTIM).await;
        assert_eq!((status, code(&answer)), (StatusCode::FORBIDDEN, "stale"), "{unknown}");
    }
    // None of these has used it up; time does.
    bench.advance(10 * MINUTE);
    let (status, answer) = bench.confirm(&word, VICTIM).await;
    assert_eq!((status, code(&answer)), (StatusCode::FORBIDDEN, "stale"), "too late");
    bench.writes(&conversation, &bench.victim, QUESTION).await;
    assert_eq!(bench.assurance(&conversation).await, Assurance::Claimed);
    bench.app.probe().await.unwrap();
    assert!(bench.app.store.list_proofs(bench.tenant, bench.id(&conversation)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_merge_after_the_offer_or_the_proof_verifies_nobody_else() {
    for confirmed_first in [false, true] {
        let bench = Bench::new().await;
        let omar = bench.user("u-omar", "omar@haddad.test", "Omar Haddad");
        bench.settle().await;
        let (conversation, word) = offered(&bench).await;
        if confirmed_first {
            assert_eq!(bench.confirm(&word, VICTIM).await.0, StatusCode::OK);
        }
        // Two accounts become one person, and the other one takes part.
        let register = bench.app.register(bench.tenant, "anna");
        let [(vera, _), (other, _)] = [
            register.find(&format!("user_id:{VICTIM}")).await.unwrap(),
            register.find("user_id:u-omar").await.unwrap(),
        ];
        let merge = Entry {
            id: MergeId::from_uuid(uuid::Uuid::from_u128(77)),
            at: bench.now().plus_millis(-1),
            by: "anna".into(),
            why: "one person".into(),
            change: Change::Merge { from: other, into: vera },
        };
        bench.app.store.append_ledger(bench.tenant, &[merge]).await.unwrap();
        if !confirmed_first {
            let (status, _) = bench.confirm(&word, "u-omar").await;
            assert_eq!(status, StatusCode::FORBIDDEN, "another account, also of the same person");
        }
        bench.fake.edit(|workspace| {
            let agent = workspace.agent();
            workspace.participate(&conversation, &agent, &omar, true).unwrap();
        });
        bench.writes(&conversation, &omar, QUESTION).await;
        assert!(bench.assurance(&conversation).await < Assurance::Verified);
        assert!(!bench.written(&conversation).contains(SECRET));
    }
}

#[tokio::test]
async fn one_link_at_a_time_and_none_where_it_leads_to_nothing() {
    let bench = Bench::new().await;
    let (conversation, word) = offered(&bench).await;
    bench.writes(&conversation, &bench.victim, QUESTION).await;
    assert_eq!(bench.written(&conversation).matches("backstory=bsp_").count(), 1);
    assert_eq!(bench.confirm(&word, VICTIM).await.0, StatusCode::OK, "the first one still counts");
    // A lead has no account to log in to, and nothing is known of who is unknown.
    for contact in [bench.lead(Some(ADDRESS)), bench.lead(None)] {
        let conversation = bench.asks(&contact, QUESTION).await;
        assert!(!bench.written(&conversation).contains("bsp_"), "{}", bench.written(&conversation));
    }
    let bench = Bench::with(|settings| settings.identity.step_up_url.clear()).await;
    let conversation = bench.asks(&bench.victim, QUESTION).await;
    assert!(!bench.written(&conversation).contains("bsp_"));
}

#[tokio::test]
async fn an_agent_gets_the_link_beside_the_draft() {
    let bench = Bench::new().await;
    let kind = store::live::SwitchKind::Mode { topic: String::new(), mode: domain::Mode::Draft };
    bench.app.store.switch(bench.tenant, &kind, "anna", bench.now()).await.unwrap();
    let conversation = bench.asks(&bench.victim, QUESTION).await;
    let notes = bench.notes(&conversation);
    assert!(bench.replies(&conversation).is_empty() && notes.len() == 1, "{}", bench.written(&conversation));
    assert!(notes[0].contains("You may send this link") && notes[0].contains("12:10 UTC"), "{}", notes[0]);
    assert_eq!(bench.confirm(&word(&notes[0]), VICTIM).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_answer_to_a_mail_is_shown_in_the_app_and_not_mailed() {
    let bench = Bench::with(|settings| settings.live.auto_mail = true).await;
    let conversation = bench.mails(ADDRESS, "Payout account", QUESTION).await;
    let replies = bench.replies(&conversation);
    assert_eq!(replies.len(), 1, "{}", bench.written(&conversation));
    assert!(replies[0].contains("shown to you there"), "{}", replies[0]);
    let word = word(&replies[0]);
    let (status, asked) = bench.call("step-ups/look", &json!({ "word": word })).await;
    assert_eq!((status, &asked["by"]), (StatusCode::OK, &json!("mail")));
    let (status, body) = bench.confirm(&word, VICTIM).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(body["answer"].as_str().unwrap().contains(SECRET), "{body}");
    bench.settle().await;
    assert!(!bench.written(&conversation).contains(SECRET));
    // A mail stays a mail.
    bench.advance(MINUTE);
    bench.fake.edit(|workspace| {
        let mut part = intercom_fake::Part::new(
            "comment",
            workspace.contact_author(&bench.victim).unwrap(),
            Some(QUESTION),
        );
        part.email_message_metadata = Some(json!({ "subject": "Re", "email_address_headers": [
            { "type": "from", "email_address": ADDRESS, "name": "Vera" }] }));
        workspace.customer_part(&conversation, part).unwrap();
    });
    bench.settle().await;
    assert_eq!(bench.assurance(&conversation).await, Assurance::Claimed);
    assert!(!bench.written(&conversation).contains(SECRET));
}
