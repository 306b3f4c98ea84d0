//! Tables. Markdown has one line for a row, so what a cell holds is brought into one line.

use super::Context;
use super::inline::{self, Manner};
use crate::wire::doc::{Block, Content, Table};

/// Deeper tables than this are read as text without rows; nobody draws them by hand.
const DEEPEST: usize = 16;

/// Returns the only cell of a table that has one.
pub(super) fn only_cell(table: &Table) -> Option<&Content> {
    match table.table_rows.as_slice() {
        [row] if row.suggested_insertion_ids.is_empty() => match row.table_cells.as_slice() {
            [cell] => Some(cell),
            _ => None,
        },
        _ => None,
    }
}

/// Writes a table; its first row is the header. None when it has no text.
pub(super) fn render(table: &Table, context: &Context<'_>) -> Option<String> {
    let rows: Vec<Vec<String>> = rows(table, context, 0);
    let width = rows.iter().map(Vec::len).max().filter(|width| *width > 0)?;
    if rows.iter().flatten().all(String::is_empty) {
        return None;
    }
    let line = |cells: &[String]| {
        let cells = (0..width).map(|at| cells.get(at).map_or("", String::as_str));
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    };
    let mut lines: Vec<String> = rows.iter().map(|row| line(row)).collect();
    lines.insert(1, format!("|{}", " --- |".repeat(width)));
    Some(lines.join("\n"))
}

fn rows(table: &Table, context: &Context<'_>, depth: usize) -> Vec<Vec<String>> {
    let rows = table.table_rows.iter().filter(|row| row.suggested_insertion_ids.is_empty());
    rows.map(|row| {
        row.table_cells.iter().map(|cell| flat(&cell.content, context, depth).join("<br>")).collect()
    })
    .collect()
}

/// Returns what a cell or a note holds, a line for each paragraph, item or row.
pub(super) fn flat(blocks: &[Block], context: &Context<'_>, depth: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for block in blocks {
        if let Some(paragraph) = &block.paragraph {
            let text = inline::line(paragraph, context, Manner::Cell);
            let mark = match &paragraph.bullet {
                Some(bullet) => format!("{}• ", "\u{2003}".repeat(bullet.nesting_level.min(8))),
                None => String::new(),
            };
            if !text.is_empty() {
                lines.push(format!("{mark}{text}"));
            }
        } else if let Some(inner) = block.table.as_ref().filter(|_| depth < DEEPEST) {
            let rows = rows(inner, context, depth + 1).into_iter();
            let rows = rows.map(|cells| {
                cells.into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" / ")
            });
            lines.extend(rows.filter(|row| !row.is_empty()));
        }
    }
    lines
}

/// Calls `found` for the notes that a table refers to.
pub(super) fn references(table: &Table, found: &mut impl FnMut(&str, Option<&str>)) {
    let mut open: Vec<&Table> = vec![table];
    while let Some(table) = open.pop() {
        let cells = table.table_rows.iter().flat_map(|row| &row.table_cells);
        for block in cells.flat_map(|cell| &cell.content) {
            open.extend(&block.table);
            for element in block.paragraph.iter().flat_map(|paragraph| &paragraph.elements) {
                if let Some(note) = &element.footnote_reference {
                    found(&note.footnote_id, note.footnote_number.as_deref());
                }
            }
        }
    }
}
