//! Every form of a stored run: [`render`] gives a whole file, [`summary`] the few lines that a command prints.
//!
//! Pure: [`Findings`] go in, text comes out. It computes no statistic and decides no verdict; it only chooses words, order
//! and form. Everything that came from outside (names, answers, the output of servers) is escaped for the form it is
//! written in.

mod bencher;
mod benchmark_action;
mod blocks;
mod caveats;
mod chart;
mod csv;
pub mod document;
mod github;
mod groups;
mod hdr;
mod headline;
pub mod history;
mod html;
mod junit;
mod loads;
mod markdown;
mod openmetrics;
mod opinion;
mod path;
mod planned;
mod tail;
mod template;
mod terminal;
mod words;

use std::fmt;
use std::str::FromStr;

pub use blocks::looked;
pub use document::schema;
pub use planned::planned;
pub use words::meaning;

use crate::analysis::Analysis;
use crate::analysis::between::Between;
use crate::analysis::metric::Better;
use crate::checklist::Item;
use crate::claims::Judgement;
use crate::model::record::Run;

/// A run and everything that is said about it.
#[derive(Clone, Copy, Debug)]
pub struct Findings<'a> {
    /// What was seen.
    pub run: &'a Run,
    /// What follows from it.
    pub analysis: &'a Analysis,
    /// The judgement of every claim of the plan, in its order.
    pub judgements: &'a [Judgement],
    /// The verification checklist; empty when it does not apply.
    pub checklist: &'a [Item],
}

/// How the terminal forms look; the other forms do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours may be used.
    pub color: bool,
    /// Columns of the terminal; at most 80 are used.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 80 }
    }
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text for people, at most 80 columns.
    Terminal,
    /// GitHub-flavoured Markdown.
    Markdown,
    /// One self-contained page with charts.
    Html,
    /// The `JSON summary, format 1`.
    Json,
    /// Tidy CSV: one figure per line.
    Csv,
    /// `JUnit` XML: claims and checklist as test cases.
    Junit,
    /// A step summary of GitHub Actions with annotations.
    Github,
    /// `OpenMetrics` text.
    Openmetrics,
    /// Bencher Metric Format.
    Bencher,
    /// A list for github-action-benchmark of what is better when smaller.
    BenchmarkSmaller,
    /// The same of what is better when bigger.
    BenchmarkBigger,
    /// The results template of a plan, filled in.
    Template,
    /// An `HdrHistogram` interval log of every latency histogram.
    Hdr,
}

impl Format {
    /// Every form with the name that users type.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("terminal", Self::Terminal),
        ("markdown", Self::Markdown),
        ("html", Self::Html),
        ("json", Self::Json),
        ("csv", Self::Csv),
        ("junit", Self::Junit),
        ("github", Self::Github),
        ("openmetrics", Self::Openmetrics),
        ("bencher", Self::Bencher),
        ("benchmark-smaller", Self::BenchmarkSmaller),
        ("benchmark-bigger", Self::BenchmarkBigger),
        ("template", Self::Template),
        ("hdr", Self::Hdr),
    ];
}

/// A name that is no report form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no report format")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, format)| *format)
            .ok_or_else(|| UnknownFormat(words::plain(name)))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, format)| format == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

/// The judgement of claims and checklist, each where asked for: what `verify` prints.
#[must_use]
pub fn verdict(findings: &Findings, claims: bool, checklist: bool, style: Style) -> String {
    terminal::verdict(findings, claims, checklist, style)
}

/// Two stored runs side by side: what `compare` prints.
#[must_use]
pub fn change(between: &Between, style: Style) -> String {
    terminal::change(between, style)
}

/// The whole report in one form, ending with a newline.
#[must_use]
pub fn render(findings: &Findings, format: Format, style: Style) -> String {
    match format {
        Format::Terminal => terminal::full(findings, style),
        Format::Markdown => markdown::render(findings),
        Format::Html => html::render(findings),
        Format::Json => document::json(findings),
        Format::Csv => csv::render(findings),
        Format::Junit => junit::render(findings),
        Format::Github => github::render(findings),
        Format::Openmetrics => openmetrics::render(findings),
        Format::Bencher => bencher::render(findings),
        Format::BenchmarkSmaller => benchmark_action::render(findings, Better::Lower),
        Format::BenchmarkBigger => benchmark_action::render(findings, Better::Higher),
        Format::Template => template::render(findings),
        Format::Hdr => hdr::render(findings),
    }
}

/// The short summary that a measuring command prints: what the run has, in at most 80 columns.
#[must_use]
pub fn summary(findings: &Findings, style: Style) -> String {
    terminal::summary(findings, style)
}

#[cfg(test)]
pub(crate) mod synthetic;
#[cfg(test)]
mod tests;
