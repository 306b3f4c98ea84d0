//! What has to be looked up before a body can become Markdown.

use std::collections::BTreeSet;

use super::Named;
use super::parse::{Element, Node, parse};

/// More than this many things of a kind are not looked up for one page.
const MOST: usize = 200;

/// People and pages that a body names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Ids of people who are mentioned.
    pub(crate) people: BTreeSet<String>,
    /// Pages whose text is shown in this one.
    pub(crate) includes: BTreeSet<Named>,
}

/// Returns what a body of a page in `space` names.
pub(crate) fn needs(storage: &str, space: &str) -> Needs {
    let mut needs = Needs::default();
    // Most bodies name nobody and nothing: spare them the reading.
    if storage.contains("ri:user") || storage.contains("include") {
        visit(&parse(storage), space, &mut needs);
    }
    needs
}

fn visit(nodes: &[Node], space: &str, needs: &mut Needs) {
    for node in nodes {
        let Node::Element(element) = node else { continue };
        match element.name.as_str() {
            "ri:user" if needs.people.len() < MOST => needs.people.extend(person(element).map(str::to_owned)),
            "ac:structured-macro" | "ac:macro" if needs.includes.len() < MOST => {
                needs.includes.extend(included(element, space));
            }
            _ => {}
        }
        visit(&element.children, space, needs);
    }
}

/// Returns the id of a mentioned person; Cloud and Data Center name it differently.
pub(super) fn person(user: &Element) -> Option<&str> {
    ["ri:account-id", "ri:userkey", "ri:username"].iter().find_map(|name| user.attribute(name))
}

/// Returns which page an including macro means.
pub(super) fn included(element: &Element, space: &str) -> Option<Named> {
    if !matches!(element.attribute("ac:name"), Some("include" | "excerpt-include")) {
        return None;
    }
    let page = element.elements().filter(|parameter| parameter.name == "ac:parameter").find_map(page_of);
    if let Some(page) = page {
        let space = page.attribute("ri:space-key").unwrap_or(space);
        return Some((space.to_owned(), page.attribute("ri:content-title")?.to_owned()));
    }
    // Old pages name it as `SPACE:Title`.
    let text = element.setting("").or_else(|| element.setting("page"))?;
    match text.split_once(':').filter(|(space, _)| !space.contains(' ')) {
        Some((space, title)) => Some((space.to_owned(), title.to_owned())),
        None => Some((space.to_owned(), text)),
    }
}

fn page_of(parameter: &Element) -> Option<&Element> {
    let inside = parameter.child("ac:link").unwrap_or(parameter);
    inside.child("ri:page").or_else(|| inside.child("ri:blog-post"))
}
