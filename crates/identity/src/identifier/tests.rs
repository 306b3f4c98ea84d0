use proptest::prelude::*;

use super::*;

fn parse(kind: Kind, raw: &str) -> Result<String, Rejected> {
    Identifier::parse(kind, raw).map(|identifier| identifier.value().to_owned())
}

const PLACEHOLDERS: [&str; 19] = [
    "undefined",
    "null",
    "none",
    "nan",
    "0",
    "-1",
    "anonymous",
    "guest",
    "test",
    "[object Object]",
    "{{user.id}}",
    "{{ user.id }}",
    "user-{{id}}",
    "%USER_ID%",
    "%%user.email%%",
    "<id>",
    "<%= user.id %>",
    "${user.id}",
    "",
];

#[test]
fn placeholders_identify_nobody_whatever_they_stand_for() {
    for raw in PLACEHOLDERS {
        for kind in Kind::ALL {
            assert!(Identifier::parse(kind, raw).is_err(), "{raw} as {}", kind.name());
        }
    }
    assert_eq!(parse(Kind::UserId, "undefined"), Err(Rejected::Placeholder));
    assert_eq!(parse(Kind::UserId, "${user.id}"), Err(Rejected::Template));
    assert_eq!(parse(Kind::UserId, " '' "), Err(Rejected::Empty));
    assert_eq!(parse(Kind::UserId, "ｎｕｌｌ"), Err(Rejected::Placeholder), "wide letters");
    assert_eq!(parse(Kind::UserId, "[object\u{a0} Object]"), Err(Rejected::Placeholder));
    assert_eq!(parse(Kind::UserId, "\u{feff}„None“\u{200b}"), Err(Rejected::Placeholder));
}

#[test]
fn what_only_looks_like_a_placeholder_identifies() {
    for raw in
        ["10", "00", "-12", "nullo", "tester", "guest42", "u%1%", "a<b", "null-7", "{7}", "$7", "Noneman"]
    {
        assert_eq!(parse(Kind::UserId, raw).as_deref(), Ok(raw));
    }
}

#[test]
fn ids_are_trimmed_and_keep_their_case() {
    assert_eq!(parse(Kind::UserId, "\t aB-1 \u{feff}\n").as_deref(), Ok("aB-1"));
    assert_eq!(parse(Kind::UserId, "a\0b"), Err(Rejected::Malformed));
    assert_eq!(parse(Kind::UserId, &"x".repeat(513)), Err(Rejected::Malformed));
    assert_ne!(Identifier::parse(Kind::UserId, "ab"), Identifier::parse(Kind::UserId, "AB"));
    assert_ne!(Identifier::parse(Kind::UserId, "ab"), Identifier::parse(Kind::ContactId, "ab"));
}

#[test]
fn addresses_have_one_form() {
    for raw in [
        "anna@shop.de",
        "  ANNA@Shop.DE ",
        "\"anna@shop.de\"",
        "<anna@shop.de>",
        "Anna Schmidt <Anna@shop.de>",
        "mailto:anna@shop.de",
        "anna@shop.de.",
        "ａｎｎａ@shop.de",
    ] {
        assert_eq!(parse(Kind::Email, raw).as_deref(), Ok("anna@shop.de"), "{raw}");
    }
    for raw in
        ["anna+news@shop.co.uk", "o'neil@shop.de", "j_d.x-1@a-b.museum", "jürgen@müller.de", "x@shop.example"]
    {
        assert_eq!(parse(Kind::Email, raw).as_deref(), Ok(raw));
    }
    // Composed only once it is lower-cased.
    assert_eq!(parse(Kind::Email, "J\u{30c}an@shop.de").as_deref(), Ok("\u{1f0}an@shop.de"));
}

