use super::*;

fn replaced(text: &str) -> String {
    find(text, &OwnDomains::new(["acme.example".to_owned()])).replace_in(text)
}

#[test]
fn replaces_what_has_the_shape_of_personal_data() {
    for (text, expected) in [
        ("write to Jo.Doe+x@mail.example.org, please", "write to [email], please"),
        ("jo (at) example.org", "[email]"),
        ("help@acme.example stays", "help@acme.example stays"),
        ("card 4111 1111 1111 1111 was used", "card [card] was used"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [iban] please"),
        ("GB82WEST12345698765432", "[iban]"),
        ("from 203.0.113.7 and 2001:db8::ff00:42:8329.", "from [ip] and [ip]."),
        ("mac 00:1B:44:11:3A:B7", "mac [id]"),
        ("session 123e4567-e89b-12d3-a456-426614174000", "session [id]"),
        ("call me at 555-0142 or +49 (0)30 1234567", "call me at [phone] or [phone]"),
        ("Tel.: 030 / 123 45 67, mobil 0171-2345678", "Tel.: [phone], mobil [phone]"),
        ("(555) 123-4567 / 555-123-4567", "[phone] / [phone]"),
        ("your order number is A-4711/22.", "your order number is [id]."),
        ("Ihre Kundennummer lautet 884422", "Ihre Kundennummer lautet [id]"),
        ("Bestellung #99812 ist unterwegs", "Bestellung #[id] ist unterwegs"),
        ("your refund of 34.90 € is on its way", "your refund of [amount] is on its way"),
        ("wir erstatten Ihnen € 12,50 auf Ihr Konto", "wir erstatten Ihnen [amount] auf Ihr Konto"),
        ("we sent it to 12 Old Mill Road, Springfield, IL 62704", "we sent it to [address]"),
        ("Hauptstraße 12a, 10115 Berlin bitte", "[address] bitte"),
        ("via Garibaldi 7, 20121 Milano", "[address]"),
        ("12 rue de la Paix, 75002 Paris", "[address]"),
    ] {
        assert_eq!(replaced(text), expected);
    }
}

#[test]
fn leaves_what_only_looks_like_it() {
    for text in [
        "card 4111 1111 1111 1112",
        "XY12 ABCD EFGH IJKL MNOP",
        "version 115.3.1.2",
        "127.0.0.1",
        "at 10:30:22",
        "on 03.04.2025",
        "2025-03-01",
        "the order of 3 steps",
        "account settings",
        "IMAP port 993",
        "it costs 10 €",
        "Windows 11",
        "your account 24/7",
    ] {
        assert_eq!(replaced(text), text);
    }
}
