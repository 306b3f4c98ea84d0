//! Walking through the text of a part.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::parts::{Parts, attribute};
use crate::extract::{MOST_TEXT, NotRead};

/// Elements whose text is not shown: deleted runs, codes of fields, what stands in for newer drawings.
const HIDDEN: [&str; 5] = ["del", "delText", "instrText", "Fallback", "moveFrom"];

/// Turns a part into Markdown.
pub(super) fn markdown(xml: &str, parts: &Parts) -> Result<String, NotRead> {
    let mut walk = Walk {
        parts,
        blocks: vec![Vec::new()],
        tables: Vec::new(),
        paragraph: Paragraph::default(),
        outer: Vec::new(),
        hidden: 0,
        in_text: false,
        note: Note::None,
        size: 0,
    };
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event().map_err(|_| NotRead::Broken)? {
            Event::Start(tag) => walk.start(&tag),
            Event::Empty(tag) => {
                walk.start(&tag);
                walk.end(tag.local_name().into_inner());
            }
            Event::End(tag) => walk.end(tag.local_name().into_inner()),
            Event::Text(text) => walk.text(&text.xml10_content()),
            Event::CData(text) => walk.text(&text.xml10_content()),
            Event::GeneralRef(name) => {
                let char = name.resolve_char_ref().ok().flatten();
                let known = quick_xml::escape::resolve_predefined_entity(&name);
                walk.text(&char.map(String::from).or(known.map(str::to_owned)).unwrap_or_default());
            }
            Event::Eof => break,
            _ => {}
        }
        if walk.size > MOST_TEXT {
            break;
        }
    }
    Ok(walk.finish())
}

/// A paragraph that is being read.
#[derive(Default)]
struct Paragraph {
    text: String,
    style: Option<String>,
    /// The level of the list it is in.
    list: Option<usize>,
    /// Where the text of a link began, and where it leads.
    link: Option<(usize, String)>,
}

/// Where in a footnote the walk is.
enum Note {
    None,
    /// The mark that goes before its first paragraph.
    Begun(String),
    /// A separator, which has the form of a footnote and is none.
    Separator,
}

struct Walk<'a> {
    parts: &'a Parts,
    /// Finished blocks of the body and of every open cell.
    blocks: Vec<Vec<Block>>,
    tables: Vec<Vec<Vec<String>>>,
    paragraph: Paragraph,
    /// Paragraphs around the one that is read: a text box stands inside one.
    outer: Vec<Paragraph>,
    hidden: usize,
    in_text: bool,
    note: Note,
    size: usize,
}

struct Block {
    text: String,
    is_item: bool,
}

