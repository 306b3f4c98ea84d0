//! Whatever is thrown at it: a clear error or a documented rule, and nothing stored is lost.

use std::io::Write as _;

use app::ask::Ask;
use identity::{Assurance, Purpose};

use crate::harness::{Bench, open, open_at};

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
async fn empty_files_are_told_one_by_one() {
    let bench = Bench::new().await;
    for name in ["a.md", "b.html", "c.jsonl"] {
        bench.write(name, "");
    }
    bench.write("d.md", "---\ntitle: Nothing else\n---\n");
    let inbox = bench.write("e.jsonl", " \n\n");
    let summary = bench.read(&inbox).await.unwrap();
    assert_eq!((summary.items, summary.documents_new), (0, 0), "{summary:?}");
    let told: Vec<String> = summary.problems.iter().map(ToString::to_string).collect();
    for place in ["a.md: is empty", "b.html: is empty", "c.jsonl: is empty", "d.md: has no text", "e.jsonl"] {
        assert!(told.iter().any(|told| told.starts_with(place)), "{place} in {told:?}");
    }
}

#[tokio::test]
async fn texts_in_every_encoding_and_direction_are_stored_as_they_read() {
    let bench = Bench::new().await;
    let german = "Der Akku lädt über Nacht und hält für die ganze Woche.";
    let latin: Vec<u8> = german.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let utf16: Vec<u8> = "\u{feff}Größe wählen".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let hebrew = "מתי מחזירים את האופניים? עד השעה שמונה בערב.";
    let arabic = "\u{200f}كيف أعيد الدراجة؟ \u{2067}حتى الثامنة\u{2069}";
    bench.write("latin.md", latin);
    bench.write("utf16.md", utf16);
    bench.write("nul.md", "The lamp\0 shines\u{1} green.");
    bench.write("hebrew.md", hebrew);
    bench.write("soup.html", "<p>The <b>brake<p>squeals<div><script>spy()</script></i>&amp; stops</body>");
    let mixed = [
        "{\"id\": \"plain\", \"text\": \"Straße\"}\n".as_bytes(),
        b"{\"id\": \"latin\", \"text\": \"Stra\xdfenbahn f\xe4hrt\"}\n",
        b"{\"id\": \"nul\", \"text\": \"a\0b\\u0000c\"}\n",
    ];
    bench.write("mixed.jsonl", mixed.concat());
    let inbox = bench.write("arabic.md", arabic);
    let summary = bench.read(&inbox).await.unwrap();
    assert_eq!(summary.documents_new, 9, "{summary:?}");
    let bodies = bench.bodies().await;
    for text in [german, "Größe wählen", "The lamp shines green.", hebrew, arabic, "Straße", "abc"] {
        assert!(bodies.iter().any(|body| body == text), "{text} in {bodies:?}");
    }
    assert!(bodies.iter().any(|body| body == "Straßenbahn fährt"), "{bodies:?}");
    let soup = bodies.iter().find(|body| body.contains("brake")).unwrap();
    assert!(soup.contains("squeals") && soup.contains("& stops") && !soup.contains("spy"), "{soup}");
    assert!(bodies.iter().all(|body| !body.contains('\0')));
    for place in ["latin.md", "nul.md", "mixed.jsonl:2", "mixed.jsonl:3"] {
        assert!(summary.problems.iter().any(|problem| problem.place == place), "{place}: {summary:?}");
    }
    let asked = Ask {
        text: "מתי מחזירים את האופניים?".into(),
        person: None,
        assurance: Assurance::Anonymous,
        purpose: Purpose::Draft,
        customer: domain::Applicability::default(),
        as_of: None,
    };
    let answer = bench.app.ask(bench.tenant, &asked).await.unwrap();
    let found: Vec<&str> = answer
        .response
        .evidence
        .iter()
        .flat_map(|e| &e.kept)
        .map(|found| found.chunk.body.as_str())
        .collect();
    let beside = format!("{:?}", answer.response);
    assert!(found.contains(&hebrew) || beside.contains("hebrew"), "{found:?}");
}