#[test]
fn implausible_addresses_are_refused() {
    for raw in [
        "anna",
        "anna@shop",
        "@shop.de",
        "anna@",
        "anna@@shop.de",
        "anna@shop..de",
        "anna@-shop.de",
        "anna b@shop.de",
        "anna@shop.d",
        "anna@1.2.3.4",
        "[email]",
        "a@b@c.de",
        "anna,bob@shop.de",
        "anna@shop.de, bob@shop.de",
    ] {
        assert_eq!(parse(Kind::Email, raw), Err(Rejected::Malformed), "{raw}");
    }
    assert_eq!(parse(Kind::Email, &format!("{}@shop.de", "x".repeat(65))), Err(Rejected::Malformed));
}

#[test]
fn addresses_of_examples_and_teams_are_nobodys() {
    for raw in ["anna@example.com", "anna@EXAMPLE.org", "anna@mail.example.net"] {
        assert_eq!(parse(Kind::Email, raw), Err(Rejected::ExampleAddress), "{raw}");
    }
    assert!(parse(Kind::Email, "anna@myexample.com").is_ok());
    for raw in [
        "support@shop.de",
        "Info@shop.de",
        "noreply@shop.de",
        "no-reply@shop.de",
        "no_reply+17@shop.de",
        "noreply-orders@shop.de",
        "noreply-anna@shop.de",
        "do.not.reply@shop.de",
        "support2@shop.de",
        "customer-service@shop.de",
        "sales.team@shop.de",
        "support-17@shop.de",
        "MAILER-DAEMON@shop.de",
        "rechnungen@shop.de",
    ] {
        assert_eq!(parse(Kind::Email, raw), Err(Rejected::RoleAddress), "{raw}");
    }
    for raw in ["test@shop.de", "undefined@undefined.com", "null@shop.de", "guest@guest.com"] {
        assert_eq!(parse(Kind::Email, raw), Err(Rejected::Placeholder), "{raw}");
    }
    for raw in [
        "anna.support@shop.de",
        "ines.office@shop.de",
        "supporter@shop.de",
        "mail@schmidt.de",
        "testa@shop.de",
    ] {
        assert!(parse(Kind::Email, raw).is_ok(), "{raw}");
    }
}

#[test]
fn numbers_are_digits_with_a_plus_where_given() {
    for raw in
        ["+49 30 1234567", "0049 (30) 123-4567", "+49 (0)30 1234567", "tel:+49.30.1234567", "＋49 30 1234567"]
    {
        assert_eq!(parse(Kind::Phone, raw).as_deref(), Ok("+49301234567"), "{raw}");
    }
    assert_eq!(parse(Kind::Phone, "(977) 625-2661").as_deref(), Ok("9776252661"));
    assert_eq!(parse(Kind::Phone, "-0049 30 1234567").as_deref(), Ok("+49301234567"));
    for raw in ["12345", "1234567890123456", "+49 30 1234 ext. 5", "none given", "+", "call me 5551234567"] {
        assert_eq!(parse(Kind::Phone, raw), Err(Rejected::Malformed), "{raw}");
    }
    for raw in ["111-1111", "1234567890", "+1 11111111"] {
        assert_eq!(parse(Kind::Phone, raw), Err(Rejected::Placeholder), "{raw}");
    }
}

#[test]
fn keys_name_their_kind() {
    let key: Identifier = "email:Anna@shop.de".parse().unwrap();
    assert_eq!(key.to_string(), "email:anna@shop.de");
    let key: Identifier = "user_id: a:b".parse().unwrap();
    assert_eq!((key.kind(), key.value()), (Kind::UserId, "a:b"));
    assert!(matches!("anna@shop.de".parse::<Identifier>(), Err(KeyError::Kind(_))));
    let error = "user_id:null".parse::<Identifier>().unwrap_err();
    assert_eq!(error.to_string(), "`user_id:null` identifies nobody: the value is a placeholder");
}

#[test]
fn only_long_contact_ids_hold_across_sources() {
    let holds = |kind, raw| Identifier::parse(kind, raw).unwrap().holds_across_sources();
    assert!(!holds(Kind::ContactId, "17"));
    assert!(!holds(Kind::ContactId, "contact-5f3a"));
    assert!(holds(Kind::ContactId, "5ba682d23d7cf92bef87bfd4"));
    assert!(holds(Kind::ContactId, "6f0d77f1-51c1-4a0c-9d1f-2b7a2f6e8b11"));
    assert!(holds(Kind::UserId, "17"));
}

