//! What a passage states that another could contradict.

use super::amounts::{self, Amount, Bound};
use super::lexicon;
use super::polarity::{self, Mode};
use super::times::{self, Date, Edge};
use super::tokens::{Sentence, Token, sentences, tokens};
use super::topic::{Names, Topic};
use super::units::Dimension;

/// What is stated.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// An amount or limit.
    Amount(Amount),
    /// A day.
    Day(Date, Edge),
    /// From when to when something is open.
    Hours(u32, u32),
    /// A time of day.
    Clock(u32),
    /// On which days something is open.
    Days(u8),
    /// A version of something.
    Version(String, Vec<u32>, Bound),
    /// That something is so, or is not.
    Holds(bool, Mode),
}

impl Value {
    /// Returns the value in a form that is the same in whatever words it was said.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Amount(amount) => format!("{:?} {:.3e} {:.3e}", amount.dimension, amount.low, amount.high),
            other => format!("{other:?}"),
        }
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fact {
    pub(super) value: Value,
    pub(super) topic: Topic,
    /// What stands above it and before it.
    pub(super) context: Topic,
    /// The days of the week that its sentence names.
    pub(super) days: u8,
    /// The value as it was written.
    pub(super) shown: String,
    /// The sentence as it was written.
    pub(super) sentence: String,
}

/// Reads all statements of a passage, with what its titles say.
pub(super) fn read(titles: &[&str], text: &str) -> Vec<Fact> {
    let titles: Vec<Vec<Token>> = titles.iter().map(|title| tokens(title)).collect();
    let sentences = sentences(text);
    let mut names = Names::default();
    titles.iter().for_each(|title| names.read_title(title));
    sentences.iter().for_each(|sentence| names.read_sentence(&sentence.tokens));
    let mut above = Topic::default();
    titles.iter().for_each(|title| above.join(&Topic::of_title(title, &names)));
    let mut facts = Vec::new();
    let mut before: Option<(Topic, usize)> = None;
    for sentence in &sentences {
        let mut context = above.clone();
        if let Some((topic, block)) = &before
            && *block == sentence.block
        {
            context.about.extend(topic.about.iter().cloned());
        }
        let parsed = Parsed::of(sentence, &names);
        before = Some((parsed.whole(), sentence.block));
        facts.extend(parsed.facts(sentence, &context));
    }
    facts
}

/// A value that was found, and where.
#[derive(Debug, Clone)]
struct FoundValue {
    value: Value,
    from: usize,
    end: usize,
    clause: usize,
}

/// A sentence, taken apart.
struct Parsed {
    values: Vec<FoundValue>,
    /// What each clause is about.
    clauses: Vec<Topic>,
    days: u8,
}

/// Words that begin a clause of their own.
const CONJUNCTIONS: [&str; 8] =
    ["but", "aber", "sondern", "whereas", "während", "jedoch", "however", "otherwise"];
/// Words behind which a version is a requirement.
const DEMANDS: [&str; 16] = [
    "require",
    "requires",
    "required",
    "needs",
    "need",
    "needed",
    "supports",
    "supported",
    "support",
    "compatible",
    "benötigt",
    "nötig",
    "erforderlich",
    "voraus",
    "unterstützt",
    "brauchst",
];

impl Parsed {
    fn of(sentence: &Sentence, names: &Names) -> Self {
        let tokens = &sentence.tokens;
        let mut parsed = Self { values: Vec::new(), clauses: vec![Topic::default()], days: 0 };
        let (mut condition, mut left_out) = (false, false);
        let mut at = 0;
        while at < tokens.len() {
            let clause = parsed.clauses.len() - 1;
            if let Some((name, taken)) = names.at(tokens, at) {
                parsed.clauses[clause].names.insert(name);
                at += taken;
                continue;
            }
            if let Some((days, taken)) = times::days(tokens, at) {
                parsed.days |= days;
                at += taken;
                continue;
            }
            if let Some((value, taken)) = value(tokens, at, &mut parsed) {
                parsed.values.push(FoundValue { value, from: at, end: at + taken, clause });
                at += taken;
                at += anchor(tokens, at);
                let ahead = |word: &str| {
                    matches!(
                        word,
                        "before" | "beforehand" | "ahead" | "earlier" | "vorher" | "zuvor" | "früher"
                    )
                };
                if tokens.get(at).and_then(Token::word).is_some_and(ahead) {
                    parsed.clauses[clause].about.insert("!ahead".to_owned());
                }
                continue;
            }
            if let Some(year) = times::year(tokens.get(at)) {
                parsed.clauses[clause].years.insert(year);
            }
            match &tokens[at] {
                Token::Break => {
                    (condition, left_out) = (false, false);
                    parsed.clauses.push(Topic::default());
                }
                Token::Word(word) if CONJUNCTIONS.contains(&word.as_str()) => {
                    (condition, left_out) = (false, false);
                    parsed.clauses.push(Topic::default());
                }
                Token::Word(word) => {
                    condition |= polarity::is_if(word);
                    // "Without its battery": that is not what the rest is about.
                    left_out |= matches!(word.as_str(), "without" | "ohne" | "except" | "excluding");
                    if is_free(word) {
                        let value = Value::Amount(free());
                        parsed.values.push(FoundValue { value, from: at, end: at + 1, clause });
                    } else if !left_out {
                        parsed.clauses[clause].add(word, condition);
                    }
                }
                Token::Number(_) | Token::Dash => {}
            }
            at += 1;
        }
        parsed
    }

