//! HTML to Markdown: what a reader of the page would see, with its title and language.

use std::rc::Rc;

use htmd::options::{BulletListMarker, Options};
use htmd::{Element, HtmlToMarkdown, Node, element_handler::Handlers};
use markup5ever_rcdom::NodeData;

/// Elements nested deeper than this are written as plain text: turning a tree into Markdown is recursive, and
/// no page that people made is nested so deep.
const DEEPEST: usize = 200;

/// Elements that may stand open in the markup at once; more would take time in the square of their number.
const MOST_OPEN: usize = 2_000;

/// What a reader never sees.
const HIDDEN: [&str; 12] = [
    "script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "audio", "video",
    "title", "head",
];

/// Elements that end a line of plain text.
const BLOCKS: [&str; 19] = [
    "p", "div", "br", "li", "ul", "ol", "table", "tr", "td", "th", "section", "article", "h1", "h2", "h3",
    "h4", "h5", "h6", "pre",
];

/// Elements that HTML closes by itself or that have no end, so that an open one says nothing about depth.
const SELF_CLOSING: [&str; 26] = [
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "option", "optgroup",
    "br", "hr", "img", "input", "meta", "link", "col", "area", "base", "embed", "source", "wbr", "track",
];

/// A page as text.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Html {
    /// The title of the page, else its first heading.
    pub(crate) title: Option<String>,
    /// The language that the page states.
    pub(crate) language: Option<String>,
    /// What the page says.
    pub(crate) markdown: String,
    /// What a person should know about the translation.
    pub(crate) note: Option<String>,
}

/// Translates a page; soup is read as a browser would read it.
pub(crate) fn read(html: &str) -> Html {
    if open_at_once(html) > MOST_OPEN {
        return flat(without_tags(html));
    }
    // A page that the translator trips over must not stop the pages after it.
    std::panic::catch_unwind(|| translate(html)).unwrap_or_else(|_| flat(without_tags(html)))
}

fn translate(html: &str) -> Html {
    let converter = converter();
    // The parser takes anything; its result has an error type only because it could read from a stream.
    let Ok(tree) = converter.html_to_tree(html) else {
        return flat(without_tags(html));
    };
    let mut page = Survey::default();
    page.walk(&tree);
    let title =
        [page.title, page.heading].into_iter().map(|text| squeeze(&text)).find(|text| !text.is_empty());
    let Html { markdown, note, .. } = if page.depth > DEEPEST {
        flat(lines(&page.text))
    } else {
        Html { markdown: converter.tree_to_markdown(&tree), ..Html::default() }
    };
    Html { title, language: page.language, markdown, note }
}

/// Returns a page of which only the words could be kept.
fn flat(markdown: String) -> Html {
    let note = "is too deeply nested to be read as a page; read as plain text without headings and links";
    Html { markdown, note: Some(note.to_owned()), ..Html::default() }
}

fn converter() -> HtmlToMarkdown {
    let options = Options {
        bullet_list_marker: BulletListMarker::Dash,
        ul_bullet_spacing: 1,
        ol_number_spacing: 1,
        ..Options::default()
    };
    HtmlToMarkdown::builder()
        .options(options)
        .skip_tags(HIDDEN.to_vec())
        .add_handler(vec!["img"], |handlers: &dyn Handlers, element: Element<'_>| {
            let attribute = |name: &str| {
                element.attrs.iter().find(|attr| &*attr.name.local == name).map(|attr| attr.value.to_string())
            };
            // A picture inside the page is thousands of characters that say nothing; its description stays.
            if attribute("src").is_some_and(|src| src.trim_start().starts_with("data:")) {
                return attribute("alt").map(Into::into);
            }
            handlers.fallback(element)
        })
        .build()
}

/// What one walk over the tree finds, without recursion.
#[derive(Debug, Default)]
struct Survey {
    title: String,
    heading: String,
    language: Option<String>,
    text: String,
    depth: usize,
}

/// Inside which element a text stands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Inside {
    Body,
    Head,
    Title,
    Heading,
    Hidden,
}

