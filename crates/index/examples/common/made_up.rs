//! Texts and vectors that are made up: words by a Zipf-like law, vectors around topics. A fifth of the chunks is
//! for agents, a fifth for one of 5,000 people, the rest for everybody.

use domain::{
    Applicability, Audience, Chunk, ChunkId, DocumentId, Kind, Language, Place, SourceId, SubjectId,
    TenantId, Timestamp, VersionId,
};
use identity::{Assurance, Identities, Purpose, Reader, Scope};
use index::{Op, Query};

pub(crate) const DIMENSIONS: usize = 384;
const TOPICS: u64 = 500;
const PEOPLE: u64 = 5_000;
const WORDS_PER_TEXT: u64 = 70;
const VOCABULARY: f64 = 60_000.0;
const SYLLABLES: [&str; 48] = [
    "ba", "be", "bi", "bo", "da", "de", "di", "du", "fa", "fe", "fi", "ga", "ge", "go", "ha", "he", "ka",
    "ke", "ki", "la", "le", "li", "lo", "ma", "me", "mi", "mo", "na", "ne", "ni", "no", "pa", "pe", "po",
    "ra", "re", "ri", "ro", "sa", "se", "si", "so", "ta", "te", "ti", "to", "va", "zu",
];

pub(crate) type Anything = Box<dyn std::error::Error>;

/// SplitMix64: the same numbers on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number in `0..1`.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns a word of a low rank often and of a high rank seldom, made of syllables like a real one.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks are small and positive"
    )]
    fn word(&mut self) -> String {
        let mut letters = Self(VOCABULARY.powf(self.unit()) as u64);
        let syllables = 2 + letters.next() % 3;
        (0..syllables).map(|_| SYLLABLES[(letters.next() % SYLLABLES.len() as u64) as usize]).collect()
    }

    fn text(&mut self, words: u64) -> String {
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    /// Returns a vector near the middle of a topic.
    #[expect(clippy::cast_possible_truncation, reason = "single precision is what vectors have")]
    fn vector(&mut self, topic: u64) -> Vec<f32> {
        let mut middle = Self(topic.wrapping_mul(0x1234_5678_9abc_def1));
        (0..DIMENSIONS).map(|_| (middle.unit() - 0.5 + (self.unit() - 0.5) * 1.2) as f32).collect()
    }
}

pub(crate) fn op(n: u64, source: SourceId) -> Op {
    let mut random = Random(n);
    let document = DocumentId::derive(source, "article", &n.to_string());
    let version = VersionId::derive(document, b"1");
    let audience = match n % 5 {
        0 => Audience::Internal,
        1 => Audience::Person(SubjectId::derive(source, &(random.next() % PEOPLE).to_string())),
        _ => Audience::Public,
    };
    let text = random.text(WORDS_PER_TEXT / 2 + random.0 % WORDS_PER_TEXT);
    let chunk = Chunk {
        id: ChunkId::derive(version, 0),
        document,
        version,
        position: 0,
        kind: Kind::Article,
        audience,
        applicability: Applicability::default(),
        language: Language::ENGLISH,
        conversation: None,
        valid_from: Timestamp::MIN,
        valid_to: Timestamp::OPEN,
        place: Place::default(),
        search_text: text,
        body: String::new(),
        leads_to: Vec::new(),
    };
    let dense = random.vector(n % TOPICS);
    Op::Upsert { chunk: Box::new(chunk), dense }
}

pub(crate) fn scope(n: u64, tenant: TenantId, source: SourceId) -> Result<Scope, Anything> {
    let subjects = (0..2).map(|k| SubjectId::derive(source, &((n * 7 + k) % PEOPLE).to_string()));
    let account = Identities { subjects: subjects.collect(), companies: [].into() };
    let assurance = Assurance::Verified;
    let reader = Reader::Customer { person: None, whole: account.clone(), account, assurance };
    Ok(Scope::live(tenant, vec![reader], Purpose::Auto, Timestamp::from_millis(1_700_000_000_000))?)
}

pub(crate) fn query(n: u64) -> Query {
    let mut random = Random(n.wrapping_mul(977).wrapping_add(13));
    Query {
        text: random.text(8),
        language: Language::ENGLISH,
        dense: Some(random.vector(n % TOPICS)),
        kinds: Vec::new(),
        applicability: None,
        limit: 50,
        exact: false,
    }
}

/// Returns the median and the 99th percentile of sorted times.
pub(crate) fn summary(times: &[f64]) -> serde_json::Value {
    let at = |share: usize| (times[(times.len() * share / 100).min(times.len() - 1)] * 100.0).round() / 100.0;
    serde_json::json!({ "p50_ms": at(50), "p99_ms": at(99) })
}
