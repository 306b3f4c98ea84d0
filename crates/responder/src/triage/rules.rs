//! Urgency, sentiment, spam and the wish for a person, by rules in English and German.
//!
//! Each is a list of signs; what is denied does not count (`not urgent`, `keine Eile`). They lean towards saying
//! nothing: a conversation that is wrongly called urgent costs those that are.

use std::sync::LazyLock;

use regex::Regex;

use super::{Sentiment, Urgency};
use crate::understand::asks_for_human;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the pattern is checked by the tests"));
    };
}

pattern!(
    URGENT,
    r"(?i)\b(urgent(ly)?|asap|as soon as possible|immediately|emergency|right away|critical|(system|site|server|service|everything|production|shop|store|checkout) (is|are|went) (completely |all )?(down|offline)|outage|cannot work|can'?t work|losing (money|customers|orders|data)|data loss|hacked|stolen|compromised|fraud(ulent)?|unauthori[sz]ed (charge|transaction|payment|access)|deadline (is )?(today|tomorrow)|(by|until) (today|tonight|tomorrow)|leav(e|ing) (today|tomorrow)|dringend(e[rsn]?)?|eilig|eilt|sofort(ige?)?|umgehend|schnellstmöglich|so schnell wie möglich|notfall|kritisch|ausfall|ausgefallen|steht still|nichts geht mehr|(kann|können) nicht (mehr )?arbeiten|datenverlust|gehackt|gestohlen|kompromittiert|betrug|unberechtigte[rn]? (abbuchung|zahlung|zugriff)|bis (heute|morgen)|heute noch|noch heute|frist (läuft|endet))\b"
);
pattern!(
    NO_HURRY,
    r"(?i)\b(not (that |very |so )?urgent|no (rush|hurry)|when(ever)? you (have|find|get) (the )?(time|a moment)|take your time|isn'?t urgent|nicht (so |sehr )?(dringend|eilig)|keine eile|eilt nicht|hat zeit|wenn sie (zeit haben|dazu kommen)|kein notfall)\b"
);
pattern!(
    ANGRY,
    r"(?i)\b(angry|furious|annoy(ed|ing)|frustrat(ed|ing)|disappoint(ed|ing)|unacceptable|ridiculous|outrageous|terrible|horrible|awful|useless|worst|pathetic|disgust(ed|ing)|joke of|fed up|sick of|waste of (time|money)|never again|rip[- ]?off|scam(med)?|liars?|incompetent|bullshit|crap|wtf|damn|not (at all )?(happy|satisfied|pleased)|unhappy|poor (service|support|quality)|still (nothing|no (answer|reply|response))|nobody (answers|replies|responds|cares)|verärgert|wütend|sauer|stinksauer|frustrier(t|end)|enttäusch(t|end)|unverschämt(heit)?|frechheit|unzumutbar|inakzeptabel|lächerlich|katastroph(e|al)|schrecklich|furchtbar|nutzlos|schlechteste[rnms]?|saftladen|abzocke|betrüger|unfähig|zum kotzen|scheiß\p{L}*|verarscht?|nicht (zufrieden|glücklich|begeistert)|unzufrieden|nie wieder|(immer noch|bis heute) (nichts|keine (antwort|reaktion|rückmeldung))|niemand (antwortet|meldet sich|kümmert sich)|reicht (es )?mir)\b|!{3,}|\?!\?|(?-i:[A-ZÄÖÜ]{4,}(\s+[A-ZÄÖÜ]{2,}){3,})"
);
pattern!(
    PLEASED,
    r"(?i)\b(love (it|this|the|your)|awesome|amazing|fantastic|excellent|brilliant|wonderful|great (product|service|support|job|work|app|tool)|well done|very (happy|pleased|satisfied)|thank you (so|very) much|thanks a (lot|million)|appreciate|you'?re the best|perfect(ly)?|works (great|like a charm)|super|toll(e[rsn]?)?|klasse|spitze|prima|hervorragend|ausgezeichnet|wunderbar|begeistert|sehr zufrieden|vielen (lieben |herzlichen )?dank|herzlichen dank|tausend dank|bestens|einwandfrei|großartig)\b"
);
pattern!(DENIED, r"(?i)\b(not|isn'?t|wasn'?t|no|never|nicht|kein\p{L}*|nie)\s+(\p{L}+\s+){0,2}$");
pattern!(
    SELLS,
    r"(?i)\b(backlinks?|seo (services?|expert|agency|package|audit)|(rank|first page|page one|top) (on|of|in) google|guest posts?|link exchange|web ?(design|development) (services?|company|agency)|(increase|boost|more) (your )?(traffic|sales|followers|ranking)|lead generation|(email|mailing|contact) lists? (of|for)|bulk (e?mails?|sms)|crypto(currency)? (investment|trading)|bitcoin investment|invest(ment)? opportunit(y|ies)|forex|(online )?casino|betting tips|viagra|cialis|weight loss|make money (online|fast|from home)|work from home|earn \$?\d+|(business|personal) loans?|loan offer|million (us )?dollars|inheritance|next of kin|lottery|you('ve| have) won|claim your (prize|reward)|wire transfer fee|nigerian?|click (here|below) to (claim|unsubscribe|win)|suchmaschinenoptimierung|(platz|seite) (1|eins) bei google|mehr (besucher|reichweite|follower|umsatz)|adressdatenbank|firmenadressen|gastbeiträge?|linktausch|webdesign[- ]agentur|kryptowährung(en)? invest\p{L}*|sofortkredit|kredit ohne schufa|(online[- ]?)?kasino|geld verdienen|gewinnspiel gewonnen|sie haben gewonnen|erbschaft|potenzmittel|abnehmen ohne)\b"
);
pattern!(
    OFFERS,
    r"(?i)\b(we (offer|provide|specialize|help businesses)|our (services?|company|agency|team) (offers?|provides?|can help|specializes?)|i (came across|found|visited|was looking at) your (website|site|page)|free (quote|audit|consultation|proposal|trial)|special (offer|discount|price)|limited time|act now|100 ?% (free|guaranteed)|guaranteed|dear (sir|madam|friend|beneficiary|website owner|business owner)|unsubscribe|wir bieten (ihnen)?|unsere agentur|ich bin auf ihre (website|webseite|seite) (gestoßen|aufmerksam)|kostenlose(s|n)? (angebot|analyse|beratung)|unverbindlich\p{L}*|nur (heute|für kurze zeit)|garantiert\p{L}*|abbestellen)\b"
);
pattern!(LINK, r"(?i)\bhttps?://|\bwww\.|\bbit\.ly\b|\bt\.me/|\bwa\.me/");
pattern!(
    FOR_PEOPLE,
    r"(?i)\b(lawyer|attorney|legal action|sue you|take you to court|solicitor|ombudsman|consumer protection|small claims|chargeback|dispute the (charge|payment)|formal complaint|file a complaint|speak to (a|your|the) (manager|supervisor)|supervisor|cancel (my|our|the) (contract|subscription|account|membership|order)|terminate (my|our|the) contract|close my account|switch to (a|another) competitor|delete (all )?my (data|personal data|account)|gdpr|right to (be forgotten|erasure|access)|data protection (officer|request)|copy of (all )?my data|injur(y|ed)|burn(t|ed) (my|me)|caught fire|smoke|electric shock|suicid\p{L}*|kill myself|death|died|passed away|bereavement|rechtsanwalt|anwält?in?|anwalt|rechtliche schritte|klage (einreichen|erheben)|verklag\p{L}*|verbraucher(schutz|zentrale)|schlichtungsstelle|rückbuchung|rücklastschrift|beschwerde|vorgesetzten?|abteilungsleiter(in)?|(vertrag|abo|konto|mitgliedschaft) (\p{L}+ )?(kündigen|kündige|auflösen|löschen)|kündigung|kündige|widerruf\p{L}*|datenschutz(beauftragte\p{L}*|auskunft)|dsgvo|auskunft nach|meine daten (löschen|auskunft)|löschung meiner daten|verletz(t|ung)|verbrannt|brand|stromschlag|verstorben|todesfall|gestorben)\b"
);

