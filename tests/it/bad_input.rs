//! Whatever is thrown at it: a clear error or a documented rule, and nothing stored is lost.

use std::io::Write as _;

use crate::harness::{Bench, open};

#[tokio::test]
async fn odd_files_are_counted_and_good_ones_are_read() {
    let bench = Bench::new().await;
    bench.write("empty.md", "");
    bench.write(
        "nul.md",
        "---\naudience: public\n---\nThe lamp\0 shines green when the charger is connected.",
    );
    bench.write("rtl.md", "---\naudience: public\n---\nמתי מחזירים את האופניים? עד השעה שמונה בערב.");
    bench.write("latin1.md", b"---\naudience: public\n---\nDer Akku l\xe4dt \xfcber Nacht.".as_slice());
    bench.write("soup.html", "<html><body><p>The <b>brake<p>squeals<div><script>x()</script></body>");
    bench.write(
        "bad.jsonl",
        "{\"id\": 1, \"title\": \"A\", \"text\": \"The bell rings twice.\"}\nnot json\n{\"id\": 2}\n",
    );
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(b"{\"id\": \"z\", \"title\": \"Z\", \"text\": \"The saddle is adjusted with a lever.\"}\n")
        .unwrap();
    let inbox = bench.write("more.jsonl.gz", gz.finish().unwrap());
    let summary = bench.read(&inbox).await.unwrap();
    assert!(summary.documents_new >= 6, "{summary:?}");
    assert!(
        summary.problems.iter().any(|problem| problem.place.contains("bad.jsonl:2")),
        "{:?}",
        summary.problems
    );
}

#[tokio::test]
async fn a_conversation_of_ten_thousand_turns_is_read_whole() {
    let bench = Bench::new().await;
    let turns: Vec<String> = (0..10_000)
        .map(|number| {
            let author = if number % 2 == 0 { "customer" } else { "agent" };
            format!("{{\"author\": \"{author}\", \"at\": \"2025-01-01T{:02}:{:02}:{:02}Z\", \"text\": \"message number {number}\"}}", number / 3600, number / 60 % 60, number % 60)
        })
        .collect();
    let line = format!(
        "{{\"conversation_id\": \"long\", \"created_at\": \"2025-01-01T00:00:00Z\", \"customer\": {{\"account_id\": \"a-1\"}}, \"turns\": [{}]}}\n",
        turns.join(",")
    );
    let inbox = bench.write("long.jsonl", line);
    let summary = bench.read(&inbox).await.unwrap();
    assert_eq!(summary.conversations_new, 1, "{summary:?}");
    assert_eq!(bench.app.store.counts(bench.tenant).await.unwrap().turns, 10_000);
}

#[tokio::test]
async fn a_data_folder_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).await.unwrap());
    let manifest = folder.path().join("data/index/index.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let newer = text.replace("\"schema\":1", "\"schema\":99").replace("\"schema\": 1", "\"schema\": 99");
    assert_ne!(text, newer);
    std::fs::write(&manifest, newer).unwrap();
    let error = match open(folder.path()).await {
        Ok(_) => panic!("opened"),
        Err(error) => format!("{error:#}"),
    };
    assert!(error.contains("99") && error.contains("release"), "{error}");
}
