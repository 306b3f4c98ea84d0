//! The part that patterns are improved on.

use super::dice::Dice;
use super::{Part, Slot, Tongue, check};

pub(super) const PART: Part = Part { name: "seen", items: ITEMS, around: AROUND, value };

const ITEMS: [&[&str]; 2] = [ENGLISH, GERMAN];
const AROUND: [&[&str]; 2] = [ENGLISH_AROUND, GERMAN_AROUND];

const ENGLISH: &[&str] = &[
    "Hi {first},\nthanks for getting in touch about {product}.",
    "I have just spoken to Mr. {last}, who looks after {product} on our side.",
    "My colleague {full} will call back once version {version} is out.",
    "The licence is registered to {full} and covers {product}.",
    "The account holder is {full}, so only that person can press {label}.",
    "As {full} wrote last week, the message {code} comes back after a restart.",
    "We have sent the confirmation to {mail} a minute ago.",
    "Your colleague can be reached at {mail}, please copy that address in.",
    "I changed the login from your old address to {mail} and released {version} for you.",
    "Please write to {mail} and mention the error {code}.",
    "I tried to ring you on {phone} this morning, without luck.",
    "Our technician will call {phone} before the visit.",
    "We have {phone} as the number on file for you.",
    "Send a text to {phone} as soon as {label} turns green.",
    "Your order {order} left the warehouse, and {product} arrives tomorrow.",
    "I looked up the booking with the reference {order} and see the error {code}.",
    "The ticket number is {order}, please quote it when you ask about version {version}.",
    "Parcel {order} was handed to the carrier together with {product}.",
    "We shipped the replacement to {address} on Monday.",
    "The invoice goes to {address}, as you asked.",
    "Our records show {address} as your home address.",
    "The courier could not find {address} and took {product} back.",
    "The refund went to {iban}, the account you gave us.",
    "Direct debits for {product} are taken from IBAN {iban} from now on.",
    "We could not verify {iban}, please check it for typos.",
    "Payouts are sent to {iban} every Friday.",
    "The charge was made to card {card} by mistake.",
    "Never send us card numbers such as {card} by chat, please.",
    "Your payment with {card} failed with the code {code}.",
    "I removed {card} from the wallet of {product}.",
    "For security we compared your date of birth, {birthday}, with our file.",
    "You were born on {birthday}, so the youth rate of {product} no longer applies.",
    "The birthday in the profile was {birthday}, I have corrected it.",
    "DOB {birthday} was entered under {label}.",
    "The parking permit for your car with the plate {plate} is ready.",
    "I added the vehicle {plate} to {product}.",
    "Registration number {plate} is now linked to the app, version {version}.",
    "The van ({plate}) was charged once, not twice.",
];

