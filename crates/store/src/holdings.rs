//! What every table holds of a person: how it is found, erased and handed out, and how long it stays.
//!
//! The list is the only thing that [`crate::erasure`] goes by, so that nothing can be erased without being
//! counted, or held without being handed out. A test compares it with the schema of both databases, table by
//! table and column by column: whoever adds one has to say here what it holds.

use crate::Store;
use crate::error::Error;
use crate::pool::Backend;
use crate::sql::params;

mod tables;

pub(crate) use tables::TABLES;

/// By what the rows of a person are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    Subject,
    Conversation,
    Document,
    Version,
    Chunk,
    TextHash,
    Entry,
    Trace,
    /// The group of a conversation's jobs.
    Group,
    /// The source's own ids of conversations and contacts.
    External,
}

/// What a column holds, for handing it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Id,
    Int,
    Real,
    Text,
    /// Bytes that tell nobody anything by themselves.
    Bytes,
}

/// How long rows stay that nobody asks to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// As long as the source has what it was made of.
    WithItsSource,
    /// So many days as the tenant configures for what this is.
    Days(Age),
    /// Until the work is done.
    UntilDone,
    /// For good.
    ForGood,
}

/// The kinds of things that go by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Age {
    /// Past conversations and what was made of them.
    Conversations,
    /// What was decided and written in live conversations.
    Traces,
    /// Notifications that came in.
    Deliveries,
}

/// What is in a table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    /// Rows of people, found by a key.
    People { key: Key, count: &'static str, select: &'static str, delete: &'static str },
    /// Nothing that could be found by a person; says why that is so.
    Nobody(&'static str),
}

/// One table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holding {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [(&'static str, Holds)],
    pub(crate) of: Of,
    pub(crate) stays: Stays,
}

/// What the list says of a table, for people.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Declared {
    /// The table.
    pub table: &'static str,
    /// By what a person's rows are found, or why there are none.
    pub found_by: String,
    /// How long rows stay that nobody asks to be erased.
    pub stays: String,
}

/// Returns what every table holds, for people.
#[must_use]
pub fn declared() -> Vec<Declared> {
    TABLES
        .iter()
        .map(|holding| Declared {
            table: holding.table,
            found_by: match holding.of {
                Of::People { key, .. } => format!("{key:?}").to_lowercase(),
                Of::Nobody(why) => why.to_owned(),
            },
            stays: match holding.stays {
                Stays::WithItsSource => "as long as its source has it".to_owned(),
                Stays::Days(age) => format!("by the age of {age:?}").to_lowercase(),
                Stays::UntilDone => "until the work is done".to_owned(),
                Stays::ForGood => "for good".to_owned(),
            },
        })
        .collect()
}

impl Store {
    /// Compares the schema of this database with what is declared of it, and says what is missing on either
    /// side; nothing when all is well.
    pub async fn undeclared(&self) -> Result<Vec<String>, Error> {
        let mut tx = self.pools.read(None).await?;
        let sql = match self.backend() {
            Backend::Sqlite => {
                "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
            }
            Backend::Postgres => {
                "SELECT table_name::text, column_name::text FROM information_schema.columns
                 WHERE table_schema = current_schema() ORDER BY 1, 2"
            }
        };
        let mut there = Vec::new();
        for mut row in tx.rows(sql, params![]).await? {
            there.push((row.text()?, row.text()?));
        }
        let said: Vec<(&str, &str)> = TABLES
            .iter()
            .flat_map(|holding| holding.columns.iter().map(|(column, _)| (holding.table, *column)))
            .collect();
        let missing = there
            .iter()
            .filter(|(table, column)| !said.contains(&(table.as_str(), column.as_str())))
            .map(|(table, column)| {
                format!("`{table}.{column}` is there and not declared in `store::holdings`")
            });
        let gone = said
            .iter()
            .filter(|(table, column)| !there.iter().any(|(a, b)| a == table && b == column))
            .map(|(table, column)| format!("`{table}.{column}` is declared and not there"));
        Ok(missing.chain(gone).collect())
    }
}
