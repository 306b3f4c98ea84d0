#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place read better than references to them"
)]

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value, json};

use super::*;

fn written(tabs: Value) -> String {
    let document: Document = serde_json::from_value(json!({ "tabs": tabs })).unwrap();
    render(&document, "doc1", Names::Shown)
}

fn tab(content: Value) -> Value {
    json!([{"tabProperties": {"tabId": "t.0", "title": "Tab"}, "documentTab": {"body": {"content": content}, "lists": lists(),
        "footnotes": {"kix.f1": {"content": [text("the note")]}},
        "inlineObjects": {"kix.i1": {"inlineObjectProperties": {"embeddedObject": {"title": "Pump", "description": "a red one"}}}},
        "positionedObjects": {"kix.p1": {"positionedObjectProperties": {"embeddedObject": {"description": "a map"}}}}}}])
}

fn lists() -> Value {
    let level = |kind: &str| json!({"glyphType": kind, "startNumber": 1});
    json!({
        "kix.bullets": {"listProperties": {"nestingLevels": [{"glyphSymbol": "●"}, {"glyphSymbol": "○"}, {"glyphSymbol": "■"}]}},
        "kix.numbers": {"listProperties": {"nestingLevels": [level("DECIMAL"), level("ALPHA"), level("ROMAN")]}},
    })
}

fn run(text: &str, style: Value) -> Value {
    json!({"textRun": {"content": text, "textStyle": style}})
}

fn paragraph(elements: Value) -> Value {
    json!({"paragraph": {"elements": elements, "paragraphStyle": {"namedStyleType": "NORMAL_TEXT"}}})
}

fn text(content: &str) -> Value {
    paragraph(json!([run(&format!("{content}\n"), json!({}))]))
}

fn heading(level: &str, content: &str) -> Value {
    json!({"paragraph": {"elements": [run(&format!("{content}\n"), json!({"bold": true}))],
        "paragraphStyle": {"namedStyleType": level, "headingId": "h.1"}}})
}

fn item(list: &str, level: usize, content: &str) -> Value {
    json!({"paragraph": {"elements": [run(&format!("{content}\n"), json!({}))],
        "bullet": {"listId": list, "nestingLevel": level}}})
}

fn table(rows: &[&[Value]]) -> Value {
    let cells =
        |row: &&[Value]| -> Vec<Value> { row.iter().map(|content| json!({"content": content})).collect() };
    let rows: Vec<Value> = rows.iter().map(|row| json!({"tableCells": cells(row)})).collect();
    json!({"table": {"tableRows": rows}})
}

fn code(content: &str) -> Value {
    let style = json!({"weightedFontFamily": {"fontFamily": "Roboto Mono", "weight": 400}});
    paragraph(json!([run(&format!("{content}\n"), style)]))
}

