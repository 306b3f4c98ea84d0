//! Bytes to clean text: encodings, control characters, line ends, one form for one letter.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A text and what had to be done to get it.
#[derive(Debug, PartialEq)]
pub(crate) struct Decoded {
    /// The text, without a byte order mark.
    pub(crate) text: String,
    /// What a person should know, where it was not plain UTF-8.
    pub(crate) note: Option<String>,
}

/// Reads bytes as what their byte order mark says, as UTF-8 when they are that, else as the encoding that
/// fits them best.
pub(crate) fn decode(bytes: Vec<u8>) -> Decoded {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        let (text, wrong) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return Decoded { text: text.into_owned(), note: wrong.then(|| broken(encoding)) };
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Decoded { text, note: None },
        Err(error) => error.into_bytes(),
    };
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes, true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    let (text, wrong) = encoding.decode_without_bom_handling(&bytes);
    let note = if wrong { broken(encoding) } else { format!("is not UTF-8; read as {}", encoding.name()) };
    Decoded { text: text.into_owned(), note: Some(note) }
}

fn broken(encoding: &'static Encoding) -> String {
    format!("is not UTF-8; read as {}, in which some bytes mean nothing", encoding.name())
}

/// The longest id, name or address that is kept, in bytes: what is longer is none, and no database can look it up.
pub(crate) const LONGEST_KEY: usize = 1024;

/// What a person should know of an item that was taken in, gathered while it is translated.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    told: Vec<String>,
    removed: usize,
}

impl Notes {
    /// Adds a note.
    pub(crate) fn tell(&mut self, note: impl Into<String>) {
        self.told.push(note.into());
    }

    /// Removes control characters but tabs and line ends, writes every line end as `\n`, and composes
    /// letters (NFC). Marks that steer the direction of writing stay. What is removed is counted.
    pub(crate) fn clean(&mut self, text: String) -> String {
        let dirty = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{feff}';
        let text = if text.contains(dirty) {
            let text =
                if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
            self.removed += text.chars().filter(|c| dirty(*c)).count();
            text.replace(dirty, "")
        } else {
            text
        };
        match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => text,
            _ => text.nfc().collect(),
        }
    }

    /// Cleans what somebody or something is looked up by; what is too long is told and left out.
    pub(crate) fn key(&mut self, what: &str, text: String) -> Option<String> {
        let text = self.clean(text);
        if text.len() > LONGEST_KEY {
            let length = text.len();
            self.tell(format!(
                "`{what}` is {length} bytes long, more than {LONGEST_KEY}; counted as not stated"
            ));
            return None;
        }
        Some(text)
    }

    /// Removes raw control bytes from a line of JSON, counts them, and decodes the rest.
    pub(crate) fn decode_line(&mut self, line: &[u8]) -> String {
        let (line, removed) = strip_controls(line);
        self.removed += removed;
        let decoded = decode(line.into_owned());
        self.told.extend(decoded.note);
        decoded.text
    }

    /// Returns all notes.
    pub(crate) fn finish(mut self) -> Vec<String> {
        match self.removed {
            0 => {}
            1 => self.tell("1 control character was removed"),
            removed => self.tell(format!("{removed} control characters were removed")),
        }
        self.told
    }
}

/// Removes raw control bytes from a line of JSON, where they are never allowed, and returns how many; a tab
/// becomes a blank.
fn strip_controls(line: &[u8]) -> (Cow<'_, [u8]>, usize) {
    let is_bad = |byte: &u8| *byte < b' ' && *byte != b'\t' && *byte != b'\r';
    if !line.iter().any(|byte| *byte < b' ') {
        return (Cow::Borrowed(line), 0);
    }
    let removed = line.iter().filter(|byte| is_bad(byte)).count();
    let kept = line.iter().filter(|byte| !is_bad(byte)).map(|byte| if *byte < b' ' { b' ' } else { *byte });
    (Cow::Owned(kept.collect()), removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Decoded {
        decode(bytes.to_vec())
    }

    #[test]
    fn reads_every_common_encoding() {
        let expected = "Grüße aus Köln: der Akku lädt nicht, was tun?";
        let plain = read(expected.as_bytes());
        assert_eq!((plain.text.as_str(), plain.note), (expected, None));
        assert_eq!(read(&[b"\xef\xbb\xbf", expected.as_bytes()].concat()).text, expected);
        let little: Vec<u8> = "\u{feff}"
            .chars()
            .chain(expected.chars())
            .flat_map(|c| u16::try_from(u32::from(c)).unwrap().to_le_bytes())
            .collect();
        assert_eq!(read(&little).text, expected);
        let big: Vec<u8> = little.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        assert_eq!(read(&big).text, expected);
        let (western, ..) = encoding_rs::WINDOWS_1252.encode(expected);
        let western = read(&western);
        assert_eq!(western.text, expected);
        assert_eq!(western.note.as_deref(), Some("is not UTF-8; read as windows-1252"));
        let russian = "Здравствуйте, как сбросить пароль от учётной записи?";
        assert_eq!(read(&encoding_rs::WINDOWS_1251.encode(russian).0).text, russian);
        let japanese = "パスワードを忘れた場合の再設定方法を教えてください。";
        assert_eq!(read(&encoding_rs::SHIFT_JIS.encode(japanese).0).text, japanese);
    }

    #[test]
    fn bytes_that_mean_nothing_are_told() {
        let read = read(b"\xff\xfea\x00b");
        assert!(read.note.unwrap().contains("mean nothing"));
    }

    #[test]
    fn removes_and_counts_control_characters() {
        let mut notes = Notes::default();
        assert_eq!(notes.clean("a\0b\x07\u{85}c\td\r\ne\rf\u{feff}".into()), "abc\td\ne\nf");
        assert_eq!(notes.finish(), ["4 control characters were removed"]);
    }

    #[test]
    fn composes_letters_and_keeps_direction() {
        let mut notes = Notes::default();
        assert_eq!(notes.clean("a\u{308}".into()), "ä");
        let arabic = "\u{200f}كيف أغيّر كلمة المرور؟ \u{2067}عربي\u{2069}";
        assert_eq!(notes.clean(arabic.into()), arabic.nfc().collect::<String>());
        assert!(notes.clean(arabic.into()).contains('\u{2067}'));
        assert_eq!(notes.finish(), Vec::<String>::new());
    }

    #[test]
    fn strips_raw_controls_from_json() {
        assert_eq!(strip_controls(b"{\"a\": 1}\r").0.as_ref(), b"{\"a\": 1} ");
        let (line, removed) = strip_controls(b"{\"a\0\": \"b\tc\"}");
        assert_eq!((line.as_ref(), removed), (b"{\"a\": \"b c\"}".as_ref(), 1));
    }
}
