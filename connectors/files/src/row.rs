//! One line of JSON Lines as it stands there, before anything is believed.

use serde::Deserialize;
use serde_json::Value;

use crate::article::Fields;
use crate::loose;

/// A line: an article or a conversation. Every field may be missing or of another type, and fields that are
/// not named here are passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Row {
    id: Value,
    article_id: Value,
    title: Value,
    body: Value,
    text: Value,
    url: Value,
    audience: Value,
    brand: Value,
    plan: Value,
    region: Value,
    product_version: Value,
    updated_at: Value,
    leads_to: Value,
    pub(crate) conversation_id: Value,
    pub(crate) channel: Value,
    pub(crate) language: Value,
    pub(crate) created_at: Value,
    pub(crate) customer: Option<Customer>,
    pub(crate) others: Option<Vec<Option<Customer>>>,
    pub(crate) subject: Value,
    pub(crate) topic: Value,
    pub(crate) tags: Value,
    pub(crate) status: Value,
    pub(crate) solution_turn: Value,
    pub(crate) rating: Value,
    pub(crate) weight: Value,
    pub(crate) in_random_sample: Value,
    pub(crate) turns: Option<Vec<Turn>>,
}

/// A customer as a line states it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Customer {
    pub(crate) account_id: Value,
    pub(crate) contact_id: Value,
    pub(crate) lead_id: Value,
    pub(crate) name: Value,
    pub(crate) email: Value,
    pub(crate) phone: Value,
    pub(crate) role: Value,
    pub(crate) company: Value,
    pub(crate) companies: Value,
}

/// A message as a line states it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Turn {
    pub(crate) author: Value,
    pub(crate) author_id: Value,
    pub(crate) at: Value,
    pub(crate) text: Value,
    pub(crate) cited_articles: Value,
}

/// What a line is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// An article and its text.
    Article(Box<Fields>, String),
    /// A conversation.
    Conversation(Box<Row>),
}

/// Reads a line.
///
/// # Errors
/// Says what is wrong, without a word of what stands there.
pub(crate) fn parse(line: &str) -> Result<Kind, String> {
    // A list would be taken for the fields of a row in their order.
    if !line.trim_start().starts_with('{') {
        return Err("is no JSON object".to_owned());
    }
    let row: Row = serde_json::from_str(line).map_err(|error| describe(&error))?;
    if !row.conversation_id.is_null() || row.turns.is_some() {
        return Ok(Kind::Conversation(Box::new(row)));
    }
    if row.id.is_null() && row.article_id.is_null() {
        return Err("has neither `id`, `article_id` nor `conversation_id`".to_owned());
    }
    let body = [row.body, row.text].into_iter().filter_map(loose::text).find(|body| !body.trim().is_empty());
    let fields = Fields {
        id: loose::word(row.id).or_else(|| loose::word(row.article_id)),
        title: loose::word(row.title),
        url: loose::word(row.url),
        audience: stated(row.audience),
        language: loose::word(row.language),
        created_at: loose::word(row.created_at),
        updated_at: loose::word(row.updated_at),
        brand: loose::word(row.brand),
        plan: loose::word(row.plan),
        region: loose::word(row.region),
        product_version: loose::word(row.product_version),
        leads_to: loose::words(row.leads_to),
    };
    Ok(Kind::Article(Box::new(fields), body.unwrap_or_default()))
}

/// Returns an audience that is stated; one of a type that says nothing is stated all the same, and must not
/// be taken for the usual one.
fn stated(audience: Value) -> Option<String> {
    match audience {
        Value::Null => None,
        Value::String(text) => loose::word(text.into()),
        other => Some(loose::word(other).unwrap_or_default()),
    }
}

/// Returns what is wrong in words of our own: the parser's would quote the line.
fn describe(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let column = error.column();
    match error.classify() {
        Category::Data => format!("has a field of the wrong type, or twice, before column {column}"),
        Category::Eof => "ends in the middle of its JSON".to_owned(),
        Category::Syntax | Category::Io => format!("is no JSON at column {column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_articles_from_conversations() {
        assert!(matches!(parse(r#"{"id": 7, "text": "a"}"#), Ok(Kind::Article(..))));
        assert!(matches!(parse(r#"{"article_id": "a", "body": "b", "text": null}"#), Ok(Kind::Article(..))));
        assert!(matches!(parse(r#"{"conversation_id": 7}"#), Ok(Kind::Conversation(_))));
        assert!(matches!(parse(r#"{"id": 1, "turns": []}"#), Ok(Kind::Conversation(_))));
        assert!(parse(r#"{"title": "a"}"#).unwrap_err().contains("neither"));
    }

    #[test]
    fn says_what_is_wrong_without_quoting() {
        for line in
            [r#"{"conversation_id": 1, "turns": "my pin is 4711"}"#, r#"["my pin is 4711"]"#, "4711 my pin"]
        {
            let what = parse(line).unwrap_err();
            assert!(!what.contains("4711"), "{what}");
        }
        assert_eq!(parse(r#"{"id": "#).unwrap_err(), "ends in the middle of its JSON");
    }

    #[test]
    fn takes_the_text_that_is_there() {
        let text = |line| match parse(line) {
            Ok(Kind::Article(_, text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text(r#"{"id": 1, "body": " ", "text": "b"}"#), "b");
        assert_eq!(text(r#"{"id": 1, "body": "a", "text": "b"}"#), "a");
        assert_eq!(text(r#"{"id": 1}"#), "");
    }
}
