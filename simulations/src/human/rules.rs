//! The patterns by which replies are labelled.

use std::sync::OnceLock;

use domain::Language;
use regex::{Regex, RegexBuilder};

use crate::words::Content;

/// The patterns of one language.
pub(super) struct Rules {
    did: Vec<Regex>,
    looked_up: Vec<Regex>,
    escalated: Vec<Regex>,
    courtesy: Vec<Regex>,
}

/// What the patterns found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) did: bool,
    pub(super) looked_up: bool,
    pub(super) escalated: bool,
}

/// A courtesy of more content words than this says something else too.
const LONGEST_COURTESY: usize = 10;

impl Rules {
    fn new(did: &[&str], looked_up: &[&str], escalated: &[&str], courtesy: &[&str]) -> Self {
        Self {
            did: compile(did),
            looked_up: compile(looked_up),
            escalated: compile(escalated),
            courtesy: compile(courtesy),
        }
    }

    /// Looks for the patterns sentence by sentence, so that "I have reset" and "your" must stand together.
    pub(super) fn read(&self, text: &str) -> Found {
        let any = |patterns: &[Regex]| {
            sentences(text).any(|sentence| patterns.iter().any(|pattern| pattern.is_match(sentence)))
        };
        Found { did: any(&self.did), looked_up: any(&self.looked_up), escalated: any(&self.escalated) }
    }

    /// Reports whether every sentence of a text is a courtesy, or one word that neither asks nor says yes or no.
    pub(super) fn is_courtesy(&self, text: &str, language: Language) -> bool {
        text.split_inclusive(['.', '!', '?', '\n', ';']).all(|sentence| {
            let words = Content::read(sentence, language).weights.len();
            let means_something = sentence.trim_end().ends_with('?') || is_yes_or_no(sentence);
            let is_courtesy = || self.courtesy.iter().any(|pattern| pattern.is_match(sentence));
            (words <= 1 && !means_something) || (words <= LONGEST_COURTESY && is_courtesy())
        })
    }
}

/// Reports whether a sentence begins as an answer to a yes-or-no question.
fn is_yes_or_no(sentence: &str) -> bool {
    let first =
        sentence.split(|c: char| !c.is_alphabetic()).find(|word| !word.is_empty()).unwrap_or_default();
    ["yes", "no", "nope", "yep", "ja", "nein", "doch"].iter().any(|word| first.eq_ignore_ascii_case(word))
}

fn compile(patterns: &[&str]) -> Vec<Regex> {
    let build = |pattern: &&str| {
        RegexBuilder::new(pattern).case_insensitive(true).build().expect("the patterns are fixed and valid")
    };
    patterns.iter().map(build).collect()
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['.', '!', '?', '\n', ';']).map(str::trim).filter(|sentence| !sentence.is_empty())
}

