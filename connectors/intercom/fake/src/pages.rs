//! Pages: by cursor for contacts, conversations and tickets; by number for articles and companies.

use serde_json::{Value, json};

use crate::error::ApiError;

/// A page by cursor. The cursor names the last item by what the list is sorted by, so something that changes
/// while a reader is under way moves to the front and is not met again, as with the original.
pub(crate) struct Cursor {
    pub(crate) per_page: usize,
    after: Option<(i64, String)>,
    page: usize,
}

/// A page of items and what the answer says about the others.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) pages: Value,
    pub(crate) total: usize,
}

impl Cursor {
    pub(crate) fn parse(
        per_page: Option<i64>,
        after: Option<&str>,
        default: usize,
        most: usize,
    ) -> Result<Cursor, ApiError> {
        let per_page = match per_page {
            None => default,
            Some(wished) => usize::try_from(wished)
                .ok()
                .filter(|wished| (1..=most).contains(wished))
                .ok_or_else(|| ApiError::invalid(format!("per_page must be between 1 and {most}")))?,
        };
        let Some(after) = after.filter(|after| !after.is_empty()) else {
            return Ok(Cursor { per_page, after: None, page: 1 });
        };
        let (key, id, page) =
            decode(after).ok_or_else(|| ApiError::invalid("starting_after is not a cursor"))?;
        Ok(Cursor { per_page, after: Some((key, id)), page: page + 1 })
    }

    /// Cuts a page out of items, newest first by `key`.
    pub(crate) fn cut<'a, T>(&self, mut items: Vec<&'a T>, key: impl Fn(&T) -> (i64, &str)) -> Page<&'a T> {
        items.sort_by(|left, right| order(key(right), key(left)));
        let total = items.len();
        if let Some((moment, id)) = &self.after {
            items.retain(|item| order(key(item), (*moment, id)).is_lt());
        }
        let more = items.len() > self.per_page;
        items.truncate(self.per_page);
        let mut pages = json!({
            "type": "pages",
            "page": self.page,
            "per_page": self.per_page,
            "total_pages": total.div_ceil(self.per_page),
        });
        if let (true, Some(last)) = (more, items.last()) {
            let (moment, id) = key(last);
            pages["next"] =
                json!({ "per_page": self.per_page, "starting_after": encode(moment, id, self.page) });
        }
        Page { items, pages, total }
    }
}

/// Ids of one length compare as numbers do.
fn order(left: (i64, &str), right: (i64, &str)) -> std::cmp::Ordering {
    left.0.cmp(&right.0).then(left.1.len().cmp(&right.1.len())).then(left.1.cmp(right.1))
}

/// Cuts a page by number out of items that are in order.
pub(crate) fn numbered<T>(
    items: Vec<T>,
    page: Option<i64>,
    per_page: Option<i64>,
    default: usize,
) -> Page<T> {
    let per_page = per_page.and_then(|wished| usize::try_from(wished).ok()).unwrap_or(default).clamp(1, 250);
    let page = page.and_then(|wished| usize::try_from(wished).ok()).unwrap_or(1).max(1);
    let total = items.len();
    let total_pages = total.div_ceil(per_page);
    let items = items.into_iter().skip((page - 1) * per_page).take(per_page).collect();
    let pages = json!({ "type": "pages", "page": page, "per_page": per_page, "total_pages": total_pages });
    Page { items, pages, total }
}

fn encode(moment: i64, id: &str, page: usize) -> String {
    let plain = format!("{moment},{id},{page}");
    plain.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn decode(cursor: &str) -> Option<(i64, String, usize)> {
    let digits = cursor.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    let plain = String::from_utf8(digits.collect::<Option<Vec<u8>>>()?).ok()?;
    let mut fields = plain.split(',');
    Some((fields.next()?.parse().ok()?, fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}