const GERMAN: &[&str] = &[
    "Guten Tag Herr {last},\nvielen Dank für Ihre Nachricht zu {product}.",
    "Ich habe eben mit Frau {last} gesprochen, die {product} betreut.",
    "Mein Kollege {full} meldet sich, sobald Version {version} erschienen ist.",
    "Die Lizenz läuft auf den Namen {full} und gilt für {product}.",
    "Vertragsinhaber ist {full}, nur diese Person darf auf {label} klicken.",
    "Wie {full} letzte Woche schrieb, kommt die Meldung {code} nach einem Neustart wieder.",
    "Die Bestätigung haben wir gerade an {mail} geschickt.",
    "Ihre Kollegin erreichen Sie unter {mail}, bitte setzen Sie die Adresse in Kopie.",
    "Ich habe den Login auf {mail} geändert und {version} für Sie freigeschaltet.",
    "Bitte schreiben Sie an {mail} und nennen Sie den Fehler {code}.",
    "Ich habe heute Morgen versucht, Sie unter {phone} zu erreichen.",
    "Unser Techniker ruft vor dem Termin unter {phone} an.",
    "Als Rufnummer haben wir {phone} hinterlegt.",
    "Schicken Sie eine SMS an {phone}, sobald {label} grün wird.",
    "Ihre Bestellung {order} hat das Lager verlassen, {product} kommt morgen an.",
    "Ich habe die Buchung mit der Nummer {order} gefunden und sehe den Fehler {code}.",
    "Ihre Vorgangsnummer lautet {order}, bitte nennen Sie sie bei Fragen zu Version {version}.",
    "Die Sendung {order} wurde zusammen mit {product} übergeben.",
    "Den Ersatz haben wir am Montag an {address} geschickt.",
    "Die Rechnung geht wie gewünscht an {address}.",
    "Als Anschrift ist bei uns {address} gespeichert.",
    "Der Bote hat {address} nicht gefunden und {product} wieder mitgenommen.",
    "Die Erstattung ging auf {iban}, das von Ihnen genannte Konto.",
    "Lastschriften für {product} ziehen wir künftig von der IBAN {iban} ein.",
    "Wir konnten {iban} nicht prüfen, bitte sehen Sie nach Tippfehlern.",
    "Auszahlungen gehen jeden Freitag an {iban}.",
    "Die Karte {card} wurde versehentlich belastet.",
    "Bitte schicken Sie uns nie Kartennummern wie {card} im Chat.",
    "Ihre Zahlung mit {card} brach mit dem Code {code} ab.",
    "Ich habe {card} aus dem Konto von {product} entfernt.",
    "Zur Sicherheit haben wir Ihr Geburtsdatum, {birthday}, verglichen.",
    "Sie sind am {birthday} geboren, der Jugendtarif von {product} gilt also nicht mehr.",
    "Im Profil stand als Geburtstag der {birthday}, das habe ich berichtigt.",
    "Unter {label} war geb. {birthday} eingetragen.",
    "Der Parkausweis für Ihr Auto mit dem Kennzeichen {plate} ist fertig.",
    "Ich habe das Fahrzeug {plate} in {product} angelegt.",
    "Das Kennzeichen {plate} ist jetzt mit der App verbunden, Version {version}.",
    "Der Transporter ({plate}) wurde einmal berechnet, nicht zweimal.",
];

const ENGLISH_AROUND: &[&str] = &[
    "Please open {label} and choose {label} in {product}.",
    "{product} {version} came out on {date} and fixes this.",
    "In {step} the assistant shows {code}; press {label} and wait a minute.",
    "The plan costs {price} a month, and {product} is part of it.",
    "If you see {code} again, install {version} and restart the computer.",
    "You can switch to {product} for {price} at any time.",
    "Go to {label}, then repeat {step} with the cable unplugged.",
    "The update of {date} brings {version} to all users of {product}.",
    "The button {label} is grey until {step} is done.",
    "An upgrade to {product} is {price}, and it includes everything of {version}.",
];

const GERMAN_AROUND: &[&str] = &[
    "Bitte öffnen Sie {label} und wählen Sie in {product} den Punkt {label}.",
    "{product} {version} ist am {date} erschienen und behebt das.",
    "In {step} zeigt der Assistent {code}; drücken Sie {label} und warten Sie eine Minute.",
    "Der Tarif kostet {price} im Monat, und {product} ist enthalten.",
    "Falls {code} noch einmal erscheint, installieren Sie {version} und starten Sie neu.",
    "Sie können jederzeit für {price} zu {product} wechseln.",
    "Gehen Sie zu {label} und wiederholen Sie {step} ohne Kabel.",
    "Das Update vom {date} bringt {version} für alle Nutzer von {product}.",
    "Die Schaltfläche {label} bleibt grau, bis {step} erledigt ist.",
    "Der Wechsel zu {product} kostet {price} und enthält alles aus {version}.",
];

