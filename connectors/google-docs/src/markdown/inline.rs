//! What stands in a line: runs of text with their styles, links and chips.

use super::{Context, Names, place};
use crate::wire::doc::{Element, Link, Paragraph, TextStyle};

/// A piece of a line in one style.
#[derive(Debug, Clone, PartialEq, Default)]
struct Span {
    text: String,
    style: Style,
    /// Markdown of its own, which is not escaped.
    is_made: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Style {
    bold: bool,
    italic: bool,
    strike: bool,
    code: bool,
    link: Option<String>,
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// With styles and links; a break inside is a line break.
    Full,
    /// In one line without links, since it becomes a link itself.
    Heading,
    /// In one line for a cell of a table.
    Cell,
}

/// Drops what stands for things without text, and brings line breaks into one form.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .filter_map(|character| match character {
            '\u{b}' | '\r' | '\u{2028}' => Some('\n'),
            '\n' | '\t' => Some(character),
            '\u{a0}' => Some(' '),
            '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10fffd}' => None,
            '\u{fffc}' | '\u{feff}' => None,
            character if character.is_control() => None,
            character => Some(character),
        })
        .collect()
}

/// Returns the line of a paragraph.
pub(super) fn line(paragraph: &Paragraph, context: &Context<'_>, manner: Manner) -> String {
    let mut spans: Vec<Span> = Vec::new();
    for element in &paragraph.elements {
        let Some(span) = span(element, context) else { continue };
        match spans.last_mut() {
            Some(last) if last.style == span.style && last.is_made == span.is_made => last.text += &span.text,
            _ => spans.push(span),
        }
    }
    if let Some(last) = spans.last_mut().filter(|last| !last.is_made) {
        last.text.truncate(last.text.trim_end_matches('\n').len());
    }
    for id in &paragraph.positioned_object_ids {
        let object = context.parts.positioned_objects.get(id);
        let object = object.map(|object| &object.positioned_object_properties.embedded_object);
        let image = object.and_then(|object| image(object.title.as_deref(), object.description.as_deref()));
        if let Some(image) = image {
            spans.extend([Span { text: " ".to_owned(), ..Span::default() }, image]);
        }
    }
    let mut text = String::new();
    for (at, span) in spans.iter().enumerate() {
        let next = spans.get(at + 1).and_then(|next| next.text.chars().next());
        write(span, next, manner, &mut text);
    }
    let text = text.trim().to_owned();
    match manner {
        Manner::Full => text.replace('\n', "  \n"),
        Manner::Heading | Manner::Cell => text.split('\n').map(str::trim).collect::<Vec<_>>().join(" "),
    }
}

/// Returns the text of a paragraph all in a typewriter font, as it is; none for any other.
pub(super) fn code_line(paragraph: &Paragraph) -> Option<String> {
    let mut text = String::new();
    for element in &paragraph.elements {
        let run = element.text_run.as_ref()?;
        if !run.suggested_insertion_ids.is_empty() {
            continue;
        }
        let is_blank = run.content.trim().is_empty();
        if !is_blank && (!is_typewriter(&run.text_style) || run.text_style.link.is_some()) {
            return None;
        }
        text += &clean(&run.content);
    }
    let text = text.trim_end_matches('\n').to_owned();
    (!text.trim().is_empty()).then_some(text)
}

