//! Questions and evidence of odd kinds: each ends in a decision of the closed list, never in an error.

use app::ask::{Answer, Ask};
use domain::{HandOff, Outcome, Silence};
use identity::{Assurance, Purpose};

use crate::harness::Bench;

async fn ask(bench: &Bench, text: &str) -> Answer {
    let ask = Ask {
        text: text.to_owned(),
        person: None,
        assurance: Assurance::Anonymous,
        purpose: Purpose::Draft,
        customer: domain::Applicability::default(),
        as_of: None,
    };
    bench.app.ask(bench.tenant, &ask).await.unwrap()
}

async fn outcome(bench: &Bench, text: &str) -> Outcome {
    ask(bench, text).await.response.decision.outcome
}

fn article(title: &str, audience: &str, text: &str) -> String {
    format!(
        "---\ntitle: {title}\naudience: {audience}\nlanguage: en\nupdated_at: 2025-01-01T00:00:00Z\n---\n{text}\n"
    )
}

const RESET: &str = "Hold the power button for twelve seconds until the display turns blue.";

async fn bench() -> Bench {
    let bench = Bench::new().await;
    let folder = bench.write("reset.md", article("Reset the display", "public", RESET));
    bench.read(&folder).await.unwrap();
    bench
}

#[tokio::test]
async fn what_asks_nothing_is_met_with_silence() {
    let bench = bench().await;
    for text in ["👍", "👍👍 🎉", "Thanks!", "...", "ok", "Vielen Dank"] {
        assert_eq!(outcome(&bench, text).await, Outcome::Silent(Silence::NothingAsked), "{text}");
    }
}

#[tokio::test]
async fn what_no_evidence_carries_goes_to_a_person() {
    let bench = bench().await;
    let long = "My neighbour told me a story about his garden and the weather. ".repeat(330);
    assert!(long.len() > 20_000);
    for text in [
        "?",
        "x",
        "你好",
        "asdf qwer zxcv",
        "You are stupid, your company is garbage and I hate all of you!!!",
        "SELECT * FROM users; -- DROP TABLE persons",
        "\u{202e}\u{0}\u{feff}",
        long.as_str(),
    ] {
        let is_handed_off = matches!(outcome(&bench, text).await, Outcome::HandOff(_) | Outcome::Silent(_));
        assert!(is_handed_off, "{:?}", text.chars().take(60).collect::<String>());
    }
}

#[tokio::test]
async fn the_form_of_a_question_does_not_change_its_answer() {
    let bench = bench().await;
    let plain = "How do I reset the display with the power button?";
    let story = "I was on my way home from work and it rained. ".repeat(60);
    for text in [
        plain.to_owned(),
        plain.to_uppercase(),
        format!("Hallo zusammen, {plain} Danke euch"),
        format!("{plain}\n\n```\nerror: display frozen at 0x7f\n```"),
        format!("{plain}\n\n| part | state |\n|---|---|\n| display | black |"),
        format!("{plain}\n\n{story}"),
    ] {
        let answer = ask(&bench, &text).await;
        let draft = answer.response.decision.draft.as_ref().map(domain::Draft::text).unwrap_or_default();
        assert!(draft.contains("twelve seconds"), "{text:.80}: {:?} {draft}", answer.response.decision);
    }
}

