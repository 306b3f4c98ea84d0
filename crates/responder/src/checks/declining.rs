//! Whether a text says that it has no answer.
//!
//! Every sentence is brought into one way of writing (`can't` is `can not`, `it's` is `it is`) and held against patterns
//! of what people and models write when they know nothing: the sources do not say, there is no information, I do not
//! know, I cannot tell, it is beyond my scope. The patterns are made of small lists of words for sources, for telling and
//! for what is told, so that they carry over to other subjects. What merely cannot be done ("we do not ship to
//! Norway") is an answer.

use std::sync::LazyLock;

use regex::{Regex, RegexSet, RegexSetBuilder};

use super::sentences;

/// How far a text declines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declining {
    /// It answers, or says something else.
    No,
    /// It opens by saying that it has no answer, and goes on with something.
    Opens,
    /// It holds nothing else.
    Wholly,
}

/// Reports whether a text opens by saying that it has no answer.
#[must_use]
pub fn declines(text: &str) -> bool {
    how_far(text) != Declining::No
}

/// Returns how far a text declines.
#[must_use]
pub fn how_far(text: &str) -> Declining {
    let kinds: Vec<Said> = sentences(text).iter().map(|sentence| said(sentence)).collect();
    // A greeting or apology in front says nothing yet.
    let mut open = kinds.iter().skip_while(|said| **said == Said::Courtesy);
    let opens = match open.next() {
        Some(Said::Declines | Said::AsksBack) => true,
        // "The text is about the city bike. Therefore I cannot answer."
        Some(Said::Something) => matches!(open.next(), Some(Said::Concludes)),
        _ => false,
    };
    match (opens, kinds.contains(&Said::Something)) {
        (false, _) => Declining::No,
        (true, true) => Declining::Opens,
        (true, false) => Declining::Wholly,
    }
}

/// What a sentence does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It says that there is no answer.
    Declines,
    /// The same, as what follows from the sentence before.
    Concludes,
    /// It asks to put the question in other words.
    AsksBack,
    /// It greets, thanks or is sorry.
    Courtesy,
    /// Anything else.
    Something,
}

fn said(sentence: &str) -> Said {
    let sentence = normal(sentence);
    let is_condition = CONDITION.is_match(&sentence);
    if !is_condition && DECLINES.is_match(&sentence) {
        return if CONCLUDES.is_match(&sentence) { Said::Concludes } else { Said::Declines };
    }
    if !is_condition && ASKS_BACK.is_match(&sentence) {
        return Said::AsksBack;
    }
    if COURTESY.is_match(&sentence) { Said::Courtesy } else { Said::Something }
}

