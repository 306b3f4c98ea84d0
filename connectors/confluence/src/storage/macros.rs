//! Macros: what each one shows, and a name for those that are not known.

use super::Included;
use super::markdown::{Context, inline_code};
use super::needs::included;
use super::parse::{Element, Node, parse};

/// Macros that Confluence fills when a page is shown; they hold nothing that was written.
const COMPUTED: [&str; 24] = [
    "toc",
    "children",
    "pagetree",
    "pagetreesearch",
    "recently-updated",
    "recently-updated-dashboard",
    "contentbylabel",
    "attachments",
    "gallery",
    "livesearch",
    "search",
    "index",
    "blog-posts",
    "space-details",
    "create-from-template",
    "contributors",
    "contributors-summary",
    "change-history",
    "related-labels",
    "labels-list",
    "popular-labels",
    "listlabels",
    "content-report-table",
    "tasks-report-macro",
];
/// Macros that stand in a line.
const INLINE: [&str; 15] = [
    "status",
    "anchor",
    "jira",
    "jiraissues",
    "mention",
    "profile",
    "color",
    "view-file",
    "viewpdf",
    "viewdoc",
    "viewxls",
    "viewppt",
    "widget",
    "iframe",
    "loremipsum",
];
/// Pages inside of pages beyond this depth are named and not shown.
const DEEPEST: usize = 8;

/// Reports whether a macro stands in a line.
pub(super) fn is_inline(element: &Element) -> bool {
    INLINE.contains(&element.attribute("ac:name").unwrap_or_default())
}

fn name_of(element: &Element) -> &str {
    element.attribute("ac:name").unwrap_or("unnamed")
}

