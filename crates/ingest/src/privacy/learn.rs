//! Picks from a past conversation what was asked and what solved it.

use std::ops::Range;
use std::sync::LazyLock;

use domain::{
    Author, Conversation, Language, Status, SubjectId, TenantId, Timestamp, Turn, language, message,
};
use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

use super::apart::Apart;
use super::details::{Finder, Seen};
use super::keyed::TenantKey;
use super::known::{Known, People};
use super::links::OwnDomains;
use super::mask::{COVER, Masked};
use super::sightings::{Contact, Listener};
use super::words::Words;
use super::{names, patterns};

/// A turn with fewer words solves nothing by itself.
const SUBSTANTIVE_WORDS: usize = 6;

static CONFIRMS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:thanks|thank you|thx|worked|works|solved|fixed|resolved|perfect|danke|dankeschön|geklappt|funktioniert|gelöst|erledigt|merci|marche|résolu|gracias|funciona|solucionado|resuelto|grazie|funziona|risolto|bedankt|dank|opgelost|werkt|gelukt|obrigad[oa]|resolvido|díky|děkuji|dziękuję|tack)\b",
    )
});
static DOUBTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:but|still|not|no|never|neither|without|\p{L}+n['’]?t|unfortunately|however|aber|nicht|noch|kein\p{L}*|leider|trotzdem|mais|pas|toujours|pero|sigue|todavía|ma|non|ancora|purtroppo|maar|niet|nog|helaas|geen|mas|não|ainda)\b|\?",
    )
});
static REPLY_PREFIX: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\s*(?:(?:re|aw|fwd?|wg|sv|antw|tr|rv|r|odp)\s*(?:\[\d+\])?:\s*)+"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a fixed pattern")
}

/// How it is known that the resolution is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The source marks the turn, or the whole conversation, as solved.
    Marked,
    /// The customer said so.
    Confirmed,
    /// Nobody said anything against it.
    Assumed,
}

/// Question and resolution of one past conversation, without anything personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedAnswer {
    /// What was asked.
    pub question: Masked,
    /// What solved it.
    pub resolution: Masked,
    /// The language of the conversation.
    pub language: Language,
    /// When its newest turn was written: from then on it counts.
    pub known_at: Timestamp,
    /// The identities whose words, or words to whom, went into it.
    pub made_from: Vec<SubjectId>,
    /// The positions of the turns that went into it, in order.
    pub turns: Vec<u32>,
    /// Ids or addresses of articles cited in the resolution, without links that may be made for one reader.
    pub cites: Vec<String>,
    /// How it is known to be a resolution.
    pub ending: Ending,
}

/// What an agent's turn told the customer it was written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// When.
    pub at: Timestamp,
    /// Which details.
    pub seen: Seen,
}

/// The rules of one tenant.
#[derive(Debug, Clone)]
pub struct Rules {
    key: TenantKey,
    own_domains: OwnDomains,
}

impl Rules {
    /// Takes the tenant's key and the domains of its own sites and mailboxes.
    #[must_use]
    pub fn new(key: TenantKey, own_domains: impl IntoIterator<Item = String>) -> Self {
        Self { key, own_domains: OwnDomains::new(own_domains) }
    }

    /// Returns the name under which a tombstone stands for something of a tenant.
    #[must_use]
    pub fn tombstone(&self, tenant: TenantId, what: &str) -> [u8; 32] {
        self.key.tombstone(tenant, what)
    }

    /// Returns as whom a contact counts for the few-companies rule.
    #[must_use]
    pub fn listener(&self, contact: &Contact<'_>) -> Option<Listener> {
        Listener::of(&self.key, contact)
    }

