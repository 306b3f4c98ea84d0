//! The part of the query language that is understood; anything else is refused, as a mistake would be.

use crate::site::{Content, Kind, Site};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    field: String,
    operator: &'static str,
    values: Vec<String>,
}

/// Reads a query; nothing when it is not understood.
pub(crate) fn parse(cql: &str) -> Option<Vec<Term>> {
    let cql = match cql.to_lowercase().find(" order by ") {
        Some(at) => &cql[..at],
        None => cql,
    };
    let mut tokens = tokens(cql)?.into_iter().peekable();
    let mut terms = Vec::new();
    loop {
        let field = tokens.next()?.to_lowercase();
        let known = ["space", "type", "id", "container", "title", "label", "lastmodified", "ancestor"];
        if !known.contains(&field.as_str()) {
            return None;
        }
        let operator = match tokens.next()?.to_lowercase().as_str() {
            "=" => "=",
            ">=" => ">=",
            "in" => "in",
            _ => return None,
        };
        let mut values = Vec::new();
        if operator == "in" {
            if tokens.next()? != "(" {
                return None;
            }
            loop {
                values.push(tokens.next()?);
                match tokens.next()?.as_str() {
                    "," => {}
                    ")" => break,
                    _ => return None,
                }
            }
        } else {
            values.push(tokens.next()?);
        }
        if (operator == ">=") != (field == "lastmodified") {
            return None;
        }
        terms.push(Term { field, operator, values });
        match tokens.next() {
            None => return Some(terms),
            Some(word) if word.eq_ignore_ascii_case("and") => {}
            Some(_) => return None,
        }
    }
}

fn tokens(cql: &str) -> Option<Vec<String>> {
    let mut tokens = Vec::new();
    let mut chars = cql.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            char if char.is_whitespace() => {}
            '(' | ')' | ',' | '=' => tokens.push(char.to_string()),
            '>' => {
                chars.next_if_eq(&'=')?;
                tokens.push(">=".to_owned());
            }
            '"' => {
                let mut text = String::new();
                loop {
                    match chars.next()? {
                        '\\' => text.push(chars.next()?),
                        '"' => break,
                        char => text.push(char),
                    }
                }
                tokens.push(text);
            }
            char => {
                let mut word = String::from(char);
                while let Some(char) = chars.next_if(|char| char.is_alphanumeric() || "-_~".contains(*char)) {
                    word.push(char);
                }
                tokens.push(word);
            }
        }
    }
    Some(tokens)
}

/// Reports whether the search finds a thing, as it knows it.
pub(crate) fn finds(site: &Site, terms: &[Term], known: &Content) -> Option<bool> {
    for term in terms {
        let is_one = |value: &str| term.values.iter().any(|wanted| wanted.eq_ignore_ascii_case(value));
        let found = match term.field.as_str() {
            "space" => is_one(&known.space),
            "type" => is_one(word(known.kind)),
            "id" => is_one(&crate::render::id(known)),
            "container" => known.container.is_some_and(|page| is_one(&page.to_string())),
            "title" => is_one(&known.title),
            "label" => known.labels.iter().any(|label| is_one(label)),
            "ancestor" => site.ancestors(known.id).iter().any(|id| is_one(&id.to_string())),
            _ => known.modified >= moment(&term.values[0], site.zone_minutes)?,
        };
        if !found {
            return Some(false);
        }
    }
    Some(true)
}

pub(crate) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Page => "page",
        Kind::BlogPost => "blogpost",
        Kind::Folder => "folder",
        Kind::Comment => "comment",
        Kind::Attachment => "attachment",
    }
}

/// Reads `yyyy-MM-dd HH:mm` in the zone of the search.
fn moment(text: &str, zone_minutes: i64) -> Option<i64> {
    let time: jiff::civil::DateTime = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M", text).ok()?;
    let utc = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(utc.timestamp().as_millisecond() - zone_minutes * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_understood_is_read() {
        assert!(parse("space = \"A \\\" b\" and type in (page,blogpost) and lastmodified >= \"2026-01-02 03:04\" order by lastmodified asc").is_some());
        for bad in [
            "",
            "space",
            "space = ",
            "color = red",
            "space in (a",
            "space = a or type = b",
            "lastmodified = \"x\"",
            "space = \"a",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(moment("1970-01-01 01:00", 60), Some(0));
    }
}
