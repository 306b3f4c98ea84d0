//! HTML to Markdown for articles, and to plain text for messages.
//!
//! Intercom stores HTML from its editor and from mails, so anything may come. Turning a tree into Markdown is
//! recursive: what is nested too deep is read as plain text instead, which is not.

use std::rc::Rc;

use htmd::options::{BulletListMarker, Options};
use htmd::{HtmlToMarkdown, Node};
use markup5ever_rcdom::NodeData;

/// Elements nested deeper than this are read as plain text; no editor makes such a page.
const DEEPEST: usize = 150;
/// Elements that may stand open in the markup at once; more would take time in the square of their number.
const MOST_OPEN: usize = 2_000;

/// What a reader never sees.
const HIDDEN: [&str; 10] =
    ["script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "title", "head"];
/// Elements that end a line.
const LINES: [&str; 6] = ["br", "div", "li", "tr", "dt", "dd"];
/// Elements with an empty line around them.
const BLOCKS: [&str; 14] =
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "blockquote", "section", "hr"];
/// Elements that HTML closes by itself or that have no end.
const SELF_CLOSING: [&str; 14] =
    ["p", "li", "dt", "dd", "tr", "td", "th", "br", "hr", "img", "input", "meta", "link", "col"];

/// Translates an article.
pub(crate) fn markdown(html: &str) -> String {
    if open_at_once(html) > MOST_OPEN {
        return without_tags(html);
    }
    let converter = HtmlToMarkdown::builder()
        .options(Options {
            bullet_list_marker: BulletListMarker::Dash,
            ul_bullet_spacing: 1,
            ol_number_spacing: 1,
            ..Options::default()
        })
        .skip_tags(HIDDEN.to_vec())
        .build();
    // A page that the translator trips over must not stop the pages after it.
    let translate = || {
        let tree = converter.html_to_tree(html).ok()?;
        Some(if depth(&tree) > DEEPEST { words(&tree) } else { converter.tree_to_markdown(&tree) })
    };
    let translated = std::panic::catch_unwind(std::panic::AssertUnwindSafe(translate)).ok().flatten();
    translated.unwrap_or_else(|| without_tags(html)).trim().to_owned()
}

/// Returns a message as plain text, whether it came as HTML or as text already.
pub(crate) fn plain(body: &str) -> String {
    if !is_html(body) {
        return tidy(body);
    }
    if open_at_once(body) > MOST_OPEN {
        return without_tags(body);
    }
    match HtmlToMarkdown::new().html_to_tree(body) {
        Ok(tree) => words(&tree),
        Err(_) => without_tags(body),
    }
}

/// Returns how many pictures a message shows to its reader; marks of a dot or two are for machines.
pub(crate) fn pictures(body: &str) -> usize {
    let is_dot = |tag: &str| {
        ["width", "height"]
            .iter()
            .any(|side| ["0", "1", "2"].iter().any(|size| tag.contains(&format!("{side}=\"{size}\""))))
    };
    let tags = body.split("<img ").skip(1).map(|after| after.split('>').next().unwrap_or_default());
    tags.filter(|tag| !is_dot(tag)).count()
}

/// Writes plain text with blank lines between paragraphs as the HTML that Intercom keeps.
pub(crate) fn from_plain(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let paragraphs = escaped.replace("\r\n", "\n");
    let paragraphs = paragraphs.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>", paragraph.replace('\n', "<br>"))).collect()
}

/// Reports whether a body is markup: asked for plain text, Intercom sends it; in some answers it cannot be
/// asked for.
fn is_html(body: &str) -> bool {
    let tags = [
        "</p>", "<br", "</div>", "</a>", "</li>", "</b>", "</i>", "</h1>", "</h2>", "</span>", "</td>",
        "<img ",
    ];
    body.contains('<') && tags.iter().any(|tag| body.contains(tag))
}

fn depth(tree: &Rc<Node>) -> usize {
    let mut deepest = 0;
    let mut steps = vec![(Rc::clone(tree), 0)];
    while let Some((node, depth)) = steps.pop() {
        deepest = deepest.max(depth);
        steps.extend(node.children.borrow().iter().map(|child| (Rc::clone(child), depth + 1)));
    }
    deepest
}

/// What is left to do in a walk over a tree.
enum Step {
    Node(Rc<Node>),
    Say(String),
}

