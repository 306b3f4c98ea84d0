//! What stands in a line: emphasis, links, images, mentions, dates.

use super::display_url;
use super::encode;
use super::markdown::{Context, inline_code};
use super::needs::person;
use super::parse::{Element, Node};

impl Context<'_> {
    /// Writes nodes as one run of text. Blocks that turn up here nevertheless lose their form, not their text.
    pub(super) fn inline(&mut self, nodes: &[Node]) -> String {
        let mut out = String::new();
        for node in nodes {
            match node {
                Node::Text(text) => push_text(&mut out, text),
                Node::Element(element) => self.element(element, &mut out),
            }
        }
        out
    }

    fn element(&mut self, element: &Element, out: &mut String) {
        match element.name.as_str() {
            "br" => out.push_str(if self.in_cell { "\n" } else { "\\\n" }),
            "strong" | "b" => self.wrap("**", element, out),
            "em" | "i" | "cite" => self.wrap("*", element, out),
            "s" | "del" | "strike" => self.wrap("~~", element, out),
            "code" | "tt" | "kbd" | "samp" => out.push_str(&inline_code(&element.text().replace('\n', " "))),
            "a" => self.anchor(element, out),
            "img" => {
                let alt = element.attribute("alt").unwrap_or_default();
                let source = element.attribute("src").unwrap_or_default();
                out.push_str(&image(alt, &self.absolute(source)));
            }
            "ac:link" => self.link(element, out),
            "ac:image" => self.image(element, out),
            "ac:emoticon" => out.push_str(&emoticon(element)),
            "time" => {
                let shown = element.text();
                let date = element.attribute("datetime").unwrap_or_default();
                out.push_str(if shown.trim().is_empty() { date } else { shown.trim() });
            }
            // An instruction for whoever fills in a template.
            "ac:placeholder" => {}
            "ac:structured-macro" | "ac:macro" => self.inline_macro(element, out),
            "ac:parameter" | "ac:task-id" | "ac:task-status" | "ac:task-uuid" | "ac:adf-attribute" => {}
            "style" | "script" => {}
            "ri:user" => out.push_str(&self.mention(element)),
            name => {
                let inner = self.inline(&element.children);
                // A block inside of a line: its text must not grow together with what is beside it.
                if super::markdown::is_block(element)
                    && name != "span"
                    && !out.ends_with([' ', '\n'])
                    && !out.is_empty()
                {
                    out.push(' ');
                }
                out.push_str(&inner);
            }
        }
    }

    /// Puts marks around a text, inside of the blanks at its ends: marks beside blanks are no marks.
    fn wrap(&mut self, mark: &str, element: &Element, out: &mut String) {
        let inner = self.inline(&element.children);
        let text = inner.trim_matches([' ', '\n']).trim_end_matches("\\");
        if text.trim().is_empty() || text.starts_with(mark) {
            return out.push_str(&inner);
        }
        let begin = inner.len() - inner.trim_start_matches([' ', '\n']).len();
        out.push_str(&inner[..begin]);
        out.push_str(mark);
        out.push_str(text);
        out.push_str(mark);
        out.push_str(&inner[begin + text.len()..]);
    }

    fn anchor(&mut self, element: &Element, out: &mut String) {
        let inner = self.inline(&element.children);
        let target = element.attribute("href").unwrap_or_default().trim();
        let is_harmful = target.to_ascii_lowercase().starts_with("javascript:");
        if target.is_empty() || is_harmful {
            return out.push_str(&inner);
        }
        out.push_str(&link(&inner, &self.absolute(target)));
    }

    /// Makes an address inside the site a whole one.
    fn absolute(&self, target: &str) -> String {
        if target.starts_with('/') && !target.starts_with("//") {
            let (origin, context) = match self.around.base.find("://").and_then(|at| {
                let slash = self.around.base[at + 3..].find('/')?;
                Some(self.around.base.split_at(at + 3 + slash))
            }) {
                Some((origin, context)) => (origin, context),
                None => (self.around.base.as_str(), ""),
            };
            let is_whole = context.is_empty() || target.starts_with(&format!("{context}/"));
            return if is_whole { format!("{origin}{target}") } else { format!("{origin}{context}{target}") };
        }
        target.to_owned()
    }

    fn link(&mut self, element: &Element, out: &mut String) {
        let rich = element.child("ac:link-body").map(|body| self.inline(&body.children));
        let plain = element.child("ac:plain-text-link-body").map(Element::text);
        let mut shown = String::new();
        match (rich, plain) {
            (Some(rich), _) => shown = rich,
            (None, Some(plain)) => push_text(&mut shown, &plain),
            (None, None) => {}
        }
        let anchor = element.attribute("ac:anchor").map(|anchor| format!("#{}", encode(anchor)));
        if let Some(user) = element.child("ri:user") {
            let mention = self.mention(user);
            return out.push_str(if shown.trim().is_empty() { &mention } else { &shown });
        }
        let (title, url) = match self.target(element) {
            Some((title, url)) => (title, format!("{url}{}", anchor.unwrap_or_default())),
            // A link inside of the page.
            None => {
                (element.attribute("ac:anchor").unwrap_or_default().to_owned(), anchor.unwrap_or_default())
            }
        };
        let mut text = String::new();
        push_text(&mut text, &title);
        out.push_str(&link(if shown.trim().is_empty() { &text } else { &shown }, &url));
    }

    /// Returns the title and address of what a link names.
    fn target(&self, element: &Element) -> Option<(String, String)> {
        let base = &self.around.base;
        for resource in element.elements() {
            let space = resource.attribute("ri:space-key").unwrap_or(&self.space).to_owned();
            match resource.name.as_str() {
                "ri:page" | "ri:blog-post" => {
                    let title = resource.attribute("ri:content-title").unwrap_or_default().to_owned();
                    let known = self.around.links.get(&(space.clone(), title.clone())).cloned();
                    let url = known.unwrap_or_else(|| display_url(base, &space, &title));
                    return Some((title, url));
                }
                "ri:attachment" => {
                    let name = resource.attribute("ri:filename").unwrap_or_default();
                    let on_other = resource.child("ri:page").or_else(|| resource.child("ri:blog-post"));
                    return Some((name.to_owned(), self.attachment(name, on_other)));
                }
                "ri:space" => return Some((space.clone(), format!("{base}/display/{}", encode(&space)))),
                "ri:url" => {
                    let url = resource.attribute("ri:value").unwrap_or_default();
                    return Some((url.to_owned(), url.to_owned()));
                }
                "ri:content-entity" => {
                    let id = resource.attribute("ri:content-id").unwrap_or_default();
                    let url = format!("{base}/pages/viewpage.action?pageId={}", encode(id));
                    return Some((format!("page {id}"), url));
                }
                "ri:shortcut" => {
                    let key = resource.attribute("ri:key").unwrap_or_default();
                    let value = resource.attribute("ri:parameter").unwrap_or_default();
                    return Some((format!("{value}@{key}"), String::new()));
                }
                _ => {}
            }
        }
        None
    }

    /// Returns the address of an attachment of this page, or of the page where it hangs.
    pub(super) fn attachment(&self, name: &str, page: Option<&Element>) -> String {
        if let Some(page) = page {
            let space = page.attribute("ri:space-key").unwrap_or(&self.space);
            return display_url(
                &self.around.base,
                space,
                page.attribute("ri:content-title").unwrap_or_default(),
            );
        }
        format!("{}/download/attachments/{}/{}", self.around.base, encode(&self.page), encode(name))
    }

    fn image(&mut self, element: &Element, out: &mut String) {
        let named = ["ac:alt", "ac:title"].iter().find_map(|name| element.attribute(name));
        let file = element.child("ri:attachment").and_then(|file| file.attribute("ri:filename"));
        let caption =
            element.child("ac:caption").map(|caption| self.inline(&caption.children).trim().to_owned());
        let url = match (file, element.child("ri:url").and_then(|url| url.attribute("ri:value"))) {
            (Some(file), _) => {
                self.attachment(file, element.child("ri:attachment").and_then(|it| it.child("ri:page")))
            }
            (None, Some(url)) => url.to_owned(),
            (None, None) => String::new(),
        };
        let alt = named.filter(|alt| !alt.trim().is_empty()).or(file).unwrap_or("image");
        out.push_str(&image(alt, &url));
        if let Some(caption) = caption.filter(|caption| !caption.is_empty()) {
            out.push_str(&format!(" *{caption}*"));
        }
    }

    /// Names a person where names may be shown, and says that somebody is meant elsewhere.
    pub(super) fn mention(&self, user: &Element) -> String {
        let name = person(user).and_then(|id| self.around.names.as_ref()?.get(id));
        let mut out = "@".to_owned();
        push_text(&mut out, name.map_or("somebody", String::as_str));
        out
    }
}

