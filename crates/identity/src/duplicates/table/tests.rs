use super::*;

fn read(csv: &str) -> Result<Table, TableError> {
    Table::parse(csv.as_bytes())
}

#[test]
fn reads_what_spreadsheets_and_databases_write() {
    for csv in [
        "record_id,name\na,\"Smit, Anna\"\nb,Ben\n".as_bytes(),
        b"\xef\xbb\xbfrecord_id,name\r\na,\"Smit, Anna\"\r\n\r\nb,Ben",
        "record_id;name\na;Smit, Anna\nb;Ben\n".as_bytes(),
        "\n\nrecord_id\tname\na\tSmit, Anna\nb\tBen\n\n".as_bytes(),
        " record_id , name \na,\"Smit, Anna\",too,much\nb,Ben\n".as_bytes(),
    ] {
        let table = Table::parse(csv).unwrap();
        assert_eq!(table.columns(), ["record_id", "name"]);
        let rows: Vec<_> = table.rows().iter().map(|row| (row.id.as_str(), row.values[1].as_str())).collect();
        assert_eq!(rows, [("a", "Smit, Anna"), ("b", "Ben")]);
    }
}

#[test]
fn a_short_row_lacks_its_last_values() {
    let table = read("record_id,name,city\na\nb,Ben\n").unwrap();
    assert_eq!(table.rows()[0].values, ["a", "", ""]);
    assert_eq!(table.rows()[1].values, ["b", "Ben", ""]);
}

#[test]
fn letters_of_western_europe_are_read_without_utf_8() {
    let table = Table::parse(b"id,name\na,J\xf6rg M\xfcller\n").unwrap();
    assert_eq!(table.rows()[0].values[1], "Jörg Müller");
}

#[test]
fn the_best_header_names_the_record() {
    let table = read("user_id,Record ID,name\nu1,a,Anna\n").unwrap();
    assert_eq!((table.id_column(), table.rows()[0].id.as_str()), (1, "a"));
    assert_eq!(read("accountId,name\na,Anna\n").unwrap().id_column(), 0);
}

#[test]
fn what_is_wrong_is_said_with_the_next_step() {
    let said = |csv: &str| read(csv).unwrap_err().to_string();
    assert_eq!(said(""), "the file is empty; the first line has to name the columns");
    assert_eq!(said("\n \n"), "the file is empty; the first line has to name the columns");
    let no_header = said("a,Anna,1984-07-22\nb,Ben,1990-01-01\n");
    assert!(no_header.contains("`record_id`") && no_header.contains("`account_id`"), "{no_header}");
    assert!(no_header.contains("the first line has to name the columns"), "{no_header}");
    assert!(no_header.ends_with("it holds `a`, `Anna`, `1984-07-22`"), "{no_header}");
    assert_eq!(said("id,name\na,Anna\n,Ben\n"), "line 3 has no value in the column `id`");
    assert_eq!(
        said("id,name\na,Anna\nb,Ben\na,Eva\n"),
        "the record id `a` stands in line 2 and again in line 4"
    );
}

#[test]
fn any_bytes_are_read_or_refused() {
    for bytes in [&b"\0\0\0"[..], b"\x1f\x8b\x08", b"\xff\xfei\0d\0", b"id,\"na", b"id\n\"a\nb"] {
        let _ = Table::parse(bytes);
    }
    let wide = Table::parse("x\u{7},".repeat(500).as_bytes()).unwrap_err().to_string();
    assert!(wide.len() < 600 && wide.chars().all(|c| !c.is_control()), "{wide}");
}
