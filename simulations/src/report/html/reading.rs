//! A page to read by eye: questions with what people answered and what each drafter made of them.

use anyhow::Context as _;
use askama::Template;
use domain::text::shorten;
use domain::{Outcome, Timestamp};

use super::super::{Texts, words};
use super::figure::{day, moment, whole};
use crate::reading::{CameOut, Reading};
use crate::told::{Passage, Told};
use crate::turns::Comparison;

/// How much of a text is shown.
const MOST_CHARACTERS: usize = 6_000;

/// What a page to read is about.
#[derive(Debug, Clone)]
pub struct Readings<'a> {
    /// The title.
    pub title: String,
    /// What was put together here, and how it was chosen.
    pub lead: String,
    /// When.
    pub made_at: Timestamp,
    /// Whether it is the sample workspace that ships with the product.
    pub is_sample: bool,
    /// What a reader must know first, where there is something: title and text.
    pub note: Option<(&'static str, &'static str)>,
    /// What is to be read.
    pub readings: &'a [Reading],
}

#[derive(Template)]
#[template(path = "reading.html")]
struct Page {
    title: String,
    lead: String,
    made_at: String,
    is_sample: bool,
    texts_shown: bool,
    note: Option<(&'static str, &'static str)>,
    entries: Vec<Entry>,
}

struct Entry {
    number: usize,
    name: String,
    about: Option<String>,
    day: Option<String>,
    /// Class and words of how the replay came out.
    pill: Option<(&'static str, &'static str)>,
    agreement: Option<String>,
    question: String,
    human: Option<Human>,
    columns: Vec<Column>,
    /// How many columns there are, the person's included.
    across: &'static str,
    beside: Vec<Link>,
}

struct Human {
    label: String,
    text: String,
}

struct Column {
    /// What its passages are called within the page.
    id: String,
    drafter: String,
    how: Option<String>,
    class: &'static str,
    decision: String,
    why: &'static str,
    confidence: String,
    draft: Vec<Piece>,
    rest: String,
    hidden: Option<String>,
    passages: Vec<Cited>,
    checks: Vec<Check>,
    failed: usize,
}

struct Piece {
    text: String,
    number: usize,
    passage: usize,
}

struct Cited {
    number: usize,
    link: Link,
    text: String,
}

struct Link {
    name: String,
    url: Option<String>,
}

struct Check {
    name: String,
    passed: bool,
    detail: String,
}

/// Returns the content of a page to read.
///
/// # Errors
/// Fails only if the template does, which would be a mistake in this crate.
pub fn readings(page: &Readings<'_>, texts: Texts) -> anyhow::Result<String> {
    let entries = page.readings.iter().zip(1..).map(|(reading, number)| entry(reading, number, texts));
    let page = Page {
        title: page.title.clone(),
        lead: page.lead.clone(),
        made_at: moment(page.made_at),
        is_sample: page.is_sample,
        texts_shown: texts == Texts::Shown,
        note: page.note,
        entries: entries.collect(),
    };
    page.render().context("could not write the page to read as HTML")
}

fn entry(reading: &Reading, number: usize, texts: Texts) -> Entry {
    let columns: Vec<Column> = reading
        .told
        .iter()
        .zip(1..)
        .map(|(told, at)| column(told, format!("{number}-{at}"), texts))
        .collect();
    let human = reading
        .human
        .as_ref()
        .map(|(label, text)| Human { label: words::label(label.name()).title, text: show(text, texts) });
    let across = match columns.len() + usize::from(human.is_some()) {
        0 | 1 => "one",
        2 => "",
        _ => "three",
    };
    // What stands beside a draft does not depend on who drafted.
    let beside = reading.told.last().map(|told| told.for_agent.as_slice()).unwrap_or_default();
    let beside = beside.iter().map(|source| {
        link(title(&source.title, &source.external_id), source.url.as_deref(), source.public, texts)
    });
    Entry {
        number,
        name: reading.name.clone(),
        about: reading.about.clone(),
        day: reading.at.map(day),
        pill: reading.came_out.map(pill),
        agreement: reading.came_out.and_then(agreement),
        // What was settled by a rule, such as an automatic message, has no question.
        question: match reading.question.trim() {
            "" => "No question was made of the message: a rule settled it.".to_owned(),
            question => show(question, texts),
        },
        human,
        columns,
        across,
        beside: beside.collect(),
    }
}

