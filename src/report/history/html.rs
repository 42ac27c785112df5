//! A history as one self-contained page: a chart of any metric over time, and the table of the usual figures.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::super::html::{STYLE, UPLOT_SCRIPT, UPLOT_STYLE, environment, script_safe, uplot_license};
use super::super::words::plain;
use super::{Entry, USUAL, moment, palette, usual, verdict};

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");

/// What the chart draws.
#[derive(Debug, Serialize)]
struct Data<'a> {
    /// Seconds since 1970 and the name of each run.
    times: Vec<i64>,
    runs: Vec<&'a str>,
    /// By name: the unit, and for each target a figure of each run.
    metrics: Vec<Series<'a>>,
    /// Every target of any run: its place is its colour, whichever metric is drawn.
    targets: BTreeSet<&'a str>,
    colours: Colours,
}

#[derive(Debug, Serialize)]
struct Colours {
    light: [&'static str; 8],
    dark: [&'static str; 8],
}

#[derive(Debug, Serialize)]
struct Series<'a> {
    metric: &'a str,
    unit: &'a str,
    targets: BTreeMap<&'a str, Vec<Option<f64>>>,
}

/// The whole page.
pub fn render(entries: &[Entry]) -> String {
    let mut templates = environment();
    templates.add_template("history", PAGE).expect("the page template is well formed");
    let page = templates.get_template("history").expect("the page was just added");
    let data = serde_json::to_string(&data(entries)).expect("figures have only string keys");
    page.render(context! {
        count => entries.len(),
        header => USUAL,
        rows => Value::from(Serde(rows(entries))),
        data => Value::from_safe_string(script_safe(&data)),
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        uplot_script => Value::from_safe_string(UPLOT_SCRIPT.to_owned()),
        uplot_style => Value::from_safe_string(UPLOT_STYLE.to_owned()),
        uplot_license => Value::from_safe_string(uplot_license()),
    })
    .expect("the template only names what it is given")
}

fn data(entries: &[Entry]) -> Data<'_> {
    let mut metrics: Vec<Series> = Vec::new();
    // A run has some hundred metrics: they are looked up by name, not searched for.
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        for short in &entry.metrics {
            let place = *places.entry(&short.metric).or_insert_with(|| {
                metrics.push(Series { metric: &short.metric, unit: short.unit, targets: BTreeMap::new() });
                metrics.len() - 1
            });
            let figures = metrics[place].targets.entry(&short.target).or_insert_with(|| vec![None; entries.len()]);
            figures[index] = Some(rounded(short.median));
        }
    }
    Data {
        times: entries.iter().map(seconds).collect(),
        runs: entries.iter().map(|entry| entry.id.as_str()).collect(),
        targets: metrics.iter().flat_map(|series| series.targets.keys().copied()).collect(),
        metrics,
        colours: Colours { light: palette::LIGHT, dark: palette::DARK },
    }
}

fn seconds(entry: &Entry) -> i64 {
    entry.started.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_second)
}

/// Four digits are more than a chart shows, and keep a thousand runs small.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// One line per run and target, the newest first: started, run, target, the usual figures, claims.
fn rows(entries: &[Entry]) -> Vec<Vec<String>> {
    let of = |entry: &Entry, target: &str| {
        let mut row = vec![moment(entry), plain(&entry.id), plain(target)];
        row.extend(usual(entry, target));
        row.push(verdict(entry));
        row
    };
    entries
        .iter()
        .rev()
        .flat_map(|entry| entry.targets().into_iter().map(|target| of(entry, target)).collect::<Vec<_>>())
        .collect()
}
