//! One round over a folder: what has to be read, page by page.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use connector::{Error, Page, Problem};

use crate::Config;
use crate::catalogue::{Catalogue, Known, Rank};
use crate::position::{At, Position, Read};
use crate::reader::{Reader, Step};
use crate::scan::{self, Scan};

/// A round that is under way, kept from one page to the next so that a page costs no more than itself. It can
/// be made again from its position at any time.
pub(crate) struct Round {
    pub(crate) position: Position,
    files: Vec<Known>,
    pending: VecDeque<usize>,
    open: Option<(usize, Reader)>,
    catalogue: Arc<Catalogue>,
    /// What is to be said on the first page.
    greetings: Vec<Problem>,
}

/// The files as they are, with the catalogue made of them last.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    files: BTreeMap<String, Known>,
    catalogue: Arc<Catalogue>,
}

impl Memory {
    /// Looks at all files; a hash is taken from `position` or from the last look where a stamp proves it.
    pub(crate) fn look(
        &mut self,
        position: Option<&Position>,
        config: &Config,
    ) -> Result<(Scan, Vec<Known>), Error> {
        let mut scan = scan::scan(&config.path, config.now)?;
        let mut known = Vec::with_capacity(scan.files.len());
        for found in std::mem::take(&mut scan.files) {
            let read = position.and_then(|position| position.files.get(&found.name));
            let read = read.filter(|read| found.stamp.proves(read.stamp) && !read.hash.is_empty());
            let seen = self.files.get(&found.name).filter(|seen| found.stamp.proves(seen.found.stamp));
            let hash = match (read, seen) {
                (Some(read), _) => Some(read.hash.clone()),
                (None, Some(seen)) => seen.hash.clone(),
                (None, None) => None,
            };
            let hash = hash.or_else(|| scan::hash(&found).ok());
            known.push(Known { found, hash });
        }
        self.files = known.iter().map(|known| (known.found.name.clone(), known.clone())).collect();
        scan.files = known.iter().map(|known| known.found.clone()).collect();
        Ok((scan, known))
    }

    /// Returns the catalogue of `files`, made anew if they are not those of the last one.
    pub(crate) fn catalogue(&mut self, files: &[Known], config: &Config) -> Arc<Catalogue> {
        if !self.catalogue.fits(files) {
            self.catalogue = Arc::new(Catalogue::build(files, config));
        }
        Arc::clone(&self.catalogue)
    }
}

impl Round {
    /// Looks at the folder and finds what has to be read after `position`.
    pub(crate) fn begin(mut position: Position, memory: &mut Memory, config: &Config) -> Result<Self, Error> {
        let under_way = position.round.is_some();
        let at_start = !under_way && position.files.is_empty();
        let (scan, files) = memory.look(Some(&position), config)?;
        let (settled, half_read) = settled(&position, &files, config);
        let pending = (0..files.len()).filter(|number| !settled.contains(&files[*number].found.name));
        let mut pending: VecDeque<usize> = pending.collect();
        position.files.retain(|name, _| settled.contains(name));
        for Known { found, .. } in &files {
            if let Some(read) = position.files.get_mut(&found.name) {
                read.stamp = found.stamp;
            }
        }
        let half_read = half_read.and_then(|name| pending.iter().position(|i| files[*i].found.name == name));
        match half_read.and_then(|index| pending.remove(index)) {
            Some(number) => pending.push_front(number),
            None => position.round = position.round.map(|_| Default::default()),
        }
        let catalogue = if pending.is_empty() { Arc::default() } else { memory.catalogue(&files, config) };
        let worth_saying = !under_way && (at_start || !pending.is_empty());
        let greetings = if worth_saying { scan.problems(&config.path) } else { Vec::new() };
        Ok(Self { position, files, pending, open: None, catalogue, greetings })
    }

    /// Reads the next page.
    pub(crate) fn page(&mut self, config: &Config) -> Page {
        let mut records = Vec::new();
        let mut problems = std::mem::take(&mut self.greetings);
        let mut bytes = 0;
        self.position.round.get_or_insert_default();
        let more = loop {
            if records.len() + problems.len() >= config.page_records || bytes >= config.page_bytes {
                break self.open.is_some() || !self.pending.is_empty();
            }
            let Some((number, mut reader)) =
                self.open.take().or_else(|| self.open_next(config, &mut problems))
            else {
                if self.pending.is_empty() {
                    break false;
                }
                continue;
            };
            let Some(step) = reader.next() else {
                problems.extend(self.close(number, &reader));
                continue;
            };
            bytes += step.bytes;
            self.advance(&reader, &step);
            let place = reader.place(step.line);
            self.take(number, step, &place, &mut problems)
                .into_iter()
                .for_each(|record| records.push(record));
            if reader.has_ended() {
                problems.extend(self.close(number, &reader));
            } else {
                self.open = Some((number, reader));
            }
        };
        if !more {
            self.position.round = None;
        }
        Page { records, problems, next: self.position.cursor(), more }
    }

