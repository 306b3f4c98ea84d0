//! Measures what the masking of learned answers costs on past conversations.
//!
//! `cargo run -p ingest --example mask_measure -- THREADS.jsonl.gz [OWN_DOMAIN…]` reads conversations in the
//! neutral format, treats every `account_id` as a company of its own, and prints JSON: the share of words
//! covered and of sentences that cannot be quoted, by year and reason, and how many planted phrases of usual
//! words would pass. Where rows carry `in_random_sample`, only such rows are counted; all rows are learned from.
#![expect(clippy::print_stdout, reason = "the report is the output of this example")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead as _, BufReader};

use domain::record::{Channel, Role};
use domain::{
    Author, Conversation, ConversationId, Language, SourceId, Status, SubjectId, TenantId, Timestamp, Turn,
};
use flate2::read::GzDecoder;
use ingest::privacy::mask::PLACEHOLDERS;
use ingest::privacy::{Contact, DetailHash, LearnedAnswer, Masked, Rules, Sightings, TenantKey, quotable};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Row {
    conversation_id: String,
    #[serde(default)]
    language: String,
    created_at: Timestamp,
    customer: Customer,
    subject: Option<String>,
    #[serde(default)]
    status: Status,
    solution_turn: Option<u32>,
    #[serde(default = "yes")]
    in_random_sample: bool,
    turns: Vec<RowTurn>,
}

#[derive(Deserialize)]
struct Customer {
    account_id: String,
}

#[derive(Deserialize)]
struct RowTurn {
    author: String,
    author_id: Option<String>,
    at: Timestamp,
    text: String,
}

fn yes() -> bool {
    true
}

fn conversation(row: Row, source: SourceId) -> Conversation {
    let author = |name: &str| match name {
        "customer" => Author::Customer,
        "agent" => Author::Agent,
        "bot" => Author::Bot,
        _ => Author::Other,
    };
    let subject_id = SubjectId::derive(source, &row.customer.account_id);
    let turns = row.turns.into_iter().enumerate().map(|(position, turn)| Turn {
        position: position as u32,
        author: author(&turn.author),
        author_id: turn.author_id,
        at: turn.at,
        text: turn.text,
        cites: Vec::new(),
    });
    Conversation {
        id: ConversationId::derive(source, &row.conversation_id),
        external_id: row.conversation_id,
        channel: Channel::Forum,
        language: Language::from_tag(&row.language),
        created_at: row.created_at,
        subject_id: Some(subject_id),
        readers: vec![subject_id],
        subject: row.subject,
        topic: None,
        tags: Vec::new(),
        status: row.status,
        solution_turn: row.solution_turn,
        rating: None,
        weight: if row.in_random_sample { 1.0 } else { 0.0 },
        turns: turns.collect(),
    }
}

