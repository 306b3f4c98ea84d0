//! Values in and rows out, the same for both databases, so that every statement is written once.

use domain::{
    ChunkId, CompanyId, ConversationId, DocumentId, JobId, KeyId, MergeId, OutgoingId, PersonId, SecretId,
    SourceId, StepUpId, SubjectId, TenantId, Timestamp, TraceId, VersionId,
};
use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Postgres, Row as _, Sqlite};
use uuid::Uuid;

use crate::error::Error;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Param {
    Int(i64),
    MaybeInt(Option<i64>),
    Real(f64),
    Text(String),
    MaybeText(Option<String>),
    Bytes(Vec<u8>),
    MaybeBytes(Option<Vec<u8>>),
}

impl Param {
    /// Fails on what one of the databases cannot store: Postgres knows no NUL in text.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Text(text) | Self::MaybeText(Some(text)) if text.contains('\0') => {
                let start = domain::text::shorten(&text.replace('\0', "␀"), 40);
                Err(Error::Invalid { what: format!("the text `{start}` contains a NUL character") })
            }
            _ => Ok(()),
        }
    }
}

/// Makes a `Vec<Param>` of values of different types.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::sql::Param::from($value)),*] };
}
pub(crate) use params;

/// Like `params!`, as an array: for parameters that are repeated with every batch.
macro_rules! fixed {
    ($($value:expr),* $(,)?) => { [$($crate::sql::Param::from($value)),*] };
}
pub(crate) use fixed;

macro_rules! param_from {
    ($($type:ty => |$value:ident| $param:expr;)+) => {$(
        impl From<$type> for Param {
            fn from($value: $type) -> Self { $param }
        }
    )+};
}

param_from! {
    i64 => |value| Param::Int(value);
    u32 => |value| Param::Int(i64::from(value));
    bool => |value| Param::Int(i64::from(value));
    Option<i64> => |value| Param::MaybeInt(value);
    Option<u32> => |value| Param::MaybeInt(value.map(i64::from));
    Option<u8> => |value| Param::MaybeInt(value.map(i64::from));
    f64 => |value| Param::Real(value);
    &str => |value| Param::Text(value.to_owned());
    &String => |value| Param::Text(value.clone());
    String => |value| Param::Text(value);
    Option<&str> => |value| Param::MaybeText(value.map(str::to_owned));
    Option<String> => |value| Param::MaybeText(value);
    &Option<String> => |value| Param::MaybeText(value.clone());
    Vec<u8> => |value| Param::Bytes(value);
    &[u8; 32] => |value| Param::Bytes(value.to_vec());
    Option<Vec<u8>> => |value| Param::MaybeBytes(value);
    Timestamp => |value| Param::Int(value.millis());
    Option<Timestamp> => |value| Param::MaybeInt(value.map(Timestamp::millis));
    Uuid => |value| Param::Bytes(value.as_bytes().to_vec());
    Option<Uuid> => |value| Param::MaybeBytes(value.map(|id| id.as_bytes().to_vec()));
}

/// An id that is stored as its 16 bytes.
pub(crate) trait Id: Copy {
    fn wrap(uuid: Uuid) -> Self;
    fn bare(self) -> Uuid;
}

macro_rules! ids {
    ($($type:ident),+) => {$(
        impl Id for $type {
            fn wrap(uuid: Uuid) -> Self { Self::from_uuid(uuid) }
            fn bare(self) -> Uuid { self.uuid() }
        }
        impl From<$type> for Param {
            fn from(id: $type) -> Self { Self::from(id.uuid()) }
        }
        impl From<Option<$type>> for Param {
            fn from(id: Option<$type>) -> Self { Self::from(id.map($type::uuid)) }
        }
    )+};
}

ids!(
    ChunkId,
    CompanyId,
    ConversationId,
    DocumentId,
    JobId,
    KeyId,
    MergeId,
    OutgoingId,
    PersonId,
    SecretId,
    SourceId,
    StepUpId,
    SubjectId,
    TenantId,
    TraceId,
    VersionId
);

/// A value that both drivers can read.
pub(crate) trait Value:
    for<'r> sqlx::Decode<'r, Sqlite>
    + sqlx::Type<Sqlite>
    + for<'r> sqlx::Decode<'r, Postgres>
    + sqlx::Type<Postgres>
{
}

impl<T> Value for T where
    T: for<'r> sqlx::Decode<'r, Sqlite>
        + sqlx::Type<Sqlite>
        + for<'r> sqlx::Decode<'r, Postgres>
        + sqlx::Type<Postgres>
{
}

