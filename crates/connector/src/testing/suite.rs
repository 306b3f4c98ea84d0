use std::collections::BTreeMap;
use std::fmt::Debug;

use domain::record::{ExternalId, Record};

use super::{Applied, Change, Harness, PAGE, Trouble, id_of, text_of};
use crate::error::Error;
use crate::source::{Cursor, Effect, Page, Problem, Source};

/// How many items the suite puts outside: several pages and an incomplete one.
const ITEMS: usize = 4 * PAGE + 1;

/// How many pages a round may have before the suite says that it never ends.
const ENDLESS: usize = 100;

/// Runs the whole contract against the outside of `harness`, which must be empty.
///
/// # Panics
/// When the source breaks the contract; the message says how.
pub async fn source_suite(harness: &mut dyn Harness) {
    says_who_it_is(harness).await;
    has_nothing_when_nothing_is_there(harness).await;
    for number in 0..ITEMS {
        put(harness, number, 1).await;
    }
    hands_over_everything_once(harness).await;
    resumes_from_every_cursor(harness).await;
    repeats_a_page(harness).await;
    lists_what_it_hands_over(harness).await;
    looks_at_what_is_there(harness).await;
    refuses_a_foreign_cursor(harness).await;
    survives_a_dropped_call(harness).await;
    shows_troubles_and_recovers(harness).await;
    hands_over_what_changed(harness).await;
    shows_deletions_in_the_listing(harness).await;
    goes_on_after_a_bad_item(harness).await;
}

async fn says_who_it_is(harness: &dyn Harness) {
    let account = ok(harness, harness.open().await.check().await);
    assert!(!account.kind.is_empty() && !account.id.is_empty(), "an account has a kind and an id");
    let again = ok(harness, harness.open().await.check().await);
    assert_eq!(account, again, "checking twice names the same account");
}

async fn has_nothing_when_nothing_is_there(harness: &dyn Harness) {
    let source = harness.open().await;
    let page = ok(harness, source.pull(None).await);
    assert!(page.records.is_empty() && !page.more, "an empty account gives an empty last page");
    let after = ok(harness, source.pull(Some(&page.next)).await);
    assert!(after.records.is_empty() && !after.more, "nothing follows an empty account");
    assert_eq!(list(harness).await, [], "an empty account lists nothing");
}

async fn hands_over_everything_once(harness: &dyn Harness) {
    let pages = drain(harness, None).await;
    assert!(pages.len() > 1, "with {ITEMS} items, pages of {PAGE} are more than one page");
    for page in &pages {
        assert!(page.records.len() <= PAGE, "a page holds at most {PAGE} records");
    }
    let records = records(&pages);
    assert_eq!(records.len(), ITEMS, "every item is handed over once");
    let found = newest(&records);
    for number in 0..ITEMS {
        holds(harness, &found, number, 1);
    }
    let last = &pages[pages.len() - 1].next;
    let after = drain(harness, Some(last)).await;
    assert!(self::records(&after).is_empty(), "nothing is handed over again when nothing has changed");
}

async fn resumes_from_every_cursor(harness: &dyn Harness) {
    let pages = drain(harness, None).await;
    let whole = records(&pages);
    for cut in 0..pages.len() {
        let rest = drain(harness, Some(&pages[cut].next)).await;
        let resumed = [records(&pages[..=cut]), records(&rest)].concat();
        let said = format!("a round cut after page {cut} hands over the same in all");
        assert_eq!(ids(&resumed), ids(&whole), "{said}");
        assert!(resumed == whole, "{said}: the ids are the same, the contents are not");
        let problems = [self::problems(&pages[..=cut]), self::problems(&rest)].concat();
        assert_eq!(problems, self::problems(&pages), "a round cut after page {cut} names the same problems");
    }
}

async fn repeats_a_page(harness: &dyn Harness) {
    let source = harness.open().await;
    let mut cursor: Option<Cursor> = None;
    for _ in 0..ENDLESS {
        let first = ok(harness, source.pull(cursor.as_ref()).await);
        let second = ok(harness, source.pull(cursor.as_ref()).await);
        assert_eq!(first, second, "the same cursor gives the same page again");
        let fresh = ok(harness, harness.open().await.pull(cursor.as_ref()).await);
        assert_eq!(first, fresh, "the same cursor gives a new process the same page");
        if !first.more {
            return;
        }
        cursor = Some(first.next);
    }
    panic!("no last page after {ENDLESS} pages");
}

async fn lists_what_it_hands_over(harness: &dyn Harness) {
    let mut expected = ids(&records(&drain(harness, None).await));
    expected.sort();
    let listed = list(harness).await;
    assert_eq!(listed, expected, "the listing names what pulling hands over, in ascending order");
    for after in &listed {
        let rest = list_after(harness, Some(after.clone())).await;
        let expected: Vec<_> = listed.iter().filter(|id| *id > after).cloned().collect();
        assert_eq!(rest, expected, "listing after an id gives what follows it");
    }
}

