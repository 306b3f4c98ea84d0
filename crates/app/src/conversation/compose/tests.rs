use domain::decision::CitedSentence;
use domain::{ChunkId, DocumentId, Outcome};
use uuid::Uuid;

use super::*;

fn draft(language: Language) -> Draft {
    Draft {
        greeting: "Hi Jona,".to_owned(),
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
fn only_the_first_reply_introduces_itself() {
    let german = draft(Language::GERMAN);
    assert!(reply(&german, true).starts_with("Dies ist eine automatische Antwort einer KI."));
    assert!(reply(&german, false).starts_with("Hi Jona,"));
    assert!(!reply(&german, true).contains("nicht gesendet"));
}
