//! Which records a folder holds in all, and which place counts where several give the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use connector::Problem;
use domain::record::ExternalId;

use crate::Config;
use crate::reader::{Digest, Reader, Taken, place};
use crate::scan::Found;

/// All ids of a folder in one state of its files. The first place of an id counts: files in the order of their
/// names, lines from the top.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    /// Names and hashes of the files it was made from.
    state: Vec<(String, Option<String>)>,
    ids: BTreeMap<ExternalId, Place>,
    /// For each file, how many of its records are word for word elsewhere.
    repeats: BTreeMap<u32, u64>,
    /// For each file, those whose records count instead of some of its own.
    behind: BTreeMap<u32, BTreeSet<u32>>,
    /// The same the other way round.
    ahead: BTreeMap<u32, BTreeSet<u32>>,
    /// What could not be read.
    unseen: Vec<Problem>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    file: u32,
    line: u64,
    digest: Digest,
}

/// What a record is among others of its id.
#[derive(Debug, PartialEq)]
pub(crate) enum Rank {
    /// It counts.
    First,
    /// It is word for word what counts.
    Repeated,
    /// Another one counts, at this place.
    Behind(String),
}

/// A file in a known state; without a hash it could not be opened.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) found: Found,
    pub(crate) hash: Option<String>,
}

impl Catalogue {
    /// Reads all files once and keeps their ids.
    pub(crate) fn build(files: &[Known], config: &Config) -> Self {
        let mut catalogue = Self { state: state(files), ..Self::default() };
        for (number, file) in files.iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            catalogue.read(number, file, config);
        }
        catalogue
    }

    fn read(&mut self, number: u32, file: &Known, config: &Config) {
        let name = &file.found.name;
        let mut reader = match Reader::open(&file.found, config) {
            Ok(reader) => reader,
            Err(error) => {
                self.unseen.push(Problem::skipped(name, format!("cannot be opened: {error}")));
                return;
            }
        };
        while let Some(step) = reader.next() {
            if step.breaks_off {
                self.unseen.extend(step.problems(&reader.place(step.line)));
            }
            let Ok(Taken { id, digest, .. }) = step.outcome else { continue };
            let here = Place { file: number, line: step.line, digest };
            let first = *self.ids.entry(id).or_insert(here);
            if (first.file, first.line) == (here.file, here.line) {
                continue;
            }
            if first.digest == digest {
                *self.repeats.entry(number).or_default() += 1;
            }
            if first.file != number {
                self.behind.entry(number).or_default().insert(first.file);
                self.ahead.entry(first.file).or_default().insert(number);
            }
        }
    }

    /// Reports whether it was made from files in this state.
    pub(crate) fn fits(&self, files: &[Known]) -> bool {
        self.state == state(files)
    }

    /// Returns what the record at a place is among those of its id.
    pub(crate) fn rank(&self, file: usize, line: u64, taken: &Taken) -> Rank {
        match self.ids.get(&taken.id) {
            // Not there: the file was written since, and will be read again.
            None => Rank::First,
            Some(first) if first.file as usize == file && first.line == line => Rank::First,
            Some(first) if first.digest == taken.digest => Rank::Repeated,
            Some(first) => Rank::Behind(place(self.name(first.file), first.line)),
        }
    }

    /// Returns how many records of a file are word for word elsewhere.
    pub(crate) fn repeats(&self, file: usize) -> u64 {
        u32::try_from(file).ok().and_then(|file| self.repeats.get(&file)).copied().unwrap_or(0)
    }

    /// Returns the files whose records count instead of some of this one's.
    pub(crate) fn ahead_of(&self, file: usize) -> BTreeSet<String> {
        self.names(&self.behind, file)
    }

    /// Returns the files of which some records do not count because this one's do.
    pub(crate) fn behind(&self, file: usize) -> BTreeSet<String> {
        self.names(&self.ahead, file)
    }

    fn names(&self, pairs: &BTreeMap<u32, BTreeSet<u32>>, file: usize) -> BTreeSet<String> {
        let files = u32::try_from(file).ok().and_then(|file| pairs.get(&file));
        files.into_iter().flatten().map(|file| self.name(*file).to_owned()).collect()
    }

    /// Returns up to `count` ids after `after`, and whether there are more.
    pub(crate) fn ids(&self, after: Option<&ExternalId>, count: usize) -> (Vec<ExternalId>, bool) {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.ids.range((from, Bound::Unbounded)).map(|(id, _)| id);
        let ids = rest.by_ref().take(count).cloned().collect();
        (ids, rest.next().is_some())
    }

    /// Returns what could not be read.
    pub(crate) fn unseen(&self) -> &[Problem] {
        &self.unseen
    }

    fn name(&self, file: u32) -> &str {
        self.state.get(file as usize).map_or("", |(name, _)| name)
    }
}

fn state(files: &[Known]) -> Vec<(String, Option<String>)> {
    files.iter().map(|file| (file.found.name.clone(), file.hash.clone())).collect()
}
