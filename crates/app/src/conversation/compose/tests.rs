use domain::decision::CitedSentence;
use domain::{ChunkId, DocumentId, Outcome};
use uuid::Uuid;

use super::*;

fn draft(language: Language) -> Draft {
    Draft {
        greeting: "Hi Jona,".to_owned(),
        signature: String::new(),
        sentences: vec![CitedSentence {
            text: "Hold the button.".to_owned(),
            chunk: ChunkId::from_uuid(Uuid::nil()),
            source: 1,
        }],
        sources: vec![Cited {
            document: DocumentId::from_uuid(Uuid::nil()),
            external_id: "a1".to_owned(),
            title: "Reset\nthe display".to_owned(),
            url: Some("https://help.test/a1".to_owned()),
            leads_to: Vec::new(),
        }],
        pages: Vec::new(),
        language,
        drafter: domain::Drafter::Extractive,
    }
}

fn decision(beside: &[&str]) -> Decision {
    let for_agent = |title: &&str| ForAgent {
        chunk: ChunkId::from_uuid(Uuid::nil()),
        document: DocumentId::from_uuid(Uuid::nil()),
        external_id: "i1".to_owned(),
        title: (*title).to_owned(),
        url: None,
        leads_to: Vec::new(),
        audience: "internal".to_owned(),
    };
    Decision {
        outcome: Outcome::Answer,
        draft: None,
        for_agent: beside.iter().map(for_agent).collect(),
        unseen: None,
        confidence: 0.9,
        checks: Vec::new(),
    }
}

#[test]
fn a_note_has_the_draft_its_sources_and_what_is_for_agents() {
    let text =
        note(&decision(&["Goodwill limits"]), Some(&draft(Language::ENGLISH)), Language::ENGLISH, None);
    assert_eq!(
        text.unwrap(),
        "Draft, not sent:\n\nHi Jona,\n\nHold the button. [1]\n\n\
         Sources:\n[1] Reset the display: https://help.test/a1\n\n\
         For you, do not send:\n- Goodwill limits (internal)"
    );
}

#[test]
fn without_a_draft_only_titles_are_shown_and_without_anything_nothing() {
    let text = note(&decision(&["Kulanz"]), None, Language::GERMAN, None).unwrap();
    assert!(text.starts_with("Kein Entwurf") && text.ends_with("- Kulanz (internal)"), "{text}");
    assert_eq!(note(&decision(&[]), None, Language::ENGLISH, None), None);
}

#[test]
fn what_came_along_is_named_to_the_agent_and_never_to_the_customer() {
    let mut told = decision(&[]);
    let files = vec!["red light.png".to_owned(), "invoice.pdf".to_owned()];
    told.unseen = Some(Unseen { files, is_needed: true });
    let english = draft(Language::ENGLISH);
    let text = note(&told, Some(&english), Language::ENGLISH, None).unwrap();
    assert!(text.ends_with("what the customer attached: red light.png, invoice.pdf"), "{text}");
    assert!(!reply(&english, FormOfAddress::None, true).contains("invoice.pdf"));
    told.unseen = Some(Unseen { files: Vec::new(), is_needed: true });
    let text = note(&told, Some(&draft(Language::GERMAN)), Language::GERMAN, None).unwrap();
    assert!(text.ends_with("der hier nicht bekannt ist."), "{text}");
    assert_eq!(note(&told, None, Language::ENGLISH, None), None, "the agent sees the file itself");
}

#[test]
fn only_the_first_reply_introduces_itself() {
    let german = draft(Language::GERMAN);
    assert!(
        reply(&german, FormOfAddress::None, true).starts_with("Dies ist eine automatische Antwort einer KI.")
    );
    assert!(reply(&german, FormOfAddress::Du, false).starts_with("Hi Jona,"));
    assert!(!reply(&german, FormOfAddress::None, true).contains("nicht gesendet"));
}

#[test]
fn a_link_stands_in_a_note_for_the_agent_and_in_a_reply_for_the_customer() {
    let offer = |by_mail| Offer {
        id: domain::StepUpId::from_uuid(Uuid::nil()),
        url: llm::Secret::new("https://app.test/confirm?backstory=bsp_1"),
        until: "2025-07-01T12:10:00Z".parse().unwrap(),
        by_mail,
    };
    let text = note(&decision(&["History"]), None, Language::ENGLISH, Some(&offer(false))).unwrap();
    assert!(
        text.ends_with("proves it (until 12:10 UTC):\nhttps://app.test/confirm?backstory=bsp_1"),
        "{text}"
    );
    assert!(!format!("{:?}", offer(false)).contains("bsp_1"));
    let asked = ask_for_proof(&offer(false), (Language::ENGLISH, FormOfAddress::Sie), true);
    assert!(asked.starts_with(ENGLISH.machine) && asked.contains(ENGLISH.then_here), "{asked}");
    let asked = ask_for_proof(&offer(true), (Language::GERMAN, FormOfAddress::None), false);
    assert!(asked.starts_with(GERMAN.prove) && asked.contains(GERMAN.then_there), "{asked}");
    assert!(asked.contains("\nhttps://app.test/confirm?backstory=bsp_1\n"), "{asked}");
}

#[test]
fn the_draft_is_found_again_in_its_note() {
    for language in [Language::ENGLISH, Language::GERMAN] {
        let draft = draft(language);
        for beside in [&[][..], &["Goodwill limits"]] {
            let text = note(&decision(beside), Some(&draft), language, None).unwrap();
            assert_eq!(draft_in(&text), Some(draft.text().as_str()));
            assert_eq!(without_frame(&text), draft.text(), "also where somebody sends all of it");
        }
        let sent = reply(&draft, FormOfAddress::None, false);
        assert_eq!(without_frame(&sent).trim_end(), draft.text());
    }
    let nothing = note(&decision(&["Goodwill limits"]), None, Language::ENGLISH, None).unwrap();
    assert_eq!(draft_in(&nothing), None);
    assert_eq!(without_frame("Two things.\nSources:\nnone"), "Two things.\nSources:\nnone");
}

#[test]
fn who_is_addressed_formally_is_told_formally_that_a_machine_answers() {
    let mut german = draft(Language::GERMAN);
    german.signature = "Kim von Velo".to_owned();
    let first = reply(&german, FormOfAddress::Sie, true);
    assert!(
        first.starts_with("Dies ist eine automatische Antwort einer KI. Schreiben Sie, dass Sie"),
        "{first}"
    );
    assert!(first.contains("Hold the button. [1]\n\nKim von Velo\n\nQuellen:\n[1] "), "{first}");
    let (mine, words) = (shown(&german, FormOfAddress::Sie), &FORMAL);
    for text in [&first, &mine, words.prove, words.then_here, words.then_there, words.machine] {
        let small = text.split(|letter: char| !letter.is_alphanumeric());
        assert!(!small.into_iter().any(|word| ["du", "dir", "dein"].contains(&word)), "{text}");
    }
    let english = draft(Language::ENGLISH);
    assert_eq!(reply(&english, FormOfAddress::Sie, true), reply(&english, FormOfAddress::None, true));
}
