//! The search language of `files.list`, as far as it is used: parents, kind, trash and time.

/// A condition.
#[derive(Debug, PartialEq)]
pub(crate) enum Query {
    All,
    In(String),
    Mime(String, bool),
    Trashed(bool),
    ModifiedAfter(String),
    Not(Box<Query>),
    And(Vec<Query>),
    Or(Vec<Query>),
}

impl Query {
    /// Reads a query; none when it is not understood, which Drive answers with 400.
    pub(crate) fn read(text: &str) -> Option<Query> {
        if text.trim().is_empty() {
            return Some(Query::All);
        }
        let tokens = tokens(text)?;
        let mut rest = tokens.as_slice();
        let query = any(&mut rest)?;
        rest.is_empty().then_some(query)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Mark(&'static str),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' => {}
            '(' => tokens.push(Token::Mark("(")),
            ')' => tokens.push(Token::Mark(")")),
            '=' => tokens.push(Token::Mark("=")),
            '>' => tokens.push(Token::Mark(">")),
            '!' if characters.next() == Some('=') => tokens.push(Token::Mark("!=")),
            '\'' => {
                let mut quoted = String::new();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        '\\' => quoted.push(characters.next()?),
                        other => quoted.push(other),
                    }
                }
                tokens.push(Token::Text(quoted));
            }
            first if first.is_alphabetic() => {
                let mut word = first.to_string();
                while let Some(next) = characters.next_if(|next| next.is_alphanumeric()) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
            _ => return None,
        }
    }
    Some(tokens)
}

fn any(rest: &mut &[Token]) -> Option<Query> {
    let mut parts = vec![all(rest)?];
    while take(rest, &Token::Word("or".into())) {
        parts.push(all(rest)?);
    }
    if parts.len() == 1 { parts.pop() } else { Some(Query::Or(parts)) }
}

fn all(rest: &mut &[Token]) -> Option<Query> {
    let mut parts = vec![one(rest)?];
    while take(rest, &Token::Word("and".into())) {
        parts.push(one(rest)?);
    }
    if parts.len() == 1 { parts.pop() } else { Some(Query::And(parts)) }
}

fn one(rest: &mut &[Token]) -> Option<Query> {
    if take(rest, &Token::Word("not".into())) {
        return Some(Query::Not(Box::new(one(rest)?)));
    }
    if take(rest, &Token::Mark("(")) {
        let inner = any(rest)?;
        return take(rest, &Token::Mark(")")).then_some(inner);
    }
    let (three, after) = rest.split_at_checked(3)?;
    let query = match three {
        [Token::Text(id), Token::Word(is), Token::Word(of)] if is == "in" && of == "parents" => {
            Query::In(id.clone())
        }
        [Token::Word(name), Token::Mark(mark), Token::Text(kind)] if name == "mimeType" => match *mark {
            "=" => Query::Mime(kind.clone(), true),
            "!=" => Query::Mime(kind.clone(), false),
            _ => return None,
        },
        [Token::Word(name), Token::Mark("="), Token::Word(flag)] if name == "trashed" => {
            Query::Trashed(flag.parse().ok()?)
        }
        [Token::Word(name), Token::Mark(">"), Token::Text(time)] if name == "modifiedTime" => {
            Query::ModifiedAfter(time.clone())
        }
        _ => return None,
    };
    *rest = after;
    Some(query)
}

fn take(rest: &mut &[Token], wanted: &Token) -> bool {
    match rest.split_first() {
        Some((first, after)) if first == wanted => {
            *rest = after;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_written() {
        let query = Query::read(
            r"('a\'b' in parents or 'c' in parents) and mimeType != 'x/y' and not trashed = true",
        );
        let expected = Query::And(vec![
            Query::Or(vec![Query::In("a'b".into()), Query::In("c".into())]),
            Query::Mime("x/y".into(), false),
            Query::Not(Box::new(Query::Trashed(true))),
        ]);
        assert_eq!(query, Some(expected));
        for bad in ["x", "'a' in", "('a' in parents", "trashed = maybe", "name contains 'x'", "'a"] {
            assert_eq!(Query::read(bad), None, "{bad}");
        }
    }
}
