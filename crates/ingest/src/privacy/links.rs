//! Links, hosts and addresses: which of them are no secret.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:[a-z][a-z0-9+.-]{1,10}://|www\.)[^\s<>"“”\[\]()]+"#).expect("a fixed pattern")
});
static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[\p{L}\d._%+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+").expect("a fixed pattern")
});

/// The domains of a tenant's own sites and mailboxes.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnDomains(Vec<String>);

impl OwnDomains {
    pub(super) fn new(domains: impl IntoIterator<Item = String>) -> Self {
        let clean = |domain: String| {
            let domain = domain.trim().to_lowercase();
            domain.trim_start_matches("www.").trim_matches('.').to_owned()
        };
        Self(domains.into_iter().map(clean).filter(|domain| !domain.is_empty()).collect())
    }

    /// Reports whether `host` is one of the domains or below one.
    pub(super) fn has(&self, host: &str) -> bool {
        let host = host.to_lowercase();
        self.0.iter().any(|own| {
            host.strip_suffix(own.as_str()).is_some_and(|left| left.is_empty() || left.ends_with('.'))
        })
    }

    /// Reports whether a link leads into one of the tenant's own sites and holds nothing that looks as if it
    /// was made for one reader: no query, no digits, no mixed capitals.
    pub(super) fn is_open_link(&self, link: &str) -> bool {
        let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
        let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let mixed = |part: &str| {
            let capitals = part.chars().skip(1).filter(|sign| sign.is_uppercase()).count();
            capitals >= 2 && part.chars().any(char::is_lowercase)
        };
        self.has(host)
            && !path.contains(|sign: char| matches!(sign, '?' | '=' | '@' | '%' | '&') || sign.is_numeric())
            && !path.split(['/', '-', '_', '.', '#']).any(mixed)
    }
}

impl OwnDomains {
    /// Reports whether a citation may be kept: the id of an article, or a link into one of the tenant's own
    /// sites whose parts look like names and numbers of articles rather than like tokens.
    pub(super) fn may_cite(&self, cite: &str) -> bool {
        if !cite.contains("://") && !cite.starts_with("www.") {
            return true;
        }
        let token = |part: &str| part.chars().any(char::is_numeric) && part.chars().any(char::is_alphabetic);
        let path = cite.split_once("://").map_or(cite, |(_, rest)| rest);
        self.is_open_link(&cite.replace(|sign: char| sign.is_ascii_digit(), ""))
            && !path.split(['/', '-', '_', '.', '#']).any(token)
    }
}

/// Returns the links of a text, without the punctuation behind them.
pub(super) fn links(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    LINK.find_iter(text).map(|link| {
        let bare = link.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '’']);
        (link.start()..link.start() + bare.len(), bare)
    })
}

/// Returns the e-mail addresses of a text.
pub(super) fn emails(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    EMAIL.find_iter(text).map(|email| (email.range(), email.as_str()))
}

/// Returns a link or host in the form in which it is compared.
pub(super) fn normal(link: &str) -> String {
    let link = link.to_lowercase();
    let bare = link.split_once("://").map_or(link.as_str(), |(_, rest)| rest);
    bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_links_are_open_unless_made_for_one_reader() {
        let own = OwnDomains::new(["Acme.example".to_owned()]);
        for link in ["https://help.acme.example/kb/clear-data#in_short", "www.acme.example", "acme.example/x"]
        {
            assert!(own.is_open_link(link), "{link}");
        }
        for link in [
            "https://acme.example/reset?token=abc",
            "https://acme.example/r/x81kq",
            "https://acme.example/r/QwErTzUi",
            "https://notacme.example/kb",
            "https://acme.example.evil.example/kb",
            "https://acme.example/u/zebra-91",
        ] {
            assert!(!own.is_open_link(link), "{link}");
        }
    }

    #[test]
    fn articles_may_be_cited_and_tokens_not() {
        let own = OwnDomains::new(["acme.example".to_owned()]);
        for cite in ["clear-data", "4711", "https://acme.example/articles/360012-clear-data"] {
            assert!(own.may_cite(cite), "{cite}");
        }
        for cite in ["https://acme.example/r/x81kq", "https://acme.example/?t=1", "https://other.example/a"] {
            assert!(!own.may_cite(cite), "{cite}");
        }
    }

    #[test]
    fn finds_links_without_the_punctuation_behind() {
        let found: Vec<&str> =
            links("see (https://a.example/b), www.c.example!").map(|(_, link)| link).collect();
        assert_eq!(found, ["https://a.example/b", "www.c.example"]);
        assert_eq!(normal("HTTPS://www.A.example/b/"), "a.example/b");
    }
}