/// Returns a sentence in small letters and one way of writing.
fn normal(sentence: &str) -> String {
    let mut text = sentence.to_lowercase().replace(['’', '‘', '`'], "'").replace('ß', "ss");
    for (from, to) in [
        ("can't", "can not"),
        ("cannot", "can not"),
        ("won't", "will not"),
        ("n't", " not"),
        ("i'm", "i am"),
        ("'re", " are"),
        ("'ve", " have"),
        ("it's", "it is"),
        ("that's", "that is"),
        ("there's", "there is"),
    ] {
        text = text.replace(from, to);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Things that could hold an answer.
const SOURCE: &str = "(?:context|passages?|texts?|information|documents?|documentation|articles?|paragraphs?|sections?|sources?|excerpts?|manuals?|guides?|materials?|content|details|data|descriptions?|pages?|help cent(?:er|re)|knowledge|evidence|question|query|answer|topic|instructions?)";
/// What an answer is made of.
const INFO: &str = "(?:information|mentions?|answers?|details?|references?|instructions|specifics|guidance|explanations?|documentation|descriptions?|records?|context|knowledge|clue|idea)";
/// The beginnings of what sources do.
const TELL: &str = "(?:provid|mention|contain|specif|state|say|includ|address|cover|give|explain|list|discuss|describ|indicat|refer|tell|answer|relate|clarif|seem|appear|talk|speak|elaborat|detail|outlin|show|have|touch|offer|go into)[a-z]*";
/// What has been done with what is told.
const TOLD: &str = "(?:mentioned|specified|stated|described|discussed|covered|explained|documented|indicated|clear|known|answered|given|provided|defined|addressed|listed|available|found|included)";
/// The same, where it stands alone.
const MERELY_TOLD: &str =
    "(?:mentioned|specified|stated|described|explained|documented|indicated|clear|known|answered|given)";
/// The same in German.
const GESAGT: &str =
    "(?:erwähnt|beschrieben|angegeben|erklärt|genannt|dokumentiert|bekannt|klar|ersichtlich|geschrieben)";
/// Sources in German.
const QUELLE: &str = "(?:kontext|texte?n?|artikeln?|anleitung|handbuch|dokumentation|unterlagen|quellen?|abschnitt|hilfe|informationen|passage|seiten?|frage)";
/// What an answer is made of in German.
const ANGABE: &str = "(?:information[a-z]*|angaben?|aussagen?|antwort[a-z]*|details?|auskunft|erwähnung)";

/// What it looks like when there is no answer. `{…}` stands for one of the lists.
const PATTERNS: &[&str] = &[
    // The sources do not say.
    r"\b{SOURCE}\b(?: [^ ]+){0,8}? (?:do|does|did|has|have|can|could|will|would) not (?:[^ ]+ ){0,2}?{TELL}",
    r"\b{SOURCE}\b(?: [^ ]+){0,6}? (?:provides?|contains?|gives?|has|have|includes?|offers?|makes?) no (?:[^ ]+ ){0,2}?{INFO}\b",
    r"\b{SOURCE}(?: [^ ]+){0,4}? (?:is|are|was|only|just|seems?|appears?)(?: to be)? (?:[^ ]+ )?(?:about|related to|describes?|talks?|explains?|provides?|mentions?|discuss(?:es)?)\b.*\b(?:not|but)\b",
    r"\b{SOURCE}\b.{0,30} (?:is|are|remains?) silent\b",
    r"\b(?:nothing|none|neither|nowhere|no(?: [^ ]+)? {SOURCE})\b(?: [^ ]+){0,6}? (?:says?|mentions?|describes?|covers?|explains?|states?|tells?|answers?|specif[a-z]+|provides?|contains?|discuss[a-z]*)\b",
    r"\b(?:there is|i (?:have|found|know|see)|we have) nothing (?:[^ ]+ )?(?:about|on|regarding)\b",
    r"^[^a-z]*(?:i am )?(?:sorry|apologies|afraid|unfortunately)\b.{0,12}\b(?:but )?(?:the|your|this|that)(?: [^ ]+){0,5}? (?:context|passages?|texts?|information|question|paragraph|article)(?: [^ ]+){0,3}? (?:is|are|was|only|about|seems?)\b.{0,20}\babout\b",
    // There is no information.
    r"\b(?:there (?:is|are|was|were)|do(?:es)? not have|have|has|lack|find|found|with|contains?|provides?) (?:currently )?(?:no|not|any|not any|not enough|not sufficient|insufficient|enough|sufficient) (?:[^ ]+ ){0,2}?(?:information|mentions?|answers?|references?|guidance|explanations?|documentation|descriptions?|records?|context|knowledge)\b(?:$|[,.;]| (?:about|on|of|in|to|for|that|regarding|related|provided|given|available|whether|which|how|what|as|concerning))",
    r"^(?:[^a-z]*(?:unfortunately|sorry|however|so|hence|therefore)[^a-z]+)*no (?:[^ ]+ )?{INFO}(?: [^ ]+){0,6}? (?:is|are|was|were|could be|can be) {TOLD}",
    r"\b(?:information|details?|context|answer)\b(?: [^ ]+){0,8}? (?:is|are) (?:missing|insufficient|not enough|lacking)\b",
    r"\bno (?:further |specific |more )?(?:details|specifics) (?:are|were) (?:given|provided|mentioned|available)",
    r"\b(?:is|are|was|were|been|has|have|be) not (?:been )?(?:[a-z]+ly )?{TOLD}(?: [^ ]+){0,6}? (?:in|by|from|within) (?:the|this|that|these|any|my|our|either)(?: [^ ]+){0,2} {SOURCE}\b",
    r"^(?:whether|how|what|which|when|where|why|who|the (?:exact|specific|name|answer|type|duration|number)) .*\b(?:is|are|was|were) not (?:[a-z]+ly )?{MERELY_TOLD}\b",
    r"\bit (?:is|was) (?:not |nowhere )?(?:[a-z]+ly )?(?:mentioned|specified|stated|described|explained|documented|indicated|clear|known|possible|unclear|unknown|impossible|uncertain)(?: anywhere| to (?:say|tell|determine|answer|judge)| from| in the| whether| what| why| how| which| if| who| where| when| yet)",
    r"\b(?:is|are) not (?:mentioned|specified|covered|documented|discussed)(?: or (?:relevant|explained|described))?[.!]?$",
    // I do not know, I cannot say.
    r"\b(?:i|we)(?: [a-z]+ly| just)? (?:do not|did not|can not) (?:[a-z]+ly )?(?:know|find any(?:thing)?|have (?:[^ ]+ ){0,4}?(?:information|details?|answers?|instructions|data on|context|knowledge|record)|have access|find (?:[^ ]+ ){0,3}?(?:answer|information|instructions|details?|step|mention|anything)|think (?:[^ ]+ ){0,6}?(?:has|have|there is) (?:an |any )?(?:answer|information))\b",
    r"\b(?:i|we)(?: am| are| was| have been)? (?:[a-z]+ly )?(?:can not|could not|unable to|not able to|not in a position to|will not be able to) (?:[a-z]+ly )?(?:(?:answer|tell|say|determine|confirm|comment|be (?:sure|certain)|look this up|find (?:an|any|the answer|information|instructions|anything|details|out))\b|help (?:with|you with)? ?(?:that|this|it|you)?\b|assist\b|(?:provide|give|offer) (?:[^ ]+ ){0,4}?(?:answer|information|details?|advice|assistance|instructions|help|guidance|explanation))",
    r"^(?:[^a-z]*(?:sorry|hm+|well|that is a good question|good question|unfortunately|but|honestly)\b[^a-z]*)*(?:i am|we are) (?:[^ ]+ )?(?:not (?:[^ ]+ )?(?:sure|certain|aware|familiar)|unsure|uncertain)\b",
    r"\bbut (?:i am|we are) not (?:sure|certain)\b",
    r"\b(?:question|query|answer|this|that|it)\b.{0,40} (?:can|could) not be (?:[a-z]+ly )?(?:answered|determined|found|confirmed|told|inferred)\b",
    r"\bno (?:[^ ]+ )?(?:answer|information|details?|mention|instructions)\b.{0,40} (?:could|can) be found\b",
    r"\b(?:i|we) (?:[^ ]+ )?(?:lack|have (?:no|insufficient)) (?:[^ ]+ ){0,2}?(?:information|details?|knowledge|records?|data|answers?|context|idea|instructions)\b",
    r"\b(?:outside|beyond)(?: of)? (?:the scope|my|our|what (?:i|we)|the (?:context|information|topic))\b|\b(?:is|are) not (?:[^ ]+ )?part of (?:my|the|our) (?:knowledge|context|information|sources?|texts?)\b|\bout of scope\b",
    r"\b(?:not|nor|un) ?(?:directly |closely )?(?:related|relevant|relate|pertain|mentioned or relevant)(?: to)? (?:[^ ]+ ){0,6}?{SOURCE}\b",
    r"\b(?:context|question|query|topic|passage)(?: [^ ]+){0,10}? (?:is|are|does|do|was) not (?:directly |closely )?(?:related|relevant|relate|pertain)\b",
    r"\bi wish i could (?:help|answer|tell)\b",
    r"^without (?:[^ ]+ ){0,3}?(?:context|information|details?|knowing)\b.*\b(?:unclear|impossible|not possible|difficult|hard|can not|unable)\b",
    r"\b(?:impossible|not possible|difficult|hard) to (?:[^ ]+ )?(?:say|tell|determine|answer|provide)\b.*\bwithout\b|\bnot possible to (?:answer|determine|say|tell)\b",
    // German.
    r"\b{QUELLE}\b(?: [^ ]+){0,8}? (?:nicht|nichts|keine?[nmrs]?) (?:[^ ]+ ){0,4}?(?:ein\b|erwähn|enth|beschrieb|beschreib|genannt|angegeben|erklärt|hervor|aussage|angaben?|informationen|antwort|beantwort|zu finden|gefunden|über|steht)",
    r"\b{QUELLE}\b(?: [^ ]+){0,3}? (?:enthält|enthalten|nennt|gibt|macht|liefert|bietet|hat)(?: [^ ]+){0,4}? keine?[a-z]? (?:[^ ]+ )?{ANGABE}",
    r"\bgehe?[nt] (?:[^ ]+ )?(?:darauf |auf [^ ]+ )(?:[^ ]+ )?nicht ein\b",
    r"\b(?:wird|ist|sind|werden|steht)\b(?: [^ ]+){0,4}? (?:nicht|nirgends|nirgendwo) (?:[^ ]+ )?{GESAGT}\b",
    r"\b(?:steht|finde|gefunden|weiss|bekannt|sagen|habe)\b(?: [^ ]+){0,4}? nichts\b|\bnichts (?:[^ ]+ ){0,3}?(?:gefunden|bekannt|dazu|darüber|hierzu)\b",
    r"\b(?:weiss|wissen) (?:ich|wir)(?: [^ ]+){0,3}? nicht\b|\b(?:ich|wir) (?:weiss|wissen)(?: [^ ]+){0,3}? nicht\b",
    r"\b(?:(?:kann|können|konnten?) (?:ich|wir)|(?:ich|wir) (?:kann|können|konnten?))(?: [^ ]+){0,10}? (?:nicht|nichts|keine?[a-z]?) (?:[^ ]+ ){0,3}?(?:sagen|beantworten|bestätigen|beurteilen|helfen|weiterhelfen|finden|einschätzen)\b",
    r"\b(?:liegen|liegt|haben?|hat|finden?|gibt es|es gibt|fehlen|fehlt)\b(?: [^ ]+){0,6}? keine?[nr]? (?:[^ ]+ )?{ANGABE}\b",
    r"\bfehl(?:t|en) (?:mir|uns)(?: [^ ]+){0,4}? (?:{ANGABE}|kontext)\b",
    r"\bkeine[rs]? (?:der |dieser )?{QUELLE}\b(?: [^ ]+)? (?:beschreib|erwähn|enth|nenn|erklär|behandel)",
    r"\b(?:bin|sind) (?:ich |wir )?(?:mir|uns)?(?: [^ ]+)? nicht (?:ganz )?sicher\b",
    r"\bohne (?:[^ ]+ ){0,3}?(?:angaben|informationen|details|kontext)\b.*\b(?:nicht|unmöglich|schwer)\b",
    // French, Spanish, Italian, Dutch, Portuguese.
    r"\bje ne (?:sais|peux|dispose|trouve|connais)\b.*\bpas\b|\bpas (?:d'|de |trouvé d')informations?\b|\b(?:texte|contexte|article|document)\b.*\bne (?:mentionne|précise|contient|donne|fournit|dit)\b.*\b(?:pas|aucune?)\b|\baucune information\b",
    r"\bno (?:tengo|encuentro|encontré|dispongo de|hay|contiene|proporciona) (?:[^ ]+ )?(?:información|respuesta|datos)\b|\bno (?:lo )?sé(?:[^a-z]|$)|\bno se (?:menciona|especifica|indica)\b|\bno puedo (?:responder|ayudar|confirmar)\b|\b(?:texto|contexto|artículo)\b.*\bno (?:menciona|especifica|contiene)\b",
    r"\bnon (?:ho|trovo|ho trovato|dispongo di|ci sono|contiene|fornisce) (?:[^ ]+ )?(?:informazioni|risposte?|dati)\b|\bnon lo so\b|\b(?:testo|contesto|articolo)\b.*\bnon (?:menziona|specifica|contiene|indica)\b|\bnon posso (?:rispondere|aiutar[a-z]*|confermare)\b",
    r"\bgeen (?:[^ ]+ )?(?:informatie|antwoord|gegevens)\b|\b(?:ik|we|wij) weet? (?:het )?(?:[^ ]+ )?niet\b|\bweet ik (?:[^ ]+ )?niet\b|\bkan (?:ik|deze vraag)\b.*\bniet (?:beantwoorden|helpen|zeggen)\b|\b(?:tekst|context|artikel)\b.*\b(?:vermeldt|noemt) (?:[^ ]+ )?niet\b",
    r"\bnão (?:tenho|encontrei|encontro|há|contém|fornece) (?:[^ ]+ )?(?:informaç[a-zõã]+|resposta|dados)\b|\bnão sei\b|\bnão (?:posso|consigo) (?:responder|ajudar|confirmar)\b|\bnão (?:é|está|foi) (?:mencionad|especificad|indicad)",
];

static DECLINES: LazyLock<RegexSet> = LazyLock::new(|| {
    let lists = [
        ("{SOURCE}", SOURCE),
        ("{INFO}", INFO),
        ("{TELL}", TELL),
        ("{TOLD}", TOLD),
        ("{MERELY_TOLD}", MERELY_TOLD),
        ("{GESAGT}", GESAGT),
        ("{QUELLE}", QUELLE),
        ("{ANGABE}", ANGABE),
    ];
    let whole = |pattern: &&str| {
        let pattern = super::ascii_boundaries(pattern);
        lists.iter().fold(pattern, |pattern, (name, list)| pattern.replace(name, list))
    };
    RegexSetBuilder::new(PATTERNS.iter().map(whole))
        .size_limit(64 << 20)
        .build()
        .expect("the patterns are checked by the tests")
});

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| super::pattern($text));
    };
}

