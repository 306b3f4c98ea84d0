//! The part that is only measured: nobody looks at what is missed here while patterns are improved.

use super::dice::Dice;
use super::{Part, Slot, Tongue, check};

pub(super) const PART: Part = Part { name: "held out", items: ITEMS, around: AROUND, value };

const ITEMS: [&[&str]; 2] = [ENGLISH, GERMAN];
const AROUND: [&[&str]; 2] = [ENGLISH_AROUND, GERMAN_AROUND];

const ENGLISH: &[&str] = &[
    "Dear Ms {last},\nwe are sorry that {product} let you down.",
    "Good news, {first}: the fault {code} is gone.",
    "Your request was taken over by {full} in our second line team.",
    "I forwarded the log to Dr. {last}, the owner of the mailbox.",
    "The seat that belonged to {full} has been freed in {product}.",
    "Please ask {full} to accept the invitation under {label}.",
    "A copy went out to {mail} and should arrive shortly.",
    "The second user signs in as {mail}, the first one uses {product}.",
    "We only have the address {mail} for you, is that right?",
    "Feel free to forward the picture of {code} to {mail} directly.",
    "Is {phone} still the best number to call you?",
    "The driver will phone you ({phone}) half an hour before.",
    "Your mobile number {phone} was confirmed through {label}.",
    "You asked for a call back on {phone} after {version} was installed.",
    "I can see purchase {order} in your history, it holds {product}.",
    "Your case ({order}) was closed by mistake and is open again.",
    "For invoice no. {order} we found the payment, {code} can be ignored.",
    "Your customer ID {order} was missing in {product}.",
    "The spare part is on its way to {address}.",
    "You live at {address}, which is outside of our area.",
    "Please confirm that {address} is where {product} should go.",
    "Billing address: {address}.",
    "You will see the money on {iban} within two days.",
    "The mandate names {iban} as the account to be debited for {product}.",
    "Account {iban} was rejected by the bank with {code}.",
    "Is {iban} still the right account?",
    "We tried to charge {card} twice.",
    "The credit card {card} expires before {version} is released.",
    "Please replace {card} under {label}.",
    "A hold was placed on {card} when you ordered {product}.",
    "To confirm who you are: your date of birth is {birthday}, correct?",
    "Since your birthday ({birthday}) was missing, {product} refused the form.",
    "The patient, born {birthday}, was moved to the new plan.",
    "The form lists {birthday} as date of birth, please check it.",
    "Your licence plate {plate} was read wrongly by the gate.",
    "The rental car {plate} is booked in {product} until Sunday.",
    "The fine belongs to the car with registration {plate}.",
    "Please park the vehicle ({plate}) in the second row.",
];