impl Survey {
    fn walk(&mut self, tree: &Rc<Node>) {
        // The second kind of step ends the line of a block after its children.
        let mut steps = vec![(Some(Rc::clone(tree)), Inside::Body, 0)];
        while let Some((node, inside, depth)) = steps.pop() {
            let Some(node) = node else {
                self.text.push('\n');
                continue;
            };
            self.depth = self.depth.max(depth);
            let mut inside = inside;
            match &node.data {
                NodeData::Text { contents } => self.take(&contents.borrow(), inside),
                NodeData::Element { name, attrs, .. } => {
                    let tag: &str = &name.local;
                    if tag == "html" {
                        let lang = attrs.borrow().iter().find(|attr| &*attr.name.local == "lang").cloned();
                        self.language = lang.map(|attr| attr.value.to_string());
                    }
                    inside = self.enter(tag, inside);
                    if BLOCKS.contains(&tag) {
                        self.text.push('\n');
                        steps.push((None, inside, depth));
                    }
                }
                _ => {}
            }
            let children = node.children.borrow();
            steps.extend(children.iter().rev().map(|child| (Some(Rc::clone(child)), inside, depth + 1)));
        }
    }

    fn enter(&self, tag: &str, inside: Inside) -> Inside {
        match tag {
            "title" if self.title.is_empty() && inside == Inside::Head => Inside::Title,
            "head" => Inside::Head,
            _ if HIDDEN.contains(&tag) => Inside::Hidden,
            "h1" if self.heading.is_empty() => Inside::Heading,
            _ => inside,
        }
    }

    fn take(&mut self, text: &str, inside: Inside) {
        match inside {
            Inside::Hidden | Inside::Head => return,
            Inside::Title => return self.title.push_str(text),
            Inside::Heading => self.heading.push_str(text),
            Inside::Body => {}
        }
        self.text.push_str(text);
    }
}

/// Returns how many elements stand open at most, judged by the markup alone.
fn open_at_once(html: &str) -> usize {
    let (mut open, mut most) = (0usize, 0usize);
    for part in html.split('<').skip(1) {
        let (closes, name) = part.strip_prefix('/').map_or((false, part), |name| (true, name));
        let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
        if name.is_empty() || SELF_CLOSING.iter().any(|tag| tag.eq_ignore_ascii_case(name)) {
            continue;
        }
        open = if closes { open.saturating_sub(1) } else { open + 1 };
        most = most.max(open);
    }
    most
}

/// Removes everything in angle brackets: for markup that is not worth reading as a tree.
fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut parts = html.split('<');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        text.push('\n');
        text.push_str(part.split_once('>').map_or("", |(_, after)| after));
    }
    lines(&text)
}

