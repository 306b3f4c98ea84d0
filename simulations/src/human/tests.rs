use domain::record::Channel;
use domain::{ConversationId, SourceId, Status, TenantId};

use super::*;

const EN: Language = Language::ENGLISH;
const DE: Language = Language::GERMAN;

#[track_caller]
fn check(language: Language, expected: Label, texts: &[&str]) {
    for text in texts {
        assert_eq!(label(text, language, &[]).label, expected, "{text}");
    }
}

#[test]
fn answers() {
    check(
        EN,
        Label::Answered,
        &[
            "You can reset the lock under Settings > Battery. Hold the button for ten seconds.",
            "Go to Account, then choose Billing and download the invoice there.",
            "See https://help.example.org/en/kb/reset-lock",
            "Thanks for asking! Our batteries are covered for two years from the date of purchase.",
            "I have updated mine to the newest version and it runs well on Linux.",
            "Sorry about that. The button moved: it is now in the upper right corner, below the search field, and is called Export.",
            "If you cancel within 14 days you get a full refund.",
            "Which version of the app do you use?",
        ],
    );
    check(
        DE,
        Label::Answered,
        &[
            "Sie können die Sperre unter Einstellungen > Akku zurücksetzen.",
            "Die Garantie beträgt zwei Jahre ab Kaufdatum und gilt auch für gebrauchte Räder.",
            "Halten Sie die Taste zehn Sekunden gedrückt, bis die Lampe grün leuchtet.",
            "Welche Version der App verwenden Sie?",
        ],
    );
}

#[test]
fn looks_into_the_customers_data() {
    check(
        EN,
        Label::LookedUp,
        &[
            "I checked your account and the payment failed on Monday.",
            "According to our records the contract ends in May.",
            "Your order was shipped yesterday.",
            "I can see that your subscription renewed twice.",
            "Your tracking number is 1Z999.",
        ],
    );
    check(
        DE,
        Label::LookedUp,
        &[
            "Ich habe in Ihrem Konto nachgesehen, die Zahlung ist fehlgeschlagen.",
            "Laut unserem System endet der Vertrag im Mai.",
            "Ihre Bestellung ist bereits unterwegs.",
            "Ihre Sendungsnummer lautet 00340.",
        ],
    );
}

#[test]
fn actions() {
    check(
        EN,
        Label::DidSomething,
        &[
            "I've refunded your last payment.",
            "Your password has been reset.",
            "We have just cancelled your subscription, you will not be charged again.",
            "I checked your account and have unlocked it for you. I have also extended your trial.",
            "Let me cancel that for you.",
            "I just sent you a replacement.",
        ],
    );
    check(
        DE,
        Label::DidSomething,
        &[
            "Ich habe Ihnen den Betrag erstattet.",
            "Ihr Passwort wurde zurückgesetzt.",
            "Wir haben Ihr Abo gekündigt.",
            "Ich habe dein Konto wieder freigeschaltet.",
        ],
    );
}

#[test]
fn passing_on() {
    check(
        EN,
        Label::Escalated,
        &[
            "I have forwarded this to our technical team.",
            "Our billing department will contact you tomorrow.",
            "I'll escalate this to a specialist.",
            "I have opened a ticket for the developers.",
        ],
    );
    check(
        DE,
        Label::Escalated,
        &[
            "Ich habe Ihr Anliegen an die Fachabteilung weitergeleitet.",
            "Ein Kollege wird sich morgen bei Ihnen melden.",
            "Ich gebe das an unser Team weiter.",
        ],
    );
}

#[test]
fn courtesies() {
    check(
        EN,
        Label::Acknowledged,
        &[
            "You're welcome!",
            "Glad to hear that it works now. Have a great day!",
            "Thank you for the update.",
            "One moment please, let me check.",
            "We'll look into it and get back to you.",
            "Hi!",
            "",
        ],
    );
    check(
        DE,
        Label::Acknowledged,
        &[
            "Gern geschehen!",
            "Vielen Dank für die Rückmeldung.",
            "Einen Moment bitte.",
            "Ich schaue mir das an.",
            "Freut mich, dass es klappt!",
        ],
    );
}

#[test]
fn a_link_or_steps_are_never_a_courtesy() {
    check(
        EN,
        Label::Answered,
        &["You're welcome, see https://help.example.org/kb/x", "Happy to help:\n1. Open it\n2. Close it"],
    );
    let cites = ["reset-lock".to_owned()];
    assert_eq!(label("Here you go!", EN, &cites).label, Label::Answered);
}

#[test]
fn quotes_are_not_the_authors_words() {
    let text =
        "> I have refunded your payment\nYou can find the refund in your bank statement after three days.";
    assert_eq!(label(text, EN, &[]).label, Label::Answered);
}

