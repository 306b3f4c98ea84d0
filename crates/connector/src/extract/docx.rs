//! Word documents: paragraphs, headings, lists, tables, links and footnotes as Markdown.

mod body;
mod parts;

use std::io::Cursor;

use zip::ZipArchive;

use super::{Extracted, NotRead};
use parts::Parts;

pub(super) fn text(bytes: &[u8]) -> Result<Extracted, NotRead> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unzipped(bytes))?;
    let parts = Parts::read(&mut archive)?;
    let mut text = body::markdown(&parts.document, &parts)?;
    let mut missing = Vec::new();
    match body::markdown(&parts.footnotes, &parts) {
        Ok(notes) if !notes.trim().is_empty() => text = format!("{}\n\n{}", text.trim_end(), notes.trim()),
        Ok(_) => {}
        Err(_) => missing.push("the footnotes could not be read".to_owned()),
    }
    Ok(Extracted { text: text.trim().to_owned(), missing })
}

/// A file that is no archive may be an encrypted one, which Office wraps into a compound file.
fn unzipped(bytes: &[u8]) -> NotRead {
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) { NotRead::Locked } else { NotRead::Broken }
}