    fn whole(&self) -> Topic {
        let mut whole = Topic::default();
        self.clauses.iter().for_each(|clause| whole.join(clause));
        whole
    }

    /// Makes statements of what was found. Where a sentence states several amounts of one kind, each has what
    /// its own clause is about, beside what stands before the first of them.
    fn facts(&self, sentence: &Sentence, context: &Topic) -> Vec<Fact> {
        let fact = |value: &Value, topic: Topic, shown: String| Fact {
            value: value.clone(),
            topic,
            context: context.clone(),
            days: self.days,
            shown,
            sentence: sentence.text.clone(),
        };
        let mut facts = Vec::new();
        for found in &self.values {
            let rivals = self.values.iter().filter(|other| same_kind(&other.value, &found.value)).count();
            let topic = if rivals > 1 {
                let mut topic = self.clauses[found.clause].clone();
                let first = self.values.iter().map(|one| one.clause).min().unwrap_or_default();
                self.clauses[..first].iter().for_each(|lead| topic.join(lead));
                if topic.about.is_empty() {
                    topic.join(&self.whole());
                }
                topic
            } else {
                self.whole()
            };
            let mut topic = topic;
            if let Value::Day(_, edge) = &found.value {
                // That something begins or ends on a day is said in many ways.
                let (starts, ends) = (topic.about.remove("!start"), topic.about.remove("!end"));
                let edge = match edge {
                    Edge::On if starts => Edge::Start,
                    Edge::On if ends => Edge::End,
                    known => *known,
                };
                let Value::Day(date, _) = found.value else { continue };
                facts.push(fact(
                    &Value::Day(date, edge),
                    topic,
                    shown(&sentence.tokens[found.from..found.end]),
                ));
                continue;
            }
            // "Is valid for", "expires after": both say how long.
            topic.about.retain(|part| part != "!start" && part != "!end");
            facts.push(fact(&found.value, topic, shown(&sentence.tokens[found.from..found.end])));
        }
        let opens = |word: &str| {
            matches!(
                word,
                "open"
                    | "opens"
                    | "geöffnet"
                    | "offen"
                    | "available"
                    | "reachable"
                    | "erreichbar"
                    | "besetzt"
            )
        };
        if self.values.is_empty()
            && self.days != 0
            && sentence.tokens.iter().filter_map(Token::word).any(opens)
        {
            facts.push(fact(&Value::Days(self.days), self.whole(), days_shown(self.days)));
        }
        if self.values.is_empty() && !sentence.text.starts_with('|') {
            facts.extend(polarity::claims(&sentence.tokens).into_iter().map(|claim| {
                let names = &self.whole().names;
                let mut topic = claim.topic;
                topic.names.extend(names.iter().cloned());
                let shown = if claim.holds { "yes" } else { "no" };
                fact(&Value::Holds(claim.holds, claim.mode), topic, shown.to_owned())
            }));
        }
        facts
    }
}

/// Reads a value at `at`.
fn value(tokens: &[Token], at: usize, parsed: &mut Parsed) -> Option<(Value, usize)> {
    if let Some((date, taken)) = times::date(tokens, at) {
        return Some((Value::Day(date, times::edge(tokens, at, at + taken)), taken));
    }
    if let Some(((from, to), taken)) = times::hours(tokens, at) {
        return Some((Value::Hours(from, to), taken));
    }
    if let Some((minutes, taken)) = times::clock(tokens, at) {
        return Some((Value::Clock(minutes), taken));
    }
    if let Some((of, number, taken)) = version(tokens, at) {
        let bound = amounts::bound_of_version(tokens, at + taken - 1, at + taken);
        let demands = |token: &Token| token.word().is_some_and(|word| DEMANDS.contains(&word));
        let clause = parsed.clauses.last_mut()?;
        tokens[at].word().into_iter().for_each(|word| clause.add(word, false));
        if bound == Bound::Exact && !tokens.iter().any(demands) {
            // "On Android 12 open…": it says where the rest holds.
            clause.names.insert(format!("{of} {}", shown(&tokens[at + taken - 1..at + taken])));
            return None;
        }
        return Some((Value::Version(of, number, bound), taken));
    }
    if times::year(tokens.get(at)).is_some()
        && amounts::amount(tokens, at).is_none_or(|(amount, _)| amount.dimension == Dimension::Count)
    {
        return None;
    }
    amounts::amount(tokens, at).map(|(amount, taken)| (Value::Amount(amount), taken))
}