const FIRST: [&[&str]; 2] = [
    &[
        "Harriet",
        "Callum",
        "Priya",
        "Mateusz",
        "Ngozi",
        "Siobhan",
        "Terence",
        "Yusuf",
        "Beatrice",
        "Lachlan",
        "Mei",
        "Oluwaseun",
    ],
    &[
        "Friederike",
        "Torben",
        "Aylin",
        "Jürgen",
        "Svetlana",
        "Benedikt",
        "Hannelore",
        "Mehmet",
        "Lieselotte",
        "Sören",
        "Katharina",
        "Olaf",
    ],
];
const LAST: [&[&str]; 2] = [
    &[
        "Ashworth",
        "Okafor",
        "Kowalczyk",
        "Pemberton",
        "Desai",
        "O'Rourke",
        "Lindqvist",
        "Tanaka",
        "Whitcombe",
        "van der Meer",
        "Abernathy",
        "Castellanos",
    ],
    &[
        "Hinrichsen",
        "Yildirim",
        "Bäumler",
        "Petrow",
        "von Bredow",
        "Schäfer",
        "Kaczmarek",
        "Öztürk",
        "Wagenknecht",
        "Müller-Lüders",
        "Brandstetter",
        "Vogt",
    ],
];
const STREETS: [&[&str]; 2] = [
    &[
        "# Elm Grove, Leeds LS6 2BQ",
        "# Marlborough Road, Bristol BS3 4DN",
        "Flat 3, # Station Terrace, York YO10 5DD",
        "# Maple Avenue, Denver, CO 80203",
        "# Harbor View Drive Apt 4B, Portland, OR 97201",
        "# Rue de Lille, 59000 Roubaix",
    ],
    &[
        "Lindenstraße #, 10969 Berlin",
        "Am Markt #, 50667 Köln",
        "Goetheallee #a, 22765 Hamburg",
        "An der Alten Mühle #, 8010 Graz",
        "Seefeldstrasse #, 8008 Zürich",
        "Rosenweg #",
    ],
];
const IBANS: &[(&str, &str)] = &[
    ("DE", "dddddddddddddddddd"),
    ("AT", "dddddddddddddddd"),
    ("GB", "AAAAdddddddddddddd"),
    ("NL", "AAAAdddddddddd"),
    ("ES", "dddddddddddddddddddd"),
];
const PRODUCTS: &[&str] = &[
    "Fernwerk Studio",
    "Lumora Desk",
    "Tidewell Sync",
    "Nordmail 4",
    "PixelForge",
    "OrbitCRM",
    "Kestrel Hub",
    "Amberline Pro",
];
const LABELS: [&[&str]; 2] = [
    &[
        "Account settings",
        "Sync now",
        "Advanced",
        "Restore defaults",
        "Add printer",
        "Privacy & security",
        "Export as CSV",
        "Two-step login",
    ],
    &[
        "Kontoeinstellungen",
        "Jetzt abgleichen",
        "Erweitert",
        "Standard wiederherstellen",
        "Drucker hinzufügen",
        "Datenschutz",
        "Als CSV ausgeben",
        "Zweistufige Anmeldung",
    ],
];
const DATES: [&[&str]; 2] = [
    &["3 March 2025", "2025-03-14", "May 7th", "12/11/2024"],
    &["3. März 2025", "14.03.2025", "7. Mai", "2024-11-12"],
];
const PRICES: [&[&str]; 2] =
    [&["€12.99", "$49", "£7.50", "129 USD"], &["12,99 €", "49 Euro", "7,50 CHF", "129 €"]];
const PLATES: [&[&str]; 2] = [
    &["AAdd AAA", "AAA dddd", "AA-ddd-AA", "dAAAddd", "dddd AAA"],
    &["B-AA dddd", "M AA ddd", "HH-AA dd", "W-ddddA", "ZH ddd ddd", "KÖ-AA ddd"],
];
/// German, Austrian, Swiss, British, American, French, Spanish, Italian, Dutch, Polish.
const PHONES: &[&str] = &[
    "0171 ddddddd",
    "+49 (0)30 ddd dd dd",
    "030/ddddddd",
    "0664 ddd dd dd",
    "+43 1 ddd dd dd",
    "044 ddd dd dd",
    "+41 79 ddd dd dd",
    "020 7946 0ddd",
    "+44 7700 900ddd",
    "(212) 555-0ddd",
    "+1 415-555-0ddd",
    "06 dd dd dd dd",
    "+33 1 dd dd dd dd",
    "612 ddd ddd",
    "+34 91 ddd dd dd",
    "347 ddd dddd",
    "+39 06 dddd dddd",
    "06-dddddddd",
    "+31 20 ddd dddd",
    "601 ddd ddd",
    "+48 22 ddd dd dd",
];
const ORDERS: &[&str] =
    &["ddddd", "#ddddd", "A-ddddd", "2025-dddd", "AAddddddd", "dddd/dd-d", "#AA-dddd-A", "dddddddddd"];
