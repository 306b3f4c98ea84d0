//! Tables, with cells over several rows and columns, and tables inside of cells.

use super::markdown::Context;
use super::parse::{Element, Node};

/// A cell that claims to reach farther does not.
const WIDEST: usize = 100;

struct Cell {
    text: String,
    is_head: bool,
}

impl Context<'_> {
    /// Writes a table. Markdown has no tables inside of tables: there, rows become lines.
    pub(super) fn table(&mut self, table: &Element) -> String {
        let mut rows = Vec::new();
        gather(table, &mut rows);
        let caption = table.child("caption").map(|caption| self.inline(&caption.children));
        let was_in_cell = std::mem::replace(&mut self.in_cell, true);
        let rows = self.cells(&rows);
        self.in_cell = was_in_cell;
        let width = rows.iter().map(Vec::len).max().unwrap_or_default();
        let mut lines: Vec<String> =
            caption.filter(|caption| !caption.trim().is_empty()).into_iter().collect();
        if !lines.is_empty() && !was_in_cell {
            lines.push(String::new());
        }
        if width == 0 {
            // No rows, but perhaps a text that somebody sees.
            lines.extend(self.blocks(&table.children));
            return lines.join("\n").trim_end().to_owned();
        }
        if was_in_cell {
            for row in rows {
                let cells: Vec<String> =
                    row.into_iter().map(|cell| cell.text).filter(|text| !text.is_empty()).collect();
                lines.push(cells.join("; "));
            }
            return lines.join("\n");
        }
        let has_head = rows[0].iter().all(|cell| cell.is_head);
        if !has_head {
            lines.push(format!("|{}", "  |".repeat(width)));
            lines.push(format!("|{}", " --- |".repeat(width)));
        }
        for (number, row) in rows.iter().enumerate() {
            let cells = (0..width).map(|place| row.get(place).map_or("", |cell| cell.text.as_str()));
            let cells: Vec<String> = cells.map(in_line).collect();
            lines.push(format!("| {} |", cells.join(" | ")));
            if number == 0 && has_head {
                lines.push(format!("|{}", " --- |".repeat(width)));
            }
        }
        lines.join("\n")
    }

    /// Fills the grid: what reaches over rows is said in each, what reaches over columns once.
    fn cells(&mut self, rows: &[&Element]) -> Vec<Vec<Cell>> {
        let mut over: Vec<(usize, String)> = Vec::new();
        let mut grid = Vec::new();
        for row in rows {
            let mut line: Vec<Cell> = Vec::new();
            let mut cells =
                row.elements().filter(|cell| matches!(cell.name.as_str(), "td" | "th")).peekable();
            loop {
                let place = line.len();
                if let Some((left, text)) = over.get_mut(place).filter(|(left, _)| *left > 0) {
                    *left -= 1;
                    line.push(Cell { text: text.clone(), is_head: false });
                    continue;
                }
                let Some(cell) = cells.next() else {
                    if over.iter().skip(place).any(|(left, _)| *left > 0) {
                        line.push(Cell { text: String::new(), is_head: false });
                        continue;
                    }
                    break;
                };
                let text = self.blocks(&cell.children).join("\n");
                let is_head = cell.name == "th";
                let reach =
                    |name| cell.attribute(name).and_then(|n| n.parse().ok()).unwrap_or(1).clamp(1, WIDEST);
                let (columns, down) = (reach("colspan"), reach("rowspan"));
                for column in 0..columns {
                    let text = if column == 0 { text.clone() } else { String::new() };
                    if over.len() <= line.len() {
                        over.resize_with(line.len() + 1, || (0, String::new()));
                    }
                    over[line.len()] = (down - 1, text.clone());
                    line.push(Cell { text, is_head });
                }
            }
            grid.push(line);
        }
        grid
    }
}

/// Gathers the rows of a table, but not those of tables in its cells.
fn gather<'a>(element: &'a Element, rows: &mut Vec<&'a Element>) {
    for node in &element.children {
        if let Node::Element(element) = node {
            match element.name.as_str() {
                "tr" => rows.push(element),
                "td" | "th" | "caption" => {}
                _ => gather(element, rows),
            }
        }
    }
}

/// Makes the text of a cell one line.
fn in_line(text: &str) -> String {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("<br>").replace('|', "\\|")
}