fn read(path: &str) -> Result<Vec<Conversation>, Box<dyn std::error::Error>> {
    let source = SourceId::derive(TenantId::derive("measure"), "files", path);
    let file = std::fs::File::open(path)?;
    let lines: Box<dyn std::io::Read> =
        if path.ends_with(".gz") { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    let mut all = BufReader::new(lines)
        .lines()
        .map(|line| Ok(conversation(serde_json::from_str(&line?)?, source)))
        .collect::<Result<Vec<_>, Box<dyn std::error::Error>>>()?;
    all.sort_by_key(|conversation| conversation.created_at);
    Ok(all)
}

type State = HashMap<DetailHash, Sightings>;

fn observe(rules: &Rules, state: &mut State, conversation: &Conversation) {
    let person = conversation.subject_id.map(|subject| subject.to_string()).unwrap_or_default();
    let contact = Contact { role: Role::User, person: &person, companies: &[], email: None };
    let Some(listener) = rules.listener(&contact) else { return };
    for observed in rules.observe(conversation, &[]) {
        for (hash, needed) in observed.seen {
            state.entry(hash).or_insert_with(|| Sightings::new(needed)).tell(observed.at, listener);
        }
    }
}

#[derive(Default)]
struct Tally {
    sentences: usize,
    unquotable: usize,
    words: usize,
    covered: usize,
    by_reason: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// Counts one text as it may be shown when `shared` says what is no secret.
    fn add(&mut self, masked: &Masked, shared: &impl Fn(DetailHash) -> bool) {
        let full = masked.fill(|_| true);
        let filled = masked.fill(shared);
        self.words += words(&full);
        self.covered += words(&full) - words(&filled).min(words(&full));
        for span in sentences(&full) {
            let Some(sentence) = masked.part(span) else { continue };
            self.sentences += 1;
            if quotable(&sentence.fill(shared)) {
                continue;
            }
            self.unquotable += 1;
            let mut reasons: HashSet<&str> = sentence.closed(shared).map(|mark| mark.reason.name()).collect();
            if reasons.is_empty() {
                reasons.insert("placeholder");
            }
            // A sentence that stays closed for one reason alone would be won by giving up that rule.
            if let [only] = reasons.iter().copied().collect::<Vec<_>>().as_slice() {
                *self.by_reason.entry(only_name(only)).or_default() += 1;
            }
            for reason in reasons {
                *self.by_reason.entry(static_name(reason)).or_default() += 1;
            }
        }
    }

    fn report(&self) -> serde_json::Value {
        let share = |part: usize, of: usize| (part as f64 / of.max(1) as f64 * 10_000.0).round() / 10_000.0;
        let reasons: BTreeMap<_, _> =
            self.by_reason.iter().map(|(reason, count)| (*reason, share(*count, self.sentences))).collect();
        json!({
            "sentences": self.sentences,
            "unquotable": share(self.unquotable, self.sentences),
            "words": self.words,
            "words_covered": share(self.covered, self.words),
            "sentences_by_reason": reasons,
        })
    }
}

const REASONS: [(&str, &str); 11] = [
    ("secret", "only_secret"),
    ("number", "only_number"),
    ("code", "only_code"),
    ("compound", "only_compound"),
    ("name", "only_name"),
    ("link", "only_link"),
    ("email", "only_email"),
    ("word", "only_word"),
    ("pair", "only_pair"),
    ("triple", "only_triple"),
    ("placeholder", "only_placeholder"),
];

fn static_name(reason: &str) -> &'static str {
    REASONS.iter().find(|(name, _)| *name == reason).map_or("other", |(name, _)| name)
}

fn only_name(reason: &str) -> &'static str {
    REASONS.iter().find(|(name, _)| *name == reason).map_or("other", |(_, only)| only)
}

fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

fn sentences(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut from = 0;
    for (at, sign) in text.char_indices() {
        let next = text[at + sign.len_utf8()..].chars().next();
        if sign == '\n' || (matches!(sign, '.' | '!' | '?') && next.is_none_or(char::is_whitespace)) {
            out.push(from..at + sign.len_utf8());
            from = at + sign.len_utf8();
        }
    }
    out.push(from..text.len());
    out.retain(|span| words(&text[span.clone()]) >= 3);
    out
}

/// Plants phrases of usual words and counts how many would be shown to somebody else.
fn leaks(rules: &Rules, state: &State, vocabulary: &[String]) -> serde_json::Value {
    let shared = |hash| state.get(&hash).and_then(Sightings::shared_from).is_some();
    let mut seed = 7_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut out = serde_json::Map::new();
    for (name, template) in
        [("said_to_be_secret", "Your unlock word is {}."), ("unsaid", "We agreed on {} for you.")]
    {
        for pool in [2_000, 5_000, vocabulary.len()] {
            for length in [1, 2, 3, 4] {
                let tries = 1_000;
                let passed = (0..tries)
                    .filter(|_| {
                        let phrase: Vec<&str> = (0..length)
                            .map(|_| vocabulary[random(pool.min(vocabulary.len()))].as_str())
                            .collect();
                        let phrase = phrase.join(" ");
                        let text = template.replace("{}", &phrase);
                        rules.mask(&text, Language::ENGLISH, &[]).fill(shared).contains(&phrase)
                    })
                    .count();
                out.insert(format!("{name}, {length} of {pool}"), json!(passed as f64 / f64::from(tries)));
            }
        }
    }
    out.into()
}