fn span(element: &Element, context: &Context<'_>) -> Option<Span> {
    let kept = |suggested: &[String]| suggested.is_empty();
    let plain = |text: &str| Some(Span { text: clean(text), ..Span::default() });
    let made = |text: String| Some(Span { text, style: Style::default(), is_made: true });
    if let Some(run) = element.text_run.as_ref().filter(|run| kept(&run.suggested_insertion_ids)) {
        let style = &run.text_style;
        let link = style.link.as_ref().and_then(|link| target(link, context));
        // Code has no other style, so that pieces of it that touch are one.
        let style = match is_typewriter(style) {
            true => Style { code: true, link, ..Style::default() },
            false => Style {
                bold: style.bold,
                italic: style.italic,
                strike: style.strikethrough,
                code: false,
                link,
            },
        };
        return Some(Span { text: clean(&run.content), style, is_made: false });
    }
    if let Some(person) = element.person.as_ref().filter(|person| kept(&person.suggested_insertion_ids)) {
        let who = &person.person_properties;
        let name = who.name.as_deref().or(who.email.as_deref()).unwrap_or("somebody");
        return match context.names {
            Names::Shown => plain(name),
            Names::Covered => made("[name]".to_owned()),
        };
    }
    if let Some(link) = element.rich_link.as_ref().filter(|link| kept(&link.suggested_insertion_ids)) {
        let (title, uri) = (&link.rich_link_properties.title, &link.rich_link_properties.uri);
        let text = title.as_deref().or(uri.as_deref())?;
        let style = Style { link: uri.as_deref().and_then(web), ..Style::default() };
        return Some(Span { text: clean(text), style, is_made: false });
    }
    if let Some(date) = element.date_element.as_ref().filter(|date| kept(&date.suggested_insertion_ids)) {
        let date = &date.date_element_properties;
        return plain(date.display_text.as_deref().or(date.timestamp.as_deref())?);
    }
    if let Some(dropdown) = element.dropdown.as_ref().filter(|one| kept(&one.suggested_insertion_ids)) {
        return plain(dropdown.dropdown_properties.display_value.as_deref()?);
    }
    if let Some(object) = element.inline_object_element.as_ref() {
        let known = context.parts.inline_objects.get(&object.inline_object_id);
        let known = known.filter(|_| kept(&object.suggested_insertion_ids))?;
        let known = &known.inline_object_properties.embedded_object;
        return image(known.title.as_deref(), known.description.as_deref());
    }
    if let Some(note) = element.footnote_reference.as_ref().filter(|note| kept(&note.suggested_insertion_ids))
    {
        return made(format!("[^{}]", footnote_name(note.footnote_number.as_deref(), &note.footnote_id)));
    }
    element.equation.as_ref().filter(|one| kept(&one.suggested_insertion_ids))?;
    plain("(equation)")
}

/// Returns what a footnote is called in the text.
pub(super) fn footnote_name(number: Option<&str>, id: &str) -> String {
    let name: String = number.unwrap_or(id).chars().filter(char::is_ascii_alphanumeric).collect();
    if name.is_empty() { "note".to_owned() } else { name }
}

/// An image is its description; its address would stop working within the hour.
fn image(title: Option<&str>, description: Option<&str>) -> Option<Span> {
    let parts = [title, description].into_iter().flatten().map(|part| clean(part).replace('\n', " "));
    let parts: Vec<String> =
        parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    let alt = escape(&parts.join(": "));
    (!alt.is_empty()).then(|| Span { text: format!("![{alt}]()"), style: Style::default(), is_made: true })
}

fn is_typewriter(style: &TextStyle) -> bool {
    const FONTS: [&str; 11] = [
        "courier",
        "consolas",
        "mono",
        "menlo",
        "monaco",
        "inconsolata",
        "source code",
        "fira code",
        "cousine",
        "anonymous pro",
        "overpass code",
    ];
    let family = style.weighted_font_family.as_ref().map(|font| font.font_family.to_lowercase());
    family
        .is_some_and(|family| FONTS.iter().any(|font| family.contains(font)) && family != "monotype corsiva")
}

fn target(link: &Link, context: &Context<'_>) -> Option<String> {
    if let Some(url) = &link.url {
        return web(url);
    }
    let inside = |kind: &str, id: &str, tab: Option<&str>| {
        Some(place(context.document, tab.unwrap_or(context.tab), Some((kind, id))))
    };
    match link {
        Link { heading: Some(to), .. } => inside("heading", &to.id, to.tab_id.as_deref()),
        Link { bookmark: Some(to), .. } => inside("bookmark", &to.id, to.tab_id.as_deref()),
        Link { heading_id: Some(id), .. } => inside("heading", id, None),
        Link { bookmark_id: Some(id), .. } => inside("bookmark", id, None),
        Link { tab_id: Some(tab), .. } => Some(place(context.document, tab, None)),
        _ => None,
    }
}

