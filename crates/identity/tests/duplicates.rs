//! Duplicates in the real files: how many are found, and that hardly anything else is.
//!
//! `cargo test --release -p identity --test duplicates -- --nocapture` prints the figures.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which the exemption for tests does not reach")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the figures are what one runs it for")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use flate2::read::GzDecoder;
use identity::duplicates::{Table, propose};
use serde_json::Value;

fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(path)
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Reads who is who: the person of each record.
fn truth(path: &Path) -> BTreeMap<String, String> {
    let table = Table::parse(&unpacked(path)).unwrap();
    table.rows().iter().map(|row| (row.id.clone(), row.values[1].clone())).collect()
}

#[derive(Debug)]
struct Figures {
    precision: f64,
    recall: f64,
    f1: f64,
}

fn measure(set: &str) -> Option<Figures> {
    let file = shared(&format!("profile-duplicates/{set}.csv.gz"))?;
    let truth = truth(&shared(&format!("profile-duplicates/{set}-truth.csv.gz"))?);
    let mut sizes: BTreeMap<&String, usize> = BTreeMap::new();
    for person in truth.values() {
        *sizes.entry(person).or_default() += 1;
    }
    let true_pairs: usize = sizes.values().map(|size| size * (size - 1) / 2).sum();
    let table = Table::parse(&unpacked(&file)).unwrap();
    let start = Instant::now();
    let proposal = propose(&table);
    let seconds = start.elapsed().as_secs_f64();
    let right = proposal.pairs.iter().filter(|pair| truth[&pair.one] == truth[&pair.other]).count();
    let precision = right as f64 / proposal.pairs.len() as f64;
    let recall = right as f64 / true_pairs as f64;
    let f1 = 2.0 * precision * recall / (precision + recall);
    println!(
        "{set:<16} {:>6} records {true_pairs:>6} true pairs {:>6} proposed  precision {precision:.4}  recall {recall:.4}  F1 {f1:.4}  largest {:>2} (true {:>2})  {seconds:.2} s",
        table.rows().len(),
        proposal.pairs.len(),
        proposal.largest,
        sizes.values().max().unwrap(),
    );
    Some(Figures { precision, recall, f1 })
}

#[test]
fn customers_with_typos_swapped_names_and_gaps_are_found() {
    for set in ["customers-1k", "customers-6k-a"] {
        let Some(found) = measure(set) else { return };
        assert!(found.precision >= 0.99 && found.f1 >= 0.88, "{set}: {found:?}");
    }
}

#[test]
fn persons_with_addresses_and_numbers_are_found() {
    for set in ["persons-au-1", "persons-au-3"] {
        let Some(found) = measure(set) else { return };
        assert!(found.precision >= 0.995 && found.f1 >= 0.97, "{set}: {found:?}");
    }
}

/// Many spellings and few other fields: most are left to a person, but what is proposed is right.
#[test]
fn historic_people_are_proposed_with_care() {
    let Some(found) = measure("persons-uk-a") else { return };
    assert!(found.precision >= 0.99 && found.recall >= 0.45, "{found:?}");
}

/// What a file of customers can hold of the shop's: more and less of it, under different headers.
const SHOP_FILES: [&[(&str, &str)]; 5] = [
    &[
        ("record_id", "account_id"),
        ("first_name", "first_name"),
        ("last_name", "last_name"),
        ("email", "email"),
        ("address1", "address/address1"),
        ("address2", "address/address2"),
        ("city", "address/city"),
        ("state", "address/state"),
        ("country", "address/country"),
        ("zip", "address/zip"),
    ],
    &[
        ("record_id", "account_id"),
        ("first_name", "first_name"),
        ("surname", "last_name"),
        ("dob", ""),
        ("city", "address/city"),
        ("email", "email"),
    ],
    &[
        ("record_id", "account_id"),
        ("given_name", "first_name"),
        ("surname", "last_name"),
        ("address_1", "address/address1"),
        ("address_2", "address/address2"),
        ("suburb", "address/city"),
        ("postcode", "address/zip"),
        ("state", "address/state"),
        ("date_of_birth", ""),
        ("soc_sec_id", ""),
    ],
    &[("account_id", "account_id"), ("First Name", "first_name"), ("Last Name", "last_name")],
    &[
        ("id", "account_id"),
        ("firstName", "first_name"),
        ("lastName", "last_name"),
        ("postal code", "address/zip"),
        ("orders", "orders"),
    ],
];

fn csv_of(rows: &[&Value], columns: &[(&str, &str)]) -> Vec<u8> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(columns.iter().map(|(header, _)| header)).unwrap();
    for row in rows {
        let value = |path: &str| match row.pointer(&format!("/{path}")) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        csv.write_record(columns.iter().map(|(_, path)| value(path))).unwrap();
    }
    csv.into_inner().unwrap()
}

#[test]
fn of_five_hundred_different_people_with_shared_names_none_are_paired() {
    let Some(path) = shared("shop-customers/customers.jsonl.gz") else { return };
    let text = String::from_utf8(unpacked(&path)).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut by_name: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for row in &rows {
        by_name.entry(format!("{} {}", row["first_name"], row["last_name"])).or_default().push(row);
    }
    let namesakes: Vec<&Value> = by_name.into_values().filter(|rows| rows.len() > 1).flatten().collect();
    let everybody: Vec<&Value> = rows.iter().collect();
    // Also in small pieces: among few records a shared name looks rarer than it is.
    let pieces = namesakes.chunks(8).chain(namesakes.chunks(50)).chain([&namesakes[..], &everybody[..]]);
    for (piece, columns) in pieces.flat_map(|piece| SHOP_FILES.map(|columns| (piece, columns))) {
        let found = propose(&Table::parse(&csv_of(piece, columns)).unwrap());
        assert_eq!(found.pairs, [], "{columns:?}");
    }
    println!(
        "shop-customers   {:>6} records, {} of them namesakes: no pair in any form",
        rows.len(),
        namesakes.len()
    );
}

/// A file in which nearly nobody stands twice: the likeness of two records is then more often a chance.
#[test]
fn where_duplicates_are_rare_more_is_asked() {
    for (set, least) in [("customers-6k-a", 0.97), ("persons-au-3", 0.99)] {
        let Some(file) = shared(&format!("profile-duplicates/{set}.csv.gz")) else { return };
        let Some(truth) =
            shared(&format!("profile-duplicates/{set}-truth.csv.gz")).map(|path| self::truth(&path))
        else {
            return;
        };
        let table = Table::parse(&unpacked(&file)).unwrap();
        let (mut seen, mut people) = (BTreeSet::new(), 0_usize);
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(table.columns()).unwrap();
        let mut true_pairs = 0_usize;
        for row in table.rows() {
            // The first record of everybody, and the second of every twentieth.
            let first = seen.insert((&truth[&row.id], 1));
            people += usize::from(first);
            let second = !first && people % 20 == 0 && seen.insert((&truth[&row.id], 2));
            true_pairs += usize::from(second);
            if first || second {
                csv.write_record(&row.values).unwrap();
            }
        }
        let found = propose(&Table::parse(&csv.into_inner().unwrap()).unwrap()).pairs;
        let right = found.iter().filter(|pair| truth[&pair.one] == truth[&pair.other]).count();
        println!(
            "{set:<16} one record a person and {true_pairs} doubles: {right} of {} proposed are right",
            found.len()
        );
        assert!(right as f64 >= least * found.len() as f64, "{set}: {right} of {}", found.len());
        assert!(right * 2 >= true_pairs, "{set}: {right} of {true_pairs}");
    }
}
