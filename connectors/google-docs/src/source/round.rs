//! A round: everything at first, later what has changed, page by page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connector::{Error, Page, Problem};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::Instant;

use super::content::{Handed, Held};
use super::position::{Log, MOST_AGAIN, Position, Reading, Step, differing, group};
use super::tree::{Below, Tree};
use super::{Drive, Found, WARM};
use crate::audience::Lineage;
use crate::wire::{self, File};

/// How many documents are read at once.
const AT_ONCE: usize = 4;
/// How many steps without anything to hand over one call takes.
const MOST_STEPS: usize = 40;
/// In how many later rounds a document is asked for at once; after that, only when the folders are looked at again.
const MOST_TRIES: u8 = 5;

/// What a step is about to hand over, by id.
pub(super) type Plan = BTreeMap<String, Entry>;

/// A file of a plan.
#[derive(Clone)]
pub(super) enum Entry {
    There(Box<File>),
    Left,
}

/// A file that is known to be chosen, or not.
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) file: Option<(File, Lineage)>,
}

impl Drive {
    /// Returns the position before everything. Where the logs go on is asked first, so that what changes while the
    /// rest is read is not missed.
    pub(super) async fn beginning(&self) -> Result<Position, Error> {
        let roots = self.roots().await?;
        roots.any_present()?;
        let mut logs = Vec::new();
        for drive in roots.logs() {
            let mut query = vec![("supportsAllDrives", "true"), ("fields", "startPageToken")];
            query.extend(drive.as_deref().map(|drive| ("driveId", drive)));
            let answer = self.client.drive(&["changes", "startPageToken"], &query).await?;
            let token = wire::text(&answer, "startPageToken").ok_or_else(|| Error::Malformed {
                what: "Google does not say where its log of changes begins".to_owned(),
            })?;
            logs.push(Log { drive, token: token.to_owned() });
        }
        self.forget_folders();
        // The folders as they are before anything is handed over: what they become later differs from that.
        let tree = self.tree().await?;
        let folders = self.folder_sums(&tree).await?;
        Ok(Position::begin(&self.mark, logs, folders, self.stretch()))
    }

    /// Returns the number of the stretch of time between two looks at the folders.
    pub(super) fn stretch(&self) -> i64 {
        let long = i64::try_from(self.config.recheck.as_millis()).unwrap_or(i64::MAX).max(1);
        self.client.now().millis().div_euclid(long)
    }

    pub(super) async fn page(&self, mut position: Position) -> Result<Page, Error> {
        let mut found = Found::default();
        for _ in 0..MOST_STEPS {
            self.step(&mut position, &mut found).await?;
            if !found.is_empty() || position.step == Step::Rest {
                break;
            }
        }
        let more = position.step != Step::Rest;
        let Found { records, problems } = found;
        Ok(Page { records, problems, next: position.cursor(), more })
    }

    async fn step(&self, position: &mut Position, found: &mut Found) -> Result<(), Error> {
        match position.step.clone() {
            Step::First { after } => self.first(position, after, found).await,
            Step::Rest if !position.again.is_empty() => {
                position.step = Step::Again { after: None };
                Ok(())
            }
            Step::Rest => {
                let reading = Reading::default();
                self.changes(position, reading, found).await
            }
            Step::Again { after } => self.again(position, after, found).await,
            Step::Changes(reading) => self.changes(position, reading, found).await,
            Step::Moved { after, groups, left } => self.moved(position, after, groups, left, found).await,
        }
    }

    /// Hands over what comes after an id of everything there is.
    async fn first(
        &self,
        position: &mut Position,
        after: Option<String>,
        found: &mut Found,
    ) -> Result<(), Error> {
        let tree = self.tree().await?;
        let plan = self.plan("first", async || {
            let all = self.scan_all().await?;
            all.whole()?;
            Ok(all.files.into_iter().map(|(id, file)| (id, Entry::There(Box::new(file)))).collect())
        });
        let plan = plan.await?;
        if after.is_none() {
            let gone = tree.roots.gone.iter();
            found
                .problems
                .extend(gone.map(|(id, why)| Problem::skipped(id.as_str(), format!("is not there: {why}"))));
        }
        let (next, mut candidates) = self.some(&tree, &plan, after.as_deref()).await?;
        // What lies elsewhere leaves with the listing. What these rules leave out is taken back here: others may have
        // let it in before.
        candidates.retain(|candidate| candidate.file.is_some());
        self.take(position, candidates, found).await?;
        position.step = next.map_or(Step::Rest, |after| Step::First { after: Some(after) });
        Ok(())
    }

