//! Texts of any size and shape: kept whole, in bounded time and memory.
#![expect(clippy::print_stdout, reason = "a measured test says what it saw")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use index::Query;

use crate::harness::Bench;

/// Tells the child where its article is.
const ARTICLE: &str = "BACKSTORY_LARGE_ARTICLE";
/// How many lines make about fifty megabytes.
const LINES: usize = 500_000;
/// What reading anything may take at most. The article is held as text, as chunks and as rows, and each of its
/// half a million numbers is a detail that past conversations may hold; how much of what was freed the allocator
/// keeps differs from run to run (1.0 to 1.3 GB were seen).
const MOST_MEMORY_KB: u64 = 1_500_000;

#[expect(clippy::disallowed_methods, reason = "the only way to tell a test of a child process anything")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn line(number: usize) -> String {
    format!(
        "Line number-{number:06} tells that the lamp of the bicycle shines green, and that all is well here.\n"
    )
}

/// Returns the most memory that this process ever had, where the system tells.
fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn an_article_of_fifty_megabytes_is_read_whole_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let article = folder.path().join("large.md");
    let mut text = String::from("# Everything\n\n");
    for number in 0..LINES {
        if number % 5_000 == 0 {
            text.push_str(&format!("\n## Part {}\n\n", number / 5_000));
        }
        text.push_str(&line(number));
    }
    assert!(text.len() > 45_000_000, "{}", text.len());
    std::fs::write(&article, text).unwrap();
    // In a process of its own, so that its memory can be measured.
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["large::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(ARTICLE, &article)
        .status()
        .unwrap();
    assert!(child.success(), "{child}");
}

/// Does nothing unless it is run as the child.
#[tokio::test]
async fn child() {
    let Some(article) = told(ARTICLE) else { return };
    let bench = Bench::new().await;
    let begun = Instant::now();
    let summary = bench.read(Path::new(&article)).await.unwrap();
    let (took, peak) = (begun.elapsed(), peak_kb());
    assert_eq!((summary.documents_new, summary.problems.len()), (1, 0), "{summary:?}");
    if let Some(peak) = peak {
        assert!(peak < MOST_MEMORY_KB, "{peak} kB");
    }
    let bodies = bench.bodies().await;
    let numbers: BTreeSet<&str> = bodies
        .iter()
        .flat_map(|body| body.split_whitespace())
        .filter_map(|word| word.strip_prefix("number-"))
        .filter(|number| number.len() == 6)
        .collect();
    assert_eq!(numbers.len(), LINES, "lines are missing");
    bench.assert_index_is_whole().await;
    let chunks = summary.chunks_added;
    println!("read {chunks} chunks in {took:?} with at most {peak:?} kB");
}

/// Returns `text` without what may fall away where it is cut.
fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Reads one article and checks that its chunks hold it without a gap and that none is larger than `most` bytes.
async fn cut(name: &str, text: &str, most: usize) -> Bench {
    let bench = Bench::new().await;
    let inbox = bench.write(name, format!("---\naudience: public\ntitle: T\n---\n{text}"));
    let summary = bench.read(&inbox).await.unwrap();
    assert_eq!((summary.documents_new, summary.problems.len()), (1, 0), "{summary:?}");
    let states = bench.app.store.chunk_states(bench.tenant, None, u32::MAX).await.unwrap();
    let ids: Vec<_> = states.iter().map(|state| state.id).collect();
    let mut chunks = bench.app.store.load_chunks_unscoped_for_maintenance(bench.tenant, &ids).await.unwrap();
    chunks.sort_by_key(|chunk| chunk.position);
    let whole = letters(text);
    let mut covered = 0_usize;
    for chunk in chunks.iter().filter(|chunk| !chunk.body.is_empty()) {
        assert!(chunk.search_text.len() <= most, "{name}: a chunk of {} bytes", chunk.search_text.len());
        let piece = letters(&chunk.body);
        // A piece begins at the latest where those before it end.
        let from = whole.floor_char_boundary(covered.saturating_sub(piece.len()));
        let at = whole[from..].find(&piece).map(|at| from + at).filter(|at| *at <= covered);
        let at = at.unwrap_or_else(|| panic!("{name}: there is a gap at {covered}"));
        covered = covered.max(at + piece.len());
    }
    assert_eq!(covered, whole.len(), "{name}: the end is missing");
    bench.assert_index_is_whole().await;
    bench
}