fn case_changed(text: &'static str) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<bool>(), text.chars().count()).prop_map(move |upper| {
        text.chars().zip(upper).map(|(c, up)| if up { c.to_ascii_uppercase() } else { c }).collect()
    })
}

fn wrapped(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let around = || {
        prop::collection::vec(
            prop::sample::select(vec!["\"", "'", "`", "“", "’", " ", "\t", "\n", "\u{a0}", "\u{feff}", "«"]),
            0..4,
        )
    };
    (around(), text, around()).prop_map(|(before, text, after)| before.concat() + &text + &after.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn a_placeholder_in_any_case_quotes_and_blanks_is_refused(
        raw in prop::sample::select(PLACEHOLDERS.to_vec()).prop_flat_map(|text| wrapped(case_changed(text))),
        kind in prop::sample::select(Kind::ALL.to_vec()),
    ) {
        prop_assert!(Identifier::parse(kind, &raw).is_err());
    }

    #[test]
    fn a_template_around_any_name_is_refused(name in "[a-z_][a-z0-9_.]{0,12}", form in 0usize..4) {
        let raw = [format!("{{{{{name}}}}}"), format!("${{{name}}}"), format!("%{name}%"), format!("<{name}>")][form].clone();
        prop_assert_eq!(Identifier::parse(Kind::UserId, &raw), Err(Rejected::Template));
    }

    #[test]
    fn an_ordinary_id_is_accepted_as_it_is(id in "[A-Za-z]{2}[A-Za-z0-9_:|.-]{4,40}") {
        prop_assume!(!["undefined", "anonymous"].contains(&id.to_lowercase().as_str()));
        prop_assert_eq!(parse(Kind::UserId, &id), Ok(id));
    }

    #[test]
    fn an_ordinary_number_is_accepted_as_id(id in 1u64..) {
        prop_assert_eq!(parse(Kind::UserId, &id.to_string()), Ok(id.to_string()));
    }

    #[test]
    fn an_ordinary_address_is_accepted_in_lower_case(
        raw in "[A-Za-z]{3,10}[.][A-Za-z]{3,10}@[A-Za-z]{4,10}[.](de|com|co[.]uk)",
    ) {
        prop_assume!(Identifier::parse(Kind::Email, &raw) != Err(Rejected::RoleAddress));
        prop_assert_eq!(parse(Kind::Email, &raw), Ok(raw.to_lowercase()));
    }

    #[test]
    fn the_normal_form_is_its_own_normal_form(raw in "\\PC{0,30}", kind in prop::sample::select(Kind::ALL.to_vec())) {
        if let Ok(identifier) = Identifier::parse(kind, &raw) {
            prop_assert_eq!(Identifier::parse(kind, identifier.value()), Ok(identifier.clone()));
            prop_assert_eq!(identifier.to_string().parse(), Ok(identifier));
        }
    }

    #[test]
    fn the_normal_form_of_an_address_is_its_own(raw in "[ <\"]{0,2}[A-Za-zÄİßﬁΣ.+]{1,8}@[A-Za-zÄİßΣ]{2,6}[.][A-Za-zİ]{2,4}[ >\".]{0,2}") {
        if let Ok(identifier) = Identifier::parse(Kind::Email, &raw) {
            prop_assert_eq!(Identifier::parse(Kind::Email, identifier.value()), Ok(identifier));
        }
    }

    #[test]
    fn the_normal_form_of_a_number_is_its_own(raw in "(tel:)?[+]?(00)?[0-9()./ -]{5,20}") {
        if let Ok(identifier) = Identifier::parse(Kind::Phone, &raw) {
            prop_assert_eq!(Identifier::parse(Kind::Phone, identifier.value()), Ok(identifier));
        }
    }
}
