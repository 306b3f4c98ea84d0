//! Typed identifiers.
//!
//! Things derived from the outside (subjects, documents, versions, chunks) are UUIDv5 over what names them,
//! so the same input gives the same id again and a chunk's id is its point id in the engine. Events (jobs,
//! traces, merges) are UUIDv7, made by the caller's id source. The prefix (`doc_…`) is for display and the
//! wire; inside, ids are 16 bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The namespace of all derived ids; changing it would change every stored id.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0d_77f1_51c1_4a0c_9d1f_2b7a_2f6e_8b11);

/// A text that is no identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form `{prefix}_<32 hexadecimal digits>`")]
pub struct ParseError {
    text: String,
    prefix: &'static str,
}

/// Returns the UUIDv5 of `parts`, each preceded by its length so that no two lists run together.
fn derive(kind: &str, parts: &[&[u8]]) -> Uuid {
    let mut name = Vec::with_capacity(64);
    for part in std::iter::once(&kind.as_bytes()).chain(parts) {
        name.extend_from_slice(&(part.len() as u64).to_be_bytes());
        name.extend_from_slice(part);
    }
    Uuid::new_v5(&NAMESPACE, &name)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The prefix of the displayed form.
            pub const PREFIX: &'static str = $prefix;

            /// Wraps a UUID that is known to name such a thing.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Returns the bare UUID, as the store and the engine keep it.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                let error = || ParseError { text: text.to_owned(), prefix: $prefix };
                let bare = text.strip_prefix(concat!($prefix, "_")).ok_or_else(error)?;
                Uuid::try_parse(bare).map(Self).map_err(|_| error())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A company that uses Backstory.
    TenantId = "tn";
    /// One configured outside source of a tenant.
    SourceId = "src";
    /// One identity in one source: a contact, an imported account. Immutable; people are made of subjects.
    SubjectId = "sub";
    /// One human for one tenant, as the ledger sees it.
    PersonId = "per";
    /// A company among the tenant's customers.
    CompanyId = "co";
    /// An article, page, doc, a person's history of a conversation or a learned answer.
    DocumentId = "doc";
    /// One state of a document between two moments.
    VersionId = "ver";
    /// A piece of a version; also the point id in the engine.
    ChunkId = "chk";
    /// A conversation with a customer.
    ConversationId = "cnv";
    /// A unit of background work.
    JobId = "job";
    /// A key of the API.
    KeyId = "key";
    /// The record of one decision.
    TraceId = "trc";
    /// Something written into a conversation, or on its way there.
    OutgoingId = "out";
    /// An entry of the identity ledger.
    MergeId = "mrg";
    /// A secret under which identities are signed for the Messenger.
    SecretId = "sec";
    /// A request to a customer to prove who they are.
    StepUpId = "stp";
}

impl TenantId {
    /// Derives the tenant of a name; the name is unique within a data folder.
    #[must_use]
    pub fn derive(name: &str) -> Self {
        Self(derive("tenant", &[name.as_bytes()]))
    }
}

impl SourceId {
    /// Derives the source of a connector kind and the account (workspace, folder, site) it reads.
    #[must_use]
    pub fn derive(tenant: TenantId, kind: &str, account: &str) -> Self {
        Self(derive("source", &[tenant.0.as_bytes(), kind.as_bytes(), account.as_bytes()]))
    }
}

impl SubjectId {
    /// Derives the subject of an identity as its source names it.
    #[must_use]
    pub fn derive(source: SourceId, external: &str) -> Self {
        Self(derive("subject", &[source.0.as_bytes(), external.as_bytes()]))
    }
}

impl CompanyId {
    /// Derives the company that a tenant's sources name with `external`.
    #[must_use]
    pub fn derive(tenant: TenantId, external: &str) -> Self {
        Self(derive("company", &[tenant.0.as_bytes(), external.as_bytes()]))
    }
}

impl MergeId {
    /// Derives the entry for what a source did when it merged one subject into another. However often and in
    /// whatever words the source tells of it, it is the same entry; so an undo of it lasts.
    #[must_use]
    pub fn of_source(from: SubjectId, into: SubjectId) -> Self {
        Self(derive("source merge", &[from.0.as_bytes(), into.0.as_bytes()]))
    }
}

impl PersonId {
    /// Derives the person whose first subject is `subject`; a merge keeps the older of two ids.
    #[must_use]
    pub fn of_subject(subject: SubjectId) -> Self {
        Self(derive("person", &[subject.0.as_bytes()]))
    }
}

impl ConversationId {
    /// Derives the conversation that `source` names with `external`.
    #[must_use]
    pub fn derive(source: SourceId, external: &str) -> Self {
        Self(derive("conversation", &[source.0.as_bytes(), external.as_bytes()]))
    }
}

impl DocumentId {
    /// Derives the document that `source` names with `external`; `role` tells apart several documents made
    /// of one outside thing (a conversation's history and its learned answer).
    #[must_use]
    pub fn derive(source: SourceId, role: &str, external: &str) -> Self {
        Self(derive("document", &[source.0.as_bytes(), role.as_bytes(), external.as_bytes()]))
    }
}

impl VersionId {
    /// Derives the version of a document from the hash of all that makes it what it is.
    #[must_use]
    pub fn derive(document: DocumentId, content_hash: &[u8]) -> Self {
        Self(derive("version", &[document.0.as_bytes(), content_hash]))
    }
}

impl ChunkId {
    /// Derives the chunk at `position` of a version.
    #[must_use]
    pub fn derive(version: VersionId, position: u32) -> Self {
        Self(derive("chunk", &[version.0.as_bytes(), &position.to_be_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_and_parses_with_prefix() {
        let tenant = TenantId::derive("acme");
        assert!(tenant.to_string().starts_with("tn_"));
        assert_eq!(tenant.to_string().parse(), Ok(tenant));
        assert!(tenant.to_string().parse::<SourceId>().is_err());
    }

    #[test]
    fn parts_do_not_run_together() {
        let tenant = TenantId::derive("acme");
        assert_ne!(SourceId::derive(tenant, "ab", "c"), SourceId::derive(tenant, "a", "bc"));
        assert_eq!(SourceId::derive(tenant, "ab", "c"), SourceId::derive(tenant, "ab", "c"));
    }
}
