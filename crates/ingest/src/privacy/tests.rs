//! Canaries: a secret told to one customer never reaches another.

use std::collections::HashMap;

use domain::record::{Channel, Role};
use domain::{
    Author, Conversation, ConversationId, Language, SourceId, Status, SubjectId, TenantId, Timestamp, Turn,
};
use proptest::prelude::*;

use super::*;

/// A tenant's past, with the state that a store would keep.
struct World {
    rules: Rules,
    state: HashMap<DetailHash, Sightings>,
    now: i64,
}

/// Whom an agent writes to.
#[derive(Clone)]
struct Person {
    name: String,
    role: Role,
    email: String,
}

fn user(number: usize) -> Person {
    let name = format!("customer{number}");
    Person { email: format!("{name}@company{number}.example"), name, role: Role::User }
}

const QUESTION: &str = "How do I clear my data? I cannot find the button.";
const ADVICE: &str = "Open Settings → Privacy, click Clear data and confirm with the green button below.";

impl World {
    /// Begins with customers enough who were told nothing but the usual advice.
    fn new() -> Self {
        let rules = Rules::new(TenantKey::new(b"0123456789abcdef"), ["acme.example".to_owned()]);
        let mut world = Self { rules, state: HashMap::new(), now: 1_000_000 };
        for number in 1_000..1_004 {
            world.happens(&user(number), Language::ENGLISH, QUESTION, ADVICE);
        }
        world
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn happens(&mut self, who: &Person, language: Language, question: &str, answer: &str) -> LearnedAnswer {
        self.now += 1_000;
        let source = SourceId::derive(TenantId::derive("t"), "files", "x");
        let subject = SubjectId::derive(source, &who.name);
        let turn = |position: u32, author, text: &str| Turn {
            position,
            author,
            author_id: None,
            at: self.at().plus_millis(i64::from(position)),
            text: text.to_owned(),
            cites: Vec::new(),
        };
        let conversation = Conversation {
            id: ConversationId::derive(source, &self.now.to_string()),
            external_id: self.now.to_string(),
            channel: Channel::Messenger,
            language,
            created_at: self.at(),
            subject_id: Some(subject),
            readers: vec![subject],
            subject: None,
            topic: None,
            tags: Vec::new(),
            status: Status::Solved,
            solution_turn: None,
            rating: None,
            weight: 1.0,
            turns: vec![turn(0, Author::Customer, question), turn(1, Author::Agent, answer)],
        };
        let contact = Contact { role: who.role, person: &who.name, companies: &[], email: Some(&who.email) };
        if let Some(listener) = self.rules.listener(&contact) {
            for observed in self.rules.observe(&conversation, &[]) {
                for (hash, needed) in observed.seen {
                    self.state
                        .entry(hash)
                        .or_insert_with(|| Sightings::new(needed))
                        .tell(observed.at, listener);
                }
            }
        }
        // What this turn told is known before anybody reads anything.
        self.now += 10;
        self.rules.learn(&conversation, &[]).expect("an answer is learned")
    }

    fn publish(&mut self, text: &str, language: Language) {
        self.now += 1_000;
        for (hash, needed) in self.rules.observe_document(text, language) {
            let at = Timestamp::from_millis(self.now);
            self.state.entry(hash).or_insert_with(|| Sightings::new(needed)).show(at);
        }
    }

    fn shared(&self, at: Timestamp) -> impl Fn(DetailHash) -> bool {
        move |hash| self.state.get(&hash).and_then(Sightings::shared_from).is_some_and(|from| from <= at)
    }

    /// Everything of a learned answer that anybody else could ever read now.
    fn readable(&self, learned: &LearnedAnswer) -> String {
        let shared = self.shared(self.at());
        let both = [&learned.question, &learned.resolution];
        let filled = both.map(|masked| masked.fill(&shared));
        let indexed = both.map(|masked| masked.indexed(|_| false));
        filled.into_iter().chain(indexed).collect::<Vec<_>>().join("\n").to_lowercase()
    }
}

#[derive(Debug, Clone)]
struct Canary {
    secret: String,
    said: String,
    language: Language,
}

const PLAIN: &[&str] = &[
    "purple",
    "monkey",
    "dishwasher",
    "zebra",
    "quartz",
    "lantern",
    "pickle",
    "trombone",
    "walrus",
    "velvet",
    "cactus",
    "hammock",
    "glacier",
    "parrot",
    "thimble",
    "noodle",
    "saddle",
    "biscuit",
    "falcon",
    "meadow",
];
const DEUTSCH: &[&str] = &[
    "Sonnenblume",
    "Elefant",
    "Laterne",
    "Gurke",
    "Posaune",
    "Teppich",
    "Kaktus",
    "Gletscher",
    "Papagei",
    "Nudel",
    "Sattel",
    "Keks",
    "Falke",
    "Wiese",
    "Quarz",
];
const ENGLISH_SAYS: &[&str] = &[
    "Your unlock word is {}.",
    "Password: {}",
    "We agreed on {} for the next call.",
    "Just say {} at the door, please.",
    "I have set your password to {} today.",
    "For you I wrote down {} in our files.",
];
const GERMAN_SAYS: &[&str] = &[
    "Ihr Kennwort lautet {}.",
    "Losungswort: {}",
    "Wir haben uns auf {} geeinigt.",
    "Bitte sagen Sie {} an der Tür.",
];

fn pick(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(words)
}

/// Secrets of many shapes.
fn secret() -> impl Strategy<Value = String> {
    let three = || (pick(PLAIN), pick(PLAIN), pick(PLAIN));
    prop_oneof![
        (pick(PLAIN), pick(PLAIN), 10..99u32).prop_map(|(a, b, n)| format!("{a}-{b}-{n}")),
        (pick(PLAIN), pick(PLAIN)).prop_map(|(a, b)| format!("{a}-{b}")),
        (pick(PLAIN), pick(PLAIN)).prop_map(|(a, b)| format!("{a}_{b}")),
        (pick(PLAIN), pick(PLAIN)).prop_map(|(a, b)| format!("{a}{b}")),
        (pick(PLAIN), 10..9_999u32).prop_map(|(a, n)| format!("{a}{n}")),
        three().prop_map(|(a, b, c)| format!("{a} {b} {c}")),
        three().prop_map(|(a, b, c)| format!("{a}, {b}, {c}")),
        three().prop_map(|(a, b, c)| format!("{a}/{b}/{c}")),
        "[0-9]{4,8}",
        "[0-9]{2} [0-9]{2} [0-9]{2}",
        "[A-Z]{2}[0-9]{2}-[A-Z0-9]{4}-[A-Z]{3}[0-9]",
        "[b-df-hj-np-tv-xz]{6,10}",
        "[a-z]{3}[!$%][a-z0-9]{4}",
        prop::collection::vec(pick(&["zero", "one", "two", "four", "seven", "nine"]), 4)
            .prop_map(|words| words.join(" ")),
        "[A-Z]( [A-Z]){4}",
        "https://acme\\.example/reset\\?token=[a-z0-9]{12}",
        "https://acme\\.example/r/[a-z]{4}[0-9]{4}",
        "https://files\\.elsewhere\\.example/[a-z]{8}",
    ]
}

fn german() -> impl Strategy<Value = String> {
    prop_oneof![
        (pick(DEUTSCH), pick(DEUTSCH), 10..99u32).prop_map(|(a, b, n)| format!("{a}-{b}-{n}")),
        (pick(DEUTSCH), pick(DEUTSCH)).prop_map(|(a, b)| format!("{a}{}", b.to_lowercase())),
        (pick(DEUTSCH), pick(DEUTSCH), pick(DEUTSCH)).prop_map(|(a, b, c)| format!("{a} {b} {c}")),
        prop::collection::vec(pick(&["null", "eins", "zwei", "vier", "sieben", "neun"]), 4)
            .prop_map(|words| words.join(" ")),
        "[0-9]{5}",
    ]
}

fn canary() -> impl Strategy<Value = Canary> {
    let english = (secret(), pick(ENGLISH_SAYS)).prop_map(|(secret, says)| (secret, says, Language::ENGLISH));
    let german = (german(), pick(GERMAN_SAYS)).prop_map(|(secret, says)| (secret, says, Language::GERMAN));
    prop_oneof![3 => english, 1 => german].prop_map(|(secret, says, language)| {
        let said = format!("{ADVICE}\n\n{}", says.replace("{}", &secret));
        Canary { secret, said, language }
    })
}

fn leaks(readable: &str, canary: &Canary) -> bool {
    readable.contains(&canary.secret.to_lowercase())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn a_secret_told_to_few_reaches_nobody_else(canary in canary()) {
        let mut world = World::new();
        let told = world.happens(&user(1), canary.language, QUESTION, &canary.said);
        // With the rule switched off the canary is there: the checks below can fail.
        prop_assert!(leaks(&told.resolution.fill(|_| true).to_lowercase(), &canary));
        prop_assert!(!leaks(&world.readable(&told), &canary), "at once: {}", world.readable(&told));

        // Guesses of others, whom agents do not repeat it to, and people who count as nobody.
        let mut guesses = Vec::new();
        for number in 2..30 {
            let guess = format!("Is it {}? I think it is {}.", canary.secret, canary.secret);
            guesses.push(world.happens(&user(number), canary.language, &guess, ADVICE));
        }
        for number in 30..34 {
            let lead = Person { role: Role::Lead, ..user(number) };
            world.happens(&lead, canary.language, QUESTION, &canary.said);
            let colleague = Person { email: format!("{number}@company1.example"), ..user(number) };
            world.happens(&colleague, canary.language, QUESTION, &canary.said);
        }
        world.happens(&user(40), canary.language, QUESTION, &canary.said);
        prop_assert!(!leaks(&world.readable(&told), &canary), "told to two: {}", world.readable(&told));
        for guess in &guesses {
            prop_assert!(!leaks(&world.readable(guess), &canary), "guessed: {}", world.readable(guess));
        }

        // The third unrelated company makes it knowledge, from then on and not before.
        let before = world.at();
        world.happens(&user(41), canary.language, QUESTION, &canary.said);
        prop_assert!(leaks(&world.readable(&told), &canary), "told to three: {}", world.readable(&told));
        let earlier = told.resolution.fill(world.shared(before)).to_lowercase();
        prop_assert!(!leaks(&earlier, &canary), "as of before: {earlier}");
    }

    #[test]
    fn what_a_document_shows_is_no_secret(canary in canary()) {
        let mut world = World::new();
        let told = world.happens(&user(1), canary.language, QUESTION, &canary.said);
        prop_assert!(!leaks(&world.readable(&told), &canary));
        world.publish(&canary.said, canary.language);
        prop_assert!(leaks(&world.readable(&told), &canary), "{}", world.readable(&told));
    }

    #[test]
    fn nothing_makes_the_rules_panic(text in "\\PC{0,200}", words in prop::collection::vec(pick(PLAIN), 0..8)) {
        let world = World::new();
        let text = format!("{text} {} {text}", words.join("\u{a0}"));
        for language in [Language::ENGLISH, Language::GERMAN, Language::UNKNOWN] {
            let masked = world.rules.mask(&text, language, &[]);
            prop_assert!(masked.covered().len() <= masked.text().len() + masked.marks().len() * mask::COVER.len());
        }
    }
}

#[test]
fn the_usual_advice_can_be_quoted_whole() {
    let mut world = World::new();
    let learned = world.happens(&user(1), Language::ENGLISH, QUESTION, ADVICE);
    assert_eq!(learned.resolution.fill(world.shared(world.at())), ADVICE);
    assert!(quotable(ADVICE));
    assert_eq!(learned.question.fill(world.shared(world.at())), QUESTION);
}

#[test]
fn a_secret_covers_its_own_sentence_only() {
    let mut world = World::new();
    let said = format!("{ADVICE} Your unlock word is zebra-quartz-91.");
    let learned = world.happens(&user(1), Language::ENGLISH, QUESTION, &said);
    let filled = learned.resolution.fill(world.shared(world.at()));
    let rest = filled.strip_prefix(ADVICE).unwrap();
    assert!(!rest.contains("zebra") && !quotable(rest), "{rest}");
}
