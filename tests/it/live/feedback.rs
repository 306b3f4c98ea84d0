//! What agents do with drafts is kept: figures and ids, once, and what misled is named.

use app::feedback::Given;
use app::review::Finding;
use app::{Settings, Stop};
use domain::feedback::{Kind, Rating};
use identity::access::Role;
use store::live::Feedback;

use super::bench::{Live, QUESTION};

const ANSWER: &str = "Hello Jona,\n\nHold the power button for twelve seconds until the display turns blue. Your settings stay as \
     they are.\n\nBest regards,\nKim";
const OTHER: &str = "Please send the device to our workshop, a carrier will collect it from you on Tuesday.";

impl Live {
    async fn feedback(&self, id: &str) -> Vec<Feedback> {
        self.app.feedback_in(self.tenant, self.id(id)).await.unwrap()
    }

    /// A customer asks, a draft is written, and a person answers a minute later.
    async fn answered(&self, id: &str, text: &str) {
        self.begin(id, QUESTION);
        self.settle().await;
        assert_eq!(self.notes(id).len(), 1);
        self.advance(60_000);
        self.desk.agent_writes(id, "t2", text);
        self.settle().await;
    }
}

#[tokio::test]
async fn a_draft_that_was_sent_is_used_once_however_often_it_is_looked_at() {
    let live = Live::new().await;
    live.answered("c1", ANSWER).await;
    let first = live.feedback("c1").await;
    assert_eq!(
        (first.len(), first[0].kind, first[0].changed_permille),
        (1, Kind::Used, Some(0)),
        "{first:?}"
    );
    for _ in 0..3 {
        live.advance(60_000);
        live.desk.change("c1", |conversation| conversation.tags.push("seen".into()));
        live.settle().await;
    }
    assert_eq!(live.feedback("c1").await, first);
    assert!(live.app.misleading(live.tenant).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_edit_is_told_from_own_words() {
    let live = Live::new().await;
    live.answered("c1", "Hold the power button for twelve seconds until the display turns blue.").await;
    live.answered("c2", OTHER).await;
    live.begin("c3", QUESTION);
    live.settle().await;
    let became = async |id: &str| live.feedback(id).await.first().map(|one| one.kind);
    assert_eq!(became("c1").await, Some(Kind::Edited));
    assert_eq!(became("c2").await, Some(Kind::Ignored));
    assert_eq!(became("c3").await, None, "nobody has answered yet");
    // The draft is sent after all.
    live.advance(60_000);
    live.desk.agent_writes("c2", "t2", ANSWER);
    live.settle().await;
    assert_eq!((live.feedback("c2").await.len(), became("c2").await), (1, Some(Kind::Used)));
}

#[tokio::test]
async fn no_word_of_draft_or_reply_is_kept() {
    let live = Live::new().await;
    live.answered("c1", OTHER).await;
    let texts = ["carrier".to_owned(), "twelve seconds".to_owned(), "Jona".to_owned()];
    for place in live.app.store.mentions(live.tenant, &texts).await.unwrap() {
        assert!(!place.place.starts_with("feedback") && !place.place.starts_with("traces"), "{place:?}");
    }
    let kept = format!("{:?}", live.feedback("c1").await);
    assert!(!kept.contains("carrier") && !kept.contains("twelve"), "{kept}");
}

#[tokio::test]
async fn what_people_write_anew_again_and_again_warns_of_its_source() {
    let live = Live::new().await;
    for id in ["c1", "c2"] {
        live.answered(id, OTHER).await;
    }
    assert!(live.app.misleading(live.tenant).await.unwrap().is_empty(), "two may be chance");
    live.answered("c3", OTHER).await;
    let warned = live.app.misleading(live.tenant).await.unwrap();
    assert_eq!(warned.len(), 1);
    let one = &warned[0];
    assert_eq!((one.title.as_str(), one.drafts, one.refused, one.rewritten), ("Reset the display", 3, 0, 3));
    let reviewed = live.app.review(live.tenant, 50, &Stop::default(), &|_| {}).await.unwrap();
    assert!(
        matches!(&reviewed.findings[..], [Finding::Misleading(found)] if **found == *one),
        "{:?}",
        reviewed.findings
    );
    // What is corrected begins anew.
    let text = "---\ntitle: Reset the display\naudience: public\nlanguage: en\nupdated_at: 2025-06-30T00:00:00Z\n---\n# Reset the display\n\nHold the power button for twenty seconds.\n";
    let updated = live.now().to_string();
    let text = text.replace("2025-06-30T00:00:00Z", &updated);
    std::fs::write(live.folder.path().join("inbox/reset.md"), text).unwrap();
    live.app
        .read_files(live.tenant, &live.folder.path().join("inbox"), false, Stop::default(), &|_| {})
        .await
        .unwrap();
    assert!(live.app.misleading(live.tenant).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_word_of_an_agent_warns_at_once_and_is_kept_without_names() {
    let live = Live::with(|_: &mut Settings| {}).await;
    live.begin("c1", QUESTION);
    live.settle().await;
    let (_, written) = live.app.written_in(live.tenant, live.id("c1")).await.unwrap();
    let books = live.app.books();
    let caller = async |tenant| {
        let key = books.issue_key(tenant, "kim", Role::Agent, &[]).await.unwrap();
        books.authenticate(key.secret.reveal()).await.unwrap().unwrap()
    };
    let kim = caller(live.tenant).await;
    let given =
        |rating, discarded, comment: &str| Given { rating, discarded, comment: Some(comment.to_owned()) };
    let comment = "Jona Adler (jona@velo.test) has the old device, there it takes longer.";
    let kept =
        live.app.give_feedback(&kim, written[0].id, given(Some(Rating::Bad), true, comment)).await.unwrap();
    assert_eq!((kept.kind, kept.rating, kept.said_by), (Kind::Discarded, Some(Rating::Bad), Some(kim.key)));
    let comment = kept.comment.unwrap();
    assert!(comment.contains("has the old device") && !comment.contains("Jona"), "{comment}");
    assert!(!comment.contains("velo.test"), "{comment}");
    let warned = live.app.misleading(live.tenant).await.unwrap();
    assert_eq!((warned.len(), warned[0].refused), (1, 1));
    // Changing one's mind takes the warning back.
    live.app.give_feedback(&kim, written[0].id, given(Some(Rating::Good), false, "")).await.unwrap();
    assert!(live.app.misleading(live.tenant).await.unwrap().is_empty());

    let stranger = caller(books.tenant("globex").await.unwrap()).await;
    let refused = live.app.give_feedback(&stranger, written[0].id, given(None, true, "")).await.unwrap_err();
    assert!(matches!(refused.downcast_ref(), Some(store::Error::NotFound { .. })), "{refused:#}");
    for wrong in
        [given(None, false, "nothing said"), given(None, true, &"x".repeat(501)), given(None, true, "\u{7}")]
    {
        let error = live.app.give_feedback(&kim, written[0].id, wrong).await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(store::Error::Invalid { .. })), "{error:#}");
    }
}
