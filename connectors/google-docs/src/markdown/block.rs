//! What stands below another: paragraphs, headings, lists, code, tables and notes.

use std::collections::BTreeMap;

use super::inline::{self, Manner};
use super::{Context, place, table};
use crate::wire::doc::{Block, Bullet, Paragraph};

/// Writes blocks one after the other.
pub(super) struct Writer<'a> {
    context: Context<'a>,
    written: Vec<String>,
    /// Lines of code that wait for more.
    code: Vec<String>,
    /// The list that is open.
    list: Option<Items>,
    /// Numbers of ordered lists, which go on after what stands between.
    numbers: BTreeMap<(String, usize), u64>,
    /// Notes in the order of their references.
    notes: Vec<(String, String)>,
}

/// An open list.
#[derive(Default)]
struct Items {
    lines: Vec<String>,
    /// The open levels, and at which column the text of each begins. Levels may be left out in a document.
    open: Vec<(usize, usize)>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(context: Context<'a>) -> Self {
        Self {
            context,
            written: Vec::new(),
            code: Vec::new(),
            list: None,
            numbers: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            if let Some(paragraph) = &block.paragraph {
                self.paragraph(paragraph);
            } else if let Some(whole) = &block.table {
                self.close();
                match table::only_cell(whole) {
                    // A table of one cell is a frame around its content.
                    Some(cell) => self.blocks(&cell.content),
                    None => self.written.extend(table::render(whole, &self.context)),
                }
                self.close();
                table::references(whole, &mut |id, number| self.note(id, number));
            }
        }
    }

    /// Returns what was written, the notes last.
    pub(super) fn finish(mut self) -> Vec<String> {
        self.close();
        let mut at = 0;
        // A note may refer to another one.
        while at < self.notes.len() {
            let (id, name) = self.notes[at].clone();
            at += 1;
            let Some(note) = self.context.parts.footnotes.get(&id) else { continue };
            let text = table::flat(&note.content, &self.context, 0).join(" ");
            self.written.push(format!("[^{name}]: {text}"));
        }
        self.written
    }

    fn paragraph(&mut self, paragraph: &Paragraph) {
        for element in &paragraph.elements {
            if let Some(note) = &element.footnote_reference {
                self.note(&note.footnote_id, note.footnote_number.as_deref());
            }
        }
        if let Some(bullet) = &paragraph.bullet {
            self.close_code();
            self.item(paragraph, bullet);
            return;
        }
        if let Some(level) = level(&paragraph.paragraph_style.named_style_type) {
            let text = inline::line(paragraph, &self.context, Manner::Heading);
            if !text.is_empty() {
                self.close();
                self.heading(level, &text, paragraph.paragraph_style.heading_id.as_deref());
            }
            return;
        }
        if let Some(code) = inline::code_line(paragraph) {
            self.close_list();
            self.code.push(code);
            return;
        }
        let is_rule = paragraph.elements.iter().any(|element| {
            element.horizontal_rule.as_ref().is_some_and(|rule| rule.suggested_insertion_ids.is_empty())
        });
        let text = inline::line(paragraph, &self.context, Manner::Full);
        if text.is_empty() && !is_rule {
            if !self.code.is_empty() {
                self.code.push(String::new());
            }
            return;
        }
        self.close();
        if !text.is_empty() {
            let lines: Vec<String> =
                text.lines().map(|line| inline::escape_start(line.trim_start())).collect();
            self.written.push(lines.join("\n"));
        }
        if is_rule {
            self.written.push("---".to_owned());
        }
    }

    fn heading(&mut self, level: usize, text: &str, id: Option<&str>) {
        let marks = "#".repeat((level + self.context.down).min(6));
        let written = match id {
            Some(id) => {
                let url = place(self.context.document, self.context.tab, Some(("heading", id)));
                format!("{marks} [{text}]({url})")
            }
            None => format!("{marks} {text}"),
        };
        self.written.push(written);
    }

    fn item(&mut self, paragraph: &Paragraph, bullet: &Bullet) {
        let text = inline::line(paragraph, &self.context, Manner::Full);
        if text.is_empty() {
            return;
        }
        let level = bullet.nesting_level.min(8);
        self.numbers.retain(|(list, deeper), _| *list != bullet.list_id || *deeper <= level);
        let marker = match self.start(bullet) {
            None => "-".to_owned(),
            Some(start) => {
                let number = self.numbers.entry((bullet.list_id.clone(), level)).or_insert(start);
                let marker = format!("{number}.");
                *number += 1;
                marker
            }
        };
        let items = self.list.get_or_insert_default();
        let is_first = items.open.last().is_none_or(|(above, _)| *above < level);
        items.open.retain(|(open, _)| *open < level);
        let indent = items.open.last().map_or(0, |(_, column)| *column);
        let column = indent + marker.len() + 1;
        items.open.push((level, column));
        // Below a text only a list that begins with 1 is taken for a list.
        if is_first && indent > 0 && marker != "-" && marker != "1." {
            items.lines.push(String::new());
        }
        let mut lines = text.lines();
        let first = inline::escape_start(lines.next().unwrap_or_default());
        items.lines.push(format!("{:indent$}{marker} {first}", ""));
        let rest = lines.map(|line| inline::escape_start(line.trim_start()));
        items.lines.extend(rest.map(|line| format!("{:column$}{line}", "")));
    }

    /// Returns the first number of an ordered list; none for bullets.
    fn start(&self, bullet: &Bullet) -> Option<u64> {
        let list = self.context.parts.lists.get(&bullet.list_id)?;
        let level = list.list_properties.nesting_levels.get(bullet.nesting_level)?;
        let glyph = level.glyph_type.as_deref().unwrap_or_default();
        let ordered = ["DECIMAL", "ZERO_DECIMAL", "UPPER_ALPHA", "ALPHA", "UPPER_ROMAN", "ROMAN"];
        ordered.contains(&glyph).then(|| level.start_number.unwrap_or(1).min(1_000_000))
    }

    fn note(&mut self, id: &str, number: Option<&str>) {
        if self.notes.iter().all(|(known, _)| known != id) {
            self.notes.push((id.to_owned(), inline::footnote_name(number, id)));
        }
    }

    fn close(&mut self) {
        self.close_code();
        self.close_list();
    }

    fn close_list(&mut self) {
        if let Some(items) = self.list.take() {
            self.written.push(items.lines.join("\n"));
        }
    }

    fn close_code(&mut self) {
        while self.code.last().is_some_and(String::is_empty) {
            self.code.pop();
        }
        if self.code.is_empty() {
            return;
        }
        let code = std::mem::take(&mut self.code).join("\n");
        let ticks = code.split(|character| character != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(ticks.max(2) + 1);
        self.written.push(format!("{fence}\n{code}\n{fence}"));
    }
}

/// Returns the level of a heading; none for another paragraph.
fn level(style: &str) -> Option<usize> {
    match style {
        "TITLE" => Some(1),
        style => style.strip_prefix("HEADING_")?.parse().ok().filter(|level| (1..=6).contains(level)),
    }
}