/// Different at every place, so that no piece of it can be taken for another.
fn noise(length: usize, alphabet: &[char]) -> String {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        alphabet[(state >> 33) as usize % alphabet.len()]
    };
    (0..length).map(|_| next()).collect()
}

#[tokio::test]
async fn one_word_of_a_hundred_thousand_letters_is_cut_and_kept() {
    let alphabet: Vec<char> = ('a'..='z').collect();
    cut("word.md", &noise(100_000, &alphabet), 2_000).await;
}

#[tokio::test]
async fn blocks_of_base64_are_cut_and_kept() {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let text = noise(150_000, &alphabet);
    let lines: Vec<&str> = (0..text.len() / 76).map(|line| &text[line * 76..][..76]).collect();
    cut("lines.md", &format!("The picture:\n\n{}\n\nThe end.", lines.join("\n")), 2_000).await;
    cut("data.md", &format!("Before ![x](data:image/png;base64,{text}) after."), 2_000).await;
}

#[tokio::test]
async fn scripts_without_blanks_are_cut_and_found() {
    let alphabet: Vec<char> = ('\u{4e00}'..='\u{5e00}').collect();
    let text = noise(60_000, &alphabet);
    let bench = cut("chinese.md", &text, 2_000).await;
    let middle: String = text.chars().skip(30_000).take(12).collect();
    let scope = bench.public_scope();
    let query = Query {
        text: middle.clone(),
        language: domain::Language::from_tag("zh"),
        dense: None,
        kinds: Vec::new(),
        applicability: None,
        limit: 3,
        exact: true,
    };
    let hits = bench.app.index.search(&scope, &query).await.unwrap();
    let ids: Vec<_> = hits.lexical.iter().map(|hit| hit.chunk).collect();
    let found = bench.app.store.load_chunks(&scope, &ids).await.unwrap();
    assert!(found.chunks[0].chunk.body.contains(&middle), "{middle}");
}

/// A heading stands in front of every chunk below it and a title in front of all: endless ones are shortened there
/// and kept where they stand.
#[tokio::test]
async fn endless_headings_and_titles_do_not_swell_the_chunks() {
    let alphabet: Vec<char> = ('a'..='z').chain([' ']).collect();
    let endless = noise(50_000, &alphabet);
    let body = noise(50_000, &alphabet);
    cut("heading.md", &format!("# {endless}\n\n{body}"), 3_000).await;
    cut("underlined.md", &format!("{endless}\n---\n\n{body}"), 3_000).await;

    let bench = Bench::new().await;
    let title = format!("{endless} the end");
    let row = serde_json::json!({"id": "a", "title": title, "text": body});
    let inbox = bench.write("row.jsonl", format!("{row}\n"));
    bench.read(&inbox).await.unwrap();
    let bodies = bench.bodies().await;
    assert!(bodies.iter().all(|body| body.len() < 3_000));
    let held: BTreeSet<&str> = bodies.iter().flat_map(|body| body.split_whitespace()).collect();
    let lost: Vec<&str> = title.split_whitespace().filter(|word| !held.contains(word)).collect();
    assert!(lost.is_empty(), "{} words of the title are lost", lost.len());
}

#[tokio::test]
async fn an_endless_example_is_cut_like_any_text() {
    let bench = Bench::new().await;
    let alphabet: Vec<char> = ('a'..='z').chain([' ']).collect();
    let row = serde_json::json!({"id": "a", "text": noise(200_000, &alphabet), "leads_to": ["reset"]});
    let inbox = bench.write("row.jsonl", format!("{row}\n"));
    bench.read(&inbox).await.unwrap();
    let bodies = bench.bodies().await;
    assert!(bodies.len() > 100 && bodies.iter().all(|body| body.len() < 3_000), "{}", bodies.len());
}