/// Reads a version such as `iOS 15` or `firmware 4.2`.
fn version(tokens: &[Token], at: usize) -> Option<(String, Vec<u32>, usize)> {
    const OF: [&str; 16] = [
        "version",
        "release",
        "firmware",
        "android",
        "ios",
        "ipados",
        "windows",
        "macos",
        "watchos",
        "bluetooth",
        "chrome",
        "firefox",
        "safari",
        "edge",
        "java",
        "linux",
    ];
    let of = tokens.get(at)?.word().filter(|word| OF.contains(word))?;
    let skip =
        usize::from(of != "version" && matches!(tokens.get(at + 1).and_then(Token::word), Some("version")));
    let Some(Token::Number(digits)) = tokens.get(at + 1 + skip) else { return None };
    let parts: Option<Vec<u32>> = digits.split('.').map(|part| part.parse().ok()).collect();
    let mut parts = parts?;
    while parts.len() > 1 && parts.last() == Some(&0) {
        parts.pop();
    }
    Some((of.to_owned(), parts, 2 + skip))
}

/// Returns how many tokens only say from when an amount of time counts: "of delivery", "nach Erhalt der Ware".
fn anchor(tokens: &[Token], at: usize) -> usize {
    const FROM: [&str; 12] =
        ["of", "after", "from", "since", "following", "nach", "ab", "seit", "von", "upon", "ihrer", "on"];
    const EVENTS: [&str; 22] = [
        "delivery",
        "receipt",
        "receiving",
        "received",
        "purchase",
        "order",
        "ordering",
        "buying",
        "bought",
        "invoice",
        "erhalt",
        "lieferung",
        "kauf",
        "bestellung",
        "kaufdatum",
        "eingang",
        "zugang",
        "rechnungsdatum",
        "arrival",
        "getting",
        "got",
        "empfang",
    ];
    let word = |at: usize| tokens.get(at).and_then(Token::word);
    if !word(at).is_some_and(|word| FROM.contains(&word)) {
        return 0;
    }
    (1..=4).find(|next| word(at + next).is_some_and(|word| EVENTS.contains(&word))).map_or(0, |next| next + 1)
}

fn is_free(word: &str) -> bool {
    word == "gratis"
        || word == "complimentary"
        || word.starts_with("kostenlos")
        || word.starts_with("kostenfrei")
        || word == "umsonst"
}

/// What costs nothing, in any currency.
fn free() -> Amount {
    Amount {
        dimension: Dimension::Money("any"),
        low: 0.0,
        high: 0.0,
        counted: Vec::new(),
        bound: Bound::Exact,
        working: false,
        factor: 1.0,
        rough: false,
        per: None,
    }
}

fn same_kind(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Amount(one), Value::Amount(other)) => one.dimension == other.dimension,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// Writes tokens as a person reads them.
fn shown(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Word(part) | Token::Number(part) => {
                if !text.is_empty() && !text.ends_with('–') {
                    text.push(' ');
                }
                text.push_str(part);
            }
            Token::Dash => text.push('–'),
            Token::Break => {}
        }
    }
    text
}

fn days_shown(days: u8) -> String {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let named: Vec<&str> = (0..7).filter(|day| days & (1 << day) != 0).map(|day| NAMES[day]).collect();
    named.join(", ")
}

/// Returns what a fact is about, for people: the parts without their marks.
pub(super) fn about<'a>(one: &'a Fact, other: &'a Fact) -> impl Iterator<Item = String> + 'a {
    let parts = |fact: &'a Fact| fact.topic.about.iter().chain(&fact.context.about);
    let shared = parts(one).filter(move |part| parts(other).any(|known| known == *part));
    let mut shared: Vec<&String> = shared.collect();
    // What both must name stands first.
    shared.sort_by_key(|part| (!lexicon::is_core(part), *part));
    shared.dedup();
    shared.into_iter().map(|part| part.trim_start_matches(['!', '=']).to_owned())
}
