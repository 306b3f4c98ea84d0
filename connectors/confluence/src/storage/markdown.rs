//! Blocks: paragraphs, headings, lists, quotes, and what contains them.

use super::Around;
use super::anchors::Places;
use super::parse::{Element, Node};

/// What is known while a body is written.
pub(super) struct Context<'a> {
    pub(super) around: &'a Around,
    /// The space and page whose body is being written; an included page is not the one that includes it.
    pub(super) space: String,
    pub(super) page: String,
    /// Pages that are being written, the innermost last.
    pub(super) path: Vec<super::Named>,
    /// Whether this is inside of a table cell, where Markdown allows no blocks.
    pub(super) in_cell: bool,
    /// What included pages may still add, in bytes.
    pub(super) left: usize,
    /// Where headings are found, in a body whose headings have places.
    pub(super) places: Option<Places>,
}

/// More than this is not added by included pages.
const MOST_INCLUDED: usize = 4 * 1024 * 1024;

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 37] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "table",
    "tbody",
    "thead",
    "tr",
    "td",
    "th",
    "pre",
    "blockquote",
    "hr",
    "div",
    "section",
    "article",
    "header",
    "footer",
    "figure",
    "figcaption",
    "dl",
    "dt",
    "dd",
    "details",
    "summary",
    "ac:layout",
    "ac:layout-section",
    "ac:layout-cell",
    "ac:rich-text-body",
    "ac:task-list",
    "ac:adf-extension",
];

impl<'a> Context<'a> {
    pub(super) fn new(around: &'a Around) -> Self {
        Self {
            around,
            space: around.space.clone(),
            page: around.page.clone(),
            path: Vec::new(),
            in_cell: false,
            left: MOST_INCLUDED,
            places: None,
        }
    }

    pub(super) fn document(&mut self, nodes: &[Node]) -> String {
        self.blocks(nodes).join("\n\n")
    }

    /// Writes nodes as blocks; what stands in a line together becomes a paragraph.
    pub(super) fn blocks(&mut self, nodes: &[Node]) -> Vec<String> {
        let mut blocks = Vec::new();
        let mut begin = 0;
        for (place, node) in nodes.iter().enumerate() {
            let Node::Element(element) = node else { continue };
            if !is_block(element) {
                continue;
            }
            self.paragraph(&nodes[begin..place], &mut blocks);
            self.block(element, &mut blocks);
            begin = place + 1;
        }
        self.paragraph(&nodes[begin..], &mut blocks);
        blocks
    }

    fn paragraph(&mut self, nodes: &[Node], blocks: &mut Vec<String>) {
        let text = self.inline(nodes);
        let text = text.trim_matches([' ', '\n', '\t']);
        let text = text.strip_suffix("\\").unwrap_or(text).trim_end();
        if !text.is_empty() {
            blocks.push(guard(text));
        }
    }

