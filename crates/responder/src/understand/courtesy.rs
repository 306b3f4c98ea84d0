//! Greetings, thanks, confirmations and farewells: words that need no answer.
//!
//! A text is a courtesy when it can be tiled with such phrases, whole; one word besides makes it something else.

use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

/// What a courtesy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Courtesy {
    /// A greeting, thanks or a farewell.
    Parting,
    /// Praise or a confirmation, in more words than agreement takes.
    Plain,
    /// Agreement and nothing else: whether it says anything depends on what was asked.
    Yes,
    /// Refusal and nothing else.
    No,
}

/// A longer text is none, whatever stands in it.
const LONGEST_WORDS: usize = 30;

const GREETING: &str = "(hi+|hello+|hallo+|hey+|hiya|howdy|greetings|good (morning|afternoon|evening|day)|dear (sir or madam|all|team|support)|guten (tag|morgen|abend)|grüß gott|grüezi|moin( moin)?|servus|liebes team|sehr geehrte damen und herren|bonjour|bonsoir|salut|hola|buen[oa]s (d[ií]as|tardes|noches)|ciao|buongiorno|buonasera|hoi|goede(morgen|middag|navond)|goedendag)( (there|all|everyone|everybody|again|team|support|zusammen|leute|nochmal|mal))*";
const THANKS: &str = "(many |much )?(thanks?( (you|u|ya))?|thankyou|thx|thanx|ty|tysm|cheers|danke(schön)?( (schön|sehr|dir|ihnen|euch|nochmals?|noch mal|vielmals))*|(vielen|herzlichen|besten|lieben|tausend|recht herzlichen) (lieben |herzlichen )?dank( (dir|ihnen|euch|nochmals?|noch mal))?|merci( (beaucoup|bien))?|(muchas )?gracias|(mille )?grazie( mille)?|bedankt|dank (je|u)( wel)?|hartelijk dank|obrigad[oa])( (so|very|much|a lot|a million|a bunch|a ton|again|anyways?|though|in advance|kindly|guys|everyone|sir|all the same|(im|schon( mal)?( im)?) voraus))*( for (all )?(of )?(your|you|the|ur|this|that|letting me know|everything|being so helpful|trying|checking|clarifying|explaining)( (very|so|quick|fast|great|kind|prompt|swift|good|all|patient|the|your|this))*( (help|reply|answer|response|support|time|assistance|info|information|service|patience|feedback|efforts?|update|explanation|advice|tip|clarification))?( and (help|time|patience|support|understanding))?)?( für (die|ihre|deine|eure|alles|den|das|eine)( (schnelle|rasche|gute|nette|prompte|tolle|schnellen|guten|super))*( (hilfe|antwort|rückmeldung|unterstützung|infos?|informationen?|tipps?|mühe|support|auskunft|geduld))?)?";
const PRAISE: &str = "(this is |that is |that's |that was |that sounds |that would be |sounds |it's |it is |you are |you're |you have been |you've been |you were |das ist |das war |das klingt |klingt )?(so |very |really |just |sehr |echt |ganz |absolutely )*(great|perfect|perfectly|super|awesome|excellent|wonderful|fantastic|amazing|brilliant|lovely|nice|cool|sweet|good|fine|helpful|terrific|splendid|the best|a star|a (life ?saver|gem|dear)|like a plan|what i needed( to know)?|prima|toll|klasse|spitze|wunderbar|perfekt|gut|top|nett|hilfreich|lieb|ausgezeichnet|hervorragend|genial|parfait|perfecto|perfetto|okay|ok|alright|top)( (job|work|news|service|enough|idea|to know|to hear|zu wissen|idee))?";
const APPRECIATION: &str = "(i |we )?(really |very much |do |so )*appreciate (it|this|that|your (help|time|support|patience|assistance)|the (help|info|quick reply))( (very much|so much|a lot))?|much appreciated|appreciated|you( have|'ve)? helped( me)?( (a lot|very much|so much))?|alles (klar|gut|super|bestens)|passt( so)?|freut mich";
const TAKEN: &str = "ok(ay|ey|ie)?( then)?|k|kk|alright( then)?|all right|got it|gotcha|i (got|get|see|understand|did)( it| that| now)?|understood|noted|will do|i will|i'll (do that|try that|give it a try|try it|check it out)|(sure )?no (problem|worries)|np|ah|oh|aha|uh|h?m+|fair enough|(that )?makes sense|(good|nice) to know|looking forward to it|verstanden|in ordnung|geht klar|mach(e)? ich|kein problem|ach ?so|werde ich (machen|probieren|versuchen)|das probiere ich|d'accord|vale|va bene|you're welcome|my pleasure|gern geschehen|keine ursache";
const RESOLVED: &str = "(that|it|this|now|everything|all|your answer|both)?( (it|has|is|now|just|all|really|finally|have))*( |\\b)(worked|works|helps|helped|solved( (it|the (problem|issue)|my (problem|issue)))?|fixed( (it|the (problem|issue)|my (problem|issue)))?|did it|did the trick|resolved|is working|working)( (now|again|perfectly|fine|great|well|for me|a lot|me))*|(my |the )?(problem|issue)( is| has been)?( now)? (solved|fixed|resolved)|(all|everything)('s| is)? (good|set|fine|ok|okay|clear|sorted|done|well)( now| again)?|it('s| is) (all )?(good|fine|ok|okay|fixed|solved|resolved|done|clear)( now| again)?|(es|das|jetzt|nun)( (es|jetzt|nun|wieder|alles|hat))* (geklappt|funktioniert|geht|geholfen|läuft)( (es|jetzt|wieder|alles|nun))*|hat (alles )?(geklappt|geholfen|funktioniert)|(hat sich )?erledigt|(mein )?problem (ist )?(gelöst|behoben)";
const DONE: &str = "((no )?i (think|guess|believe)( that)? )?((that|this|it)( is|'s|s| was| will be| would be|'ll be|'d be| should be|'ll do| will do| should do)( about| actually)? (all|it|everything|enough|all i (need|needed|wanted))( (for now|for today|today|now|then|i (need|needed|wanted)|thank god))*|that (will|should|would) do( it)?|that'll do( it)?|nothing (else|more|further)( (for now|for today|today|at the moment))?|(i|we)('m| am|'re| are)( all)? (good|set|done|fine|okay|ok|happy)( (now|for now|here|with that|thanks))*|no more questions|not (at the moment|right now|today|now))|never ?mind( then)?|no need|for (now|today)|das (war|wär|wäre|ist)('s|s| es)?( (auch|schon|dann|alles|soweit|erst mal))*|mehr (brauche|wollte|möchte) ich nicht( wissen)?|(sonst )?nichts( (weiter|mehr|sonst))?|(no )?i (do not|don't) think so|(i think )?(all|everything)( is|'s)? (fine|good|clear)( now)?|(i think )?i have (all|everything) i need(ed)?|keine (weiteren )?fragen( mehr)?|im moment nicht|vorerst";
const FAREWELL: &str = "(good ?)?bye( bye)?( now)?|good ?night|see (you|ya)( (later|soon|then|around|tomorrow))?|cya|take care|talk to you (soon|later)|(and )?(i )?(hope you |you )?(please )?(have|enjoy|wish you)( (a|an|your|the))?( (very|great|nice|good|lovely|wonderful|blessed|fantastic|beautiful|pleasant|amazing|awesome|super|rest of))*( (your|the))?( (day|one|evening|weekend|time|night|week|morning|afternoon|vacation|holidays?))( (ahead|too|yourself|as well))*|(good|nice) day|(and )?you too|same to you|likewise|tsch(ü|u)(ss|ß|s)i?|auf wieder(sehen|hören)|bis (bald|dann|später|morgen|zum nächsten mal)|(einen )?schöne?[nsr]?( (abend|tag|wochenende|woche|feierabend|urlaub|restwoche|zeit|gruß|grüße))( (noch|ihnen|dir|euch|weiterhin))*|(ihnen|dir|euch) auch|gleichfalls|ebenso|ebenfalls|(mit )?(viele|liebe|beste|freundlichen?|schöne|herzliche) grü(ß|ss)en?|(best |kind )?regards|adieu|au revoir|adi[óo]s|hasta luego|arrivederci|tot ziens|fijne dag";
const FILLER: &str = "and|so|(oh )?well|any ?ways?|team|everyone|guys|sorry|then|too|as well|please|bitte|haha+|lol|wow|yay+|phew|und|dann|na dann|auch|na|also";
const YES: &str = "(yes|yeah|yep|yup|yea|aye|sure( thing)?|of course|certainly|absolutely|definitely|correct|right|exactly|indeed|please do|go ahead|ok(ay)?|ja+|jep|jo|jawohl|klar|gerne?|natürlich|genau|richtig|stimmt|oui|s[ií]|sim)( (please|bitte|sir|ma'?am|gerne?|that is right|that's right|it is|it does|it did|i do|i am|i did|i have|correct))*";
const NO: &str = "(no+|nope|nah|nein+|nö|ne|nee|non|not really|leider nicht|noch nicht|not yet)( (please|bitte|sir|ma'?am|leider|it is not|it's not|it isn't|it does not|it doesn't|it did not|it didn't|i do not|i don't|i have not|i haven't|i did not|i didn't|not yet|not really))*";