/// Returns the lines that say something, each on its own.
fn lines(text: &str) -> String {
    text.lines().map(squeeze).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pieces of markup in any order.
    fn soup() -> impl Strategy<Value = String> {
        let markup = prop::sample::select(vec![
            "<p>",
            "</p>",
            "<div",
            ">",
            "</div>",
            "<ul><li>",
            "</ul>",
            "<ol start=\"x\">",
            "<table>",
            "<tr><td>",
            "</table>",
            "<pre>",
            "</pre>",
            "<code>",
            "</code>",
            "<b>",
            "</i>",
            "<a href=\"",
            "\">",
            "</a>",
            "<h1>",
            "</h2>",
            "<blockquote>",
            "<img src=x>",
            "<br/>",
            "&amp;",
            "&#0;",
            "&bogus",
            "<!-- x -->",
            "<![CDATA[",
            "]]>",
            "<?php",
            "?>",
            "<svg>",
            "</svg>",
            "<math>",
            "<span class=\"math math-inline\">",
            "<form><input>",
            "\u{202e}",
            "```",
            "\n\n",
            "  ",
        ]);
        let piece = prop_oneof![markup.prop_map(str::to_owned), "[a-zäß]{2,6}"];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_soup_trips_the_translator(html in soup()) {
            translate(&html);
        }

        #[test]
        fn words_between_ordinary_tags_are_kept(
            words in prop::collection::vec("[a-z]{3,8}", 1..12),
            tags in prop::collection::vec(prop::sample::select(vec![
                "<p>", "</p>", "<div>", "</div>", "<li>", "</ul>", "<b>", "</i>", "<h2>", "<td>", "<tr>", "</table>",
                "<blockquote>", "<br>", "<em>", "</em>", "<code>", "<pre>",
            ]), 12),
        ) {
            let html: String = words.iter().zip(&tags).map(|(word, tag)| format!("{tag} {word} ")).collect();
            let page = read(&html);
            for word in &words {
                prop_assert!(page.markdown.contains(word.as_str()), "{} in {:?} of {}", word, page.markdown, html);
            }
        }
    }

    #[test]
    fn reads_a_page_as_a_reader_sees_it() {
        let page = read(
            "<!doctype html><html lang=\"de-AT\"><head><title> Akku\n laden </title><style>p{}</style>\
             <script>track('secret')</script></head><body><h1>Den Akku laden</h1><p>Erst <b>prüfen</b>, \
             dann <a href=\"/laden\">laden</a>.<ul><li>eins<li>zwei</ul><!-- note --><noscript>x</noscript>\
             <img src=\"data:image/png;base64,AAAA\" alt=\"Lampe\"><img src=\"a.png\" alt=\"Bild\">\
             <table><tr><th>A<th>B<tr><td>1<td>2</table></body></html>",
        );
        assert_eq!(page.title.as_deref(), Some("Akku laden"));
        assert_eq!(page.language.as_deref(), Some("de-AT"));
        assert_eq!(page.note, None);
        let expected = "# Den Akku laden\n\nErst **prüfen**, dann [laden](/laden).\n\n- eins\n- zwei\n\n\
                        Lampe![Bild](a.png)\n\n| A | B |\n| - | - |\n| 1 | 2 |";
        assert_eq!(page.markdown, expected);
    }

    #[test]
    fn the_heading_stands_in_for_the_title() {
        let page = read("<h1>Reset <i>your</i> password</h1><h1>Other</h1><p>Text");
        assert_eq!(page.title.as_deref(), Some("Reset your password"));
        assert_eq!(read("<p>Text").title, None);
        assert_eq!(read("<svg><title>Icon</title></svg><h1>Page</h1>").title.as_deref(), Some("Page"));
    }

    #[test]
    fn soup_is_read_as_a_browser_would() {
        let page =
            read("<p>one<div>two</p></b></i></table><td>three &amp; &unknown; < 4 <b>five<i>six</b>seven");
        for word in ["one", "two", "three & &unknown; < 4", "five", "six", "seven"] {
            assert!(page.markdown.replace('\\', "").contains(word), "{word} in {:?}", page.markdown);
        }
        assert_eq!(read("").markdown, "");
        assert_eq!(read("<<<>>><!-- ").note, None);
    }

    #[test]
    fn deep_nesting_is_flattened_not_overflowed() {
        let deep =
            format!("<title>T</title>{}core <b>text</b>{}end", "<div>".repeat(1_000), "</div>".repeat(1_000));
        let page = read(&deep);
        assert_eq!(page.markdown, "core text\nend");
        assert_eq!(page.title.as_deref(), Some("T"));
        assert!(page.note.unwrap().contains("plain text"));
        let page = read(&format!("{}core<script>a</script>", "<div class=x>".repeat(1_000_000)));
        assert!(page.markdown.starts_with("core"));
        assert!(page.note.is_some());
    }

    #[test]
    fn what_is_nested_within_reason_keeps_its_form() {
        for (open, close) in [("<div>", "</div>"), ("<blockquote>", "</blockquote>"), ("<ul><li>", "</ul>")] {
            let page = read(&format!("{}<h2>core</h2>{}", open.repeat(90), close.repeat(90)));
            assert_eq!(page.note, None);
            assert!(page.markdown.contains("## core"), "{}", page.markdown);
        }
    }

    #[test]
    fn unclosed_paragraphs_are_not_deep() {
        let page = read(&"<p>one<li>two<td>three".repeat(5_000));
        assert_eq!(page.note, None);
        assert_eq!(page.markdown.matches("three").count(), 5_000);
    }
}
