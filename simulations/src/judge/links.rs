//! What page an id or an address names.

use std::sync::OnceLock;

use regex::Regex;

/// Last path parts that name no page of their own.
const GENERIC: [&str; 24] = [
    "about",
    "articles",
    "categories",
    "contact",
    "de",
    "download",
    "downloads",
    "en",
    "faq",
    "help",
    "home",
    "index",
    "kb",
    "login",
    "new",
    "news",
    "posts",
    "products",
    "questions",
    "search",
    "settings",
    "signin",
    "support",
    "topics",
];
/// A number of at least this many digits at the start of a path part is the page's id; what follows is its
/// title, which changes with the language.
const ID_DIGITS: usize = 4;

/// What is left of an id or an address when two of them are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The last two labels of the host; absent for a bare id.
    site: Option<String>,
    page: String,
}

impl Key {
    /// Reads an id or an address. Nothing for what names no page, such as the address of a start page.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches(['.', ',', ')', ']', '>', ';', '"', '\'']);
        let bare = text.split_once("://").map(|(_, rest)| rest);
        let (site, path) = match bare {
            Some(rest) => {
                let (host, path) = rest.split_once('/')?;
                (Some(site(host)), path)
            }
            None => (None, text),
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let last = path.rsplit('/').find(|part| !part.is_empty())?.to_lowercase();
        let last = ["html", "htm", "php", "aspx", "md"]
            .iter()
            .find_map(|ending| last.strip_suffix(ending)?.strip_suffix('.'))
            .unwrap_or(&last);
        let digits = last.bytes().take_while(u8::is_ascii_digit).count();
        let page =
            if digits >= ID_DIGITS && last[digits..].starts_with('-') { &last[..digits] } else { last };
        let is_locale = site.is_some()
            && page
                .split(['-', '_'])
                .all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic()));
        (!page.is_empty() && !is_locale && !GENERIC.contains(&page))
            .then(|| Self { site, page: page.to_owned() })
    }

    /// Reports whether both name the same page: the same last part, and the same site where both state one.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.page == other.page
            && match (&self.site, &other.site) {
                (Some(one), Some(two)) => one == two,
                _ => true,
            }
    }
}

fn site(host: &str) -> String {
    let host = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or(host).to_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    labels[labels.len().saturating_sub(2)..].join(".")
}

/// Returns the addresses written in a text.
pub fn find(text: &str) -> impl Iterator<Item = &str> {
    static ADDRESS: OnceLock<Regex> = OnceLock::new();
    ADDRESS
        .get_or_init(|| Regex::new(r#"https?://[^\s<>"'\])]+"#).expect("the pattern is fixed and valid"))
        .find_iter(text)
        .map(|found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        match (Key::read(one), Key::read(other)) {
            (Some(one), Some(other)) => one.is(&other),
            _ => false,
        }
    }

    #[test]
    fn one_page_in_several_writings() {
        for (one, other) in [
            (
                "https://help.example.org/en-US/kb/reset-lock",
                "https://help.example.org/de/kb/reset-lock?x=1#top",
            ),
            ("https://help.example.org/kb/Reset-Lock/", "reset-lock"),
            (
                "https://help.example.org/en/articles/48213-reset",
                "https://help.example.org/de/articles/48213-sperre",
            ),
            ("https://www.example.org/a/reset.html", "https://example.org/b/reset"),
            ("(https://example.org/kb/reset-lock).", "reset-lock"),
        ] {
            let one = one.trim_start_matches('(');
            assert!(same(one, other), "{one} / {other}");
            assert!(same(other, one), "{other} / {one}");
        }
    }

    #[test]
    fn start_pages_and_pages_of_other_sites_are_not_the_same() {
        for (one, other) in [
            ("https://example.org/", "https://example.org/"),
            ("https://example.org", "https://example.org"),
            ("https://example.org/en-US", "https://example.org/en-US"),
            ("https://example.org/support", "https://example.org/support"),
            ("https://example.org/kb/reset", "https://other.net/kb/reset"),
            ("https://example.org/kb/reset", "https://example.org/kb/unlock"),
        ] {
            assert!(!same(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn addresses_are_found_in_text() {
        let text = "See https://a.org/kb/one, then (https://a.org/kb/two) or <https://a.org/kb/three>.";
        let found: Vec<_> = find(text).filter_map(Key::read).map(|key| key.page).collect();
        assert_eq!(found, ["one", "two", "three"]);
    }
}
