//! The logs of changes and the channels that tell of them.

use serde_json::{Value, json};

use crate::calls::Fault;
use crate::error::ApiError;
use crate::gate::{Answer, Call};
use crate::render;
use crate::world::LogKey;

fn key(call: &Call<'_>) -> Result<LogKey, ApiError> {
    let Some(drive) = call.query("driveId") else { return Ok(LogKey::User(call.email().to_owned())) };
    if !call.is("supportsAllDrives") {
        return Err(ApiError::invalid());
    }
    let world = call.world();
    let is_seen = world.drives.contains_key(drive) && world.sees(call.email(), drive);
    if is_seen { Ok(LogKey::Drive(drive.to_owned())) } else { Err(ApiError::missing()) }
}

pub(super) fn start(call: &Call<'_>) -> Result<Answer, ApiError> {
    key(call)?;
    let token = call.world().logs.newest().to_string();
    Ok(Answer::Json(json!({"kind": "drive#startPageToken", "startPageToken": token})))
}

pub(super) fn list(call: &Call<'_>) -> Result<Answer, ApiError> {
    let key = key(call)?;
    let world = call.world();
    let token = call.query("pageToken").ok_or(ApiError::new(400, "required"))?;
    let after: u64 = token.parse().map_err(|_| ApiError::invalid())?;
    let size = match call.query("pageSize").map(str::parse::<usize>) {
        None => 100,
        Some(Ok(size)) if (1..=1_000).contains(&size) => size,
        _ => return Err(ApiError::invalid()),
    };
    if call.fault == Some(Fault::EmptyList) {
        let newest = token.to_owned();
        return Ok(Answer::Json(
            json!({"kind": "drive#changeList", "newStartPageToken": newest, "changes": []}),
        ));
    }
    let drive = call.query("driveId");
    let mut some = world.logs.after(&key, after, size + 1);
    let more = some.len() > size;
    some.truncate(size);
    let changes: Vec<Value> =
        some.iter().map(|(_, about, at)| render::change(world, about, *at, call.email(), drive)).collect();
    let mut answer = json!({"kind": "drive#changeList", "changes": changes});
    let last = some.last().map_or(after, |(number, ..)| *number);
    match &call.fault {
        Some(Fault::RepeatPage) => answer["nextPageToken"] = json!(token),
        Some(Fault::SkipPage) if more => {
            let skipped = world.logs.after(&key, last, size);
            answer["nextPageToken"] = json!(skipped.last().map_or(last, |(number, ..)| *number).to_string());
        }
        _ if more => answer["nextPageToken"] = json!(last.to_string()),
        _ => answer["newStartPageToken"] = json!(last.to_string()),
    }
    Ok(Answer::Json(answer))
}

pub(super) fn watch(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let key = key(call)?;
    call.query("pageToken").ok_or(ApiError::new(400, "required"))?;
    let (now, longest) = (call.world().clock.now_ms(), call.world().limits.channel_ms);
    call.inner.channels.watch(call.body, key, now, longest).map(Answer::Json)
}
