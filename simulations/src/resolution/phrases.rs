//! What customers and machines write at the end of a conversation.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

const CONFIRMATION: &[&str] = &[
    r"\b(?:that|this|it|which|your (?:solution|suggestion|advice|answer))(?: all| has| have| really| finally| now)* (?:worked|works|did it|did the trick|helped|fixed|solved|resolved)\b",
    r"\b(?:worked|works) (?:now|again|perfectly|great|fine|well|like a charm|for me|a treat)\b",
    r"\b(?:problem|issue|matter|question|everything|all)(?: is| was| has been|'s| now| finally)* (?:solved|resolved|fixed|sorted|working|answered)\b",
    r"^\W*(?:(?:all|now|finally|it's|is) )*(?:solved|fixed|resolved|sorted|working|gelöst|behoben|erledigt)(?: (?:now|it|jetzt))?\W*$",
    r"\b(?:solved|fixed|resolved|sorted)(?: it| now| that| the (?:problem|issue))?[.!,]* (?:thank|thanks|cheers|now)\b",
    r"\b(?:i(?:'m| am| was)?|we(?:'re| are)?) (?:now |finally )?(?:all set|up and running|able to (?:fix|solve|resolve|log in|send|receive|open|access)|got it (?:working|to work|sorted))\b",
    r"\b(?:got it (?:working|to work|sorted)|all (?:set|sorted|good)(?: now)?|that (?:was|is) (?:it|the (?:problem|solution|fix)))\b",
    r"\b(?:you (?:solved|fixed|nailed) (?:it|my|the))\b",
    r"\b(?:hat|habe?n?) (?:\w+ ){0,3}(?:geklappt|funktioniert|geholfen|gelöst|behoben)\b",
    r"\b(?:funktioniert|klappt|geht|läuft) (?:jetzt|nun|wieder|alles|einwandfrei|bestens|prima)\b",
    r"\b(?:jetzt|nun|damit|so) (?:funktioniert|klappt|geht|läuft) (?:es|alles|das)\b",
    r"\b(?:problem|frage|fehler|sache|anliegen) (?:ist |wurde |hat sich |nun |jetzt )*(?:gelöst|behoben|erledigt|geklärt|beantwortet)\b",
    r"\b(?:das war(?:'s| es)|hat sich erledigt|alles (?:geklappt|gelöst|geklärt|erledigt|bestens))\b",
];

const DENIAL: &[&str] = &[
    r"\b(?:not|n't|n’t|never|cannot|nope|unfortunately|no luck|no dice|still (?:not|no|the|have|having|getting|can)|only (?:partly|partially)|until|if (?:it|that|this)|whether|would|wish|hoped?|hoping|but then|again the same|used to|worked (?:before|until|fine (?:before|until|in)))\b",
    r"n['’]t\b",
    r"\b(?:nicht|kein\w*|leider|immer noch|noch immer|nie|niemals|trotzdem|bis|falls|wenn|ob|hoffe)\b",
];

const THANKS: &[&str] =
    &[r"\b(?:thank you|thanks|thx|cheers|much appreciated|danke|dankeschön|vielen dank|besten dank|merci)\b"];

const INACTIVITY: &[&str] = &[
    r"\b(?:clos(?:e|ed|ing)|archiv(?:e|ed|ing)|end(?:ed|ing)|locked)\b.{0,80}\b(?:inactiv\w*|no (?:reply|response|activity|answer)|not heard (?:back )?from you|lack of (?:response|activity))",
    r"\b(?:inactiv\w*|no (?:reply|response|activity)|not heard (?:back )?from you|haven't heard (?:back )?from you|lack of (?:response|activity))\b.{0,120}\b(?:clos(?:e|ed|ing)|archiv(?:e|ed|ing)|locked)",
    r"\b(?:inaktivität|keine (?:rückmeldung|antwort|reaktion)|nichts (?:mehr )?von (?:ihnen|dir) gehört)\b.{0,120}\b(?:geschlossen|schließen|beendet|abgeschlossen|archiviert)",
    r"\b(?:geschlossen|schließen|beendet|abgeschlossen|archiviert)\b.{0,120}\b(?:inaktivität|keine (?:rückmeldung|antwort|reaktion))",
];

