//! Files and pictures that came along or that a text points to. Nobody here looks at them, so the agent is told.

use std::sync::LazyLock;

use domain::decision::Unseen;
use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use super::leaning;
use crate::visible::visible;

/// Most names that are told.
const MOST_NAMES: usize = 5;
/// Most characters of a name.
const NAME_CHARS: usize = 60;
/// A text with fewer words says little by itself beside a file.
const SAYS_LITTLE_WORDS: usize = 8;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the pattern is checked by the tests"));
    };
}

// What points to something that came along. Who asks how to attach a file, or cannot open one, points to nothing.
pattern!(
    POINTS,
    r"(?i)((^|[.!?,;:(\n–-]\s*)(please |pls )?(see|cf\.?|refer to|look at|check( out)?|find)( the| my| this)? ?(attached|enclosed|attachments?|screen ?(shots?|grabs?|caps?)|(picture|photo|image|pic)s?( (below|above|attached))?)\b|\b(i|i've|i have|we|we've|we have)( have| just| also)? (attached|enclosed|added|included|uploaded) (a |an |the |my |some |two |three |this |these )?(\w+ )?(screen ?shots?|pictures?|photos?|images?|pics?|files?|videos?|invoices?|receipts?|copy|copies|logs?|log files?|documents?|pdfs?)\b|\b(is|are|here is|here's|here are) (the |my |a |some )?(attached|enclosed)\b|\b(screen ?shots?|pictures?|photos?|images?|files?|logs?|invoices?|receipts?|videos?) (is |are )?(attached|enclosed|below|included)\b|\b(attached|enclosed) (is|are|you('ll| will) find|please find|herewith|the (screenshot|picture|photo|file|invoice|receipt|log)s?)\b|\b((as|like|what) ?(shown|seen|you can see|you see|depicted|is)?|shown|seen|see|visible|look(s|ing)?( like (this|that))?) (in|on) (the|my|this) (attached |enclosed )?(attachment|attached|screen ?shots?|pictures?|photos?|images?|pics?)\b|\b(im|siehe|laut|gemäß|s\.) ?(den |dem |die |der |das )?(anhang|beigefügt\w*|angehängt\w*|screenshots?|bildschirmfotos?|fotos?|bild(er)?|anlage)\b|\b(anbei|beiliegend|als anlage|in der anlage|wie auf (dem|meinem|den) (foto|bild|screenshot|bildern|fotos)|(auf|in) (dem|den|meinem) (angehängten|beigefügten)? ?(screenshots?|bildschirmfotos?|fotos?|bild|bildern)|(habe|hab|haben)\b[^.!?\n]{0,60}\b(angehängt|beigefügt|mitgeschickt|hochgeladen))\b)"
);

/// Returns what came along or is pointed to. `own` is what the customer wrote.
pub(super) fn unseen(files: &[String], own: &str) -> Option<Unseen> {
    let points = POINTS.is_match(own);
    if files.is_empty() && !points {
        return None;
    }
    let says_little = !files.is_empty() && (says_little(own) || leaning::points(own));
    let names = files.iter().take(MOST_NAMES).map(|name| plain(name)).collect();
    Some(Unseen { files: names, is_needed: points || says_little })
}

fn says_little(own: &str) -> bool {
    own.unicode_words().filter(|word| leaning::means(word)).count() < SAYS_LITTLE_WORDS / 2
        || own.unicode_words().nth(SAYS_LITTLE_WORDS - 1).is_none()
}

/// Returns a name on one line, without what nobody sees, and no longer than a name.
fn plain(name: &str) -> String {
    let name = visible(name);
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = domain::text::shorten(&name, NAME_CHARS);
    if name.is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_points_to_something_is_told_from_what_asks_about_files() {
        for text in [
            "See attached screenshot.",
            "It shows an error, please see the attachment",
            "I have attached a photo of the broken lamp.",
            "Attached is my invoice",
            "The light is red as shown in the picture.",
            "It looks like in the attached image",
            "Screenshot attached",
            "Siehe Anhang, was bedeutet das?",
            "Der Fehler ist auf dem Screenshot zu sehen.",
            "Anbei die Rechnung.",
            "Ich habe ein Foto vom Rad angehängt.",
        ] {
            assert!(unseen(&[], text).is_some_and(|unseen| unseen.is_needed), "{text}");
        }
        for text in [
            "How do I attach a screenshot to a message?",
            "I cannot see the attachment in my mail, where is it?",
            "The attached charger does not fit",
            "Wie hänge ich ein Foto an?",
            "Can I upload a picture of my bike to the app?",
            "How do I attach the basket?",
        ] {
            assert_eq!(unseen(&[], text), None, "{text}");
        }
    }

    #[test]
    fn a_file_is_needed_where_the_text_says_little_without_it() {
        let files = ["IMG_1.png".to_owned()];
        for (text, is_needed) in [
            ("What is this?", true),
            ("", true),
            ("Why does it look like that since yesterday evening", true),
            ("How do I reset the display of my Aero with the power button on the left side?", false),
        ] {
            let unseen = unseen(&files, text).unwrap();
            assert_eq!((unseen.is_needed, unseen.files.len()), (is_needed, 1), "{text}");
        }
    }

    #[test]
    fn names_are_bounded_and_on_one_line() {
        let files = vec!["a\u{202e}b\nc".to_owned(), "x".repeat(500), " ".to_owned()];
        let unseen = unseen(&[files, vec!["y".to_owned(); 9]].concat(), "").unwrap();
        assert_eq!(unseen.files.len(), MOST_NAMES);
        assert_eq!((unseen.files[0].as_str(), unseen.files[2].as_str()), ("ab c", "file"));
        assert!(unseen.files.iter().all(|name| name.chars().count() <= NAME_CHARS + 1));
    }
}