/// Says how soon somebody should look.
pub(super) fn urgency(text: &str) -> Urgency {
    if NO_HURRY.is_match(text) {
        return Urgency::Low;
    }
    let says = |found: regex::Match<'_>| !DENIED.is_match(&text[..found.start()]);
    if URGENT.find_iter(text).any(says) { Urgency::High } else { Urgency::Normal }
}

/// Says how the customer sounds: by which signs there are more, anger first.
pub(super) fn sentiment(text: &str) -> Sentiment {
    let count = |pattern: &Regex| {
        pattern.find_iter(text).filter(|found| !DENIED.is_match(&text[..found.start()])).count()
    };
    let (angry, pleased) = (count(&ANGRY), count(&PLEASED));
    if angry > 0 && angry >= pleased {
        Sentiment::Negative
    } else if pleased > 0 {
        Sentiment::Positive
    } else {
        Sentiment::Neutral
    }
}

/// Reports whether a text sells something or is a fraud: what is sold must be named, and offered or linked to, or
/// several such things must be.
pub(super) fn is_spam(text: &str) -> bool {
    let mut sold: Vec<String> = SELLS.find_iter(text).map(|found| found.as_str().to_lowercase()).collect();
    sold.sort_unstable();
    sold.dedup();
    sold.len() >= 2 || (sold.len() == 1 && (OFFERS.is_match(text) || LINK.is_match(text)))
}

