//! A transaction on either database: execute, rows, commit.

use domain::TenantId;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr, Transaction};

use crate::error::Error;
use crate::sql::{Param, Row, list, tuples};

/// Parameters in one generated statement for SQLite, which looks each one up by name along a list.
const SQLITE_PARAMETERS: usize = 400;
/// The same for Postgres, where each statement is a message there and back.
const POSTGRES_PARAMETERS: usize = 4000;
/// Numbers in one statement.
const NUMBERS: usize = 10_000;

/// A transaction; dropped without `commit` it changes nothing.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

fn bind_sqlite(sql: SqlStr, params: Vec<Param>) -> Result<Query<'static, Sqlite, SqliteArguments>, Error> {
    let mut query = sqlx::query(sql);
    for param in params {
        param.check()?;
        query = match param {
            Param::Int(value) => query.bind(value),
            Param::MaybeInt(value) => query.bind(value),
            Param::Real(value) => query.bind(value),
            Param::Text(value) => query.bind(value),
            Param::MaybeText(value) => query.bind(value),
            Param::Bytes(value) => query.bind(value),
            Param::MaybeBytes(value) => query.bind(value),
        };
    }
    Ok(query)
}

fn bind_postgres(sql: SqlStr, params: Vec<Param>) -> Result<Query<'static, Postgres, PgArguments>, Error> {
    let mut query = sqlx::query(sql);
    for param in params {
        param.check()?;
        query = match param {
            Param::Int(value) => query.bind(value),
            Param::MaybeInt(value) => query.bind(value),
            Param::Real(value) => query.bind(value),
            Param::Text(value) => query.bind(value),
            Param::MaybeText(value) => query.bind(value),
            Param::Bytes(value) => query.bind(value),
            Param::MaybeBytes(value) => query.bind(value),
        };
    }
    Ok(query)
}

impl Tx {
    pub(crate) async fn of_tenant(
        tx: Transaction<'static, Postgres>,
        tenant: Option<TenantId>,
    ) -> Result<Self, Error> {
        let mut tx = Self::Postgres(tx);
        tx.act_for(tenant).await?;
        Ok(tx)
    }

