//! One file as a record: its text, its audience, its dates.

use std::collections::BTreeSet;

use connector::extract::{self, Extracted, NotRead};
use connector::{Error, Problem};
use domain::record::{RawAudience, RawDocument, Record};

use super::{Drive, named};
use crate::audience::{Access, Lineage, Verdict};
use crate::client::{Api, Failure, Reach};
use crate::markdown::{self, Names};
use crate::wire::doc::Document;
use crate::wire::{DOCUMENT, File, SHORTCUT};

/// Google exports no more than this; a little is added, since it counts in its own way.
const EXPORT_BYTES: usize = 11 << 20;

/// What text a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A Google Doc.
    Doc,
    /// A file with bytes of its own.
    File,
}

/// By which rules the audience was given that is held of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    ByTheseRules,
    /// Other rules may have held when it was read last.
    ByAnyRules,
}

/// What became of a file.
pub(super) enum Handed {
    Record(Box<Record>, Vec<Problem>),
    /// It is there, but cannot be read as it is; what is kept of it is its name.
    Unreadable(Box<Record>, Problem),
    /// It must not be read, or not any more.
    Closed(Problem),
    /// It left while it was read, or is left out.
    Gone,
    /// It could not be read for the moment. The name alone takes the place of the text that is held, where more people
    /// might see that than may now.
    Later(Option<Box<Record>>, Problem),
}

/// Returns what text a file has; none for what has none or none that is read.
fn form(file: &File) -> Option<Form> {
    match file.mime_type.as_str() {
        DOCUMENT => Some(Form::Doc),
        kind => extract::is_readable(kind, &file.name).then_some(Form::File),
    }
}

impl Drive {
    /// Says why a file is not read, as far as that shows without reading it.
    pub(super) fn obstacle(&self, file: &File) -> Option<Problem> {
        let skipped = |what: String| Some(Problem::skipped(file.id.as_str(), what));
        if file.mime_type == SHORTCUT {
            return skipped("is a shortcut, and those are not followed; choose what it leads to".to_owned());
        }
        let Some(form) = form(file) else {
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"/.+-".contains(&byte);
            let kind: String =
                file.mime_type.bytes().filter(|byte| is_word(*byte)).map(char::from).take(90).collect();
            return skipped(format!("a file of the kind `{kind}` is not read"));
        };
        if form != Form::Doc && self.reach == Reach::Docs {
            return skipped("only Google Docs are read with this access".to_owned());
        }
        if file.capabilities.can_download == Some(false) {
            return skipped("its owner does not allow this user to copy or download it".to_owned());
        }
        let most = self.config.max_file_bytes.min(extract::MOST_BYTES as u64);
        match file.bytes().filter(|bytes| form == Form::File && *bytes > most) {
            Some(bytes) => skipped(format!("has {bytes} bytes, more than are read")),
            None => None,
        }
    }

    /// Says who may see a file.
    pub(super) async fn verdict(&self, file: &File, lineage: &Lineage) -> Result<Verdict, Error> {
        let depends = self.rules.depend_on_sharing(lineage);
        let access = if depends { self.access(file).await? } else { Access::Known(BTreeSet::new()) };
        Ok(self.rules.decide(lineage, &access))
    }

    /// Reads a file that was chosen. `held` says by which rules the audience was given that is held of it.
    ///
    /// # Errors
    /// Fails when the call as a whole has to be made again; what is wrong with this file alone is no error.
    pub(super) async fn hand_over(
        &self,
        file: &File,
        lineage: &Lineage,
        held: Held,
    ) -> Result<Handed, Error> {
        if let Some(problem) = self.obstacle(file) {
            return Ok(Handed::Closed(problem));
        }
        let Some(audience) = self.verdict(file, lineage).await?.audience() else { return Ok(Handed::Gone) };
        let (problem, failure) = match self.text(file, &audience).await {
            Ok(Ok(Extracted { text, missing })) => {
                let missing = missing.into_iter().map(|what| Problem::kept(file.id.as_str(), what));
                return Ok(Handed::Record(Box::new(record(file, text, audience)), missing.collect()));
            }
            Ok(Err(why)) => return Ok(unreadable(file, audience, &why.to_string())),
            Err(failure) => (Problem::skipped(file.id.as_str(), failure.what()), failure),
        };
        // Until the text can be read again, who may see it counts nevertheless.
        let may_be_wider = match held {
            Held::ByTheseRules => self.rules.may_be_wider(&audience),
            Held::ByAnyRules => audience != RawAudience::Public,
        };
        if failure.is_gone() {
            Ok(Handed::Gone)
        } else if failure.is_export_limit() || failure.is_unusable() {
            Ok(unreadable(file, audience, failure.what()))
        } else if failure.is_closed() {
            self.refused(file, (may_be_wider, audience), problem).await
        } else if failure.is_transient() {
            Ok(later(file, (may_be_wider, audience), problem))
        } else {
            Err(failure.into())
        }
    }

