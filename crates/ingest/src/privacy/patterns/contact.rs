//! E-mail addresses, also as people spell them so that machines do not see them, and telephone numbers.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::links::OwnDomains;
use super::{Candidate, Pattern, digits, is_date, is_of_program, plain};

/// What stands between the labels of a domain.
const DOT: &str = r"(?:\.| \. |\s?[(\[{]\s?(?:dot|punkt|\.)\s?[)\]}]\s?|\s(?:dot|punkt)\s)";
/// The sign itself, perhaps in brackets.
const AT: &str = r"(?:\s?@\s?|\s?[(\[{<]\s?(?:at|ät|@)\s?[)\]}>]\s?)";
/// What stands before it.
const LOCAL: &str = r"[\p{L}\d_%+'\-]+(?:(?:\.| \. |\s?[(\[{](?:dot|punkt)[)\]}]\s?)[\p{L}\d_%+'\-]+)*";
const LABEL: &str = r"[\p{L}\d](?:[\p{L}\d\-]*[\p{L}\d])?";

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    // A blank before a point, and small letters behind it: after a point alone a new sentence may follow.
    let blank = r"(?-i:\s\.\s?[\p{Ll}\d]+)";
    let plain = format!(r"\.{LABEL}");
    let spelled = format!(r"\s?[(\[{{]\s?(?:dot|punkt|\.)\s?[)\]}}]\s?{LABEL}|\s(?:dot|punkt)\s{LABEL}");
    Regex::new(&format!("(?i){LOCAL}{AT}{LABEL}(?:{plain}|{spelled}|{blank})+")).expect("a fixed pattern")
});
/// `jo dot doe at example dot org`: without any sign, so more of it must look like an address.
static IN_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?i)\b(?P<local>[\p{{L}}\d][\p{{L}}\d._%+\-]*(?:\s(?:dot|punkt)\s[\p{{L}}\d_\-]+)*)\s(?:at|ät)\s(?P<domain>{LABEL}(?:{DOT}{LABEL})*{DOT}[a-z]{{2,6}})\b"
    ))
    .expect("a fixed pattern")
});
static SPELLED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)[\s(\[{](?:dot|punkt)[\s)\]}]").expect("a fixed pattern"));

/// Returns the addresses of a text that are not at one of the tenant's own domains.
pub(super) fn emails(text: &str, own_domains: &OwnDomains) -> Vec<Range<usize>> {
    let own = |domain: &str| own_domains.has(&written(domain));
    let mut out = Vec::new();
    for found in EMAIL.find_iter(text) {
        let domain = found.as_str().rsplit(['@', '>', '}']).next().unwrap_or_default();
        let domain =
            domain.rsplit_once("at)").or_else(|| domain.rsplit_once("at]")).map_or(domain, |(_, rest)| rest);
        // `the @example.org people`: with a blank before the sign alone, what stands before it must look like a name
        // of a mailbox.
        let (local, rest) = found.as_str().split_once('@').unwrap_or((found.as_str(), " "));
        let is_host = local.ends_with(char::is_whitespace)
            && !rest.starts_with(char::is_whitespace)
            && !local.contains(|sign: char| sign.is_numeric() || "._+-".contains(sign));
        if !is_host && !own(domain) {
            out.push(found.range());
        }
    }
    let mut from = 0;
    while let Some(found) = IN_WORDS.captures_at(text, from) {
        let (Some(all), Some(local), domain) = (found.get(0), found.name("local"), &found["domain"]) else {
            break;
        };
        // `look at example.org` is no address; `jo.doe at example.org` is.
        let spelled = local.as_str().contains(['.', '_', '+', '-']) || digits(local.as_str()) > 0;
        if (SPELLED.is_match(domain) || spelled) && !own(domain) {
            out.push(all.range());
            from = all.end();
        } else {
            // What stands there may be the beginning of one: `reached at jo.doe at example.org`.
            from = local.end();
        }
    }
    out
}

