//! What calls of models used, by month: figures of a tenant, nothing of anybody who asked.

use domain::{TenantId, Timestamp};

use crate::Store;
use crate::error::Error;
use crate::sql::params;

/// What one model used in one month.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spending {
    /// The model, as it is configured.
    pub model: String,
    /// How often it was called.
    pub calls: u64,
    /// Tokens of requests.
    pub tokens_in: u64,
    /// Tokens of answers.
    pub tokens_out: u64,
    /// What it cost, in millionths of the currency of the configured prices.
    pub cost_micros: u64,
}

impl Store {
    /// Adds what calls used in the month of `at`, and returns what all models have cost in it by now.
    pub async fn spend(&self, tenant: TenantId, at: Timestamp, used: &Spending) -> Result<u64, Error> {
        let month = month(at);
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let mut tx = self.pools.write(tenant).await?;
        tx.execute(
            "INSERT INTO spending (tenant, month, model, calls, tokens_in, tokens_out, cost_micros)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (tenant, month, model) DO UPDATE SET calls = spending.calls + excluded.calls,
                 tokens_in = spending.tokens_in + excluded.tokens_in,
                 tokens_out = spending.tokens_out + excluded.tokens_out,
                 cost_micros = spending.cost_micros + excluded.cost_micros",
            params![
                tenant,
                &month,
                &used.model,
                number(used.calls),
                number(used.tokens_in),
                number(used.tokens_out),
                number(used.cost_micros)
            ],
        )
        .await?;
        let total = total(&mut tx, tenant, &month).await?;
        tx.commit().await?;
        Ok(total)
    }

    /// Returns what all models have cost in the month of `at`, in millionths.
    pub async fn spent(&self, tenant: TenantId, at: Timestamp) -> Result<u64, Error> {
        let mut tx = self.pools.read(tenant).await?;
        total(&mut tx, tenant, &month(at)).await
    }

    /// Returns what each model used in the month of `at`, by name.
    pub async fn list_spending(&self, tenant: TenantId, at: Timestamp) -> Result<Vec<Spending>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT model, calls, tokens_in, tokens_out, cost_micros FROM spending
             WHERE tenant = $1 AND month = $2 ORDER BY model";
        let rows = tx.rows(sql, params![tenant, month(at)]).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(Spending {
                    model: row.text()?,
                    calls: row.count()?,
                    tokens_in: row.count()?,
                    tokens_out: row.count()?,
                    cost_micros: row.count()?,
                })
            })
            .collect()
    }
}

async fn total(tx: &mut crate::tx::Tx, tenant: TenantId, month: &str) -> Result<u64, Error> {
    let sql = "SELECT CAST(COALESCE(SUM(cost_micros), 0) AS BIGINT) FROM spending
         WHERE tenant = $1 AND month = $2";
    match tx.find(sql, params![tenant, month]).await? {
        Some(mut row) => row.count(),
        None => Ok(0),
    }
}

/// Returns the month of a moment, such as `2025-07`.
fn month(at: Timestamp) -> String {
    at.to_string().chars().take(7).collect()
}
