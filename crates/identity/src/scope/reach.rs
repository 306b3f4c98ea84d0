//! What a scope allows.

use std::collections::BTreeSet;

use domain::{Access, Audience, Chunk, CompanyId, ConversationId, Kind, SubjectId, Timestamp};

/// What a scope allows, spelled out for a filter. Only a [`Scope`](super::Scope) makes one:
///
/// ```compile_fail,E0639
/// use identity::Reach;
/// fn everything(moment: domain::Timestamp) -> Reach {
///     Reach {
///         internal: true,
///         learned: true,
///         companies: Default::default(),
///         subjects: Default::default(),
///         articles_at: moment,
///         conversations_at: moment,
///         without: None,
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reach {
    /// Whether internal chunks are allowed.
    pub internal: bool,
    /// Whether learned answers are allowed although they are internal.
    pub learned: bool,
    /// The companies whose chunks are allowed.
    pub companies: BTreeSet<CompanyId>,
    /// The subjects whose chunks are allowed.
    pub subjects: BTreeSet<SubjectId>,
    /// The moment for articles.
    pub articles_at: Timestamp,
    /// The moment for histories and learned answers.
    pub conversations_at: Timestamp,
    /// The conversation of which nothing is allowed.
    pub without: Option<ConversationId>,
}

impl Reach {
    /// Reports whether `chunk` is within reach.
    #[must_use]
    pub fn allows(&self, chunk: &Chunk) -> bool {
        self.allows_access(&chunk.access())
    }

    /// Reports whether what a chunk is to be seen by is within reach, its texts unread.
    #[must_use]
    pub fn allows_access(&self, chunk: &Access) -> bool {
        let at = if chunk.kind == Kind::Article { self.articles_at } else { self.conversations_at };
        let in_time = chunk.valid_from <= at && at < chunk.valid_to;
        let own = self.without.is_some() && chunk.conversation == self.without;
        in_time && !own && self.allows_audience(chunk.audience, chunk.kind)
    }

    /// Reports whether text of this audience and kind is within reach, time apart.
    #[must_use]
    pub fn allows_audience(&self, audience: Audience, kind: Kind) -> bool {
        match audience {
            Audience::Public => true,
            Audience::Internal => self.internal || (self.learned && kind == Kind::LearnedAnswer),
            Audience::Company(company) => self.companies.contains(&company),
            Audience::Person(subject) => self.subjects.contains(&subject),
        }
    }
}