fn pill(came_out: CameOut) -> (&'static str, &'static str) {
    match came_out.comparison {
        Comparison::Same => ("same", "Same as the person, says the judge"),
        Comparison::Different => ("different", "Not the same, says the judge"),
        Comparison::Held => ("held", "Held back"),
        Comparison::Unjudged => ("held", "Nothing to compare with"),
    }
}

fn agreement(came_out: CameOut) -> Option<String> {
    let source = if came_out.same_source { ", same page cited" } else { "" };
    came_out.agreement.map(|score| format!("agreement {}{source}", whole(score)))
}

fn column(told: &Told, id: String, texts: Texts) -> Column {
    let (class, decision, why) = decision(told.outcome);
    let hidden = match texts {
        Texts::Hidden if told.has_draft() => Some(texts.show(&told.text())),
        _ => None,
    };
    let shown = hidden.is_none();
    let said = told.sentences.iter().filter(|_| shown);
    Column {
        id,
        drafter: told.drafter.clone(),
        how: told.how.clone(),
        class,
        decision,
        why,
        confidence: whole(told.confidence),
        draft: said
            .map(|said| Piece { text: said.text.clone(), number: said.number, passage: said.passage + 1 })
            .collect(),
        rest: if shown { told.rest.clone() } else { String::new() },
        hidden,
        passages: told.passages.iter().map(|passage| cited(passage, texts)).collect(),
        failed: told.checks.iter().filter(|verdict| !verdict.passed).count(),
        checks: told
            .checks
            .iter()
            .map(|verdict| Check {
                name: verdict.check.clone(),
                passed: verdict.passed,
                detail: verdict.detail.clone(),
            })
            .collect(),
    }
}

/// Returns class, words and reason of a decision.
fn decision(outcome: Outcome) -> (&'static str, String, &'static str) {
    match (outcome, outcome.reason()) {
        (Outcome::Answer, _) => ("same", "Answer".to_owned(), ""),
        (_, reason) => {
            let meaning = words::reason(reason.unwrap_or("asked_back"));
            let kind = if matches!(outcome, Outcome::HandOff(_)) { "Hand off: " } else { "" };
            ("held", format!("{kind}{}", meaning.title), meaning.text)
        }
    }
}

fn cited(passage: &Passage, texts: Texts) -> Cited {
    let name = passage.name();
    Cited {
        number: passage.number,
        link: link(&name, passage.url.as_deref(), passage.public, texts),
        text: show(&passage.text, texts),
    }
}

fn title<'a>(title: &'a str, id: &'a str) -> &'a str {
    if title.is_empty() { id } else { title }
}

/// Returns a title with its address, as far as both may be shown. Only addresses of the web are followed.
fn link(name: &str, url: Option<&str>, public: bool, texts: Texts) -> Link {
    if !public && texts == Texts::Hidden {
        return Link { name: "[title hidden]".to_owned(), url: None };
    }
    let is_web = |url: &&str| url.starts_with("https://") || url.starts_with("http://");
    Link { name: name.to_owned(), url: url.filter(is_web).map(str::to_owned) }
}

fn show(text: &str, texts: Texts) -> String {
    match texts {
        Texts::Shown => shorten(text, MOST_CHARACTERS),
        Texts::Hidden => texts.show(text),
    }
}

#[cfg(test)]
mod tests {
    use domain::HandOff;
    use domain::decision::Verdict;

    use super::*;
    use crate::human::Label;
    use crate::judge::Source;
    use crate::told::Said;

    const HOSTILE: &str = r#"</style><script>alert("x")</script><img src=x onerror='y'> & "quoted" 'single'"#;

