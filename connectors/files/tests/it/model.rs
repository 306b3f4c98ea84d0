//! Whatever happens to a folder, and wherever rounds are cut: what was read in pieces is what is read at once.

use std::collections::BTreeMap;
use std::fs;

use connector::testing::{id_of, text_of};
use domain::record::ExternalId;
use proptest::prelude::*;

use crate::Folder;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Event {
    /// A file gets these rows: which id, which text.
    Write { file: usize, rows: Vec<(u8, u8)> },
    /// A file goes.
    Remove { file: usize },
    /// So many pages are read, each by a new process or all by one.
    Pull { pages: usize, warm: bool },
}

fn event() -> impl Strategy<Value = Event> {
    let rows = prop::collection::vec((0u8..5, 0u8..3), 0..6);
    prop_oneof![
        3 => (0usize..4, rows).prop_map(|(file, rows)| Event::Write { file, rows }),
        1 => (0usize..4).prop_map(|file| Event::Remove { file }),
        3 => (1usize..5, any::<bool>()).prop_map(|(pages, warm)| Event::Pull { pages, warm }),
    ]
}

fn name(file: usize) -> String {
    format!("{file}.jsonl")
}

/// What a store would hold.
type Store = BTreeMap<ExternalId, String>;

async fn pull(folder: &mut Folder, store: &mut Store, pages: usize, warm: bool) {
    let mut source = folder.open();
    for _ in 0..pages {
        if !warm {
            source = folder.open();
        }
        let page = source.pull(folder.cursor.as_ref()).await.unwrap();
        store.extend(page.records.iter().map(|record| (id_of(record).unwrap(), text_of(record))));
        folder.cursor = Some(page.next);
        if !page.more {
            return;
        }
    }
}

async fn run(events: Vec<Event>, page_records: usize) -> (Store, Store, usize) {
    let mut folder = Folder::new();
    folder.config.page_records = page_records;
    let mut store = Store::new();
    for event in events {
        match event {
            Event::Write { file, rows } => {
                let row = |(id, text)| format!("{{\"id\": {id}, \"text\": \"text {text}\"}}\n");
                folder.write(&name(file), rows.into_iter().map(row).collect::<String>());
            }
            Event::Remove { file } => drop(fs::remove_file(folder.path(&name(file)))),
            Event::Pull { pages, warm } => pull(&mut folder, &mut store, pages, warm).await,
        }
    }
    // The rest of a round that was cut, then one over whatever changed since it began.
    for _ in 0..2 {
        pull(&mut folder, &mut store, usize::MAX, false).await;
    }
    let listed = folder.ids().await;
    store.retain(|id, _| listed.contains(&id.id));
    let left_over = folder.sync().await.records.len();
    let mut fresh = Store::new();
    folder.cursor = None;
    pull(&mut folder, &mut fresh, usize::MAX, true).await;
    (store, fresh, left_over)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_in_pieces_ends_where_reading_at_once_does(
        events in prop::collection::vec(event(), 0..16),
        page_records in 1usize..4,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (store, fresh, left_over) = runtime.block_on(run(events, page_records));
        prop_assert_eq!(store, fresh);
        prop_assert_eq!(left_over, 0);
    }
}
