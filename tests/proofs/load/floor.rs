//! What the database alone takes: the rows of a delivery and its job, written by the store and nothing around it.

use std::time::Instant;

use anyhow::Context as _;
use app::seams::{Clock as _, Ids as _, RandomIds, SystemClock};
use domain::Timestamp;
use serde_json::json;
use store::NewJob;
use store::live::{NewDelivery, Wake};
use tokio::task::JoinSet;

use super::{Pace, Took};
use crate::town::Town;

/// Writes at the pace of the calls and returns how long each took from when it was due. The jobs are of no kind that
/// anybody works on, and never due.
pub(super) async fn measure(town: &Town, (name, pace): (&str, Pace)) -> anyhow::Result<Took> {
    let mut writing = JoinSet::new();
    let mut ticks = tokio::time::interval(pace.every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    for number in 0..pace.count {
        let due: Instant = ticks.tick().await.into_std();
        let (store, tenant) = (town.books.store.clone(), town.desks[number % town.desks.len()].tenant);
        let id = format!("floor-{name}-{number}");
        writing.spawn(async move {
            let (now, wake) = (SystemClock.now(), wake(&id));
            let delivery = NewDelivery {
                channel: "floor".to_owned(),
                account: "floor".to_owned(),
                delivery_id: id,
                topic: "conversation.user.created".to_owned(),
                at: now,
            };
            store.take_delivery(tenant, &delivery, Some(wake), now).await?;
            anyhow::Ok(due.elapsed())
        });
    }
    let took: anyhow::Result<Vec<_>> = writing.join_all().await.into_iter().collect();
    Ok(Took::of(took.context("the floor could not be written")?))
}

fn wake(id: &str) -> Wake {
    Wake {
        job: NewJob {
            id: RandomIds.job(),
            kind: "floor".to_owned(),
            group: Some(id.to_owned()),
            dedupe: Some(id.to_owned()),
            args: json!({"channel": "floor", "account": "floor", "conversation": id}),
            run_at: Timestamp::OPEN,
            max_attempts: 1,
        },
        put_off_by_ms: Some(15_000),
    }
}
