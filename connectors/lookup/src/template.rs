//! Texts with places for ids.

use crate::fact::Account;

/// The ids that a template may name.
pub(crate) const NAMES: [&str; 2] = ["user_id", "contact_id"];

/// Puts ids into a template, each as `encode` writes it. `Err` names what is wrong with the template; `Ok(None)` says
/// that the account lacks an id that it names.
pub(crate) fn fill(
    template: &str,
    account: &Account,
    encode: impl Fn(&str) -> String,
) -> Result<Option<String>, String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(open);
        let close = from.strip_prefix('{').and_then(|from| from.find('}'));
        let Some(close) = close else {
            return Err(format!("`{template}` has a brace without its other half"));
        };
        let name = &from[1..=close];
        if !NAMES.contains(&name) {
            return Err(format!(
                "`{template}` names `{{{name}}}`; there are `{{user_id}}` and `{{contact_id}}`"
            ));
        }
        let Some(id) = account.get(name) else { return Ok(None) };
        out.push_str(before);
        out.push_str(&encode(id));
        rest = &from[close + 2..];
    }
    out.push_str(rest);
    Ok(Some(out))
}

/// Encodes everything but letters, digits and `-_~` of ASCII. Points are encoded too, though the standard asks for
/// no such thing; what consists of them alone is refused elsewhere.
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(user_id: &str) -> Account {
        Account { user_id: Some(user_id.to_owned()), contact_id: None }
    }

    #[test]
    fn ids_are_encoded_and_the_rest_stands() {
        let filled = |id: &str| fill("https://a.example/u/{user_id}?q={user_id}", &account(id), percent);
        assert_eq!(
            filled("47 11/x?&#%").unwrap().unwrap(),
            "https://a.example/u/47%2011%2Fx%3F%26%23%25?q=47%2011%2Fx%3F%26%23%25"
        );
        assert_eq!(filled("ä").unwrap().unwrap(), "https://a.example/u/%C3%A4?q=%C3%A4");
        // What stands in an id is no template.
        assert!(filled("{contact_id}").unwrap().unwrap().contains("%7Bcontact_id%7D"));
    }

    #[test]
    fn what_is_missing_or_wrong_is_told_apart() {
        assert_eq!(fill("{contact_id}", &account("1"), percent), Ok(None));
        for wrong in ["{email}", "{user_id", "user_id}", "{}", "}{"] {
            assert!(fill(wrong, &account("1"), percent).is_err(), "{wrong}");
        }
        assert_eq!(fill("plain", &account("1"), percent), Ok(Some("plain".to_owned())));
    }
}