#[tokio::test]
async fn an_id_given_twice_counts_where_it_stands_first() {
    let bench = Bench::new().await;
    let row = |text: &str| format!("{{\"id\": \"same\", \"text\": \"{text}\", \"audience\": \"public\"}}\n");
    bench
        .write("a.jsonl", [row("The first text."), row("The second text."), row("The first text.")].concat());
    let inbox = bench.write("b.jsonl", row("The third text."));
    let summary = bench.read(&inbox).await.unwrap();
    assert_eq!((summary.items, summary.documents_new), (1, 1), "{summary:?}");
    let told: Vec<String> = summary.problems.iter().map(ToString::to_string).collect();
    for place in ["a.jsonl:2", "b.jsonl:1"] {
        let line = told.iter().find(|told| told.starts_with(place)).unwrap();
        assert!(line.contains("`a.jsonl:1` already, with other content; that one counts"), "{line}");
    }
    assert!(told.iter().any(|told| told.contains("repeats 1 record")), "{told:?}");
    assert_eq!(bench.bodies().await, ["The first text."]);
    // Nothing is lost: when the first one goes, the other one counts.
    std::fs::remove_file(inbox.join("a.jsonl")).unwrap();
    let summary = bench.read(&inbox).await.unwrap();
    assert_eq!(summary.documents_changed, 1, "{summary:?}");
    assert!(bench.bodies().await.contains(&"The third text.".to_owned()));
}

#[tokio::test]
async fn turns_out_of_order_are_sorted_and_those_of_the_future_wait() {
    let bench = Bench::new().await;
    let talk = |id: &str, first: &str, second: &str| {
        format!(
            "{{\"conversation_id\": \"{id}\", \"customer\": {{\"account_id\": \"a-1\"}}, \"turns\": [\
             {{\"author\": \"agent\", \"at\": \"{first}\", \"text\": \"answer\"}}, \
             {{\"author\": \"customer\", \"at\": \"{second}\", \"text\": \"question\"}}]}}\n"
        )
    };
    let rows = talk("mixed", "2025-05-02T12:00:00Z", "2025-05-01T12:00:00Z")
        + &talk("future", "2025-08-01T12:00:00Z", "2025-07-30T12:00:00Z");
    let inbox = bench.write("talks.jsonl", rows);
    let summary = bench.read(&inbox).await.unwrap();
    assert_eq!(summary.conversations_new, 1, "{summary:?}");
    let told: Vec<String> = summary.problems.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|told| told.starts_with("talks.jsonl:1") && told.contains("sorted")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("talks.jsonl:2") && told.contains("future")), "{told:?}");
    let all = app::Range::ALL;
    let stored = bench.app.store.list_conversations(bench.tenant, all, None, 10).await.unwrap();
    let texts: Vec<&str> = stored[0].turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(texts, ["question", "answer"]);

    let (tenant, folder) = (bench.tenant, bench.folder);
    drop(bench.app);
    let later = open_at(folder.path(), "2025-08-01T12:00:00Z".parse().unwrap()).await.unwrap();
    let summary = later.read_files(tenant, &inbox, false, app::Stop::default(), &|_| {}).await.unwrap();
    assert_eq!(summary.conversations_new, 1, "{summary:?}");
}

/// One unusable line stops neither the others of its page nor the page.
#[tokio::test]
async fn an_endless_id_is_refused_alone() {
    let bench = Bench::new().await;
    let long = "x".repeat(5_000);
    let rows = format!(
        "{{\"id\": \"{long}\", \"text\": \"No.\"}}\n{{\"id\": \"good\", \"text\": \"The bell rings.\"}}\n\
         {{\"conversation_id\": \"{long}\", \"created_at\": \"2025-01-01\", \"turns\": [{{\"text\": \"a\"}}]}}\n\
         {{\"conversation_id\": \"c\", \"created_at\": \"2025-01-01\", \"customer\": {{\"account_id\": \"{long}\", \
         \"email\": \"{long}@mail.test\", \"name\": \"{long}\"}}, \"turns\": [{{\"author\": \"customer\", \"text\": \"a\"}}]}}\n"
    );
    let inbox = bench.write("rows.jsonl", rows);
    let summary = bench.read(&inbox).await.unwrap();
    assert_eq!((summary.documents_new - summary.conversations_new, summary.conversations_new), (1, 1));
    let told: Vec<String> = summary.problems.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|told| told.starts_with("rows.jsonl:1: has an id of 5000 bytes")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("rows.jsonl:3: has an id of 5000 bytes")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("rows.jsonl:4: `account_id` is 5000")), "{told:?}");
    assert!(told.iter().all(|told| told.len() < 500), "{told:?}");
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

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path()).await.unwrap();
    let newer = app.store.claim_newer_schema().await.unwrap();
    drop(app);
    let error = match open(folder.path()).await {
        Ok(_) => panic!("opened"),
        Err(error) => format!("{error:#}"),
    };
    assert!(error.contains(&folder.path().join("data").display().to_string()), "{error}");
    assert!(error.contains(&format!("schema version {newer}")), "{error}");
    assert!(error.contains("use the newer program"), "{error}");
}
