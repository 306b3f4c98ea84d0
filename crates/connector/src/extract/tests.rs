use std::io::{Cursor, Write};

use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, Stream, dictionary};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{MOST_BYTES, NotRead, is_readable, text};

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A PDF with one page per list of lines.
fn pdf(pages: &[&[&str]]) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier", "Encoding" => "WinAnsiEncoding" });
    let resources = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let mut kids = Vec::new();
    for lines in pages {
        let mut operations =
            vec![Operation::new("BT", vec![]), Operation::new("Tf", vec!["F1".into(), 12.into()])];
        for line in *lines {
            operations.push(Operation::new("Td", vec![0.into(), (-14).into()]));
            operations.push(Operation::new("Tj", vec![Object::string_literal(*line)]));
        }
        operations.push(Operation::new("ET", vec![]));
        let content = Content { operations }.encode().unwrap();
        let content = document.add_object(Stream::new(dictionary! {}, content));
        let page = document.add_object(dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources });
        kids.push(page.into());
    }
    let count = i64::try_from(kids.len()).unwrap();
    let pages = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
    document.objects.insert(tree, Object::Dictionary(pages));
    let catalogue = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalogue);
    document.compress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn docx(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, xml) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(xml.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn word(body: &str) -> Vec<u8> {
    let document = format!(r#"<w:document xmlns:w="w" xmlns:r="r"><w:body>{body}</w:body></w:document>"#);
    let links = r#"<Relationships><Relationship Id="r1" Type="http://x/hyperlink" Target="https://lamps.example/a"/></Relationships>"#;
    let styles = r#"<w:styles xmlns:w="w"><w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style></w:styles>"#;
    let notes = r#"<w:footnotes xmlns:w="w"><w:footnote w:id="-1"><w:p><w:r><w:t>sep</w:t></w:r></w:p></w:footnote><w:footnote w:id="1"><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>"#;
    docx(&[
        ("word/document.xml", &document),
        ("word/_rels/document.xml.rels", links),
        ("word/styles.xml", styles),
        ("word/footnotes.xml", notes),
    ])
}

#[test]
fn a_pdf_is_read_line_by_line() {
    let bytes = pdf(&[&["The lamp blinks", "three times."], &["Second page"]]);
    let read = text("application/pdf", "lamp.pdf", &bytes).unwrap();
    assert_eq!(read.text, "The lamp blinks\nthree times.\n\n\nSecond page");
    assert!(read.missing.is_empty());
    assert_eq!(text("", "LAMP.PDF", &bytes).unwrap().text, read.text, "the name tells the kind too");
}

#[test]
fn a_pdf_without_text_is_said_to_be_empty() {
    assert_eq!(text("application/pdf", "scan.pdf", &pdf(&[&[]])), Err(NotRead::Empty));
}

#[test]
fn a_broken_pdf_costs_nothing_but_itself() {
    let whole = pdf(&[&["The lamp blinks", "three times."]]);
    assert_eq!(text("application/pdf", "x.pdf", b"%PDF-1.7 and nothing"), Err(NotRead::Broken));
    for cut in (0..whole.len()).step_by(7) {
        // Whatever comes out, nothing panics and nothing is made up.
        let mut bytes = whole[..cut].to_vec();
        let _ = text("application/pdf", "x.pdf", &bytes);
        bytes.extend(&whole[(cut + 3).min(whole.len())..]);
        let _ = text("application/pdf", "x.pdf", &bytes);
    }
}

#[test]
fn a_word_document_becomes_markdown() {
    let body = r#"
        <w:p><w:pPr><w:pStyle w:val="berschrift2"/></w:pPr><w:r><w:t>Lamps &amp; bulbs</w:t></w:r></w:p>
        <w:p><w:r><w:t xml:space="preserve">See </w:t></w:r><w:hyperlink r:id="r1"><w:r><w:t>the page</w:t></w:r></w:hyperlink><w:r><w:t>.</w:t></w:r><w:r><w:footnoteReference w:id="1"/></w:r></w:p>
        <w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>new</w:t></w:r></w:p>
        <w:p><w:pPr><w:numPr><w:ilvl w:val="0"/></w:numPr></w:pPr><w:r><w:t>one</w:t></w:r></w:p>
        <w:p><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr><w:r><w:t>two</w:t></w:r></w:p>
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Kind</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Watt</w:t></w:r></w:p></w:tc></w:tr>
        <w:tr><w:tc><w:p><w:r><w:t>A|B</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>5</w:t></w:r></w:p><w:p><w:r><w:t>6</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"#;
    let read = text(DOCX, "x.docx", &word(body)).unwrap();
    let expected = "## Lamps & bulbs\n\nSee [the page](<https://lamps.example/a>).[^1]\n\nnew\n\n- one\n  - two\n\n\
        | Kind | Watt |\n| --- | --- |\n| A\\|B | 5<br>6 |\n\n[^1]: A note.";
    assert_eq!(read.text, expected);
}

#[test]
fn a_text_box_does_not_end_the_paragraph_around_it() {
    let body = r#"<w:p><w:r><w:t>before </w:t></w:r><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent><w:r><w:t>after</w:t></w:r></w:p>"#;
    let read = text(DOCX, "x.docx", &word(body)).unwrap();
    assert!(read.text.starts_with("boxed\n\nbefore after"), "{}", read.text);
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    let bomb = "x".repeat(80 * 1024 * 1024);
    let bytes = docx(&[("word/document.xml", &bomb)]);
    assert!(bytes.len() < 1024 * 1024, "it is small outside");
    assert_eq!(text(DOCX, "x.docx", &bytes), Err(NotRead::TooLarge));
}

#[test]
fn a_broken_word_document_costs_nothing_but_itself() {
    assert_eq!(text(DOCX, "x.docx", b"PK nothing"), Err(NotRead::Broken));
    assert_eq!(text(DOCX, "x.docx", &docx(&[("other.xml", "<a/>")])), Err(NotRead::Broken));
    assert_eq!(text(DOCX, "x.docx", &[0xd0, 0xcf, 0x11, 0xe0, 1, 2]), Err(NotRead::Locked));
    let whole = word("<w:p><w:r><w:t>lamp</w:t></w:r></w:p>");
    for cut in (0..whole.len()).step_by(5) {
        let mut bytes = whole[..cut].to_vec();
        let _ = text(DOCX, "x.docx", &bytes);
        bytes.extend(&whole[(cut + 2).min(whole.len())..]);
        let _ = text(DOCX, "x.docx", &bytes);
    }
}

#[test]
fn plain_text_is_read_in_its_encoding() {
    assert_eq!(text("text/plain", "a", "ü\r\nb".as_bytes()).unwrap().text, "ü\nb");
    assert_eq!(text("text/markdown; charset=utf-8", "a", b"\xef\xbb\xbf# A").unwrap().text, "# A");
    assert_eq!(text("text/plain", "a", b"\xff\xfe\xfc\x00").unwrap().text, "ü");
    let strange = text("", "notes.TXT", b"gr\xfcn").unwrap();
    assert_eq!((strange.text.as_str(), strange.missing.len()), ("gr\u{fffd}n", 1));
    assert_eq!(text("text/plain", "a", b"\x00\x01"), Err(NotRead::Broken));
    assert_eq!(text("text/plain", "a", b" \n"), Err(NotRead::Empty));
}

#[test]
fn other_kinds_and_sizes_are_refused() {
    assert!(!is_readable("image/png", "a.pdf") && is_readable("application/pdf", "a"));
    assert_eq!(text("image/png", "a.png", b"x"), Err(NotRead::Kind));
    assert_eq!(text("text/plain", "a", &vec![b'a'; MOST_BYTES + 1]), Err(NotRead::TooLarge));
    let long = text("text/plain", "a", &"ü".repeat(5 * 1024 * 1024).into_bytes()).unwrap();
    assert!(long.text.len() <= super::MOST_TEXT && long.missing.len() == 1);
}
