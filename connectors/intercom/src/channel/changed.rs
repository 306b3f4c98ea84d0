//! Which conversations changed: what notifications may have lost.

use connector::Error;
use connector::channel::ChangedPage;
use domain::Timestamp;
use reqwest::Method;
use serde_json::json;

use crate::client::Client;
use crate::map::moment;
use crate::wire::{Next, loose};

const PER_PAGE: u32 = 150;

/// Lists a page of the conversations that changed at or after `since`. Intercom's lists begin with what
/// changed last, and a place in them is an item: what changes while the list is read moves to its beginning
/// and belongs to the next poll, and nothing behind the place moves.
pub(super) async fn changed(
    client: &Client,
    since: Timestamp,
    after: Option<&str>,
) -> Result<ChangedPage, Error> {
    // `>` excludes the second itself in some searches and includes it in others.
    let from = (since.millis() / 1_000 - 1).max(0);
    let mut pagination = json!({"per_page": PER_PAGE});
    if let Some(after) = after {
        pagination["starting_after"] = json!(after);
    }
    let filter = json!({"field": "updated_at", "operator": ">", "value": from.to_string()});
    let body = json!({"query": {"operator": "AND", "value": [filter]}, "pagination": pagination});
    let page = client.list(Method::POST, &["conversations", "search"], &[], Some(&body)).await?;
    let is_empty = page.items.is_empty();
    let item = |item: &serde_json::Value| {
        let id = item.get("id").and_then(loose::as_id)?;
        let at =
            ["updated_at", "created_at"].into_iter().find_map(|field| loose::as_number(item.get(field)?));
        // One without a time may have changed now.
        Some((id, at.map_or(Timestamp::OPEN, moment)))
    };
    let conversations = page.items.iter().filter_map(item).collect();
    let next = match page.next {
        Next::After(next) if !is_empty && after != Some(next.as_str()) => Some(next),
        _ => None,
    };
    Ok(ChangedPage { conversations, next })
}
