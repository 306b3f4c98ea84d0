//! What the closed words of the product mean, for people who read a report.

use identity::Mask;

use crate::human::Label;

/// A word and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) title: String,
    pub(super) text: &'static str,
}

/// Returns what a reason for holding or staying silent means.
pub(super) fn reason(name: &str) -> Meaning {
    let (title, text) = match name {
        "asked_back" => {
            ("Asked a question back", "Something was missing, so it would have asked the customer first.")
        }
        "no_evidence" => (
            "Nothing found",
            "Nothing that this reader may see is about the question. A new article may help.",
        ),
        "low_confidence" => (
            "Not sure enough",
            "There was something on the subject, but it did not carry an answer well enough.",
        ),
        "internal_only" => (
            "Only known internally",
            "The answer stands in pages or past conversations that customers may not see.",
        ),
        "needs_proof" => (
            "Customer not proven",
            "The answer is about the person, and nobody had proven to be that person.",
        ),
        "asked_for_human" => ("Asked for a person", "The customer wanted to talk to a human."),
        "check_failed" => ("A safety check said no", "A draft existed, but a check on it did not pass."),
        "external_sender" => ("Unknown sender", "The message came from somebody outside the conversation."),
        "forwarded" => ("Forwarded message", "Forwarded messages are never answered automatically."),
        "search_unavailable" => (
            "The search could not be asked",
            "The place where everything is found could not be reached, so nothing was known.",
        ),
        "attachment" => (
            "A file or picture was needed",
            "What was asked stood in something that came along and that nobody had looked at.",
        ),
        "off" => ("Switched off", "Answering is switched off for this topic."),
        "nothing_asked" => ("Nothing was asked", "Thanks, a greeting or a confirmation."),
        "automatic" => ("Automatic message", "An auto-reply or a notification."),
        "human_owns" => ("A person was answering", "Somebody of the team was already in the conversation."),
        "other_bot_owns" => ("Another bot was answering", "Two machines in one conversation help nobody."),
        "workflow_collecting" => ("A form was running", "A workflow was collecting data from the customer."),
        "ticket_open" => ("A ticket was open", "The matter was already being worked on."),
        "outbound_reply" => {
            ("Reply to a campaign", "The customer replied to something the company had sent out.")
        }
        "too_late" => ("Too late", "The moment for an answer had passed."),
        other => return Meaning { title: sentence(other), text: "" },
    };
    Meaning { title: title.to_owned(), text }
}

/// Returns what a label of a human reply means.
pub(super) fn label(name: &str) -> Meaning {
    let known = Label::ALL.into_iter().find(|label| label.name() == name);
    let (title, text) = match known {
        Some(Label::Answered) => {
            ("Answered", "Told something that holds for anybody, or asked back. Text can do this.")
        }
        Some(Label::LookedUp) => ("Looked something up", "Needed a look into this customer's data."),
        Some(Label::DidSomething) => {
            ("Did something", "Changed something: a refund, a reset, a cancellation.")
        }
        Some(Label::Escalated) => ("Passed it on", "Handed the matter to somebody else."),
        Some(Label::Acknowledged) => {
            ("Only a courtesy", "Thanks, greetings, “one moment”. Nothing was needed.")
        }
        None => return Meaning { title: sentence(name), text: "" },
    };
    Meaning { title: title.to_owned(), text }
}

/// Returns what a mask lets an answer know.
pub(super) fn mask(mask: Mask) -> Meaning {
    let (title, text) = match mask {
        Mask::Strict => (
            "Only what was known then",
            "Articles and past conversations as they were a moment before the question.",
        ),
        Mask::Current => (
            "Today’s articles",
            "Articles as they are now; past conversations still only up to the question. Shows what better articles would bring, but they may have been written because of these very questions.",
        ),
        Mask::None => (
            "No blindfold",
            "Everything known today, the answer to the question itself included. Only to show how much looking ahead would flatter.",
        ),
    };
    Meaning { title: title.to_owned(), text }
}

/// Returns a name as the beginning of a sentence.
fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
