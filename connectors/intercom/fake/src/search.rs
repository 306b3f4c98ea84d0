//! The search language: `{"query": …, "pagination": …}`, with each endpoint's own habits.

mod dates;
mod fields;

use serde_json::Value;

pub(crate) use dates::Days;
pub(crate) use fields::{contact_field, conversation_field, ticket_field};

use crate::error::ApiError;

/// How deep groups may nest.
const DEPTH: usize = 2;
/// How many filters a group may hold.
const WIDTH: usize = 15;

/// What a field of something holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Field {
    /// A UNIX second.
    Date(Option<i64>),
    /// A number.
    Number(Option<i64>),
    /// Text.
    Text(Option<String>),
    /// Yes or no.
    Flag(bool),
    /// Several ids, any of which may match.
    Several(Vec<String>),
    /// A text of which single words match.
    Words(String),
    /// Tags of contacts, which know only two operators.
    Tags(Vec<String>),
    /// A custom field that is not set; its type is anybody's guess.
    Unset,
}

/// How an endpoint treats dates.
#[derive(Debug, Clone)]
pub(crate) enum Dialect {
    /// By calendar day in the workspace's time zone; no other comparison.
    Contacts(Days),
    /// By second; `>` and `<` include the bound.
    Conversations,
    /// As conversations, with `>=` and `<=` besides.
    Tickets,
}

/// A search as it was sent.
#[derive(Debug, Clone)]
pub(crate) enum Query {
    One { field: String, operator: String, value: Value },
    All(Vec<Query>),
    Any(Vec<Query>),
}

impl Query {
    pub(crate) fn parse(body: &Value) -> Result<Query, ApiError> {
        let query = body.get("query").filter(|query| query.is_object());
        parse(query.ok_or_else(|| ApiError::absent("query"))?, DEPTH)
    }

    /// Returns what matches among items; a wrong filter is an error also where there is nothing to find.
    pub(crate) fn choose<'a, T: Default>(
        &self,
        dialect: &Dialect,
        items: impl Iterator<Item = &'a T>,
        look: fn(&T, &str) -> Option<Field>,
    ) -> Result<Vec<&'a T>, ApiError> {
        let nothing = T::default();
        self.matches(dialect, &|name| look(&nothing, name))?;
        let mut chosen = Vec::new();
        for item in items {
            if self.matches(dialect, &|name| look(item, name))? {
                chosen.push(item);
            }
        }
        Ok(chosen)
    }

    /// Says whether something matches; `look` returns a field by name, or nothing for an unknown one.
    fn matches(&self, dialect: &Dialect, look: &dyn Fn(&str) -> Option<Field>) -> Result<bool, ApiError> {
        match self {
            Query::One { field, operator, value } => {
                let held = look(field).ok_or_else(|| {
                    ApiError::new(400, "field_not_found", format!("unknown field `{field}`"))
                })?;
                compare(dialect, field, &held, operator, value)
            }
            // Every filter is looked at, so that a wrong one is an error wherever it stands.
            Query::All(parts) => Ok(each(parts, dialect, look)?.into_iter().all(|matched| matched)),
            Query::Any(parts) => Ok(each(parts, dialect, look)?.into_iter().any(|matched| matched)),
        }
    }
}

fn each(
    parts: &[Query],
    dialect: &Dialect,
    look: &dyn Fn(&str) -> Option<Field>,
) -> Result<Vec<bool>, ApiError> {
    parts.iter().map(|part| part.matches(dialect, look)).collect()
}

fn parse(value: &Value, depth: usize) -> Result<Query, ApiError> {
    let operator = value["operator"].as_str().ok_or_else(|| ApiError::absent("operator"))?;
    if !matches!(operator, "AND" | "OR") {
        let field = value["field"].as_str().ok_or_else(|| ApiError::absent("field"))?;
        let sent = value.get("value").cloned().unwrap_or(Value::Null);
        return Ok(Query::One { field: field.to_owned(), operator: operator.to_owned(), value: sent });
    }
    if depth == 0 {
        return Err(ApiError::invalid(format!("at most {DEPTH} nested filters")));
    }
    let parts = value["value"].as_array().ok_or_else(|| ApiError::absent("value"))?;
    if parts.len() > WIDTH {
        return Err(ApiError::invalid(format!("at most {WIDTH} filters in a group")));
    }
    let parts: Vec<Query> = parts.iter().map(|part| parse(part, depth - 1)).collect::<Result<_, _>>()?;
    Ok(if operator == "AND" { Query::All(parts) } else { Query::Any(parts) })
}

