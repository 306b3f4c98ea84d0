//! From what Intercom says to our words. Pure, and it judges nothing.

pub(crate) mod content;
pub(crate) mod conversation;
pub(crate) mod live;
pub(crate) mod people;
pub(crate) mod ticket;

use domain::{Author, Timestamp};

use crate::wire;

/// Makes a moment of seconds since 1970.
pub(crate) fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

/// Says who an author is. An unknown word is "other", never a customer and never one of ours.
pub(crate) fn author(author: Option<&wire::Author>) -> Author {
    let Some(author) = author else { return Author::Other };
    // The bot called Operator is an admin in places; its address tells.
    let is_operator = author.email.as_deref().is_some_and(|email| {
        let email = email.to_ascii_lowercase();
        email.starts_with("operator+") && email.ends_with("@intercom.io")
    });
    match author.kind.as_deref() {
        Some("user" | "lead" | "contact") => Author::Customer,
        _ if author.from_ai_agent || author.is_ai_answer || is_operator => Author::Bot,
        Some("bot") => Author::Bot,
        Some("admin" | "team") => Author::Agent,
        _ => Author::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_told_apart() {
        let made = |kind: &str, email: &str, from_ai_agent| wire::Author {
            kind: Some(kind.to_owned()),
            email: Some(email.to_owned()),
            from_ai_agent,
            ..wire::Author::default()
        };
        for kind in ["user", "lead", "contact"] {
            assert_eq!(author(Some(&made(kind, "operator+1@intercom.io", false))), Author::Customer);
        }
        assert_eq!(author(Some(&made("admin", "bo@acme.example", false))), Author::Agent);
        assert_eq!(author(Some(&made("team", "", false))), Author::Agent);
        assert_eq!(author(Some(&made("admin", "operator+abcd@intercom.io", false))), Author::Bot);
        assert_eq!(author(Some(&made("admin", "bo@acme.example", true))), Author::Bot);
        assert_eq!(author(Some(&made("bot", "", false))), Author::Bot);
        assert_eq!(author(Some(&made("stranger", "", false))), Author::Other);
        assert_eq!(author(None), Author::Other);
    }
}
