//! The text of files: PDF, Word, Markdown and plain text, the same way for every connector.
//!
//! Files come from anybody, so everything is bounded: what goes in, what unpacks, what comes out. A library
//! that panics costs its file and nothing else. Reading takes processor time in proportion to the file; call
//! it where blocking is allowed.

mod docx;
mod pdf;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The largest file that is read.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;
/// The longest text that comes out, in bytes; what is longer is cut there.
pub const MOST_TEXT: usize = 8 * 1024 * 1024;
/// How much a part of a file may hold when unpacked.
const MOST_UNPACKED: usize = 64 * 1024 * 1024;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// The text as Markdown; what was plain text stays as it was.
    pub text: String,
    /// What is missing from the text, in sentences for a person; none when all of it is there.
    pub missing: Vec<String>,
}

/// Why a file has no text for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotRead {
    /// Its kind is not one that is read.
    #[error("is of a kind that is not read")]
    Kind,
    /// It is larger than [`MOST_BYTES`], or unpacks to more than is sound.
    #[error("is too large")]
    TooLarge,
    /// It needs a password.
    #[error("needs a password")]
    Locked,
    /// It is not what its kind says, or broken.
    #[error("is broken")]
    Broken,
    /// It holds no text, such as a scan.
    #[error("holds no text")]
    Empty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Pdf,
    Docx,
}

const PLAIN: [&str; 7] = ["txt", "text", "md", "markdown", "mdown", "csv", "log"];

/// Reports whether files of this kind are read at all, so that no other needs to be fetched.
#[must_use]
pub fn is_readable(media_type: &str, name: &str) -> bool {
    kind(media_type, name).is_some()
}

/// Returns the text of a file, by its media type and, where that says nothing, the end of its name.
///
/// # Errors
/// [`NotRead`], with the reason.
pub fn text(media_type: &str, name: &str, bytes: &[u8]) -> Result<Extracted, NotRead> {
    let kind = kind(media_type, name).ok_or(NotRead::Kind)?;
    if bytes.len() > MOST_BYTES {
        return Err(NotRead::TooLarge);
    }
    // The parsers keep nothing between files, so nothing half-done is seen after a panic.
    let read = catch_unwind(AssertUnwindSafe(|| match kind {
        Kind::Plain => plain(bytes),
        Kind::Pdf => pdf::text(bytes),
        Kind::Docx => docx::text(bytes),
    }));
    let mut extracted = read.unwrap_or(Err(NotRead::Broken))?;
    if cut(&mut extracted.text, MOST_TEXT) {
        extracted.missing.push(format!("the text after the first {MOST_TEXT} bytes was cut off"));
    }
    if extracted.text.trim().is_empty() {
        return Err(NotRead::Empty);
    }
    Ok(extracted)
}

fn kind(media_type: &str, name: &str) -> Option<Kind> {
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    match media_type.as_str() {
        "application/pdf" | "application/x-pdf" => Some(Kind::Pdf),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => Some(Kind::Docx),
        "text/plain" | "text/markdown" | "text/x-markdown" | "text/csv" => Some(Kind::Plain),
        // What uploads say when they do not know.
        "" | "application/octet-stream" | "binary/octet-stream" | "application/zip" => match end.as_str() {
            "pdf" => Some(Kind::Pdf),
            "docx" => Some(Kind::Docx),
            end if PLAIN.contains(&end) => Some(Kind::Plain),
            _ => None,
        },
        _ => None,
    }
}

/// Reads UTF-8 and UTF-16 by their marks; other bytes become replacement characters and are said to.
fn plain(bytes: &[u8]) -> Result<Extracted, NotRead> {
    let wide = |order: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let (pairs, _) = bytes.as_chunks::<2>();
        char::decode_utf16(pairs.iter().map(|pair| order(*pair)))
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ if bytes.contains(&0) => return Err(NotRead::Broken),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let strange = text.chars().filter(|char| *char == char::REPLACEMENT_CHARACTER).count();
    let missing = (strange > 0).then(|| format!("{strange} characters are in an unknown encoding"));
    Ok(Extracted { text: text.replace("\r\n", "\n"), missing: missing.into_iter().collect() })
}

/// Cuts a text at the end of a character; reports whether anything was cut.
fn cut(text: &mut String, most: usize) -> bool {
    if text.len() <= most {
        return false;
    }
    text.truncate(text.floor_char_boundary(most));
    true
}