pattern!(CONDITION, r"^[^a-z]*(?:if|when|in case|wenn|falls|sofern|sollten?)\b");
pattern!(
    CONCLUDES,
    r"^[^a-z]*(?:therefore|so|hence|thus|as such|consequently|daher|deshalb|somit|folglich)\b"
);
pattern!(
    ASKS_BACK,
    r"^(?:[^a-z]*(?:sorry|so|but|and|i am sorry|apologies)\b[^a-z]*)*(?:(?:could|can|would|will) you (?:please )?(?:kindly )?|please (?:could you )?)(?:also )?(?:provide|give|share|specify|clarify|rephrase|elaborate|tell|explain|let me know|be more specific)\b.*\b(?:more|context|clarify|clarification|question|rephrase|specific|specifically|elaborate|mean|additional|further)\b|^(?:[^a-z]*(?:leider|entschuldigung)[^a-z]+)?(?:könnten|könntest|kannst|können|würden)\b.*\b(?:frage|genauer|näher|mehr|details)\b.*\b(?:formulieren|erklären|erläutern|angeben|beschreiben|sagen|mitteilen|geben|nennen|präzisieren)\b"
);
pattern!(
    COURTESY,
    r"^[^a-z]*(?:(?:hello|hi|hey|dear|hallo|guten (?:tag|morgen)|liebe[r]?)\b[^.!?]{0,40}|(?:i am |we are )?(?:very |so )?(?:sorry|apologies)|unfortunately|thank[^.!?]{0,60}|(?:vielen |besten )?dank[^.!?]{0,60}|es tut mir leid|leider|hm+|that is a good question|(?:is there anything|can i (?:help|assist)|how (?:can|may) i)[^.!?]{0,60}|(?:kind|best) regards.{0,40}|(?:freundliche|beste|viele) grüsse.{0,40})?[^a-z]*$"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::planted;

    #[test]
    fn own_wordings_are_told_apart() {
        let rows = planted::rows(include_str!("../../planted/checks/declining.jsonl"), "declines");
        let found = planted::measure(&rows, |row| declines(row.text()));
        assert!(found.precision >= 0.95 && found.recall >= 0.95, "{found:?}");
    }

    #[test]
    fn what_follows_decides_how_far() {
        let wholly = "I'm sorry, I don't know. Could you please give me more details?";
        assert_eq!(how_far(wholly), Declining::Wholly);
        let opens = "The article does not say. In most cases a charge takes four hours.";
        assert_eq!(how_far(opens), Declining::Opens);
        let answers = "A charge takes four hours. I don't know about the older model.";
        assert_eq!(how_far(answers), Declining::No);
        let concludes = "The text is about the city bike. Therefore, I cannot answer your question.";
        assert_eq!(how_far(concludes), Declining::Opens);
        assert_eq!(how_far(""), Declining::No);
        assert_eq!(how_far("Hello! Thanks for your message."), Declining::No);
    }

    #[test]
    fn case_and_apostrophes_play_no_part() {
        for text in
            ["I DON’T KNOW.", "i don't know", "I do not know!", "Das weiß ich nicht.", "DAS WEISS ICH NICHT"]
        {
            assert!(declines(text), "{text}");
        }
    }
}
