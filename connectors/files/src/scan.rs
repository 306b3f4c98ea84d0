//! Which files there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use connector::{Error, Problem};
use domain::Timestamp;
use domain::text::hex;
use sha2::{Digest as _, Sha256};

use crate::article::Format;
use crate::position::Stamp;

/// What can be read, as it is told to people.
const KNOWN: &str = "`.md`, `.markdown`, `.html`, `.htm`, `.jsonl` and `.ndjson`, each also with `.gz`";

/// A file written less than this before the present may change again without a visible trace.
const FRESH_MS: i64 = 2_000;

/// A file that can be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// Its path below the folder, with `/` between the parts; the file name when the source is one file.
    pub(crate) name: String,
    /// Where to open it.
    pub(crate) path: PathBuf,
    /// What stands in it.
    pub(crate) content: Content,
    /// Whether it is compressed.
    pub(crate) gzip: bool,
    /// What can be seen of it from outside.
    pub(crate) stamp: Stamp,
}

/// What stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// One article.
    Article(Format),
    /// One article or conversation a line.
    Lines,
}

/// Everything below a folder.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Files that can be read, in the order of their names.
    pub(crate) files: Vec<Found>,
    /// What cannot be looked into.
    pub(crate) unseen: Vec<Problem>,
    /// How many files of other kinds there are, by ending.
    pub(crate) others: BTreeMap<String, usize>,
}

impl Scan {
    /// Returns what a person should know about the folder as a whole.
    pub(crate) fn problems(&self, root: &Path) -> Vec<Problem> {
        let mut problems = self.unseen.clone();
        let place = root.display().to_string();
        if !self.others.is_empty() {
            let count: usize = self.others.values().sum();
            let kinds: Vec<_> = self.others.iter().map(|(end, count)| format!("{count} × `{end}`")).collect();
            let what = format!("{count} files of other kinds are not read ({})", kinds.join(", "));
            problems.push(Problem::skipped(&place, what));
        }
        if self.files.is_empty() {
            problems
                .push(Problem::skipped(place, format!("holds no file that can be read; known are {KNOWN}")));
        }
        problems
    }
}

/// Finds everything below `root`, or `root` itself when it is a file.
///
/// # Errors
/// Fails when `root` is not there, may not be read, or is a file of an unknown kind.
pub(crate) fn scan(root: &Path, now: Timestamp) -> Result<Scan, Error> {
    let metadata = fs::metadata(root).map_err(|error| cannot_read(root, error))?;
    if metadata.is_dir() {
        let mut walk = Walk { now, scan: Scan::default(), visited: BTreeSet::new(), links: Vec::new() };
        walk.start(root)?;
        walk.scan.files.sort_by(|a, b| a.name.cmp(&b.name));
        return Ok(walk.scan);
    }
    let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let kind = if metadata.is_file() { content(&name) } else { None };
    let Some((content, gzip)) = kind else {
        let what =
            format!("`{}` is no folder and no file that can be read; known are {KNOWN}", root.display());
        return Err(Error::GiveUp { what, source: None });
    };
    let file = Found { name, path: root.to_owned(), content, gzip, stamp: stamp(&metadata, now) };
    Ok(Scan { files: vec![file], ..Scan::default() })
}

/// Returns the error for a folder or file that the configuration names.
pub(crate) fn cannot_read(root: &Path, error: io::Error) -> Error {
    let path = root.display();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::NotFound { what: format!("`{path}` is not there") }
        }
        io::ErrorKind::PermissionDenied => {
            Error::FixCredentials { what: format!("`{path}` may not be read; grant the right to read it") }
        }
        _ => Error::Unreachable { what: format!("`{path}` cannot be read"), source: Some(error.into()) },
    }
}

/// Opens a file as far as it went when it was found: what is being written to would never end.
pub(crate) fn open(file: &Found) -> io::Result<io::Take<File>> {
    Ok(File::open(&file.path)?.take(file.stamp.size))
}

/// Returns the hash of a file's bytes.
pub(crate) fn hash(file: &Found) -> io::Result<String> {
    let mut file = open(file)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize()[..16])),
            count => hasher.update(&buffer[..count]),
        }
    }
}

struct Walk {
    now: Timestamp,
    scan: Scan,
    /// Folders that were entered, by their real path.
    visited: BTreeSet<PathBuf>,
    /// Links to folders. They are followed last, so that a folder is known by its own name where it has one.
    links: Vec<(String, PathBuf)>,
}

impl Walk {
    fn start(&mut self, root: &Path) -> Result<(), Error> {
        self.visited.insert(fs::canonicalize(root).map_err(|error| cannot_read(root, error))?);
        let entries = fs::read_dir(root).map_err(|error| cannot_read(root, error))?;
        let mut folders = vec![(String::new(), entries)];
        loop {
            while let Some((prefix, entries)) = folders.pop() {
                for (name, path) in self.folder(&prefix, entries) {
                    self.enter(&mut folders, &name, &path);
                }
            }
            self.links.sort();
            if self.links.is_empty() {
                return Ok(());
            }
            let (name, path) = self.links.remove(0);
            self.enter(&mut folders, &name, &path);
        }
    }

    fn enter(&mut self, folders: &mut Vec<(String, fs::ReadDir)>, name: &str, path: &Path) {
        let opened = fs::canonicalize(path).and_then(|real| Ok((real, fs::read_dir(path)?)));
        match opened {
            Ok((real, entries)) => {
                if self.visited.insert(real) {
                    folders.push((format!("{name}/"), entries));
                }
            }
            Err(error) => self.unseen(name, &error),
        }
    }

