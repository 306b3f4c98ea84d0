//! From what a source says about a customer to the subject it names and the identifiers that count.

use std::fmt;

use domain::record::{RawCustomer, Role};
use domain::{SourceId, SubjectId};

use crate::identifier::{self, Identifier, Kind, Rejected, is_placeholder};
use crate::names::is_name;

/// By what a subject is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedBy {
    /// The strongest identifier that its source states.
    Identifier(Kind),
    /// Only the conversation in which it appeared: nobody knows who it is.
    Conversation,
}

/// The name from which a subject's id is derived: its strongest identifier, else its conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectName {
    by: NamedBy,
    text: String,
}

impl SubjectName {
    /// Returns the name of the subject that `identifier` names.
    #[must_use]
    pub fn of_identifier(identifier: &Identifier) -> Self {
        Self { by: NamedBy::Identifier(identifier.kind()), text: identifier.to_string() }
    }

    /// Returns the name of the unknown customer of a conversation.
    #[must_use]
    pub fn of_conversation(external_id: &str) -> Self {
        Self { by: NamedBy::Conversation, text: format!("conversation:{external_id}") }
    }

    /// Returns by what the subject is named.
    #[must_use]
    pub fn by(&self) -> NamedBy {
        self.by
    }

    /// Returns the text, such as `user_id:4711`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the id of the subject in `source`.
    #[must_use]
    pub fn subject(&self, source: SourceId) -> SubjectId {
        SubjectId::derive(source, &self.text)
    }
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A customer as far as the source's word counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The name of the subject.
    pub subject: SubjectName,
    /// All identifiers that count, strongest first.
    pub identifiers: Vec<Identifier>,
    /// Visitor where nothing identifies; else as the source says; else user with and lead without a
    /// `user_id`.
    pub role: Role,
    /// What the customer is called, where that is no placeholder.
    pub name: Option<String>,
    /// The source's ids of the companies, without placeholders.
    pub companies: Vec<String>,
    /// What was stated and identifies nobody. An absent or empty field is not among them.
    pub rejected: Vec<(Kind, Rejected)>,
}

impl Customer {
    /// Reads what a source says of the customer of the conversation `conversation`.
    #[must_use]
    pub fn read(raw: &RawCustomer, conversation: &str) -> Self {
        let stated = [
            (Kind::ContactId, &raw.contact_id),
            (Kind::UserId, &raw.account_id),
            (Kind::Email, &raw.email),
            (Kind::Phone, &raw.phone),
        ];
        let mut identifiers = Vec::new();
        let mut rejected = Vec::new();
        for (kind, text) in stated {
            match text.as_deref().map(|text| Identifier::parse(kind, text)) {
                None | Some(Err(Rejected::Empty)) => {}
                Some(Ok(identifier)) => identifiers.push(identifier),
                Some(Err(why)) => rejected.push((kind, why)),
            }
        }
        let subject = identifiers
            .first()
            .map_or_else(|| SubjectName::of_conversation(conversation), SubjectName::of_identifier);
        let has_user_id = identifiers.iter().any(|identifier| identifier.kind() == Kind::UserId);
        let role = match raw.role {
            _ if identifiers.is_empty() => Role::Visitor,
            Some(stated) => stated,
            None if has_user_id => Role::User,
            None => Role::Lead,
        };
        let real = |text: &&String| !is_placeholder(text);
        Self {
            subject,
            identifiers,
            role,
            name: raw
                .name
                .as_ref()
                .filter(|name| is_name(name))
                .map(|name| identifier::trim(name).to_owned()),
            companies: raw.companies.iter().filter(real).map(|id| identifier::trim(id).to_owned()).collect(),
            rejected,
        }
    }

    /// Reports whether nothing identifies this customer.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.identifiers.is_empty()
    }
}

#[cfg(test)]
mod tests;
