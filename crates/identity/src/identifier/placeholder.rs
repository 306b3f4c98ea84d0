//! What programs and people write when they know nobody.

use unicode_normalization::UnicodeNormalization;

use super::Rejected;

/// Words that stand for nobody.
const WORDS: [&str; 10] =
    ["undefined", "null", "none", "nan", "0", "-1", "anonymous", "guest", "test", "[object object]"];

/// Quotation marks of the languages we meet, straight and typographic.
const QUOTES: &str = "\"'`´‘’‚‛“”„‟«»‹›＂＇";

/// Domains that are reserved for examples. Their other kin (`.example`, `.test`) is left alone: nobody
/// leaves such an address by accident, and sample data needs addresses that reach nobody.
const EXAMPLE_DOMAINS: [&str; 3] = ["example.com", "example.org", "example.net"];

/// Parts before the `@` behind which a team or a machine sits. `mail`, `me` and `post` are not among them:
/// on a domain of one's own they are usual for one person.
const ROLES: &[&str] = &[
    "abuse",
    "accounting",
    "accounts",
    "admin",
    "administration",
    "administrator",
    "alert",
    "alerts",
    "anfrage",
    "autoreply",
    "billing",
    "bewerbung",
    "bounce",
    "bounces",
    "buchhaltung",
    "career",
    "careers",
    "compliance",
    "contact",
    "customercare",
    "customerservice",
    "customersuccess",
    "customersupport",
    "datenschutz",
    "donotreply",
    "empfang",
    "enquiries",
    "enquiry",
    "events",
    "facturation",
    "feedback",
    "finance",
    "helpdesk",
    "hello",
    "help",
    "hostmaster",
    "hr",
    "info",
    "information",
    "inquiries",
    "inquiry",
    "invoice",
    "invoices",
    "invoicing",
    "it",
    "jobs",
    "kontakt",
    "kundendienst",
    "kundenservice",
    "legal",
    "mailerdaemon",
    "marketing",
    "media",
    "newsletter",
    "noreply",
    "notification",
    "notifications",
    "office",
    "operations",
    "order",
    "orders",
    "payroll",
    "personal",
    "postmaster",
    "presse",
    "press",
    "privacy",
    "purchasing",
    "rechnung",
    "rechnungen",
    "reception",
    "recruiting",
    "returns",
    "root",
    "sales",
    "security",
    "sekretariat",
    "service",
    "services",
    "shop",
    "staff",
    "support",
    "team",
    "vertrieb",
    "verwaltung",
    "webmaster",
    "zentrale",
];

/// Reports whether nobody sees this character: marks of direction, joiners, the byte order mark.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Returns `text` without the blanks and quotes around it, however they are nested.
pub(super) fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c) || QUOTES.contains(c))
}

/// Reports whether `raw` stands for nobody, in any case, quotes or blanks. Also right for names.
#[must_use]
pub(crate) fn is_placeholder(raw: &str) -> bool {
    reject(raw).is_err()
}

/// Fails when `raw` is empty, a placeholder, or a template that nobody filled in.
pub(super) fn reject(raw: &str) -> Result<(), Rejected> {
    let folded: String = raw.nfkc().collect::<String>().to_lowercase();
    let text = bare(&folded);
    if text.is_empty() {
        return Err(Rejected::Empty);
    }
    // `[object  Object]` with whatever blanks.
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let tight = words.replace("[ ", "[").replace(" ]", "]");
    if WORDS.contains(&tight.as_str()) {
        return Err(Rejected::Placeholder);
    }
    if is_template(text) { Err(Rejected::Template) } else { Ok(()) }
}

/// Reports whether a text holds `{{…}}` or `${…}`, or is as a whole `%…%` or `<…>`. An address in angle
/// brackets is none.
fn is_template(text: &str) -> bool {
    let holds = |open: &str, close: &str| {
        text.find(open).is_some_and(|start| text[start + open.len()..].contains(close))
    };
    let is_name = |inner: &str| {
        let mut chars = inner.trim().chars();
        chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && chars.all(|c| c.is_alphanumeric() || "_.- ".contains(c))
    };
    let percent = text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    let angle = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    holds("{{", "}}")
        || holds("${", "}")
        || percent.is_some_and(|inner| is_name(inner.trim_matches('%')))
        || angle.is_some_and(|inner| !inner.contains('@'))
}

/// Fails when an address belongs to nobody in particular.
pub(super) fn reject_address(local: &str, domain: &str) -> Result<(), Rejected> {
    let example = |reserved: &str| {
        domain.strip_suffix(reserved).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    if EXAMPLE_DOMAINS.into_iter().any(example) {
        return Err(Rejected::ExampleAddress);
    }
    let untagged = local.split('+').next().unwrap_or_default();
    let words: Vec<&str> = untagged.split(['.', '-', '_']).filter(|word| !word.is_empty()).collect();
    let joined = words.concat();
    if WORDS.contains(&joined.as_str()) && joined.chars().all(char::is_alphabetic) {
        return Err(Rejected::Placeholder);
    }
    let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit());
    let is_role = |word: &str| ROLES.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()));
    let all_roles = words.first().is_some_and(|word| is_role(word))
        && words.iter().all(|word| is_role(word) || is_number(word));
    let machine = ["noreply", "donotreply", "mailerdaemon"].iter().any(|start| joined.starts_with(start));
    if all_roles || machine || is_role(&joined) { Err(Rejected::RoleAddress) } else { Ok(()) }
}

/// Fails when the digits of a telephone number are one digit repeated or simply counted up.
pub(super) fn reject_digits(digits: &str) -> Result<(), Rejected> {
    let steps: Vec<u8> =
        digits.as_bytes().windows(2).map(|pair| (pair[1] + 10).wrapping_sub(pair[0]) % 10).collect();
    let same = |step: u8| steps.iter().all(|other| *other == step);
    if same(0) || same(1) { Err(Rejected::Placeholder) } else { Ok(()) }
}