#[test]
fn small_documents_are_written_as_expected() {
    let link = |url: &str| json!({"link": {"url": url}});
    let edit = "https://docs.google.com/document/d/doc1/edit?tab=t.0";
    let cases: Vec<(Value, String)> = vec![
        (json!([text("plain")]), "plain\n".into()),
        (json!([text(""), text("  "), text("a")]), "a\n".into()),
        (json!([heading("HEADING_2", "Care")]), format!("## [Care]({edit}#heading=h.1)\n")),
        (
            json!([heading("TITLE", "The [whole] *title*")]),
            format!("# [The \\[whole\\] \\*title\\*]({edit}#heading=h.1)\n"),
        ),
        (json!([heading("HEADING_3", "")]), String::new()),
        (
            json!([paragraph(json!([
                run("a ", json!({})),
                run("bold ", json!({"bold": true})),
                run("b\n", json!({}))
            ]))]),
            "a **bold** b\n".into(),
        ),
        (
            json!([paragraph(json!([
                run("both", json!({"bold": true, "italic": true})),
                run("\n", json!({}))
            ]))]),
            "***both***\n".into(),
        ),
        (
            json!([paragraph(json!([run("gone", json!({"strikethrough": true})), run("\n", json!({}))]))]),
            "~~gone~~\n".into(),
        ),
        (
            json!([paragraph(json!([
                run("in", json!({})),
                run("wo", json!({"bold": true})),
                run("rd\n", json!({}))
            ]))]),
            "in**wo**rd\n".into(),
        ),
        (
            json!([paragraph(json!([
                run("a", json!({})),
                run(".b.", json!({"bold": true})),
                run("c\n", json!({}))
            ]))]),
            "a.b.c\n".into(),
        ),
        (
            json!([paragraph(json!([run("x", link("https://a.example/(1)")), run("\n", json!({}))]))]),
            "[x](https://a.example/%281%29)\n".into(),
        ),
        (
            json!([paragraph(json!([run("x", link("javascript:alert(1)")), run("\n", json!({}))]))]),
            "x\n".into(),
        ),
        (
            json!([paragraph(json!([
                run("x", json!({"link": {"headingId": "h.9"}})),
                run("\n", json!({}))
            ]))]),
            format!("[x]({edit}#heading=h.9)\n"),
        ),
        (
            json!([paragraph(json!([
                run("x", json!({"link": {"bookmark": {"id": "id.b", "tabId": "t.7"}}})),
                run("\n", json!({}))
            ]))]),
            "[x](https://docs.google.com/document/d/doc1/edit?tab=t.7#bookmark=id.b)\n".into(),
        ),
        (
            json!([paragraph(json!([run("x", json!({"link": {"tabId": "t.3"}})), run("\n", json!({}))]))]),
            "[x](https://docs.google.com/document/d/doc1/edit?tab=t.3)\n".into(),
        ),
        (json!([text("one\u{b}two")]), "one  \ntwo\n".into()),
        (
            json!([text("# no heading"), text("- no item"), text("1. no item"), text("> no quote")]),
            "\\# no heading\n\n\\- no item\n\n1\\. no item\n\n\\> no quote\n".into(),
        ),
        (
            json!([text("a*b_c_d `e` <f> &amp; g_ ~~h~~ \\")]),
            "a\\*b_c_d \\`e\\` \\<f> \\&amp; g\\_ \\~\\~h\\~\\~ \\\\\n".into(),
        ),
        (
            json!([
                item("kix.bullets", 0, "a"),
                item("kix.bullets", 1, "b"),
                item("kix.bullets", 2, "c"),
                item("kix.bullets", 0, "d")
            ]),
            "- a\n  - b\n    - c\n- d\n".into(),
        ),
        (
            json!([
                item("kix.numbers", 0, "a"),
                item("kix.numbers", 0, "b"),
                item("kix.numbers", 1, "c"),
                item("kix.numbers", 0, "d")
            ]),
            "1. a\n2. b\n   1. c\n3. d\n".into(),
        ),
        (
            json!([item("kix.numbers", 0, "a"), text("between"), item("kix.numbers", 0, "b")]),
            "1. a\n\nbetween\n\n2. b\n".into(),
        ),
        (json!([item("kix.numbers", 0, "a"), item("kix.bullets", 1, "b")]), "1. a\n   - b\n".into()),
        (json!([item("kix.bullets", 2, "deep first")]), "- deep first\n".into()),
        (
            json!([item("kix.numbers", 2, "a"), item("kix.numbers", 2, "b"), item("kix.numbers", 1, "c")]),
            "1. a\n2. b\n1. c\n".into(),
        ),
        (
            json!([
                item("kix.numbers", 1, "a"),
                item("kix.bullets", 0, "b"),
                item("kix.numbers", 1, "goes on")
            ]),
            "1. a\n- b\n\n  2. goes on\n".into(),
        ),
        (json!([item("unknown", 0, "a")]), "- a\n".into()),
        (
            json!([code("let a = 1;"), code("    a"), text(""), code("end"), text("after")]),
            "```\nlet a = 1;\n    a\n\nend\n```\n\nafter\n".into(),
        ),
        (json!([code("``` inside")]), "````\n``` inside\n````\n".into()),
        (
            json!([paragraph(json!([
                run("run ", json!({})),
                run("ls -l", json!({"weightedFontFamily": {"fontFamily": "Courier New"}})),
                run(" now\n", json!({}))
            ]))]),
            "run `ls -l` now\n".into(),
        ),
        (
            json!([table(&[
                &[json!([text("a")]), json!([text("b")])],
                &[json!([text("c|d")]), json!([text("e"), text("f")])]
            ])]),
            "| a | b |\n| --- | --- |\n| c\\|d | e<br>f |\n".into(),
        ),
        (
            json!([table(&[&[json!([text("framed"), item("kix.bullets", 0, "x")])]])]),
            "framed\n\n- x\n".into(),
        ),
        (
            json!([table(&[&[
                json!([table(&[&[json!([text("1")]), json!([item("kix.bullets", 0, "2")])]])]),
                json!([text("b")])
            ]])]),
            "| 1 / • 2 | b |\n| --- | --- |\n".into(),
        ),
        (json!([table(&[&[json!([]), json!([])]])]), String::new()),
        (
            json!([paragraph(
                json!([run("see", json!({})), {"footnoteReference": {"footnoteId": "kix.f1", "footnoteNumber": "1"}}, run("\n", json!({}))])
            )]),
            "see[^1]\n\n[^1]: the note\n".into(),
        ),
        (
            json!([paragraph(
                json!([{"inlineObjectElement": {"inlineObjectId": "kix.i1"}}, run("\n", json!({}))])
            )]),
            "![Pump: a red one]()\n".into(),
        ),
        (
            json!([{"paragraph": {"elements": [run("by\n", json!({}))], "positionedObjectIds": ["kix.p1", "kix.none"]}}]),
            "by ![a map]()\n".into(),
        ),
        (
            json!([paragraph(
                json!([{"richLink": {"richLinkProperties": {"title": "Plan", "uri": "https://docs.google.com/document/d/2"}}}, run("\n", json!({}))])
            )]),
            "[Plan](https://docs.google.com/document/d/2)\n".into(),
        ),
        (
            json!([paragraph(
                json!([{"dateElement": {"dateElementProperties": {"displayText": "Jan 1, 2027"}}}, {"dropdown": {"dropdownProperties": {"displayValue": " Ready"}}}, {"equation": {}}, {"newThing": {"x": 1}}, run("\n", json!({}))])
            )]),
            "Jan 1, 2027 Ready(equation)\n".into(),
        ),
        (
            json!([paragraph(json!([{"horizontalRule": {}}, run("\n", json!({}))])), text("a")]),
            "---\n\na\n".into(),
        ),
        (
            json!([{"sectionBreak": {}}, {"tableOfContents": {"content": [text("Contents")]}}, {"somethingNew": {}}, text("a")]),
            "a\n".into(),
        ),
        (json!([text("a\u{e907}b\u{f8ff}\u{7}c\u{100000}")]), "abc\n".into()),
        (json!([text("\u{e907}")]), String::new()),
        (
            json!([paragraph(
                json!([run("kept", json!({})), {"textRun": {"content": " not yet", "suggestedInsertionIds": ["s"]}}, run("\n", json!({}))])
            )]),
            "kept\n".into(),
        ),
    ];
    for (content, expected) in cases {
        assert_eq!(written(tab(content.clone())), expected, "{content}");
    }
}