/// Reports whether a machine must not answer alone.
pub(super) fn needs_human(text: &str) -> bool {
    asks_for_human(text) || FOR_PEOPLE.find_iter(text).any(|found| !DENIED.is_match(&text[..found.start()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hurry_is_heard_and_its_denial_too() {
        for text in [
            "URGENT: our shop is down since this morning",
            "Please answer as soon as possible, my account was hacked",
            "Es ist dringend, wir können nicht mehr arbeiten.",
            "Bitte noch heute, die Frist läuft ab",
        ] {
            assert_eq!(urgency(text), Urgency::High, "{text}");
        }
        for text in ["No rush, whenever you find the time", "Es eilt nicht", "this is not urgent at all"] {
            assert_eq!(urgency(text), Urgency::Low, "{text}");
        }
        for text in
            ["How do I change my password?", "Wo finde ich die Rechnung?", "It is not really critical"]
        {
            assert_eq!(urgency(text), Urgency::Normal, "{text}");
        }
    }

    #[test]
    fn anger_and_praise_are_told_apart() {
        for text in [
            "This is ridiculous, I am so disappointed",
            "WHY DOES NOBODY ANSWER ME",
            "Das ist eine Frechheit, ich warte immer noch auf eine Antwort",
            "Ich bin mit dem Gerät nicht zufrieden",
        ] {
            assert_eq!(sentiment(text), Sentiment::Negative, "{text}");
        }
        for text in ["I love this app, great support!", "Vielen Dank, das ist ja toll"] {
            assert_eq!(sentiment(text), Sentiment::Positive, "{text}");
        }
        for text in ["Where is the button?", "Wie ändere ich meine Adresse?", "It is not perfect yet"] {
            assert_eq!(sentiment(text), Sentiment::Neutral, "{text}");
        }
    }

    #[test]
    fn who_sells_is_no_customer() {
        for text in [
            "Dear website owner, we offer SEO services and backlinks for your shop",
            "You have won! Claim your prize at http://win.example",
            "Wir bieten Ihnen Suchmaschinenoptimierung, unverbindliches Angebot anbei",
        ] {
            assert!(is_spam(text), "{text}");
        }
        for text in [
            "My newsletter lands in the spam folder, how do I unsubscribe from yours?",
            "Do you offer a discount for schools? https://school.example",
            "Ich möchte einen Kredit von meiner Rechnung abziehen",
            "The casino page of your game does not load",
        ] {
            assert!(!is_spam(text), "{text}");
        }
    }

    #[test]
    fn some_things_are_for_people() {
        for text in [
            "I want to talk to a real person",
            "My lawyer will contact you",
            "Ich kündige meinen Vertrag",
            "Please delete all my data under GDPR",
            "Mein Mann ist verstorben, wie löse ich das Konto auf?",
        ] {
            assert!(needs_human(text), "{text}");
        }
        for text in [
            "How do I print a label?",
            "Wie richte ich den Drucker ein?",
            "I do not want to cancel my subscription",
        ] {
            assert!(!needs_human(text), "{text}");
        }
    }
}
