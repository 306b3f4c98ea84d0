//! Addresses in a draft: links, bare domains, e-mail addresses and telephone numbers.
//!
//! Each must stand in a source that may be cited, or lie on a domain on which the tenant's own documents stand. What an
//! injected order names is no source: texts are read as [`super::injection::clean`] leaves them, and of a text in
//! which something was hidden or ordered no foreign address counts at all. E-mail addresses and telephone numbers must
//! stand there exactly, since a draft that names one names a recipient.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use domain::Evidence;
use regex::Regex;

use super::injection;

/// Hosts on which many keep their documents: of these only what a source names counts.
const SHARED: [&str; 14] = [
    "docs.google.com",
    "drive.google.com",
    "sites.google.com",
    "intercom.help",
    "app.intercom.com",
    "github.com",
    "gitlab.com",
    "medium.com",
    "youtube.com",
    "www.youtube.com",
    "notion.so",
    "www.notion.so",
    "dropbox.com",
    "www.dropbox.com",
];

/// An address in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// A page or site: its host, and all of it without scheme and final slash.
    Web(String, String),
    /// An e-mail address.
    Mail(String),
    /// A telephone number, digits only.
    Phone(String),
    /// Something else that can be opened, such as `javascript:`.
    Odd(String),
}

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| super::pattern($text));
    };
}

pattern!(LINK, r#"(?i)\bhttps?://[^\s<>()\[\]"'`]+"#);
pattern!(
    ODD,
    r#"(?i)\b(?:javascript|data|vbscript|file|ftp|ssh|smb|ldap|tel|sms|whatsapp|tg|intent|ms-[a-z]+|bitcoin):[^\s<>()\[\]"'`]{2,}"#
);
pattern!(MAIL, r"(?i)[a-z0-9][a-z0-9._%+-]*@[a-z0-9][a-z0-9.-]*\.[a-z]{2,}\b");
pattern!(
    BARE,
    r#"(?i)\b(?:www\.[a-z0-9-]+(?:\.[a-z0-9-]+)+|(?:[\p{L}0-9](?:[\p{L}0-9-]*[\p{L}0-9])?\.)+(?:com|net|org|info|biz|io|co|app|dev|xyz|site|online|shop|store|top|club|live|link|click|cloud|tech|ai|me|tv|gg|ly|to|eu|de|at|ch|li|fr|it|es|pt|nl|be|pl|cz|se|no|dk|fi|uk|ie|ru|ua|cn|jp|kr|in|br|mx|ca|au|nz|us|zip|mov|ws|cc|su|tk))\b(?:/[^\s<>()\[\]"'`]*)?"#
);
pattern!(PHONE, r"(?:\+|\b00|\(0|\b0)\d[\d ()/.–-]{5,18}\d\b|\b1?[ -]?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b");
pattern!(DOT, r"(?i)\s*[\[({]\s*(?:dot|punkt|\.)\s*[\])}]\s*|\s+(?:dot|punkt)\s+");
pattern!(AT, r"(?i)\s*[\[({]\s*(?:at|@)\s*[\])}]\s*");
pattern!(DEFUSED, r"(?i)\bhxxp(s?)\b");

/// Returns the web links in a text, without trailing punctuation.
pub fn links(text: &str) -> impl Iterator<Item = &str> {
    LINK.find_iter(text).map(|link| trim(link.as_str()))
}

fn trim(link: &str) -> &str {
    link.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_'])
}

/// Returns a text without its addresses.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    let without = LINK.replace_all(text, " ").into_owned();
    Cow::Owned(BARE.replace_all(&MAIL.replace_all(&without, " "), " ").into_owned())
}

/// Returns every address in a text, also those that are written so as not to look like one.
#[must_use]
pub fn addresses(text: &str) -> BTreeSet<Address> {
    let text = AT.replace_all(text, "@");
    let text = DOT.replace_all(&text, ".");
    let mut text = DEFUSED.replace_all(&text, "http$1").into_owned();
    let mut found = BTreeSet::new();
    let mut take = |pattern: &Regex, make: fn(&str) -> Option<Address>| {
        found.extend(pattern.find_iter(&text).filter_map(|one| make(trim(one.as_str()))));
        text = pattern.replace_all(&text, " ").into_owned();
    };
    take(&LINK, web);
    take(&ODD, |odd| Some(Address::Odd(odd.to_lowercase())));
    take(&MAIL, |mail| Some(Address::Mail(mail.to_lowercase())));
    take(&BARE, web);
    take(&PHONE, |phone| Some(Address::Phone(phone.chars().filter(char::is_ascii_digit).collect())));
    found
}

