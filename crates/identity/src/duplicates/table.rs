//! A file of people as it was written.

use std::collections::HashMap;

use super::columns;

#[cfg(test)]
mod tests;

/// Why a file of people cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Not even a header.
    #[error("the file is empty; the first line has to name the columns")]
    Empty,
    /// No column holds the id of the record.
    #[error(
        "no column holds the id of a record: the first line has to name the columns, one of them {}; it holds {found}",
        columns::record_id_names()
    )]
    NoIdColumn {
        /// The columns that are there.
        found: String,
    },
    /// A row without an id cannot be named in a pair.
    #[error("line {line} has no value in the column `{column}`")]
    NoId {
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: String,
    },
    /// Two records cannot be told apart.
    #[error("the record id `{id}` stands in line {first} and again in line {second}")]
    SameId {
        /// The id.
        id: String,
        /// Where it stands first.
        first: u64,
        /// Where it stands again.
        second: u64,
    },
    /// Broken quotes and the like.
    #[error("line {line} is no CSV: {why}")]
    Malformed {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id, unique in the table.
    pub id: String,
    /// One value for each column.
    pub values: Vec<String>,
}

/// A file of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    columns: Vec<String>,
    id_column: usize,
    rows: Vec<Row>,
}

impl Table {
    /// Reads CSV with a header, separated by commas, semicolons or tabs. A row that is too short lacks its last
    /// values, what is too much in a row is left out, and a file that is not UTF-8 is read as Latin-1.
    ///
    /// # Errors
    /// Fails if there is no header, no column with ids, a row without one, or an id twice.
    pub fn parse(bytes: &[u8]) -> Result<Self, TableError> {
        let text = decode(bytes);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .delimiter(delimiter(&text))
            .from_reader(text.as_bytes());
        let mut lines = reader.records();
        let header = loop {
            match lines.next() {
                None => return Err(TableError::Empty),
                Some(Err(error)) => return Err(malformed(&error)),
                Some(Ok(line)) if line.iter().all(|value| value.trim().is_empty()) => {}
                Some(Ok(line)) => break line,
            }
        };
        let columns: Vec<String> = header.iter().map(|column| column.trim().to_owned()).collect();
        let Some(id_column) = columns::record_id(&columns) else {
            return Err(TableError::NoIdColumn { found: shown(&columns) });
        };
        let mut rows = Vec::new();
        let mut seen: HashMap<String, u64> = HashMap::new();
        for line in lines {
            let line = line.map_err(|error| malformed(&error))?;
            let at = line.position().map_or(0, csv::Position::line);
            if line.iter().all(|value| value.trim().is_empty()) {
                continue;
            }
            let mut values: Vec<String> = line.iter().take(columns.len()).map(str::to_owned).collect();
            values.resize(columns.len(), String::new());
            let id = values[id_column].trim().to_owned();
            if id.is_empty() {
                return Err(TableError::NoId { line: at, column: columns[id_column].clone() });
            }
            if let Some(first) = seen.insert(id.clone(), at) {
                return Err(TableError::SameId { id, first, second: at });
            }
            rows.push(Row { id, values });
        }
        Ok(Self { columns, id_column, rows })
    }

    /// Returns the names of the columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the place of the column with the ids.
    #[must_use]
    pub fn id_column(&self) -> usize {
        self.id_column
    }

    /// Returns the records in the order of the file.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// The first columns, fit for one line of a message.
fn shown(columns: &[String]) -> String {
    let short = |column: &String| column.chars().take(30).flat_map(char::escape_debug).collect::<String>();
    let mut shown: Vec<String> =
        columns.iter().take(12).map(|column| format!("`{}`", short(column))).collect();
    if columns.len() > shown.len() {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

fn malformed(error: &csv::Error) -> TableError {
    TableError::Malformed { line: error.position().map_or(0, csv::Position::line), why: error.to_string() }
}

/// UTF-8, or one letter a byte: the letters of Western Europe stand in the same places in all such encodings.
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    String::from_utf8(bytes.to_vec())
        .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

/// Spreadsheets of half of Europe write semicolons; exports of databases write tabs.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |sign: u8| header.bytes().filter(|byte| *byte == sign).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}