/// Returns the words of a tree, a paragraph on lines of its own, a link as `label (address)`.
fn words(tree: &Rc<Node>) -> String {
    let mut text = String::new();
    let mut steps = vec![Step::Node(Rc::clone(tree))];
    while let Some(step) = steps.pop() {
        let node = match step {
            Step::Say(said) => {
                text.push_str(&said);
                continue;
            }
            Step::Node(node) => node,
        };
        match &node.data {
            NodeData::Text { contents } => {
                let contents = contents.borrow();
                // A line break in markup is a blank.
                text.push_str(&contents.replace(['\n', '\r', '\t'], " "));
            }
            NodeData::Element { name, attrs, .. } => {
                let tag: &str = &name.local;
                if HIDDEN.contains(&tag) {
                    continue;
                }
                let after = if LINES.contains(&tag) {
                    "\n".to_owned()
                } else if BLOCKS.contains(&tag) {
                    text.push_str("\n\n");
                    "\n\n".to_owned()
                } else if tag == "a" {
                    let href = attrs.borrow().iter().find(|attr| &*attr.name.local == "href").cloned();
                    href.map(|href| href.value.to_string())
                        .filter(|href| !href.is_empty() && *href != label(&node))
                        .map_or_else(String::new, |href| format!(" ({href})"))
                } else {
                    String::new()
                };
                steps.push(Step::Say(after));
            }
            _ => {}
        }
        steps.extend(node.children.borrow().iter().rev().map(|child| Step::Node(Rc::clone(child))));
    }
    tidy(&text)
}

/// Returns the text directly inside an element.
fn label(node: &Rc<Node>) -> String {
    let children = node.children.borrow();
    let texts = children.iter().filter_map(|child| match &child.data {
        NodeData::Text { contents } => Some(contents.borrow().to_string()),
        _ => None,
    });
    texts.collect::<String>().trim().to_owned()
}

/// Trims every line and keeps at most one empty line between others.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned()
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
    let mut parts = html.split('<');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push('\n');
        text.push_str(part.split_once('>').map_or("", |(_, after)| after));
    }
    tidy(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_a_reader_sees_it() {
        let html = "<p>Hi &amp; hello,<br>see <a href=\"https://help.example/a\">the guide</a>.</p>\n\
                    <p class=\"no-margin\"><a href=\"https://x.example\">https://x.example</a></p>\
                    <ul><li>one</li><li>two</li></ul><script>steal()</script>";
        assert_eq!(
            plain(html),
            "Hi & hello,\nsee the guide (https://help.example/a).\n\nhttps://x.example\n\none\ntwo"
        );
    }

    #[test]
    fn pictures_are_counted_and_dots_are_not() {
        let body = "<p>See <img src=\"a.png\" width=\"400\"> and <img src=\"b.png\"></p><img src=\"x\" width=\"1\" height=\"1\">";
        assert_eq!((pictures(body), pictures("an <imgur> link"), pictures("")), (2, 0, 0));
    }

    #[test]
    fn plain_text_stays() {
        assert_eq!(plain("1 < 2 and <b> is a tag\n\n\n\nEnd  "), "1 < 2 and <b> is a tag\n\nEnd");
    }

    #[test]
    fn what_we_write_is_read_again() {
        let text = "Dear <Ann> & \"Bo\",\n\nfirst line\nsecond line";
        let html = from_plain(text);
        assert_eq!(html, "<p>Dear &lt;Ann&gt; &amp; &quot;Bo&quot;,</p><p>first line<br>second line</p>");
        assert_eq!(plain(&html), text);
    }

    #[test]
    fn an_article_keeps_its_form() {
        let html = "<h2>Charge it</h2><p>Use the <b>green</b> charger.</p><ol><li>Plug in<li>Wait</ol><style>p{}</style>";
        assert_eq!(markdown(html), "## Charge it\n\nUse the **green** charger.\n\n1. Plug in\n2. Wait");
    }

    #[test]
    fn deep_nesting_overflows_nothing() {
        for depth in [1_000, 200_000] {
            let html = format!("{}core <b>text</b>{}", "<div>".repeat(depth), "</div>".repeat(depth));
            assert!(markdown(&html).replace('\n', " ").contains("core"), "{depth}");
            assert!(plain(&html).contains("core"), "{depth}");
        }
    }
}
