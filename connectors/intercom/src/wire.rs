//! What Intercom sends, read as loosely as it is sent.
//!
//! The official descriptions contradict their own examples, and every version changes words and types. So
//! ids may be numbers or texts, everything may be null or missing, words are open sets, and an item of a
//! list that is no object costs itself and nothing else. What a value means is decided in `map`.

mod contact;
mod content;
mod conversation;
mod list;
pub(crate) mod loose;
mod notification;
mod ticket;

pub(crate) use contact::{Admin, Company, Contact};
pub(crate) use content::{Article, ArticleContent, HelpCenter, InternalArticle, Tag};
pub(crate) use conversation::{Attachment, Author, Conversation, Mail, Part, Source};
pub(crate) use list::{List, Next};
pub(crate) use notification::Notification;
pub(crate) use ticket::Ticket;

#[cfg(test)]
mod tests;
