//! Where a reader finds the headings of a page.
//!
//! Cloud makes the id of a heading of its words, with a hyphen for each blank and everything else as it is. Data
//! Center puts the title of the page before it and drops the blanks of both. The second heading with the same
//! words has `.1` behind them. A link says so, because no renderer of Markdown would make up the same.

use std::collections::BTreeMap;

use super::encode;
use super::parse::{Element, Node};

/// How a site names its headings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Anchors {
    /// As Cloud does.
    Words,
    /// As Data Center does, behind the title of the page.
    TitleAndWords(String),
}

/// The places of a page's headings.
pub(super) struct Places {
    /// The address of the page, without a fragment.
    address: String,
    rule: Anchors,
    /// How often words were headings already.
    met: BTreeMap<String, usize>,
}

/// Elements that add nothing to the words of a heading.
const PLAIN: [&str; 13] = [
    "strong",
    "b",
    "em",
    "i",
    "u",
    "s",
    "del",
    "code",
    "span",
    "sub",
    "sup",
    "font",
    "ac:inline-comment-marker",
];

impl Places {
    pub(super) fn new(address: &str, rule: Anchors) -> Self {
        let address = address.split('#').next().unwrap_or_default().replace(['<', '>', '\n', ' '], "");
        Self { address, rule, met: BTreeMap::new() }
    }

    /// Returns the address of a heading that is written as `text`. Nothing where it holds more than words, since
    /// that has no known name or cannot stand in a link.
    pub(super) fn of(&mut self, heading: &Element, text: &str, is_included: bool) -> Option<String> {
        let id = self.id(&heading.text()).filter(|_| is_plain(heading))?;
        let before = self.met.entry(id.clone()).or_default();
        let id = if *before == 0 { id } else { format!("{id}.{before}") };
        *before += 1;
        // The title before the words would be that of another page.
        let is_known = !(is_included && matches!(self.rule, Anchors::TitleAndWords(_)));
        (is_known && !text.contains(['[', ']', '<'])).then(|| format!("{}#{}", self.address, encode(&id)))
    }

    fn id(&self, words: &str) -> Option<String> {
        let is_blank = |char: char| char.is_whitespace() || char == '\u{feff}';
        let words = words.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let words = words.trim_matches(is_blank);
        if words.is_empty() {
            return None;
        }
        Some(match &self.rule {
            Anchors::Words => words.replace(is_blank, "-"),
            Anchors::TitleAndWords(title) => {
                format!("{}-{}", title.replace(is_blank, ""), words.replace(is_blank, ""))
            }
        })
    }
}

/// Reports whether a heading holds words and their emphasis alone.
fn is_plain(element: &Element) -> bool {
    element.children.iter().all(|node| match node {
        Node::Text(_) => true,
        Node::Element(inner) => PLAIN.contains(&inner.name.as_str()) && is_plain(inner),
    })
}
