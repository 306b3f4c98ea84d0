//! Small bodies with the Markdown that a person expects of them, and properties of all bodies.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Anchors, Around, Included, display_url, markdown, needs, page};

/// Bodies and their Markdown: `=== name`, the body, `--- expected`, the Markdown.
const FIXTURES: &str = include_str!("fixtures.txt");

fn around() -> Around {
    let named = |space: &str, title: &str| (space.to_owned(), title.to_owned());
    let body =
        |page: &str, storage: &str| Included::Body { page: page.to_owned(), storage: storage.to_owned() };
    let macro_ = |name: &str, page: &str| {
        format!(
            "<ac:structured-macro ac:name=\"{name}\"><ac:parameter ac:name=\"\"><ac:link><ri:page ri:content-title=\"{page}\"/></ac:link></ac:parameter></ac:structured-macro>"
        )
    };
    let excerpt = "<p>Not shown.</p><ac:structured-macro ac:name=\"excerpt\"><ac:parameter ac:name=\"hidden\">true</ac:parameter><ac:rich-text-body><p>The <strong>short</strong> of it.</p></ac:rich-text-body></ac:structured-macro>";
    Around {
        base: "https://acme.example/wiki".into(),
        space: "DOC".into(),
        page: "100".into(),
        names: Some(BTreeMap::from([("a-1".to_owned(), "Ann Example".to_owned())])),
        links: Arc::new(BTreeMap::from([(
            named("DOC", "Lamp care"),
            "https://acme.example/wiki/spaces/DOC/pages/7".to_owned(),
        )])),
        included: BTreeMap::from([
            (named("DOC", "Safety"), body("8", "<h2>Safety</h2><p>Unplug first.</p>")),
            (named("DOC", "Short"), body("9", excerpt)),
            (named("DOC", "Ring A"), body("10", &format!("<p>A</p>{}", macro_("include", "Ring B")))),
            (named("DOC", "Ring B"), body("11", &format!("<p>B</p>{}", macro_("include", "Ring A")))),
            (named("DOC", "Closed"), Included::Closed),
        ]),
    }
}

fn fixtures() -> Vec<(&'static str, &'static str, &'static str)> {
    let cases = FIXTURES.split("=== ").skip(1);
    cases
        .map(|case| {
            let (name, rest) = case.split_once('\n').unwrap();
            let (storage, expected) = rest.split_once("\n--- expected\n").unwrap();
            (name, storage, expected.trim_end())
        })
        .collect()
}