const GERMAN: &[&str] = &[
    "Sehr geehrte Frau {last},\nes tut uns leid, dass {product} Sie im Stich gelassen hat.",
    "Gute Nachrichten, {first}: Der Fehler {code} ist weg.",
    "Ihr Anliegen hat {full} aus unserem zweiten Team übernommen.",
    "Ich habe das Protokoll an Herrn Dr. {last} weitergeleitet, dem das Postfach gehört.",
    "Der Platz von {full} ist in {product} wieder frei.",
    "Bitten Sie {full}, die Einladung unter {label} anzunehmen.",
    "Eine Kopie ging an {mail} und sollte bald da sein.",
    "Der zweite Nutzer meldet sich als {mail} an, der erste verwendet {product}.",
    "Wir haben nur die Adresse {mail} von Ihnen, stimmt sie?",
    "Leiten Sie das Bild von {code} gern direkt an {mail} weiter.",
    "Ist {phone} noch die beste Nummer für Rückrufe?",
    "Der Fahrer ruft Sie ({phone}) eine halbe Stunde vorher an.",
    "Ihre Mobilnummer {phone} wurde über {label} bestätigt.",
    "Sie baten um Rückruf unter {phone}, sobald {version} installiert ist.",
    "Ich sehe den Kauf {order} in Ihrem Verlauf, er enthält {product}.",
    "Ihr Fall ({order}) wurde versehentlich geschlossen und ist wieder offen.",
    "Zur Rechnung Nr. {order} haben wir die Zahlung gefunden, {code} können Sie übergehen.",
    "Ihre Kunden-ID {order} fehlte in {product}.",
    "Das Ersatzteil ist unterwegs zu {address}.",
    "Sie wohnen in {address}, das liegt außerhalb unseres Gebiets.",
    "Bitte bestätigen Sie, dass {product} an {address} gehen soll.",
    "Rechnungsadresse: {address}.",
    "Das Geld sehen Sie in zwei Tagen auf {iban}.",
    "Im Mandat steht {iban} als Konto, von dem {product} abgebucht wird.",
    "Das Konto {iban} wurde von der Bank mit {code} abgelehnt.",
    "Ist {iban} noch das richtige Konto?",
    "Wir haben zweimal versucht, {card} zu belasten.",
    "Die Kreditkarte {card} läuft ab, bevor {version} erscheint.",
    "Bitte ersetzen Sie {card} unter {label}.",
    "Bei der Bestellung von {product} wurde {card} vorgemerkt.",
    "Zur Bestätigung: Ihr Geburtsdatum ist der {birthday}, richtig?",
    "Weil Ihr Geburtstag ({birthday}) fehlte, hat {product} das Formular abgelehnt.",
    "Der Patient, geboren {birthday}, wurde in den neuen Tarif übernommen.",
    "Im Formular steht {birthday} als Geburtsdatum, bitte prüfen Sie das.",
    "Ihr Nummernschild {plate} wurde an der Schranke falsch gelesen.",
    "Der Mietwagen {plate} ist in {product} bis Sonntag gebucht.",
    "Der Bescheid gehört zum Auto mit der Zulassung {plate}.",
    "Bitte stellen Sie den Wagen ({plate}) in die zweite Reihe.",
];

const ENGLISH_AROUND: &[&str] = &[
    "Could you try {step} of the guide once more and press {label}?",
    "{product} shows {code} when {version} is older than the server.",
    "Since {date} the setting is called {label}.",
    "The small plan is {price} per seat, the large one {price}.",
    "Users of {product} get {version} on {date}.",
    "After {step}, {label} appears on the left.",
    "{code} means that {product} cannot reach the server.",
    "We lowered the price from {price} to {price} on {date}.",
    "Your trial of {product} ends soon; after that it costs {price}.",
    "Click {label}, enter the address of the server and skip {step}.",
];

const GERMAN_AROUND: &[&str] = &[
    "Könnten Sie {step} der Anleitung noch einmal versuchen und auf {label} drücken?",
    "{product} meldet {code}, wenn {version} älter ist als der Server.",
    "Seit {date} heißt die Einstellung {label}.",
    "Der kleine Tarif kostet {price} pro Platz, der große {price}.",
    "Nutzer von {product} bekommen {version} am {date}.",
    "Nach {step} erscheint links {label}.",
    "{code} bedeutet, dass {product} den Server nicht erreicht.",
    "Wir haben den Preis am {date} von {price} auf {price} gesenkt.",
    "Ihre Testphase von {product} endet bald, danach kostet es {price}.",
    "Klicken Sie auf {label}, geben Sie den Server ein und überspringen Sie {step}.",
];