/// Appends text, with blanks run together and what Markdown would read as its own marks disarmed.
pub(super) fn push_text(out: &mut String, text: &str) {
    for char in text.chars() {
        match char {
            ' ' | '\n' | '\r' | '\t' => {
                if !out.ends_with([' ', '\n']) {
                    out.push(' ');
                }
            }
            // Nothing to see: a blank that must not break, or one of no width.
            '\u{a0}' => out.push(' '),
            '\u{200b}' | '\u{feff}' | '\u{ad}' => {}
            '*' | '`' | '<' | '\\' => {
                out.push('\\');
                out.push(char);
            }
            _ => out.push(char),
        }
    }
}

/// Writes a link; one that shows nothing shows its address.
pub(super) fn link(shown: &str, url: &str) -> String {
    let text = shown.trim();
    if url.is_empty() {
        return shown.to_owned();
    }
    if text.is_empty() || text == url {
        return format!("<{url}>");
    }
    let before = if shown.starts_with(' ') { " " } else { "" };
    let after = if shown.ends_with(' ') { " " } else { "" };
    format!("{before}[{}](<{}>){after}", text.replace("\\\n", " "), url.replace(['<', '>', '\n'], ""))
}

fn image(alt: &str, url: &str) -> String {
    let alt = alt.replace(['[', ']', '\n'], " ");
    if url.is_empty() {
        format!("[image: {alt}]")
    } else {
        format!("![{alt}](<{}>)", url.replace(['<', '>'], ""))
    }
}

fn emoticon(element: &Element) -> String {
    for name in ["ac:emoji-fallback", "ac:emoji-shortname"] {
        if let Some(text) = element.attribute(name).filter(|text| !text.trim().is_empty()) {
            return text.to_owned();
        }
    }
    let name = element.attribute("ac:name").unwrap_or("emoticon");
    let known = match name {
        "smile" => "🙂",
        "sad" => "🙁",
        "cheeky" => "😛",
        "laugh" => "😀",
        "wink" => "😉",
        "thumbs-up" => "👍",
        "thumbs-down" => "👎",
        "information" => "ℹ️",
        "tick" => "✅",
        "cross" => "❌",
        "warning" => "⚠️",
        "question" => "❓",
        "light-on" => "💡",
        "heart" => "❤️",
        _ => return format!(":{name}:"),
    };
    known.to_owned()
}