    /// Asks Drive about a file whose text was refused. When Drive, too, says that this user may not read it, it is
    /// taken back; when Drive says otherwise, it is asked for again, because a refusal may be a mistake of the hour.
    async fn refused(
        &self,
        file: &File,
        audience: (bool, RawAudience),
        problem: Problem,
    ) -> Result<Handed, Error> {
        match self.file_value(&file.id).await {
            Ok(value) => match File::read(value).and_then(|file| file.capabilities.can_download) {
                Some(true) => Ok(later(file, audience, problem)),
                _ => Ok(Handed::Closed(problem)),
            },
            Err(failure) if failure.is_gone() => Ok(Handed::Gone),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Returns the text of a file as Markdown, or why it has none that can be read.
    async fn text(&self, file: &File, audience: &RawAudience) -> Result<Result<Extracted, NotRead>, Failure> {
        if form(file) == Some(Form::Doc) {
            let text = self.doc(file, audience).await?;
            return Ok(Ok(Extracted { text, missing: Vec::new() }));
        }
        let bytes = self.download(file).await?;
        let (kind, name) = (file.mime_type.clone(), file.name.clone());
        // Unpacking takes processor time, and a parser that falls takes its own task along and nothing else.
        let read = tokio::task::spawn_blocking(move || extract::text(&kind, &name, &bytes)).await;
        let read = read.unwrap_or(Err(NotRead::Broken));
        Ok(read.map(|read| Extracted { text: markdown::clean(&read.text), ..read }))
    }

    /// Reads a Google Doc through the Docs API; one that is too long for it, as Google's own Markdown.
    async fn doc(&self, file: &File, audience: &RawAudience) -> Result<String, Failure> {
        let names = if *audience == RawAudience::Internal { Names::Shown } else { Names::Covered };
        let whole = ("includeTabsContent", "true");
        let path = ["documents", file.id.as_str()];
        let most = usize::try_from(self.config.max_file_bytes).unwrap_or(usize::MAX);
        let preview = [whole, ("suggestionsViewMode", "PREVIEW_WITHOUT_SUGGESTIONS")];
        let mut answer = self.client.bytes(Api::Docs, &path, &preview, most).await;
        // Who may not see suggestions may not ask for a view without them either; they are dropped in any case.
        if answer.as_ref().is_err_and(|failure| failure.is_closed() && !failure.is_gone()) {
            answer = self.client.bytes(Api::Docs, &path, &[whole], most).await;
        }
        let unreadable = match answer {
            Ok(bytes) => match serde_json::from_slice::<Document>(&bytes) {
                Ok(document) => return Ok(markdown::render(&document, &file.id, names)),
                Err(_) => Failure::unreadable("GET /documents/…", "is no document"),
            },
            Err(failure) if failure.is_unusable() => failure,
            Err(failure) => return Err(failure),
        };
        // The export would name people, and it cannot be told where.
        if self.reach == Reach::Docs || names == Names::Covered {
            return Err(unreadable);
        }
        let path = ["files", file.id.as_str(), "export"];
        let bytes =
            self.client.bytes(Api::Drive, &path, &[("mimeType", "text/markdown")], EXPORT_BYTES).await?;
        Ok(markdown::clean(&String::from_utf8_lossy(&bytes)))
    }

    async fn download(&self, file: &File) -> Result<Vec<u8>, Failure> {
        let most = usize::try_from(self.config.max_file_bytes).unwrap_or(usize::MAX);
        let query = [("alt", "media"), ("supportsAllDrives", "true")];
        self.client.bytes(Api::Drive, &["files", file.id.as_str()], &query, most).await
    }
}

/// Keeps a document by its name, as the text that was read before is not what it says now.
fn unreadable(file: &File, audience: RawAudience, why: &str) -> Handed {
    let problem = Problem::skipped(file.id.as_str(), format!("{why}; only its name is kept"));
    Handed::Unreadable(Box::new(record(file, String::new(), audience)), problem)
}

fn later(file: &File, (may_be_wider, audience): (bool, RawAudience), problem: Problem) -> Handed {
    let name = may_be_wider.then(|| Box::new(record(file, String::new(), audience)));
    Handed::Later(name, problem)
}

fn record(file: &File, markdown: String, audience: RawAudience) -> Record {
    let time = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    let title = markdown::clean(&file.name).replace('\n', " ");
    let url = if file.mime_type == DOCUMENT {
        markdown::address(&file.id)
    } else {
        format!("https://drive.google.com/file/d/{}/view", file.id)
    };
    Record::Document(RawDocument {
        external_id: file.id.clone(),
        title: title.trim().to_owned(),
        markdown,
        url: Some(url),
        audience,
        created_at: time(&file.created_time),
        updated_at: time(&file.modified_time),
        ..RawDocument::default()
    })
}

impl Handed {
    /// Returns why a file could not be read for the moment.
    pub(super) fn late(&self) -> Option<&Problem> {
        match self {
            Self::Later(_, problem) => Some(problem),
            _ => None,
        }
    }

    /// Returns what has to be said of the file: a record, problems, or both.
    pub(super) fn into_parts(self, id: &str) -> (Option<Record>, Vec<Problem>) {
        match self {
            Self::Record(record, missing) => (Some(*record), missing),
            Self::Unreadable(name, problem) => (Some(*name), vec![problem]),
            Self::Later(name, problem) => (name.map(|name| *name), vec![problem]),
            Self::Closed(problem) => (Some(Record::Deleted(named(id))), vec![problem]),
            Self::Gone => (Some(Record::Deleted(named(id))), Vec::new()),
        }
    }
}
