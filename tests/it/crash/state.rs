//! Everything an installation knows of a tenant, as text that can be compared.

use std::collections::BTreeMap;
use std::fmt::Debug;

use app::App;
use domain::{TenantId, text};

/// What is known, by table.
pub(super) struct State {
    /// The things that were read with the hashes of what was read.
    pub(super) items: BTreeMap<String, String>,
    tables: Vec<(&'static str, Vec<String>)>,
}

fn rows<T: Debug>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut rows: Vec<String> = values.into_iter().map(|value| format!("{value:?}")).collect();
    rows.sort();
    rows
}

impl State {
    pub(super) async fn of(app: &App, tenant: TenantId) -> Self {
        const ALL: u32 = 1_000_000;
        let store = &app.store;
        let mut items = BTreeMap::new();
        let sources = store.list_sources(tenant).await.unwrap();
        for source in &sources {
            for (external, hash) in store.content_hashes(tenant, source.id).await.unwrap() {
                items.insert(format!("{} {}", external.kind.name(), external.id), text::hex(&hash));
            }
        }
        let states = store.chunk_states(tenant, None, ALL).await.unwrap();
        let ids: Vec<_> = states.iter().map(|state| state.id).collect();
        let chunks = store.load_chunks_unscoped_for_maintenance(tenant, &ids).await.unwrap();
        let conversations = store.list_conversations(tenant, app::Range::ALL, None, ALL).await.unwrap();
        let points = app.index.scroll(tenant, None, ALL as usize).await.unwrap();
        let tables = vec![
            ("sources with their cursors", rows(sources)),
            ("items", rows(&items)),
            ("articles", rows(store.article_states(tenant).await.unwrap())),
            ("chunks", rows(chunks)),
            ("conversations", rows(conversations)),
            ("subjects", rows(store.list_subjects(tenant, None, ALL).await.unwrap())),
            ("links", rows(store.list_links(tenant).await.unwrap())),
            ("memberships", rows(store.list_memberships(tenant).await.unwrap())),
            ("details", rows(store.list_details(tenant, None, ALL).await.unwrap())),
            ("counts", rows([store.counts(tenant).await.unwrap()])),
            ("points of the index", rows(points)),
        ];
        Self { items, tables }
    }

    /// Fails with the first row that differs.
    pub(super) fn assert_is(&self, wanted: &Self, context: &str) {
        for ((name, rows), (_, expected)) in self.tables.iter().zip(&wanted.tables) {
            assert!(!expected.is_empty() || *name == "memberships", "nothing to compare in {name}");
            let other = rows.iter().zip(expected).find(|(row, expected)| row != expected);
            assert_eq!(other, None, "{context}: {name} differ from those of an undisturbed run");
            assert_eq!(rows.len(), expected.len(), "{context}: number of {name}");
        }
    }
}