    /// Makes the learned answer of a conversation. There is none when several customers took part or could read
    /// along, when nothing was asked, or when no agent's turn answers.
    #[must_use]
    pub fn learn(&self, conversation: &Conversation, people: &[Known]) -> Option<LearnedAnswer> {
        if has_several_customers(conversation) {
            return None;
        }
        let (solving, ending) = solving_turns(conversation)?;
        let asking = asking_turns(conversation, solving.first()?.position);
        let question = question_text(conversation.subject.as_deref(), &asking);
        if !question.chars().any(char::is_alphabetic) {
            return None;
        }
        let resolution = solving.iter().map(|turn| own_words(turn)).collect::<Vec<_>>().join("\n\n");
        let texts = Texts::of(conversation, people, Some(&question));
        let used: Vec<&Turn> = asking.into_iter().chain(solving.iter().copied()).collect();
        let mut made_from: Vec<SubjectId> =
            conversation.subject_id.into_iter().chain(conversation.readers.iter().copied()).collect();
        made_from.sort_unstable();
        made_from.dedup();
        let cites = solving.iter().flat_map(|turn| &turn.cites);
        Some(LearnedAnswer {
            question: self.mask_with(&texts, &question),
            resolution: self.mask_with(&texts, &resolution),
            language: texts.language,
            known_at: used.iter().map(|turn| turn.at).max()?,
            made_from,
            turns: used.iter().map(|turn| turn.position).collect(),
            cites: cites.filter(|cite| self.own_domains.may_cite(cite)).cloned().collect(),
            ending,
        })
    }

    /// Returns what each of the agents' turns told; who was told, the caller knows. Quoted history tells nothing.
    #[must_use]
    pub fn observe(&self, conversation: &Conversation, people: &[Known]) -> Vec<Observed> {
        let texts = Texts::of(conversation, people, None);
        let finder = Finder::new(&self.key, &self.own_domains, texts.language);
        conversation
            .turns
            .iter()
            .filter(|turn| turn.author == Author::Agent)
            .map(|turn| Observed {
                at: turn.at,
                seen: finder.find(&self.replaced(&texts, &own_words(turn))).seen(),
            })
            .collect()
    }

    /// Returns the details that a `Public` or `Internal` document shows. `text` should hold all of it: title, address
    /// and body.
    #[must_use]
    pub fn observe_document(&self, text: &str, language: Language) -> Seen {
        Finder::new(&self.key, &self.own_domains, language).find_shown(&normal(text))
    }

    /// Masks any text as if it were part of a learned answer.
    #[must_use]
    pub fn mask(&self, text: &str, language: Language, people: &[Known]) -> Masked {
        let text = normal(text);
        let people = People::new(people, &[&text], Words::of(language));
        self.mask_with(&Texts { people, language }, &text)
    }

    fn mask_with(&self, texts: &Texts, text: &str) -> Masked {
        let text = self.replaced(texts, text);
        let found = Finder::new(&self.key, &self.own_domains, texts.language).find(&text);
        Masked::new(text, found.marks)
    }

    /// Returns what of a text is taken out for good, in order, with what stands in its place: what is known of
    /// `people`, and what has the shape or the context of personal data. Offsets are bytes of the text in composed
    /// letters without invisible signs, as [`Rules::mask`] reads it.
    #[must_use]
    pub fn personal(
        &self,
        text: &str,
        language: Language,
        people: &[Known],
    ) -> Vec<(Range<usize>, &'static str)> {
        let text = normal(text);
        let people = People::new(people, &[&text], Words::of(language));
        let found = self.find_personal(&Texts { people, language }, &text);
        found.spans().map(|(span, placeholder)| (span, *placeholder)).collect()
    }

    fn replaced(&self, texts: &Texts, text: &str) -> String {
        self.find_personal(texts, text).replace_in(text)
    }

    fn find_personal(&self, texts: &Texts, text: &str) -> Apart<&'static str> {
        // Shapes first: a name within an address goes with the address.
        let mut finds = patterns::find(text, &self.own_domains);
        for (span, placeholder) in texts.people.find(text).spans() {
            finds.join(span, *placeholder);
        }
        for span in names::in_context(text, Words::of(texts.language)) {
            finds.join(span, "[name]");
        }
        finds
    }
}

/// What all texts of a conversation share.
struct Texts {
    people: People,
    language: Language,
}

impl Texts {
    fn of(conversation: &Conversation, known: &[Known], question: Option<&str>) -> Self {
        let texts: Vec<&str> = conversation.turns.iter().map(|turn| turn.text.as_str()).collect();
        let mut language = conversation.language;
        if !language.is_known() {
            let first = conversation.turns.iter().find(|turn| turn.author == Author::Customer);
            language =
                language::detect(question.or(first.map(|turn| turn.text.as_str())).unwrap_or_default());
        }
        Self { people: People::new(known, &texts, Words::of(language)), language }
    }
}

