//! Writing the XML of a test plan: elements, properties, and the `hashTree` that follows every element.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;

/// The text as far as it is written.
pub(super) struct Xml {
    writer: Writer<Vec<u8>>,
}

impl Xml {
    /// Begins a document.
    pub fn new() -> Self {
        let mut xml = Self { writer: Writer::new_with_indent(Vec::new(), b' ', 2) };
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    /// An element with what `inside` writes into it.
    pub fn element(&mut self, tag: &'static str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        let attributes = attributes.iter().map(|(name, value)| Attribute {
            key: QName(name.as_bytes()),
            value: Cow::Owned(escape(value).into_bytes()),
        });
        self.write(Event::Start(BytesStart::new(tag).with_attributes(attributes)));
        inside(self);
        self.write(Event::End(BytesEnd::new(tag)));
    }

    /// A part of the plan: its properties, then the tree of the parts below it.
    pub fn part(
        &mut self,
        [tag, gui]: [&'static str; 2],
        name: &str,
        properties: impl FnOnce(&mut Self),
        below: impl FnOnce(&mut Self),
    ) {
        self.element(
            tag,
            &[("guiclass", gui), ("testclass", tag), ("testname", name), ("enabled", "true")],
            properties,
        );
        self.element("hashTree", &[], below);
    }

    /// A text property.
    pub fn string(&mut self, name: &str, value: &str) {
        self.property("stringProp", name, value);
    }

    /// A property that is true or false.
    pub fn boolean(&mut self, name: &str, value: bool) {
        self.property("boolProp", name, if value { "true" } else { "false" });
    }

    /// A whole number.
    pub fn integer(&mut self, name: &str, value: impl Into<i64>) {
        self.property("intProp", name, &value.into().to_string());
    }

    /// A property of any type.
    pub fn property(&mut self, kind: &'static str, name: &str, value: &str) {
        self.element(kind, &[("name", name)], |xml| xml.write(Event::Text(BytesText::from_escaped(escape(value)))));
    }

    /// The whole document, its root element closed.
    pub fn finish(self) -> String {
        String::from_utf8(self.writer.into_inner()).expect("it was written from texts") + "\n"
    }

    fn write(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("memory takes whatever is written");
    }
}

/// A text as XML 1.0 can hold it: markup escaped, line ends kept, and U+FFFD for characters that it has no way to write.
fn escape(text: &str) -> String {
    let cannot_be =
        |c: char| c < '\t' || ('\u{b}'..' ').contains(&c) && c != '\r' || c == '\u{fffe}' || c == '\u{ffff}';
    // A reader turns plain line ends and tabs into a blank or a line feed (XML 1.0, 2.11 and 3.3.3).
    quick_xml::escape::partial_escape(text.replace(cannot_be, "\u{fffd}"))
        .replace('"', "&quot;")
        .replace('\t', "&#9;")
        .replace('\n', "&#10;")
        .replace('\r', "&#13;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_are_escaped() {
        assert_eq!(escape("a<b>&\"c\"\r\n\té\u{1}"), "a&lt;b&gt;&amp;&quot;c&quot;&#13;&#10;&#9;é\u{fffd}");
    }

    #[test]
    fn every_part_has_its_tree() {
        let mut xml = Xml::new();
        xml.part(["A", "AGui"], "x\"", |xml| xml.integer("n", 5), |xml| xml.string("s", "<"));
        assert_eq!(
            xml.finish(),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<A guiclass="AGui" testclass="A" testname="x&quot;" enabled="true">
  <intProp name="n">5</intProp>
</A>
<hashTree>
  <stringProp name="s">&lt;</stringProp>
</hashTree>
"#
        );
    }
}
