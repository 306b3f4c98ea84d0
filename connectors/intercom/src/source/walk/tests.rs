use serde_json::json;

use super::*;

fn page(ids: std::ops::Range<i64>, total: u64, next: Next) -> List {
    let items = ids.map(|id| json!({"id": id, "created_at": id})).collect();
    List { items, total: Some(total), next, scroll: None }
}

fn filters(walk: &Walk) -> Vec<(String, i64)> {
    let question = walk.question(10);
    let filters = question["query"]["value"].as_array().unwrap();
    let read = |filter: &Value| {
        (filter["operator"].as_str().unwrap().to_owned(), filter["value"].as_str().unwrap().parse().unwrap())
    };
    filters.iter().map(read).collect()
}

#[test]
fn asks_wider_and_takes_what_is_inside() {
    let mut walk = Walk::new(Field::CreatedAt, 100);
    assert!(walk.narrow());
    let end = 100 + FIRST_SPAN;
    assert_eq!(filters(&walk), [(">".into(), 99), ("<".into(), end + 1)]);
    let stepped = walk.take(page(99..103, 4, Next::End), "conversations");
    assert_eq!(stepped.items.len(), 3, "the one before the window was met in the window before");
    assert_eq!(walk.from, end + 1);
}

#[test]
fn windows_shrink_to_a_second_and_no_further() {
    let mut walk = Walk::new(Field::CreatedAt, 100);
    let mut times = 0;
    while walk.narrow() {
        times += 1;
        assert!(times < 50);
    }
    assert_eq!((walk.to, walk.span), (Some(100), 0));
}

#[test]
fn a_short_window_is_read_again_without_repeating() {
    let mut walk = Walk::new(Field::CreatedAt, 1);
    let first = walk.take(page(1..3, 3, Next::End), "conversations");
    assert_eq!((first.items.len(), first.done), (2, false));
    let second = walk.take(page(1..4, 3, Next::End), "conversations");
    assert_eq!((second.items.len(), second.done, second.short.is_some()), (1, true, false));
}

#[test]
fn what_stays_short_is_a_gap() {
    let mut walk = Walk::new(Field::CreatedAt, 1);
    for reading in 1..=READINGS {
        let stepped = walk.take(page(1..3, 3, Next::End), "conversations");
        assert_eq!(stepped.done, reading == READINGS);
        if let Some((gap, problem)) = stepped.short {
            assert!(gap.is_open() && reading == READINGS);
            assert!(problem.what.contains("lists 2 of the 3"));
            return;
        }
    }
    panic!("no gap");
}

#[test]
fn a_list_that_leads_to_itself_ends() {
    let mut walk = Walk::new(Field::CreatedAt, 1);
    assert!(!walk.take(page(1..3, 2, Next::After("x".into())), "conversations").done);
    assert!(walk.take(page(1..3, 2, Next::After("x".into())), "conversations").done);
}
