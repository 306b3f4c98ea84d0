//! Finding a reply again that may or may not have been written.
//!
//! Nothing that is hidden in a body survives Intercom: comments and attributes are stripped, and a visible
//! mark would be seen by customers. The API takes no id of ours either. So a reply is known by what it is:
//! the same teammate wrote the same words, to the same readers (a note or not). Words are compared without
//! markup, blanks, punctuation and addresses, because Intercom links addresses and adds them to labels. An
//! earlier reply with the very same words is told apart by its place: only parts after the message that was
//! answered count.

use connector::channel::{Addressee, Guard, Reply};
use domain::live::{LiveConversation, Part, PartKind};

use crate::html;

/// Reports whether a loaded part is this reply.
#[must_use]
pub fn carries(part: &Part, reply: &Reply) -> bool {
    let kind = match reply.to {
        Addressee::Agents => PartKind::Note,
        Addressee::Customers => PartKind::Message,
    };
    part.kind == kind
        && part.author_id.as_deref() == Some(&reply.as_teammate)
        && words(&part.text) == words(&reply.text)
}

/// Finds a reply among the parts that came after the message it answers.
#[must_use]
pub fn find_delivered<'a>(
    conversation: &'a LiveConversation,
    reply: &Reply,
    guard: &Guard,
) -> Option<&'a Part> {
    let answered = conversation.parts.iter().position(|part| part.id == guard.newest_message);
    let after = answered.map_or(0, |at| at + 1);
    conversation.parts[after..].iter().find(|part| carries(part, reply))
}

/// Returns the letters and digits of a text, in lower case and without addresses.
fn words(text: &str) -> String {
    let plain = html::plain(text);
    let is_address = |word: &str| word.contains("://");
    let words = plain.split_whitespace().filter(|word| !is_address(word));
    words.flat_map(str::chars).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use domain::{Author, Timestamp};

    use super::*;

    fn reply(text: &str, to: Addressee) -> Reply {
        Reply { conversation: "1".into(), to, text: text.into(), as_teammate: "5".into(), mark: "m".into() }
    }

    fn part(text: &str, kind: PartKind) -> Part {
        Part {
            id: "p".into(),
            kind,
            author: Author::Agent,
            author_id: Some("5".into()),
            author_email: None,
            at: Timestamp::MIN,
            channel: None,
            text: text.into(),
            recipients: Vec::new(),
            attachments: Vec::new(),
            redacted: false,
        }
    }

    #[test]
    fn is_known_by_its_words() {
        let ours = reply("Hold the button.\n\nSee https://help.example/a & wait 5 s.", Addressee::Customers);
        let shapes = [
            "Hold the button.\n\nSee https://help.example/a & wait 5 s.",
            "<p>Hold the button.</p><p>See <a href=\"https://help.example/a\" rel=\"nofollow\">https://help.example/a</a> &amp; wait 5 s.</p>",
            "Hold the  button. See https://help.example/a (https://help.example/a) & wait 5 s.",
        ];
        for shape in shapes {
            assert!(carries(&part(shape, PartKind::Message), &ours), "{shape}");
        }
        assert!(!carries(&part("Hold the button. See & wait 6 s.", PartKind::Message), &ours));
        assert!(!carries(&part(shapes[0], PartKind::Note), &ours), "a note is not a reply");
        let other = Part { author_id: Some("6".into()), ..part(shapes[0], PartKind::Message) };
        assert!(!carries(&other, &ours), "another teammate");
    }
}