#[tokio::test]
async fn each_odd_question_has_its_decision() {
    let bench = bench().await;
    let plain = "How do I reset the display with the power button?";
    let story = "The garden of my neighbour is large and it rained all week. ".repeat(400);
    assert!(story.len() > 20_000);
    let nothing = Outcome::Silent(Silence::NothingAsked);
    for (text, expected) in [
        // One character: no word asks nothing, and a letter or a mark means something that nobody can tell.
        (".", nothing),
        ("x", Outcome::HandOff(HandOff::LowConfidence)),
        ("?", Outcome::HandOff(HandOff::LowConfidence)),
        // 20,000 characters that are about nothing here.
        (story.as_str(), Outcome::HandOff(HandOff::LowConfidence)),
        ("Hello", nothing),
        ("Hallo zusammen!", nothing),
        ("Thanks, that's all. Have a great day!", nothing),
        ("Automatic reply: I am out of office until Monday.", Outcome::Silent(Silence::Automatic)),
        ("You useless idiots!!! Let me talk to a real person!", Outcome::HandOff(HandOff::AskedForHuman)),
    ] {
        let got = outcome(&bench, text).await;
        let short: String = text.chars().take(60).collect();
        let nobody_knows = [HandOff::LowConfidence, HandOff::NoEvidence].map(Outcome::HandOff);
        let is_as_expected =
            got == expected || (nobody_knows.contains(&expected) && nobody_knows.contains(&got));
        assert!(is_as_expected, "{short:?}: {got:?}, not {expected:?}");
    }
    // Abuse around a question changes nothing about it.
    let rude = ask(&bench, &format!("You are stupid and your bikes are garbage!!! {plain}")).await;
    assert!(rude.response.decision.draft.is_some_and(|draft| draft.text().contains("twelve seconds")));
}

#[tokio::test]
async fn a_mixed_message_is_answered_in_the_language_of_its_question() {
    let bench = bench().await;
    let mixed = "Hallo zusammen, vielen Dank für eure Hilfe bisher. How do I reset the display with the power button?";
    let answer = ask(&bench, mixed).await;
    let question = answer.response.question.unwrap();
    assert_eq!(question.language, domain::Language::ENGLISH, "{question:?}");
    assert!(answer.response.decision.draft.is_some_and(|draft| draft.text().contains("twelve seconds")));
}

#[tokio::test]
async fn what_was_attached_is_told_to_whoever_reads_the_draft() {
    // How sure the search is of a scripted model's vectors is not what is tested here.
    let bench = Bench::with(|settings| settings.responder.draft_threshold = 0.0).await;
    let folder = bench.write("reset.md", article("Reset the display", "public", RESET));
    bench.read(&folder).await.unwrap();
    let plain = "How do I reset the display with the power button?";
    let answer = ask(&bench, &format!("{plain} See attached screenshot.")).await;
    let unseen = answer.response.decision.unseen.unwrap();
    assert!(unseen.is_needed && unseen.files.is_empty());
    assert_eq!(answer.response.decision.outcome, Outcome::Answer, "an agent looks at it");
    assert_eq!(ask(&bench, plain).await.response.decision.unseen, None);
}

#[tokio::test]
async fn evidence_that_is_only_internal_is_for_agents() {
    let bench = Bench::new().await;
    let folder = bench.write("reset.md", article("Reset the display", "internal", RESET));
    bench.read(&folder).await.unwrap();
    let answer = ask(&bench, "How do I reset the display with the power button?").await;
    let decision = &answer.response.decision;
    assert_eq!(decision.outcome, Outcome::HandOff(HandOff::InternalOnly));
    assert!(decision.draft.is_none() && !decision.for_agent.is_empty());
}

#[tokio::test]
async fn evidence_that_contradicts_itself_goes_to_a_person_who_sees_where() {
    let bench = Bench::with(|settings| settings.responder.draft_threshold = 0.0).await;
    bench.write("new.md", article("Returning a bike", "public", "You can return your bike within 30 days."));
    let old = "You can return your bike within 14 days. The bike has to be clean.";
    let folder = bench.write("old.md", article("Returning a bike after purchase", "public", old));
    bench.read(&folder).await.unwrap();
    let answer = ask(&bench, "Within how many days can I return my bike?").await;
    let decision = &answer.response.decision;
    assert_eq!(decision.outcome, Outcome::HandOff(HandOff::CheckFailed), "{decision:?}");
    let conflicts = decision.checks.iter().find(|verdict| verdict.check == "conflicts").unwrap();
    assert!(conflicts.detail.contains(".md") && conflicts.detail.contains("duration"), "{conflicts:?}");
    let text = decision.draft.as_ref().unwrap().text();
    assert!(text.contains("30 days") != text.contains("14 days"), "one is followed, none averaged: {text}");
}
