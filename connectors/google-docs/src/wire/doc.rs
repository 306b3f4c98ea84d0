//! A Google Doc as the Docs API gives it, as far as it has text.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Document {
    pub(crate) tabs: Vec<Tab>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Tab {
    pub(crate) tab_properties: TabProperties,
    pub(crate) document_tab: Option<DocumentTab>,
    pub(crate) child_tabs: Vec<Tab>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TabProperties {
    pub(crate) tab_id: String,
    pub(crate) title: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DocumentTab {
    pub(crate) body: Content,
    pub(crate) footnotes: BTreeMap<String, Content>,
    pub(crate) lists: BTreeMap<String, List>,
    pub(crate) inline_objects: BTreeMap<String, InlineObject>,
    pub(crate) positioned_objects: BTreeMap<String, PositionedObject>,
}

/// A body, a footnote or a cell.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Content {
    pub(crate) content: Vec<Block>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Block {
    pub(crate) paragraph: Option<Paragraph>,
    pub(crate) table: Option<Table>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Paragraph {
    pub(crate) elements: Vec<Element>,
    pub(crate) paragraph_style: ParagraphStyle,
    pub(crate) bullet: Option<Bullet>,
    pub(crate) positioned_object_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ParagraphStyle {
    pub(crate) named_style_type: String,
    pub(crate) heading_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Bullet {
    pub(crate) list_id: String,
    pub(crate) nesting_level: usize,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct List {
    pub(crate) list_properties: ListProperties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListProperties {
    pub(crate) nesting_levels: Vec<NestingLevel>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NestingLevel {
    pub(crate) glyph_type: Option<String>,
    pub(crate) start_number: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Element {
    pub(crate) text_run: Option<TextRun>,
    pub(crate) person: Option<Person>,
    pub(crate) rich_link: Option<RichLink>,
    pub(crate) date_element: Option<DateElement>,
    pub(crate) dropdown: Option<Dropdown>,
    pub(crate) inline_object_element: Option<InlineObjectElement>,
    pub(crate) footnote_reference: Option<FootnoteReference>,
    pub(crate) horizontal_rule: Option<Plain>,
    pub(crate) equation: Option<Plain>,
}

/// An element of which nothing but its being there matters.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Plain {
    pub(crate) suggested_insertion_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TextRun {
    pub(crate) content: String,
    pub(crate) text_style: TextStyle,
    pub(crate) suggested_insertion_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TextStyle {
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) strikethrough: bool,
    pub(crate) link: Option<Link>,
    pub(crate) weighted_font_family: Option<FontFamily>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FontFamily {
    pub(crate) font_family: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Link {
    pub(crate) url: Option<String>,
    pub(crate) tab_id: Option<String>,
    pub(crate) heading_id: Option<String>,
    pub(crate) bookmark_id: Option<String>,
    pub(crate) heading: Option<Target>,
    pub(crate) bookmark: Option<Target>,
}

/// A place in a tab.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Target {
    pub(crate) id: String,
    pub(crate) tab_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Person {
    pub(crate) person_properties: PersonProperties,
    pub(crate) suggested_insertion_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PersonProperties {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RichLink {
    pub(crate) rich_link_properties: RichLinkProperties,
    pub(crate) suggested_insertion_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RichLinkProperties {
    pub(crate) title: Option<String>,
    pub(crate) uri: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DateElement {
    pub(crate) date_element_properties: DateElementProperties,
    pub(crate) suggested_insertion_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DateElementProperties {
    pub(crate) display_text: Option<String>,
    pub(crate) timestamp: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Dropdown {
    pub(crate) dropdown_properties: DropdownProperties,
    pub(crate) suggested_insertion_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DropdownProperties {
    pub(crate) display_value: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct InlineObjectElement {
    pub(crate) inline_object_id: String,
    pub(crate) suggested_insertion_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FootnoteReference {
    pub(crate) footnote_id: String,
    pub(crate) footnote_number: Option<String>,
    pub(crate) suggested_insertion_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct InlineObject {
    pub(crate) inline_object_properties: ObjectProperties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PositionedObject {
    pub(crate) positioned_object_properties: ObjectProperties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ObjectProperties {
    pub(crate) embedded_object: EmbeddedObject,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EmbeddedObject {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Table {
    pub(crate) table_rows: Vec<Row>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Row {
    pub(crate) table_cells: Vec<Content>,
    pub(crate) suggested_insertion_ids: Vec<String>,
}
