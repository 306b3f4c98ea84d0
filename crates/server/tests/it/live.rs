//! From a customer's message to a note beside it.

use std::time::Duration;

use identity::access::Role;

use crate::bench::{Bench, CLIENT_SECRET, NOW, QUESTION};

#[tokio::test]
async fn a_customer_writes_and_a_draft_note_appears() {
    let bench = Bench::connected().await;
    let conversation = bench.customer_asks(QUESTION);
    bench.settle().await;
    let notes = bench.notes(&conversation);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("twelve seconds"), "{}", notes[0]);
    // What was written comes back as a webhook, and leads to nothing.
    bench.settle().await;
    assert_eq!(bench.notes(&conversation).len(), 1);

    let key = bench.key(Role::Agent, &[]).await;
    let (_, listed) = bench.get("/api/v1/conversations", &key).await;
    let listed = &listed["conversations"][0];
    assert_eq!(listed["external_id"], conversation.as_str());
    let path = format!("/api/v1/conversations/{}", listed["id"].as_str().unwrap());
    let (_, whole) = bench.get(&path, &key).await;
    assert_eq!(whole["outcomes"][0]["outcome"], "answer");
    assert_eq!((&whole["drafts"][0]["kind"], &whole["drafts"][0]["state"]), (&"note".into(), &"sent".into()));
    let path = format!("/api/v1/traces/{}", whole["outcomes"][0]["trace"].as_str().unwrap());
    let (status, trace) = bench.get(&path, &key).await;
    assert_eq!((status.as_u16(), &trace["record"]["outcome"]), (200, &"answer".into()));
    assert!(!trace.to_string().contains("power button"), "a record holds no text: {trace}");
}

#[tokio::test]
async fn an_hour_of_lost_webhooks_heals_by_the_poll() {
    let bench = Bench::connected().await;
    bench.fake.lose_next(1_000);
    let conversation = bench.customer_asks(QUESTION);
    bench.settle().await;
    assert!(bench.notes(&conversation).is_empty());
    bench.advance(Duration::from_secs(3_600));
    let found = bench.app.reconcile().await.unwrap();
    assert_eq!((found.changed, found.missed), (1, 1));
    bench.settle().await;
    assert_eq!(bench.notes(&conversation).len(), 1);
    let again = bench.app.reconcile().await.unwrap();
    assert_eq!(again.missed, 0, "looked at already");
}

#[tokio::test]
async fn many_lost_conversations_are_all_found() {
    let bench = Bench::connected().await;
    bench.fake.lose_next(10_000);
    bench.fake.edit(|workspace| {
        for number in 0..160 {
            let user = intercom_fake::NewContact::user(
                &number.to_string(),
                &format!("{number}@velo.test"),
                "A Customer",
            );
            let contact = workspace.add_contact(intercom_fake::Role::User, user).unwrap();
            workspace.start(&contact, QUESTION).unwrap();
        }
    });
    let found = bench.app.reconcile().await.unwrap();
    assert_eq!(found.missed, 160, "more than a page");
}

#[tokio::test]
async fn a_workspace_is_read_in_and_answers_come_from_it() {
    let bench = Bench::bare().await;
    bench.connect("own").await.unwrap();
    bench.fake.subscribe(&bench.webhook("own")).await.unwrap();
    bench.fake.edit(|workspace| {
        workspace.add_article(
            "en",
            "Reset the display",
            "<p>Hold the power button for twelve seconds until the display turns blue.</p>",
            true,
        )
    });
    let accounts = bench.app.accounts(bench.tenant).await.unwrap();
    let told = std::sync::Mutex::new(Vec::new());
    let tell = |doing| told.lock().unwrap().push(format!("{doing:?}"));
    let summary = bench.app.import(&accounts[0], false, app::Stop::default(), &tell).await.unwrap();
    assert_eq!(summary.documents_new, 1, "{summary:?}");
    assert!(told.lock().unwrap().iter().any(|doing| doing.contains("Reading")));
    // Nothing is done twice.
    let again = bench.app.import(&accounts[0], false, app::Stop::default(), &|_| {}).await.unwrap();
    assert_eq!((again.documents_new, again.documents_changed), (0, 0));

    let conversation = bench.customer_asks(QUESTION);
    bench.settle().await;
    assert!(bench.notes(&conversation)[0].contains("twelve seconds"));
    let key = bench.key(Role::Privacy, &[]).await;
    let (_, sources) = bench.get("/api/v1/sources", &key).await;
    assert_eq!((&sources["sources"][0]["kind"], &sources["articles"]), (&"intercom".into(), &1.into()));
}

