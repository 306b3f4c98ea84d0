use serde::Deserialize;
use serde_json::Value;

use super::loose;

/// A page of a list. Its items are read one by one, so that a bad one costs itself alone.
#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) items: Vec<Value>,
    /// How many there are in all, where it is said.
    pub(crate) total: Option<u64>,
    pub(crate) next: Next,
    /// What leads on through a scroll.
    pub(crate) scroll: Option<String>,
}

/// What follows a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing.
    #[default]
    End,
    /// The page after this place.
    After(String),
    /// The page of this number.
    Number(u64),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pages {
    #[serde(deserialize_with = "loose::count")]
    page: Option<u64>,
    #[serde(deserialize_with = "loose::count")]
    total_pages: Option<u64>,
    next: Value,
}

impl List {
    /// Reads an answer; none when it is no list at all.
    pub(crate) fn read(mut answer: Value) -> Option<Self> {
        let fields = answer.as_object_mut()?;
        let pages: Pages = fields.remove("pages").and_then(loose::as_object).unwrap_or_default();
        let total = fields.get("total_count").and_then(loose::as_number);
        let scroll = fields.get("scroll_param").and_then(loose::as_id);
        let named = ["data", "conversations", "tickets", "tags", "admins", "teams"];
        let items = named.iter().find_map(|name| match fields.remove(*name) {
            Some(Value::Array(items)) => Some(items),
            _ => None,
        })?;
        Some(Self { items, total: total.and_then(|total| total.try_into().ok()), next: pages.next(), scroll })
    }
}

impl Pages {
    /// Cursor lists say what follows; lists by number say on which page of how many we are, and some give a
    /// link whose number is the next page.
    fn next(&self) -> Next {
        if let Some(after) = self.next.get("starting_after").and_then(loose::as_id) {
            return Next::After(after);
        }
        let page = self.page.unwrap_or(1);
        if self.total_pages.is_some_and(|pages| page < pages) { Next::Number(page + 1) } else { Next::End }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn says_what_follows() {
        let next = |pages: Value| List::read(json!({"data": [], "pages": pages})).unwrap().next;
        assert_eq!(next(json!(null)), Next::End);
        assert_eq!(next(json!({"page": 1, "total_pages": 1, "next": null})), Next::End);
        assert_eq!(next(json!({"page": 1, "total_pages": 0})), Next::End);
        assert_eq!(next(json!({"page": 1, "next": {"starting_after": "x"}})), Next::After("x".into()));
        assert_eq!(next(json!({"page": 2, "total_pages": 3, "next": "https://…?page=3"})), Next::Number(3));
        assert!(List::read(json!([])).is_none() && List::read(json!({"type": "list"})).is_none());
    }
}
