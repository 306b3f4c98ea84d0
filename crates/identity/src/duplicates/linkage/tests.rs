use proptest::prelude::*;

use super::*;

/// Returns the pairs found in a table of which only some columns matter.
fn pairs(csv: &str) -> Vec<(String, String)> {
    let found = propose(&Table::parse(csv.as_bytes()).unwrap());
    found.pairs.into_iter().map(|pair| (pair.one, pair.other)).collect()
}

fn reasons(csv: &str) -> Vec<String> {
    let mut found = propose(&Table::parse(csv.as_bytes()).unwrap()).pairs;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0).reasons
}

fn are_paired(header: &str, one: &str, other: &str) -> bool {
    let found = pairs(&format!("record_id,{header}\na,{one}\nb,{other}\n"));
    assert!(found.is_empty() || found == [("a".to_owned(), "b".to_owned())]);
    !found.is_empty()
}

#[test]
fn slips_swaps_and_gaps_do_not_part_a_person() {
    let header = "first_name,surname,dob,city,email";
    for (one, other) in [
        (
            "Olga,Petrova,1984-07-22,Utrecht,o.petrova@mail.test",
            "Olga,Petrova,1984-07-22,Utrecht,o.petrova@mail.test",
        ),
        ("Olga,Petrova,1984-07-22,Utrecht,o.petrova@mail.test", "Petrova,Olga,1984-07-22,Utrecht,"),
        (
            "Olga,Petrova,1984-07-22,Utrecht,o.petrova@mail.test",
            "Oolga,Petrvoa,1984-07-22,,o.petrova@mial.test",
        ),
        ("Olga,Petrova,1984-07-22,Utrecht,o.petrova@mail.test", ",Petrova,1984-07-22,,o.petrova@mail.test"),
        (
            "Jörg,Müller,22.07.1984,Köln,j.mueller@web.test",
            "Joerg,Mueller,1984-07-22,Koeln,j.mueller@web.test",
        ),
        ("Maria,Rossi,1970-01-09,,maria77@mail.test", "Maria,Rossi,1970-09-01,,maria77@mail.test"),
    ] {
        assert!(are_paired(header, one, other), "{one} / {other}");
        assert!(are_paired(header, other, one), "{other} / {one}");
    }
}

#[test]
fn families_namesakes_and_colleagues_are_not_paired() {
    let header = "first_name,surname,dob,city,email,phone,street,house_number,postcode";
    for (one, other) in [
        // Twins, with everything of their parents.
        (
            "Anna,Smit,1990-05-02,Hamburg,smit@home.test,040 1234567,Elbweg,7,22761",
            "Ben,Smit,1990-05-02,Hamburg,smit@home.test,040 1234567,Elbweg,7,22761",
        ),
        // Father and son of one name.
        (
            "Karl,Meyer,1960-03-01,Hamburg,,040 7654321,Baumweg,9,22765",
            "Karl,Meyer,1990-08-11,Hamburg,,040 7654321,Baumweg,9,22765",
        ),
        // One address for the family.
        ("Eva,Kurz,,,family.kurz@mail.test,,,,", "Tim,Kurz,,,family.kurz@mail.test,,,,"),
        // An address behind which a team sits.
        ("Jan,Koch,,,info@firm.test,,,,", "Jan,Koch,,,info@firm.test,,,,"),
        // Namesakes in one town, and with addresses that only their name makes alike.
        ("Peter,Klein,,Bonn,,,,,", "Peter,Klein,,Bonn,,,,,"),
        (
            "Peter,Klein,,Bonn,peter.klein7922@mail.test,,,,",
            "Peter,Klein,,Bonn,peter.klein1604@mail.test,,,,",
        ),
        (
            "Peter,Klein,,Bonn,peter.klein@mail.test,,,,",
            "Peter,Klein,,Bonn,peter.klein@example-works.org,,,,",
        ),
        // Born on one day.
        (",,1984-07-22,Utrecht,,,,,", ",,1984-07-22,Utrecht,,,,,"),
    ] {
        assert!(!are_paired(header, one, other), "{one} / {other}");
    }
}

#[test]
fn reasons_are_words_for_a_person() {
    let header = "record_id,first_name,surname,dob,city,email";
    assert_eq!(
        reasons(&format!(
            "{header}\na,Olga,Petrova,1984-07-22,Utrecht,olga@mail.test\nb,Petrova,Olga,1984-07-23,Delft,olga@mail.test\n"
        )),
        [
            "the same e-mail address",
            "nearly the same birth date",
            "the same name with first and last name swapped",
            "but a different town"
        ]
    );
}

