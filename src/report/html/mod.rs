//! One self-contained HTML file: every figure as text and tables, the charts on top of them, nothing fetched.
//!
//! Intervals, dots and bars are plain elements; only the curves need the embedded script, and each of them has its table.

mod bars;
mod claims;
mod colour;
mod curves;
mod points;
mod startup;
mod timeline;
mod view;

use std::fmt::Write as _;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, HtmlEscape, Value, context};

use super::Findings;

const PAGE: &str = include_str!("page.html");
pub const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
pub const UPLOT_SCRIPT: &str = include_str!("assets/uplot.min.js");
pub const UPLOT_STYLE: &str = include_str!("assets/uplot.min.css");
const UPLOT_LICENSE: &str = include_str!("assets/uplot.LICENSE");

/// The whole page.
pub fn render(findings: &Findings) -> String {
    let mut templates = environment();
    templates.add_template("page", PAGE).expect("the page template is well formed");
    let page = templates.get_template("page").expect("the page was just added");
    let data = serde_json::json!({ "latency": curves::data(findings), "trials": timeline::data(findings) });
    page.render(context! {
        view => Value::from(Serde(view::View::new(findings))),
        data => Value::from_safe_string(script_safe(&data.to_string())),
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        uplot_script => Value::from_safe_string(UPLOT_SCRIPT.to_owned()),
        uplot_style => Value::from_safe_string(UPLOT_STYLE.to_owned()),
        uplot_license => Value::from_safe_string(uplot_license()),
    })
    .expect("the template only names what the view has")
}

/// What every page is made with: text is escaped, and what stands between backticks is code where a template asks for it.
pub fn environment() -> Environment<'static> {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .expect("the delimiters are the usual ones"),
    );
    templates.add_filter("ticks", |text: String| Value::from_safe_string(ticks(&text)));
    templates
}

/// The licence of the chart library, as a comment of a script holds it.
pub fn uplot_license() -> String {
    UPLOT_LICENSE.replace("*/", "* /")
}

/// Escaped text in which what stands between backticks is code.
fn ticks(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut html = String::with_capacity(text.len() + 16);
    for (index, part) in parts.iter().enumerate() {
        let escaped = HtmlEscape(part);
        let _ = match (index % 2, index + 1 == parts.len()) {
            (0, _) => write!(html, "{escaped}"),
            // A backtick without a partner is itself.
            (_, true) => write!(html, "`{escaped}"),
            (_, false) => write!(html, "<code>{escaped}</code>"),
        };
    }
    html
}

/// JSON that cannot end the script element it stands in, nor a line of it.
pub fn script_safe(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::{comparison, single};
    use super::*;

    #[test]
    fn outside_text_stays_text() {
        let mut synthetic = comparison();
        synthetic.run.plan.targets[0].name = "</script><img src=x onerror=alert(1)>".into();
        for trial in &mut synthetic.run.trials {
            trial.target = "</script><img src=x onerror=alert(1)>".into();
        }
        let page = render(&synthetic.findings());
        assert!(!page.contains("<img src=x"), "markup of a name");
        assert!(!page.contains("<script>alert(1)"), "markup of an answer");
        assert_eq!(page.matches("</script>").count(), 3, "a script ended early");
        assert!(!page.chars().any(|character| character == '\u{1b}'));
    }

    #[test]
    fn a_page_needs_no_network_and_stays_small() {
        for synthetic in [comparison(), single()] {
            let page = render(&synthetic.findings());
            for outside in ["src=\"", "href=\"http", "url(", "@import"] {
                assert!(!page.contains(outside), "{outside}");
            }
            assert!(page.len() < 2_000_000, "{} bytes", page.len());
        }
    }

    #[test]
    fn a_long_run_stays_small() {
        let mut synthetic = comparison();
        let trials = synthetic.run.trials.clone();
        for round in 1..8 {
            synthetic.run.trials.extend(trials.iter().cloned().map(|mut trial| {
                trial.block += 5 * round;
                trial
            }));
        }
        let page = render(&synthetic.findings());
        assert!(page.len() < 2_000_000, "{} bytes for {} trials", page.len(), synthetic.run.trials.len());
    }

    #[test]
    fn backticks_become_code_and_markup_stays_text() {
        assert_eq!(ticks("run `a --b` <now>"), "run <code>a --b</code> &lt;now&gt;");
        assert_eq!(ticks("`<i>` and one ` alone"), "<code>&lt;i&gt;</code> and one ` alone");
        let page = render(&comparison().findings());
        let (markup, _) = page.split_once("<script").unwrap();
        assert!(!markup.contains('`'), "a backtick is shown as it is");
    }

    #[test]
    fn json_cannot_leave_its_script() {
        assert_eq!(script_safe("\"</script>\u{2028}&\""), "\"\\u003c/script\\u003e\\u2028\\u0026\"");
    }
}