const FIRST: [&[&str]; 2] = [
    &[
        "Rosalind", "Declan", "Anjali", "Piotr", "Chidi", "Niamh", "Gareth", "Leila", "Winifred", "Hamish",
        "Xiulan", "Temitope",
    ],
    &[
        "Annegret",
        "Malte",
        "Elif",
        "Günther",
        "Oksana",
        "Korbinian",
        "Edeltraud",
        "Emre",
        "Wilhelmine",
        "Björn",
        "Magdalena",
        "Detlef",
    ],
];
const LAST: [&[&str]; 2] = [
    &[
        "Fairweather",
        "Nwosu",
        "Zielinski",
        "Hargreaves",
        "Krishnan",
        "MacAllister",
        "Söderberg",
        "Nakamura",
        "Thistlewood",
        "de la Cruz",
        "Penhaligon",
        "Villanueva",
    ],
    &[
        "Claussen",
        "Demir",
        "Oberhuber",
        "Ivanova",
        "von Arnsberg",
        "Schröder-Kühn",
        "Nowaczyk",
        "Aydoğan",
        "Haberkorn",
        "Weiß",
        "Kirchgässner",
        "Lenz",
    ],
];
const STREETS: [&[&str]; 2] = [
    &[
        "# Priory Lane, Exeter EX2 5AA",
        "Unit 7, # Canal Street, Manchester M1 3HE",
        "# Birchwood Close, Cardiff CF14 2QT",
        "# Sycamore Boulevard, Austin, TX 78701",
        "# West 23rd Street, Apt 9, New York, NY 10011",
        "# Queens Parade, Fitzroy North VIC 3068",
    ],
    &[
        "Bahnhofstr. #, 04109 Leipzig",
        "Im Winkel #, 79098 Freiburg",
        "Kastanienallee # b, 10435 Berlin",
        "Zum Alten Hafen #, 28217 Bremen",
        "Mariahilfer Straße #, 1060 Wien",
        "Schillerplatz #",
    ],
];
const IBANS: &[(&str, &str)] = &[
    ("DE", "dddddddddddddddddd"),
    ("CH", "ddddddddddddddddd"),
    ("FR", "ddddddddddddddddddddddd"),
    ("BE", "dddddddddddd"),
    ("IT", "Adddddddddddddddddddddd"),
    ("PL", "dddddddddddddddddddddddd"),
];
const PRODUCTS: &[&str] = &[
    "Brightpath Suite",
    "Quillnote",
    "Harborlink Cloud",
    "Vela Planner",
    "Stackmint",
    "Ironleaf Backup",
    "CopperBay POS",
    "Solstice One",
];
const LABELS: [&[&str]; 2] = [
    &[
        "Billing details",
        "Reset password",
        "Notifications",
        "Forget this device",
        "Invite members",
        "Language & region",
        "Import contacts",
        "Dark mode",
    ],
    &[
        "Rechnungsdaten",
        "Passwort zurücksetzen",
        "Benachrichtigungen",
        "Gerät vergessen",
        "Mitglieder einladen",
        "Sprache & Region",
        "Kontakte importieren",
        "Dunkles Design",
    ],
];
const DATES: [&[&str]; 2] = [
    &["21 June 2024", "2024-09-02", "October 1st, 2024", "1/31/2025"],
    &["21. Juni 2024", "02.09.2024", "1. Oktober 2024", "31.1.25"],
];
const PRICES: [&[&str]; 2] =
    [&["€8", "$19.90", "£1,250", "15 EUR"], &["8 €", "19,90 Euro", "1.250 €", "CHF 15"]];
const PLATES: [&[&str]; 2] = [
    &["AAdd AAA", "AAA-dddd", "AA ddd AA", "dd-AAA-d", "AAA ddA"],
    &["S-AA ddd", "DD AA dddd", "GÖ-A ddd", "L-AA ddd", "G dddAA", "BE dddddd"],
];
/// Of the same ten countries, in other ways of writing.
const PHONES: &[&str] = &[
    "0152-dddddddd",
    "+49 89 dddddd-dd",
    "(040) dd dd dd",
    "0676/ddddddd",
    "0043 512 dddddd",
    "079 ddd dd dd",
    "0041 44 ddd dd dd",
    "0117 496 0ddd",
    "07700 900 ddd",
    "+44 (0)161 496 0ddd",
    "646-555-0ddd",
    "1-800-555-0ddd",
    "01.dd.dd.dd.dd",
    "+33 6 dd dd dd dd",
    "91 ddd dd dd",
    "+34 6dd ddd ddd",
    "06 dddd dddd",
    "+39 3dd ddddddd",
    "020-ddddddd",
    "+31 6 dddddddd",
    "22 ddd dd dd",
    "+48 5dd-ddd-ddd",
];
const ORDERS: &[&str] =
    &["dddddd", "INV-dddd-dd", "Addddddd", "dd-ddd-dddd", "#ddddd-A", "AAAdddddd", "ddd.ddd.ddd"];
