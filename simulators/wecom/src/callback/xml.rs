//! Writing the small XML of callbacks: elements one after the other, texts in CDATA.

use std::fmt::Display;

/// Elements that were written so far.
#[derive(Debug, Default, Clone)]
pub(crate) struct Xml(String);

impl Xml {
    /// An element whose text may hold anything.
    pub fn text(mut self, name: &str, text: &str) -> Self {
        // An end mark in the text is divided between two sections.
        let text = text.replace("]]>", "]]]]><![CDATA[>");
        self.0.push_str(&Self::element(name, &format!("<![CDATA[{text}]]>")));
        self
    }

    /// An element with a number or a word of the platform's own, as it is.
    pub fn word(mut self, name: &str, value: impl Display) -> Self {
        let plain = value.to_string();
        let plain = plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        self.0.push_str(&Self::element(name, &plain));
        self
    }

    /// An element with elements in it.
    pub fn raw(mut self, name: &str, inner: &str) -> Self {
        self.0.push_str(&Self::element(name, inner));
        self
    }

    /// The elements of another one after these.
    pub fn then(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    pub fn into_text(self) -> String {
        self.0
    }

    /// A whole message.
    pub fn into_message(self) -> String {
        Self::element("xml", &self.0)
    }

    pub fn element(name: &str, inner: &str) -> String {
        format!("<{name}>{inner}</{name}>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_own_element() {
        let xml = Xml::default().text("Name", "a]]><b>&").word("Id", 5).into_message();
        assert_eq!(xml, "<xml><Name><![CDATA[a]]]]><![CDATA[><b>&]]></Name><Id>5</Id></xml>");
        assert_eq!(Xml::default().word("Mobile", "<&>").into_text(), "<Mobile>&lt;&amp;&gt;</Mobile>");
    }
}
