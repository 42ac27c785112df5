//! One request as an HTTP sampler with its headers and what a good answer is.

use super::text::Texts;
use super::xml::Xml;
use crate::export::value::HeaderValue;
use crate::model::plan::RequestPlan;

/// A request with every text in JMeter's words.
pub(super) struct Sampler<'a> {
    request: &'a RequestPlan,
    path: String,
    headers: Vec<(&'a str, String)>,
    body: Option<String>,
}

/// Puts a request into JMeter's words.
pub(super) fn of<'a>(request: &'a RequestPlan, texts: &mut Texts) -> Sampler<'a> {
    let headers = request.headers.iter().map(|(name, value)| {
        let value = match HeaderValue::of(name, value) {
            HeaderValue::Plain(text) => texts.value(text),
            HeaderValue::Drawn(text) => format!("${{__P({},{})}}", property(name), texts.argument(text)),
            HeaderValue::Withheld => format!("${{__P({},)}}", property(name)),
        };
        (name.as_str(), value)
    });
    let headers = headers.collect();
    Sampler {
        request,
        path: texts.path(&request.path),
        headers,
        body: request.body.as_ref().map(|body| texts.value(body)),
    }
}

/// The JMeter property that gives a header another value.
#[must_use]
pub fn property(header: &str) -> String {
    header.to_ascii_lowercase()
}

impl Sampler<'_> {
    /// Writes the sampler and what belongs to it.
    pub fn write(self, xml: &mut Xml) {
        let request = self.request;
        let properties = |xml: &mut Xml| {
            xml.string("HTTPSampler.method", &request.method);
            xml.string("HTTPSampler.path", &self.path);
            xml.boolean("HTTPSampler.use_keepalive", true);
            xml.boolean("HTTPSampler.follow_redirects", false);
            xml.boolean("HTTPSampler.auto_redirects", false);
            xml.boolean("HTTPSampler.postBodyRaw", self.body.is_some());
            body(xml, self.body.as_deref());
        };
        xml.part(["HTTPSamplerProxy", "HttpTestSampleGui"], &request.name, properties, |xml| {
            if !self.headers.is_empty() {
                headers(xml, &self.headers);
            }
            let status = request.expect.status;
            let (test, pattern) = match status {
                Some(status) => (EQUALS, status.to_string()),
                None => (MATCHES, r"2\d\d".to_owned()),
            };
            assertion(xml, "Status", ("Assertion.response_code", test), &pattern);
            if let Some(part) = &request.expect.contains {
                assertion(xml, "Body", ("Assertion.response_data", SUBSTRING), part);
            }
        });
    }
}

/// The tests of JMeter's `ResponseAssertion`.
const MATCHES: i64 = 1;
const EQUALS: i64 = 8;
const SUBSTRING: i64 = 16;

fn body(xml: &mut Xml, body: Option<&str>) {
    xml.element("elementProp", &[("name", "HTTPsampler.Arguments"), ("elementType", "Arguments")], |xml| {
        xml.element("collectionProp", &[("name", "Arguments.arguments")], |xml| {
            if let Some(body) = body {
                xml.element("elementProp", &[("name", ""), ("elementType", "HTTPArgument")], |xml| {
                    xml.boolean("HTTPArgument.always_encode", false);
                    xml.string("Argument.value", body);
                    xml.string("Argument.metadata", "=");
                });
            }
        });
    });
}

fn headers(xml: &mut Xml, headers: &[(&str, String)]) {
    let properties = |xml: &mut Xml| {
        xml.element("collectionProp", &[("name", "HeaderManager.headers")], |xml| {
            for (name, value) in headers {
                xml.element("elementProp", &[("name", ""), ("elementType", "Header")], |xml| {
                    xml.string("Header.name", name);
                    xml.string("Header.value", value);
                });
            }
        });
    };
    xml.part(["HeaderManager", "HeaderPanel"], "Headers", properties, |_| {});
}

fn assertion(xml: &mut Xml, name: &str, (field, test): (&str, i64), pattern: &str) {
    let properties = |xml: &mut Xml| {
        // The misspelt name is JMeter's own.
        xml.element("collectionProp", &[("name", "Asserion.test_strings")], |xml| xml.string("0", pattern));
        xml.string("Assertion.test_field", field);
        // An expected 404 is a good answer, whatever JMeter itself thinks of the status.
        xml.boolean("Assertion.assume_success", field == "Assertion.response_code");
        xml.integer("Assertion.test_type", test);
    };
    xml.part(["ResponseAssertion", "AssertionGui"], name, properties, |_| {});
}