async fn looks_at_what_is_there(harness: &dyn Harness) {
    let Some(looked) = look(harness, list(harness).await).await else { return };
    let found = newest(&looked);
    for number in 0..ITEMS {
        holds(harness, &found, number, 1);
    }
}

async fn refuses_a_foreign_cursor(harness: &dyn Harness) {
    let foreign = Cursor::new("neither made nor meant by this source");
    match harness.open().await.pull(Some(&foreign)).await {
        Err(error @ Error::StartOver { .. }) => discreet(harness, &error),
        other => panic!("a foreign cursor asks to start over, not {other:?}"),
    }
}

async fn survives_a_dropped_call(harness: &dyn Harness) {
    let source = harness.open().await;
    let expected = ok(harness, harness.open().await.pull(None).await);
    let mut call = source.pull(None);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let _ = call.as_mut().poll(&mut context);
    drop(call);
    let page = ok(harness, source.pull(None).await);
    assert_eq!(page, expected, "a call that was dropped changes nothing");
}

async fn shows_troubles_and_recovers(harness: &mut dyn Harness) {
    for trouble in [Trouble::RateLimited, Trouble::Unauthorised, Trouble::Gone, Trouble::Down] {
        let start = ok(harness, harness.open().await.pull(None).await);
        let source = harness.open().await;
        if harness.change(Change::Begin(trouble)).await == Applied::Unknown {
            continue;
        }
        let errors = [
            source.check().await.err(),
            source.pull(Some(&start.next)).await.err(),
            source.list(None).await.err(),
        ];
        for error in errors {
            let error = error.unwrap_or_else(|| panic!("{trouble:?} is an error of every call"));
            discreet(harness, &error);
            let fits = match trouble {
                Trouble::RateLimited => matches!(error, Error::RetryLater { after: Some(_), .. }),
                Trouble::Unauthorised => matches!(error, Error::FixCredentials { .. }),
                Trouble::Gone => matches!(error, Error::NotFound { .. }),
                Trouble::Down => matches!(error, Error::Unreachable { .. } | Error::RetryLater { .. }),
            };
            assert!(fits, "{trouble:?} is not told by {error:?}");
        }
        assert_eq!(harness.change(Change::End).await, Applied::Done, "a trouble ends");
        let page = ok(harness, source.pull(None).await);
        assert_eq!(page, start, "after {trouble:?} everything is as before");
    }
}

async fn hands_over_what_changed(harness: &mut dyn Harness) {
    let before = last_cursor(harness).await;
    put(harness, 1, 2).await;
    put(harness, ITEMS, 1).await;
    let pages = drain(harness, Some(&before)).await;
    let found = newest(&records(&pages));
    holds(harness, &found, 1, 2);
    holds(harness, &found, ITEMS, 1);
    let all = newest(&records(&drain(harness, None).await));
    assert_eq!(all.len(), ITEMS + 1, "a changed item does not become another one");
    holds(harness, &all, 1, 2);
    holds(harness, &all, 0, 1);
}

async fn shows_deletions_in_the_listing(harness: &mut dyn Harness) {
    let before = last_cursor(harness).await;
    let mut expected = list(harness).await;
    assert_eq!(harness.change(Change::Remove { number: 2 }).await, Applied::Done, "an item goes");
    let gone = harness.id(2);
    expected.retain(|id| *id != gone);
    assert_eq!(list(harness).await, expected, "what was removed, and nothing else, leaves the listing");
    if let Some(looked) = look(harness, vec![gone.clone()]).await {
        assert_eq!(looked, [Record::Deleted(gone.clone())], "what was removed is not there by its own id");
    }
    for record in records(&drain(harness, Some(&before)).await) {
        let back = id_of(&record) == Some(gone.clone()) && !matches!(record, Record::Deleted(_));
        assert!(!back, "what was removed is not handed over again");
    }
}

async fn goes_on_after_a_bad_item(harness: &mut dyn Harness) {
    let before = newest(&records(&drain(harness, None).await));
    let old = problems(&drain(harness, None).await).len();
    assert_eq!(harness.change(Change::Spoil).await, Applied::Done, "something bad is among the good");
    put(harness, ITEMS + 1, 1).await;
    let pages = drain(harness, None).await;
    let found = newest(&records(&pages));
    // A bad item may be there by its name.
    let lost: Vec<_> = before.keys().filter(|id| !found.contains_key(*id)).collect();
    assert!(lost.is_empty(), "a bad item costs no good one: {lost:?}");
    holds(harness, &found, ITEMS + 1, 1);
    let problems = problems(&pages);
    let skipped = problems.iter().filter(|problem| problem.effect == Effect::Skipped).count();
    assert!(problems.len() > old && skipped > 0, "a bad item is a problem that says it was skipped");
    for problem in &problems {
        assert!(!problem.place.is_empty() && !problem.what.is_empty(), "a problem says where and what");
        assert!(!problem.what.contains('\n'), "a problem is one line");
    }
    resumes_from_every_cursor(harness).await;
}