const ENGLISH_DID: &[&str] = &[
    r"^(?:ok(?:ay)?,? |it'?s |that'?s )?(?:all |now )?(?:done|taken care of)(?: (?:for you|now))?$",
    r"\b(?:i|we)(?:'ve|’ve| have)?(?: (?:just|now|also|already|gone ahead and|manually|successfully))* (?:refunded|cancell?ed|updated|reset|changed|credited|resent|re-sent|extended|enabled|disabled|unlocked|merged|deleted|removed|added|processed|issued|booked|shipped|activated|deactivated|upgraded|downgraded|switched|reactivated|transferred|applied|waived|corrected|adjusted|arranged|ordered|scheduled|registered|submitted|placed|verified|confirmed)\b.*\b(?:you|your|the (?:account|order|subscription|refund|invoice|payment|booking|licen[cs]e|credit|address|amount|charge|replacement|return))\b",
    r"\byour (?:[\w-]+ ){0,3}(?:has|have) (?:now |just |already |been |successfully )*been (?:\w+ly )?(?:refunded|cancell?ed|updated|reset|changed|credited|resent|extended|enabled|disabled|unlocked|merged|deleted|removed|processed|issued|booked|activated|deactivated|upgraded|downgraded|applied|waived|corrected|placed|scheduled|verified|confirmed)\b",
    r"\b(?:i|we)(?:'ve|’ve| have)?(?: just| now)? (?:sent|e-?mailed|mailed) (?:you|it to you|out|the|a|your)\b.*\b(?:refund|replacement|invoice|reset link|password|label|voucher|code|confirmation|receipt|you)\b",
    r"\b(?:i(?:'ll| will| am going to)|let me) (?:go ahead and )?(?:refund|cancel|reset|credit|issue|process|book|ship|unlock|reactivate|place) (?:this|that|it|you|your|a|the|an)\b",
];
const ENGLISH_LOOKED_UP: &[&str] = &[
    r"\b(?:i|we)(?:'ve|’ve| have| just| can| could| do)* (?:checked|looked (?:at|into|up)|look(?:ing)? (?:at|into|up)|see|reviewed|pulled up|located|found)\b.*\byour (?:[\w-]+ ){0,2}(?:account|order|subscription|payment|invoice|booking|transaction|profile|delivery|shipment|balance|plan|case|ticket|request|membership|reservation|logs?)\b",
    r"\b(?:according to|based on) (?:our|your) (?:records|system|account|order|file)\b",
    r"\byour (?:[\w#-]+ ){0,4}(?:is (?:currently|now|still|on its way|out for delivery|scheduled|due|active|inactive|expired|suspended)|was (?:shipped|delivered|charged|cancelled|placed|declined|received|last)|(?:has |have )?(?:shipped|arrived)|will (?:arrive|be delivered)|balance is|expires on|renews on)\b",
    r"\byour (?:tracking|order|booking|reference|case|customer|member|licen[cs]e) (?:number|id|code|key) (?:is|was)\b",
    r"\b(?:i|we)(?: can| do)? see (?:here )?(?:that )?(?:you|your)\b.*\b(?:order|account|subscription|payment|plan|paid|purchased|signed up|charged|logged in|placed|registered)\b",
];
const ENGLISH_ESCALATED: &[&str] = &[
    r"\b(?:escalat(?:e|ed|ing)|forward(?:ed|ing)|pass(?:ed|ing)|hand(?:ed|ing)|transferr?(?:ed|ing)|rais(?:ed|ing)|report(?:ed|ing))\b.{0,40}\b(?:this|it|you|your|that|case|issue|ticket|report|details|conversation|chat)\b.{0,60}\b(?:to|on|over|with)\b.{0,40}\b(?:team|department|colleagues?|specialists?|engineers?|developers?|manager|supervisor|tier|level|support|billing|sales|finance)\b",
    r"\b(?:i(?:'ll| will|'m going to| am going to|'m| am)|we(?:'ll| will|'re| are)|let me) (?:escalat|forward|pass|transfer|hand|rais|check with|ask|consult|connect you|put you through)\w*\b.{0,60}\b(?:team|department|colleagues?|specialists?|engineers?|developers?|manager|supervisor|agent|support|billing|sales|finance|someone)\b",
    r"\b(?:team|department|colleague|specialist|engineers?|developers?|manager|someone|representative)\b.{0,30}\bwill (?:be in touch|contact|get back|reach out|follow up|call|look into|investigate|review|take over)\b",
    r"\b(?:i(?:'ve| have)|we(?:'ve| have)) (?:opened|created|filed|logged|raised) (?:a|an|the|your) (?:\w+ ){0,2}(?:ticket|case|bug|issue|request)\b",
];
const ENGLISH_COURTESY: &[&str] = &[
    r"\b(?:thank you|thanks|thx|cheers)\b",
    r"\b(?:you(?:'re|’re| are)(?: very| most)? welcome|no problem|no worries|my pleasure|anytime|glad|happy|great|good|nice) (?:to (?:hear|help|know)|that|it|i could|you|news)?\b",
    r"\b(?:you(?:'re|’re| are)(?: very| most)? welcome|my pleasure|no problem|no worries|anytime)\b",
    r"\b(?:i|we)(?:'ll|’ll| will| am going to|'m going to) (?:look into|check|investigate|get back|be back|let you know|be with you|take a look|have a look|find out|see what)\b",
    r"\b(?:let me (?:check|look|see|take a look|have a look|find out)|one moment|just a (?:moment|second|minute)|bear with me|hold on|please wait)\b",
    r"\b(?:sorry|apologi[sz]e|apologies) (?:for|to hear|about|that)\b",
    r"\b(?:anything else|any (?:other|further|more) questions|have a (?:great|good|nice|lovely|wonderful)|take care|goodbye|bye|how (?:can|may) i help|what can i (?:do|help))\b",
    r"\b(?:received your (?:message|request|mail|e-?mail)|keep (?:us|me) posted|let (?:us|me) know (?:how|if|whether))\b",
];