#[test]
fn bodies_become_the_markdown_that_a_person_expects() {
    let around = around();
    let fixtures = fixtures();
    assert!(fixtures.len() >= 40, "{} fixtures", fixtures.len());
    let mut wrong = String::new();
    for (name, storage, expected) in fixtures {
        let found = markdown(storage, &around);
        if found != expected {
            wrong.push_str(&format!("=== {name}\n{storage}\n--- expected\n{found}\n\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn headings_link_to_where_the_site_shows_them() {
    let body = "<h1>Lamp  care &amp; <em>bulbs</em>?</h1><p>One</p><h2>Größe</h2><h2>Größe</h2><h2>See <a href=\"https://x.example\">there</a></h2>\
        <h3>[draft] one</h3><h2>Größe</h2><table><tr><td><h2>In a cell</h2></td></tr></table>\
        <ac:structured-macro ac:name=\"include\"><ac:parameter ac:name=\"\"><ac:link><ri:page ri:content-title=\"Safety\"/></ac:link></ac:parameter></ac:structured-macro>";
    let url = "https://acme.example/wiki/spaces/DOC/pages/100/Lamps";
    let links = |text: &str| -> Vec<String> {
        let headings = text.lines().filter(|line| line.starts_with('#'));
        headings.map(|line| line.trim_start_matches('#').trim().replace(url, "")).collect()
    };
    assert_eq!(
        links(&page(body, &around(), url, Anchors::Words)),
        [
            "[Lamp care & *bulbs*?](<#Lamp-care-%26-bulbs%3F>)",
            "[Größe](<#Gr%C3%B6%C3%9Fe>)",
            "[Größe](<#Gr%C3%B6%C3%9Fe.1>)",
            "See [there](<https://x.example>)",
            "[draft] one",
            "[Größe](<#Gr%C3%B6%C3%9Fe.2>)",
            "[Safety](<#Safety>)",
        ]
    );
    let centre = links(&page(body, &around(), url, Anchors::TitleAndWords("All lamps".to_owned())));
    assert_eq!(centre[0], "[Lamp care & *bulbs*?](<#Alllamps-Lampcare%26bulbs%3F>)");
    assert_eq!(centre[6], "Safety");
    let plain = markdown(body, &around());
    assert!(!plain.contains(url) && plain.contains("# Lamp care"), "{plain}");
}

#[test]
fn names_are_kept_from_whoever_must_not_see_them() {
    let around = Around { names: None, ..around() };
    let body = r#"<p>Ask <ac:link><ri:user ri:account-id="a-1"/></ac:link>.</p>"#;
    assert_eq!(markdown(body, &around), "Ask @somebody.");
}

#[test]
fn what_has_to_be_looked_up_is_named() {
    let body = r#"<p><ac:link><ri:user ri:account-id="a-1"/></ac:link></p><ac:structured-macro ac:name="include"><ac:parameter ac:name=""><ac:link><ri:page ri:space-key="OPS" ri:content-title="X"/></ac:link></ac:parameter></ac:structured-macro><ac:structured-macro ac:name="excerpt-include"><ac:parameter ac:name="">OPS:Old</ac:parameter></ac:structured-macro>"#;
    let needs = needs(body, "DOC");
    let named = |title: &str| ("OPS".to_owned(), title.to_owned());
    assert_eq!(needs.people.into_iter().collect::<Vec<_>>(), ["a-1"]);
    assert_eq!(needs.includes.into_iter().collect::<Vec<_>>(), [named("Old"), named("X")]);
}

#[test]
fn a_page_that_holds_itself_ends() {
    let mut around = around();
    let me = "<ac:structured-macro ac:name=\"include\"><ac:parameter ac:name=\"\"><ac:link><ri:page ri:content-title=\"Me\"/></ac:link></ac:parameter></ac:structured-macro>";
    let body = format!("<p>once</p>{me}{me}");
    let included = Included::Body { page: "100".into(), storage: body.clone() };
    around.included.insert(("DOC".into(), "Me".into()), included);
    assert_eq!(markdown(&body, &around).matches("once").count(), 1);
    // Many pages that each show two others do not grow without bound either.
    for number in 0..40 {
        let two = |n: u32| {
            format!(
                "<ac:structured-macro ac:name=\"include\"><ac:parameter ac:name=\"\"><ac:link><ri:page ri:content-title=\"P{n}\"/></ac:link></ac:parameter></ac:structured-macro>"
            )
        };
        let storage = format!("<p>{}</p>{}{}", "x".repeat(10_000), two(number + 1), two(number + 2));
        let included = Included::Body { page: number.to_string(), storage };
        around.included.insert(("DOC".into(), format!("P{number}")), included);
    }
    let body = "<ac:structured-macro ac:name=\"include\"><ac:parameter ac:name=\"\"><ac:link><ri:page ri:content-title=\"P0\"/></ac:link></ac:parameter></ac:structured-macro>";
    assert!(markdown(body, &around).len() < 8 * 1024 * 1024);
}

#[test]
fn a_body_of_two_hundred_thousand_words_is_written_whole() {
    let body: String = (0..2_000).map(|n| format!("<p>w{n} {}</p>", "word ".repeat(99))).collect();
    let text = markdown(&body, &around());
    assert_eq!(text.split_whitespace().count(), 200_000);
    assert!(text.contains("w1999"));
}

#[test]
fn addresses_by_title_are_encoded() {
    assert_eq!(display_url("https://x/wiki", "~ann", "A b/ü"), "https://x/wiki/display/~ann/A+b%2F%C3%BC");
}

/// A word that is seen on the page, with a number that no other has.
fn word() -> impl Strategy<Value = String> {
    "[a-z]{1,6}[0-9]{1,3}".prop_map(|word| format!("w{word}"))
}

/// A piece of a page and all words a reader of the page sees in it.
fn piece() -> impl Strategy<Value = (String, Vec<String>)> {
    let text = prop::collection::vec(word(), 1..4).prop_map(|words| (words.join(" "), words));
    text.prop_recursive(6, 40, 4, |inner| {
        let many = prop::collection::vec(inner.clone(), 1..4).prop_map(|pieces| {
            let (bodies, words): (Vec<String>, Vec<Vec<String>>) = pieces.into_iter().unzip();
            (bodies.join(" "), words.concat())
        });
        let wraps = prop::sample::select(vec![
            ("<p>", "</p>"),
            ("<h2>", "</h2>"),
            ("<strong>", "</strong>"),
            ("<em>", "</em>"),
            ("<code>", "</code>"),
            ("<blockquote>", "</blockquote>"),
            ("<ul><li>", "</li></ul>"),
            ("<ol><li>", "</li><li>x1</li></ol>"),
            ("<table><tbody><tr><th>h1</th></tr><tr><td>", "</td></tr></tbody></table>"),
            ("<table><tr><td rowspan=\"2\" colspan=\"3\">", "</td></tr><tr></tr></table>"),
            ("<a href=\"https://x.example/\">", "</a>"),
            ("<span style=\"color: red\">", "</span>"),
            ("<ac:layout><ac:layout-section><ac:layout-cell>", "</ac:layout-cell></ac:layout-section></ac:layout>"),
            ("<ac:structured-macro ac:name=\"info\"><ac:rich-text-body>", "</ac:rich-text-body></ac:structured-macro>"),
            ("<ac:structured-macro ac:name=\"expand\"><ac:rich-text-body>", "</ac:rich-text-body></ac:structured-macro>"),
            ("<ac:structured-macro ac:name=\"acme-thing\"><ac:rich-text-body>", "</ac:rich-text-body></ac:structured-macro>"),
            ("<ac:structured-macro ac:name=\"status\"><ac:parameter ac:name=\"title\">s1</ac:parameter></ac:structured-macro>", ""),
            ("<ac:task-list><ac:task><ac:task-status>complete</ac:task-status><ac:task-body>", "</ac:task-body></ac:task></ac:task-list>"),
            ("<ac:link><ri:page ri:content-title=\"T\"/><ac:link-body>", "</ac:link-body></ac:link>"),
            ("<ac:inline-comment-marker ac:ref=\"r\">", "</ac:inline-comment-marker>"),
            ("<u>", ""),
            ("", "</p></li>"),
            ("<acme:strange x=1>", "</acme:strange>"),
        ]);
        (wraps, many).prop_map(|((begin, end), (body, words))| (format!("{begin}{body}{end}"), words))
    })
}

proptest! {
    #[test]
    fn no_visible_text_is_lost((body, words) in piece()) {
        let text = markdown(&body, &around());
        let mut rest = text.as_str();
        // All of it, and in order.
        for word in &words {
            let at = rest.find(word.as_str());
            prop_assert!(at.is_some(), "`{word}` of {body}\nis missing or out of order in\n{text}");
            rest = &rest[at.unwrap_or(0) + word.len()..];
        }
    }

    #[test]
    fn anything_at_all_can_be_read(body in "\\PC{0,200}", cut in 0_usize..200) {
        let _ = markdown(&body, &around());
        let fixture = fixtures();
        let whole: String = fixture.iter().map(|(_, storage, _)| *storage).collect();
        let begin = whole.floor_char_boundary(cut * 37 % whole.len());
        let _ = markdown(&whole[begin..whole.floor_char_boundary((begin + 400).min(whole.len()))], &around());
    }
}