    /// Opens the next file, after what was already read of it; one that cannot be opened is a problem.
    fn open_next(&mut self, config: &Config, problems: &mut Vec<Problem>) -> Option<(usize, Reader)> {
        let number = self.pending.pop_front()?;
        let Known { found, hash } = &self.files[number];
        let opened = match hash {
            Some(hash) => Reader::open(found, config).map(|reader| (reader, hash.clone())),
            None => Err(std::fs::File::open(&found.path)
                .err()
                .unwrap_or_else(|| std::io::Error::other("it changed while it was being read"))),
        };
        let (mut reader, hash) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                problems.push(Problem::skipped(&found.name, format!("cannot be opened: {error}")));
                let read =
                    Read { stamp: found.stamp, hash: String::new(), behind: BTreeSet::new(), again_at: None };
                self.position.files.insert(found.name.clone(), read);
                return None;
            }
        };
        let round = self.position.round.get_or_insert_default();
        let half_read = round.at.take().filter(|at| at.file == found.name);
        let mut at = half_read.unwrap_or_else(|| At::start(&found.name, hash));
        at.behind.extend(self.catalogue.ahead_of(number));
        reader.skip(at.line, at.filled);
        round.at = Some(at);
        for behind in self.catalogue.behind(number) {
            if let Some(read) = self.position.files.get_mut(&behind) {
                read.behind.insert(found.name.clone());
            }
        }
        Some((number, reader))
    }

    /// Notes how far the open file is read.
    fn advance(&mut self, reader: &Reader, step: &Step) {
        if let Some(at) = self.position.round.get_or_insert_default().at.as_mut() {
            (at.line, at.filled) = reader.read();
            let until = step.until().map(|until| until.millis());
            at.again_at = [at.again_at, until].into_iter().flatten().min();
        }
    }

    fn take(
        &self,
        number: usize,
        step: Step,
        place: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<domain::record::Record> {
        let own = step.problems(place);
        let Ok(taken) = step.outcome else {
            problems.extend(own);
            return None;
        };
        match self.catalogue.rank(number, step.line, &taken) {
            Rank::First => {
                problems.extend(own);
                Some(taken.record)
            }
            Rank::Repeated => None,
            Rank::Behind(first) => {
                let (kind, id) = (taken.id.kind.name(), taken.id.id);
                let what =
                    format!("{kind} `{id}` is at `{first}` already, with other content; that one counts");
                problems.push(Problem::skipped(place, what));
                None
            }
        }
    }

    /// Notes that a file is read, and returns what is to be said about it as a whole.
    fn close(&mut self, number: usize, reader: &Reader) -> Vec<Problem> {
        let found = &self.files[number].found;
        let mut problems = Vec::new();
        if reader.read().1 == 0 {
            problems.push(Problem::skipped(&found.name, "is empty"));
        }
        let repeats = self.catalogue.repeats(number);
        if repeats > 0 {
            let what =
                format!("repeats {repeats} records that are elsewhere word for word; each counts once");
            problems.push(Problem::kept(&found.name, what));
        }
        if let Some(At { hash, behind, again_at, .. }) = self.position.round.get_or_insert_default().at.take()
        {
            let read = Read { stamp: found.stamp, hash, behind, again_at };
            self.position.files.insert(found.name.clone(), read);
        }
        problems
    }
}

/// Returns the names of the files that need not be read again, and that of the one which is read in part.
fn settled(position: &Position, files: &[Known], config: &Config) -> (BTreeSet<String>, Option<String>) {
    let now = config.now.millis();
    let under_way = position.round.is_some();
    let by_name: BTreeMap<&str, &Known> = files.iter().map(|file| (file.found.name.as_str(), file)).collect();
    let is_current = |name: &str, read: &Read| {
        by_name.get(name).is_some_and(|file| match &file.hash {
            Some(hash) if *hash == read.hash => under_way || read.again_at.is_none_or(|at| now < at),
            // What could not be opened is tried again in the next round, not in this one.
            _ => under_way && read.hash.is_empty() && file.found.stamp == read.stamp,
        })
    };
    let half_read = position.round.as_ref().and_then(|round| round.at.as_ref());
    let half_read = half_read
        .filter(|at| by_name.get(at.file.as_str()).is_some_and(|file| file.hash.as_ref() == Some(&at.hash)));
    let read = position.files.iter().filter(|(name, read)| is_current(name, read));
    let mut settled: BTreeMap<&str, &BTreeSet<String>> = read
        .map(|(name, read)| (name.as_str(), &read.behind))
        .chain(half_read.map(|at| (at.file.as_str(), &at.behind)))
        .collect();
    // Where a file's record counted before that of another, and the file changes or goes, the other one's may
    // count now.
    loop {
        let is_loose =
            |behind: &BTreeSet<String>| behind.iter().any(|first| !settled.contains_key(first.as_str()));
        let loose: Vec<&str> =
            settled.iter().filter(|(_, behind)| is_loose(behind)).map(|(name, _)| *name).collect();
        if loose.is_empty() {
            break;
        }
        for name in loose {
            settled.remove(name);
        }
    }
    let half_read = half_read.map(|at| at.file.as_str()).filter(|name| settled.remove(name).is_some());
    (settled.into_keys().map(str::to_owned).collect(), half_read.map(str::to_owned))
}