    /// Tells Postgres for whom the following statements are.
    pub(crate) async fn act_for(&mut self, tenant: Option<TenantId>) -> Result<(), Error> {
        if let Self::Postgres(_) = self {
            let tenant = tenant.map(|tenant| tenant.uuid().simple().to_string()).unwrap_or_default();
            self.rows("SELECT set_config('backstory.tenant', $1, true)", vec![Param::Text(tenant)]).await?;
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Runs a statement and returns the number of rows it touched.
    pub(crate) async fn execute(&mut self, sql: &'static str, params: Vec<Param>) -> Result<u64, Error> {
        self.execute_str(sql.into_sql_str(), params).await
    }

    pub(crate) async fn execute_str(&mut self, sql: SqlStr, params: Vec<Param>) -> Result<u64, Error> {
        Ok(match self {
            Self::Sqlite(tx) => bind_sqlite(sql, params)?.execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx) => bind_postgres(sql, params)?.execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Runs a query and returns all its rows.
    pub(crate) async fn rows(&mut self, sql: &'static str, params: Vec<Param>) -> Result<Vec<Row>, Error> {
        self.rows_str(sql.into_sql_str(), params).await
    }

    pub(crate) async fn rows_str(&mut self, sql: SqlStr, params: Vec<Param>) -> Result<Vec<Row>, Error> {
        Ok(match self {
            Self::Sqlite(tx) => {
                let rows = bind_sqlite(sql, params)?.fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::from).collect()
            }
            Self::Postgres(tx) => {
                let rows = bind_postgres(sql, params)?.fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::from).collect()
            }
        })
    }

    /// Runs a query and returns its first row.
    pub(crate) async fn find(&mut self, sql: &'static str, params: Vec<Param>) -> Result<Option<Row>, Error> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// Runs a query that always has one row.
    pub(crate) async fn one(&mut self, sql: &'static str, params: Vec<Param>) -> Result<Row, Error> {
        self.find(sql, params).await?.ok_or_else(|| Error::damaged("a query that has one row had none"))
    }

    /// Runs a script of several statements without parameters.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), Error> {
        match self {
            Self::Sqlite(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(drop)?,
            Self::Postgres(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(drop)?,
        }
        Ok(())
    }

    /// Inserts rows of equal length: `INSERT INTO {into} VALUES (…), (…) {then}`.
    ///
    /// Rows go out in batches of a few sizes only, so that few statements need preparing.
    pub(crate) async fn insert(
        &mut self,
        into: &'static str,
        rows: impl IntoIterator<Item = Vec<Param>>,
        then: &'static str,
    ) -> Result<u64, Error> {
        let mut rows = rows.into_iter().peekable();
        let Some(columns) = rows.peek().map(Vec::len) else {
            return Ok(0);
        };
        let batch = (self.most_parameters() / columns).max(1);
        let mut touched = 0;
        while rows.peek().is_some() {
            let mut params: Vec<Param> = Vec::with_capacity(batch * columns);
            let mut left = rows.by_ref().take(batch).map(|row| params.extend(row)).count();
            while left > 0 {
                let size = [batch, batch / 8, batch / 64].into_iter().find(|size| (1..=left).contains(size));
                let size = size.unwrap_or(1);
                let rest = params.split_off(size * columns);
                let sql = format!("INSERT INTO {into} VALUES {} {then}", tuples(size, columns));
                touched += self.execute_str(AssertSqlSafe(sql).into_sql_str(), params).await?;
                params = rest;
                left -= size;
            }
        }
        Ok(touched)
    }

    fn most_parameters(&self) -> usize {
        match self {
            Self::Sqlite(_) => SQLITE_PARAMETERS,
            Self::Postgres(_) => POSTGRES_PARAMETERS,
        }
    }

    /// Runs `{before} IN (…) {after}` for all of `keys`, which are of one type; `fixed` are the parameters
    /// before the keys, `$1` and up. Without keys nothing runs. SQLite gets them in batches, so what `after`
    /// orders or groups must be within what one key selects; Postgres takes them as one array.
    pub(crate) async fn rows_in<K: Into<Param>>(
        &mut self,
        sql: (&'static str, &'static str),
        fixed: &[Param],
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Vec<Row>, Error> {
        let mut found = Vec::new();
        match self {
            Self::Sqlite(tx) => {
                for (sql, params) in batches(sql, fixed, keys) {
                    let rows = bind_sqlite(sql, params)?.fetch_all(&mut **tx).await?;
                    found.extend(rows.into_iter().map(Row::from));
                }
            }
            Self::Postgres(tx) => {
                if let Some(query) = bind_array(sql, fixed, keys)? {
                    let rows = query.fetch_all(&mut **tx).await?;
                    found.extend(rows.into_iter().map(Row::from));
                }
            }
        }
        Ok(found)
    }

    /// Like [`Tx::rows_in`] for a statement that returns nothing; returns the number of rows it touched.
    pub(crate) async fn execute_in<K: Into<Param>>(
        &mut self,
        sql: (&'static str, &'static str),
        fixed: &[Param],
        keys: impl IntoIterator<Item = K>,
    ) -> Result<u64, Error> {
        let mut touched = 0;
        match self {
            Self::Sqlite(tx) => {
                for (sql, params) in batches(sql, fixed, keys) {
                    touched += bind_sqlite(sql, params)?.execute(&mut **tx).await?.rows_affected();
                }
            }
            Self::Postgres(tx) => {
                if let Some(query) = bind_array(sql, fixed, keys)? {
                    touched += query.execute(&mut **tx).await?.rows_affected();
                }
            }
        }
        Ok(touched)
    }

    /// Like [`Tx::rows_in`] for thousands of whole numbers. For SQLite they stand in the statement itself,
    /// since it has no room for so many parameters; a number cannot be anything but a number.
    pub(crate) async fn rows_in_ints(
        &mut self,
        before: &'static str,
        fixed: &[Param],
        keys: &[i64],
    ) -> Result<Vec<Row>, Error> {
        let Self::Sqlite(tx) = self else {
            return self.rows_in((before, ""), fixed, keys.iter().copied()).await;
        };
        let mut found = Vec::new();
        for keys in keys.chunks(NUMBERS) {
            let keys = keys.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
            let sql = AssertSqlSafe(format!("{before} IN ({keys})")).into_sql_str();
            // Not worth keeping prepared: the same numbers do not come again.
            let query = bind_sqlite(sql, fixed.to_vec())?.persistent(false);
            found.extend(query.fetch_all(&mut **tx).await?.into_iter().map(Row::from));
        }
        Ok(found)
    }
}

/// Writes `{before} = ANY(…) {after}` with all keys as one array, or nothing where there are no keys.
fn bind_array<K: Into<Param>>(
    (before, after): (&'static str, &'static str),
    fixed: &[Param],
    keys: impl IntoIterator<Item = K>,
) -> Result<Option<Query<'static, Postgres, PgArguments>>, Error> {
    let (mut ints, mut texts, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for key in keys {
        let key = key.into();
        key.check()?;
        match key {
            Param::Int(key) => ints.push(key),
            Param::Text(key) => texts.push(key),
            Param::Bytes(key) => bytes.push(key),
            other => unreachable!("{other:?} is no key"),
        }
    }
    let sql = AssertSqlSafe(format!("{before} = ANY(${}) {after}", fixed.len() + 1)).into_sql_str();
    let query = bind_postgres(sql, fixed.to_vec())?;
    Ok(match (ints.is_empty(), texts.is_empty(), bytes.is_empty()) {
        (true, true, true) => None,
        (false, true, true) => Some(query.bind(ints)),
        (true, false, true) => Some(query.bind(texts)),
        (true, true, false) => Some(query.bind(bytes)),
        _ => unreachable!("keys are of one type"),
    })
}

/// Cuts keys into lists of few different lengths (repeating the last key to fill up, which `IN` does not
/// mind), each with its statement and the fixed parameters in front.
fn batches<K: Into<Param>>(
    (before, after): (&'static str, &'static str),
    fixed: &[Param],
    keys: impl IntoIterator<Item = K>,
) -> Vec<(SqlStr, Vec<Param>)> {
    let keys: Vec<Param> = keys.into_iter().map(Into::into).collect();
    keys.chunks(SQLITE_PARAMETERS)
        .map(|keys| {
            let width = [1, 4, 16, 64, 160].into_iter().find(|width| keys.len() <= *width);
            let width = width.unwrap_or(SQLITE_PARAMETERS);
            let mut params = fixed.to_vec();
            params.extend_from_slice(keys);
            params.resize(fixed.len() + width, keys[keys.len() - 1].clone());
            let sql = format!("{before} IN ({}) {after}", list(fixed.len() + 1, width));
            (AssertSqlSafe(sql).into_sql_str(), params)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_in_one_batch_and_few_lengths_occur() {
        for count in [0, 1, 2, 9, 64, 65, 400, 401, 1000] {
            let keys = (0..count).map(i64::from);
            let mut seen: Vec<i64> = Vec::new();
            for (sql, params) in batches(("x", "y"), &[Param::Int(-1)], keys) {
                let width = params.len() - 1;
                assert!([1, 4, 16, 64, 160, 400].contains(&width), "{width}");
                assert_eq!(sql.as_str(), format!("x IN ({}) y", list(2, width)));
                let key = |param: &Param| if let Param::Int(key) = param { *key } else { -2 };
                let mut keys: Vec<i64> = params[1..].iter().map(key).collect();
                keys.dedup();
                seen.extend(keys);
            }
            assert_eq!(seen, (0..i64::from(count)).collect::<Vec<_>>());
        }
    }
}