const GERMAN_DONE: &str = r"(?:erstattet|zurückerstattet|storniert|zurückgesetzt|geändert|freigeschaltet|gelöscht|verlängert|gutgeschrieben|aktiviert|deaktiviert|entsperrt|angelegt|gekündigt|umgestellt|angepasst|korrigiert|eingetragen|hinterlegt|zusammengeführt|veranlasst|gebucht|umgebucht|bestellt|zugeschickt|zugesandt|versendet|verschickt|geschickt|gesendet|ausgestellt|aktualisiert|entfernt|hinzugefügt|überwiesen|reaktiviert|zugewiesen|eingerichtet)";

/// Returns the rules for English.
pub(super) fn english() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| Rules::new(ENGLISH_DID, ENGLISH_LOOKED_UP, ENGLISH_ESCALATED, ENGLISH_COURTESY))
}

/// Returns the rules for German.
pub(super) fn german() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let (did, looked_up, escalated, courtesy) = german_patterns();
        Rules::new(&refs(&did), &looked_up, &escalated, &courtesy)
    })
}

/// Returns the rules of both languages together.
pub(super) fn either() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let (did, looked_up, escalated, courtesy) = german_patterns();
        Rules::new(
            &[ENGLISH_DID, &refs(&did)].concat(),
            &[ENGLISH_LOOKED_UP, &looked_up].concat(),
            &[ENGLISH_ESCALATED, &escalated].concat(),
            &[ENGLISH_COURTESY, &courtesy].concat(),
        )
    })
}

fn refs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

type German = (Vec<String>, Vec<&'static str>, Vec<&'static str>, Vec<&'static str>);

fn german_patterns() -> German {
    let did = vec![
        r"^(?:ok(?:ay)?,? |ist |das ist )?(?:schon |bereits )?erledigt$".to_owned(),
        format!(
            r"\b(?:ich habe|habe ich|wir haben|haben wir|hab)\b.*\b(?:sie|ihnen|ihr\w*|dich|dir|dein\w*|euch|euer\w*|eure\w*|(?:das|den|die|der|dem) (?:konto|auftrag|bestellung|rechnung|betrag|vertrag|zugang|lizenz|abo|passwort|termin))\b.*\b{GERMAN_DONE}\b"
        ),
        format!(
            r"\b(?:ihr|ihre|ihrem|ihren|dein|deine|deinem|euer|eure)\b.*\b(?:wurde|wurden|ist|sind)\b.*\b{GERMAN_DONE}(?: worden)?\b"
        ),
        r"\b(?:ich|wir) (?:erstatte|storniere|setze|kündige|schalte|entsperre|lösche|verlängere|schreibe|buche|schicke|sende|überweise)n?\b.*\b(?:ihnen|ihr\w*|dir|dein\w*|euch)\b".to_owned(),
    ];
    let looked_up = vec![
        r"\b(?:ich|wir) (?:habe|haben|sehe|sehen|kann|können)\b.*\b(?:ihr\w*|dein\w*|sie|du)\b.*\b(?:nachgesehen|nachgeschaut|geprüft|überprüft|sehen|finden|gefunden|eingesehen)\b",
        r"\b(?:ich sehe|wir sehen|sehe ich|sehen wir)\b.*\b(?:ihr\w*|dein\w*|dass (?:sie|du))\b",
        r"\b(?:laut|gemäß|nach) (?:unserem|unseren|ihrem|ihrer) (?:system|daten|unterlagen|kundenkonto|konto|bestellung|aufzeichnungen)\b",
        r"\b(?:ihre|deine|ihr|dein) (?:[\w-]+ ){0,3}(?:bestellung|lieferung|sendung|paket|zahlung|rechnung|abo|vertrag|konto|guthaben|buchung)(?: [\w-]+){0,3} (?:ist (?:derzeit|aktuell|noch|bereits|unterwegs|abgelaufen|aktiv|gesperrt)|wurde (?:am|bereits|gestern|heute)|befindet sich|läuft|trifft|kommt|beträgt|verlängert sich)\b",
        r"\b(?:ihre|deine) (?:sendungs|bestell|kunden|auftrags|vertrags|rechnungs|buchungs)nummer (?:ist|lautet)\b",
    ];
    let escalated = vec![
        r"\b(?:weitergeleitet|weitergegeben|weiterleiten|weitergeben|eskaliert|eskalieren|leite|gebe)\b.*\b(?:team|abteilung|kolleg\w*|fachabteilung|technik\w*|entwickl\w*|buchhaltung|vertrieb|vorgesetzt\w*|weiter)\b",
        r"\b(?:team|abteilung|kolleg\w*|fachabteilung|technik\w*|entwickl\w*|buchhaltung|vertrieb|support)\b.*\b(?:weitergeleitet|weitergegeben|weiterleiten|weitergeben|übergeben|eskaliert)\b",
        r"\b(?:kolleg\w*|team|abteilung|techniker\w*|spezialist\w*|jemand)\b.*\b(?:wird|werden|meldet|melden) (?:sich|ihnen|dir|das|es|den fall)\b",
        r"\b(?:ticket|fehlerbericht|fall|vorgang) (?:für (?:sie|dich) )?(?:eröffnet|erstellt|angelegt|aufgemacht)\b",
    ];
    let courtesy = vec![
        r"\b(?:danke|dankeschön|vielen dank|herzlichen dank)\b",
        r"\b(?:gern geschehen|gerne|sehr gern|keine ursache|kein problem|freut (?:mich|uns)|schön,? dass|prima|super|alles klar|bitte schön)\b",
        r"\b(?:ich|wir) (?:schaue?n?|prüfen?|kläre?n?|melden? (?:mich|uns)|sehen? (?:mir|uns)|kümmern?)\b",
        r"\b(?:einen moment|einen augenblick|moment bitte|augenblick bitte|kurz gedulden)\b",
        r"\b(?:tut (?:mir|uns)(?: sehr)? leid|entschuldig\w*|verzeihung)\b",
        r"\b(?:weitere fragen|noch etwas|schönen (?:tag|abend)|schönes wochenende|wie kann ich (?:ihnen|dir) helfen|auf wiedersehen|tschüss)\b",
        r"\b(?:ihre (?:nachricht|anfrage|e-?mail) (?:ist eingegangen|erhalten)|geben sie (?:uns|mir) bescheid|halten sie (?:uns|mich) auf dem laufenden)\b",
    ];
    (did, looked_up, escalated, courtesy)
}

/// Returns the text without quoted lines and quoted blocks: those are not the author's words.
pub(crate) fn without_quotes(text: &str) -> String {
    static BLOCK: OnceLock<Regex> = OnceLock::new();
    let block = BLOCK.get_or_init(|| {
        Regex::new(r"(?s)\[quote\].*?\[/quote\]|<blockquote>.*?</blockquote>")
            .expect("the pattern is fixed and valid")
    });
    let text = block.replace_all(text, "\n");
    let kept: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('>')).collect();
    kept.join("\n").trim().to_owned()
}