/// Returns a spelled domain as one writes it.
fn written(domain: &str) -> String {
    let domain = SPELLED.replace_all(domain, ".");
    domain
        .chars()
        .filter(|sign| sign.is_alphanumeric() || matches!(sign, '.' | '-'))
        .collect::<String>()
        .to_lowercase()
}

/// Words that say that a number is one to call.
const CALLS: &str = r"tel|telephone|phones?|phoned|mobile|cell(?:phone)?|call(?:s|ed|ing|back)?|ring|rang|fax|dial(?:s|led)?|text(?:ed)?|sms|whatsapp|reach(?:ed|able)?|number|telefon\p{L}*|handy\p{L}*|mobil\p{L}*|(?:mobil|fest|kontakt)?netz|ruf|rufen|ruft|\p{L}*rufnummer|\p{L}*nummer|\p{L}*rückruf\p{L}*|an(?:zu)?rufen|zurück(?:zu)?rufen|angerufen|\p{L}*erreich\p{L}*|durchwahl|téléphone|tél|teléfono|telefono|telefoon|telefone|móvil|cellulare|portable";

/// Returns what finds telephone numbers.
pub(super) fn phones() -> Vec<Pattern> {
    // Digits in groups, with what people put between them.
    let number = r"[+(]?\d(?:[ \u{a0}()/.\-]{0,2}\d){4,14}";
    vec![
        plain(
            &format!(
                r"(?i)\b(?:tel|phone|mobile|cell|call|fax|telefon\p{{L}}*|handy\p{{L}}*|rufnummer|téléphone|tél|teléfono|telefono|telefoon|telefone)\b[.]?(?:[ ]?(?:no|nr|number|nummer)\b\.?)?(?:[ ](?:is|ist|at|me at|us at))?[ ]?[:.]?[ ]?(?P<it>{number})"
            ),
            "[phone]",
            said_close,
        ),
        plain(&format!(r"(?i)\b(?:{CALLS})\b[^.!?\n\d+(]{{0,60}}[( ]?(?P<it>{number})"), "[phone]", said),
        plain(
            &format!(
                r"(?i)(?P<it>\b\d{{2,4}}(?:[ \u{{a0}}.\-/]\d{{2,8}}){{1,4}})\b[^.!?\n\d]{{0,40}}?\b(?:{CALLS})\b"
            ),
            "[phone]",
            said,
        ),
        plain(r"(?:\+|\b00)[ \u{a0}]?\d(?:[ \u{a0}()/.\-]{0,2}\d){6,14}", "[phone]", phone),
        plain(r"\(0?\d{2,5}\)[ ]?\d(?:[ /.\-]?\d){4,12}", "[phone]", phone),
        plain(r"\b0\d{1,5}(?:[ ]?[/\-][ ]?|[ \u{a0}])\d(?:[ \u{a0}/\-]?\d){3,12}", "[phone]", phone),
        plain(r"\b0\d(?:[ .\-]\d\d){4}\b", "[phone]", phone),
        plain(r"\b(?:1[-. ])?\d{3}[-. ]\d{3}[-. ]\d{4}\b", "[phone]", phone),
    ]
}

fn said_close(candidate: &Candidate<'_>) -> Option<usize> {
    (candidate.digits() >= 5 && !is_date(candidate.found)).then_some(candidate.found.len())
}

/// A number with a word for calling somewhere before or after it.
fn said(candidate: &Candidate<'_>) -> Option<usize> {
    let inside = candidate.before().ends_with(|sign: char| sign.is_alphanumeric() || ".-_/:".contains(sign));
    let goes_on =
        candidate.after().starts_with(|sign: char| sign.is_alphanumeric() || "_%€$£".contains(sign));
    let holds = (7..=15).contains(&candidate.digits())
        && !is_date(candidate.found)
        && !inside
        && !goes_on
        && !is_of_program(candidate.before());
    holds.then_some(candidate.found.len())
}

fn phone(candidate: &Candidate<'_>) -> Option<usize> {
    let inside = candidate.before().ends_with(|sign: char| sign.is_alphanumeric() || sign == '.');
    let holds = (7..=15).contains(&candidate.digits()) && !is_date(candidate.found) && !inside;
    holds.then_some(candidate.found.len())
}
