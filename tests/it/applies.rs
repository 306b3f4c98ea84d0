//! Articles that hold for some customers alone: what is known of the customer decides, and one missing thing is asked.

use app::Incoming;
use app::ask::Ask;
use domain::{Applicability, Author, Language, Mode, Outcome, Turn};
use identity::{Assurance, Purpose, Reader, Scope};
use responder::Response;

use crate::harness::Bench;

const QUESTION: &str = "How many days may I return a bike after delivery?";

async fn bench() -> Bench {
    // How sure the search is of a scripted model's vectors is not what is tested here.
    let bench = Bench::with(|settings| settings.responder.draft_threshold = 0.0).await;
    for (plan, days) in [("Basic", "thirty"), ("Plus", "ninety")] {
        let article = format!(
            "---\ntitle: Returns\naudience: public\nlanguage: en\nplan: {plan}\n---\n# Returns\n\nYou may return a bike within {days} days after delivery.\n"
        );
        bench.write(&format!("returns-{plan}.md"), article);
    }
    bench.read(&bench.folder.path().join("inbox")).await.unwrap();
    bench
}

fn plan(name: &str) -> Applicability {
    Applicability { plan: Some(name.to_owned()), ..Applicability::default() }
}

async fn ask(bench: &Bench, text: &str, customer: Applicability) -> Response {
    let ask = Ask {
        text: text.to_owned(),
        person: None,
        assurance: Assurance::Anonymous,
        purpose: Purpose::Draft,
        customer,
        as_of: None,
    };
    bench.app.ask(bench.tenant, &ask).await.unwrap().response
}

fn text(response: &Response) -> String {
    response.decision.draft.as_ref().map(domain::Draft::text).unwrap_or_default()
}

#[tokio::test]
async fn the_one_thing_that_nobody_knows_is_asked() {
    let bench = bench().await;
    let response = ask(&bench, QUESTION, Applicability::default()).await;
    assert_eq!(response.decision.outcome, Outcome::Ask);
    assert!(text(&response).ends_with("Which plan is this about: Basic or Plus?"), "{}", text(&response));
    let said = serde_json::to_string(&response.decision.draft).unwrap();
    assert!(!said.contains("thirty") && !said.contains("ninety"), "nothing of either is said: {said}");
    // An agent, who may know the customer, has both beside the draft.
    assert_eq!(response.decision.for_agent.len(), 2);
}

#[tokio::test]
async fn what_is_known_of_the_customer_decides() {
    let bench = bench().await;
    let response = ask(&bench, QUESTION, plan("Plus")).await;
    assert_eq!(response.decision.outcome, Outcome::Answer);
    assert!(text(&response).contains("ninety") && !text(&response).contains("thirty"), "{}", text(&response));
    let spoken = ask(&bench, &format!("{QUESTION} I have the Basic plan."), Applicability::default()).await;
    assert_eq!(spoken.decision.outcome, Outcome::Answer);
    assert!(text(&spoken).contains("thirty") && !text(&spoken).contains("ninety"), "{}", text(&spoken));
    let other = ask(&bench, QUESTION, plan("Team")).await;
    assert!(matches!(other.decision.outcome, Outcome::HandOff(_)), "{:?}", other.decision.outcome);
}

#[tokio::test]
async fn the_reply_to_it_is_understood_and_it_is_asked_once() {
    let bench = bench().await;
    let ours = "Hello,\n\nWhich plan is this about: Basic or Plus?";
    for (reply, answered) in [("Plus", true), ("the blue one", false)] {
        let said = [(Author::Customer, QUESTION), (Author::Bot, ours), (Author::Customer, reply)];
        let turn = |(position, (author, text)): (usize, (Author, &str))| Turn {
            position: position as u32,
            author,
            author_id: None,
            at: bench.app.seams.clock.now(),
            text: text.to_owned(),
            cites: Vec::new(),
        };
        let incoming = Incoming {
            subject: None,
            turns: said.into_iter().enumerate().map(turn).collect(),
            language: Language::ENGLISH,
            first_name: None,
            attached: Vec::new(),
            customer: Applicability::default(),
        };
        let readers = vec![Reader::anonymous()];
        let scope = Scope::live(bench.tenant, readers, Purpose::Draft, bench.app.seams.clock.now()).unwrap();
        let response = bench.app.responder.respond(&scope, &incoming, Mode::Draft).await.unwrap();
        if answered {
            assert_eq!(response.decision.outcome, Outcome::Answer);
            assert!(text(&response).contains("ninety"), "{}", text(&response));
        } else {
            assert!(
                matches!(response.decision.outcome, Outcome::HandOff(_)),
                "{:?}",
                response.decision.outcome
            );
        }
    }
}