impl Context<'_> {
    pub(super) fn inline_macro(&mut self, element: &Element, out: &mut String) {
        match name_of(element) {
            "status" => {
                let title = element.setting("title").or_else(|| element.setting("colour"));
                out.push_str(&title.map(|title| format!("[{title}]")).unwrap_or_default());
            }
            "anchor" => {}
            "jira" | "jiraissues" => {
                let shown =
                    ["key", "jqlQuery", "jqlquery", "url"].iter().find_map(|name| element.setting(name));
                out.push_str(&shown.map_or("[Jira]".to_owned(), |shown| format!("[Jira: {shown}]")));
            }
            "profile" | "mention" => {
                let user = element.elements().find_map(|parameter| parameter.child("ri:user"));
                out.push_str(&user.map_or("@somebody".to_owned(), |user| self.mention(user)));
            }
            "view-file" | "viewpdf" | "viewdoc" | "viewxls" | "viewppt" => {
                let file = element.elements().find_map(|parameter| parameter.child("ri:attachment"));
                let name = file.and_then(|file| file.attribute("ri:filename").map(str::to_owned));
                let name = name.or_else(|| element.setting("name")).unwrap_or_else(|| "file".to_owned());
                let url = self.attachment(&name, file.and_then(|file| file.child("ri:page")));
                out.push_str(&super::inline::link(&name, &url));
            }
            "widget" | "iframe" => {
                let url = element.parameter("url").or_else(|| element.parameter("src"));
                let url = url.and_then(|url| {
                    let named =
                        url.child("ri:url").and_then(|url| url.attribute("ri:value").map(str::to_owned));
                    named.or_else(|| Some(url.text().trim().to_owned())).filter(|url| !url.is_empty())
                });
                out.push_str(&url.map_or_else(
                    || format!("*[macro {}]*", inline_code(name_of(element))),
                    |url| super::inline::link("", &url),
                ));
            }
            "loremipsum" => {}
            _ => {
                // Somewhere where only a line can be, such as a heading.
                let mut blocks = Vec::new();
                let was = std::mem::replace(&mut self.in_cell, true);
                self.block_macro(element, &mut blocks);
                self.in_cell = was;
                if !out.is_empty() && !out.ends_with([' ', '\n']) {
                    out.push(' ');
                }
                out.push_str(&blocks.join(" "));
            }
        }
    }

    pub(super) fn block_macro(&mut self, element: &Element, blocks: &mut Vec<String>) {
        let name = name_of(element);
        match name {
            "code" | "noformat" | "code-block" | "markdown" | "html" => {
                let title = element.setting("title");
                blocks.extend(title.map(|title| format!("**{title}**")));
                let code = element.child("ac:plain-text-body").map(Element::text).unwrap_or_default();
                match name {
                    "markdown" => blocks.extend(Some(code.trim().to_owned()).filter(|code| !code.is_empty())),
                    "html" => blocks.extend(self.fence("html", &code)),
                    _ => {
                        let language = element.setting("language").unwrap_or_default().to_ascii_lowercase();
                        let is_word = |char: char| char.is_ascii_alphanumeric() || "+#-_.".contains(char);
                        let language: String = language.chars().filter(|char| is_word(*char)).collect();
                        blocks.extend(self.fence(if language == "none" { "" } else { &language }, &code));
                    }
                }
                self.body(element, blocks);
            }
            "info" | "note" | "tip" | "warning" | "success" | "error" | "panel" | "decision"
            | "excerpt-box" => {
                let kind = format!("{}{}", name[..1].to_ascii_uppercase(), &name[1..]);
                let title = match (element.setting("title"), name) {
                    (Some(title), "panel") => title,
                    (Some(title), _) => format!("{kind}: {title}"),
                    (None, _) => kind,
                };
                let mut inner = Vec::new();
                self.body(element, &mut inner);
                let is_empty = inner.is_empty() && element.setting("title").is_none();
                blocks.extend(self.quote(Some(&title), &inner).filter(|_| !is_empty));
            }
            "expand" | "ui-expand" => {
                blocks.push(format!(
                    "**{}**",
                    element.setting("title").unwrap_or_else(|| "Click here to expand".into())
                ));
                self.body(element, blocks);
            }
            // Shown where it is included, and nowhere else.
            "excerpt" if element.setting("hidden").as_deref() == Some("true") && self.path.is_empty() => {}
            "excerpt" | "details" | "section" | "column" | "toc-zone" | "align" | "div" | "span"
            | "center" | "indent" | "tabs" | "layout" | "table-filter" | "sortable-table" => {
                self.body(element, blocks)
            }
            "include" | "excerpt-include" => self.include(element, blocks),
            _ if COMPUTED.contains(&name) => self.body(element, blocks),
            _ if is_inline(element) => {
                let mut line = String::new();
                self.inline_macro(element, &mut line);
                blocks.extend(Some(line).filter(|line| !line.is_empty()));
            }
            _ => {
                let title = element.setting("title").map(|title| format!(": {title}")).unwrap_or_default();
                blocks.push(format!("*[macro {}{title}]*", inline_code(name)));
                self.body(element, blocks);
            }
        }
    }

    /// Writes whatever a macro holds; parameters are settings and no text.
    fn body(&mut self, element: &Element, blocks: &mut Vec<String>) {
        let is_code = matches!(name_of(element), "code" | "noformat" | "code-block" | "markdown" | "html");
        let kept: Vec<Node> = element
            .children
            .iter()
            .filter(|node| !matches!(node, Node::Element(child) if child.name == "ac:parameter" || child.name == "ac:plain-text-body"))
            .cloned()
            .collect();
        blocks.extend(self.blocks(&kept));
        if !is_code {
            let plain = element.child("ac:plain-text-body").map(Element::text);
            blocks.extend(plain.and_then(|plain| self.fence("", &plain)));
        }
    }

    fn include(&mut self, element: &Element, blocks: &mut Vec<String>) {
        let Some(named) = included(element, &self.space) else {
            return blocks.push("*[includes a page that is not named]*".to_owned());
        };
        let title = named.1.clone();
        let said = |what: &str| format!("*[includes the page “{title}”{what}]*");
        if self.path.contains(&named) || self.path.len() >= DEEPEST {
            return blocks.push(said(", which is shown above"));
        }
        let around = self.around;
        let (page, storage) = match around.included.get(&named) {
            Some(Included::Body { page, storage }) => (page, storage),
            Some(Included::Closed) => return blocks.push(said(", which fewer people may see")),
            Some(Included::Missing) | None => return blocks.push(said(", which cannot be found")),
        };
        if *page == around.page {
            return blocks.push(said(", which is shown above"));
        }
        let Some(left) = self.left.checked_sub(storage.len()) else {
            return blocks.push(said(", which is too long"));
        };
        self.left = left;
        let nodes = parse(storage);
        let (was_space, was_page) = (
            std::mem::replace(&mut self.space, named.0.clone()),
            std::mem::replace(&mut self.page, page.clone()),
        );
        self.path.push(named);
        let only_excerpt = name_of(element) == "excerpt-include";
        let mut inner = Vec::new();
        match only_excerpt.then(|| excerpt(&nodes, element.setting("name").as_deref())) {
            Some(Some(excerpt)) => self.body(excerpt, &mut inner),
            Some(None) => inner.push(said(", which has no such excerpt")),
            None => inner = self.blocks(&nodes),
        }
        let has_frame = only_excerpt && element.setting("nopanel").as_deref() != Some("true");
        self.path.pop();
        self.space = was_space;
        self.page = was_page;
        match has_frame {
            true => blocks.extend(self.quote(Some(&title), &inner)),
            false => blocks.extend(inner),
        }
    }
}

/// Finds an excerpt, the first one or the one of a name.
fn excerpt<'a>(nodes: &'a [Node], name: Option<&str>) -> Option<&'a Element> {
    nodes.iter().find_map(|node| {
        let Node::Element(element) = node else { return None };
        let is_excerpt = element.name == "ac:structured-macro" && name_of(element) == "excerpt";
        if is_excerpt && (name.is_none() || element.setting("name").as_deref() == name) {
            return Some(element);
        }
        excerpt(&element.children, name)
    })
}
