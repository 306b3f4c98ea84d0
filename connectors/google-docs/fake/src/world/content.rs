//! Google Docs as the Docs API keeps them.

use serde_json::{Map, Value, json};

/// A document: its tabs, or whatever a test puts in their place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Doc {
    /// Its tabs, in order.
    pub tabs: Vec<Tab>,
    /// What is answered instead of the document.
    pub instead: Option<Value>,
}

/// A tab.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tab {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it holds: structural elements.
    pub content: Vec<Value>,
    /// Further parts beside the body: `lists`, `footnotes`, `inlineObjects`…
    pub parts: Map<String, Value>,
    /// The tabs in it.
    pub children: Vec<Tab>,
}

impl Doc {
    /// A document with one tab, of a paragraph for each line.
    #[must_use]
    pub fn text(text: &str) -> Doc {
        Doc { tabs: vec![Tab::new("t.0", "Tab 1").text(text)], instead: None }
    }

    /// A document with these tabs.
    #[must_use]
    pub fn of(tabs: Vec<Tab>) -> Doc {
        Doc { tabs, instead: None }
    }

    /// A document in whose place something else is answered.
    #[must_use]
    pub fn odd(instead: Value) -> Doc {
        Doc { tabs: Vec::new(), instead: Some(instead) }
    }

    /// Returns the words of all tabs, as an export has them.
    pub(crate) fn plain(&self) -> String {
        let mut text = String::new();
        let mut open: Vec<&Tab> = self.tabs.iter().rev().collect();
        while let Some(tab) = open.pop() {
            runs(&Value::Array(tab.content.clone()), &mut text);
            open.extend(tab.children.iter().rev());
        }
        text
    }
}

impl Tab {
    /// An empty tab.
    #[must_use]
    pub fn new(id: &str, title: &str) -> Tab {
        Tab { id: id.to_owned(), title: title.to_owned(), ..Tab::default() }
    }

    /// Adds a paragraph for each line.
    #[must_use]
    pub fn text(mut self, text: &str) -> Tab {
        self.content
            .extend(text.lines().map(|line| paragraph(line, &json!({"namedStyleType": "NORMAL_TEXT"}))));
        self
    }

    /// Adds a heading with an id.
    #[must_use]
    pub fn heading(mut self, level: u8, text: &str, id: &str) -> Tab {
        let style = json!({"namedStyleType": format!("HEADING_{level}"), "headingId": id});
        self.content.push(paragraph(text, &style));
        self
    }

    /// Adds a structural element.
    #[must_use]
    pub fn element(mut self, element: Value) -> Tab {
        self.content.push(element);
        self
    }

    /// Adds a part beside the body.
    #[must_use]
    pub fn part(mut self, name: &str, value: Value) -> Tab {
        self.parts.insert(name.to_owned(), value);
        self
    }

    /// Adds a tab in it.
    #[must_use]
    pub fn child(mut self, tab: Tab) -> Tab {
        self.children.push(tab);
        self
    }
}

fn paragraph(text: &str, style: &Value) -> Value {
    json!({"paragraph": {"elements": [{"textRun": {"content": format!("{text}\n"), "textStyle": {}}}],
        "paragraphStyle": style}})
}

fn runs(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| runs(item, text)),
        Value::Object(members) => {
            if let Some(run) = members.get("textRun") {
                text.push_str(run["content"].as_str().unwrap_or_default());
            } else {
                members.values().for_each(|member| runs(member, text));
            }
        }
        _ => {}
    }
}
