//! One file as a sequence of steps: a record, or why there is none.

use std::io::{self, BufReader, Read};

use connector::Problem;
use domain::Timestamp;
use domain::record::{ExternalId, Record, RecordKind};
use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use crate::Config;
use crate::article::{self, Format};
use crate::conversation::{self, Limits, Refused};
use crate::lines::{Line, Lines};
use crate::row;
use crate::scan::{self, Content, Found};
use crate::text::{self, Notes};

/// Tells two contents apart.
pub(crate) type Digest = [u8; 16];

/// What one line, or one file of an article, gives.
#[derive(Debug)]
pub(crate) struct Step {
    /// The number of the line from 1; 0 for a file that is one article.
    pub(crate) line: u64,
    /// How many bytes it has.
    pub(crate) bytes: u64,
    /// The record, or why there is none.
    pub(crate) outcome: Result<Taken, Refused>,
    /// What a person should know of a record that was taken.
    pub(crate) notes: Vec<String>,
    /// Whether what follows in the file cannot be read.
    pub(crate) breaks_off: bool,
}

/// A record and what tells its content from others.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) id: ExternalId,
    pub(crate) digest: Digest,
    pub(crate) record: Record,
}

/// A file that is being read.
pub(crate) struct Reader {
    name: String,
    input: Input,
    line: u64,
    filled: u64,
    config: Config,
}

enum Input {
    Article(Format, Box<dyn Read + Send>),
    Lines(Lines),
    Ended,
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// Fails when it cannot be opened.
    pub(crate) fn open(file: &Found, config: &Config) -> io::Result<Self> {
        let raw = scan::open(file)?;
        let stream: Box<dyn Read + Send> =
            if file.gzip { Box::new(MultiGzDecoder::new(BufReader::new(raw))) } else { Box::new(raw) };
        let input = match file.content {
            Content::Article(format) => Input::Article(format, stream),
            Content::Lines => Input::Lines(Lines::open(stream, config.max_record_bytes)?),
        };
        Ok(Self { name: file.name.clone(), input, line: 0, filled: 0, config: config.clone() })
    }

    /// Passes over the first `line` lines, of which `filled` are not blank.
    pub(crate) fn skip(&mut self, line: u64, filled: u64) {
        while self.line < line
            && let Input::Lines(lines) = &mut self.input
            // Where a file breaks off is told by the step that meets the place again.
            && let Ok(Some(_)) = lines.next()
        {
            self.line += 1;
        }
        self.filled = filled;
    }

    /// Returns how many lines are read, and how many of them were not blank.
    pub(crate) fn read(&self) -> (u64, u64) {
        (self.line, self.filled)
    }

    /// Returns the next step, nothing at the end of the file.
    pub(crate) fn next(&mut self) -> Option<Step> {
        let input = std::mem::replace(&mut self.input, Input::Ended);
        let mut lines = match input {
            Input::Ended => return None,
            Input::Article(format, stream) => return Some(self.article(format, stream)),
            Input::Lines(lines) => lines,
        };
        loop {
            let line = match lines.next() {
                Ok(Some(line)) => line,
                Ok(None) => return None,
                Err(error) => return Some(self.broken(self.line + 1, &error)),
            };
            self.line += 1;
            if matches!(&line, Line::Bytes(bytes) if is_blank(bytes)) {
                continue;
            }
            self.filled += 1;
            self.input = Input::Lines(lines);
            return Some(self.row(line));
        }
    }

    fn article(&mut self, format: Format, stream: Box<dyn Read + Send>) -> Step {
        let limit = self.config.max_record_bytes;
        let mut bytes = Vec::new();
        if let Err(error) = stream.take(limit.saturating_add(1)).read_to_end(&mut bytes) {
            return self.broken(0, &error);
        }
        self.filled += 1;
        let size = bytes.len() as u64;
        if size > limit {
            return step(0, size, Err(too_large("article", None, limit)), Vec::new());
        }
        if is_blank(&bytes) {
            return step(0, size, Err("is empty".into()), Vec::new());
        }
        let digest = digest(&bytes);
        let decoded = text::decode(bytes);
        let mut notes = Notes::default();
        decoded.note.into_iter().for_each(|note| notes.tell(note));
        let audience = &self.config.default_audience;
        let document = article::from_file(&self.name, format, &decoded.text, audience, &mut notes);
        let taken = document.map(|document| taken(digest, Record::Document(document))).map_err(Refused::from);
        step(0, size, taken, notes.finish())
    }