/// The words that customers use, most used first: what somebody might make a phrase of.
fn vocabulary(conversations: &[Conversation]) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for conversation in conversations.iter().filter(|conversation| conversation.language == Language::ENGLISH)
    {
        for turn in conversation.turns.iter().filter(|turn| turn.author == Author::Customer) {
            for word in turn.text.split(|sign: char| !sign.is_alphabetic()).filter(|word| word.len() >= 4) {
                *counts.entry(word.to_lowercase()).or_default() += 1;
            }
        }
    }
    let mut words: Vec<(usize, String)> =
        counts.into_iter().filter(|(_, count)| *count >= 3).map(|(word, count)| (count, word)).collect();
    words.sort_by(|one, other| other.cmp(one));
    words.into_iter().map(|(_, word)| word).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: mask_measure THREADS.jsonl[.gz] [OWN_DOMAIN…]")?;
    let rules = Rules::new(TenantKey::new(b"only for measuring"), arguments);
    let conversations = read(&path)?;
    let mut state = State::new();
    let mut learned: Vec<(f64, LearnedAnswer)> = Vec::new();
    for conversation in &conversations {
        observe(&rules, &mut state, conversation);
        if let Some(answer) = rules.learn(conversation, &[]) {
            learned.push((conversation.weight, answer));
        }
    }
    let mut at_end: BTreeMap<String, Tally> = BTreeMap::new();
    let mut at_once: BTreeMap<String, Tally> = BTreeMap::new();
    let mut indexed = [0; 3];
    let mut removed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut questions = Tally::default();
    let mut stored = 0;
    for (_, answer) in learned.iter().filter(|(weight, _)| *weight > 0.0) {
        let year = answer.known_at.to_string()[..4].to_owned();
        let shared_by = |at: Timestamp| {
            let state = &state;
            move |hash| state.get(&hash).and_then(Sightings::shared_from).is_some_and(|from| from <= at)
        };
        at_end.entry(year.clone()).or_default().add(&answer.resolution, &shared_by(Timestamp::OPEN));
        at_once.entry(year).or_default().add(&answer.resolution, &shared_by(answer.known_at));
        questions.add(&answer.question, &shared_by(Timestamp::OPEN));
        for masked in [&answer.question, &answer.resolution] {
            for placeholder in PLACEHOLDERS {
                *removed.entry(placeholder).or_default() += masked.text().matches(placeholder).count();
            }
            indexed[0] += words(&masked.indexed(|_| false));
            indexed[1] += words(&masked.indexed(shared_by(answer.known_at)));
            indexed[2] += words(&masked.fill(|_| true));
            stored += masked.text().len()
                + masked.marks().iter().map(|mark| 12 + 21 * mark.needs.concat().len()).sum::<usize>();
        }
    }
    let report = |tallies: &BTreeMap<String, Tally>| -> BTreeMap<String, serde_json::Value> {
        tallies.iter().map(|(year, tally)| (year.clone(), tally.report())).collect()
    };
    let told: usize = state.values().map(|sightings| sightings.told().count()).sum();
    let shared = state.values().filter(|sightings| sightings.shared_from().is_some()).count();
    let out = json!({
        "conversations": conversations.len(),
        "learned_answers": learned.len(),
        "counted": learned.iter().filter(|(weight, _)| *weight > 0.0).count(),
        "details": { "known": state.len(), "shared": shared, "sightings": told },
        "stored_bytes_per_answer": stored / learned.iter().filter(|(weight, _)| *weight > 0.0).count().max(1),
        "removed_for_good": removed,
        "words": indexed[2],
        "words_covered_in_index": {
            "knowing_nothing": 1.0 - indexed[0] as f64 / f64::from(indexed[2].max(1) as u32),
            "knowing_what_was_shared_then": 1.0 - indexed[1] as f64 / f64::from(indexed[2].max(1) as u32),
        },
        "resolutions_at_the_end": report(&at_end),
        "resolutions_when_learned": report(&at_once),
        "questions_at_the_end": questions.report(),
        "planted_phrases_shown": leaks(&rules, &state, &vocabulary(&conversations)),
    });
    println!("{}", serde_json::to_string_pretty(&out)?);
    Ok(())
}