#[test]
fn several_tabs_have_their_titles_as_headings_and_nest() {
    let one = |id: &str, title: &str, children: Value| {
        json!({"tabProperties": {"tabId": id, "title": title},
        "documentTab": {"body": {"content": [heading("HEADING_1", "In"), text(title)]}}, "childTabs": children})
    };
    let document = written(
        json!([one("t.0", "A", json!([one("t.1", "B [x]", json!([]))])), {"tabProperties": {"tabId": "t.2"}}]),
    );
    let url = "https://docs.google.com/document/d/doc1/edit?tab=";
    let expected = format!(
        "# [A]({url}t.0)\n\n## [In]({url}t.0#heading=h.1)\n\nA\n\n## [B \\[x\\]]({url}t.1)\n\n### [In]({url}t.1#heading=h.1)\n\nB \\[x\\]\n\n# [Untitled tab]({url}t.2)\n"
    );
    assert_eq!(document, expected);
}

#[test]
fn people_can_be_covered() {
    let person =
        json!({"person": {"personProperties": {"name": "Ann Sample", "email": "ann@tenant.example"}}});
    let document: Document =
        serde_json::from_value(json!({"tabs": tab(json!([paragraph(json!([person]))]))})).unwrap();
    assert_eq!(render(&document, "doc1", Names::Shown), "Ann Sample\n");
    assert_eq!(render(&document, "doc1", Names::Covered), "[name]\n");
}