async fn put(harness: &mut dyn Harness, number: usize, version: usize) {
    let change = Change::Put { number, text: marker(number, version) };
    assert_eq!(harness.change(change).await, Applied::Done, "every outside can be written to");
}

/// Words that no other item and no other version of the item has.
fn marker(number: usize, version: usize) -> String {
    format!("the lamp number {number} blinks {version} times in green")
}

fn holds(harness: &dyn Harness, found: &BTreeMap<ExternalId, String>, number: usize, version: usize) {
    let id = harness.id(number);
    let text = found.get(&id).unwrap_or_else(|| panic!("`{}` was not handed over", id.id));
    assert!(
        text.contains(&marker(number, version)),
        "`{}` does not have the text of version {version}",
        id.id
    );
}

async fn drain(harness: &dyn Harness, cursor: Option<&Cursor>) -> Vec<Page> {
    let source = harness.open().await;
    let mut cursor = cursor.cloned();
    let mut pages = Vec::new();
    while pages.len() < ENDLESS {
        let page = ok(harness, source.pull(cursor.as_ref()).await);
        hides(harness, &page.problems);
        let more = page.more;
        cursor = Some(page.next.clone());
        pages.push(page);
        if !more {
            discreet_source(harness, source.as_ref());
            return pages;
        }
    }
    panic!("no last page after {ENDLESS} pages");
}

async fn last_cursor(harness: &dyn Harness) -> Cursor {
    let pages = drain(harness, None).await;
    pages[pages.len() - 1].next.clone()
}

async fn list(harness: &dyn Harness) -> Vec<ExternalId> {
    list_after(harness, None).await
}

async fn list_after(harness: &dyn Harness, mut after: Option<ExternalId>) -> Vec<ExternalId> {
    let source = harness.open().await;
    let mut ids = Vec::new();
    for _ in 0..ENDLESS {
        let page = ok(harness, source.list(after.as_ref()).await);
        assert_eq!(page.unseen, [], "everything could be looked into");
        ids.extend(page.ids);
        if !page.more {
            assert!(ids.is_sorted_by(|a, b| a < b), "a listing ascends and repeats nothing");
            return ids;
        }
        after = ids.last().cloned();
    }
    panic!("no end of the listing after {ENDLESS} pages");
}

/// Has the source look at things by their own ids, where it can.
async fn look(harness: &dyn Harness, ids: Vec<ExternalId>) -> Option<Vec<Record>> {
    let source = harness.open().await;
    let mut cursor = last_cursor(harness).await;
    let nothing = ok(harness, source.look(&cursor, &[]).await)?;
    assert_eq!(nothing.records, [], "looking at nothing finds nothing");
    assert_eq!(nothing.next, cursor, "looking at nothing leads nowhere");
    let mut looked = Vec::new();
    for ids in ids.chunks(250) {
        if let Some(found) = ok(harness, source.look(&cursor, ids).await) {
            looked.extend(found.records);
            cursor = found.next;
        }
    }
    Some(looked)
}

fn records(pages: &[Page]) -> Vec<Record> {
    pages.iter().flat_map(|page| page.records.clone()).collect()
}

fn ids(records: &[Record]) -> Vec<ExternalId> {
    records.iter().filter_map(id_of).collect()
}

fn problems(pages: &[Page]) -> Vec<Problem> {
    pages.iter().flat_map(|page| page.problems.clone()).collect()
}

/// What a store would hold after applying `records` in order.
fn newest(records: &[Record]) -> BTreeMap<ExternalId, String> {
    let mut state = BTreeMap::new();
    for record in records {
        let Some(id) = id_of(record) else { continue };
        if matches!(record, Record::Deleted(_)) {
            state.remove(&id);
        } else {
            state.insert(id, text_of(record));
        }
    }
    state
}

fn ok<T>(harness: &dyn Harness, result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| {
        discreet(harness, &error);
        panic!("the source failed: {error:?}")
    })
}

/// Checks that an error tells no secret, in no form and in none of its causes.
fn discreet(harness: &dyn Harness, error: &Error) {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        hides(harness, &error.to_string());
        hides(harness, error);
        cause = error.source();
    }
}

fn discreet_source(harness: &dyn Harness, source: &dyn Source) {
    hides(harness, source);
}

fn hides(harness: &dyn Harness, value: &(impl Debug + ?Sized)) {
    let text = format!("{value:?}");
    for secret in harness.secrets() {
        assert!(!text.contains(&secret), "a secret is shown");
    }
}