    fn told(text: &str) -> Told {
        Told {
            drafter: "extractive".to_owned(),
            how: Some("written by a-model".to_owned()),
            outcome: Outcome::HandOff(HandOff::CheckFailed),
            confidence: 0.62,
            sentences: vec![Said { text: format!("Hello,\n\n{text}"), number: 1, passage: 0 }],
            rest: format!("\n\nSee: {text} [2]"),
            passages: vec![Passage {
                number: 1,
                title: text.to_owned(),
                headings: vec!["Top".to_owned(), "Reset".to_owned()],
                url: Some("https://help.example/lock#reset".to_owned()),
                public: false,
                text: text.to_owned(),
            }],
            checks: vec![
                Verdict {
                    check: "grounding".to_owned(),
                    passed: false,
                    detail: "1 of 1 sentences".to_owned(),
                },
                Verdict { check: "privacy".to_owned(), passed: true, detail: "0 masked".to_owned() },
            ],
            for_agent: vec![Source { title: text.to_owned(), ..Source::default() }],
        }
    }

    fn page(text: &str, texts: Texts, change: impl Fn(&mut Reading)) -> String {
        let mut reading = Reading {
            name: "c1".to_owned(),
            about: Some(text.len().to_string()),
            at: Some(Timestamp::from_millis(1_735_689_600_000)),
            came_out: Some(CameOut {
                comparison: Comparison::Held,
                agreement: Some(0.4),
                same_source: false,
            }),
            question: text.to_owned(),
            human: Some((Label::Answered, text.to_owned())),
            told: vec![told(text), told(text)],
        };
        change(&mut reading);
        let page = Readings {
            title: "To read".to_owned(),
            lead: "One turn.".to_owned(),
            made_at: Timestamp::from_millis(1_735_689_600_000),
            is_sample: true,
            note: Some(("Mind", "what this is")),
            readings: &[reading],
        };
        readings(&page, texts).unwrap()
    }

    #[test]
    fn all_that_was_made_of_a_question_can_be_read() {
        let page = page("zebra-quartz", Texts::Shown, |_| {});
        for shown in [
            "zebra-quartz",
            "Hand off: A safety check said no",
            "62%",
            "1 of 1 sentences",
            "written by a-model",
            "href=\"https://help.example/lock#reset\"",
            "zebra-quartz › Reset",
            "Answered",
            "Held back",
            "what this is",
        ] {
            assert!(page.contains(shown), "{shown}");
        }
        // A citation leads to its passage, which is there once.
        assert!(page.contains("href=\"#p1-1-1\"") && page.matches("id=\"p1-1-1\"").count() == 1);
    }

    #[test]
    fn texts_are_hidden_unless_shown_by_choice() {
        let page = page("zebra-quartz it is", Texts::Hidden, |_| {});
        assert!(!page.contains("zebra") && !page.contains("help.example"), "a text got out");
        assert!(page.contains("[text hidden: 3 words; run with --with-text]"));
        assert!(page.contains("[title hidden]") && page.contains("1 of 1 sentences"));
    }

    #[test]
    fn what_anybody_may_see_keeps_its_title_and_address() {
        let page = page("Reset the lock", Texts::Hidden, |reading| {
            reading.told.iter_mut().for_each(|told| told.passages[0].public = true);
        });
        assert!(page.contains("Reset the lock › Reset") && page.contains("help.example/lock#reset"));
    }

    #[test]
    fn hostile_text_stays_text() {
        for texts in [Texts::Hidden, Texts::Shown] {
            let page = page(HOSTILE, texts, |reading| {
                reading.name = HOSTILE.to_owned();
                for told in &mut reading.told {
                    told.drafter = HOSTILE.to_owned();
                    told.how = Some(HOSTILE.to_owned());
                    told.checks[0].detail = HOSTILE.to_owned();
                    told.passages[0].url = Some("javascript:alert(1)".to_owned());
                    told.passages[0].headings = vec![HOSTILE.to_owned()];
                }
            });
            assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("javascript:"));
            assert_eq!(page.matches("</style>").count(), 1);
        }
    }

    #[test]
    fn the_page_needs_nothing_from_outside() {
        let page = page("plain", Texts::Shown, |_| {});
        for outside in ["src=", "@import", "url(", "<link", "<script"] {
            assert!(!page.contains(outside), "found `{outside}`");
        }
        assert!(page.starts_with("<!doctype html>"));
    }
}
