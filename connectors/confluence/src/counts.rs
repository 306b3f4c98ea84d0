//! What the site itself counts, to hold our own counts against.

use std::collections::BTreeMap;

use connector::Error;

use crate::catalogue::Kind;
use crate::client::Client;
use crate::config::Config;
use crate::wire::literal;

/// How many things the site says there are in a space. Attachments of all kinds are counted, also those that
/// are not read. The numbers come from the search, which learns of changes late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Pages.
    pub pages: Option<u64>,
    /// Blog posts.
    pub blog_posts: Option<u64>,
    /// Attachments.
    pub attachments: Option<u64>,
}

/// Asks the site how much there is in each chosen space, by its key; three calls a space.
///
/// # Errors
/// Any [`Error`].
pub async fn counts(config: &Config) -> Result<BTreeMap<String, Counts>, Error> {
    config.validate()?;
    let client = Client::new(config)?;
    client.prove().await?;
    let mut counts = BTreeMap::new();
    for space in client.spaces(config).await?.0 {
        let key = literal(&space.key);
        let of = |kind: Kind| format!("space = {key} and type = {}", kind.name());
        let count = Counts {
            pages: client.count(&of(Kind::Page)).await?,
            blog_posts: client.count(&of(Kind::BlogPost)).await?,
            attachments: client.count(&of(Kind::Attachment)).await?,
        };
        counts.insert(space.key, count);
    }
    Ok(counts)
}