fn web(link: &str) -> Option<Address> {
    let bare = link.split_once("://").map_or(link, |(_, rest)| rest);
    let authority = bare.split(['/', '?', '#', '\\']).next()?;
    // What stands before an `@` only looks like the host.
    let host = authority.rsplit('@').next()?.split(':').next()?.trim_end_matches('.').to_lowercase();
    let path = &bare[authority.len()..];
    Some(Address::Web(host.clone(), format!("{host}{}", path.trim_end_matches('/'))))
}

/// Returns the host of a link.
fn host(link: &str) -> Option<String> {
    match web(link)? {
        Address::Web(host, _) => Some(host),
        _ => None,
    }
}

/// The addresses that a draft may name.
#[derive(Debug, Clone, Default)]
pub struct Known {
    own: BTreeSet<String>,
    named: BTreeSet<Address>,
}

impl Known {
    /// Takes what the sources of an answer name, and the domains on which they stand.
    #[must_use]
    pub fn of(evidence: &Evidence) -> Self {
        let mut known = Self::default();
        for found in &evidence.kept {
            if let Some(url) = &found.url {
                known.add_own(url);
                known.named.extend(web(url));
            }
        }
        for found in &evidence.kept {
            known.add_text(&found.title);
            known.add_text(&found.chunk.body);
            found
                .chunk
                .leads_to
                .iter()
                .filter(|target| target.contains("://"))
                .for_each(|target| known.add_text(target));
        }
        // What the customer wrote may be said back to the customer.
        known.add_text(&evidence.question.text);
        known
    }

    /// Lets the domain of a document of the tenant's be its own, unless others keep theirs there too.
    pub fn add_own(&mut self, url: &str) {
        self.own.extend(host(url).filter(|host| !SHARED.contains(&host.as_str())));
    }

    /// Lets what a source names be named; nothing foreign of one in which something is hidden or ordered.
    pub fn add_text(&mut self, text: &str) {
        let clean = injection::clean(text);
        let tainted = injection::is_tainted(text);
        self.named.extend(addresses(&clean).into_iter().filter(|address| !tainted || self.is_own(address)));
    }

    fn is_own(&self, address: &Address) -> bool {
        let within = |host: &str| {
            let below =
                |own: &String| host.strip_suffix(own.as_str()).is_some_and(|rest| rest.ends_with('.'));
            self.own.contains(host) || self.own.iter().any(below)
        };
        match address {
            Address::Web(host, _) => within(host),
            Address::Mail(mail) => mail.rsplit_once('@').is_some_and(|(_, host)| within(host)),
            Address::Phone(_) | Address::Odd(_) => false,
        }
    }

    /// Returns the addresses in a text that no source has.
    #[must_use]
    pub fn foreign(&self, text: &str) -> BTreeSet<Address> {
        let is_known = |address: &Address| {
            self.named.contains(address) || match address {
                Address::Web(host, whole) => {
                    let same = |named: &Address| matches!(named, Address::Web(known, all) if known == host && (whole == host || all == whole));
                    self.is_own(address) || self.named.iter().any(same)
                }
                // With or without the code of the country.
                Address::Phone(digits) => self.named.iter().any(|named| {
                    let tail = |number: &str| number[number.len().saturating_sub(8)..].to_owned();
                    matches!(named, Address::Phone(known) if digits.len() >= 8 && tail(known) == tail(digits))
                }),
                Address::Mail(_) | Address::Odd(_) => false,
            }
        };
        addresses(text).into_iter().filter(|address| !is_known(address)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::planted;

    #[test]
    fn links_end_before_punctuation() {
        assert_eq!(
            links("See https://a.test/b?c=1, or (https://d.test).").collect::<Vec<_>>(),
            ["https://a.test/b?c=1", "https://d.test"]
        );
    }

    #[test]
    fn foreign_addresses_are_told_from_own_ones() {
        let rows = planted::rows(include_str!("../../planted/checks/links.jsonl"), "fails");
        let found = planted::measure(&rows, |row| {
            let mut known = Known::default();
            known.add_own("https://help.lindvale.example.com/articles/1");
            known.add_text(row.field("source"));
            !known.foreign(row.text()).is_empty()
        });
        assert!(found.precision >= 0.95 && found.recall >= 0.95, "{found:?}");
    }

    #[test]
    fn a_host_is_what_the_browser_opens() {
        for (link, expected) in [
            ("https://help.acme.com@evil.com/x", "evil.com"),
            ("https://evil.com/help.acme.com", "evil.com"),
            ("https://HELP.acme.com.:443/a", "help.acme.com"),
            ("www.acme.com/a", "www.acme.com"),
        ] {
            assert_eq!(host(link).as_deref(), Some(expected), "{link}");
        }
    }
}