    /// Notes the files of a folder and returns the folders in it.
    fn folder(&mut self, prefix: &str, entries: fs::ReadDir) -> Vec<(String, PathBuf)> {
        let mut folders = Vec::new();
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.unseen(prefix, &error);
                    continue;
                }
            };
            let file_name = entry.file_name();
            let file_name = file_name.to_string_lossy();
            if file_name.starts_with('.') {
                continue;
            }
            let name = format!("{prefix}{file_name}");
            let path = entry.path();
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => {
                    let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
                    if is_link { self.links.push((name, path)) } else { folders.push((name, path)) }
                }
                Ok(metadata) => self.file(name, path, &metadata),
                Err(error) => self.unseen(&name, &error),
            }
        }
        folders
    }

    fn file(&mut self, name: String, path: PathBuf, metadata: &Metadata) {
        match content(&name) {
            // A pipe or device would never end.
            Some((content, gzip)) if metadata.is_file() => {
                let stamp = stamp(metadata, self.now);
                self.scan.files.push(Found { name, path, content, gzip, stamp });
            }
            _ => {
                let file_name = name.rsplit('/').next().unwrap_or_default();
                let end = file_name.rfind('.').map_or("no ending", |dot| &file_name[dot..]);
                *self.scan.others.entry(end.to_owned()).or_default() += 1;
            }
        }
    }

    fn unseen(&mut self, name: &str, error: &io::Error) {
        self.scan.unseen.push(Problem::skipped(name, format!("cannot be looked into: {error}")));
    }
}

/// Returns what stands in a file of this name, and whether it is compressed.
fn content(name: &str) -> Option<(Content, bool)> {
    let name = name.to_ascii_lowercase();
    let (stem, gzip) = name.strip_suffix(".gz").map_or((name.as_str(), false), |stem| (stem, true));
    let (_, end) = stem.rsplit_once('.')?;
    let content = match end {
        "md" | "markdown" => Content::Article(Format::Markdown),
        "html" | "htm" => Content::Article(Format::Html),
        "jsonl" | "ndjson" => Content::Lines,
        _ => return None,
    };
    Some((content, gzip))
}

fn stamp(metadata: &Metadata, now: Timestamp) -> Stamp {
    let written = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let settled = |ns: &u64| i64::try_from(ns / 1_000_000).is_ok_and(|ms| ms < now.millis() - FRESH_MS);
    let written_ns = written.and_then(|at| u64::try_from(at.as_nanos()).ok()).filter(settled);
    Stamp { size: metadata.len(), written_ns }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(root: &Path) -> Vec<String> {
        scan(root, Timestamp::OPEN).unwrap().files.into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn finds_files_in_order_and_skips_hidden_ones() {
        let root = tempfile::tempdir().unwrap();
        for name in
            ["b.md", "a/z.HTML", "a/b/c.jsonl.gz", ".hidden.md", ".git/x.md", "photo.png", "a/Makefile"]
        {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        assert_eq!(names(root.path()), ["a/b/c.jsonl.gz", "a/z.HTML", "b.md"]);
        let scan = scan(root.path(), Timestamp::OPEN).unwrap();
        let problems = scan.problems(root.path());
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].what, "2 files of other kinds are not read (1 × `.png`, 1 × `no ending`)");
        assert!(scan.files.iter().all(|file| file.stamp.written_ns.is_some()));
        assert_eq!(names(&root.path().join("b.md")), ["b.md"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("real/deep")).unwrap();
        fs::write(root.path().join("real/deep/x.md"), "x").unwrap();
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("y.md"), "y").unwrap();
        symlink(root.path(), root.path().join("real/deep/up")).unwrap();
        symlink(root.path().join("real"), root.path().join("again")).unwrap();
        symlink(other.path(), root.path().join("other")).unwrap();
        symlink(other.path().join("y.md"), root.path().join("one.md")).unwrap();
        assert_eq!(names(root.path()), ["one.md", "other/y.md", "real/deep/x.md"]);
        symlink(root.path().join("nowhere"), root.path().join("broken.md")).unwrap();
        let scan = scan(root.path(), Timestamp::OPEN).unwrap();
        assert_eq!(scan.files.len(), 3);
        assert_eq!(scan.unseen[0].place, "broken.md");
    }

    #[test]
    fn a_wrong_path_is_told_by_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        let missing = scan(&root.path().join("missing"), Timestamp::OPEN).unwrap_err();
        assert!(matches!(missing, Error::NotFound { .. }));
        fs::write(root.path().join("a.csv"), "x").unwrap();
        let unknown = scan(&root.path().join("a.csv"), Timestamp::OPEN).unwrap_err();
        assert!(unknown.to_string().contains("`.jsonl`"), "{unknown}");
        let empty = scan(root.path(), Timestamp::OPEN).unwrap();
        assert!(empty.problems(root.path())[1].what.contains("no file that can be read"));
    }

    #[test]
    fn a_fresh_file_has_no_time() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.md");
        fs::write(&path, "x").unwrap();
        let before = Timestamp::from_millis(1_000_000_000_000);
        assert_eq!(scan(&path, before).unwrap().files[0].stamp.written_ns, None);
    }
}
