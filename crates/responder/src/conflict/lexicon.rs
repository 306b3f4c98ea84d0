//! What words mean, in English and German: enough to see that two sentences speak of the same thing.
//!
//! A pattern is the beginning of a word; `=` in front makes it the whole word, `~` lets it stand anywhere in a
//! longer one, as in German compounds.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What a text is about: when one names it and the other does not, they speak of different things.
const CORE: &[(&str, &str)] = &[
    (
        "return",
        "=return =returns =returned =returning retour rücksend rückgabe zurückgeb zurücksend zurückgesch zurückschick =zurückgeben =umtausch =exchange =exchanged",
    ),
    ("refund", "refund reimburs erstatt ~erstattung =erstatten rückzahl"),
    (
        "delivery",
        "deliver =ship =ships =shipped =shipping shipment dispatch liefer ~lieferung =geliefert versand ~versand versend verschick =parcel =parcels paket zustell =arrive =arrives",
    ),
    ("warranty", "warrant guarantee garantie ~garantie gewährleist"),
    ("cancel", "cancel kündig ~kündigung storn terminat absag absage =absagst =sagst widerruf"),
    ("test", "=test =tests =testing =testen probefahrt trial =testphase =probezeit =testzeitraum"),
    (
        "charging",
        "=charge =charges =charging =charged =charger recharg =lädt =geladen =aufladen ladezeit ladedauer ladegerät ~ladung",
    ),
    ("reply", "=reply =replies =answer =answers =answered respon antwort beantwort"),
    ("invitation", "invit einlad =eingeladen"),
    ("weighing", "weigh =weight =wiegt =wiegen ~gewicht gewicht =heavy =schwer payload zuladung"),
    ("range", "=range =ranges reichweite =far =reaches"),
    ("speed", "=speed =fast geschwindigkeit ~geschwindigkeit"),
    (
        "keeping",
        "=keep =keeps =kept =retain =retained =retention aufbewahr ~aufbewahrung aufgehoben =store =stored =stores =storage lagern gelagert =lagerung ~lager speicher",
    ),
    ("discount", "discount rabatt ~rabatt nachlass ermässig =reduction"),
    ("prepayment", "=deposit =deposits anzahlung kaution ~kaution"),
    ("instalment", "instalment installment =rate =raten ratenz ratenk"),
    ("excess", "deductible selbstbeteiligung =excess"),
    ("theft", "=theft =stolen diebstahl gestohlen"),
    ("cover", "=insurance insur versicher ~versicherung ~schutz"),
    ("repair", "repair reparatur repar =fix =fixed"),
    ("replacement", "replac =ersetz ersetzt ersetzen austausch =tausch =getauscht =tauschen"),
    ("inspection", "inspect inspektion ~inspektion"),
    (
        "rent",
        "=rent =rents =rented =renting rental renter miet vermiet =ausleihe =leihen verleih =borrow =borrowed =borrowing =loan",
    ),
    ("leasing", "leas"),
    ("start", "=begin =begins =start =starts =beginnt =beginn startet =starten"),
    ("end", "=end =ends =ended =endet expire ablauf =ablaufen =abgelaufen =läuft-ab =shutdown abgeschaltet"),
    ("invoice", "invoice rechnung ~rechnung =bill =bills billing"),
    ("reminder", "reminder mahnung ~mahnung mahngebühr"),
    ("unlocking", "unlock entsperr"),
    ("locking", "=locked =lock-out =gesperrt =sperrt sperrung"),
    ("export", "export"),
    ("import", "import"),
    ("upload", "upload hochlad"),
    ("total", "=total =altogether =insgesamt gesamt =combined"),
    ("download", "download herunterl"),
    ("size", "=size =sizes =grösse =grössen"),
    ("length", "=length =länge"),
    ("width", "=wide =width =breit =breite"),
    ("height", "=tall =height =körpergrösse =höhe =gross =hoch"),
    ("age", "=old =age =aged =alt =alter =lebensjahr mindestalter"),
    ("temperature", "temperat ~temperatur"),
    ("pressure", "=pressure druck ~druck"),
    ("cleaning", "=clean =cleaned =cleaning =wash =washed =washing reinig =putz =putzen =waschen =gewaschen"),
    ("checking", "=check =checks =checked =checking =prüf =prüfen =prüft =geprüft"),
    ("backup", "backup sicherung datensicherung"),
    ("deletion", "delet lösch =gelöscht"),
    ("transfer", "transfer übertrag"),
    ("change", "=change =changes =changed =changing ändern =änderung =geändert =ändert umbuch =rebook"),
    ("combining", "combin kombinier"),
    ("pausing", "=pause =paused =pausing pausier"),
    ("attempt", "attempt =tries versuch ~versuche"),
    ("update", "update aktualis"),
    ("commission", "commission provision"),
    ("interest", "=interest =zins =zinsen"),
    ("participation", "participa teilnehm teilnahme"),
    ("proof", "waterproof wasserdicht wasserfest"),
    ("collection", "=pickup =pick-up abhol =collect =collected"),
    ("recharge", "=topup aufladung"),
    ("accessible", "accessib barrierefrei"),
    ("waiting", "=wait =waiting wartezeit =warten"),
    ("bonus", "=bonus prämie =premium-bonus"),
    ("minimum term", "mindestlaufzeit mindestvertragslaufzeit =commitment"),
    ("order value", "mindestbestellwert bestellwert"),
    ("support", "=support =supports kundendienst kundenservice"),
];

