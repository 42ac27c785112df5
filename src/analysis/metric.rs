//! One metric of one target over its trials.

use serde::Serialize;

use super::statistics::median;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Times, memory, CPU, errors.
    Lower,
    /// Throughput and sent rate.
    Higher,
}

/// One metric of one target. `values` holds one figure per trial (per launch for startup and first requests), in the
/// order they were taken; `low` and `high` are the smallest and largest of them.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Metric {
    /// The name, for instance `latency.list.p50`.
    pub metric: String,
    /// The unit: `ms`, `MiB`, `1/s`, `%`, `us`, `ns`, `bytes` or empty.
    pub unit: &'static str,
    /// Which way is better.
    pub better: Better,
    /// The target's name.
    pub target: String,
    /// One figure per trial or launch. Of invalid trials only when no trial is valid (see `marks`).
    pub values: Vec<f64>,
    /// Their median.
    pub median: f64,
    /// Their smallest.
    pub low: f64,
    /// Their largest.
    pub high: f64,
    /// How many.
    pub n: usize,
    /// (block, figure) of each valid trial: what a comparison pairs.
    #[serde(skip)]
    pub by_block: Vec<(u32, f64)>,
    /// By how much the instrument may be off, as a share of the figure; 0 for counts.
    #[serde(skip)]
    pub bound: f64,
    /// Why the figure decides no claim, for instance `few requests`; empty when it may.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
}

/// One figure of one launch, trial or load, before figures of the same name are put together.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The metric's name.
    pub metric: String,
    /// `ms`, `MiB`, `1/s`, `%`, `us`, `ns`, `bytes` or empty for a count.
    pub unit: &'static str,
    /// Which way is better.
    pub better: Better,
    /// The target's name.
    pub target: String,
    /// The block it belongs to.
    pub block: u32,
    /// In `unit`.
    pub value: f64,
    /// By how much the instrument may be off, in the figure's unit.
    pub bound: f64,
    /// Whether it may enter a comparison.
    pub valid: bool,
    /// Why it decides no claim.
    pub mark: Option<Mark>,
}

/// Why a figure decides no claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Too few requests behind a percentile.
    FewRequests,
    /// The side could not hold the offered rate.
    Overloaded,
    /// No trial of it is valid.
    NoValidTrial,
}

impl Mark {
    /// The mark as it is written beside a figure.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FewRequests => "few requests",
            Self::Overloaded => "overloaded",
            Self::NoValidTrial => "no valid trial",
        }
    }
}

impl Metric {
    /// Whether it bears that mark.
    #[must_use]
    pub fn marked(&self, mark: Mark) -> bool {
        self.marks.iter().any(|name| name == mark.name())
    }

    /// The load, the request and the figure of a load metric, `None` for the others.
    #[must_use]
    pub fn parts(&self) -> Option<(&str, &str, &str)> {
        parts(&self.metric)
    }
}

/// The load, the request and the figure of a load metric's name; `None` for names of another kind.
#[must_use]
pub fn parts(metric: &str) -> Option<(&str, &str, &str)> {
    let (rest, figure) = metric.rsplit_once('.')?;
    let (load, request) = rest.split_once('.')?;
    (load != "handler").then_some((load, request, figure))
}

/// Puts figures of one name and target together: names in the order they first came, targets in the order of `targets`.
#[must_use]
pub fn collect(figures: &[Figure], targets: &[String]) -> Vec<Metric> {
    let mut names: Vec<&str> = Vec::new();
    for figure in figures {
        if !names.contains(&figure.metric.as_str()) {
            names.push(&figure.metric);
        }
    }
    let of = |name: &str, target: &String| {
        let own: Vec<&Figure> = figures.iter().filter(|f| f.metric == name && &f.target == target).collect();
        together(&own)
    };
    names.iter().flat_map(|name| targets.iter().filter_map(|target| of(name, target))).collect()
}

fn together(figures: &[&Figure]) -> Option<Metric> {
    let first = figures.first()?;
    let any_valid = figures.iter().any(|figure| figure.valid);
    let shown: Vec<&Figure> = figures.iter().copied().filter(|figure| figure.valid || !any_valid).collect();
    let values: Vec<f64> = shown.iter().map(|figure| figure.value).collect();
    let mut marks: Vec<String> = Vec::new();
    let none = (!any_valid).then_some(Mark::NoValidTrial);
    for mark in shown.iter().filter_map(|figure| figure.mark).chain(none) {
        if !marks.iter().any(|name| name == mark.name()) {
            marks.push(mark.name().to_owned());
        }
    }
    let mut blocks: Vec<u32> = shown.iter().filter(|figure| figure.valid).map(|figure| figure.block).collect();
    blocks.sort_unstable();
    blocks.dedup();
    let in_block = |block: u32, of: fn(&Figure) -> f64| {
        median(&shown.iter().filter(|f| f.valid && f.block == block).map(|f| of(f)).collect::<Vec<f64>>())
    };
    let by_block: Vec<(u32, f64)> =
        blocks.iter().filter_map(|block| Some((*block, in_block(*block, |f| f.value)?))).collect();
    let bounds: Vec<f64> = blocks
        .iter()
        .filter_map(|block| in_block(*block, |f| if f.value > 0.0 { f.bound / f.value } else { 0.0 }))
        .collect();
    Some(Metric {
        metric: first.metric.clone(),
        unit: first.unit,
        better: first.better,
        target: first.target.clone(),
        median: median(&values)?,
        low: values.iter().copied().fold(f64::INFINITY, f64::min),
        high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        n: values.len(),
        values,
        by_block,
        bound: super::statistics::mean(&bounds).unwrap_or(0.0),
        marks,
    })
}
