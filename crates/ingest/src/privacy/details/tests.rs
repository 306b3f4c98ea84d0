use super::*;

fn key() -> TenantKey {
    TenantKey::new(b"0123456789abcdef")
}

/// Returns what of a text is covered while nothing is shared, with the reasons.
fn covered(text: &str, language: Language) -> Vec<(String, &'static str)> {
    let own = OwnDomains::new(["acme.example".to_owned()]);
    let (key, mut out) = (key(), Vec::new());
    for mark in Finder::new(&key, &own, language).find(text).marks {
        out.push((text[mark.start as usize..mark.end as usize].to_owned(), mark.reason.name()));
    }
    out
}

#[test]
fn finds_details_of_every_kind() {
    for (text, detail, reason) in [
        ("we agreed on zebra-quartz", "zebra-quartz", "compound"),
        ("we agreed on Z-E-B-R-A", "Z-E-B-R-A", "compound"),
        ("we agreed on zebra-quartz-91", "zebra-quartz-91", "code"),
        ("we agreed on tr0ub4dor&3", "tr0ub4dor&3", "code"),
        ("we agreed on zebra.quartz", "zebra.quartz", "link"),
        ("we agreed on qzxkvw", "qzxkvw", "word"),
        ("we agreed on 4711", "4711", "number"),
        ("we agreed on 47 11 08", "47 11 08", "number"),
        ("we agreed on four seven one one", "four seven one one", "code"),
        ("we agreed on purple monkey", "purple monkey", "pair"),
        ("we agreed on purple, monkey, dishwasher", "purple, monkey, dishwasher", "triple"),
        ("ask Katharina about it", "Katharina", "name"),
        ("see https://elsewhere.example/x", "https://elsewhere.example/x", "link"),
        ("see https://acme.example/r/81ab", "https://acme.example/r/81ab", "link"),
        ("write to help@acme.example", "help@acme.example", "email"),
        ("your code word is would", "would", "secret"),
        ("the password is dolphin", "dolphin", "secret"),
    ] {
        let found = covered(text, Language::ENGLISH);
        assert!(found.contains(&(detail.to_owned(), reason)), "{text}: {found:?}");
    }
    let found = covered("Ihr Code ist Zebraquarz", Language::GERMAN);
    assert!(found.contains(&("Zebraquarz".to_owned(), "pair")), "{found:?}");
}

#[test]
fn everyday_sentences_hold_no_detail() {
    for text in [
        "Open Settings → Privacy, then click Save.",
        "You can log in again and close the window.",
        "See https://help.acme.example/kb/clear-data for more.",
        "Then log-in, or use the add-on, in step 2.",
    ] {
        assert_eq!(covered(text, Language::ENGLISH), [], "{text}");
    }
    assert_eq!(covered("Klicken Sie bitte auf Einstellungen und dann auf OK.", Language::GERMAN), []);
}

#[test]
fn a_detail_is_the_same_however_it_is_written() {
    let own = OwnDomains::default();
    let key = key();
    let seen = |text: &str| Finder::new(&key, &own, Language::ENGLISH).find(text).seen();
    assert_eq!(seen("Purple Monkeys"), seen("purple monkey's"));
    assert_eq!(seen("the PIN is AB-12"), seen("the pin is ab-12"));
    assert_ne!(seen("purple monkey"), seen("monkey purple"));
    let other = TenantKey::new(b"fedcba9876543210");
    assert_ne!(seen("qzxkvw"), Finder::new(&other, &own, Language::ENGLISH).find("qzxkvw").seen());
}

#[test]
fn a_document_shows_words_that_are_details_in_another_language() {
    let own = OwnDomains::default();
    let key = key();
    let shown = Finder::new(&key, &own, Language::GERMAN).find_shown("Die Einstellungen");
    let seen = Finder::new(&key, &own, Language::ENGLISH).find("Die Einstellungen");
    let word = seen.marks.iter().find(|mark| mark.reason == Reason::Word).unwrap();
    assert!(word.needs.iter().flatten().all(|hash| shown.contains_key(hash)));
}

#[test]
fn long_texts_take_linear_time() {
    // Each of these would take minutes if some step looked back over all that was before it.
    let own = OwnDomains::default();
    let key = key();
    for piece in ["Aa.", "a-", "10.0.0.1 ", "x@y.example ", "password is a: ", "[…] \"code ", "\u{e9}\u{301}"]
    {
        let text = piece.repeat(200_000 / piece.len());
        let text = super::super::patterns::find(&text, &own).replace_in(&text);
        let found = Finder::new(&key, &own, Language::GERMAN).find(&text);
        let length = text.len();
        assert_eq!(super::super::mask::Masked::new(text, found.marks).text().len(), length);
    }
}