/// Reports whether a text lists steps: two lines that begin with a number or a dash, or a menu path.
pub(super) fn has_steps(text: &str) -> bool {
    static STEP: OnceLock<Regex> = OnceLock::new();
    static PATH: OnceLock<Regex> = OnceLock::new();
    let step = STEP.get_or_init(|| {
        Regex::new(r"(?m)^\s*(?:\d{1,2}[.)]|[-*•])\s+\S").expect("the pattern is fixed and valid")
    });
    let path = PATH.get_or_init(|| {
        Regex::new(r"\p{Lu}[\p{L} ]{1,30} (?:>|→|->|›) \p{Lu}").expect("the pattern is fixed and valid")
    });
    step.find_iter(text).take(2).count() == 2 || path.is_match(text)
}

/// Reports whether the last sentence is a question and no sentence before it is long.
pub(super) fn only_asks(text: &str) -> bool {
    let text = text.trim();
    let Some(body) = text.strip_suffix('?') else {
        return false;
    };
    let before_last = body.rfind(['.', '!', '?', '\n']).map_or("", |end| &body[..end]);
    before_last
        .split_inclusive(['.', '!', '?', '\n'])
        .filter(|sentence| !sentence.trim_end().ends_with('?'))
        .all(|sentence| sentence.split_whitespace().count() <= 12)
}

/// Reports whether somebody merely says to be affected as well.
pub(super) fn is_affected_too(text: &str) -> bool {
    static TOO: OnceLock<Regex> = OnceLock::new();
    let too = TOO.get_or_init(|| {
        RegexBuilder::new(concat!(
            r"\b(?:same (?:problem|issue|here|thing)|me too|i (?:also )?have (?:the|this|exactly) (?:same|exact)|",
            r"having (?:the|this) (?:same|exact)|\+1|any (?:news|update|solution)s?\b|did you (?:ever )?(?:find|solve)|",
            r"(?:das)?gleiche (?:problem|hier)|selbe problem|geht mir (?:auch|genauso)|bei mir auch|stesso problema|",
            r"mismo problema|même problème|zelfde probleem)"
        ))
        .case_insensitive(true)
        .build()
        .expect("the pattern is fixed and valid")
    });
    too.is_match(text)
}
