//! Reading anything that claims to be storage format into a tree.

/// Elements inside of each other beyond this depth become siblings; their text stays.
const DEEPEST: usize = 120;

/// A piece of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    Element(Element),
}

/// An element with its prefix, such as `ac:link`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// Returns the parameter of a macro.
    pub(super) fn parameter(&self, name: &str) -> Option<&Element> {
        self.elements()
            .find(|element| element.name == "ac:parameter" && element.attribute("ac:name") == Some(name))
    }

    /// Returns the text of a parameter, if there is any.
    pub(super) fn setting(&self, name: &str) -> Option<String> {
        let text = self.parameter(name)?.text();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Returns all text inside.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        gather(&self.children, &mut text);
        text
    }
}

fn gather(nodes: &[Node], text: &mut String) {
    for node in nodes {
        match node {
            Node::Text(piece) => text.push_str(piece),
            Node::Element(element) => gather(&element.children, text),
        }
    }
}

/// Reads a body. It never fails: an end without a beginning is ignored, what is left open is closed at the
/// end, a `<` that begins nothing is a text.
pub(super) fn parse(body: &str) -> Vec<Node> {
    let mut reader = Reader { rest: body, open: vec![Element::default()] };
    while !reader.rest.is_empty() {
        reader.step();
    }
    while reader.open.len() > 1 {
        reader.close();
    }
    reader.open.pop().unwrap_or_default().children
}

struct Reader<'a> {
    rest: &'a str,
    /// Elements that are open, the page itself first.
    open: Vec<Element>,
}

impl<'a> Reader<'a> {
    fn step(&mut self) {
        let Some(at) = self.rest.find('<') else {
            let rest = std::mem::take(&mut self.rest);
            return self.text(&unescape(rest));
        };
        if at > 0 {
            let (text, rest) = self.rest.split_at(at);
            self.rest = rest;
            self.text(&unescape(text));
        }
        if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
            let (text, rest) = rest.split_once("]]>").unwrap_or((rest, ""));
            self.rest = rest;
            return self.text(text);
        }
        if let Some(rest) = self.rest.strip_prefix("<!--") {
            self.rest = rest.split_once("-->").map_or("", |(_, rest)| rest);
            return;
        }
        if self.rest.starts_with("<?") || self.rest.starts_with("<!") {
            self.rest = self.rest.split_once('>').map_or("", |(_, rest)| rest);
            return;
        }
        if let Some(rest) = self.rest.strip_prefix("</")
            && let Some((name, rest)) = rest.split_once('>')
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
        {
            self.rest = rest;
            return self.end(name.trim());
        }
        if !self.start() {
            self.rest = &self.rest[1..];
            self.text("<");
        }
    }

    /// Reads a start tag; false when there is none.
    fn start(&mut self) -> bool {
        let body = &self.rest[1..];
        if !body.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return false;
        }
        let is_end = |char: char| char.is_whitespace() || char == '/' || char == '>' || char == '<';
        let Some(name_len) = body.find(is_end) else { return false };
        let mut element = Element { name: body[..name_len].to_ascii_lowercase(), ..Element::default() };
        let mut rest = &body[name_len..];
        let is_closed = loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('>') {
                rest = after;
                break false;
            }
            if let Some(after) = rest.strip_prefix("/>") {
                rest = after;
                break true;
            }
            if rest.is_empty() || rest.starts_with('<') {
                // The tag is never closed: take it as if it were here.
                break false;
            }
            if let Some(after) = rest.strip_prefix('/') {
                rest = after;
                continue;
            }
            let (attribute, after) = attribute(rest);
            element.attributes.push(attribute);
            rest = after;
        };
        self.rest = rest;
        let is_void = matches!(element.name.as_str(), "br" | "hr" | "img" | "col" | "input" | "wbr");
        self.open.push(element);
        if is_closed || is_void || self.open.len() > DEEPEST {
            self.close();
        }
        true
    }

    fn end(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        if let Some(place) =
            self.open.iter().rposition(|element| element.name == name).filter(|place| *place > 0)
        {
            while self.open.len() > place {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        if let Some(element) = self.open.pop() {
            self.put(Node::Element(element));
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let children = self.open.last_mut().map(|element| &mut element.children);
        if let Some(Node::Text(before)) = children.and_then(|children| children.last_mut()) {
            before.push_str(text);
        } else {
            self.put(Node::Text(text.to_owned()));
        }
    }

    fn put(&mut self, node: Node) {
        if let Some(parent) = self.open.last_mut() {
            parent.children.push(node);
        }
    }
}

/// Reads one attribute, with or without a value and quotes.
fn attribute(text: &str) -> ((String, String), &str) {
    let is_end = |char: char| char.is_whitespace() || matches!(char, '=' | '>' | '/' | '<');
    let len = text.find(is_end).unwrap_or(text.len());
    if len == 0 {
        // A lone `=`: drop it, so that reading goes on.
        return ((String::new(), String::new()), &text[1..]);
    }
    let (name, rest) = text.split_at(len);
    let name = name.to_ascii_lowercase();
    let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
        return ((name, String::new()), rest);
    };
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            let (value, rest) = quoted.split_once(quote).unwrap_or((quoted, ""));
            return ((name, unescape(value)), rest);
        }
    }
    let len = value.find(|char: char| char.is_whitespace() || char == '>').unwrap_or(value.len());
    let (value, rest) = value.split_at(len);
    ((name, unescape(value)), rest)
}

/// Resolves entities; what is none stays as it is.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(40).position(|byte| byte == b';');
        let resolved = end.and_then(|end| Some((entity(&rest[1..end])?, end)));
        match resolved {
            Some((resolved, end)) => {
                out.push_str(&resolved);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|char| *char != '\0').map(String::from);
    }
    quick_xml::escape::resolve_html5_entity(name).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_is_read_and_its_text_kept() {
        let cases = [
            ("a < b", "a < b"),
            ("<p>a</b>c", "ac"),
            ("<p>a<strong>b</p>c", "abc"),
            ("<p>&nbsp;&uuml;&#252;&#xfc;&bogus; & x</p>", "\u{a0}üüü&bogus; & x"),
            ("<x><![CDATA[a <b> &amp; c]]]]><![CDATA[>]]></x>", "a <b> &amp; c]]>"),
            ("<![CDATA[open", "open"),
            ("<p class=x y>z", "z"),
            ("<p title=\"<\">z</p>", "z"),
            ("a<!-- no -->b<?pi?>c", "abc"),
            ("<>x</>", "<>x</>"),
            ("<p =a>z</p>", "z"),
            ("1 <2", "1 <2"),
        ];
        for (body, expected) in cases {
            let mut text = String::new();
            gather(&parse(body), &mut text);
            assert_eq!(text, expected, "{body}");
        }
    }

    #[test]
    fn depth_is_bounded_and_costs_no_text() {
        let body = format!("{}x{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
        let mut text = String::new();
        gather(&parse(&body), &mut text);
        assert_eq!(text, "x");
    }
}
