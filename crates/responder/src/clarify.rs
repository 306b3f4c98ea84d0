//! The one question that is asked back: on which plan, region, version or brand it depends which answer is true. Pure.

use domain::decision::CitedSentence;
use domain::evidence::Missing;
use domain::{Author, Draft, Drafter, Language, Turn};

use crate::voice::Voice;

/// More values than this are not listed.
const MOST_VALUES: usize = 4;

/// What is asked in one language: the beginnings of the questions for brand, plan, region and version, what stands
/// before the values, and "or".
struct Words {
    language: &'static str,
    stems: [&'static str; 4],
    colon: &'static str,
    or: &'static str,
}

const WORDS: [Words; 7] = [
    Words {
        language: "en",
        stems: [
            "Which brand is this about",
            "Which plan is this about",
            "Which region is this about",
            "Which version is this about",
        ],
        colon: ": ",
        or: "or",
    },
    Words {
        language: "de",
        stems: [
            "Um welche Marke geht es",
            "Um welchen Tarif geht es",
            "Um welche Region geht es",
            "Um welche Version geht es",
        ],
        colon: ": ",
        or: "oder",
    },
    Words {
        language: "fr",
        stems: [
            "De quelle marque s’agit-il",
            "De quelle offre s’agit-il",
            "De quelle région s’agit-il",
            "De quelle version s’agit-il",
        ],
        colon: " : ",
        or: "ou",
    },
    Words {
        language: "es",
        stems: [
            "¿De qué marca se trata",
            "¿De qué plan se trata",
            "¿De qué región se trata",
            "¿De qué versión se trata",
        ],
        colon: ": ",
        or: "o",
    },
    Words {
        language: "it",
        stems: [
            "Di quale marca si tratta",
            "Di quale piano si tratta",
            "Di quale regione si tratta",
            "Di quale versione si tratta",
        ],
        colon: ": ",
        or: "o",
    },
    Words {
        language: "nl",
        stems: [
            "Om welk merk gaat het",
            "Om welk abonnement gaat het",
            "Om welke regio gaat het",
            "Om welke versie gaat het",
        ],
        colon: ": ",
        or: "of",
    },
    Words {
        language: "pt",
        stems: [
            "De que marca se trata",
            "De que plano se trata",
            "De que região se trata",
            "De que versão se trata",
        ],
        colon: ": ",
        or: "ou",
    },
];

/// Composes the question; nothing in a language in which we cannot ask.
pub(crate) fn draft(
    missing: &Missing,
    language: Language,
    (voice, first_name): (&Voice, Option<&str>),
) -> Option<Draft> {
    let words = WORDS.iter().find(|words| words.language == language.code())?;
    let stem = words.stems[missing.part as usize];
    let values: Vec<&str> = missing.values.iter().map(String::as_str).collect();
    let text = match values.split_last() {
        Some((last, rest)) if !rest.is_empty() && values.len() <= MOST_VALUES => {
            format!("{stem}{}{} {} {last}?", words.colon, rest.join(", "), words.or)
        }
        _ => format!("{stem}{}?", if words.language == "fr" { " " } else { "" }),
    };
    Some(Draft {
        greeting: voice.greeting(language, first_name),
        sentences: vec![CitedSentence { text, chunk: missing.chunk, source: 0 }],
        sources: Vec::new(),
        pages: Vec::new(),
        signature: voice.signature.clone(),
        language,
        drafter: Drafter::Extractive,
    })
}

/// Reports whether the company has asked such a question before: one is enough.
pub(crate) fn was_asked(turns: &[Turn]) -> bool {
    let stems = || WORDS.iter().flat_map(|words| words.stems);
    turns
        .iter()
        .filter(|turn| matches!(turn.author, Author::Agent | Author::Bot))
        .any(|turn| stems().any(|stem| turn.text.contains(stem)))
}

#[cfg(test)]
mod tests {
    use domain::{Kind, Part, Timestamp};

    use super::*;
    use crate::fixture::chunk;

    fn missing(part: Part, values: &[&str]) -> Missing {
        Missing {
            part,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            chunk: chunk("Returns", 0, Kind::Article, "x").id,
            confidence: 0.9,
        }
    }

    #[test]
    fn what_it_may_be_is_named_where_that_is_short() {
        let ask = |part, values: &[&str], language| {
            draft(&missing(part, values), language, (&Voice::default(), Some("Anna")))
                .map(|draft| draft.text())
        };
        let german = ask(Part::Plan, &["Basic", "Plus", "Team"], Language::GERMAN);
        assert_eq!(
            german.as_deref(),
            Some("Hallo Anna,\n\nUm welchen Tarif geht es: Basic, Plus oder Team?")
        );
        let one = ask(Part::ProductVersion, &["2.1"], Language::ENGLISH);
        assert_eq!(one.as_deref(), Some("Hello Anna,\n\nWhich version is this about?"));
        let many = ask(Part::Region, &["a", "b", "c", "d", "e"], Language::ENGLISH);
        assert!(many.unwrap().ends_with("Which region is this about?"));
        assert_eq!(ask(Part::Plan, &["a", "b"], Language::UNKNOWN), None);
    }

    #[test]
    fn every_language_asks_for_every_part_in_words_of_its_own() {
        let stems: std::collections::BTreeSet<&str> = WORDS.iter().flat_map(|words| words.stems).collect();
        assert_eq!(stems.len(), WORDS.len() * Part::ALL.len());
        assert!(Part::ALL.into_iter().enumerate().all(|(at, part)| part as usize == at));
    }

    #[test]
    fn it_is_asked_once() {
        let turn = |author, text: &str| Turn {
            position: 0,
            author,
            author_id: None,
            at: Timestamp::MIN,
            text: text.to_owned(),
            cites: Vec::new(),
        };
        assert!(was_asked(&[turn(Author::Bot, "Hello,\n\nWhich plan is this about: Basic or Plus?")]));
        assert!(!was_asked(&[turn(Author::Customer, "Which plan is this about?")]));
        assert!(!was_asked(&[turn(Author::Agent, "Is it the small one?")]));
    }
}
