//! PDF: the strings that pages show, in the order in which they are shown.

use std::collections::BTreeMap;

use lopdf::content::{Content, Operation};
use lopdf::{Document, Encoding, Error, LoadOptions, Object};

use super::{Extracted, MOST_TEXT, MOST_UNPACKED, NotRead};

/// More pages than this are not read.
const MOST_PAGES: usize = 5_000;
/// A gap in a row of glyphs, in thousandths of the font size, that is seen as a blank.
const BLANK: f32 = -180.0;

pub(super) fn text(bytes: &[u8]) -> Result<Extracted, NotRead> {
    let options = LoadOptions::with_max_decompressed_size(MOST_UNPACKED);
    let document = Document::load_mem_with_options(bytes, options).map_err(|error| reason(&error))?;
    if document.is_encrypted() {
        return Err(NotRead::Locked);
    }
    let pages = document.get_pages();
    let (mut text, mut unread, mut unpacked) = (String::new(), 0_usize, 0_usize);
    for page in pages.values().take(MOST_PAGES) {
        match page_text(&document, *page, &mut unpacked) {
            Ok(page) => text.push_str(&page),
            Err(_) => unread += 1,
        }
        if text.len() > MOST_TEXT || unpacked > MOST_UNPACKED {
            unread += pages.len().min(MOST_PAGES);
            break;
        }
        text.push_str("\n\n");
    }
    unread += pages.len().saturating_sub(MOST_PAGES);
    let missing =
        (unread > 0).then(|| format!("{} of {} pages were not read", unread.min(pages.len()), pages.len()));
    Ok(Extracted { text: tidy(&text), missing: missing.into_iter().collect() })
}

fn reason(error: &Error) -> NotRead {
    match error {
        Error::InvalidPassword | Error::Decryption(_) | Error::UnsupportedSecurityHandler(_) => {
            NotRead::Locked
        }
        Error::Decompress(_) => NotRead::TooLarge,
        _ => NotRead::Broken,
    }
}

fn page_text(document: &Document, page: lopdf::ObjectId, unpacked: &mut usize) -> Result<String, Error> {
    let left = MOST_UNPACKED.saturating_sub(*unpacked);
    let fonts = document.get_page_fonts(page)?;
    let encodings: BTreeMap<Vec<u8>, Encoding> = fonts
        .into_iter()
        .filter_map(|(name, font)| Some((name, font.get_font_encoding_with_limit(document, left).ok()?)))
        .collect();
    let content = document.get_page_content_with_limit(page, left)?;
    *unpacked += content.len();
    let content = Content::decode(&content)?;
    let mut shown = Shown { encodings: &encodings, font: None, text: String::new(), row: 0.0 };
    for operation in &content.operations {
        shown.apply(operation);
    }
    Ok(shown.text)
}

/// What a page has shown so far.
struct Shown<'a> {
    encodings: &'a BTreeMap<Vec<u8>, Encoding<'a>>,
    font: Option<&'a Encoding<'a>>,
    text: String,
    /// The height at which the last text matrix stood.
    row: f32,
}

impl Shown<'_> {
    fn apply(&mut self, operation: &Operation) {
        let operands = &operation.operands;
        let number =
            |place: usize| operands.get(place).and_then(|operand| operand.as_float().ok()).unwrap_or(0.0);
        match operation.operator.as_str() {
            "Tf" => {
                let name = operands.first().and_then(|name| name.as_name().ok());
                self.font = name.and_then(|name| self.encodings.get(name));
            }
            "Td" | "TD" if number(1) == 0.0 => self.blank(),
            "Td" | "TD" | "T*" => self.line(),
            "Tm" if (number(5) - self.row).abs() < 0.5 => self.blank(),
            "Tm" => {
                self.row = number(5);
                self.line();
            }
            "ET" => self.line(),
            "Tj" | "TJ" => operands.iter().for_each(|operand| self.show(operand)),
            "'" => {
                self.line();
                operands.iter().for_each(|operand| self.show(operand));
            }
            "\"" => {
                self.line();
                operands.iter().skip(2).for_each(|operand| self.show(operand));
            }
            _ => {}
        }
    }

    fn show(&mut self, operand: &Object) {
        match operand {
            Object::String(bytes, _) => {
                let decoded = self.font.and_then(|font| Document::decode_text(font, bytes).ok());
                self.text.extend(decoded);
            }
            Object::Array(items) => items.iter().for_each(|item| self.show(item)),
            Object::Integer(_) | Object::Real(_) if operand.as_float().is_ok_and(|gap| gap < BLANK) => {
                self.blank()
            }
            _ => {}
        }
    }

    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(char::is_whitespace) {
            self.text.push(' ');
        }
    }

    fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

/// Drops what glyph tables leave behind: null characters and blanks at the ends of lines.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_end().replace('\0', ""));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
