//! The parts of the archive that matter, each unpacked within bounds.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::extract::{MOST_UNPACKED, NotRead};

/// What a Word document is read from.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) document: String,
    pub(super) footnotes: String,
    /// Targets of links by their ids.
    pub(super) links: BTreeMap<String, String>,
    /// Levels of headings by the ids of their styles, which are translated; their names are not.
    pub(super) headings: BTreeMap<String, usize>,
}

impl Parts {
    pub(super) fn read(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Self, NotRead> {
        let mut left = MOST_UNPACKED;
        let document = unpack(archive, "word/document.xml", &mut left)?.ok_or(NotRead::Broken)?;
        let footnotes = unpack(archive, "word/footnotes.xml", &mut left)?.unwrap_or_default();
        let links = unpack(archive, "word/_rels/document.xml.rels", &mut left)?.unwrap_or_default();
        let styles = unpack(archive, "word/styles.xml", &mut left)?.unwrap_or_default();
        Ok(Self { document, footnotes, links: self::links(&links), headings: headings(&styles) })
    }
}

fn unpack(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
    left: &mut usize,
) -> Result<Option<String>, NotRead> {
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(ZipError::UnsupportedArchive(_)) => return Err(NotRead::Locked),
        Err(_) => return Err(NotRead::Broken),
    };
    let mut bytes = Vec::new();
    // What the archive says about sizes may be a lie: count what really comes out.
    file.take(*left as u64 + 1).read_to_end(&mut bytes).map_err(|_| NotRead::Broken)?;
    *left = left.checked_sub(bytes.len()).ok_or(NotRead::TooLarge)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Returns an attribute by its name without prefix.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let mut attributes = attributes.with_checks(false).flatten();
    let found = attributes.find(|attribute| attribute.key.local_name().into_inner() == name)?;
    let unescaped = quick_xml::escape::unescape(&found.value).ok()?;
    Some(unescaped.into_owned())
}

fn tags(xml: &str, mut see: impl FnMut(&BytesStart<'_>)) {
    let mut reader = Reader::from_str(xml);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) | Event::Empty(tag) => see(&tag),
            Event::Eof => return,
            _ => {}
        }
    }
}

fn links(xml: &str) -> BTreeMap<String, String> {
    let mut links = BTreeMap::new();
    tags(xml, |tag| {
        let is_link = attribute(tag, "Type").is_some_and(|kind| kind.ends_with("/hyperlink"));
        if let (true, Some(id), Some(target)) = (is_link, attribute(tag, "Id"), attribute(tag, "Target")) {
            links.insert(id, target);
        }
    });
    links
}

fn headings(xml: &str) -> BTreeMap<String, usize> {
    let mut headings = BTreeMap::new();
    let mut style = String::new();
    tags(xml, |tag| match tag.local_name().into_inner() {
        "style" => style = attribute(tag, "styleId").unwrap_or_default(),
        "name" => {
            let name = attribute(tag, "val").unwrap_or_default().to_ascii_lowercase();
            let level = name.strip_prefix("heading ").and_then(|level| level.parse().ok());
            let level = if name == "title" { Some(1) } else { level };
            headings.extend(level.map(|level: usize| (style.clone(), level.clamp(1, 6))));
        }
        _ => {}
    });
    headings
}
