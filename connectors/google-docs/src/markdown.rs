//! A Google Doc as Markdown: all tabs, in order, with headings that link into the document.
//!
//! A heading is written as a link to its own place, because Docs finds a place by an id that no renderer could
//! make up from the words. Where a document has several tabs, each begins with its title as a heading and its own
//! headings go below. What only suggests a change is left out, and so are headers, footers and the table of
//! contents, which repeat. Private-use and control characters stand for things without text and are dropped.

mod block;
mod inline;
mod table;

use crate::wire::doc::{Document, DocumentTab, Tab};
use block::Writer;
pub(crate) use inline::clean;

/// Whether people are named whom a document mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// They are, because only agents read it.
    Shown,
    /// They are covered.
    Covered,
}

/// What a tab is written with.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The id of the document.
    pub(crate) document: &'a str,
    /// The id of the tab.
    pub(crate) tab: &'a str,
    /// How many levels the headings of the tab are moved down.
    pub(crate) down: usize,
    pub(crate) names: Names,
    pub(crate) parts: &'a DocumentTab,
}

/// Returns the address of a document.
pub(crate) fn address(document: &str) -> String {
    format!("https://docs.google.com/document/d/{document}/edit")
}

/// Returns the address of a tab, or of a heading or bookmark in it.
pub(crate) fn place(document: &str, tab: &str, fragment: Option<(&str, &str)>) -> String {
    let is_plain = |id: &str| {
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    let mut url = address(document);
    if is_plain(tab) {
        url = format!("{url}?tab={tab}");
    }
    match fragment.filter(|(_, id)| is_plain(id)) {
        Some((kind, id)) => format!("{url}#{kind}={id}"),
        None => url,
    }
}

/// Writes a document.
pub(crate) fn render(document: &Document, id: &str, names: Names) -> String {
    let several = document.tabs.len() > 1 || document.tabs.iter().any(|tab| !tab.child_tabs.is_empty());
    let mut blocks = Vec::new();
    for tab in &document.tabs {
        write_tab(tab, id, names, several.then_some(1), &mut blocks);
    }
    let mut text = blocks.join("\n\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Writes a tab and those in it; `level` is that of its heading, when tabs have headings.
fn write_tab(tab: &Tab, document: &str, names: Names, level: Option<usize>, blocks: &mut Vec<String>) {
    let empty = DocumentTab::default();
    let parts = tab.document_tab.as_ref().unwrap_or(&empty);
    let id = tab.tab_properties.tab_id.as_str();
    let context = Context { document, tab: id, down: level.unwrap_or(0), names, parts };
    if let Some(level) = level {
        let title = inline::escape(&clean(&tab.tab_properties.title));
        let title = if title.trim().is_empty() { "Untitled tab" } else { title.trim() };
        blocks.push(format!("{} [{title}]({})", "#".repeat(level.min(6)), place(document, id, None)));
    }
    let mut writer = Writer::new(context);
    writer.blocks(&parts.body.content);
    blocks.extend(writer.finish());
    for child in &tab.child_tabs {
        write_tab(child, document, names, level.map(|level| level + 1), blocks);
    }
}

#[cfg(test)]
mod tests;