#[tokio::test]
async fn a_revoked_token_waits_until_it_is_renewed() {
    let bench = Bench::connected().await;
    let old = bench.fake.token();
    bench.fake.add_token("new-token", &bench.fake.edit(|workspace| workspace.ai()));
    bench.fake.revoke(&old);
    let conversation = bench.customer_asks(QUESTION);
    bench.fake.flush().await;
    bench.advance(Duration::from_secs(5));
    assert_eq!(bench.app.work_once().await.unwrap(), app::conversation::Worked::Failed);
    assert!(bench.app.dead_letters(bench.tenant).await.unwrap().is_empty(), "it is not given up");
    let since = bench.app.accounts(bench.tenant).await.unwrap()[0].refused_at;
    assert!(since.is_some());
    bench.advance(Duration::from_secs(60));
    bench.app.reconcile().await.unwrap();
    let key = bench.key(Role::Agent, &[]).await;
    let (_, listed) = bench.get("/api/v1/connections", &key).await;
    assert_eq!(
        listed["connections"][0]["refused_at"],
        since.unwrap().to_string(),
        "known since the first time"
    );
    let books = bench.app.books();
    let error = books.connect_intercom(bench.tenant, "own", &old, None).await.unwrap_err().to_string();
    assert!(error.contains("make a new one in the Developer Hub") && !error.contains(&old), "{error}");
    books.connect_intercom(bench.tenant, "own", "new-token", None).await.unwrap();
    assert_eq!(bench.app.accounts(bench.tenant).await.unwrap()[0].refused_at, None);
    bench.advance(Duration::from_secs(300));
    bench.settle().await;
    assert_eq!(bench.notes(&conversation).len(), 1);
}

#[tokio::test]
async fn a_redaction_acts_at_once_and_an_old_one_sent_again_does_not() {
    let bench = Bench::connected().await;
    let conversation = bench.customer_asks(QUESTION);
    bench.settle().await;
    let account = bench.app.accounts(bench.tenant).await.unwrap().remove(0);
    let id = domain::ConversationId::derive(account.source, &conversation);
    let read = async || {
        bench.advance(Duration::from_secs(60));
        bench.fake.edit(|workspace| {
            let agent = workspace.agent();
            workspace.admin_reply(&conversation, &agent, "Did that help?").unwrap();
        });
        bench.app.import(&account, false, app::Stop::default(), &|_| {}).await.unwrap();
    };
    let turns = async || bench.app.store.conversation(bench.tenant, id).await.unwrap().turns.len();
    read().await;
    assert!(turns().await > 0);
    let body = serde_json::json!({
        "type": "notification_event", "id": "notif_redacted", "app_id": account.account,
        "topic": "conversation_part.redacted", "created_at": NOW,
        "data": {"type": "notification_event_data", "item": {"type": "conversation", "id": conversation}},
    })
    .to_string();
    assert_eq!(bench.post("own", &body, Some(CLIENT_SECRET)).await.status().as_u16(), 200);
    assert_eq!(turns().await, 0);
    read().await;
    assert!(turns().await > 0, "the source has handed it over again");
    assert_eq!(bench.post("own", &body, Some(CLIENT_SECRET)).await.status().as_u16(), 200);
    assert!(turns().await > 0);
}

#[tokio::test]
async fn looking_somebody_up_is_noted() {
    let bench = Bench::connected().await;
    bench.customer_asks(QUESTION);
    bench.settle().await;
    let (person, _) = bench.app.register(bench.tenant, "test").find("user_id:4711").await.unwrap();
    let key = bench.key(Role::Privacy, &[]).await;
    let (status, _) = bench.get(&format!("/api/v1/persons/{person}"), &key).await;
    assert_eq!(status.as_u16(), 200);
    let noted = bench.app.store.list_audit(bench.tenant, Some(person)).await.unwrap();
    assert_eq!(noted.len(), 1);
    assert!(noted[0].action == "person.show" && noted[0].actor.starts_with("key_"), "{noted:?}");
}

#[tokio::test]
async fn an_account_that_opens_again_by_itself_is_noticed() {
    let bench = Bench::connected().await;
    let token = bench.fake.token();
    let ai = bench.fake.edit(|workspace| workspace.ai());
    bench.fake.revoke(&token);
    bench.app.reconcile().await.unwrap();
    assert!(bench.app.accounts(bench.tenant).await.unwrap()[0].refused_at.is_some());
    bench.fake.add_token(&token, &ai);
    bench.app.reconcile().await.unwrap();
    assert_eq!(bench.app.accounts(bench.tenant).await.unwrap()[0].refused_at, None);
}

#[tokio::test]
async fn an_article_that_changes_is_read_soon() {
    let bench = Bench::connected().await;
    let stop = app::Stop::default();
    let write = |title: &str| {
        bench.fake.edit(|workspace| workspace.add_article("en", title, "<p>Ring twice.</p>", true));
    };
    write("The bell");
    write("The other bell");
    bench.fake.flush().await;
    assert_eq!(bench.app.read_what_changed(&stop).await.unwrap(), 0, "more may come");
    bench.advance(Duration::from_secs(30));
    assert_eq!(bench.app.read_what_changed(&stop).await.unwrap(), 1, "both at once");
    let (_, counts) = bench.app.sources(bench.tenant).await.unwrap();
    assert_eq!(counts.articles, 3);
    assert_eq!(bench.app.read_what_changed(&stop).await.unwrap(), 0);
}

