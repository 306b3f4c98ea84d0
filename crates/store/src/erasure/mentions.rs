//! The search after an erasure: does any text still name the person?

use super::*;

/// Texts that name a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// Table and column.
    pub place: &'static str,
    /// In how many rows.
    pub rows: u64,
}

macro_rules! places {
    ($(($table:literal, $column:literal)),+ $(,)?) => {
        &[$((
            concat!($table, ".", $column),
            concat!("SELECT COUNT(*) FROM ", $table, " WHERE tenant = $1 AND LOWER(", $column,
                ") LIKE $2 ESCAPE '!'"),
        )),+]
    };
}

/// Everywhere that people can write, or that is made of what they wrote.
const PLACES: &[(&str, &str)] = places!(
    ("turns", "text"),
    ("conversations", "subject"),
    ("versions", "title"),
    ("versions", "markdown"),
    ("chunks", "search_text"),
    ("chunks", "body"),
    ("learned_slots", "text"),
    ("observed_names", "name"),
    ("observed_identifiers", "value"),
    ("subjects", "external_id"),
    ("quarantined", "value"),
    ("ledger", "entry"),
    ("jobs", "args"),
    ("jobs", "last_error"),
    ("traces", "body"),
    ("outgoing", "text"),
    ("feedback", "comment"),
);

impl Store {
    /// Looks for texts, such as an address or a name, in everything that people can write, and returns where
    /// any of them stands. Letters count as the same in either case.
    pub async fn mentions(&self, tenant: TenantId, texts: &[String]) -> Result<Vec<Mention>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let mut found: BTreeMap<&'static str, u64> = BTreeMap::new();
        for text in texts {
            let escaped = text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
            for (place, sql) in PLACES {
                let rows: u64 = tx.one(sql, params![tenant, format!("%{escaped}%")]).await?.count()?;
                if rows > 0 {
                    *found.entry(place).or_default() += rows;
                }
            }
        }
        Ok(found.into_iter().map(|(place, rows)| Mention { place, rows }).collect())
    }
}
