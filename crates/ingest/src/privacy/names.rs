//! Finds names of people by what stands beside them: a title, a role, somebody who writes or is asked, or a given
//! name with a family name behind it. Who is known or greeted is found by `known.rs`; what is a name by the lists
//! alone stays a detail (`details.rs`), covered until it is shared.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::patterns::ascii_boundaries;
use super::ui_words::is_any_ui_word;
use super::words::{FUNCTION_ZIPF, Looked, Words};

/// A usual name may be as usual a word as this where a person is spoken of: `Paul`, `John`, but not `Can`.
const NAME_ZIPF: f32 = 5.1;
/// The same where anything else might be meant.
const SURE_NAME_ZIPF: f32 = 4.5;
/// A word in capitals that is no name in any list may be one below these: where a thing might be meant as well, and
/// where only a person can be.
const RARE_ZIPF: [f32; 2] = [3.1, 3.7];
/// The same where every noun is written with a capital.
const RARE_NOUN_ZIPF: [f32; 2] = [2.7, 3.3];

/// One part of a name, and the small words between parts.
const PART: &str = r"(?:\p{Lu}['’])?\p{Lu}[\p{L}\p{M}]+(?:-\p{Lu}[\p{L}\p{M}]+)?";
const PARTICLE: &str =
    r"(?:van|von|vom|zu|zum|zur|de|der|den|del|della|di|da|do|dos|du|la|le|bin|al|el|ter|ten)[ ]";

/// How much a word looks like a part of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// A usual name.
    Name,
    /// In no list, or so rare that it may be one.
    Perhaps,
    /// A word.
    Word,
}

/// What can be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant {
    Anything,
    /// A person.
    Somebody,
}

/// What stands before a name, and how much the name has to look like one.
struct Context {
    regex: Regex,
    meant: Meant,
    holds: fn(&[Looks]) -> usize,
}

/// Beside a title any word in capitals is a name; what follows it must look like one.
fn beside_title(looks: &[Looks]) -> usize {
    1 + looks[1..].iter().take_while(|one| **one != Looks::Word).count()
}

/// Where a person is spoken of, every part must look like a name.
fn beside_role(looks: &[Looks]) -> usize {
    looks.iter().take_while(|one| **one != Looks::Word).count()
}

/// Where a thing might be meant as well, there must be two parts and one must be a usual name.
fn anywhere(looks: &[Looks]) -> usize {
    let length = beside_role(looks);
    if length >= 2 && looks[..length].contains(&Looks::Name) { length } else { 0 }
}

/// Where only a person can be meant, two parts that are no words suffice.
fn of_two(looks: &[Looks]) -> usize {
    let length = beside_role(looks);
    if length >= 2 { length } else { 0 }
}

/// A single part that is a usual name or in no list.
fn alone(looks: &[Looks]) -> usize {
    usize::from(looks.len() == 1 && looks[0] != Looks::Word)
}

