use std::collections::BTreeMap;

use domain::{HandOff, Outcome, Timestamp};
use identity::Mask;

use super::*;
use crate::human::Label;
use crate::judge::Source;
use crate::resolution::{End, Lasting, Resolution};
use crate::summary::tests::{CONFIRMED, case, settings, turn};
use crate::summary::{Input, Summary, summarise};
use crate::turns::{Case, DraftRecord, ReplayedTurn};

const HOSTILE: &str = r#"</style><script>alert("x")</script><img src=x onerror='y'> & "quoted" 'single'"#;

/// A small replay: 12 conversations, strict and none.
fn replayed(change: impl Fn(&mut ReplayedTurn)) -> (Summary, Vec<ReplayedTurn>) {
    let assumed = Resolution { end: End::Assumed, lasting: Lasting::Yes };
    let cases: Vec<Case> = (0..12)
        .map(|at| {
            let label = if at == 11 { Label::DidSomething } else { Label::Answered };
            case(at, (at != 10).then_some(label), if at % 2 == 0 { CONFIRMED } else { assumed })
        })
        .collect();
    let turns: Vec<ReplayedTurn> = cases
        .iter()
        .enumerate()
        .flat_map(|(at, case)| {
            let strict = match at {
                0..5 => turn(case, Mask::Strict, Outcome::Answer, Some(true)),
                5..7 => turn(case, Mask::Strict, Outcome::Answer, Some(false)),
                7..9 => turn(case, Mask::Strict, Outcome::HandOff(HandOff::LowConfidence), Some(at == 7)),
                _ => turn(case, Mask::Strict, Outcome::HandOff(HandOff::NoEvidence), None),
            };
            [strict, turn(case, Mask::None, Outcome::Answer, (at != 10).then_some(at != 6))]
        })
        .map(|mut turn| {
            change(&mut turn);
            turn
        })
        .collect();
    let input = Input {
        name: "Test & Sons",
        is_sample: true,
        made_at: "2025-06-01T00:00:00Z".parse::<Timestamp>().unwrap(),
        cases: &cases,
        turns: &turns,
        against: None,
        sources: &BTreeMap::new(),
    };
    (summarise(&input, settings()), turns)
}

fn csv(summary: &Summary, turns: &[ReplayedTurn], texts: Texts) -> String {
    let mut out = Vec::new();
    write_turns(&mut out, turns, summary, texts).unwrap();
    String::from_utf8(out).unwrap()
}

fn secret(turn: &mut ReplayedTurn) {
    turn.question = "My code word is zebra-quartz".to_owned();
    let source = Source {
        title: "zebra-quartz notes".to_owned(),
        external_id: "zebra-quartz".to_owned(),
        ..Source::default()
    };
    turn.draft = Some(DraftRecord { text: "zebra-quartz it is".to_owned(), sources: vec![source.clone()] });
    turn.for_agent = vec![source];
    if let Some(human) = &mut turn.human {
        human.text = "Your zebra-quartz is right".to_owned();
    }
}

#[test]
fn the_form_of_report_json_is_reviewed() {
    let (summary, _) = replayed(|_| {});
    insta::assert_snapshot!(json(&summary).unwrap());
}

#[test]
fn report_json_reads_back() {
    let (summary, _) = replayed(|_| {});
    let back: Summary = serde_json::from_str(&json(&summary).unwrap()).unwrap();
    assert_eq!(back, summary);
}

#[test]
fn texts_are_hidden_unless_shown_by_choice() {
    let (summary, turns) = replayed(secret);
    for hidden in [
        html(&summary, &turns, Texts::Hidden).unwrap(),
        csv(&summary, &turns, Texts::Hidden),
        json(&summary).unwrap(),
    ] {
        assert!(!hidden.contains("zebra"), "a text got out");
    }
    let page = html(&summary, &turns, Texts::Hidden).unwrap();
    assert!(page.contains("[text hidden: 5 words; run with --with-text]"));
    assert!(page.contains("[title hidden]"));
    for shown in [html(&summary, &turns, Texts::Shown).unwrap(), csv(&summary, &turns, Texts::Shown)] {
        assert!(shown.contains("My code word is zebra-quartz"));
        assert!(shown.contains("zebra-quartz notes"));
    }
}

#[test]
fn titles_of_public_pages_are_no_secret() {
    let (summary, turns) = replayed(|turn| {
        let source = Source { title: "Reset the lock".to_owned(), public: true, ..Source::default() };
        turn.draft = Some(DraftRecord { text: "secret".to_owned(), sources: vec![source] });
    });
    assert!(html(&summary, &turns, Texts::Hidden).unwrap().contains("Reset the lock"));
    assert!(csv(&summary, &turns, Texts::Hidden).contains("Reset the lock"));
}