    fn block(&mut self, element: &Element, blocks: &mut Vec<String>) {
        match element.name.as_str() {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = usize::from(element.name.as_bytes()[1] - b'0');
                let text = self.inline(&element.children).replace("\\\n", " ").replace('\n', " ");
                let text = text.trim();
                match (text.is_empty(), self.in_cell) {
                    (true, _) => {}
                    (false, true) => blocks.push(format!("**{text}**")),
                    (false, false) => {
                        let is_included = !self.path.is_empty();
                        let places = self.places.as_mut();
                        let url = places.and_then(|places| places.of(element, text, is_included));
                        let text = url.map_or_else(|| text.to_owned(), |url| format!("[{text}](<{url}>)"));
                        blocks.push(format!("{} {text}", "#".repeat(level)));
                    }
                }
            }
            "ul" | "ol" => self.list(element, blocks),
            "table" => blocks.extend(Some(self.table(element)).filter(|table| !table.trim().is_empty())),
            "pre" => blocks.extend(self.fence("", &element.text())),
            "blockquote" => {
                let inner = self.blocks(&element.children);
                blocks.extend(self.quote(None, &inner));
            }
            "hr" => blocks.push("---".to_owned()),
            "dt" => {
                let term = self.inline(&element.children);
                blocks.extend(Some(format!("**{}**", term.trim())).filter(|_| !term.trim().is_empty()));
            }
            "ac:task-list" => self.tasks(element, blocks),
            "ac:adf-extension" => self.editor_extension(element, blocks),
            "ac:structured-macro" | "ac:macro" => self.block_macro(element, blocks),
            // A strange place for a text, but a text.
            _ => blocks.extend(self.blocks(&element.children)),
        }
    }

    fn list(&mut self, list: &Element, blocks: &mut Vec<String>) {
        let first: usize = list.attribute("start").and_then(|start| start.parse().ok()).unwrap_or(1);
        let mut number = first.min(999_999_999);
        let mut lines: Vec<String> = Vec::new();
        for node in &list.children {
            let (is_item, inner) = match node {
                Node::Element(item) if item.name == "li" => (true, self.blocks(&item.children)),
                // Lists right inside of lists, and texts between items, belong to the item before.
                Node::Element(_) => (false, self.blocks(std::slice::from_ref(node))),
                Node::Text(text) if text.trim().is_empty() => continue,
                Node::Text(_) => (false, self.blocks(std::slice::from_ref(node))),
            };
            let mark = if list.name == "ol" { format!("{number}. ") } else { "- ".to_owned() };
            let indent = " ".repeat(mark.len());
            if is_item {
                number += 1;
                lines.push(format!("{mark}{}", indented(&item_text(&inner), &indent)));
            } else if lines.is_empty() {
                lines.extend(inner);
            } else {
                lines.extend(inner.iter().map(|block| format!("{indent}{}", indented(block, &indent))));
            }
        }
        blocks.extend(Some(lines.join("\n")).filter(|text| !text.is_empty()));
    }

    fn tasks(&mut self, list: &Element, blocks: &mut Vec<String>) {
        let mut lines = Vec::new();
        for task in list.elements().filter(|task| task.name == "ac:task") {
            let is_done =
                task.child("ac:task-status").is_some_and(|status| status.text().trim() == "complete");
            let inner =
                task.child("ac:task-body").map(|body| self.blocks(&body.children)).unwrap_or_default();
            let mark = if is_done { "- [x] " } else { "- [ ] " };
            lines.push(format!("{mark}{}", indented(&item_text(&inner), "  ")));
        }
        blocks.extend(Some(lines.join("\n")).filter(|text| !text.is_empty()));
    }

    /// What the editor keeps for itself: its own form, or else the form for everybody else.
    fn editor_extension(&mut self, extension: &Element, blocks: &mut Vec<String>) {
        let mut own = Vec::new();
        for node in extension.elements().filter(|node| node.name == "ac:adf-node") {
            self.editor_node(node, &mut own);
        }
        if own.is_empty() {
            own = extension
                .child("ac:adf-fallback")
                .map(|other| self.blocks(&other.children))
                .unwrap_or_default();
        }
        if own.is_empty() {
            own = self.blocks(&extension.children);
        }
        blocks.extend(own);
    }

    fn editor_node(&mut self, node: &Element, blocks: &mut Vec<String>) {
        let mut inner = Vec::new();
        for element in node.elements() {
            match element.name.as_str() {
                "ac:adf-content" => inner.extend(self.blocks(&element.children)),
                "ac:adf-node" => self.editor_node(element, &mut inner),
                _ => {}
            }
        }
        match node.attribute("type") {
            Some("panel") => blocks.extend(self.quote(Some("Panel"), &inner)),
            Some("decision-item") => {
                blocks.extend(inner.iter().map(|text| format!("- Decision: {}", indented(text, "  "))));
            }
            _ => blocks.extend(inner),
        }
    }

    /// Writes blocks as a quote under a title. In a cell, where no quote can be, the title stands in front.
    pub(super) fn quote(&self, title: Option<&str>, inner: &[String]) -> Option<String> {
        let title = title.map(|title| format!("**{title}**"));
        let parts: Vec<&str> = title.iter().chain(inner).map(String::as_str).collect();
        if parts.is_empty() {
            return None;
        }
        if self.in_cell {
            return Some(parts.join("\n"));
        }
        let lines = parts.join("\n\n");
        let quoted =
            lines.lines().map(|line| if line.is_empty() { ">".to_owned() } else { format!("> {line}") });
        Some(quoted.collect::<Vec<_>>().join("\n"))
    }

    /// Writes code between fences that are longer than any inside.
    pub(super) fn fence(&self, language: &str, code: &str) -> Option<String> {
        let code = code.trim_matches('\n').trim_end();
        if code.trim().is_empty() {
            return None;
        }
        if self.in_cell {
            let lines = code.lines().map(inline_code);
            return Some(lines.collect::<Vec<_>>().join("\n"));
        }
        let mut fence = "```".to_owned();
        while code.contains(&fence) {
            fence.push('`');
        }
        Some(format!("{fence}{language}\n{code}\n{fence}"))
    }
}

/// Writes code in a line between backticks.
pub(super) fn inline_code(code: &str) -> String {
    if code.trim().is_empty() {
        return code.to_owned();
    }
    let mut fence = "`".to_owned();
    while code.contains(&fence) {
        fence.push('`');
    }
    let pad = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{code}{pad}{fence}")
}

/// Reports whether an element stands on lines of its own, or holds something that does.
pub(super) fn is_block(element: &Element) -> bool {
    match element.name.as_str() {
        "ac:structured-macro" | "ac:macro" => !super::macros::is_inline(element),
        // What these hold is read in their own way.
        "ac:link" | "ac:image" | "ac:parameter" | "code" => false,
        name => BLOCKS.contains(&name) || element.elements().any(is_block),
    }
}

/// Joins the blocks of a list item: lists follow the text at once, everything else after an empty line.
fn item_text(blocks: &[String]) -> String {
    let mut text = String::new();
    for block in blocks {
        if !text.is_empty() {
            let is_list = block.starts_with("- ") || block.starts_with("1. ");
            text.push_str(if is_list { "\n" } else { "\n\n" });
        }
        text.push_str(block);
    }
    text
}

/// Indents all lines but the first.
fn indented(text: &str, indent: &str) -> String {
    let mut lines = text.lines();
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(indent);
            out.push_str(line);
        }
    }
    out
}

/// Keeps the beginning of a paragraph from being read as a heading, list or quote.
fn guard(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim_start();
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let number = digits > 0
            && digits < 10
            && line[digits..].starts_with(['.', ')'])
            && line[digits + 1..].starts_with(' ');
        let heading = line.starts_with('#') && line.trim_start_matches('#').starts_with(' ');
        let bullet = line.starts_with("- ") || line.starts_with("+ ");
        let rule = line.len() > 2 && line.bytes().all(|byte| byte == b'-' || byte == b'=');
        if number {
            format!("{}\\{}", &line[..digits], &line[digits..])
        } else if heading || bullet || rule || line.starts_with('>') {
            format!("\\{line}")
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
