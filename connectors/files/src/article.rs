//! Articles: a file of Markdown or HTML with front matter, or a line of JSON.

use std::str::FromStr as _;

use domain::record::{RawAudience, RawDocument};
use domain::{Applicability, Language, Timestamp};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};
use serde::Deserialize;

use crate::html;
use crate::text::{LONGEST_KEY, Notes};

/// What stands beside the text of an article, as it was written.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Fields {
    pub(crate) id: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) updated_at: Option<String>,
    pub(crate) brand: Option<String>,
    pub(crate) plan: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) product_version: Option<String>,
    pub(crate) leads_to: Vec<String>,
}

/// Front matter as YAML. Texts are asked for, so that `product_version: 2.10` does not become the number 2.1.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FrontMatter {
    id: Option<String>,
    title: Option<String>,
    url: Option<String>,
    audience: Option<String>,
    language: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    brand: Option<String>,
    plan: Option<String>,
    region: Option<String>,
    product_version: Option<String>,
    leads_to: Vec<String>,
}

impl From<FrontMatter> for Fields {
    fn from(front: FrontMatter) -> Self {
        let word =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            id: word(front.id),
            title: word(front.title),
            url: word(front.url),
            audience: word(front.audience),
            language: word(front.language),
            created_at: word(front.created_at),
            updated_at: word(front.updated_at),
            brand: word(front.brand),
            plan: word(front.plan),
            region: word(front.region),
            product_version: word(front.product_version),
            leads_to: front.leads_to,
        }
    }
}

/// How the text of a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Markdown,
    Html,
}

/// Reads a file of one article; `name` is its id unless it states one.
///
/// # Errors
/// Says why it is left out.
pub(crate) fn from_file(
    name: &str,
    format: Format,
    text: &str,
    default_audience: &RawAudience,
    notes: &mut Notes,
) -> Result<RawDocument, String> {
    let (mut fields, body) = split_front_matter(text)?;
    let markdown = match format {
        Format::Markdown => {
            fields.title = fields.title.or_else(|| first_heading(body)).or_else(|| Some(title_of_file(name)));
            body.trim().to_owned()
        }
        Format::Html => {
            let page = html::read(body);
            page.note.into_iter().for_each(|note| notes.tell(note));
            fields.title = fields.title.or(page.title).or_else(|| Some(title_of_file(name)));
            fields.language = fields.language.or(page.language);
            page.markdown
        }
    };
    fields.id = fields.id.or_else(|| Some(name.to_owned()));
    build(fields, markdown, default_audience, notes)
}

/// Makes the document of fields and text.
///
/// # Errors
/// Says why it is left out.
pub(crate) fn build(
    fields: Fields,
    markdown: String,
    default_audience: &RawAudience,
    notes: &mut Notes,
) -> Result<RawDocument, String> {
    let external_id = check_id(notes.clean(fields.id.ok_or("has no id")?))?;
    let markdown = notes.clean(markdown);
    if markdown.trim().is_empty() {
        return Err("has no text".to_owned());
    }
    let audience = match fields.audience.as_deref() {
        None => default_audience.clone(),
        Some(stated) => parse_audience(stated).unwrap_or_else(|| {
            notes.tell(
                "states an audience that is none of `public`, `internal` and `company:ID`; kept internal",
            );
            RawAudience::Internal
        }),
    };
    let document = RawDocument {
        external_id,
        title: fields.title.map(|text| notes.clean(text)).unwrap_or_default(),
        markdown,
        url: fields.url.map(|text| notes.clean(text)),
        language: fields.language.as_deref().and_then(parse_language),
        audience,
        applicability: Applicability {
            brand: fields.brand.map(|text| notes.clean(text)),
            plan: fields.plan.map(|text| notes.clean(text)),
            region: fields.region.map(|text| notes.clean(text)),
            product_version: fields.product_version.map(|text| notes.clean(text)),
        },
        created_at: parse_time("created_at", fields.created_at.as_deref(), notes),
        updated_at: parse_time("updated_at", fields.updated_at.as_deref(), notes),
        leads_to: fields.leads_to.into_iter().map(|id| notes.clean(id)).collect(),
    };
    Ok(document)
}

/// Refuses an id that is blank or too long to be looked up.
pub(crate) fn check_id(id: String) -> Result<String, String> {
    match id.len() {
        _ if id.trim().is_empty() => Err("has no id".to_owned()),
        length if length > LONGEST_KEY => {
            Err(format!("has an id of {length} bytes; at most {LONGEST_KEY} are allowed"))
        }
        _ => Ok(id),
    }
}

/// Reads `public`, `internal` or `company:ID`.
fn parse_audience(stated: &str) -> Option<RawAudience> {
    if stated.eq_ignore_ascii_case("public") {
        return Some(RawAudience::Public);
    }
    if stated.eq_ignore_ascii_case("internal") {
        return Some(RawAudience::Internal);
    }
    let (kind, id) = stated.split_once(':')?;
    let id = id.trim();
    (kind.trim().eq_ignore_ascii_case("company") && !id.is_empty())
        .then(|| RawAudience::Company(id.to_owned()))
}

/// Reads a language tag; what is none is as good as not stated.
pub(crate) fn parse_language(tag: &str) -> Option<Language> {
    Some(Language::from_tag(tag)).filter(|language| language.is_known())
}

fn parse_time(field: &str, stated: Option<&str>, notes: &mut Notes) -> Option<Timestamp> {
    let time = Timestamp::from_str(stated?).ok();
    if time.is_none() {
        notes.tell(format!("`{field}` is not a time; counted as not stated"));
    }
    time
}

