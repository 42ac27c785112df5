//! Many stored runs in the order of time: a table, tidy CSV, JSON, or a page with a chart of any metric.
//!
//! Figures of different sessions stand side by side and nothing is concluded: a change of the machine between two runs looks
//! the same as a change of the server.

mod csv;
mod html;
mod palette;
mod terminal;

use serde::Serialize;

use super::Style;
use super::words::{figure, plain};
use crate::analysis::metric::Metric;
use crate::claims::{Judgement, Verdict};
use crate::model::record::Run;

/// One stored run in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The run's folder.
    pub id: String,
    /// The subcommand that measured.
    pub command: String,
    /// RFC 3339.
    pub started: String,
    /// Whether everything planned was done.
    pub complete: bool,
    /// Why it measured nothing, when it ended early.
    pub ended: Option<String>,
    /// Its claims by verdict.
    pub claims: Tally,
    /// Every metric of every target: medians over its trials.
    pub metrics: Vec<Short>,
}

/// Claims by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Met.
    pub met: usize,
    /// Not met.
    pub not_met: usize,
    /// Inconclusive.
    pub inconclusive: usize,
}

/// One metric of one target of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Short {
    /// The metric's name, for instance `startup.first_ok`.
    pub metric: String,
    /// `ms`, `MiB`, `1/s`, `%`, `us`, `ns`, `bytes` or empty for a count.
    pub unit: &'static str,
    /// The target's name.
    pub target: String,
    /// The median over trials or launches.
    pub median: f64,
    /// The smallest of its trials or launches.
    pub low: f64,
    /// The largest of its trials or launches.
    pub high: f64,
    /// How many.
    pub n: usize,
}

/// Which figures are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Names of metrics; empty for the usual ones in the table, for all elsewhere.
    pub metrics: Vec<String>,
    /// Names of targets; empty for all.
    pub targets: Vec<String>,
}

/// How a history is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A table of at most 80 columns.
    Terminal,
    /// Tidy CSV: one figure per line.
    Csv,
    /// One self-contained page with a chart.
    Html,
    /// A list of [`Entry`].
    Json,
}

impl Entry {
    /// A run in short.
    #[must_use]
    pub fn new(run: &Run, metrics: &[Metric], judgements: &[Judgement]) -> Self {
        let count = |verdict| judgements.iter().filter(|one| one.verdict == verdict).count();
        let short = |metric: &Metric| Short {
            metric: metric.metric.clone(),
            unit: metric.unit,
            target: metric.target.clone(),
            median: metric.median,
            low: metric.low,
            high: metric.high,
            n: metric.n,
        };
        Self {
            id: run.id.clone(),
            command: run.command.clone(),
            started: run.started.clone(),
            complete: run.complete,
            ended: ended_early(run),
            claims: Tally {
                met: count(Verdict::Met),
                not_met: count(Verdict::NotMet),
                inconclusive: count(Verdict::Inconclusive),
            },
            metrics: metrics.iter().map(short).collect(),
        }
    }

    /// Its targets, in the order of its metrics.
    fn targets(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for short in &self.metrics {
            if !names.contains(&&*short.target) {
                names.push(&short.target);
            }
        }
        names
    }

    fn figure(&self, metric: &str, target: &str) -> Option<&Short> {
        self.metrics.iter().find(|short| short.metric == metric && short.target == target)
    }

    /// Throughput and p99 of the first load that has a throughput: which load that is differs from run to run.
    fn first_load(&self, target: &str) -> Option<(&Short, Option<&Short>)> {
        let served =
            self.metrics.iter().find(|short| short.target == target && short.metric.ends_with(".throughput"))?;
        let load = served.metric.strip_suffix(".throughput")?;
        Some((served, self.figure(&format!("{load}.p99"), target)))
    }
}

/// That a run ended before anything was measured, and why where the record tells; `None` when something was.
#[must_use]
pub fn ended_early(run: &Run) -> Option<String> {
    if run.complete || !run.trials.is_empty() || !run.startup.is_empty() {
        return None;
    }
    let differs = run.parity.as_ref().is_some_and(|parity| !parity.is_alike());
    let why = if differs { ": parity failed" } else { "" };
    Some(format!("ended before anything was measured{why}"))
}

/// The history, oldest first, ending with a newline.
#[must_use]
pub fn history(entries: &[Entry], filter: &Filter, form: Form, style: Style) -> String {
    let kept = |short: &Short| {
        let named = |names: &[String], name: &String| names.is_empty() || names.contains(name);
        named(&filter.metrics, &short.metric) && named(&filter.targets, &short.target)
    };
    let mut entries: Vec<Entry> = entries.to_vec();
    for entry in &mut entries {
        entry.metrics.retain(kept);
    }
    entries.sort_by(|one, next| (&one.started, &one.id).cmp(&(&next.started, &next.id)));
    match form {
        Form::Terminal => terminal::render(&entries, filter, style),
        Form::Csv => csv::render(&entries),
        Form::Html => html::render(&entries),
        Form::Json => serde_json::to_string_pretty(&entries).expect("entries have only string keys") + "\n",
    }
}

