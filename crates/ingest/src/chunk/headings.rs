//! The headings above a place, and where a reader finds them.
//!
//! A source may write a heading as a link to its own place in the document, where that cannot be made up from the
//! words. Such a link leads nowhere else than into the document itself: what it adds to the document's address is
//! kept as the place, and the heading is read as if it were written without. Any other link is text as before.

use std::borrow::Cow;
use std::ops::Range;

use domain::Place;
use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};

/// A heading is repeated in every piece below it, so only its beginning is, up to this many characters. The text
/// of the piece that holds it has it whole.
const HEADING_CHARS: usize = 200;
/// No place is named by more than this many bytes.
const PLACE_BYTES: usize = 1_000;

/// A heading of a text.
pub(super) struct Heading {
    at: usize,
    level: usize,
    text: String,
    /// What the source itself says leads here, behind the address of the document.
    place: Option<String>,
}

/// A link in the heading that is being read.
struct Link {
    range: Range<usize>,
    target: String,
    /// Where what it shows ends.
    shown_until: usize,
}

/// The heading that is being read.
struct Open {
    heading: Heading,
    links: Vec<Link>,
    in_link: bool,
    /// Whether anything stands beside the links.
    beside: bool,
}

/// Returns a text without the links of headings to their own places at `url`, and its headings.
pub(super) fn read<'a>(markdown: &'a str, url: Option<&str>) -> (Cow<'a, str>, Vec<Heading>) {
    let mut headings = Vec::new();
    let mut plain = String::new();
    let mut copied = 0;
    let mut open: Option<Open> = None;
    for (event, range) in Parser::new(markdown).into_offset_iter() {
        let Some(inside) = &mut open else {
            if let Event::Start(Tag::Heading { level, .. }) = event {
                let heading =
                    Heading { at: range.start, level: level as usize, text: String::new(), place: None };
                open = Some(Open { heading, links: Vec::new(), in_link: false, beside: false });
            }
            continue;
        };
        match event {
            Event::End(TagEnd::Heading(_)) => {
                let Some(Open { mut heading, links, beside, .. }) = open.take() else { continue };
                let removed = copied - plain.len();
                heading.at -= removed;
                if let ([link], false, Some(url)) = (links.as_slice(), beside, url)
                    && let Some(place) = place_in(url, &link.target)
                {
                    heading.place = Some(place.to_owned());
                    plain.push_str(&markdown[copied..link.range.start]);
                    plain.push_str(&markdown[link.range.start + 1..link.shown_until]);
                    copied = link.range.end;
                }
                headings.push(heading);
                continue;
            }
            Event::Start(Tag::Link { link_type: LinkType::Inline, dest_url, .. }) => {
                let shown_until = range.start + 1;
                inside.links.push(Link { range, target: dest_url.into_string(), shown_until });
                inside.in_link = true;
                continue;
            }
            Event::End(TagEnd::Link) => {
                inside.in_link = false;
                continue;
            }
            Event::Text(ref text) | Event::Code(ref text) => inside.heading.text.push_str(text),
            _ => {}
        }
        match inside.links.last_mut().filter(|_| inside.in_link) {
            Some(link) => link.shown_until = link.shown_until.max(range.end),
            None => inside.beside = true,
        }
    }
    if copied == 0 {
        return (Cow::Borrowed(markdown), headings);
    }
    plain.push_str(&markdown[copied..]);
    (Cow::Owned(plain), headings)
}

/// Returns what `target` adds to the address of its document: a query, a fragment or both. Nothing when it leads
/// anywhere else, or holds what could mean another address to whoever reads it.
fn place_in<'a>(url: &str, target: &'a str) -> Option<&'a str> {
    let (home, query) = domain::document::split_address(url);
    let place = target.strip_prefix(home).filter(|place| place.starts_with(['?', '#']))?;
    let (own_query, fragment) = place.split_at(place.find('#').unwrap_or(place.len()));
    // A query may say which document is meant.
    let keeps = query.is_empty()
        || own_query.strip_prefix(query).is_some_and(|more| more.is_empty() || more.starts_with('&'));
    let is_word = |text: &str, also: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.as_bytes().contains(&byte))
    };
    let more = own_query.strip_prefix(query).unwrap_or(own_query);
    let more = more.strip_prefix('?').unwrap_or(more);
    let is_plain = is_word(more, "=&._-") && is_word(fragment.strip_prefix('#').unwrap_or(""), "=&._~%-");
    (keeps && is_plain && !home.is_empty() && place.len() <= PLACE_BYTES).then_some(place)
}

/// The headings above a place that only moves forward, so that a text with many headings is walked through once.
pub(super) struct Path {
    /// Headings that are still to come, the next one last.
    ahead: Vec<Heading>,
    open: Vec<Heading>,
}

impl Path {
    pub(super) fn new(mut headings: Vec<Heading>) -> Self {
        headings.reverse();
        Self { ahead: headings, open: Vec::new() }
    }

    fn enter(&mut self, heading: Heading) {
        self.open.retain(|above| above.level < heading.level);
        self.open.push(heading);
    }

