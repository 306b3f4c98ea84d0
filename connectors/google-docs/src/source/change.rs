//! What the logs of changes say.
//!
//! An entry is the newest state of a file and not what happened to it. A file in the trash is not "removed", one
//! that moved out is not either, and one that is "removed" may merely have moved from one log to another.

use connector::{Error, Problem};
use serde_json::Value;

use super::position::{MOST_LEFT, Position, Reading, Step};
use super::round::Candidate;
use super::{Drive, Found};
use crate::wire::{self, Change, FILE_FIELDS, File};

/// What an entry of a log is about.
enum Said {
    /// A file is there; `None` when its state has to be asked for.
    File(String, Option<Box<File>>),
    /// A file is gone, or hidden, or in the trash.
    Gone(String),
    Unreadable(Problem),
}

impl Drive {
    /// Reads a page of a log, or what follows when all are read.
    pub(super) async fn changes(
        &self,
        position: &mut Position,
        mut reading: Reading,
        found: &mut Found,
    ) -> Result<(), Error> {
        let Some(log) = position.logs.get(reading.log).cloned() else {
            return self.after_changes(position, reading).await;
        };
        let mut page = self.change_page(log.drive.as_deref(), &log.token).await?;
        // An answer that is empty for once must not look like a log in which nothing is new: the rights that were taken
        // since would hold for another round.
        if page.as_ref().is_ok_and(is_empty) {
            page = self.change_page(log.drive.as_deref(), &log.token).await?;
        }
        let page = match page {
            Ok(page) => page,
            Err(problem) => {
                // The drive is gone or closed. What lay in it leaves with the listing; the others go on.
                found.problems.push(problem);
                reading.log += 1;
                reading.recheck = true;
                position.step = Step::Changes(reading);
                return Ok(());
            }
        };
        let items = page["changes"].as_array().cloned().unwrap_or_default();
        let next = wire::text(&page, "nextPageToken");
        let last = wire::text(&page, "newStartPageToken");
        let token = next.or(last).ok_or_else(|| Error::Malformed {
            what: "Google does not say where its log of changes goes on".to_owned(),
        })?;
        if next == Some(log.token.as_str()) {
            let what = "the log of changes at Google repeats a page without end".to_owned();
            return Err(Error::Malformed { what });
        }
        let said = self.sort(position, &mut reading, log.drive.as_deref(), items, found);
        self.follow(position, said, found).await?;
        position.logs[reading.log].token = token.to_owned();
        reading.log += usize::from(next.is_none());
        position.step = Step::Changes(reading);
        // The round may end here, and a caller should not have to call once more to learn it.
        if found.is_empty() {
            return Ok(());
        }
        if let Step::Changes(reading) = position.step.clone()
            && reading.log >= position.logs.len()
            && !reading.recheck
            && self.stretch() == position.checked
        {
            position.step = Step::Rest;
        }
        Ok(())
    }

    /// Asks for a page of a log; the inner error is the problem of a drive that is gone or closed.
    async fn change_page(&self, drive: Option<&str>, token: &str) -> Result<Result<Value, Problem>, Error> {
        let fields = format!(
            "nextPageToken,newStartPageToken,changes(changeType,removed,fileId,driveId,file({FILE_FIELDS}))"
        );
        let size = self.config.page_records.to_string();
        let mut query = vec![
            ("pageToken", token),
            ("pageSize", size.as_str()),
            ("includeRemoved", "true"),
            ("supportsAllDrives", "true"),
            ("includeItemsFromAllDrives", "true"),
            ("spaces", "drive"),
            ("fields", fields.as_str()),
        ];
        query.extend(drive.map(|drive| ("driveId", drive)));
        match self.client.drive(&["changes"], &query).await {
            Ok(page) => Ok(Ok(page)),
            Err(failure) => match drive {
                Some(drive) if failure.is_gone() && self.is_drive_gone(drive).await? => {
                    Ok(Err(Problem::skipped(
                        drive,
                        format!("the shared drive is gone or closed: {}", failure.what()),
                    )))
                }
                _ if failure.is_closed() && !failure.is_gone() => {
                    let what =
                        format!("the place in the log of changes no longer counts: {}", failure.what());
                    Err(Error::StartOver { what })
                }
                _ => Err(failure.into()),
            },
        }
    }

