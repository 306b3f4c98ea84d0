use domain::record::Channel;
use domain::{ConversationId, SourceId, TenantId};

use super::*;

const NOBODY: &[Known] = &[];

fn subject(name: &str) -> SubjectId {
    SubjectId::derive(SourceId::derive(TenantId::derive("t"), "files", "x"), name)
}

fn rules() -> Rules {
    Rules::new(TenantKey::new(b"0123456789abcdef"), ["acme.example".to_owned()])
}

fn conversation(turns: &[(Author, &str)]) -> Conversation {
    let source = SourceId::derive(TenantId::derive("t"), "files", "x");
    let turns = turns.iter().zip(0..).map(|((author, text), position)| Turn {
        position,
        author: *author,
        author_id: None,
        at: Timestamp::from_millis(1_000 + i64::from(position)),
        text: (*text).to_owned(),
        cites: vec![format!("article-{position}")],
    });
    Conversation {
        id: ConversationId::derive(source, "1"),
        external_id: "1".into(),
        channel: Channel::Email,
        language: Language::ENGLISH,
        created_at: Timestamp::from_millis(1_000),
        subject_id: Some(subject("anna")),
        readers: vec![subject("anna")],
        subject: Some("Re: AW: Display".into()),
        topic: None,
        tags: Vec::new(),
        status: Status::Unknown,
        solution_turn: None,
        rating: None,
        weight: 1.0,
        turns: turns.collect(),
    }
}

use Author::{Agent, Bot, Customer, Other};

const ASKS: (Author, &str) =
    (Customer, "Hi Support,\nthe display fogs up. What can I do?\n\nRegards,\nAnna Bauer");
const ANSWERS: (Author, &str) = (
    Agent,
    "Hello Anna,\n\nplease leave it open for a day.\n\nBest regards,\nJim\n\nOn Mon, 3 Mar 2025 at 10:00, Anna wrote:\n> fogs",
);
const MORE: (Author, &str) = (Agent, "Then put it next to a window and wait.");
const THANKS: (Author, &str) = (Customer, "Thanks, that worked!");

#[test]
fn takes_question_and_answer_without_history_and_signatures() {
    let learned = rules().learn(&conversation(&[ASKS, ANSWERS]), NOBODY).unwrap();
    assert_eq!(learned.question.fill(|_| true), "Display\n\nthe display fogs up. What can I do?");
    assert_eq!(learned.resolution.fill(|_| true), "please leave it open for a day.");
    assert_eq!(learned.known_at, Timestamp::from_millis(1_001));
    assert_eq!(learned.made_from, [subject("anna")]);
    assert_eq!((learned.turns, learned.cites), (vec![0, 1], vec!["article-1".to_owned()]));
    assert_eq!(learned.ending, Ending::Assumed);
}

#[test]
fn takes_the_turns_that_solved_it() {
    type Case<'a> = (&'a [(Author, &'a str)], Option<u32>, &'a [u32], Ending);
    let cases: [Case<'_>; 6] = [
        (&[ASKS, ANSWERS, MORE], None, &[0, 1, 2], Ending::Assumed),
        (&[ASKS, ANSWERS, (Customer, "Still fogs."), MORE], None, &[0, 3], Ending::Assumed),
        (
            &[ASKS, ANSWERS, THANKS, (Agent, "You are welcome, have a nice day then.")],
            None,
            &[0, 1],
            Ending::Confirmed,
        ),
        (&[ASKS, ANSWERS, (Customer, "Thanks, but it still fogs."), MORE], None, &[0, 3], Ending::Assumed),
        (&[ASKS, ANSWERS, MORE], Some(1), &[0, 1], Ending::Marked),
        (&[ASKS, (Other, "Mine stopped after I left it open."), ANSWERS], Some(1), &[0, 1], Ending::Marked),
    ];
    for (turns, solution, expected, ending) in cases {
        let conversation = Conversation { solution_turn: solution, ..conversation(turns) };
        let learned = rules().learn(&conversation, NOBODY).unwrap();
        assert_eq!((learned.turns.as_slice(), learned.ending), (expected, ending), "{turns:?}");
        assert_eq!(learned.known_at, Timestamp::from_millis(1_000 + i64::from(*expected.last().unwrap())));
    }
}

#[test]
fn learns_nothing_where_nothing_is_to_learn() {
    let several =
        Conversation { readers: vec![subject("anna"), subject("bob")], ..conversation(&[ASKS, ANSWERS]) };
    assert_eq!(rules().learn(&several, NOBODY), None);
    let mut two_authors = conversation(&[ASKS, (Customer, "Mine too."), ANSWERS]);
    two_authors.turns[0].author_id = Some("anna".into());
    two_authors.turns[1].author_id = Some("bob".into());
    assert_eq!(rules().learn(&two_authors, NOBODY), None);
    for turns in [
        &[ASKS][..],
        &[],
        &[ANSWERS],
        &[ANSWERS, ASKS],
        &[ASKS, (Agent, "Which version do you have, and since when?")],
        &[ASKS, (Agent, "Will check.")],
        &[ASKS, (Bot, "Please leave it open for a day or two.")],
        &[ASKS, (Other, "Please leave it open for a day or two.")],
    ] {
        assert_eq!(rules().learn(&conversation(turns), NOBODY), None, "{turns:?}");
    }
}

#[test]
fn removes_the_people_from_all_texts() {
    let known = Known {
        names: vec!["Anna Bauer".into()],
        emails: vec!["ab77@firm.example".into()],
        ..Known::default()
    };
    let turns = [
        (Customer, "I am anna (AB77@firm.example), the display fogs up. Ask bauer or Jimbo."),
        (
            Agent,
            "Dear Ms Bauer,\nJimbo Treefrog says: leave it open, Anna. Your customer number is C-4711, we pay your 12.50 € back.\nCheers,\nJimbo",
        ),
    ];
    let learned = rules().learn(&conversation(&turns), &[known]).unwrap();
    let all =
        format!("{}\n{}", learned.question.fill(|_| true), learned.resolution.fill(|_| true)).to_lowercase();
    for secret in ["anna", "bauer", "ab77", "jimbo", "4711", "12.50"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    assert!(all.contains("the display fogs up") && all.contains("leave it open"), "{all}");
}

#[test]
fn only_agents_own_words_are_observed() {
    let turns =
        [(Customer, "Is it qzxkvw?"), (Bot, "qzxkvw"), (Other, "qzxkvw"), (Agent, "No.\n\n> Is it qzxkvw?")];
    let observed = rules().observe(&conversation(&turns), NOBODY);
    let word = rules().observe(&conversation(&[(Agent, "qzxkvw")]), NOBODY);
    let [Observed { seen, .. }] = word.as_slice() else { panic!("{word:?}") };
    assert!(!seen.is_empty());
    assert!(observed.iter().all(|one| one.seen.keys().all(|hash| !seen.contains_key(hash))));
}

#[test]
fn invisible_signs_hide_nothing() {
    let masked = rules().mask("the pin is 47\u{200b}11 […]", Language::ENGLISH, NOBODY);
    assert_eq!(masked.fill(|_| true), "the pin is 4711 [...]");
    assert_eq!(masked.covered(), "the pin is […] [...]");
}
