use domain::Timestamp;

use super::*;

pub(super) fn turns(said: &[(Author, &str)]) -> Vec<Turn> {
    let turn = |(position, (author, text)): (usize, &(Author, &str))| Turn {
        position: position as u32,
        author: *author,
        author_id: None,
        at: Timestamp::from_millis(position as i64),
        text: (*text).to_owned(),
        cites: Vec::new(),
    };
    said.iter().enumerate().map(turn).collect()
}

pub(super) fn incoming(subject: Option<&str>, said: &[(Author, &str)]) -> Incoming {
    Incoming {
        subject: subject.map(str::to_owned),
        turns: turns(said),
        language: Language::UNKNOWN,
        first_name: None,
        attached: Vec::new(),
        customer: domain::Applicability::default(),
    }
}

fn settled(said: &[(Author, &str)]) -> Option<Outcome> {
    match understand(&incoming(None, said)) {
        Understood::Settled(outcome) => Some(outcome),
        Understood::Asks(_) => None,
    }
}

fn asked(subject: Option<&str>, said: &[(Author, &str)]) -> Asked {
    let Understood::Asks(asked) = understand(&incoming(subject, said)) else { panic!("asks: {said:?}") };
    *asked
}

fn text(said: &[(Author, &str)]) -> String {
    asked(None, said).question.text
}

#[test]
fn the_subject_belongs_to_the_first_question() {
    let asked = asked(Some("Re: Charger"), &[(Author::Customer, "It blinks red, what now?")]);
    assert_eq!(asked.question.text, "Charger\nIt blinks red, what now?");
    assert_eq!((asked.question.language, asked.leans), (Language::ENGLISH, false));
}

#[test]
fn a_short_follow_up_leans_on_the_message_before_and_the_question_it_answers() {
    let said = [
        (Author::Customer, "My charger blinks red all night long."),
        (Author::Agent, "Thanks. Is it the small one?"),
        (Author::Customer, "the large one"),
    ];
    assert_eq!(text(&said), "My charger blinks red all night long.\nIs it the small one?\nthe large one");
}

#[test]
fn a_follow_up_leans_on_the_nearest_matter_and_not_on_the_first() {
    let said = [
        (Author::Customer, "How do I reset the display of my Aero?"),
        (Author::Agent, "Hold the button."),
        (Author::Customer, "Thanks! What does a new battery for it cost?"),
        (Author::Agent, "90 euros. Anything else?"),
        (Author::Customer, "And for the large one?"),
    ];
    assert_eq!(text(&said), "What does a new battery for it cost?\nAnd for the large one?");
    let alone = "Where in the app can I find the invoices of the last year?";
    let said = [said[0], said[1], (Author::Customer, alone)];
    assert_eq!(text(&said), alone, "what stands alone is left as it is");
}

#[test]
fn quick_messages_are_one_question_without_their_greeting() {
    let said = [(Author::Customer, "Hello"), (Author::Customer, "where can I change my address in the app?")];
    assert_eq!(text(&said), "where can I change my address in the app?");
    let greeted = "Hi Sam, where can I change my address in the app? Thanks a lot!";
    assert_eq!(text(&[(Author::Customer, greeted)]), "where can I change my address in the app?");
}

#[test]
fn thanks_and_greetings_need_no_answer() {
    let nothing = Some(Outcome::Silent(Silence::NothingAsked));
    for text in
        ["Thanks a lot!", "Super, vielen Dank!", "ok that worked", "👍", "That's all, have a great day!"]
    {
        let said = [(Author::Customer, "x?"), (Author::Agent, "y"), (Author::Customer, text)];
        assert_eq!(settled(&said), nothing, "{text}");
    }
    for text in ["Hello", "Hi there!", "Guten Tag", "no"] {
        assert_eq!(settled(&[(Author::Customer, text)]), nothing, "{text}");
    }
    assert_eq!(settled(&[(Author::Customer, "Thanks, but how do I turn it off?")]), None);
}