static CONTEXTS: LazyLock<Vec<Context>> = LazyLock::new(|| {
    let name = format!(
        r"(?P<it>(?:{PARTICLE}){{0,2}}{PART}(?:[ ](?:\p{{Lu}}\.[ ])?(?:{PARTICLE}){{0,2}}{PART}){{0,2}})"
    );
    let context = |regex: String, meant, holds| Context {
        // All cues begin and end with letters of ASCII, and so the fast engine reads any text.
        regex: Regex::new(&ascii_boundaries(&regex)).expect("a fixed pattern"),
        meant,
        holds,
    };
    let titles = r"Mr|Mrs|Ms|Mx|Miss|Mister|Dr|Prof|Professor|Doctor|Herrn?|Frau|Hr|Familie|Fam|Monsieur|Madame|Mme|Mlle|Se[ñn]ora?|Sra?|Srta|Signora?|Sig|Dhr|Mevr(?:ouw)?|Meneer";
    let roles = r"colleagues?|managers?|supervisor|technicians?|engineers?|assistant|secretary|wife|husband|spouse|partner|daughter|son|mother|father|brother|sister|neighbou?r|boss|driver|courier|teammates?|holder|recipient|owner|contact|contact person|representative|patient|tenant|named?|surname|registered (?:to|for)|in the name of|on behalf of|belong(?:s|ed|ing) to|attn|c/o|signed|kolleg(?:e|en|in)|chef(?:in)?|leiter(?:in)?|technikers?|mitarbeiter(?:in|s)?|ansprechpartner(?:in)?|ehefrau|ehemann|mann|tochter|sohn|mutter|vater|bruder|schwester|nachbar(?:in|n)?|fahrer(?:in|s)?|bote|empfänger(?:in)?|inhaber(?:in)?|\p{L}+inhaber(?:in)?|kontaktperson|patient(?:in|en)?|mieter(?:in|s)?|namens?|nachname|(?:auf|im) (?:den )?namen(?: von)?|z\.? ?hd\.?|unterzeichnet";
    let asked = r"(?:ask|asked|tell|told|inform(?:ed)?|invite[ds]?|contact(?:ed)?|met|thank(?:ed)?|spoke(?:n)? (?:to|with)|talk(?:ed)? (?:to|with)|speak(?:ing)? (?:to|with)|taken over by|handled by|written by|bitten sie|fragen sie|informieren sie|kontaktieren sie|laden sie|gesprochen mit|mit|von|für|an|by|from|to|with|for|of|and|und|hat)";
    let does = r"wrote|writes|said|says|told|asked|reported|confirmed|mentioned|explained|answered|replied|called|noticed|sent|will call|will contact|will write|takes? care|looks? after|schrieb|schreibt|sagte|sagt|meinte|berichtete?|fragte|bestätigte|erklärte|antwortete|meldet sich|meldete sich|kümmert sich|übernimmt|ruft|aus (?:der|dem|unserem|unserer)|from (?:our|the|your)|in (?:our|your)";
    let speaks = r"ask|told|tell|invited?|spoken? (?:to|with)|talked (?:to|with)|taken over by|bitten sie|fragen sie|gesprochen mit";
    let somebody = Meant::Somebody;
    vec![
        context(
            format!(r"\b(?:{titles})\b\.?[ ](?:(?:Dr|Prof|Dipl|Ing|med)\b[^ \n]{{0,6}}[ ]){{0,3}}{name}"),
            somebody,
            beside_title,
        ),
        context(
            format!(
                r"\b(?i:{roles})[:,]?[ ](?:(?i:is|was|ist|war|hieß|heißt|called|named|namens)[ ])?{name}"
            ),
            somebody,
            beside_role,
        ),
        context(format!(r"\b(?i:{asked})[ ]{name}"), Meant::Anything, anywhere),
        context(format!(r"\b(?i:{speaks})[ ]{name}"), somebody, of_two),
        context(format!(r"\b(?i:wie|as)[ ]{name}"), Meant::Anything, of_two),
        context(format!(r"(?:^|[^\p{{L}}]){name}[ ](?:{does})\b"), somebody, of_two),
        context(
            format!(r"\b(?:hat|haben|has|have)[ ]{name}[ ](?i:aus|from|in|das|den|die|the|your|our|ihr)\b"),
            somebody,
            of_two,
        ),
        // `Good news, Jo: …`, `Thank you, Jo!`
        context(format!(r"\p{{L}},[ ](?P<it>{PART})[:!]"), Meant::Anything, alone),
    ]
});
static PARTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(PART).expect("a fixed pattern"));
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?:^|[^\p{{L}}\p{{M}}]){PART}(?:[ ](?:\p{{Lu}}\.[ ])?(?:{PARTICLE}){{0,2}}{PART}){{1,2}}"
    ))
    .expect("a fixed pattern")
});

/// Returns where `text` names people, by what stands beside a name.
pub(super) fn in_context(text: &str, words: Words) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for context in CONTEXTS.iter() {
        let mut from = 0;
        // A match may swallow the beginning of the next one, so each search begins behind the first part of the last.
        while let Some(captures) = context.regex.captures_at(text, from) {
            let Some(it) = captures.name("it") else { break };
            let parts: Vec<Range<usize>> = PARTS
                .find_iter(it.as_str())
                .map(|part| it.start() + part.start()..it.start() + part.end())
                .collect();
            let Some(first) = parts.first() else { break };
            from = first.end;
            if is_no_name(&text[first.clone()], words) {
                continue;
            }
            let looks: Vec<Looks> =
                parts.iter().map(|part| looks(&text[part.clone()], words, context.meant)).collect();
            let length = (context.holds)(&looks);
            if length > 0 {
                out.push(it.start()..parts[length - 1].end);
            }
        }
    }
    out.extend(pairs(text, words));
    out
}

/// Returns given names with what follows them.
fn pairs(text: &str, words: Words) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for found in PAIR.find_iter(text) {
        let parts: Vec<Range<usize>> = PARTS
            .find_iter(found.as_str())
            .map(|part| found.start() + part.start()..found.start() + part.end())
            .collect();
        let mut at = 0;
        while at + 1 < parts.len() {
            let (first, second) = (&text[parts[at].clone()], &text[parts[at + 1].clone()]);
            // Behind what is surely a given name nearly anything in capitals is the family's.
            let meant = if is_name(first, words, SURE_NAME_ZIPF) { Meant::Somebody } else { Meant::Anything };
            let (one, other) = (looks(first, words, Meant::Anything), looks(second, words, meant));
            let is_pair = (is_name(first, words, NAME_ZIPF) && other != Looks::Word)
                || (one == Looks::Perhaps && other == Looks::Name);
            if is_pair {
                out.push(parts[at].start..parts[at + 1].end);
                at += 1;
            }
            at += 1;
        }
    }
    out
}

