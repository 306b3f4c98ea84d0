//! Which document an address means.

use connector::Error;

use crate::client::Client;

/// Returns the id that an address or a bare id names; for an address by title, the site is asked.
pub(crate) async fn id_of(client: &Client, place: &str) -> Result<Option<String>, Error> {
    let place = place.trim();
    if let Some(id) = written(place) {
        return Ok(Some(id));
    }
    let Some((_, named)) = place.split_once("/display/") else { return Ok(None) };
    let named = named.split(['?', '#']).next().unwrap_or_default();
    let Some((space, title)) = named.split_once('/') else { return Ok(None) };
    let (space, title) = (decode(space), decode(title.trim_end_matches('/')));
    Ok(client.titled(&space, &title).await?.into_iter().next().map(|entry| entry.id))
}

/// Returns the id that is written in an address.
fn written(place: &str) -> Option<String> {
    let is_id = |id: &str| {
        let digits = id.strip_prefix("att").unwrap_or(id);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if is_id(place) {
        return Some(place.to_owned());
    }
    for name in ["pageId=", "contentId="] {
        if let Some((_, rest)) = place.split_once(name) {
            let id: String = rest.chars().take_while(char::is_ascii_digit).collect();
            return Some(id).filter(|id| !id.is_empty());
        }
    }
    let path = place.split(['?', '#']).next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    let begin = segments.iter().position(|segment| matches!(*segment, "pages" | "blog"))?;
    segments[begin..]
        .iter()
        .find(|segment| is_id(segment) && segment.len() > 4 || segments[begin] == "pages" && is_id(segment))
        .map(|id| (*id).to_owned())
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut place = 0;
    while place < bytes.len() {
        let hex = (bytes[place] == b'%').then(|| text.get(place + 1..place + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                place += 3;
            }
            None => {
                out.push(if bytes[place] == b'+' { b' ' } else { bytes[place] });
                place += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_addresses() {
        for (place, id) in [
            ("123", Some("123")),
            ("att9", Some("att9")),
            ("https://acme.atlassian.net/wiki/spaces/DOC/pages/4711/Some+Title", Some("4711")),
            ("https://acme.atlassian.net/wiki/spaces/DOC/pages/edit-v2/4711", Some("4711")),
            ("https://acme.atlassian.net/wiki/spaces/DOC/blog/2026/01/02/471147/News", Some("471147")),
            ("https://wiki.acme.example/pages/viewpage.action?pageId=4711#x", Some("4711")),
            ("https://wiki.acme.example/display/DOC/Some+Title", None),
            ("nothing", None),
        ] {
            assert_eq!(written(place).as_deref(), id, "{place}");
        }
        assert_eq!(decode("A+b%20c%C3%BC%zz"), "A b cü%zz");
    }
}
