//! The Lua script of a load: `request` gives wrk the bytes of the next one.

use std::fmt::Write as _;

use crate::export::shell;
use crate::export::value::HeaderValue;
use crate::model::plan::RequestPlan;
use crate::template::{Piece, draws, pieces};

/// A script that sends these requests by their shares in percent, or the first when it has none.
pub(super) fn script(requests: &[(&RequestPlan, Option<f64>)], seed: u64) -> String {
    // Every thread has a Lua state of its own, and all would draw the same without a seed of their own.
    let mut text = format!(
        "local threads = 0\n\
         function setup(thread)\n  threads = threads + 1\n  thread:set(\"seed\", {} + threads)\nend\n\
         function init(_)\n  math.randomseed(seed)\nend\n\
         local function pick(...)\n  local words = {{...}}\n  return words[math.random(#words)]\nend\n\
         local requests = {{\n",
        seed % u64::from(u32::MAX)
    );
    for (request, _) in requests {
        text += "  function()\n";
        let body = request.body.as_deref().map_or_else(|| "nil".to_owned(), expression);
        let _ = writeln!(
            text,
            "    return wrk.format({}, {}, {{ {} }}, {body})\n  end,",
            quoted(&request.method),
            expression(&request.path),
            headers(request)
        );
    }
    text += "}\nfunction request()\n";
    let mut upto = 0.0;
    let (last, earlier) = requests.split_last().map_or((None, requests), |(last, earlier)| (Some(last), earlier));
    if !earlier.is_empty() {
        text += "  local draw = 100 * math.random()\n";
    }
    for (index, (_, share)) in earlier.iter().enumerate() {
        upto += share.unwrap_or(100.0);
        let _ = writeln!(text, "  if draw < {upto:.3} then return requests[{}]() end", index + 1);
    }
    let _ = write!(text, "  return requests[{}]()\nend", earlier.len() + usize::from(last.is_some()));
    text
}

/// Whether any part of the request is drawn anew each time.
pub(super) fn draws_anything(request: &RequestPlan) -> bool {
    let headers = request.headers.iter().map(|(_, value)| value.reveal());
    headers.chain(request.body.as_deref()).chain([request.path.as_str()]).any(draws)
}

/// A script for one request that is always the same: wrk then calls no Lua to make it.
pub(super) fn fixed(request: &RequestPlan) -> String {
    let body = request.body.as_deref().map_or_else(|| "nil".to_owned(), expression);
    format!(
        "wrk.method = {}\nwrk.path = {}\nwrk.headers = {{ {} }}\nwrk.body = {body}",
        quoted(&request.method),
        expression(&request.path),
        headers(request)
    )
}

fn headers(request: &RequestPlan) -> String {
    let headers = request.headers.iter().map(|(name, value)| {
        let value = match HeaderValue::of(name, value) {
            HeaderValue::Plain(text) | HeaderValue::Drawn(text) => expression(text),
            HeaderValue::Withheld => format!("os.getenv({}) or \"\"", quoted(&shell::variable(name))),
        };
        format!("[{}] = {value}", quoted(name))
    });
    headers.collect::<Vec<_>>().join(", ")
}

/// A template as a Lua expression.
fn expression(template: &str) -> String {
    let parts: Vec<String> = pieces(template)
        .iter()
        .map(|piece| match piece {
            Piece::Literal(literal) => quoted(literal),
            Piece::Integer(low, high) => format!("math.random({low}, {high})"),
            Piece::Pick(words) => {
                format!("pick({})", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "))
            }
        })
        .collect();
    if parts.is_empty() { quoted("") } else { parts.join(" .. ") }
}

/// A Lua string: bytes outside printable ASCII by their number.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                quoted.push('\\');
                quoted.push(char::from(byte));
            }
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => {
                let _ = write!(quoted, "\\{byte:03}");
            }
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_lua() {
        assert_eq!(quoted("a\"\\\n1é"), r#""a\"\\\0101\195\169""#);
        assert_eq!(
            expression("/x/{int:1..5}?k={pick:a|b}"),
            r#""/x/" .. math.random(1, 5) .. "?k=" .. pick("a", "b")"#
        );
        assert_eq!(expression(""), r#""""#);
    }

    #[test]
    fn what_is_always_the_same_needs_no_function() {
        let plan = crate::export::sample::plan();
        assert!(!draws_anything(&plan.requests[0]) && draws_anything(&plan.requests[1]));
        assert_eq!(
            fixed(&plan.requests[2]),
            "wrk.method = \"GET\"\nwrk.path = \"/secret?a=1&b=$2\"\n\
             wrk.headers = { [\"X-Api-Key\"] = os.getenv(\"X_API_KEY\") or \"\" }\nwrk.body = nil"
        );
    }
}