#[test]
fn what_follows_from_other_pairs_is_said_so() {
    // The first and the last share nothing but the year; each is clearly the one between.
    let csv = "record_id,first_name,surname,dob,email,phone\n\
               a,Olga,,1984-07-22,olga.petrova@mail.test,\n\
               b,Olga,Petrova,1984-07-22,olga.petrova@mail.test,0171 5556677\n\
               c,,Petrova,1984-07-22,,0171 5556677\n";
    let found = propose(&Table::parse(csv.as_bytes()).unwrap());
    assert_eq!(found.largest, 3);
    let pair =
        found.pairs.iter().find(|pair| (pair.one.as_str(), pair.other.as_str()) == ("a", "c")).unwrap();
    assert!(pair.reasons.contains(&phrase::THROUGH_OTHERS.to_owned()), "{pair:?}");
}

#[test]
fn a_bridge_does_not_join_two_people() {
    // The one between lacks the surname, so it fits both; the two clearly differ.
    let csv = "record_id,first_name,surname,dob,email,city\n\
               a,Olga,Petrova,1984-07-22,,Utrecht\n\
               b,Olga,,1984-07-22,,Utrecht\n\
               c,Olga,Janssen,1984-07-22,,Utrecht\n";
    assert!(!pairs(csv).contains(&("a".to_owned(), "c".to_owned())));
}

#[test]
fn one_thing_alone_is_not_enough_even_where_duplicates_are_many() {
    let mut csv = "record_id,first_name,surname,dob,email\n".to_owned();
    for number in 0..200 {
        let (given, surname) = (word(number / 2), word(number / 2 + 5000));
        let (year, day) = (1950 + number / 2 % 50, 10 + number / 2 % 18);
        csv.push_str(&format!("r{number},{given},{surname},{year}-03-{day},{given}@{surname}.test\n"));
    }
    csv.push_str(
        "day1,,,1984-07-22,\nday2,,,1984-07-22,\nmail1,,,,olga@petrova.test\nmail2,,,,olga@petrova.test\n",
    );
    let found = pairs(&csv);
    assert_eq!(found.len(), 100);
    assert!(found.iter().all(|(one, other)| one.starts_with('r') && other.starts_with('r')), "{found:?}");
}

#[test]
fn namesakes_whose_addresses_are_their_name_are_not_paired_among_strangers() {
    let mut csv = "record_id,first_name,surname,city,email\n".to_owned();
    for number in 0..300 {
        let (given, surname) = (word(number), word(number + 5000));
        csv.push_str(&format!("r{number},{given},{surname},{given}stad,{given}.{surname}@{given}.test\n"));
    }
    csv.push_str("a,Peter,Klein,Bonn,peter.klein@mail.org\nb,Peter,Klein,Bonn,peter.klein@malwin.org\n");
    assert_eq!(pairs(&csv), []);
    csv.push_str("c,Peter,Klein,Bonn,peter.klein@mail.org\n");
    assert_eq!(pairs(&csv), [("a".to_owned(), "c".to_owned())]);
}

#[test]
fn one_address_at_a_domain_of_many_is_still_one_address() {
    let mut csv = "record_id,first_name,surname,email\n".to_owned();
    for number in 0..300 {
        let (given, surname) = (word(number), word(number + 5000));
        csv.push_str(&format!("r{number},{given},{surname},{given}.{surname}@mail.org\n"));
    }
    csv.push_str("a,Peter,Klein,peter.klein@mail.org\nb,Peter,Klein,p.klein@mail.org\n");
    assert_eq!(pairs(&csv), []);
    csv.push_str("c,Peter,Klein,peter.klein@mail.org\n");
    assert_eq!(pairs(&csv), [("a".to_owned(), "c".to_owned())]);
}

/// A word that nobody else has.
fn word(number: u32) -> String {
    let mut left = (number + 1).wrapping_mul(2_654_435_761);
    std::iter::repeat_with(|| {
        left = left.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        char::from(b'a' + (left >> 16) as u8 % 26)
    })
    .take(8)
    .collect()
}

#[test]
fn many_copies_of_one_record_are_found() {
    let mut csv = "record_id,first_name,surname,dob,email\n".to_owned();
    for number in 0..40 {
        csv.push_str(&format!("copy{number},Olga,Petrova,1984-07-22,olga.petrova@mail.test\n"));
    }
    for number in 0..1000 {
        let (given, surname) = (word(number), word(number + 5000));
        csv.push_str(&format!(
            "r{number},{given},{surname},19{:02}-01-02,{given}@{surname}.test\n",
            number % 90 + 10
        ));
    }
    let found = pairs(&csv);
    assert_eq!(found.len(), 40 * 39 / 2);
    assert!(found.iter().all(|(one, other)| one.starts_with("copy") && other.starts_with("copy")));
}