fn compare(
    dialect: &Dialect,
    name: &str,
    held: &Field,
    operator: &str,
    value: &Value,
) -> Result<bool, ApiError> {
    let refuse = || Err(ApiError::invalid(format!("operator `{operator}` is not valid for `{name}`")));
    match (held, operator) {
        (Field::Tags(_), "=" | "!=") => {}
        (Field::Tags(_), _) => return refuse(),
        (Field::Date(_), _) => return date(dialect, name, held, operator, value),
        (Field::Unset, "!=" | "NIN" | "!~") => return Ok(!value.is_null()),
        (Field::Unset, "=") => return Ok(value.is_null()),
        (Field::Unset, _) => return Ok(false),
        _ => {}
    }
    if matches!(operator, "IN" | "NIN") {
        let values = value.as_array().ok_or_else(|| ApiError::invalid("IN and NIN need a list"))?;
        let found: Vec<bool> =
            values.iter().map(|value| equals(name, held, value)).collect::<Result<_, _>>()?;
        return Ok(found.contains(&true) == (operator == "IN"));
    }
    match (operator, held) {
        ("=", _) => equals(name, held, value),
        ("!=", _) => equals(name, held, value).map(|same| !same),
        (">" | "<" | ">=" | "<=", Field::Number(number)) => {
            let bound = whole(name, value)?;
            let inclusive = !matches!(dialect, Dialect::Contacts(_)) || operator.ends_with('=');
            Ok(number.is_some_and(|number| ordered(number, operator, bound, inclusive)))
        }
        ("~" | "!~" | "^" | "$", Field::Text(text)) => {
            let text = text.as_deref().unwrap_or_default().to_lowercase();
            let part = value.as_str().unwrap_or_default().to_lowercase();
            Ok(match operator {
                "~" => text.contains(&part),
                "!~" => !text.contains(&part),
                "^" => text.starts_with(&part),
                _ => text.ends_with(&part),
            })
        }
        ("~" | "!~", Field::Words(text)) => {
            let there = text.to_lowercase().contains(&value.as_str().unwrap_or_default().to_lowercase());
            Ok(there == (operator == "~"))
        }
        _ => refuse(),
    }
}

fn date(
    dialect: &Dialect,
    name: &str,
    held: &Field,
    operator: &str,
    value: &Value,
) -> Result<bool, ApiError> {
    let Field::Date(moment) = held else { return Ok(false) };
    if let Dialect::Contacts(days) = dialect {
        if !matches!(operator, "=" | ">" | "<") {
            return Err(ApiError::invalid(format!(
                "operator `{operator}` is not supported for date `{name}`"
            )));
        }
        let bound = whole(name, value)?;
        return Ok(moment.is_some_and(|moment| days.matches(moment, operator, bound)));
    }
    if matches!(operator, "IN" | "NIN") {
        let values = value.as_array().ok_or_else(|| ApiError::invalid("IN and NIN need a list"))?;
        let bounds: Vec<i64> = values.iter().map(|value| whole(name, value)).collect::<Result<_, _>>()?;
        return Ok(moment.is_some_and(|moment| bounds.contains(&moment)) == (operator == "IN"));
    }
    let bound = whole(name, value)?;
    match operator {
        "=" => Ok(*moment == Some(bound)),
        "!=" => Ok(*moment != Some(bound)),
        ">" | "<" => Ok(moment.is_some_and(|moment| ordered(moment, operator, bound, true))),
        ">=" | "<=" if matches!(dialect, Dialect::Tickets) && name == "created_at" => {
            Ok(moment.is_some_and(|moment| ordered(moment, operator, bound, true)))
        }
        _ => Err(ApiError::invalid(format!("operator `{operator}` is not valid for `{name}`"))),
    }
}

fn ordered(held: i64, operator: &str, bound: i64, inclusive: bool) -> bool {
    let beyond = if operator.starts_with('>') { held > bound } else { held < bound };
    beyond || (inclusive && held == bound)
}

fn equals(name: &str, held: &Field, value: &Value) -> Result<bool, ApiError> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    Ok(match held {
        Field::Date(held) | Field::Number(held) => match value {
            Value::Null => held.is_none(),
            _ => *held == Some(whole(name, value)?),
        },
        Field::Text(held) => held.as_deref().unwrap_or_default().eq_ignore_ascii_case(&text),
        Field::Flag(held) => text == held.to_string(),
        Field::Several(held) | Field::Tags(held) => held.contains(&text),
        Field::Words(held) => words(held).any(|word| word.eq_ignore_ascii_case(&text)),
        Field::Unset => false,
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn whole(name: &str, value: &Value) -> Result<i64, ApiError> {
    let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    number.ok_or_else(|| ApiError::invalid(format!("`{name}` needs a number, not {value}")))
}