    /// Asks whether a drive is gone while the account as a whole is there.
    async fn is_drive_gone(&self, drive: &str) -> Result<bool, Error> {
        let roots = self.roots().await?;
        roots.any_present()?;
        Ok(!roots.logs().iter().any(|there| there.as_deref() == Some(drive)))
    }

    /// Sorts the entries of a page, and notes what they mean for the folders.
    fn sort(
        &self,
        position: &Position,
        reading: &mut Reading,
        drive: Option<&str>,
        items: Vec<Value>,
        found: &mut Found,
    ) -> Vec<Said> {
        let mut said = Vec::new();
        for item in items {
            let Ok(change) = serde_json::from_value::<Change>(item) else {
                said.push(Said::Unreadable(Problem::skipped("log of changes", "an entry cannot be read")));
                continue;
            };
            let Change { change_type, removed, file_id, drive_id, file } = change;
            if change_type.as_deref() == Some("drive") {
                reading.recheck = true;
                continue;
            }
            let stated = file.as_ref().and_then(|file| wire::text(file, "id")).map(str::to_owned);
            let Some(id) = file_id.or(stated) else {
                said.push(Said::Unreadable(Problem::skipped("log of changes", "an entry names no file")));
                continue;
            };
            let file = file.map(|file| File::read(file).ok_or(()));
            let lies_in = file.as_ref().and_then(|file| file.as_ref().ok()?.drive_id.clone()).or(drive_id);
            if drive.is_none() && lies_in.is_some() && position.follows(lies_in.as_deref()) && !removed {
                // The drive's own log tells it, and tells more.
                continue;
            }
            let is_folder = matches!(&file, Some(Ok(file)) if file.is_folder());
            let was_folder = position.may_be_folder(&id);
            if was_folder || is_folder {
                self.forget_folders();
                reading.recheck = true;
            }
            if was_folder && (is_folder || removed) {
                if reading.left.len() < MOST_LEFT {
                    reading.left.push(id.clone());
                } else {
                    let what = "more folders left at once than are followed; what lay in them leaves with the listing";
                    found.problems.push(Problem::kept(id.as_str(), what));
                }
            }
            said.push(match file {
                _ if removed => Said::Gone(id),
                _ if is_folder => continue,
                Some(Ok(file)) if file.trashed => Said::Gone(id),
                Some(Ok(file)) => Said::File(id, Some(Box::new(file))),
                Some(Err(())) => {
                    Said::Unreadable(Problem::skipped(id, "an entry of the log of changes cannot be read"))
                }
                None => Said::File(id, None),
            });
        }
        said
    }

    async fn follow(&self, position: &mut Position, said: Vec<Said>, found: &mut Found) -> Result<(), Error> {
        if said.is_empty() {
            return Ok(());
        }
        let mut candidates: Vec<Candidate> = Vec::new();
        for said in said {
            match said {
                Said::File(_, Some(file)) => {
                    let tree = self.tree().await?;
                    candidates.push(self.place(&tree, *file).await?);
                }
                Said::File(id, None) => {
                    let tree = self.tree().await?;
                    candidates.push(self.look_up(&tree, &id).await?);
                }
                // What left one log may have gone to another.
                Said::Gone(id) if position.logs.len() > 1 => {
                    let tree = self.tree().await?;
                    candidates.push(self.look_up(&tree, &id).await?);
                }
                Said::Gone(id) => candidates.push(Candidate { id, file: None }),
                Said::Unreadable(problem) => found.problems.push(problem),
            }
        }
        self.take(position, candidates, found).await
    }
}

/// Reports whether a page of a log tells of nothing and leads to no other.
fn is_empty(page: &Value) -> bool {
    page["changes"].as_array().is_none_or(Vec::is_empty) && wire::text(page, "nextPageToken").is_none()
}