/// A thanks in a longer text than this comes with something else.
const SHORT: usize = 25;

fn compiled(cell: &'static OnceLock<Vec<Regex>>, patterns: &[&str]) -> &'static [Regex] {
    cell.get_or_init(|| {
        let build = |pattern: &&str| {
            RegexBuilder::new(pattern)
                .case_insensitive(true)
                .build()
                .expect("the patterns are fixed and valid")
        };
        patterns.iter().map(build).collect()
    })
}

/// Reports whether a customer says that it is solved: some sentence says so and does not take it back.
pub(super) fn is_confirmation(text: &str) -> bool {
    static YES: OnceLock<Vec<Regex>> = OnceLock::new();
    static NO: OnceLock<Vec<Regex>> = OnceLock::new();
    let (yes, no) = (compiled(&YES, CONFIRMATION), compiled(&NO, DENIAL));
    let own = own_lines(text);
    own.split_inclusive(['.', '!', '?', '\n', ';'])
        .filter(|sentence| !sentence.trim_end().ends_with('?'))
        .any(|sentence| {
            yes.iter().any(|one| one.is_match(sentence)) && !no.iter().any(|one| one.is_match(sentence))
        })
}

/// Reports whether a customer merely says thanks.
pub(super) fn is_thanks(text: &str) -> bool {
    static THANKED: OnceLock<Vec<Regex>> = OnceLock::new();
    let own = own_lines(text);
    compiled(&THANKED, THANKS).iter().any(|one| one.is_match(&own))
        && own.split_whitespace().count() <= SHORT
        && !own.contains('?')
}

/// Reports whether a message says that the conversation is closed because nobody wrote.
pub(super) fn is_inactivity(text: &str) -> bool {
    static CLOSED: OnceLock<Vec<Regex>> = OnceLock::new();
    compiled(&CLOSED, INACTIVITY).iter().any(|one| one.is_match(text))
}

fn own_lines(text: &str) -> String {
    crate::human::without_quotes(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_confirm_in_english_and_german() {
        for text in [
            "That worked, thanks!",
            "David, thank you. I am now up and running.",
            "Solved! Thanks",
            "Great, the problem is solved.",
            "It works now.",
            "Danke, das hat geklappt.",
            "Jetzt funktioniert es, vielen Dank!",
            "Das Problem ist gelöst",
            "I tried the first thing and it failed. The second one did the trick: it works again!",
        ] {
            assert!(is_confirmation(text), "{text}");
        }
    }

    #[test]
    fn denials_questions_conditions_and_quotes_confirm_nothing() {
        for text in [
            "That didn't work.",
            "This did not solve my problem",
            "It worked until yesterday",
            "Has this been solved?",
            "I hope that works",
            "Das hat leider nicht geklappt.",
            "Thanks, I'll try it",
            "> It works now\nNo idea what you mean",
            "I wish it worked again",
        ] {
            assert!(!is_confirmation(text), "{text}");
        }
    }

    #[test]
    fn thanks_alone_are_thanks() {
        assert!(is_thanks("Thanks, I'll try it"));
        assert!(is_thanks("Vielen Dank!"));
        assert!(!is_thanks("Thanks, but where is the button?"));
        assert!(!is_thanks("The button is gone"));
    }

    #[test]
    fn machines_close_for_inactivity() {
        assert!(is_inactivity("This conversation was closed due to inactivity."));
        assert!(is_inactivity("We have not heard from you, so we are closing this ticket."));
        assert!(is_inactivity("Wegen Inaktivität wurde die Unterhaltung geschlossen."));
        assert!(!is_inactivity("Close the window and open it again."));
    }
}