#[tokio::test]
async fn a_mode_is_chosen_by_one_and_confirmed_by_another() {
    let bench = Bench::connected().await;
    let [one, other] = [bench.key(Role::Lead, &[]).await, bench.key(Role::Owner, &[]).await];
    let send = async |path: &str, key: &str, body: serde_json::Value| {
        let request = bench.http.post(format!("{}{path}", bench.url)).bearer_auth(key).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json::<serde_json::Value>().await.unwrap_or_default())
    };
    let auto = serde_json::json!({ "mode": "auto" });
    let (status, chosen) = send("/api/v1/modes", &one, auto).await;
    assert_eq!((status, &chosen["waits"]), (200, &true.into()), "{chosen}");
    let (_, shown) = bench.get("/api/v1/modes", &one).await;
    assert_eq!(
        (&shown["modes"][0]["mode"], &shown["decisions"][0]["waits"]),
        (&"draft".into(), &true.into())
    );
    let confirm = format!("/api/v1/modes/{}/confirm", chosen["number"]);
    let nothing = serde_json::json!({});
    assert_eq!(send(&confirm, &one, nothing.clone()).await.0, 409, "it takes a second person");
    assert_eq!(send("/api/v1/modes/99/confirm", &other, nothing.clone()).await.0, 404);
    assert_eq!(send(&confirm, &other, nothing.clone()).await.0, 204);
    assert_eq!(send(&confirm, &other, nothing).await.0, 409, "once is enough");
    let (_, shown) = bench.get("/api/v1/modes", &one).await;
    assert_eq!(
        (&shown["modes"][0]["mode"], &shown["decisions"][0]["waits"]),
        (&"auto".into(), &false.into())
    );
    let noted = bench.app.store.list_audit(bench.tenant, None).await.unwrap();
    let actions: Vec<&str> = noted.iter().map(|one| one.action.as_str()).collect();
    assert_eq!(actions, ["mode.set", "mode.confirm"]);
    for bad in
        [serde_json::json!({ "mode": "always" }), serde_json::json!({ "mode": "off", "topic": "a\nb" })]
    {
        assert_eq!(send("/api/v1/modes", &one, bad).await.0, 400);
    }
}

#[tokio::test]
async fn what_an_agent_does_with_a_draft_stands_beside_it() {
    let bench = Bench::connected().await;
    let conversation = bench.customer_asks(QUESTION);
    bench.settle().await;
    bench.advance(Duration::from_secs(60));
    let draft = "Hold the power button for twelve seconds until the display turns blue. Your settings stay as they are.";
    bench.fake.edit(|workspace| {
        let admin = workspace.agent();
        workspace.admin_reply(&conversation, &admin, &format!("<p>Hi Jona,</p><p>{draft}</p>")).unwrap();
    });
    bench.settle().await;
    let key = bench.key(Role::Agent, &[]).await;
    let show = async || {
        let (_, listed) = bench.get("/api/v1/conversations", &key).await;
        let id = listed["conversations"][0]["id"].as_str().unwrap().to_owned();
        bench.get(&format!("/api/v1/conversations/{id}"), &key).await.1["drafts"][0].clone()
    };
    let before = show().await;
    let sent = &before["feedback"][0];
    assert_eq!(
        (&sent["kind"], &sent["changed"], &sent["by"]),
        (&"used".into(), &0.0.into(), &().into()),
        "{before}"
    );

    let path = format!("{}/api/v1/drafts/{}/feedback", bench.url, before["id"].as_str().unwrap());
    let say = async |path: &str, key: &str, body: &str| {
        let answer = bench.http.post(path).bearer_auth(key).body(body.to_owned()).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, text) = say(&path, &key, r#"{"rating": "bad", "comment": "It takes longer."}"#).await;
    assert_eq!(status, 200, "{text}");
    let after = show().await;
    assert_eq!(after["feedback"].as_array().unwrap().len(), 2, "{after}");
    let said = &after["feedback"][1];
    assert_eq!((&said["kind"], &said["rating"]), (&"rated".into(), &"bad".into()));
    assert_eq!(said["comment"], "It takes longer.");
    let (_, warned) = bench.get("/api/v1/sources/warnings", &key).await;
    assert_eq!((&warned["found"], &warned["warnings"][0]["refused"]), (&1.into(), &1.into()), "{warned}");
    assert!(!warned.to_string().contains("Reset the display"), "titles stay where they are: {warned}");

    for body in ["{}", r#"{"rating": "great"}"#, r#"{"rating": "good", "who": "me"}"#] {
        assert_eq!(say(&path, &key, body).await.0, 400, "{body}");
    }
    let globex = bench.app.books().tenant("globex").await.unwrap();
    let theirs = bench.app.books().issue_key(globex, "x", Role::Owner, &[]).await.unwrap();
    assert_eq!(say(&path, theirs.secret.reveal(), r#"{"discarded": true}"#).await.0, 404);
    let nothing = format!("{}/api/v1/drafts/out_{}/feedback", bench.url, "0".repeat(32));
    assert_eq!(say(&nothing, &key, r#"{"discarded": true}"#).await.0, 404);
}
