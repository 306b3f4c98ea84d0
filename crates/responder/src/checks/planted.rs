//! Labelled sets of our own writing, and how a check does on them.

use serde_json::Value;

/// A labelled text.
#[derive(Debug)]
pub(crate) struct Row {
    row: Value,
    label: bool,
}

impl Row {
    /// Returns the text that is judged.
    pub(crate) fn text(&self) -> &str {
        self.field("text")
    }

    /// Returns another field; empty where the row has none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.row[name].as_str().unwrap_or_default()
    }
}

/// Reads rows, each with a text and a label of the given name.
pub(crate) fn rows(lines: &str, label: &str) -> Vec<Row> {
    lines
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let label = row[label].as_bool().unwrap();
            Row { row, label }
        })
        .collect()
}

/// How a check did.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) precision: f32,
    pub(crate) recall: f32,
    /// The texts on which it was wrong; read where a test fails.
    #[expect(dead_code, reason = "printed by a failing test")]
    pub(crate) wrong: Vec<String>,
}

/// Holds a check against labels.
pub(crate) fn measure(rows: &[Row], check: impl Fn(&Row) -> bool) -> Figures {
    let (mut right, mut found, mut all, mut wrong) = (0.0_f32, 0.0_f32, 0.0_f32, Vec::new());
    for row in rows {
        let says = check(row);
        right += f32::from(u8::from(says && row.label));
        found += f32::from(u8::from(says));
        all += f32::from(u8::from(row.label));
        if says != row.label {
            wrong.push(row.text().to_owned());
        }
    }
    Figures { precision: right / found.max(1.0), recall: right / all.max(1.0), wrong }
}
