//! Latency and CPU over rate: both sides at the same operating points, drawn as curves and told in a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::super::Findings;
use super::super::chart::Scale;
use super::super::groups::targets;
use super::super::words::plain;
use super::colour::class;
use crate::analysis::load::LoadFigures;
use crate::analysis::statistics::median;
use crate::model::plan::request_of;
use crate::unit::{digits, thousands};

/// Height of the drawing in its own units; the width is 100.
const HEIGHT: f64 = 44.0;

/// The points of one load and request.
#[derive(Debug, Serialize)]
pub struct Points {
    title: String,
    rates: Vec<(f64, String)>,
    times: Vec<(f64, String)>,
    curves: Vec<Curve>,
    rows: Vec<[String; 9]>,
}

/// One percentile of one target over the rates.
#[derive(Debug, Serialize)]
struct Curve {
    class: &'static str,
    /// `p50` is drawn whole, `p99` dashed.
    percentile: &'static str,
    path: String,
    dots: Vec<(f64, f64)>,
}

/// The medians of one target at one point.
struct Point<'a> {
    target: &'a str,
    subject: &'a str,
    utilisation: f64,
    rate: f64,
    overloaded: bool,
}

/// One drawing for each load and request that was measured at operating points.
pub fn points(findings: &Findings) -> Vec<Points> {
    let mut groups: BTreeMap<(&str, &str), Vec<&LoadFigures>> = BTreeMap::new();
    for figures in findings.analysis.loads.iter().filter(|figures| figures.utilisation.is_some()) {
        groups.entry((&figures.load, request_of(&figures.request))).or_default().push(figures);
    }
    groups.into_iter().filter_map(|((load, request), loads)| one(findings, load, request, &loads)).collect()
}

fn one(findings: &Findings, load: &str, request: &str, loads: &[&LoadFigures]) -> Option<Points> {
    let mut found: Vec<Point<'_>> = Vec::new();
    for target in targets(findings.run) {
        for figures in loads.iter().filter(|figures| figures.target == target) {
            if found.iter().all(|point| (point.target, point.subject) != (target, &*figures.request)) {
                let same = || loads.iter().filter(|one| one.target == target && one.request == figures.request);
                found.push(Point {
                    target,
                    subject: &figures.request,
                    utilisation: figures.utilisation?,
                    rate: median(&same().filter_map(|one| one.rate_asked).collect::<Vec<f64>>())?,
                    overloaded: same().any(|one| one.overloaded),
                });
            }
        }
    }
    let value = |point: &Point<'_>, figure: &str| {
        let name = format!("{load}.{}.{figure}", point.subject);
        findings.analysis.metric(&name, point.target).map(|metric| metric.median)
    };
    let drawn = |point: &&Point<'_>| !point.overloaded;
    let times: Vec<f64> =
        found.iter().filter(drawn).flat_map(|point| ["p50", "p99"].map(|p| value(point, p))).flatten().collect();
    let across = Scale::from_zero(found.iter().map(|point| point.rate))?;
    let up = Scale::log(times)?;
    let mut curves = Vec::new();
    for target in targets(findings.run) {
        for percentile in ["p50", "p99"] {
            let own = found.iter().filter(drawn).filter(|point| point.target == target);
            let dots: Vec<(f64, f64)> = own
                .filter_map(|point| {
                    let height = HEIGHT * (1.0 - up.percent(value(point, percentile)?) / 100.0);
                    Some((across.percent(point.rate), (height * 100.0).round() / 100.0))
                })
                .collect();
            if !dots.is_empty() {
                let mut path = String::new();
                for (place, (x, y)) in dots.iter().enumerate() {
                    let _ = write!(path, "{}{x} {y} ", if place == 0 { 'M' } else { 'L' });
                }
                curves.push(Curve {
                    class: class(findings.run, target),
                    percentile,
                    path: path.trim_end().to_owned(),
                    dots,
                });
            }
        }
    }
    let rows = found
        .iter()
        .map(|point| {
            let millis = |figure: &str| match value(point, figure) {
                Some(_) if point.overloaded && figure.starts_with('p') => "overloaded".to_owned(),
                Some(value) => digits(value),
                None => "–".to_owned(),
            };
            [
                plain(point.target),
                format!("{:.0} %", point.utilisation * 100.0),
                thousands(point.rate),
                millis("p50"),
                millis("p95"),
                millis("p99"),
                millis("cpu_per_request"),
                millis("database_cpu_per_request"),
                millis("system_cpu_per_request"),
            ]
        })
        .collect();
    Some(Points {
        title: format!("{} / {}", plain(load), plain(request)),
        rates: across.ticks(),
        times: up.ticks().into_iter().map(|(place, text)| (HEIGHT * (1.0 - place / 100.0), text)).collect(),
        curves,
        rows,
    })
}