/// Splits a file into front matter and text.
///
/// # Errors
/// Front matter that cannot be read leaves the article out: it may say who must not see it.
fn split_front_matter(text: &str) -> Result<(Fields, &str), String> {
    let mut lines = text.split_inclusive('\n');
    if lines.next().map(str::trim_end) != Some("---") {
        return Ok((Fields::default(), text));
    }
    let start = text.find('\n').map_or(text.len(), |end| end + 1);
    let mut end = start;
    for line in lines {
        if matches!(line.trim_end(), "---" | "...") {
            let yaml = &text[start..end];
            let front: Option<FrontMatter> = serde_norway::from_str(yaml).map_err(|_| {
                "has front matter that is no list of `key: value`; nothing of it is read".to_owned()
            })?;
            return Ok((front.unwrap_or_default().into(), &text[end + line.len()..]));
        }
        end += line.len();
    }
    Ok((Fields::default(), text))
}

/// Returns the text of the first heading of the first level.
fn first_heading(markdown: &str) -> Option<String> {
    let mut title: Option<String> = None;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => title = Some(String::new()),
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => break,
            Event::Text(text) | Event::Code(text) => {
                if let Some(title) = &mut title {
                    title.push_str(&text);
                }
            }
            _ => {}
        }
    }
    title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty())
}

/// Returns what a file name says: `how-to/reset_password.md.gz` is "reset password".
fn title_of_file(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = file.split('.').next().unwrap_or(file);
    stem.replace(['-', '_'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: Format, text: &str) -> Result<(RawDocument, Vec<String>), String> {
        let mut notes = Notes::default();
        let document = from_file("how-to/reset_password.md", format, text, &RawAudience::Public, &mut notes)?;
        Ok((document, notes.finish()))
    }

    #[test]
    fn reads_front_matter() {
        let (document, notes) = read(
            Format::Markdown,
            "---\r\nid: 17\r\ntitle: \"Reset: how\"\r\nurl: https://help.example/reset\r\n\
             audience: company:acme\r\nlanguage: no\r\nupdated_at: 2025-03-01T12:00:00Z\r\ncreated_at: 2024-01-01\r\n\
             product_version: 2.10\r\nplan: plus\r\nauthor: {name: x}\r\n---\r\nText\r\n",
        )
        .unwrap();
        assert_eq!(notes, Vec::<String>::new());
        assert_eq!(document.external_id, "17");
        assert_eq!(document.title, "Reset: how");
        assert_eq!(document.url.as_deref(), Some("https://help.example/reset"));
        assert_eq!(document.audience, RawAudience::Company("acme".into()));
        assert_eq!(document.language, Some(Language::from_tag("no")));
        assert_eq!(document.updated_at, "2025-03-01T12:00:00Z".parse().ok());
        assert_eq!(document.created_at, "2024-01-01".parse().ok());
        assert_eq!(document.applicability.product_version.as_deref(), Some("2.10"));
        assert_eq!(document.applicability.plan.as_deref(), Some("plus"));
        assert_eq!(document.markdown, "Text");
    }

    #[test]
    fn does_without_front_matter() {
        let (document, _) =
            read(Format::Markdown, "intro\n\n```\n# no heading\n```\n\n# The *real* `title`\n").unwrap();
        assert_eq!(document.external_id, "how-to/reset_password.md");
        assert_eq!(document.title, "The real title");
        assert_eq!(document.audience, RawAudience::Public);
        assert_eq!((document.updated_at, document.language), (None, None));
        let (document, _) = read(Format::Markdown, "---\n\na rule, no front matter").unwrap();
        assert_eq!(document.title, "reset password");
        assert!(document.markdown.starts_with("---"));
        assert_eq!(read(Format::Markdown, "---\n---\ntext").unwrap().0.markdown, "text");
    }

    #[test]
    fn unreadable_front_matter_leaves_the_article_out() {
        for front in ["audience:internal", "audience: [internal", "audience: {a: b}", "title: a\ntitle: b"] {
            let text = format!("---\n{front}\n---\nText");
            assert!(read(Format::Markdown, &text).unwrap_err().contains("front matter"), "{front}");
        }
    }

    #[test]
    fn an_unknown_audience_is_internal() {
        for audience in ["everybody", "'company: '", "person:7", "publicly"] {
            let (document, notes) =
                read(Format::Markdown, &format!("---\naudience: {audience}\n---\nText")).unwrap();
            assert_eq!(document.audience, RawAudience::Internal, "{audience}");
            assert_eq!(notes.len(), 1, "{audience}");
        }
        let (document, notes) = read(Format::Markdown, "---\naudience: Public\n---\nText").unwrap();
        assert_eq!((document.audience, notes.len()), (RawAudience::Public, 0));
    }

    #[test]
    fn a_time_that_is_none_is_not_stated() {
        let (document, notes) = read(Format::Markdown, "---\nupdated_at: last week\n---\nText").unwrap();
        assert_eq!(document.updated_at, None);
        assert_eq!(notes, ["`updated_at` is not a time; counted as not stated"]);
    }

    #[test]
    fn html_states_its_title_and_language() {
        let (document, _) = read(
            Format::Html,
            "---\naudience: internal\n---\n<html lang=en><title>Reset</title><h1>Now</h1><p>Text\0</p>",
        )
        .unwrap();
        assert_eq!(document.title, "Reset");
        assert_eq!(document.language, Some(Language::ENGLISH));
        assert_eq!(document.audience, RawAudience::Internal);
        assert!(document.markdown.contains("# Now"));
    }

    #[test]
    fn what_has_no_text_is_left_out() {
        assert_eq!(read(Format::Markdown, "---\ntitle: a\n---\n \n").unwrap_err(), "has no text");
        assert_eq!(read(Format::Html, "<script>a</script>").unwrap_err(), "has no text");
    }
}