const VERSIONS: &[&str] = &["v2.4.1", "115.3", "7.0.12", "3.11-beta2", "2024.2"];
const CODES: &[&str] = &["0x80070057", "ERR_CONN_4012", "E-1043", "HTTP 503", "550 5.7.1", "0x8024402C"];
const MONTHS: [&[&str]; 2] = [&["January", "March", "August", "Dec"], &["Januar", "März", "August", "Dez."]];

fn value(slot: Slot, tongue: Tongue, dice: &mut Dice) -> String {
    let of = tongue as usize;
    match slot {
        Slot::First => dice.pick(FIRST[of]).to_owned(),
        Slot::Last => dice.pick(LAST[of]).to_owned(),
        Slot::Full => format!("{} {}", dice.pick(FIRST[of]), dice.pick(LAST[of])),
        Slot::Mail => mail(of, dice),
        Slot::Phone => dice.shape(PHONES),
        Slot::Order => dice.shape(ORDERS),
        Slot::Address => {
            let number = dice.between(2, 180).to_string();
            dice.pick(STREETS[of]).replace('#', &number)
        }
        Slot::Iban => {
            let (country, shape) = *dice.pick_of(IBANS);
            let bare = check::iban(country, &dice.fill(shape));
            match dice.below(3) {
                0 => bare,
                1 => check::grouped(&bare, 4, ' '),
                _ => check::grouped(&bare, 4, '-'),
            }
        }
        Slot::Card => {
            let (start, digits) = *dice.pick_of(&[("4", 16), ("51", 16), ("37", 15)]);
            let bare = check::card(start, digits, dice);
            match dice.below(3) {
                0 => bare,
                1 => check::grouped(&bare, 4, ' '),
                _ => check::grouped(&bare, 4, '-'),
            }
        }
        Slot::Birthday => {
            let (day, month, year) = (dice.between(1, 28), dice.between(1, 12), dice.between(1945, 2006));
            let name = dice.pick(MONTHS[of]);
            match (dice.below(4), tongue) {
                (0, _) => format!("{year}-{month:02}-{day:02}"),
                (1, Tongue::English) => format!("{day:02}/{month:02}/{year}"),
                (1, Tongue::German) => format!("{day:02}.{month:02}.{year}"),
                (2, Tongue::English) => format!("{name} {day}, {year}"),
                (2, Tongue::German) => format!("{day}.{month}.{:02}", year % 100),
                (_, Tongue::English) => format!("{day} {name} {year}"),
                (_, Tongue::German) => format!("{day}. {name} {year}"),
            }
        }
        Slot::Plate => dice.shape(PLATES[of]),
        Slot::Product => dice.pick(PRODUCTS).to_owned(),
        Slot::Version => dice.pick(VERSIONS).to_owned(),
        Slot::Code => dice.pick(CODES).to_owned(),
        Slot::Price => dice.pick(PRICES[of]).to_owned(),
        Slot::Date => dice.pick(DATES[of]).to_owned(),
        Slot::Label => dice.pick(LABELS[of]).to_owned(),
        Slot::Step => format!("{} {}", ["step", "Schritt"][of], dice.between(2, 9)),
    }
}

fn mail(of: usize, dice: &mut Dice) -> String {
    let first = dice.pick(FIRST[of]).to_lowercase();
    let number = dice.between(1, 99);
    let local = match dice.below(4) {
        0 => format!("{first}.{}", dice.pick(&["berg", "hill", "stone", "wald"])),
        1 => format!("{first}{number}"),
        2 => format!("{first}_{}", dice.pick(&["k", "home", "work"])),
        _ => format!("info+{first}"),
    };
    let (host, top) =
        *dice.pick_of(&[("mailbox", "org"), ("posteo", "de"), ("fastpost", "co.uk"), ("gmail", "com")]);
    match dice.below(6) {
        0 | 1 => format!("{local}@{host}.{top}"),
        2 => format!("{local} @ {host}.{top}"),
        3 => format!("{local} (at) {host} (dot) {top}"),
        4 => format!("{local} at {host} dot {}", top.replace('.', " dot ")),
        _ => format!("{local}[at]{host}.{top}"),
    }
}