    /// Returns the headings above the first text of a piece; a piece that begins with its heading is under it.
    pub(super) fn at(&mut self, start: usize, end: usize) -> Place {
        while let Some(heading) = self.ahead.pop_if(|heading| heading.at < start) {
            self.enter(heading);
        }
        let mut path: Vec<&Heading> = self.open.iter().collect();
        if let Some(inside) = self.ahead.last().filter(|heading| heading.at < end) {
            path.retain(|above| above.level < inside.level);
            path.push(inside);
        }
        let heading_path: Vec<String> =
            path.iter().map(|heading| domain::text::shorten(&heading.text, HEADING_CHARS)).collect();
        let derived = || heading_path.last().map(|last| slug(last)).filter(|slug| !slug.is_empty());
        let anchor = path.last().and_then(|last| last.place.clone()).or_else(derived);
        Place { heading_path, anchor }
    }
}

/// Returns the fragment that common Markdown renderers give a heading.
fn slug(heading: &str) -> String {
    let mut slug = String::new();
    for character in heading.to_lowercase().chars() {
        if character.is_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOC: &str = "https://docs.example/document/d/1a/edit";

    fn places(markdown: &str, url: &str) -> (String, Vec<(String, Option<String>)>) {
        let (plain, headings) = read(markdown, Some(url));
        for heading in &headings {
            assert!(plain[heading.at..].starts_with(['#', '[', 'P']), "{plain} {}", heading.at);
        }
        let headings = headings.into_iter().map(|heading| (heading.text, heading.place)).collect();
        (plain.into_owned(), headings)
    }

    #[test]
    fn a_heading_that_links_to_its_own_place_is_read_without_the_link() {
        let text = format!(
            "# [One \\*1\\* & **two**]({DOC}?tab=t.0#heading=h.1)\n\nText [a]({DOC}#x).\n\n## [`b`]({DOC}#heading=h.2)\n\nMore.\n\nPlain\n---\n"
        );
        let (plain, headings) = places(&text, DOC);
        assert_eq!(
            plain,
            format!("# One \\*1\\* & **two**\n\nText [a]({DOC}#x).\n\n## `b`\n\nMore.\n\nPlain\n---\n")
        );
        let expected =
            [("One *1* & two", Some("?tab=t.0#heading=h.1")), ("b", Some("#heading=h.2")), ("Plain", None)];
        let found: Vec<(&str, Option<&str>)> =
            headings.iter().map(|(text, place)| (text.as_str(), place.as_deref())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_heading_that_leads_elsewhere_stays_as_it_is() {
        for target in [
            "https://evil.example/document/d/1a/edit#x".to_owned(),
            "https://docs.example.evil.example/document/d/1a/edit#x".to_owned(),
            "https://docs.example@evil.example/document/d/1a/edit#x".to_owned(),
            "http://docs.example/document/d/1a/edit#x".to_owned(),
            "//docs.example/document/d/1a/edit#x".to_owned(),
            "https://docs.example/document/d/1b/edit#x".to_owned(),
            "https://docs.example/document/d/1a/editor#x".to_owned(),
            "https://docs.example/document/d/1a/edit/../../2/edit#x".to_owned(),
            "#x".to_owned(),
            DOC.to_owned(),
            format!("{DOC}.evil.example/#x"),
            format!("{DOC}@evil.example/#x"),
            format!("{DOC}?next=https://evil.example"),
            format!("{DOC}?next=%2F%2Fevil.example"),
            format!("{DOC}?next=//evil.example"),
            format!("{DOC}#/elsewhere"),
            format!("{DOC}#!/elsewhere"),
            format!("{DOC}#x#https://evil.example"),
            format!("{DOC}#{}", "x".repeat(2_000)),
        ] {
            assert_eq!(place_in(DOC, &target), None, "{target}");
            let text = format!("# [Title](<{target}>)\n\nText.");
            let (plain, headings) = places(&text, DOC);
            assert_eq!((plain.as_str(), headings[0].1.as_deref()), (text.as_str(), None), "{target}");
        }
        for text in [
            format!("# [Title]({DOC}#x) and more"),
            format!("# [Title]({DOC}#x) [More]({DOC}#y)"),
            format!("# Title <{DOC}#x>"),
            format!("# <{DOC}#x>"),
            format!("- [Title]({DOC}#x)"),
            format!("# ![Title]({DOC}#x)"),
        ] {
            let (plain, headings) = places(&text, DOC);
            assert!(plain == text && headings.iter().all(|(_, place)| place.is_none()), "{text}");
        }
    }

    #[test]
    fn a_query_that_says_which_document_it_is_stays() {
        let url = "https://wiki.example/pages/viewpage.action?pageId=5";
        for (target, place) in [
            ("https://wiki.example/pages/viewpage.action?pageId=5#A-b", Some("?pageId=5#A-b")),
            ("https://wiki.example/pages/viewpage.action?pageId=5&tab=2", Some("?pageId=5&tab=2")),
            ("https://wiki.example/pages/viewpage.action?pageId=55#A-b", None),
            ("https://wiki.example/pages/viewpage.action?pageId=6#A-b", None),
            ("https://wiki.example/pages/viewpage.action#A-b", None),
        ] {
            assert_eq!(place_in(url, target), place, "{target}");
        }
    }
}
