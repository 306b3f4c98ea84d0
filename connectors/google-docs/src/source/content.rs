//! One file as a record: its text, its audience, its dates.

use std::collections::BTreeSet;

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
pub(super) enum Form {
    Doc,
    Markdown,
    Plain,
    Word,
    Pdf,
}

/// What became of a file.
pub(super) enum Handed {
    Record(Record),
    /// It is there, but cannot be read as it is.
    Unreadable(Problem),
    /// It must not be read, or not any more.
    Closed(Problem),
    /// It left while it was read, or is left out.
    Gone,
    /// Google was out of order.
    Later(Problem),
}

/// Returns what text a file has; none for what has none or none that is read.
fn form(file: &File) -> Option<Form> {
    let name = file.name.to_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    match file.mime_type.as_str() {
        DOCUMENT => Some(Form::Doc),
        "text/markdown" | "text/x-markdown" => Some(Form::Markdown),
        "text/plain" if ends(&[".md", ".markdown"]) => Some(Form::Markdown),
        "text/plain" => Some(Form::Plain),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => Some(Form::Word),
        "application/pdf" => Some(Form::Pdf),
        "application/octet-stream" | "" if ends(&[".md", ".markdown"]) => Some(Form::Markdown),
        _ => None,
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
            let kind: String = file.mime_type.bytes().filter(|byte| is_word(*byte)).map(char::from).take(90).collect();
            return skipped(format!("a file of the kind `{kind}` is not read"));
        };
        if form != Form::Doc && self.reach == Reach::Docs {
            return skipped("only Google Docs are read with this access".to_owned());
        }
        if file.capabilities.can_download == Some(false) {
            return skipped("its owner does not allow this user to copy or download it".to_owned());
        }
        match file.bytes().filter(|bytes| *bytes > self.config.max_file_bytes) {
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

    /// Reads a file that was chosen.
    ///
    /// # Errors
    /// Fails when the call as a whole has to be made again; what is wrong with this file alone is no error.
    pub(super) async fn hand_over(&self, file: &File, lineage: &Lineage) -> Result<Handed, Error> {
        if let Some(problem) = self.obstacle(file) {
            return Ok(Handed::Closed(problem));
        }
        let Some(audience) = self.verdict(file, lineage).await?.audience() else { return Ok(Handed::Gone) };
        let (problem, failure) = match self.text(file, &audience).await {
            Ok(Ok(markdown)) => return Ok(Handed::Record(record(file, markdown, audience))),
            Ok(Err(why)) => return Ok(Handed::Unreadable(Problem::skipped(file.id.as_str(), why))),
            Err(failure) => (Problem::skipped(file.id.as_str(), failure.what()), failure),
        };
        if failure.is_gone() {
            Ok(Handed::Gone)
        } else if failure.is_export_limit() || failure.is_unusable() {
            Ok(Handed::Unreadable(problem))
        } else if failure.is_closed() {
            Ok(Handed::Closed(problem))
        } else if failure.is_transient() {
            Ok(Handed::Later(problem))
        } else {
            Err(failure.into())
        }
    }

    /// Returns the text of a file as Markdown, or why it has none that can be read.
    async fn text(&self, file: &File, audience: &RawAudience) -> Result<Result<String, String>, Failure> {
        match form(file) {
            Some(Form::Doc) => self.doc(file, audience).await.map(Ok),
            Some(form) => {
                let bytes = self.download(file).await?;
                Ok(extracted(form, bytes).await)
            }
            None => Ok(Err("has no text that is read".to_owned())),
        }
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
        let bytes = self.client.bytes(Api::Drive, &path, &[("mimeType", "text/markdown")], EXPORT_BYTES).await?;
        Ok(markdown::clean(&String::from_utf8_lossy(&bytes)))
    }

    async fn download(&self, file: &File) -> Result<Vec<u8>, Failure> {
        let most = usize::try_from(self.config.max_file_bytes).unwrap_or(usize::MAX);
        let query = [("alt", "media"), ("supportsAllDrives", "true")];
        self.client.bytes(Api::Drive, &["files", file.id.as_str()], &query, most).await
    }
}

/// Reads the text of a file that is none of Google's own.
async fn extracted(form: Form, bytes: Vec<u8>) -> Result<String, String> {
    match form {
        Form::Markdown | Form::Plain => {
            let text = String::from_utf8(bytes).map_err(|_| "is no text in UTF-8".to_owned())?;
            Ok(markdown::clean(&text))
        }
        Form::Doc | Form::Word | Form::Pdf => Err("its text cannot be read yet".to_owned()),
    }
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
    /// Returns what has to be said of the file: a record, a problem, or both.
    pub(super) fn into_parts(self, id: &str) -> (Option<Record>, Option<Problem>) {
        match self {
            Self::Record(record) => (Some(record), None),
            Self::Unreadable(problem) | Self::Later(problem) => (None, Some(problem)),
            Self::Closed(problem) => (Some(Record::Deleted(named(id))), Some(problem)),
            Self::Gone => (Some(Record::Deleted(named(id))), None),
        }
    }
}