const VERSIONS: &[&str] = &["v9.1", "128.5.0", "1.0.3-rc1", "10.4", "2025.06"];
const CODES: &[&str] = &["0xC000021A", "AUTH-7731", "F17", "HTTP 429", "NS_ERROR_NET_0071", "2-140-33"];
const MONTHS: [&[&str]; 2] =
    [&["February", "Jul", "September", "October"], &["Februar", "Juli", "Sept.", "Oktober"]];

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
            let number = dice.between(1, 240).to_string();
            dice.pick(STREETS[of]).replace('#', &number)
        }
        Slot::Iban => {
            let (country, shape) = *dice.pick_of(IBANS);
            let bare = check::iban(country, &dice.fill(shape));
            match dice.below(3) {
                0 => bare,
                1 => check::grouped(&bare, 4, ' '),
                _ => check::grouped(&bare, 4, '\u{a0}'),
            }
        }
        Slot::Card => {
            let (start, digits) = *dice.pick_of(&[("4", 16), ("2221", 16), ("6011", 16), ("34", 15)]);
            let bare = check::card(start, digits, dice);
            match (dice.below(3), digits) {
                (0, _) => bare,
                (1, 15) => format!("{} {} {}", &bare[..4], &bare[4..10], &bare[10..]),
                (1, _) => check::grouped(&bare, 4, '.'),
                _ => check::grouped(&bare, 4, ' '),
            }
        }
        Slot::Birthday => {
            let (day, month, year) = (dice.between(1, 28), dice.between(1, 12), dice.between(1938, 2009));
            let name = dice.pick(MONTHS[of]);
            match (dice.below(4), tongue) {
                (0, Tongue::English) => format!("{month}/{day}/{year}"),
                (0, Tongue::German) => format!("{day:02}. {month:02}. {year}"),
                (1, Tongue::English) => format!("{day}th of {name} {year}"),
                (1, Tongue::German) => format!("{day}.{month}.{year}"),
                (2, Tongue::English) => format!("{day:02}-{month:02}-{year}"),
                (2, Tongue::German) => format!("{day:02}/{month:02}/{year}"),
                (_, Tongue::English) => format!("{name} {day} {year}"),
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
        Slot::Step => format!("{} {}", ["step", "Schritt"][of], dice.between(2, 12)),
    }
}

fn mail(of: usize, dice: &mut Dice) -> String {
    let first = dice.pick(FIRST[of]).to_lowercase();
    let year = dice.between(1960, 2004);
    let local = match dice.below(4) {
        0 => format!("{}.{first}", dice.pick(&["a", "m", "dr"])),
        1 => format!("{first}-{}", dice.pick(&["lenz", "cruz", "archer"])),
        2 => format!("{first}.{year}"),
        _ => format!("mail.{first}"),
    };
    let (host, top) =
        *dice.pick_of(&[("web", "de"), ("hotmail", "com"), ("kabel-post", "net"), ("uni.example", "edu")]);
    match dice.below(6) {
        0 | 1 => format!("{local}@{host}.{top}"),
        2 => format!("{local}@ {host}.{top}"),
        3 => format!("{local}(at){host}.{top}"),
        4 => format!("{local} [at] {host} [dot] {top}"),
        _ => format!("{local} {} {host} {} {top}", ["AT", "ät"][of], ["DOT", "punkt"][of]),
    }
}