/// What is the same in other words, and may be left unsaid.
const SAME: &[(&str, &str)] = &[
    ("registration", "regist anmeld =anzumelden"),
    ("plane", "=plane =flight =flying flugzeug =flug"),
    ("train", "=train =trains =zug =bahn"),
    (
        "payment",
        "=pay =pays =paid =paying payment zahlung ~zahlung =zahlen =zahlt =zahlst =gezahlt =bezahlen =bezahlt",
    ),
    ("bike", "=bike =bikes bicycle fahrrad =rad =räder =rads =rädern"),
    ("battery", "batter akku ~akku"),
    ("app", "=app =apps =anwendung"),
    ("display", "display anzeige bildschirm =screen"),
    ("account", "=account =accounts =konto =konten benutzerkonto kundenkonto"),
    ("password", "passwor kennwort"),
    ("subscription", "subscri =abo =abos abonnement =vertrag =contract =contracts"),
    ("customer", "custom kund"),
    ("frame", "=frame =frames rahmen"),
    ("tyre", "=tyre =tyres =tire =tires reifen ~reifen"),
    ("brake", "=brake =brakes bremse"),
    ("key", "=key =keys schlüssel ~schlüssel"),
    ("lock", "=lock =locks schloss"),
    ("phone", "=phone =phones telefon ~telefon =hotline =smartphone handy"),
    ("family", "famil"),
    ("mounting", "attach anbring =angebracht montier mount =mounted befestig"),
    ("member", "member mitglied ~mitglied"),
    ("trailer", "trailer anhänger ~anhänger"),
    ("child", "=child children =kids kind =kinder"),
    ("ride", "=ride =rides =trip =trips =fahrt =fahrten"),
    ("recorded", "=recorded =recording aufgezeichnet aufzeichn"),
    ("photo", "=photo =photos =picture =pictures =foto =fotos =bild =bilder"),
    ("damage", "damage schaden =schäden"),
    ("report", "=report =reports meldung =melden"),
    ("tour", "=tour =tours =führung"),
    ("guided", "=guided geführt"),
    ("house", "=home =door =haus =hause"),
    ("motor", "=motor =motors =engine"),
    ("voucher", "voucher gutschein ~gutschein =coupon =coupons"),
    ("gift card", "giftcard geschenkkarte geschenkgutschein"),
    ("store", "=shop =store-front =laden =ladens =geschäft =filiale"),
    ("workshop", "workshop werkstatt"),
    ("user", "=user =users =seat =seats nutzer benutzer"),
    ("device", "device =gerät =geräte =geräten"),
    ("character", "=character =characters =zeichen"),
    ("file", "=file =files datei"),
    ("person", "=person =persons =people personen"),
    ("team", "teammitglied"),
    ("email", "=email =mail e-mail"),
    ("address", "adress anschrift ~adresse"),
    ("message", "message nachricht ~nachricht"),
    ("order", "=order =orders =ordered bestell ~bestellung"),
    ("data", "=data =daten ~daten"),
    ("film", "=video =videos"),
    ("box", "=box =boxes =kiste"),
    ("transport", "transport"),
    ("handlebar", "handlebar lenker"),
    ("rain", "=rain =rains regen"),
    ("winter", "=winter"),
    ("summer", "=summer sommer ~sommer"),
    ("helmet", "helmet =helm =helme"),
    ("tool", "=tool =tools werkzeug"),
    ("chain", "=chain =kette"),
    ("item", "=item =items =product =products artikel produkt =ware =waren"),
    ("accessory", "accessor zubehör"),
    ("licence", "licen lizenz"),
    ("document", "dokument document"),
    ("language", "languag sprach"),
    ("limit", "=limit =limits grenze obergrenze"),
    ("project", "projec projekt"),
    ("appointment", "appointm termin"),
    ("holiday", "=holiday =holidays =vacation urlaub =ferien"),
    ("break", "=break =pausen sommerpause ~pause"),
    ("card", "=card =cards =karte"),
    ("water", "=water wasser"),
    ("group", "=group =groups gruppe"),
    ("fee", "=fee =fees gebühr ~gebühr =surcharge aufpreis zuschlag"),
    ("service", "=service =services ~dienst =dienst"),
    ("class", "=class =classes =kurs =kurse =course =courses"),
];

