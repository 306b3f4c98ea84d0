//! Articles that hold for some customers alone, in live conversations.

use super::bench::Live;

const HOW_LONG: &str = "How many days may I return a bike after delivery?";

async fn live() -> Live {
    let live = Live::with(|settings| settings.live.customer.plan = "plan_name".into()).await;
    let inbox = live.folder.path().join("inbox");
    for (plan, days) in [("Basic", "thirty"), ("Plus", "ninety")] {
        let article = format!(
            "---\ntitle: Returns\naudience: public\nlanguage: en\nplan: {plan}\n---\n# Returns\n\nYou may return a bike within {days} days after delivery.\n"
        );
        std::fs::write(inbox.join(format!("returns-{plan}.md")), article).unwrap();
    }
    live.app.read_files(live.tenant, &inbox, false, app::Stop::default(), &|_| {}).await.unwrap();
    live.automatic().await;
    live
}

#[tokio::test]
async fn an_attribute_of_the_customer_says_what_holds() {
    let live = live().await;
    live.begin("c1", HOW_LONG);
    live.desk.change("c1", |conversation| {
        // Theirs comes before the conversation's.
        conversation.noted.insert("plan_name".into(), "plus".into());
        conversation.attributes.insert("plan_name".into(), "Basic".into());
    });
    live.settle().await;
    let replies = live.replies("c1");
    assert!(replies[0].contains("ninety") && !replies[0].contains("thirty"), "{}", replies[0]);
}

#[tokio::test]
async fn what_nobody_knows_is_asked_once_and_the_reply_counts() {
    let live = live().await;
    live.begin("c1", HOW_LONG);
    live.settle().await;
    let replies = live.replies("c1");
    assert!(replies[0].ends_with("Which plan is this about: Basic or Plus?"), "{}", replies[0]);
    assert!(live.outcomes("c1").await.contains(&"ask".to_owned()));
    live.advance(60_000);
    live.desk.customer_writes("c1", "Basic");
    live.settle().await;
    let replies = live.replies("c1");
    assert!(replies[1].contains("thirty") && !replies[1].contains("ninety"), "{}", replies[1]);
}