fn has_several_customers(conversation: &Conversation) -> bool {
    let mut readers: Vec<&SubjectId> = conversation.readers.iter().chain(&conversation.subject_id).collect();
    readers.sort_unstable();
    readers.dedup();
    let customers = conversation.turns.iter().filter(|turn| turn.author == Author::Customer);
    let mut authors: Vec<&str> = customers.filter_map(|turn| turn.author_id.as_deref()).collect();
    authors.sort_unstable();
    authors.dedup();
    readers.len() > 1 || authors.len() > 1
}

/// Returns the customer's turns before the first answer that is not the customer's own.
fn asking_turns(conversation: &Conversation, before: u32) -> Vec<&Turn> {
    conversation
        .turns
        .iter()
        .skip_while(|turn| turn.author != Author::Customer)
        .take_while(|turn| turn.author != Author::Agent && turn.position < before)
        .filter(|turn| turn.author == Author::Customer)
        .collect()
}

/// Joins the subject and what was asked; a subject that the first message repeats is left out.
fn question_text(subject: Option<&str>, asking: &[&Turn]) -> String {
    let body = asking.iter().map(|turn| own_words(turn)).collect::<Vec<_>>().join("\n\n");
    let subject = normal(&REPLY_PREFIX.replace(subject.unwrap_or_default(), ""));
    let subject = subject.trim();
    if subject.is_empty() || body.to_lowercase().starts_with(&subject.to_lowercase()) {
        return body;
    }
    format!("{subject}\n\n{body}").trim().to_owned()
}

/// Returns the turns that answer, oldest first, and how that is known.
fn solving_turns(conversation: &Conversation) -> Option<(Vec<&Turn>, Ending)> {
    let turns = &conversation.turns;
    if let Some(position) = conversation.solution_turn {
        let marked = turns.iter().find(|turn| turn.position == position)?;
        if matches!(marked.author, Author::Agent | Author::Other) && !own_words(marked).is_empty() {
            return Some((vec![marked], Ending::Marked));
        }
    }
    let confirmed = turns.iter().rposition(|turn| turn.author == Author::Customer && confirms(turn));
    if let Some(at) = confirmed
        && let Some(block) = last_block(&turns[..at])
    {
        return Some((block, Ending::Confirmed));
    }
    let ending = if conversation.status == Status::Solved { Ending::Marked } else { Ending::Assumed };
    last_block(turns).map(|block| (block, ending))
}

fn confirms(turn: &Turn) -> bool {
    let own = own_words(turn);
    CONFIRMS.is_match(&own) && !DOUBTS.is_match(&own)
}

/// Returns the last agents' turns that say something, without a customer's turn between them.
fn last_block(turns: &[Turn]) -> Option<Vec<&Turn>> {
    let last = turns.iter().rposition(|turn| turn.author == Author::Agent && is_substantive(turn))?;
    let first_asked = turns.iter().position(|turn| turn.author == Author::Customer)?;
    if last < first_asked {
        return None;
    }
    let mut block: Vec<&Turn> = turns[..=last]
        .iter()
        .rev()
        .take_while(|turn| turn.author != Author::Customer)
        .filter(|turn| turn.author == Author::Agent && is_substantive(turn))
        .collect();
    block.reverse();
    Some(block)
}

/// Reports whether a turn says something: more than a few words, and more than questions.
fn is_substantive(turn: &Turn) -> bool {
    let own = own_words(turn);
    let words = |text: &str| text.split_whitespace().count();
    let said =
        own.split_inclusive(['.', '!', '?', '\n']).filter(|sentence| !sentence.trim_end().ends_with('?'));
    words(&own) >= SUBSTANTIVE_WORDS && said.map(words).max().unwrap_or(0) >= 4
}

/// Returns what the author of a turn wrote, without quoted history, signature and greeting.
fn own_words(turn: &Turn) -> String {
    message::take_apart(None, &normal(&turn.text)).own
}

/// Brings a text into the form that all rules expect: composed letters, nothing invisible, plain line ends, and
/// no sign of ours.
fn normal(text: &str) -> String {
    let invisible = |sign: &char| matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\0' | '\r');
    let text: String = text.nfc().filter(|sign| !invisible(sign)).collect();
    if text.contains(COVER) { text.replace(COVER, "[...]") } else { text }
}

#[cfg(test)]
mod tests;