#[test]
fn ids_that_are_none_make_no_address() {
    assert_eq!(
        place("d", "t) [x](http://evil.example", Some(("heading", "h\n"))),
        "https://docs.google.com/document/d/d/edit"
    );
}

/// Texts with everything that Markdown could take for a mark.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z]{1,6}( [a-z0-9äß]{1,5}){0,3}",
        2 => "[-#>+*_`~|<&!.:()0-9a-z \\[\\]\\\\=]{1,14}",
        1 => "[0-9]{1,3}[.)] [a-z]{1,4}",
        1 => prop::sample::select(vec!["<b>x</b>", "&lt;", "---", "===", "```", "~~~", "| a | b |", "    code", "![x](y)", "a\u{b}# b", "<!-- x -->", "* * *", "1) z", "<https://x.example>", "a\\", "[^1]: x", "- [ ] x"]).prop_map(str::to_owned),
    ]
}

fn styles() -> impl Strategy<Value = Value> {
    (any::<bool>(), any::<bool>(), any::<bool>(), 0..6_u8).prop_map(|(bold, italic, strike, more)| {
        let mut style = json!({"bold": bold, "italic": italic, "strikethrough": strike});
        match more {
            0 => style["link"] = json!({"url": "https://a.example/x_(y)"}),
            1 => style["weightedFontFamily"] = json!({"fontFamily": "Consolas"}),
            _ => {}
        }
        style
    })
}

fn runs() -> impl Strategy<Value = Value> {
    prop::collection::vec((words(), styles()), 1..4).prop_map(|parts| {
        let mut elements: Vec<Value> = parts.into_iter().map(|(text, style)| run(&text, style)).collect();
        elements.push(run("\n", json!({})));
        Value::Array(elements)
    })
}

fn blocks() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => runs().prop_map(paragraph),
        1 => (1..7_u8, runs()).prop_map(|(level, runs)| json!({"paragraph": {"elements": runs,
            "paragraphStyle": {"namedStyleType": format!("HEADING_{level}"), "headingId": "h.x"}}})),
        3 => (0..4_usize, prop::sample::select(vec!["kix.bullets", "kix.numbers"]), runs())
            .prop_map(|(level, list, runs)| json!({"paragraph": {"elements": runs, "bullet": {"listId": list, "nestingLevel": level}}})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let cell = prop::collection::vec(inner, 0..3).prop_map(|content| json!({"content": content}));
        let row = prop::collection::vec(cell, 1..3).prop_map(|cells| json!({"tableCells": cells}));
        prop::collection::vec(row, 1..3).prop_map(|rows| json!({"table": {"tableRows": rows}}))
    })
}

fn collect(value: &Value, found: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => match members.get("textRun") {
            Some(run) => found.push_str(run["content"].as_str().unwrap()),
            None => members.values().for_each(|member| collect(member, found)),
        },
        _ => {}
    }
}

/// Returns what a reader of the Markdown sees.
fn seen(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut seen = String::new();
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Text(text) | Event::Code(text) => seen.push_str(&text),
            // Breaks in cells are ours; any other HTML would be text that was lost.
            Event::InlineHtml(html) if html.as_ref() == "<br>" => seen.push(' '),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => seen.push(' '),
            Event::Start(Tag::Item) => seen.push(' '),
            _ => {}
        }
    }
    seen
}

fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_word_is_lost_or_made_up(content in prop::collection::vec(blocks(), 1..5)) {
        let mut expected = String::new();
        collect(&Value::Array(content.clone()), &mut expected);
        let markdown = written(tab(Value::Array(content)));
        prop_assert_eq!(letters(&seen(&markdown)), letters(&expected), "{}", markdown);
    }

    #[test]
    fn anything_that_is_json_is_read_or_refused_without_a_fall(text in "[\\[\\]{}\":,a-z0-9]{0,60}") {
        if let Ok(document) = serde_json::from_str::<Document>(&text) {
            render(&document, "d", Names::Covered);
        }
    }

    #[test]
    fn an_escaped_text_reads_as_it_was(text in "[ -~äß€\\[\\]]{0,40}") {
        let text = text.trim().to_owned();
        let markdown = written(tab(json!([self::text(&text)])));
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(squeezed(&seen(&markdown)), squeezed(&text), "{}", markdown);
    }
}