#[test]
fn yes_and_no_are_answers_where_the_company_asked() {
    let ask = |asked, said| {
        [(Author::Customer, "My Aero 3 does not start."), (Author::Agent, asked), (Author::Customer, said)]
    };
    let nothing = Some(Outcome::Silent(Silence::NothingAsked));
    assert_eq!(text(&ask("Is the light red?", "yes")), "My Aero 3 does not start.\nIs the light red?\nyes");
    assert_eq!(text(&ask("Did that help?", "no")), "My Aero 3 does not start.\nDid that help?\nno");
    assert_eq!(settled(&ask("Did that help?", "yes, thanks")), nothing);
    assert_eq!(settled(&ask("Is there anything else I can do for you?", "no")), nothing);
    assert_eq!(settled(&ask("Please restart it.", "ok")), nothing);
}

#[test]
fn people_and_machines_are_told_apart() {
    let human = Some(Outcome::HandOff(HandOff::AskedForHuman));
    assert_eq!(settled(&[(Author::Customer, "Can I please talk to a real person?")]), human);
    assert_eq!(settled(&[(Author::Customer, "Ich möchte mit einem Mitarbeiter sprechen")]), human);
    let automatic = Some(Outcome::Silent(Silence::Automatic));
    let text = "Automatic reply: I am out of office until Monday";
    assert_eq!(settled(&[(Author::Customer, text)]), automatic);
}

#[test]
fn several_questions_are_taken_one_by_one_and_never_out_of_the_context() {
    let said = [
        (Author::Customer, "How do I reset my Aero? Where is my invoice?"),
        (Author::Agent, "Hold the button."),
        (Author::Customer, "And how much is a new one?"),
    ];
    assert!(asked(None, &said).single.is_empty(), "what was asked before is context");
    let single = |text: &str| {
        let asked = asked(None, &[(Author::Customer, text)]);
        asked.single.into_iter().map(|question| question.text).collect::<Vec<_>>()
    };
    assert_eq!(
        single(
            "Hi, I have two questions:\n1. how do I reset the lock\n2. where do I find my invoice\n\nThanks"
        ),
        ["how do I reset the lock", "where do I find my invoice"]
    );
    assert_eq!(
        single("My Aero 3 blinks red. How do I reset it? Where can I find my invoice?"),
        ["My Aero 3 blinks red.\nHow do I reset it?", "Where can I find my invoice?"]
    );
}

#[test]
fn what_came_along_is_told_and_alone_goes_to_a_person() {
    let mut one = incoming(None, &[(Author::Customer, "What does this light mean?")]);
    one.attached = vec!["light.jpg".to_owned()];
    let Understood::Asks(asked) = understand(&one) else { panic!("asks") };
    let unseen = asked.unseen.unwrap();
    assert_eq!((unseen.files, unseen.is_needed), (vec!["light.jpg".to_owned()], true));
    for text in ["", "Hello", "Sent from my iPhone"] {
        one.turns[0].text = text.to_owned();
        let alone = Understood::Settled(Outcome::HandOff(HandOff::Attachment));
        assert_eq!(understand(&one), alone, "{text}");
    }
}

#[test]
fn a_mail_is_reduced_to_what_is_asked() {
    let mail = "Sehr geehrte Damen und Herren,\n\nwie setze ich die Anzeige meines Rades zurück?\n\nMit freundlichen Grüßen\nAnna Muster\nTel. 030 1234567\n\nAm 03.03.2025 um 10:00 schrieb Support <help@firm.test>:\n> Bitte laden.";
    let asked = asked(Some("AW: Anzeige"), &[(Author::Customer, mail)]);
    assert_eq!(asked.question.text, "Anzeige\nwie setze ich die Anzeige meines Rades zurück?");
    assert_eq!(asked.question.language, Language::GERMAN);
}

#[test]
fn what_the_customer_wrote_is_kept_apart_from_what_the_company_did() {
    let long = format!("We have the Plus plan. {}", "It does not sync. ".repeat(1_000));
    let said = [
        (Author::Customer, long.as_str()),
        (Author::Agent, "Which plan is this about: Basic or Plus?"),
        (Author::Customer, "Basic"),
    ];
    let question = asked(Some("My plan"), &said).question;
    assert!(question.text.contains("Basic or Plus?"), "{}", question.text);
    assert!(question.own_words.starts_with("My plan\nWe have the Plus plan."), "{}", question.own_words);
    assert!(question.own_words.ends_with("\nBasic") && !question.own_words.contains("Basic or Plus"));
    assert!(question.own_words.chars().count() <= QUESTION_CHARS + 10);
}