#[test]
fn a_crowd_with_one_placeholder_costs_no_square_and_is_nobody() {
    let mut csv = "record_id,first_name,surname,dob,email\n".to_owned();
    for number in 0..2000 {
        let (given, surname) = (word(number), word(number + 5000));
        csv.push_str(&format!("r{number},{given},{surname},1900-01-01,nobody@mail.test\n"));
    }
    let table = Table::parse(csv.as_bytes()).unwrap();
    assert!(block::pairs(&Records::read(&table)).len() < 60_000);
    assert_eq!(propose(&table).pairs, []);
}

#[test]
fn nobody_and_somebody_alone_are_nobodys_duplicate() {
    assert_eq!(pairs("record_id,first_name\n"), []);
    assert_eq!(pairs("record_id\na\nb\n"), []);
    assert_eq!(pairs("record_id,first_name,surname\na,Olga,Petrova\n"), []);
}

prop_compose! {
    fn row()(
        given in prop::sample::select(vec!["Olga", "Olgaa", "Petrova", "Ben", ""]),
        surname in prop::sample::select(vec!["Petrova", "Olga", "Petrov", "Smit", ""]),
        dob in prop::sample::select(vec!["1984-07-22", "1984-22-07", "1990-01-01", "no day", ""]),
        email in prop::sample::select(vec!["olga@mail.test", "olga84@mail.test", "olga48@mail.test", "x.mail.test", ""]),
        phone in prop::sample::select(vec!["0171 5556677", "0171 5556678", ""]),
    ) -> [&'static str; 5] {
        [given, surname, dob, email, phone]
    }
}

fn table_of(rows: &[(usize, [&'static str; 5])]) -> Table {
    let mut csv = "record_id,first_name,surname,dob,email,phone\n".to_owned();
    for (number, row) in rows {
        csv.push_str(&format!("r{number:02},{}\n", row.join(",")));
    }
    Table::parse(csv.as_bytes()).unwrap()
}

proptest! {
    #[test]
    fn the_order_of_records_means_nothing_and_what_is_proposed_is_closed(
        rows in prop::collection::vec(row(), 0..14).prop_map(|rows| rows.into_iter().enumerate().collect::<Vec<_>>()),
        turned in 0_usize..14,
    ) {
        let found = propose(&table_of(&rows));
        let mut other_order = rows.clone();
        other_order.rotate_left(turned.min(rows.len()));
        other_order.reverse();
        prop_assert_eq!(&found, &propose(&table_of(&other_order)));
        let pairs: HashSet<(&str, &str)> =
            found.pairs.iter().map(|pair| (pair.one.as_str(), pair.other.as_str())).collect();
        prop_assert_eq!(pairs.len(), found.pairs.len());
        for pair in &found.pairs {
            prop_assert!(pair.one < pair.other);
            prop_assert!((0.9..=1.0).contains(&pair.score), "{:?}", pair);
            prop_assert!(!pair.reasons.is_empty());
        }
        for (a, b) in &pairs {
            for (c, d) in &pairs {
                let follows = b != c || pairs.contains(&(a, d));
                prop_assert!(follows, "{} {} {}", a, b, d);
            }
        }
    }

    #[test]
    fn weighing_is_symmetric(rows in prop::collection::vec(row(), 2..6)) {
        let rows: Vec<_> = rows.into_iter().enumerate().collect();
        let records = Records::read(&table_of(&rows));
        let mut weigher = Weigher::new(&records);
        let (one, other) = (weigher.weigh(0, 1), weigher.weigh(1, 0));
        prop_assert_eq!(one.slots.map(f32::to_bits), other.slots.map(f32::to_bits));
    }

    #[test]
    fn a_name_alone_never_pairs(given in "[A-Z][a-z]{2,9}", surname in "[A-Z][a-z]{2,9}", others in 0_usize..40) {
        let mut csv = format!("record_id,first_name,surname,city,gender\na,{given},{surname},Bonn,f\nb,{given},{surname},Bonn,f\n");
        for number in 0..others {
            csv.push_str(&format!("r{number},Ben{number},Smit{number},Delft,m\n"));
        }
        let table = Table::parse(csv.as_bytes()).unwrap();
        let found = propose(&table).pairs;
        prop_assert!(found.iter().all(|pair| pair.one != "a"), "{:?}", found);
    }
}
