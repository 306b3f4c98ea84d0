//! Measures filtered search at a size: `cargo run --release -p index --example search_bench [chunks] [folder]`.
//!
//! Texts and vectors are made up: words by a Zipf-like law, vectors around topics. A fifth of the chunks is
//! for agents, a fifth for one of 5,000 people, the rest for everybody. Prints one JSON object.

#![expect(clippy::print_stdout, reason = "the result is for whoever runs it")]

use std::path::Path;
use std::time::Instant;

use domain::{
    Applicability, Audience, Chunk, ChunkId, DocumentId, Kind, Language, Place, SourceId, SubjectId,
    TenantId, Timestamp, VersionId,
};
use identity::{Assurance, Identities, Purpose, Reader, Scope};
use index::{Index, Manifest, Op, Query};

const DIMENSIONS: usize = 384;
const TOPICS: u64 = 500;
const PEOPLE: u64 = 5_000;
const WORDS_PER_TEXT: u64 = 70;
const VOCABULARY: f64 = 60_000.0;
const SYLLABLES: [&str; 48] = [
    "ba", "be", "bi", "bo", "da", "de", "di", "du", "fa", "fe", "fi", "ga", "ge", "go", "ha", "he", "ka",
    "ke", "ki", "la", "le", "li", "lo", "ma", "me", "mi", "mo", "na", "ne", "ni", "no", "pa", "pe", "po",
    "ra", "re", "ri", "ro", "sa", "se", "si", "so", "ta", "te", "ti", "to", "va", "zu",
];
const BATCH: u64 = 2_000;
const QUERIES: u64 = 400;

type Anything = Box<dyn std::error::Error>;

/// SplitMix64: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
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

fn op(n: u64, source: SourceId) -> Op {
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

fn scope(n: u64, tenant: TenantId, source: SourceId) -> Result<Scope, Anything> {
    let subjects = (0..2).map(|k| SubjectId::derive(source, &((n * 7 + k) % PEOPLE).to_string()));
    let account = Identities { subjects: subjects.collect(), companies: [].into() };
    let assurance = Assurance::Verified;
    let reader = Reader::Customer { person: None, whole: account.clone(), account, assurance };
    Ok(Scope::live(tenant, vec![reader], Purpose::Auto, Timestamp::from_millis(1_700_000_000_000))?)
}

fn query(n: u64) -> Query {
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

/// Returns the times of all queries in milliseconds, sorted.
async fn time(
    index: &Index,
    tenant: TenantId,
    source: SourceId,
    shape: impl Fn(Query) -> Query,
) -> Result<Vec<f64>, Anything> {
    let mut times = Vec::new();
    for n in 0..QUERIES {
        let (scope, query) = (scope(n, tenant, source)?, shape(query(n)));
        let start = Instant::now();
        let hits = index.search(&scope, &query).await?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if hits.dense.is_empty() && hits.lexical.is_empty() {
            return Err("a search found nothing".into());
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// Returns the share of the nearest chunks that are found when not every vector is looked at.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
async fn recall(index: &Index, tenant: TenantId, source: SourceId) -> Result<f64, Anything> {
    let (mut found, mut there) = (0, 0);
    for n in 0..QUERIES / 4 {
        let scope = scope(n, tenant, source)?;
        let query = Query { text: String::new(), ..query(n) };
        let near = index.search(&scope, &query).await?.dense;
        let nearest = index.search(&scope, &Query { exact: true, ..query }).await?.dense;
        there += nearest.len();
        found += nearest.iter().filter(|hit| near.iter().any(|one| one.chunk == hit.chunk)).count();
    }
    Ok(found as f64 / there as f64)
}

fn summary(times: &[f64]) -> serde_json::Value {
    let at = |share: usize| (times[(times.len() * share / 100).min(times.len() - 1)] * 100.0).round() / 100.0;
    serde_json::json!({ "p50_ms": at(50), "p99_ms": at(99) })
}

fn size(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else {
        return 0;
    };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => allocated(&metadata),
        Err(_) => 0,
    };
    entries.flatten().map(of).sum()
}

/// Returns what a file takes on disk; the engine's files have holes.
#[cfg(unix)]
fn allocated(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn allocated(metadata: &std::fs::Metadata) -> u64 {
    metadata.len()
}

#[tokio::main]
async fn main() -> Result<(), Anything> {
    let mut arguments = std::env::args().skip(1);
    let chunks: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let scratch = tempfile::tempdir()?;
    let folder = arguments.next().map_or_else(|| scratch.path().to_owned(), Into::into);
    let tenant = TenantId::derive("bench");
    let source = SourceId::derive(tenant, "bench", "made up");
    let index = Index::open(&folder, Manifest { model: "made up".into(), dimensions: DIMENSIONS })?;

    let start = Instant::now();
    for from in (0..chunks).step_by(usize::try_from(BATCH)?) {
        let ops = (from..chunks.min(from + BATCH)).map(|n| op(n, source)).collect();
        index.apply(tenant, ops).await?;
    }
    let apply_seconds = start.elapsed().as_secs_f64();
    let unoptimised = time(&index, tenant, source, |query| query).await?;
    let start = Instant::now();
    index.optimise(tenant).await?;
    let optimise_seconds = start.elapsed().as_secs_f64();
    let disk_before_mb = size(&folder) / 1_000_000;

    let first = time(&index, tenant, source, |query| query).await?;
    let both = time(&index, tenant, source, |query| query).await?;
    let dense = time(&index, tenant, source, |query| Query { text: String::new(), ..query }).await?;
    let lexical = time(&index, tenant, source, |query| Query { dense: None, ..query }).await?;
    let exact = time(&index, tenant, source, |query| Query { exact: true, ..query }).await?;
    let exact_dense =
        time(&index, tenant, source, |query| Query { exact: true, text: String::new(), ..query }).await?;
    let recall = recall(&index, tenant, source).await?;

    let start = Instant::now();
    index.shrink(tenant).await?;
    let shrink_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    index.close().await?;
    index.count(tenant).await?;
    let reopen_seconds = start.elapsed().as_secs_f64();
    let result = serde_json::json!({
        "chunks": chunks,
        "apply_seconds": apply_seconds,
        "optimise_seconds": optimise_seconds,
        "shrink_seconds": shrink_seconds,
        "reopen_seconds": reopen_seconds,
        "disk_mb": disk_before_mb,
        "disk_after_shrink_mb": size(&folder) / 1_000_000,
        "before_optimise": summary(&unoptimised),
        "first_run": summary(&first),
        "dense_and_lexical": summary(&both),
        "dense": summary(&dense),
        "lexical": summary(&lexical),
        "exact": summary(&exact),
        "exact_dense": summary(&exact_dense),
        "dense_recall_at_50": recall,
    });
    println!("{result}");
    Ok(())
}