/// For whom or when something holds. Each belongs to a group; of one group two texts must name the same.
const QUALIFIERS: &[(&str, &str, &str)] = &[
    ("speed", "express", "express ~express =overnight"),
    ("plan", "basic", "=basic =starter"),
    ("plan", "plus", "=plus"),
    ("plan", "pro", "=pro =professional"),
    ("plan", "team", "=team =teams"),
    ("plan", "premium", "=premium"),
    ("plan", "enterprise", "=enterprise"),
    ("region", "at", "austria österreich"),
    ("region", "de", "=germany =german deutschland =inland =domestic"),
    ("region", "ch", "switzerland schweiz"),
    ("region", "dk", "denmark dänemark"),
    ("region", "fr", "=france frankreich"),
    ("region", "nl", "netherlands niederland"),
    ("region", "it", "=italy italien"),
    ("region", "es", "=spain spanien"),
    ("region", "pl", "=poland polen"),
    ("region", "uk", "=uk kingdom britain grossbritannien"),
    ("region", "us", "=usa =us"),
    ("region", "eu", "=eu =europe europa"),
    ("region", "abroad", "=abroad =ausland =international"),
    ("people", "student", "student studier"),
    ("people", "teacher", "teacher lehrer =lehrkräfte"),
    ("people", "company", "=companies =corporate firmenkund geschäftskund"),
    ("people", "club", "=club =clubs verein"),
    ("people", "regular", "stammkund"),
    ("people", "child", "=children =kinder kinderrad"),
    ("order", "first", "=first erste"),
    ("order", "second", "zweite"),
    ("order", "third", "=third dritte"),
    ("size", "large", "=large =big =grosse =grossen =grosser =grosses"),
    ("size", "small", "=small kleine"),
    ("system", "android", "android"),
    ("system", "ios", "=ios iphone ipad"),
    ("system", "windows", "windows"),
    ("system", "mac", "macos"),
    ("system", "watch", "watchos =watch"),
    ("season", "winter", "winterpause =winter =winters"),
    ("state", "used", "gebrauchte =secondhand"),
    ("variant", "xl", "=xl"),
    ("variant", "xs", "=xs"),
    ("variant", "s", "=s"),
    ("variant", "mini", "=mini"),
    ("variant", "max", "=ultra"),
    ("variant", "lite", "=lite"),
    ("side", "front", "=front =vorne =vordere vorderrad"),
    ("side", "rear", "=rear =hinten =hintere hinterrad"),
    ("channel", "chat", "=chat"),
    ("channel", "phone", "=phone =hotline telefon"),
];

/// Words that say nothing of what a sentence is about.
const LIGHT: &str = "take takes took taken need needs needed require requires required requirement last lasts valid \
    within period time get gets receive receives received give gives given make makes made cost costs costing dauert dauer dauern \
    beträgt betragen brauchst brauchen braucht benötigt benötigen nötig erforderlich voraussetzung gilt gelten frist zeitraum innerhalb binnen \
    kostet kosten erhältst erhalten bekommst bekommt berechnen berechnet up least most maximum minimum max min höchstens mindestens maximal \
    minimal wenigstens about approximately circa ca etwa ungefähr please bitte possible möglich available verfügbar may can could might shall \
    must should have has had kannst können kann darf darfst dürfen muss musst müssen soll sollst sollen sollte solltest like want will would \
    just also auch nur only once one ein eine einen einem einer eines use used using uses benutzen nutzen verwenden \
    let us we you our your their they unser unsere unseren dein deine deinen deiner dir dich ihr ihre ihren sie wir uns man \
    pro per each every jede jeder jedes jeden normally price prices preis preise preises kaufpreis kaufpreises usually regular standard normal \
    due fällig erfolgt erfolgen betrag amount happen happens place takes findet statt spätestens latest vorher beforehand ahead valid gültig monthly monatlich yearly jährlich annually annual daily täglich today currently now new neu neue neuen neuer latest later newer older neuere neuer höher mehr weniger more less between zwischen \
    yourself selbst selber case fall lindvale set sets set there ist sind im am um zum zur vom beim bis ab how what which when \
    after before until von nach vor seit for with without mit ohne from since as soon long way lot things thing etc gibt es geht \
    allowed permitted erlaubt gestattet zulässig included includes include enthalten inbegriffen dabei come comes kommt \
    able offer offers bieten bietet hält hold holds halten ~ lässt lassen lange viel viele many much fits fit run runs running läuft laufen \
    setzt voraus geeignet eignet recommended recommend empfohlen empfehlen reach reached reachable erreichst erreichbar erreichen open opens opened geöffnet hat haben besetzt manned \
    do does did done be been being was were are is am werden wird wurde worden geben zahlreich again wieder day days tag tage week weeks month months year years hour hours minute minutes";

