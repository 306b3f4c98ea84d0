//! Addresses in a draft: links, bare domains, e-mail addresses and telephone numbers.
//!
//! Links go to the domains on which the tenant's own documents stand, and to cited documents. Any other address that a
//! source names may be quoted, in the whole sentence in which it stands there, but not taken over into a sentence of the
//! drafter's own: that is how an order in a source would bring its address to a customer. E-mail addresses of the
//! tenant's domains and telephone numbers must stand in a source exactly, since a draft that names one names a
//! recipient. Texts are read as [`super::injection::clean`] leaves them, and of a text in which something was hidden or
//! ordered no foreign address counts at all.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use domain::Evidence;
use regex::Regex;

use super::{injection, sentences};
use crate::visible::visible;

/// Domains under which many companies have hosts of their own, or all of them one.
const SHARED: [&str; 26] = [
    "google.com",
    "intercom.help",
    "intercom.com",
    "atlassian.net",
    "github.com",
    "github.io",
    "gitlab.com",
    "gitlab.io",
    "medium.com",
    "youtube.com",
    "notion.so",
    "notion.site",
    "dropbox.com",
    "sharepoint.com",
    "zendesk.com",
    "freshdesk.com",
    "helpscoutdocs.com",
    "gitbook.io",
    "readthedocs.io",
    "myshopify.com",
    "wordpress.com",
    "blogspot.com",
    "netlify.app",
    "vercel.app",
    "herokuapp.com",
    "web.app",
];
/// Of these hosts even the host is everybody's.
const EVERYBODYS: [&str; 9] = [
    "google.com",
    "intercom.help",
    "intercom.com",
    "github.com",
    "gitlab.com",
    "medium.com",
    "youtube.com",
    "notion.so",
    "dropbox.com",
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
pattern!(PHONE, r"(?:\+|\b00|\(0|\b0)\d[\d ()/–-]{5,18}\d\b|\b1?[ -]?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b");
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
pub(super) fn without(text: &str) -> String {
    let without = LINK.replace_all(text, " ");
    BARE.replace_all(&MAIL.replace_all(&without, " "), " ").into_owned()
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
    take(&PHONE, |phone| {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        // Fewer digits are a date or a part number.
        (digits.len() >= 9).then_some(Address::Phone(digits))
    });
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

/// Reports whether a host is a domain or lies below it.
fn within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Returns the domain that one company has, as far as it can be told: `acme.com` of `help.acme.com`.
fn site(host: &str) -> &str {
    if SHARED.iter().any(|shared| within(host, shared)) {
        return host;
    }
    let dots: Vec<usize> = host.rmatch_indices('.').map(|(at, _)| at).collect();
    // "acme.co.uk": two short parts are no company.
    let is_short = |from: usize, end: usize| end - from <= 4;
    let taken = match dots.as_slice() {
        [last, before, ..] if is_short(*before, *last) && host.len() - last <= 3 => dots.get(2),
        [_, before, ..] => Some(before),
        _ => None,
    };
    taken.map_or(host, |at| &host[at + 1..])
}

/// The addresses that a draft may name.
#[derive(Debug, Clone, Default)]
pub struct Known {
    own: BTreeSet<String>,
    named: BTreeSet<Address>,
    /// Documents that may be cited.
    cited: BTreeSet<Address>,
    /// Sentences of sources that hold an address.
    said: BTreeSet<String>,
}

impl Known {
    /// Takes what the sources of an answer name, and the domains on which they stand.
    #[must_use]
    pub fn of(evidence: &Evidence) -> Self {
        let mut known = Self::default();
        for found in &evidence.kept {
            if let Some(url) = &found.url {
                known.add_own(url);
                known.cited.extend(web(url));
            }
        }
        for found in &evidence.kept {
            known.add_text(&found.title);
            known.add_text(&found.chunk.body);
            let pages = found.chunk.leads_to.iter().filter(|target| target.contains("://"));
            known.cited.extend(pages.filter_map(|target| web(target)));
        }
        known
    }

    /// Lets the domain of a document of the tenant's be its own, unless others keep theirs there too.
    pub fn add_own(&mut self, url: &str) {
        let is_everybodys = |host: &String| EVERYBODYS.iter().any(|shared| within(host, shared));
        self.own.extend(host(url).filter(|host| !is_everybodys(host)).map(|host| site(&host).to_owned()));
    }

    /// Lets what a source names be named; nothing foreign of one in which something is hidden or ordered.
    pub fn add_text(&mut self, text: &str) {
        let clean = injection::clean(text);
        let tainted = injection::is_tainted(text);
        let counts = |address: &Address| !tainted || self.is_own(address);
        let named: Vec<Address> = addresses(&clean).into_iter().filter(counts).collect();
        self.named.extend(named);
        let holds = |sentence: &String| !tainted && !addresses(sentence).is_empty();
        for sentence in sentences(&clean).iter().filter(|sentence| holds(sentence)) {
            self.said.insert(fold(sentence));
            // A drafter that quotes leaves out whom the source greeted.
            self.said.insert(fold(domain::message::without_salutation(sentence)));
        }
    }

    fn is_own(&self, address: &Address) -> bool {
        match address {
            Address::Web(host, _) => self.own.contains(site(host)),
            Address::Mail(mail) => {
                mail.rsplit_once('@').is_some_and(|(_, host)| self.own.contains(site(host)))
            }
            Address::Phone(_) | Address::Odd(_) => false,
        }
    }

    /// Returns the addresses in a sentence that it may not name.
    #[must_use]
    pub fn foreign(&self, sentence: &str) -> BTreeSet<Address> {
        let is_quoted = self.said.contains(&fold(sentence));
        let is_known = |address: &Address| match address {
            Address::Web(..) => {
                self.cited.contains(address)
                    || self.is_own(address)
                    || (is_quoted && self.named.contains(address))
            }
            Address::Mail(_) => self.named.contains(address) && (is_quoted || self.is_own(address)),
            // With or without the code of the country.
            Address::Phone(digits) => self.named.iter().any(|named| {
                let tail = |number: &str| number[number.len().saturating_sub(8)..].to_owned();
                matches!(named, Address::Phone(known) if tail(known) == tail(digits))
            }),
            Address::Odd(_) => is_quoted && self.named.contains(address),
        };
        addresses(sentence).into_iter().filter(|address| !is_known(address)).collect()
    }
}

/// Returns a sentence in one way of writing, as its readers see it, without the mark of a list.
fn fold(sentence: &str) -> String {
    let seen = visible(sentence);
    let bare = seen
        .trim_start_matches(|one: char| one.is_ascii_digit())
        .trim_start_matches(['.', ')', '-', '*', '•', ' ']);
    bare.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
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
            known.add_own("https://help.lindvale.com/articles/1");
            known.add_text(row.field("source"));
            !known.foreign(row.text()).is_empty()
        });
        assert!(found.precision >= 0.95 && found.recall >= 0.95, "{found:?}");
    }

    #[test]
    fn a_site_is_what_one_company_has() {
        for (host, expected) in [
            ("help.acme.com", "acme.com"),
            ("www.help.acme.com", "acme.com"),
            ("help.acme.co.uk", "acme.co.uk"),
            ("acme.co.uk", "acme.co.uk"),
            ("acme.ch", "acme.ch"),
            ("acme.atlassian.net", "acme.atlassian.net"),
        ] {
            assert_eq!(site(host), expected);
        }
        let mut known = Known::default();
        known.add_own("https://docs.google.com/document/d/1");
        assert!(!known.foreign("See https://docs.google.com/document/d/2.").is_empty());
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
