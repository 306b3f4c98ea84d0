//! People who may be one, from what was read in and from a file.

use std::collections::BTreeSet;
use std::io::Write as _;

use app::duplicates;
use identity::duplicates::Reason;

use crate::harness::Bench;

/// A conversation of a customer of its own.
fn conversation(id: &str, customer: &str) -> String {
    format!(
        "{{\"conversation_id\": \"{id}\", \"created_at\": \"2025-01-01T00:00:00Z\", \"customer\": {{\"account_id\": \"{id}\", {customer}}}, \
         \"turns\": [{{\"author\": \"customer\", \"at\": \"2025-01-01T00:00:00Z\", \"text\": \"The bell does not ring.\"}}]}}\n"
    )
}

#[tokio::test]
async fn people_who_were_read_in_are_proposed_and_left_as_they_are() {
    let bench = Bench::new().await;
    let lines = [
        conversation("c1", "\"name\": \"Olga Petrova\", \"phone\": \"+31 6 12345678\""),
        conversation("c2", "\"name\": \"Petrova, Olga\", \"phone\": \"+31 612 345 678\""),
        conversation("c3", "\"name\": \"Olga Petrova\", \"phone\": \"+31 6 87654321\""),
    ];
    let inbox = bench.write("threads.jsonl", lines.concat());
    bench.read(&inbox).await.unwrap();
    let (places, settings) = (&bench.app.places, &bench.app.settings);
    let found = duplicates::in_store(places, settings, "default").await.unwrap();
    let reasons: Vec<_> = found.iter().map(|pair| &pair.reasons).collect();
    assert_eq!(reasons, [&BTreeSet::from([Reason::SamePhone, Reason::SameName, Reason::DifferentUserIds])]);
    assert_eq!(bench.app.store.list_links(bench.tenant).await.unwrap().len(), 3);
    let error = duplicates::in_store(places, settings, "other").await.unwrap_err().to_string();
    assert_eq!(error, "there is no tenant `other`; known are: `default`");
}

#[tokio::test]
async fn a_packed_file_is_read_like_a_plain_one() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "record_id,name,birth date,e-mail\n\
               a,Olga Petrova,1984-07-22,olga@petrova.test\n\
               b,\"Petrova, Olga\",22.07.1984,olga@petrova.test\n\
               c,Olga Petrova,1961-02-03,o.petrova@other.test\n";
    let (plain, packed) = (folder.path().join("people.csv"), folder.path().join("people.csv.gz"));
    std::fs::write(&plain, csv).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(csv.as_bytes()).unwrap();
    let bytes = gz.finish().unwrap();
    std::fs::write(&packed, &bytes).unwrap();
    let found = duplicates::in_file(&plain).unwrap();
    let pairs: Vec<_> = found.pairs.iter().map(|pair| (pair.one.as_str(), pair.other.as_str())).collect();
    assert_eq!(pairs, [("a", "b")]);
    assert_eq!(duplicates::in_file(&packed).unwrap(), found);
    std::fs::write(&packed, &bytes[..bytes.len() / 2]).unwrap();
    let error = duplicates::in_file(&packed).unwrap_err().to_string();
    assert!(error.ends_with("people.csv.gz` cannot be read"), "{error}");
}