#[test]
fn asking_back_is_told_apart() {
    assert!(label("Which version do you use?", EN, &[]).asks);
    assert!(label("Thanks for writing. Could you send us a screenshot of the message?", EN, &[]).asks);
    assert!(!label("Open the settings, choose the battery page, hold the button for ten seconds and wait for the lamp. Does that help?", EN, &[]).asks);
}

#[test]
fn other_languages_are_guessed_by_form_and_say_so() {
    let polish = Language::from_tag("pl");
    let guess = label("Otwórz ustawienia konta i wybierz opcję resetowania hasła", polish, &[]);
    assert_eq!((guess.label, guess.guessed), (Label::Answered, true));
    assert_eq!(label("Dziękuję bardzo!", polish, &[]).label, Label::Acknowledged);
    assert!(!label("You're welcome!", EN, &[]).guessed);
}

fn conversation(channel: Channel, turns: &[(Author, &str)]) -> Conversation {
    let source = SourceId::derive(TenantId::derive("t"), "files", "x");
    Conversation {
        id: ConversationId::derive(source, "1"),
        external_id: "1".to_owned(),
        channel,
        language: EN,
        created_at: Timestamp::from_millis(0),
        subject_id: None,
        readers: Vec::new(),
        subject: None,
        topic: None,
        tags: Vec::new(),
        status: Status::Unknown,
        solution_turn: None,
        rating: None,
        weight: 1.0,
        turns: turns
            .iter()
            .zip(0..)
            .map(|((author, text), position)| Turn {
                position,
                author: *author,
                author_id: None,
                at: Timestamp::from_millis(i64::from(position) * 60_000),
                text: (*text).to_owned(),
                cites: Vec::new(),
            })
            .collect(),
    }
}

use domain::Author::{Agent, Bot, Customer, Other};

#[test]
fn the_reply_is_all_that_was_written_in_a_row_after_the_courtesies() {
    let chat = conversation(
        Channel::Messenger,
        &[
            (Customer, "How do I reset the lock?"),
            (Bot, "We will be with you soon"),
            (Agent, "One moment please"),
            (Agent, "Open the battery page in the settings."),
            (Agent, "Then hold the button for ten seconds."),
            (Customer, "Thanks!"),
            (Agent, "You're welcome!"),
        ],
    );
    let reply = reply_to(&chat, 0).unwrap();
    assert_eq!(reply.position, 3);
    assert!(reply.text.contains("battery page") && reply.text.contains("ten seconds"));
    assert_eq!(reply.label, Label::Answered);
    assert_eq!(reply_to(&chat, 5).unwrap().label, Label::Acknowledged);
    assert!(reply_to(&chat, 6).is_none());
}

#[test]
fn one_action_among_answers_decides_the_label() {
    let chat = conversation(
        Channel::Messenger,
        &[
            (Customer, "I want my money back"),
            (Agent, "Refunds take three days to arrive at most banks."),
            (Agent, "I have refunded your payment."),
        ],
    );
    assert_eq!(reply_to(&chat, 0).unwrap().label, Label::DidSomething);
}

#[test]
fn later_replies_tell_what_the_draft_had_left_out() {
    let chat = conversation(
        Channel::Messenger,
        &[
            (Customer, "How do I reset the lock?"),
            (Agent, "Open the battery page in the settings."),
            (Customer, "And then?"),
            (Agent, "Hold the round button for ten seconds."),
            (Customer, "Thanks"),
            (Agent, "You're welcome!"),
        ],
    );
    let draft = |text| Side { text, language: EN };
    let whole =
        later_replies(&chat, 0, draft("Open the battery page, hold the round button for ten seconds."));
    assert_eq!(whole.iter().map(|one| one.position).collect::<Vec<_>>(), [3, 5]);
    assert!(whole[0].covered > 0.9);
    let half = later_replies(&chat, 0, draft("Open the battery page."));
    assert!(half[0].covered < 0.3 && half[0].label == Label::Answered);
    assert_eq!(half[1].label, Label::Acknowledged);
}

#[test]
fn helpers_of_a_forum_reply_and_the_equally_affected_do_not() {
    let turns = [
        (Customer, "The lock does not open any more"),
        (Other, "I have the same problem here, any news?"),
        (Other, "Hold the button for ten seconds, then it opens."),
    ];
    let forum = conversation(Channel::Forum, &turns);
    assert_eq!(replies(&forum).iter().map(|one| one.position).collect::<Vec<_>>(), [2]);
    assert!(replies(&conversation(Channel::Email, &turns)).is_empty());
}

#[test]
fn only_text_can_be_automated_and_lookups_where_configured() {
    assert!(Label::Answered.can_automate(Lookups::None));
    assert!(!Label::LookedUp.can_automate(Lookups::None));
    assert!(Label::LookedUp.can_automate(Lookups::Configured));
    assert!(!Label::DidSomething.can_automate(Lookups::Configured));
    assert!(!Label::Escalated.can_automate(Lookups::Configured));
}
