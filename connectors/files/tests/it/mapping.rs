//! One article and one conversation, field by field.

use crate::Folder;

#[tokio::test]
async fn an_article() {
    let mut folder = Folder::new();
    folder.write(
        "en/battery.html",
        "---\nid: battery\nurl: https://help.example/battery\naudience: company:acme\nupdated_at: 2025-03-01\n\
         created_at: 2024-01-01T08:00:00+02:00\nbrand: Example\nplan: plus\nregion: eu\nproduct_version: 2.10\n\
         leads_to: [a, b]\ncolour: green\n---\n<!doctype html><html lang=\"en-GB\"><head><title>Charge the battery\
         </title><style>p { color: red }</style></head><body><h1>Charge it</h1><p>Use the <b>green</b> charger \
         &amp; wait.</p><ol><li>Plug in<li>Wait</ol><script>track()</script></body></html>",
    );
    let round = folder.sync().await;
    assert_eq!(round.problems, []);
    insta::assert_debug_snapshot!("article", round.documents());
}

#[tokio::test]
async fn a_conversation() {
    let mut folder = Folder::new();
    let row = serde_json::json!({
        "conversation_id": "c-17", "channel": "email", "language": "de-AT", "created_at": "2025-03-01T12:00:00Z",
        "customer": {"account_id": 4711, "contact_id": "k-1", "name": "Ann Example", "email": "ann@mail.example",
                     "phone": "+49 30 1234", "role": "user", "companies": ["acme"], "plan": "plus"},
        "others": [{"lead_id": "l-2", "email": "bo@mail.example", "company": "acme"}],
        "subject": "Akku", "topic": ["battery", "charging"], "tags": ["akku", null, 7], "status": "solved",
        "solution_turn": 2, "rating": 5, "weight": 2.5, "in_random_sample": true, "extra": {"x": [1]},
        "turns": [
            {"author": "customer", "author_id": "k-1", "at": "2025-03-01T12:00:00Z", "text": "Er lädt nicht.\r\n"},
            {"author": "action", "text": "lookup"},
            {"author": "agent", "author_id": 9, "at": "2025-03-01T12:05:00Z", "text": "Siehe [Akku](x).",
             "cited_articles": ["battery"]},
        ],
    });
    folder.write("talks.jsonl", row.to_string());
    let round = folder.sync().await;
    assert_eq!(round.problems, []);
    insta::assert_debug_snapshot!("conversation", round.conversations());
}