fn is_name(part: &str, words: Words, below: f32) -> bool {
    let lower = part.to_lowercase();
    !is_any_ui_word(&lower)
        && !MONTHS.contains(&lower.as_str())
        && words.usual(&lower).is_some_and(|usual| usual.is_name() && usual.zipf() < below)
}

/// Months and days, which name lists hold too.
const MONTHS: &[&str] =
    &["april", "may", "mai", "june", "juni", "juli", "july", "august", "march", "märz", "sunday"];

/// A word that no name begins with: `Frau Support`, `Herr Sie`.
fn is_no_name(part: &str, words: Words) -> bool {
    let lower = part.to_lowercase();
    is_any_ui_word(&lower) || words.usual(&lower).is_some_and(|usual| usual.zipf() >= FUNCTION_ZIPF)
}

fn looks(part: &str, words: Words, meant: Meant) -> Looks {
    let pieces = || part.split(['-', '\'', '’']).filter(|piece| piece.chars().count() > 1);
    let capitals = part.chars().filter(|sign| sign.is_uppercase()).count();
    // `PDF`, `iCloud`, `OpenPGP`: nobody is written so, but for `MacAllister`.
    if capitals > pieces().count() + 1 {
        return Looks::Word;
    }
    // Of `Müller-Lüders` the piece speaks that looks most like a name.
    let all: Vec<Looks> = pieces().map(|piece| piece_looks(&piece.to_lowercase(), words, meant)).collect();
    let best = [Looks::Name, Looks::Perhaps].into_iter().find(|looks| all.contains(looks));
    best.unwrap_or(Looks::Word)
}

fn piece_looks(piece: &str, words: Words, meant: Meant) -> Looks {
    let below = if meant == Meant::Somebody { NAME_ZIPF } else { SURE_NAME_ZIPF };
    let rare = if words.has_own() { RARE_NOUN_ZIPF } else { RARE_ZIPF };
    match words.look(piece) {
        _ if is_any_ui_word(piece) || MONTHS.contains(&piece) => Looks::Word,
        Looked::Unknown => Looks::Perhaps,
        Looked::Usual(usual) if usual.is_name() && usual.zipf() < below => Looks::Name,
        Looked::Usual(usual) if usual.zipf() < rare[usize::from(meant == Meant::Somebody)] => Looks::Perhaps,
        Looked::Usual(_) | Looked::Compound(_) => Looks::Word,
    }
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;

    fn found(text: &str, language: Language) -> Vec<&str> {
        let mut spans = in_context(text, Words::of(language));
        spans.sort_by_key(|span| (span.start, span.end));
        spans.dedup();
        spans.into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn names_are_found_by_what_stands_beside_them() {
        for (text, name) in [
            ("I spoke to Mrs. Quillfeather today", "Quillfeather"),
            ("please call Dr. van der Bijl", "van der Bijl"),
            ("my colleague Thandiwe Mokoena will help", "Thandiwe Mokoena"),
            ("as Thandiwe Mokoena wrote", "Thandiwe Mokoena"),
            ("we asked Walter Quillfeather about it", "Walter Quillfeather"),
            ("Great, Thandiwe!", "Thandiwe"),
        ] {
            assert!(
                found(text, Language::ENGLISH).contains(&name),
                "{text}: {:?}",
                found(text, Language::ENGLISH)
            );
        }
        for (text, name) in [
            ("Herr Dr. Zweigelt hat angerufen", "Zweigelt"),
            ("Ihr Kollege Bjarne Quedenfeldt meldet sich", "Bjarne Quedenfeldt"),
            ("die Lizenz von Monika Quedenfeldt", "Monika Quedenfeldt"),
        ] {
            assert!(
                found(text, Language::GERMAN).contains(&name),
                "{text}: {:?}",
                found(text, Language::GERMAN)
            );
        }
    }

    #[test]
    fn products_and_menus_are_no_names() {
        for text in [
            "Open Account Settings and choose Advanced Options",
            "It works with Microsoft Outlook and Mozilla Firefox.",
            "Thanks, great! Ask Support about Windows Update",
            "Download it from Google Drive to Windows Explorer",
        ] {
            assert_eq!(found(text, Language::ENGLISH), Vec::<&str>::new(), "{text}");
        }
        for text in [
            "Die Frau am Telefon hilft. Bitte wenden Sie sich an Ihren Administrator",
            "Mein Mann Einstellungen",
            "Klicken Sie auf Datei und dann auf Drucken",
        ] {
            assert_eq!(found(text, Language::GERMAN), Vec::<&str>::new(), "{text}");
        }
    }
}