    /// Asks again for documents that could not be read for the moment.
    async fn again(
        &self,
        position: &mut Position,
        after: Option<String>,
        found: &mut Found,
    ) -> Result<(), Error> {
        let is_time = self.stretch() != position.checked;
        let due = position.again.iter().filter(|(_, tries)| is_time || **tries < MOST_TRIES);
        let later = due.map(|(id, _)| id).filter(|id| after.as_ref().is_none_or(|after| *id > after));
        let ids: Vec<String> = later.take(self.config.page_records).cloned().collect();
        let Some(last) = ids.last().cloned() else {
            position.step = Step::Changes(Reading::default());
            return Ok(());
        };
        let tree = self.tree().await?;
        let mut candidates = Vec::new();
        for id in ids {
            candidates.push(self.look_up(&tree, &id).await?);
        }
        self.take(position, candidates, found).await?;
        position.step = Step::Again { after: Some(last) };
        Ok(())
    }

    /// Looks at the folders once the logs are read, when a change or the time asks for it.
    pub(super) async fn after_changes(&self, position: &mut Position, reading: Reading) -> Result<(), Error> {
        let stretch = self.stretch();
        if !reading.recheck && stretch == position.checked {
            position.step = Step::Rest;
            return Ok(());
        }
        self.forget_folders();
        let mut tree = self.tree().await?;
        if tree.roots.logs().iter().any(|drive| !position.follows(drive.as_deref())) {
            let what = "something that was chosen is there now, and was not when reading began".to_owned();
            return Err(Error::StartOver { what });
        }
        let mut sums = self.folder_sums(&tree).await?;
        if sums != position.folders {
            // What a list left out would keep the audience it had, so it is read once more before that counts.
            tree = self.tree_again(&tree).await?;
            sums = self.folder_sums(&tree).await?;
        }
        let groups = differing(&position.folders, &sums);
        position.folders = sums;
        position.checked = stretch;
        let mut left = reading.left;
        left.retain(|id| groups.binary_search(&group(id)).is_ok() && !tree.folders.contains_key(id));
        position.step =
            if groups.is_empty() { Step::Rest } else { Step::Moved { after: None, groups, left } };
        Ok(())
    }

    /// Hands over the documents of folders that are not what they were, and takes back those of folders that left.
    async fn moved(
        &self,
        position: &mut Position,
        after: Option<String>,
        groups: Vec<u16>,
        left: Vec<String>,
        found: &mut Found,
    ) -> Result<(), Error> {
        let tree = self.tree().await?;
        let name = format!("{groups:?} {left:?}");
        let plan = self.plan(&name, async || {
            // Whoever goes on with what another process began has read the folders only once.
            let tree = if after.is_some() { self.tree_again(&tree).await? } else { Arc::clone(&tree) };
            self.affected(&tree, &groups, &left).await
        });
        let plan = plan.await?;
        let (next, candidates) = self.some(&tree, &plan, after.as_deref()).await?;
        self.take(position, candidates, found).await?;
        position.step = next.map_or(Step::Rest, |after| Step::Moved { after: Some(after), groups, left });
        Ok(())
    }