    fn row(&self, line: Line) -> Step {
        let limit = self.config.max_record_bytes;
        let bytes = match line {
            Line::Bytes(bytes) => bytes,
            Line::TooLong(size) => {
                return step(self.line, size, Err(too_large("line", Some(size), limit)), Vec::new());
            }
        };
        let mut notes = Notes::default();
        let digest = digest(bytes.trim_ascii());
        let outcome = self.record(&bytes, &mut notes).map(|record| taken(digest, record));
        step(self.line, bytes.len() as u64, outcome, notes.finish())
    }

    fn record(&self, line: &[u8], notes: &mut Notes) -> Result<Record, Refused> {
        match row::parse(&notes.decode_line(line))? {
            row::Kind::Article(fields, text) => {
                let document = article::build(*fields, text, &self.config.default_audience, notes)?;
                Ok(Record::Document(document))
            }
            row::Kind::Conversation(row) => {
                let limits = Limits { now: self.config.now, max_turns: self.config.max_turns };
                Ok(Record::Conversation(Box::new(conversation::build(*row, limits, notes)?)))
            }
        }
    }

    fn broken(&self, line: u64, error: &io::Error) -> Step {
        let what = if line == 0 { "cannot be read" } else { "cannot be read from here on" };
        let outcome = Err(format!("{what}: {error}").into());
        Step { breaks_off: true, ..step(line, 0, outcome, Vec::new()) }
    }

    /// Reports whether it is certain that no step follows.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.input, Input::Ended)
    }

    /// Returns the place of a line as a person finds it.
    pub(crate) fn place(&self, line: u64) -> String {
        place(&self.name, line)
    }
}

/// Returns the place of a line in a file as a person finds it.
pub(crate) fn place(name: &str, line: u64) -> String {
    if line == 0 { name.to_owned() } else { format!("{name}:{line}") }
}

impl Step {
    /// Returns the problems of a step that gave no record, or gave one with notes.
    pub(crate) fn problems(&self, place: &str) -> Vec<Problem> {
        match &self.outcome {
            Ok(_) => self.notes.iter().map(|note| Problem::kept(place, note)).collect(),
            Err(refused) => vec![Problem::skipped(place, &refused.what)],
        }
    }

    /// Returns when the step will give a record by itself.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.outcome.as_ref().err().and_then(|refused| refused.until)
    }
}

fn step(line: u64, bytes: u64, outcome: Result<Taken, Refused>, notes: Vec<String>) -> Step {
    Step { line, bytes, outcome, notes, breaks_off: false }
}

fn taken(digest: Digest, record: Record) -> Taken {
    let (kind, id) = match &record {
        Record::Document(document) => (RecordKind::Document, document.external_id.clone()),
        Record::Conversation(conversation) => (RecordKind::Conversation, conversation.external_id.clone()),
        Record::Person(_) | Record::Company(_) | Record::Deleted(_) => {
            unreachable!("files hold articles and conversations alone")
        }
    };
    Taken { id: ExternalId { kind, id }, digest, record }
}

fn too_large(thing: &str, size: Option<u64>, limit: u64) -> Refused {
    let size = size.map_or_else(String::new, |size| format!(" of {size} bytes"));
    format!("is a {thing}{size} larger than {limit} bytes; it is not read (`max_record_bytes`)")
        .replace("a article", "an article")
        .into()
}

fn digest(bytes: &[u8]) -> Digest {
    let mut digest = Digest::default();
    digest.copy_from_slice(&Sha256::digest(bytes)[..16]);
    digest
}

/// Reports whether there is nothing but blanks; the bytes of a lone byte order mark are nothing too.
fn is_blank(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().all(u8::is_ascii_whitespace)
}