#[test]
fn hostile_text_stays_text() {
    let (mut summary, mut turns) = replayed(|turn| {
        turn.question = HOSTILE.to_owned();
        turn.topic = Some(HOSTILE.to_owned());
        let source = Source { title: HOSTILE.to_owned(), public: true, ..Source::default() };
        turn.draft = Some(DraftRecord { text: HOSTILE.to_owned(), sources: vec![source] });
        if let Some(human) = &mut turn.human {
            human.text = HOSTILE.to_owned();
        }
    });
    turns.iter_mut().for_each(|turn| turn.conversation.push_str(HOSTILE));
    summary.name = HOSTILE.to_owned();
    summary.topics[0].name = HOSTILE.to_owned();
    summary.settings.run[0].value = HOSTILE.to_owned();
    summary.settings.judge.measured_on = HOSTILE.to_owned();
    summary.masks[0].held_because[0].name = HOSTILE.to_owned();
    for texts in [Texts::Hidden, Texts::Shown] {
        let page = html(&summary, &turns, texts).unwrap();
        assert!(!page.contains("<script"), "the page has no script of its own either");
        assert!(!page.contains("<img") && !page.contains("onerror='"));
        assert_eq!(page.matches("</style>").count(), 1);
        assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"), "it is shown, escaped");
    }
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let (summary, turns) = replayed(|_| {});
    let page = html(&summary, &turns, Texts::Hidden).unwrap();
    for outside in ["http://", "https://", "src=", "@import", "url(", "<link", "<script"] {
        assert!(!page.contains(outside), "found `{outside}`");
    }
    assert!(page.starts_with("<!doctype html>"));
}

#[test]
fn the_page_tells_what_a_reader_must_know_first() {
    let (mut summary, turns) = replayed(|_| {});
    let page = html(&summary, &turns, Texts::Hidden).unwrap();
    assert!(page.contains("Sample data written by us") && page.contains("Few conversations"));
    assert!(page.contains("Test &#38; Sons") || page.contains("Test &amp; Sons"));
    assert!(!page.contains("Not time-correct") && page.contains("Nothing leaked"));
    let ceiling = page.find("At best").unwrap();
    assert!(ceiling < page.find("Resolved without a person").unwrap(), "the ceiling comes first");
    summary.time.is_time_correct = false;
    summary.masks[0].leaks.not_yet_known = 3;
    summary.settings.judge.error = None;
    let page = html(&summary, &turns, Texts::Hidden).unwrap();
    for warning in ["Not time-correct", "must not be seen", "never measured"] {
        assert!(page.contains(warning), "{warning}");
    }
}

#[test]
fn an_empty_replay_still_makes_a_page() {
    let input = Input {
        name: "empty",
        is_sample: false,
        made_at: Timestamp::from_millis(0),
        cases: &[],
        turns: &[],
        against: None,
        sources: &BTreeMap::new(),
    };
    let summary = summarise(&input, settings());
    assert!(html(&summary, &[], Texts::Hidden).unwrap().contains("nothing to compare with"));
    assert_eq!(csv(&summary, &[], Texts::Hidden).lines().count(), 1);
}

#[test]
fn cells_are_no_formulas() {
    for start in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
        let (summary, turns) = replayed(|turn| {
            turn.conversation = format!("{start}{}", turn.conversation);
            turn.question = start.to_owned();
        });
        let text = csv(&summary, &turns, Texts::Shown);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        for record in reader.records() {
            for cell in &record.unwrap() {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "`{cell}`");
            }
        }
        assert!(text.contains(&format!("'{start}")));
    }
}

#[test]
fn the_csv_has_a_line_for_every_turn_in_a_fixed_order() {
    let (summary, mut turns) = replayed(|turn| turn.topic = Some("battery".to_owned()));
    let text = csv(&summary, &turns, Texts::Hidden);
    assert_eq!(::csv::Reader::from_reader(text.as_bytes()).records().count(), turns.len());
    turns.reverse();
    assert_eq!(text, csv(&summary, &turns, Texts::Hidden));
}

#[test]
fn merged_topics_are_not_named_in_the_csv() {
    let (summary, turns) = replayed(|turn| turn.topic = Some("the rare illness of one person".to_owned()));
    assert!(!csv(&summary, &turns, Texts::Hidden).contains("illness"));
}

#[test]
fn every_reason_of_the_product_has_words() {
    use domain::HandOff::*;
    use domain::Silence::*;
    let hand_offs = [
        NoEvidence,
        LowConfidence,
        InternalOnly,
        NeedsProof,
        AskedForHuman,
        CheckFailed,
        ExternalSender,
        Forwarded,
        SearchUnavailable,
        Attachment,
    ];
    let silences = [
        Off,
        NothingAsked,
        Automatic,
        HumanOwns,
        OtherBotOwns,
        WorkflowCollecting,
        TicketOpen,
        OutboundReply,
        TooLate,
    ];
    let names = hand_offs.map(|one| one.name()).into_iter().chain(silences.map(|one| one.name()));
    for name in names.chain(["asked_back"]) {
        assert!(!words::reason(name).text.is_empty(), "`{name}` has no explanation");
    }
    assert_eq!(words::reason("something_new").title, "Something new");
}