fn tiled(phrases: &[&str]) -> Regex {
    let any = phrases.iter().map(|phrase| format!("(?:{phrase})")).collect::<Vec<_>>().join("|");
    Regex::new(&format!(r"^(?:(?:{any})(?:[^\p{{L}}\p{{N}}']+|$))*$"))
        .expect("the pattern is checked by the tests")
}

static COURTESY: LazyLock<Regex> = LazyLock::new(|| {
    tiled(&[GREETING, THANKS, PRAISE, APPRECIATION, TAKEN, RESOLVED, DONE, FAREWELL, FILLER, YES, NO])
});
static PARTING: LazyLock<Regex> = LazyLock::new(|| tiled(&[GREETING, THANKS, DONE, FAREWELL, FILLER]));
static AGREEMENT: LazyLock<Regex> = LazyLock::new(|| tiled(&[YES, FILLER]));
static REFUSAL: LazyLock<Regex> = LazyLock::new(|| tiled(&[NO, FILLER]));
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"^(?i:(?:{GREETING}|{THANKS}))(?:\s+(?:(?i:mr|mrs|ms|dr|herr|frau)\.?\s+)?\p{{Lu}}[\p{{Ll}}'-]+){{0,3}}\s*(?:[,!:.–-]+\s+|\n\s*)"
    ))
    .expect("the pattern is checked by the tests")
});
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b((?i:thanks|thank you|danke|dank|bye|goodbye|merci|cheers))((?:\s+(?:(?i:mr|mrs|ms|dr|herr|frau)\.?\s+)?\p{Lu}\p{Ll}+){1,2})(\s*(?:[,.!\n]|$))",
    )
    .expect("the pattern is checked by the tests")
});