    async fn affected(&self, tree: &Tree, groups: &[u16], left: &[String]) -> Result<Plan, Error> {
        let is_affected = |id: &str| groups.binary_search(&group(id)).is_ok();
        let mut plan = Plan::new();
        let mut by_drive: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
        for (id, folder) in tree.folders.iter().filter(|(id, _)| is_affected(id)) {
            by_drive.entry(folder.corpus.as_deref()).or_default().push(id);
        }
        for (drive, folders) in by_drive {
            // Twice as well: what a list left out would not be handed over again.
            for some in folders.chunks(40) {
                let mut readings = Vec::new();
                for _ in 0..2 {
                    let (files, problems) = self.children(drive, some, Below::Everything).await?;
                    let files = files.into_iter().filter(|file| !file.is_folder());
                    plan.extend(files.map(|file| (file.id.clone(), Entry::There(Box::new(file)))));
                    readings.push(problems);
                }
                if readings.iter().all(|problems| !problems.is_empty()) {
                    let unseen = readings.into_iter().flatten().collect();
                    Tree { unseen, ..Tree::default() }.whole()?;
                }
            }
        }
        let singles = tree.roots.singles.iter().filter(|(id, _)| is_affected(id));
        plan.extend(singles.map(|(id, file)| (id.clone(), Entry::There(Box::new(file.clone())))));
        let mut open: Vec<(String, Option<String>)> = Vec::new();
        for id in left {
            // What lies in a folder that is hidden now makes entries of its own, or is missed by the listing.
            match self.file_value(id).await {
                Ok(value) => open.extend(File::read(value).map(|file| (file.id, file.drive_id))),
                Err(failure) if failure.is_closed() => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        let mut seen = BTreeSet::new();
        while let Some((folder, drive)) = open.pop() {
            if tree.folders.contains_key(&folder) || !seen.insert(folder.clone()) {
                continue;
            }
            let below = match self.children(drive.as_deref(), &[&folder], Below::TrashToo).await {
                Ok((below, _)) => below,
                Err(failure) if failure.is_closed() => continue,
                Err(failure) => return Err(failure.into()),
            };
            for file in below {
                if file.is_folder() {
                    open.push((file.id, file.drive_id));
                } else {
                    plan.entry(file.id).or_insert(Entry::Left);
                }
            }
        }
        Ok(plan)
    }

    /// Returns the plan that goes by this name, made anew when it is not kept.
    async fn plan(
        &self,
        name: &str,
        make: impl AsyncFnOnce() -> Result<Plan, Error>,
    ) -> Result<Arc<Plan>, Error> {
        let kept = self.warm().plan.clone();
        if let Some((_, _, plan)) = kept.filter(|(since, of, _)| of == name && since.elapsed() < WARM) {
            return Ok(plan);
        }
        let plan = Arc::new(make().await?);
        self.warm().plan = Some((Instant::now(), name.to_owned(), Arc::clone(&plan)));
        Ok(plan)
    }

    /// Returns a page of a plan, and after which id it goes on.
    async fn some(
        &self,
        tree: &Tree,
        plan: &Plan,
        after: Option<&str>,
    ) -> Result<(Option<String>, Vec<Candidate>), Error> {
        let later = plan.iter().skip_while(|(id, _)| after.is_some_and(|after| id.as_str() <= after));
        let some: Vec<(&String, &Entry)> = later.take(self.config.page_records + 1).collect();
        let mut candidates = Vec::new();
        for (id, entry) in some.iter().take(self.config.page_records) {
            candidates.push(match entry {
                Entry::There(file) => self.place(tree, file.as_ref().clone()).await?,
                Entry::Left => self.look_up(tree, id).await?,
            });
        }
        let next =
            (some.len() > self.config.page_records).then(|| candidates.last().map(|one| one.id.clone()));
        Ok((next.flatten(), candidates))
    }

    /// Finds out whether a file is chosen.
    pub(super) async fn place(&self, tree: &Tree, file: File) -> Result<Candidate, Error> {
        let id = file.id.clone();
        let lineage = if file.trashed { None } else { self.lineage(tree, &file).await? };
        Ok(Candidate { id, file: lineage.map(|lineage| (file, lineage)) })
    }

    /// Asks for a file and finds out whether it is chosen.
    pub(super) async fn look_up(&self, tree: &Tree, id: &str) -> Result<Candidate, Error> {
        match self.file_value(id).await {
            Ok(value) => match File::read(value) {
                Some(file) => self.place(tree, file).await,
                None => Ok(Candidate { id: id.to_owned(), file: None }),
            },
            Err(failure) if failure.is_gone() => Ok(Candidate { id: id.to_owned(), file: None }),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Reads candidates and takes what they become, deletions too.
    pub(super) async fn take(
        &self,
        position: &mut Position,
        candidates: Vec<Candidate>,
        found: &mut Found,
    ) -> Result<(), Error> {
        let files = candidates.iter().filter_map(|candidate| Some(candidate.file.as_ref()?.0.clone()));
        let files: Vec<File> = files.collect();
        for (id, handed) in self.hand_over_all(position, candidates).await? {
            let (record, problems) = handed.into_parts(&id);
            found.records.extend(record);
            found.problems.extend(problems);
        }
        self.doubt_folders(position, &files).await
    }

    /// Reads candidates, some at once, and remembers those that have to be asked for again.
    async fn hand_over_all(
        &self,
        position: &mut Position,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<(String, Handed)>, Error> {
        let is_first = matches!(position.step, Step::First { .. });
        let held = if is_first { Held::ByAnyRules } else { Held::ByTheseRules };
        let read = |candidate: Candidate| async move {
            let handed = match &candidate.file {
                Some((file, lineage)) => self.hand_over(file, lineage, held).await?,
                None => Handed::Gone,
            };
            Ok::<_, Error>((candidate.id, handed))
        };
        let handed = stream::iter(candidates).map(read).buffered(AT_ONCE);
        let handed: Vec<(String, Handed)> = handed.try_collect().await?;
        let late: Vec<&Problem> = handed.iter().filter_map(|(_, handed)| handed.late()).collect();
        let (late, why) = (late.len(), late.first().map_or("", |problem| problem.what.as_str()));
        let is_new =
            |(id, handed): &&(String, Handed)| handed.late().is_some() && !position.again.contains_key(id);
        let waiting = position.again.values().filter(|tries| **tries < MOST_TRIES).count();
        let is_down = is_first && late > 1 && late == handed.len();
        if is_down || waiting + handed.iter().filter(is_new).count() > MOST_AGAIN {
            let what = format!("no document can be read for the moment: {why}");
            return Err(Error::Unreachable { what, source: None });
        }
        for (id, handed) in &handed {
            let tries = position.again.remove(id).unwrap_or(0);
            if handed.late().is_some() {
                position.again.insert(id.clone(), (tries + 1).min(MOST_TRIES));
            }
        }
        // What could not be read for long makes room; it comes back with its next change.
        while position.again.len() > MOST_AGAIN {
            let lasting = position.again.iter().find(|(_, tries)| **tries >= MOST_TRIES);
            let Some(id) = lasting.map(|(id, _)| id.clone()) else { break };
            position.again.remove(&id);
        }
        Ok(handed)
    }
}