/// Returns an address that a reader may follow, in a form that no character ends too early.
fn web(url: &str) -> Option<String> {
    let url = url.trim();
    let lower = url.to_ascii_lowercase();
    let is_followed = ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme));
    let escaped = url.chars().flat_map(|character| match character {
        ' ' => "%20".chars().collect::<Vec<_>>(),
        '(' => "%28".chars().collect(),
        ')' => "%29".chars().collect(),
        '<' => "%3C".chars().collect(),
        '>' => "%3E".chars().collect(),
        '\\' => "%5C".chars().collect(),
        '|' => "%7C".chars().collect(),
        character if character.is_control() => Vec::new(),
        character => vec![character],
    });
    is_followed.then(|| escaped.collect())
}

fn write(span: &Span, next: Option<char>, manner: Manner, text: &mut String) {
    if span.is_made {
        text.push_str(&span.text);
        return;
    }
    let inner = span.text.trim();
    if inner.is_empty() {
        text.push_str(&span.text);
        return;
    }
    let start = span.text.len() - span.text.trim_start().len();
    let (before, after) = (&span.text[..start], &span.text[start + inner.len()..]);
    text.push_str(before);
    let link = span.style.link.as_ref().filter(|_| manner != Manner::Heading);
    let has_break = inner.contains('\n');
    let (mut open, mut close) = (String::new(), String::new());
    if span.style.code && !has_break && !text.ends_with('`') {
        let ticks = "`".repeat(longest_run(inner, '`') + 1);
        let space = if inner.starts_with('`') || inner.ends_with('`') { " " } else { "" };
        let code = inner.replace('|', if manner == Manner::Cell { "\\|" } else { "|" });
        let code = format!("{ticks}{space}{code}{space}{ticks}");
        match link {
            Some(link) => *text += &format!("[{code}]({link})"),
            None => *text += &code,
        }
        text.push_str(after);
        return;
    }
    let outside_before = text.chars().next_back();
    let outside_after = after.chars().next().or(next);
    if manner != Manner::Heading && !has_break && may_mark(inner, outside_before, outside_after) {
        let marks = [(span.style.strike, "~~"), (span.style.bold, "**"), (span.style.italic, "*")];
        for (is_on, mark) in marks {
            if is_on {
                open.push_str(mark);
                close.insert_str(0, mark);
            }
        }
    }
    let escaped = escape(inner);
    let escaped = if manner == Manner::Cell { escaped.replace('|', "\\|") } else { escaped };
    match link.filter(|_| !has_break) {
        Some(link) => *text += &format!("[{open}{escaped}{close}]({link})"),
        None => *text += &format!("{open}{escaped}{close}"),
    }
    text.push_str(after);
}

/// Reports whether marks around `inner` would be read as marks: inside a word they must touch letters only.
fn may_mark(inner: &str, before: Option<char>, after: Option<char>) -> bool {
    let is_open = |outside: Option<char>| outside.is_none_or(char::is_whitespace);
    let touches = |inside: Option<char>, outside: Option<char>| {
        is_open(outside) || inside.is_some_and(char::is_alphanumeric)
    };
    touches(inner.chars().next(), before) && touches(inner.chars().next_back(), after)
}

fn longest_run(text: &str, mark: char) -> usize {
    text.split(|character| character != mark).map(str::len).max().unwrap_or(0)
}

/// Escapes what Markdown would read as a mark; what stays readable as it is, stays.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        let is_letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
        let is_mark = match character {
            '\\' | '*' | '`' | '[' | ']' | '~' => true,
            '_' => !(is_letter(before) && is_letter(next)),
            '<' => next.is_some_and(|next| next.is_ascii_alphabetic() || "/!?".contains(next)),
            '&' => next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '#'),
            _ => false,
        };
        if is_mark {
            escaped.push('\\');
        }
        escaped.push(character);
        before = Some(character);
    }
    escaped
}

/// Escapes what would make a line a heading, a quotation, a list or a rule by how it begins.
pub(super) fn escape_start(line: &str) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let after = line[digits..].chars().next();
    if digits > 0 && matches!(after, Some('.' | ')')) {
        return format!("{}\\{}", &line[..digits], &line[digits..]);
    }
    let is_mark = line.starts_with(['#', '>', '+', '-', '=', '|']) || line.starts_with("~~~");
    if is_mark { format!("\\{line}") } else { line.to_owned() }
}