/// Says what kind of courtesy a text is; nothing where it says more. A text without a word is one.
pub(super) fn judge(text: &str) -> Option<Courtesy> {
    if text.contains(['?', '？']) || text.unicode_words().nth(LONGEST_WORDS).is_some() {
        return None;
    }
    let unnamed = NAMED.replace_all(text, "$1$3");
    let plain = unnamed.to_lowercase().replace(['’', '`', '´'], "'");
    let plain = plain.trim_matches(|sign: char| !sign.is_alphanumeric());
    if plain.is_empty() {
        return Some(Courtesy::Parting);
    }
    if !COURTESY.is_match(plain) {
        return None;
    }
    let kinds = [(&AGREEMENT, Courtesy::Yes), (&REFUSAL, Courtesy::No), (&PARTING, Courtesy::Parting)];
    let kind = kinds.iter().find(|(pattern, _)| pattern.is_match(plain));
    Some(kind.map_or(Courtesy::Plain, |(_, kind)| *kind))
}

/// Returns a text without greeting and thanks before what it says, and without thanks and farewell behind it. A text
/// that is nothing else stays.
pub(super) fn without(text: &str) -> &str {
    let mut rest = text.trim();
    while let Some(opening) = OPENING.find(rest) {
        let after = rest[opening.end()..].trim_start();
        if after.is_empty() {
            break;
        }
        rest = after;
    }
    let pieces: Vec<&str> =
        rest.split_inclusive('\n').flat_map(|line| line.split_sentence_bounds()).collect();
    let is_left_out = |piece: &str| matches!(judge(piece), Some(Courtesy::Parting | Courtesy::Plain));
    let says = |piece: &&str| piece.chars().any(char::is_alphanumeric) && !is_left_out(piece);
    let (Some(first), Some(last)) = (pieces.iter().position(says), pieces.iter().rposition(says)) else {
        return text.trim();
    };
    let start: usize = pieces[..first].iter().map(|piece| piece.len()).sum();
    let end: usize = pieces[..=last].iter().map(|piece| piece.len()).sum();
    // A mark behind the last sentence, such as the end of a code block, belongs to it.
    let has_words = rest[end..].chars().any(char::is_alphanumeric);
    let end = if has_words { end } else { rest.len() };
    rest[start..end].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courtesies_are_recognised_in_any_order() {
        for text in [
            "Hello",
            "Hi there!",
            "Good morning, team",
            "Guten Tag",
            "Hallo zusammen",
            "Thanks a lot!",
            "Thank you so much for your quick help!",
            "Super, vielen Dank!",
            "Danke für die schnelle Antwort, schönen Tag noch",
            "ok that worked",
            "It works now, thanks!",
            "That's all, thanks. Have a great day!",
            "No, that was everything, thank you",
            "no thank you",
            "Thanks Anna!",
            "Das war's, danke Frau Pohl.",
            "Perfect :)",
            "👍",
            "...",
            "",
            "Never mind, bye",
            "I appreciate your help very much.",
            "Alles klar, danke dir!",
            "Hat geklappt, danke!",
            "Great, that's all for today. Goodbye!",
            "THANK YOU VERY MUCH",
            "ok",
            "Sounds good, will do. Thanks again",
            "You've been very helpful, thank you!",
            "You too!",
        ] {
            assert!(judge(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_says_more_is_no_courtesy() {
        for text in [
            "Thanks, but how do I turn it off",
            "It is a problem",
            "it is not working",
            "Thanks for nothing",
            "Hello?",
            "ok?",
            "Hi I need some help",
            "Hello battery",
            "No it is good for nothing",
            "that worked yesterday",
            "2",
            "8 pm thanks",
            "Danke, aber es geht nicht",
            "Das geht so nicht",
            "thanks, my order is 1234",
            "你好",
            "It works but it is slow",
        ] {
            assert_eq!(judge(text), None, "{text}");
        }
    }

    #[test]
    fn bare_agreement_and_refusal_are_told_apart() {
        for text in ["yes", "Yes please!", "ja, bitte", "ok", "Sure", "klar"] {
            assert_eq!(judge(text), Some(Courtesy::Yes), "{text}");
        }
        for text in ["no", "Nope.", "nein", "no it doesn't", "leider nicht"] {
            assert_eq!(judge(text), Some(Courtesy::No), "{text}");
        }
        assert_eq!(judge("no thanks"), Some(Courtesy::Plain));
        assert_eq!(judge("yes, thank you"), Some(Courtesy::Plain));
        assert_eq!(judge("That's all, thank you!"), Some(Courtesy::Parting));
    }

    #[test]
    fn only_what_is_said_is_left() {
        for (text, left) in [
            ("Hello! How do I reset it?", "How do I reset it?"),
            ("Hi Declan, how do I reset it? Thanks in advance!", "how do I reset it?"),
            ("Hallo zusammen, wie setze ich es zurück? Danke euch!", "wie setze ich es zurück?"),
            ("Good morning\nThe lamp is red.\nThank you", "The lamp is red."),
            ("Thanks! One more: where is my invoice?", "One more: where is my invoice?"),
            ("Hey the charger blinks, what now?", "Hey the charger blinks, what now?"),
            ("How do I reset it?\n\n```\nerror\n```", "How do I reset it?\n\n```\nerror\n```"),
            ("Hello", "Hello"),
            ("Thank you!", "Thank you!"),
        ] {
            assert_eq!(without(text), left, "{text}");
        }
    }
}