/// Where a pattern may stand.
struct Patterns {
    whole: HashMap<&'static str, Vec<Meaning>>,
    beginning: Vec<(&'static str, Meaning)>,
    anywhere: Vec<(&'static str, Meaning)>,
}

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Core(&'static str),
    Same(&'static str),
    Qualifier(&'static str, &'static str),
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let mut patterns = Patterns { whole: HashMap::new(), beginning: Vec::new(), anywhere: Vec::new() };
    let core = CORE.iter().map(|(name, words)| (Meaning::Core(name), *words));
    let same = SAME.iter().map(|(name, words)| (Meaning::Same(name), *words));
    let qualifiers = QUALIFIERS.iter().map(|(group, name, words)| (Meaning::Qualifier(group, name), *words));
    for (meaning, words) in core.chain(same).chain(qualifiers) {
        for word in words.split_whitespace() {
            if let Some(whole) = word.strip_prefix('=') {
                patterns.whole.entry(whole).or_default().push(meaning);
            } else if let Some(part) = word.strip_prefix('~') {
                patterns.anywhere.push((part, meaning));
            } else {
                patterns.beginning.push((word, meaning));
            }
        }
    }
    patterns.beginning.sort_by_key(|(word, _)| *word);
    patterns
});

static IGNORED: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let usual = ["en", "de"].into_iter().flat_map(|code| stop_words::lookup(code).unwrap_or_default());
    usual.map(|word| word.to_lowercase()).chain(LIGHT.split_whitespace().map(str::to_owned)).collect()
});

/// What a word adds to the topic of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Meant {
    /// What it is about: parts marked `!` that two texts must share, and words that they should.
    pub(super) about: Vec<String>,
    /// For whom or when it holds: group and member.
    pub(super) qualifiers: Vec<(&'static str, &'static str)>,
}

/// Reports whether a part of a topic is one that both must name.
pub(super) fn is_core(part: &str) -> bool {
    part.starts_with('!')
}

/// Reports whether a word says nothing of what a sentence is about.
pub(super) fn is_light(word: &str) -> bool {
    word.chars().count() < 2 || IGNORED.contains(word)
}

/// Returns what a word means.
pub(super) fn meant(word: &str) -> Meant {
    let patterns = &*PATTERNS;
    let mut found: Vec<Meaning> = patterns.whole.get(word).cloned().unwrap_or_default();
    if is_light(word) && found.is_empty() {
        return Meant::default();
    }
    // The patterns that are beginnings of the word stand right before the place where it would stand itself.
    let first = word.chars().next().map_or(0, char::len_utf8);
    let from = patterns.beginning.partition_point(|(pattern, _)| *pattern < &word[..first]);
    let until = patterns.beginning.partition_point(|(pattern, _)| *pattern <= word);
    let begins = |(pattern, meaning): &(&'static str, Meaning)| word.starts_with(pattern).then_some(*meaning);
    found.extend(patterns.beginning[from..until].iter().filter_map(begins));
    if word.len() >= 8 {
        let within = |(part, meaning): &(&'static str, Meaning)| {
            word.find(part).filter(|at| *at > 0).map(|_| *meaning)
        };
        found.extend(patterns.anywhere.iter().filter_map(within));
    }
    let mut meant = Meant::default();
    for meaning in found {
        match meaning {
            Meaning::Core(name) => meant.about.push(format!("!{name}")),
            Meaning::Same(name) => meant.about.push(format!("={name}")),
            Meaning::Qualifier(group, name) => meant.qualifiers.push((group, name)),
        }
    }
    meant.about.sort();
    meant.about.dedup();
    if meant.about.is_empty() && meant.qualifiers.is_empty() && !is_light(word) {
        meant.about.push(stem(word));
    }
    meant
}

/// Cuts a word to what its inflected forms share.
fn stem(word: &str) -> String {
    const ENDINGS: [&str; 14] =
        ["ingen", "ungen", "ing", "ung", "ern", "est", "ed", "en", "er", "es", "em", "ly", "e", "s"];
    let long = |rest: &&str| rest.chars().count() >= 4;
    let rest = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending).filter(long)).unwrap_or(word);
    let rest = rest.strip_suffix('n').filter(|rest| rest.chars().count() >= 4).unwrap_or(rest);
    rest.chars().take(7).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_words_and_compounds_mean_the_same() {
        assert_eq!(meant("deliveries"), meant("lieferung"));
        assert_eq!(meant("kündigungsfrist").about, ["!cancel"]);
        assert_eq!(meant("vereinsrabatt").about, ["!discount"]);
        assert_eq!(meant("saddles"), meant("saddle"));
        assert_eq!(meant("iphones").qualifiers, [("system", "ios")]);
        assert!(meant("the").about.is_empty());
    }
}