/// The usual columns.
const USUAL: [&str; 4] = ["start", "idle RSS", "served", "p99"];

/// The usual figures of one target, a dash for what the run has not.
fn usual(entry: &Entry, target: &str) -> [String; 4] {
    let said = |short: Option<&Short>| short.map_or_else(|| "–".to_owned(), |short| figure(short.median, short.unit));
    let load = entry.first_load(target);
    [
        said(entry.figure("startup.first_ok", target)),
        said(entry.figure("idle.rss", target)),
        said(load.map(|load| load.0)),
        said(load.and_then(|load| load.1)),
    ]
}

/// `4 of 8`, with what was not finished said; nothing where nothing was claimed.
fn verdict(entry: &Entry) -> String {
    let Tally { met, not_met, inconclusive } = entry.claims;
    if let Some(ended) = &entry.ended {
        return ended.clone();
    }
    let all = met + not_met + inconclusive;
    match (all, entry.complete) {
        (0, true) => "–".to_owned(),
        (0, false) => "unfinished".to_owned(),
        (_, true) => format!("{met} of {all}"),
        (_, false) => format!("{met} of {all}, unfinished"),
    }
}

/// When a run began, to the minute.
fn moment(entry: &Entry) -> String {
    plain(&entry.started).chars().take(16).collect::<String>().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::ParityRecord;
    use crate::sample_run::SampleRun;
    use crate::{analysis, claims};

    fn entry(id: &str, started: &str) -> Entry {
        let mut run = SampleRun::default().build();
        run.id = id.to_owned();
        run.started = started.to_owned();
        let analysis = analysis::analyse(&run);
        Entry::new(&run, &analysis.metrics, &claims::judge(&run, &analysis))
    }

    fn two() -> Vec<Entry> {
        vec![entry("second", "2026-02-01T10:00:00Z"), entry("first", "2026-01-01T10:00:00Z")]
    }

    #[test]
    fn a_table_goes_from_old_to_new_and_fits() {
        let text = history(&two(), &Filter::default(), Form::Terminal, Style::default());
        assert!(text.find("first").expect("there") < text.find("second").expect("there"), "{text}");
        for words in ["2026-01-01 10:00", "flask", "gin", "240 ms", "start", "served"] {
            assert!(text.contains(words), "{words} in\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn a_run_that_ended_early_says_so_and_why() {
        let mut run = SampleRun::default().build();
        assert_eq!(ended_early(&run), None);
        run.complete = false;
        assert_eq!(ended_early(&run), None, "trials were measured");
        run.trials.clear();
        run.startup.clear();
        run.parity = None;
        assert_eq!(ended_early(&run).as_deref(), Some("ended before anything was measured"));
        let entry = Entry::new(&run, &[], &[]);
        let text = history(&[entry], &Filter::default(), Form::Terminal, Style::default());
        assert!(text.contains(", ended before anything was measured"), "{text}");
        let tables = vec!["items".to_owned()];
        run.parity = Some(ParityRecord { requests: 1, differences: vec![], noise: vec![], tables });
        assert_eq!(ended_early(&run).as_deref(), Some("ended before anything was measured: parity failed"));
    }

    #[test]
    fn named_metrics_are_the_columns() {
        let filter = Filter { metrics: vec!["idle.pss".to_owned()], targets: vec!["gin".to_owned()] };
        let text = history(&two(), &filter, Form::Terminal, Style::default());
        assert!(text.contains("idle.pss") && !text.contains("flask") && !text.contains("served"), "{text}");
    }

    #[test]
    fn csv_is_tidy_and_json_is_a_list() {
        let text = history(&two(), &Filter::default(), Form::Csv, Style::default());
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        assert_eq!(&reader.headers().expect("a header")[3], "metric");
        let lines: Vec<::csv::StringRecord> = reader.records().map(|line| line.expect("a line")).collect();
        assert_eq!(lines.len(), two()[0].metrics.len() * 2);
        assert_eq!(&lines[0][1], "first");
        let filter = Filter { metrics: vec!["startup.first_ok".to_owned()], targets: vec![] };
        let json: serde_json::Value =
            serde_json::from_str(&history(&two(), &filter, Form::Json, Style::default())).expect("JSON");
        assert_eq!(json[1]["id"], "second");
        assert_eq!(json[0]["metrics"].as_array().expect("a list").len(), 2);
    }

    #[test]
    fn a_page_needs_no_network_and_a_thousand_runs_stay_small() {
        let one = entry("</script><b>", "2026-01-01T10:00:00Z");
        let many: Vec<Entry> = (0..1000).map(|_| one.clone()).collect();
        let page = history(&many, &Filter::default(), Form::Html, Style::default());
        for outside in ["src=\"", "href=\"http", "url(", "@import", "</script><b>"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.len() < 3_000_000, "{} bytes", page.len());
    }
}
