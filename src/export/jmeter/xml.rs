//! Writing the XML of a test plan: elements, properties, and the `hashTree` that follows every element.

use std::fmt::Write as _;

/// The text as far as it is written.
#[derive(Debug, Default)]
pub(super) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    /// Begins a document.
    pub fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    /// An element with what `inside` writes into it.
    pub fn element(&mut self, tag: &'static str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        self.begin(tag, attributes);
        inside(self);
        self.end();
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
        let _ = writeln!(self.text, "{}<{kind} name=\"{}\">{}</{kind}>", self.indent(), escape(name), escape(value));
    }

    /// The whole document, its root element closed.
    pub fn finish(self) -> String {
        debug_assert!(self.open.is_empty(), "elements end where their closure ends");
        self.text
    }

    fn begin(&mut self, tag: &'static str, attributes: &[(&str, &str)]) {
        let _ = write!(self.text, "{}<{tag}", self.indent());
        for (name, value) in attributes {
            let _ = write!(self.text, " {name}=\"{}\"", escape(value));
        }
        self.text.push_str(">\n");
        self.open.push(tag);
    }

    fn end(&mut self) {
        let tag = self.open.pop().expect("every end has its begin");
        let _ = writeln!(self.text, "{}</{tag}>", self.indent());
    }

    fn indent(&self) -> String {
        "  ".repeat(self.open.len())
    }
}

/// A text as XML 1.0 can hold it: markup escaped, line ends kept, and U+FFFD for characters that it has no way to write.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // A reader turns plain ones into a blank or a line feed (XML 1.0, 2.11 and 3.3.3).
            '\t' | '\n' | '\r' => {
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
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
