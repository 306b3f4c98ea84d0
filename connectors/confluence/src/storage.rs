//! Confluence's storage format as Markdown.
//!
//! The format looks like XML and is not quite: prefixes are not declared, entities are those of HTML, and old
//! pages hold what no parser would accept. [`parse`](parse::parse) therefore reads anything, and nothing that
//! a reader of the page sees is lost on the way to Markdown. What Confluence computes when a page is shown
//! (lists of children, search results) is not in the storage format and not made up here.

mod anchors;
mod inline;
mod macros;
mod markdown;
mod needs;
mod parse;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use anchors::Anchors;
pub(crate) use needs::needs;

/// A page that another one includes, by space key and title.
pub(crate) type Named = (String, String);

/// What is around a page while it becomes Markdown.
#[derive(Debug, Default)]
pub(crate) struct Around {
    /// The address of the site, without a slash at its end.
    pub(crate) base: String,
    /// The key of the space the page is in.
    pub(crate) space: String,
    /// The id of the page.
    pub(crate) page: String,
    /// Names of people by their ids; absent where names must not be shown.
    pub(crate) names: Option<BTreeMap<String, String>>,
    /// Addresses of pages that are known.
    pub(crate) links: Arc<BTreeMap<Named, String>>,
    /// What the page includes, directly or through others.
    pub(crate) included: BTreeMap<Named, Included>,
}

/// What became of an included page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Included {
    /// Its body may be shown where it is included.
    Body { page: String, storage: String },
    /// Fewer people may see it than the page that includes it.
    Closed,
    /// It is not there, or was not looked for.
    Missing,
}

/// Returns the body of a page as Markdown, with headings that link to their own places at its address.
pub(crate) fn page(storage: &str, around: &Around, address: &str, rule: Anchors) -> String {
    let mut context = markdown::Context::new(around);
    context.places = Some(anchors::Places::new(address, rule));
    context.document(&parse::parse(storage))
}

/// Returns a body as Markdown.
pub(crate) fn markdown(storage: &str, around: &Around) -> String {
    let mut context = markdown::Context::new(around);
    context.document(&parse::parse(storage))
}

/// Returns the address under which Confluence shows a page by its title.
pub(crate) fn display_url(base: &str, space: &str, title: &str) -> String {
    format!("{base}/display/{}/{}", encode(space), encode(title).replace("%20", "+"))
}

/// Encodes a segment of a path.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