enum Either {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// A row whose columns are taken from left to right.
pub(crate) struct Row {
    row: Either,
    column: usize,
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self { row: Either::Sqlite(row), column: 0 }
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self { row: Either::Postgres(row), column: 0 }
    }
}

impl Row {
    /// Returns the next column.
    pub(crate) fn take<T: Value>(&mut self) -> Result<T, Error> {
        let column = self.column;
        self.column += 1;
        match &self.row {
            Either::Sqlite(row) => row.try_get(column),
            Either::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| Error::damaged(error.to_string()))
    }

    pub(crate) fn int(&mut self) -> Result<i64, Error> {
        self.take()
    }

    pub(crate) fn text(&mut self) -> Result<String, Error> {
        self.take()
    }

    pub(crate) fn maybe_text(&mut self) -> Result<Option<String>, Error> {
        self.take()
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, Error> {
        self.take()
    }

    pub(crate) fn hash(&mut self) -> Result<[u8; 32], Error> {
        self.bytes()?.try_into().map_err(|_| Error::damaged("a hash does not have 32 bytes"))
    }

    pub(crate) fn bool(&mut self) -> Result<bool, Error> {
        Ok(self.int()? != 0)
    }

    /// Returns the next column as a count, position or other number that is never negative.
    pub(crate) fn count<T: TryFrom<i64>>(&mut self) -> Result<T, Error> {
        T::try_from(self.int()?).map_err(|_| Error::damaged("a number is out of range"))
    }

    pub(crate) fn maybe_count<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, Error> {
        let number: Option<i64> = self.take()?;
        number.map(T::try_from).transpose().map_err(|_| Error::damaged("a number is out of range"))
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Error> {
        Ok(Timestamp::from_millis(self.int()?))
    }

    pub(crate) fn maybe_time(&mut self) -> Result<Option<Timestamp>, Error> {
        let time: Option<i64> = self.take()?;
        Ok(time.map(Timestamp::from_millis))
    }

    pub(crate) fn id<T: Id>(&mut self) -> Result<T, Error> {
        let bytes: Vec<u8> = self.take()?;
        uuid(&bytes).map(T::wrap)
    }

    pub(crate) fn maybe_id<T: Id>(&mut self) -> Result<Option<T>, Error> {
        let bytes: Option<Vec<u8>> = self.take()?;
        bytes.filter(|bytes| !bytes.is_empty()).map(|bytes| uuid(&bytes).map(T::wrap)).transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        from_json(&self.text()?)
    }

    /// Returns the next column as one of the words that a type is stored by.
    pub(crate) fn word<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        from_word(&self.text()?)
    }
}

fn uuid(bytes: &[u8]) -> Result<Uuid, Error> {
    Uuid::from_slice(bytes).map_err(|_| Error::damaged("an id does not have 16 bytes"))
}

/// Writes a value as JSON.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data has a JSON form")
}

/// Reads a value from JSON.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::damaged(error.to_string()))
}

/// Writes one of a closed set of values as the word that serde names it by.
pub(crate) fn to_word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => unreachable!("only types that serialise as a word are stored as one"),
    }
}

pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, Error> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|error| Error::damaged(error.to_string()))
}

/// Returns `($1, $2), ($3, $4)` for `rows` times `columns`.
pub(crate) fn tuples(rows: usize, columns: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(rows * columns * 5);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let _ = write!(text, "{}${}", if column == 0 { "" } else { ", " }, row * columns + column + 1);
        }
        text.push(')');
    }
    text
}

/// Returns `$2, $3, $4` for `from` 2 and `count` 3.
pub(crate) fn list(from: usize, count: usize) -> String {
    (from..from + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_placeholders() {
        assert_eq!(tuples(2, 2), "($1, $2), ($3, $4)");
        assert_eq!(list(2, 3), "$2, $3, $4");
    }

    #[test]
    fn a_nul_is_named_and_refused() {
        let error = Param::from("a\0b").check().unwrap_err();
        assert_eq!(error.to_string(), "the text `a␀b` contains a NUL character");
        Param::from("ab").check().unwrap();
    }

    #[test]
    fn closed_sets_are_stored_as_words() {
        assert_eq!(to_word(&domain::Status::Solved), "solved");
        assert_eq!(from_word::<domain::Status>("solved").unwrap(), domain::Status::Solved);
        assert!(matches!(from_word::<domain::Status>("odd"), Err(Error::Damaged { .. })));
    }
}