impl Walk<'_> {
    fn start(&mut self, tag: &BytesStart<'_>) {
        let name = tag.local_name();
        let name = name.into_inner();
        if HIDDEN.contains(&name) {
            self.hidden += 1;
        }
        let paragraph = &mut self.paragraph;
        match name {
            "p" => {
                let outer = std::mem::take(paragraph);
                self.outer.push(outer);
            }
            "pStyle" => paragraph.style = attribute(tag, "val"),
            "numPr" => paragraph.list = paragraph.list.or(Some(0)),
            "ilvl" => {
                paragraph.list = attribute(tag, "val").and_then(|level| level.parse().ok()).or(Some(0));
            }
            "t" => self.in_text = true,
            // Tabs are also named where their stops are set, which is before any text of a paragraph.
            "tab" if !paragraph.text.is_empty() => paragraph.text.push('\t'),
            "br" | "cr" => paragraph.text.push('\n'),
            "noBreakHyphen" => paragraph.text.push('-'),
            "hyperlink" => {
                let target = attribute(tag, "id").and_then(|id| self.parts.links.get(&id).cloned());
                paragraph.link = target.map(|target| (paragraph.text.len(), target));
            }
            "footnoteReference" => {
                paragraph.text.extend(attribute(tag, "id").map(|id| format!("[^{id}]")));
            }
            "footnote" => {
                let id = attribute(tag, "id").unwrap_or_default();
                self.note = match id.parse::<i64>() {
                    Ok(..1) | Err(_) => Note::Separator,
                    Ok(_) => Note::Begun(format!("[^{id}]: ")),
                };
            }
            "tbl" => self.tables.push(Vec::new()),
            "tr" => self.tables.last_mut().into_iter().for_each(|rows| rows.push(Vec::new())),
            "tc" => self.blocks.push(Vec::new()),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if HIDDEN.contains(&name) {
            self.hidden = self.hidden.saturating_sub(1);
        }
        match name {
            "t" => self.in_text = false,
            "hyperlink" => self.end_link(),
            "p" => self.end_paragraph(),
            "footnote" => self.note = Note::None,
            "tc" if self.blocks.len() > 1 => {
                let blocks = self.blocks.pop().unwrap_or_default();
                let cell = blocks.iter().map(|block| block.text.trim()).filter(|text| !text.is_empty());
                let cell = cell.collect::<Vec<_>>().join("\n").replace('|', "\\|").replace('\n', "<br>");
                if let Some(row) = self.tables.last_mut().and_then(|rows| rows.last_mut()) {
                    row.push(cell);
                }
            }
            "tbl" => {
                let rows = self.tables.pop().unwrap_or_default();
                self.push(table(&rows), false);
            }
            _ => {}
        }
    }

    fn end_link(&mut self) {
        let Some((from, target)) = self.paragraph.link.take() else { return };
        let shown = self.paragraph.text.split_off(from.min(self.paragraph.text.len()));
        let is_plain = shown.trim() == target || shown.trim().is_empty();
        self.paragraph.text.push_str(&if is_plain { shown } else { format!("[{shown}](<{target}>)") });
    }

    fn end_paragraph(&mut self) {
        let paragraph = std::mem::replace(&mut self.paragraph, self.outer.pop().unwrap_or_default());
        let text = paragraph.text.trim_end();
        if text.trim().is_empty() {
            return;
        }
        let heading = paragraph.style.as_ref().and_then(|style| {
            self.parts.headings.get(style).copied().or_else(|| style.strip_prefix("Heading")?.parse().ok())
        });
        let (text, is_item) = match (heading, paragraph.list) {
            (Some(level), _) => {
                (format!("{} {}", "#".repeat(level.clamp(1, 6)), text.replace('\n', " ").trim()), false)
            }
            (None, Some(level)) => (format!("{}- {}", "  ".repeat(level.min(8)), text.trim_start()), true),
            (None, None) => (text.to_owned(), false),
        };
        match std::mem::replace(&mut self.note, Note::None) {
            Note::None => self.push(text, is_item),
            Note::Begun(mark) => self.push(format!("{mark}{text}"), false),
            Note::Separator => self.note = Note::Separator,
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_text && self.hidden == 0 {
            self.size += text.len();
            self.paragraph.text.push_str(text);
        }
    }

    fn push(&mut self, text: String, is_item: bool) {
        if let Some(blocks) = self.blocks.last_mut() {
            blocks.push(Block { text, is_item });
        }
    }

    /// Joins the blocks; what a broken end left open is kept.
    fn finish(mut self) -> String {
        while !self.outer.is_empty() {
            self.end_paragraph();
        }
        let mut text = String::new();
        let mut after_item = false;
        for block in self.blocks.into_iter().flatten().filter(|block| !block.text.is_empty()) {
            if !text.is_empty() {
                text.push_str(if after_item && block.is_item { "\n" } else { "\n\n" });
            }
            after_item = block.is_item;
            text.push_str(&block.text);
        }
        text
    }
}

/// Writes rows as a Markdown table; the first one is its head.
fn table(rows: &[Vec<String>]) -> String {
    let width = rows.iter().map(Vec::len).max().unwrap_or_default();
    if width == 0 {
        return String::new();
    }
    let mut lines = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<&str> = (0..width).map(|cell| row.get(cell).map_or("", String::as_str)).collect();
        lines.push(format!("| {} |", cells.join(" | ")));
        if number == 0 {
            lines.push(format!("|{}", " --- |".repeat(width)));
        }
    }
    lines.join("\n")
}
