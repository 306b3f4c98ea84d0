//! Bodies are HTML inside; people type plain text, and some readers ask for it.

/// Makes a body of what a caller sent: markup stays, plain text becomes a paragraph.
pub(crate) fn body(sent: &str) -> String {
    if sent.trim_start().starts_with('<') {
        return sent.to_owned();
    }
    let escaped = sent.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<p>{}</p>", escaped.replace('\n', "<br>"))
}

/// Returns the text of a body without its markup.
pub(crate) fn plain(body: &str) -> String {
    let mut text = String::new();
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let Some(length) = rest[start..].find('>') else { break };
        let tag = rest[start + 1..start + length].trim().to_ascii_lowercase();
        if tag.starts_with("br") || ["/p", "/div", "/li", "/h1", "/h2"].contains(&tag.as_str()) {
            text.push('\n');
        }
        rest = &rest[start + length + 1..];
    }
    text.push_str(rest);
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    let text = entities.iter().fold(text, |text, (entity, sign)| text.replace(entity, sign));
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_survives_the_way_there_and_back() {
        assert_eq!(plain(&body("a < b & \"c\"\nnext")), "a < b & \"c\"\nnext");
        assert_eq!(body("<b>kept</b>"), "<b>kept</b>");
        assert_eq!(plain("<p>One</p><p>Two &amp; three</p>"), "One\nTwo & three");
    }
}
