//! What the page template shows, as plain text that the template escapes.

use serde::Serialize;

use super::super::Findings;
use super::super::blocks::{blocks, looks};
use super::super::caveats::folded;
use super::super::groups::{Row as MetricRow, groups, targets};
use super::super::headline::{answer, reservations};
use super::super::loads::views;
use super::super::opinion;
use super::super::path::{floor, floor_in_short, placement};
use super::super::tail;
use super::super::words::{self, count, plain};
use super::bars::{Bars, Choice, bars};
use super::claims::{Claims, claims};
use super::colour::class;
use super::curves::{Table, tables};
use super::points::{Points, points};
use super::startup::{Startup, startup};
use super::timeline::{PhaseRow, phases};
use crate::claims::Verdict;
use crate::model::plan::Role;
use crate::model::record::Run;

const SERVED: [Choice; 3] = [
    ("throughput", "Throughput", "Good answers per second; longer is better."),
    ("generator_cpu", "The generator's share", "CPU of the load generator meanwhile, percent of one core."),
    (
        "errors",
        "Error rate",
        "Requests without a good answer, percent; shorter is better. Loads without errors are left out.",
    ),
];

const EFFICIENCY: [Choice; 5] = [
    (
        "cpu_per_request",
        "CPU per request",
        "Processor time that the target's processes used per answer; shorter is better.",
    ),
    ("database_cpu_per_request", "PostgreSQL CPU per request", "Processor time that the database used per answer."),
    (
        "statements_per_request",
        "Statements per request",
        "Statements that the database executed per answer, BEGIN, COMMIT and the like included.",
    ),
    ("rows_per_request", "Rows per request", "Rows that these statements returned or changed."),
    ("buffers_per_request", "Buffers per request", "Blocks of 8 KiB that these statements touched, in memory or read."),
];

const HANDLERS: [Choice; 3] = [
    ("time", "Time per call", "The handler called inside the process, without network; shorter is better."),
    ("allocs", "Allocations per call", "Shorter is better."),
    ("bytes", "Bytes allocated per call", "Shorter is better."),
];

/// Everything on the page but the curves' data.
#[derive(Debug, Serialize)]
pub struct View {
    title: String,
    answer: String,
    reservations: Vec<String>,
    tone: &'static str,
    facts: Vec<(String, String)>,
    targets: Vec<Target>,
    compared: bool,
    has_database: bool,
    claims: Option<Claims>,
    looks: Option<String>,
    groups: Vec<Group>,
    startup: Option<Startup>,
    points: Vec<Points>,
    latency: Vec<Table>,
    served: Vec<Bars>,
    efficiency: Vec<Bars>,
    handlers: Vec<Bars>,
    opinion: Vec<([String; 7], bool)>,
    opinion_of: Option<String>,
    opinion_header: [&'static str; 7],
    opinion_legend: &'static str,
    tail: Vec<[String; 9]>,
    tail_header: [&'static str; 9],
    tail_legend: &'static str,
    advice: Option<String>,
    loads: Vec<Load>,
    phases: Vec<PhaseRow>,
    parity: Option<Parity>,
    checklist: Vec<(String, &'static str, &'static str, String)>,
    caveats: Vec<(String, Vec<String>, String)>,
    environment: Vec<(String, String)>,
    ceiling: Option<String>,
    floor: Option<String>,
    placement: String,
    id: String,
    version: String,
}

#[derive(Debug, Serialize)]
struct Target {
    name: String,
    class: &'static str,
    role: &'static str,
    command: String,
    versions: String,
}

#[derive(Debug, Serialize)]
struct Group {
    title: String,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    metric: String,
    cells: Vec<String>,
    ratio: String,
    marks: String,
}

#[derive(Debug, Serialize)]
struct Load {
    name: String,
    target: String,
    sent: String,
    good: String,
    statuses: String,
    errors: String,
    asked: String,
    served: String,
    little: String,
    lateness: String,
    floor: String,
    doubts: String,
}

#[derive(Debug, Serialize)]
struct Parity {
    outcome: String,
    tables: Vec<String>,
    differences: Vec<(String, String, String, String, bool)>,
}

impl View {
    /// The view of these findings.
    pub fn new(findings: &Findings) -> Self {
        let run = findings.run;
        let names = targets(run);
        Self {
            title: match &run.plan.comparison {
                Some(sides) => format!("{} against {}", plain(&sides.candidate), plain(&sides.baseline)),
                None => names.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", "),
            },
            answer: answer(findings),
            reservations: reservations(findings),
            tone: tone(findings),
            facts: facts(findings),
            targets: names.iter().map(|name| target(run, name)).collect(),
            compared: run.plan.comparison.is_some(),
            has_database: run.database.is_some(),
            claims: claims(findings),
            looks: looks(findings),
            groups: groups(findings)
                .into_iter()
                .map(|group| Group { title: group.title, rows: group.rows.iter().map(row).collect() })
                .collect(),
            startup: startup(findings),
            points: points(findings),
            latency: tables(findings),
            served: bars(findings, &SERVED),
            efficiency: bars(findings, &EFFICIENCY),
            handlers: bars(findings, &HANDLERS),
            opinion: opinion::rows(findings),
            opinion_of: opinion::driven(findings),
            opinion_header: opinion::HEADER,
            opinion_legend: opinion::LEGEND,
            tail: tail::rows(findings),
            tail_header: tail::HEADER,
            tail_legend: tail::LEGEND,
            advice: tail::advice(findings),
            loads: loads(findings),
            phases: phases(findings),
            parity: parity(run),
            checklist: findings
                .checklist
                .iter()
                .map(|item| {
                    let (verdict, class) = match (item.passed, item.asked) {
                        (false, _) => ("failed", "not-met"),
                        (true, true) => ("passed", "met"),
                        (true, false) => ("not asked", "open"),
                    };
                    (plain(&item.item), verdict, class, plain(&item.evidence))
                })
                .collect(),
            caveats: folded(&findings.analysis.caveats)
                .into_iter()
                .map(|one| (one.kind, one.texts, one.advice))
                .collect(),
            environment: run
                .environment
                .iter()
                .map(|(fact, value)| (plain(fact), value.as_deref().map_or_else(|| "unknown".to_owned(), plain)))
                .collect(),
            floor: floor(run),
            placement: placement(run),
            ceiling: run.ceiling.as_ref().map(|ceiling| words::figure(ceiling.requests_per_s, "1/s")),
            id: plain(&run.id),
            version: plain(&run.version),
        }
    }
}

fn tone(findings: &Findings) -> &'static str {
    let has = |verdict| findings.judgements.iter().any(|one| one.verdict == verdict);
    if findings.judgements.is_empty() {
        "plain"
    } else if has(Verdict::NotMet) {
        "not-met"
    } else if has(Verdict::Inconclusive) {
        "open"
    } else {
        "met"
    }
}

fn facts(findings: &Findings) -> Vec<(String, String)> {
    let run = findings.run;
    let mut facts = vec![
        ("measured".to_owned(), plain(&run.started)),
        ("trials".to_owned(), run.trials.len().to_string()),
        ("blocks".to_owned(), blocks(findings)),
    ];
    if let Some(Some(model)) = run.environment.get("cpu.model") {
        facts.push(("processor".to_owned(), plain(model)));
    }
    if let Some(database) = &run.database {
        facts.push(("PostgreSQL".to_owned(), plain(&database.version)));
    }
    facts
}

fn target(run: &Run, name: &str) -> Target {
    let versions = run
        .targets
        .get(name)
        .map(|facts| facts.versions.iter().map(|(thing, version)| words::version(thing, version)).collect::<Vec<_>>());
    Target {
        name: plain(name),
        class: class(run, name),
        role: match run.plan.role(name) {
            Role::Baseline => "baseline",
            Role::Candidate => "candidate",
            Role::Rival => "rival",
            Role::Other => "measured",
        },
        command: run.plan.target(name).map(|target| plain(&target.command.join(" "))).unwrap_or_default(),
        versions: versions.unwrap_or_default().join(", "),
    }
}

fn row(row: &MetricRow) -> Row {
    let mut marks: Vec<String> =
        row.cells.iter().flatten().flat_map(|metric| metric.marks.iter().map(|mark| plain(mark))).collect();
    let unusable = row.comparison.and_then(|one| one.unusable.as_ref()).map(|one| one.text.as_str());
    if unusable.is_some_and(|why| why.starts_with("no trial of")) {
        // Said with its target right after.
        marks.retain(|mark| mark != "no valid trial");
    }
    marks.extend(unusable.map(plain));
    let mut seen = std::collections::BTreeSet::new();
    marks.retain(|mark| seen.insert(mark.clone()));
    Row {
        name: row.name.clone(),
        metric: plain(row.metric),
        cells: row.figures(),
        ratio: row.ratio(),
        marks: marks.join("; "),
    }
}

fn loads(findings: &Findings) -> Vec<Load> {
    let counts = |of: &std::collections::BTreeMap<&str, u64>| {
        let all: Vec<String> = of.iter().map(|(key, number)| format!("{} × {}", plain(key), count(*number))).collect();
        if all.is_empty() { "none".to_owned() } else { all.join(", ") }
    };
    views(findings)
        .into_iter()
        .map(|view| Load {
            name: format!("{} / {}", plain(&view.figures.load), plain(&view.figures.request)),
            target: if view.figures.engine.is_own() {
                plain(&view.figures.target)
            } else {
                format!("{}, by {}", plain(&view.figures.target), view.figures.engine)
            },
            sent: count(view.sent),
            good: count(view.good),
            statuses: counts(&view.statuses),
            errors: counts(&view.errors),
            asked: view
                .figures
                .rate_asked
                .map_or_else(|| format!("{} connections", view.figures.connections), |rate| words::figure(rate, "1/s")),
            served: words::figure(view.figures.rate_served, "1/s"),
            little: view.figures.littles_law.map_or_else(|| "–".to_owned(), |law| format!("{law:.3}")),
            lateness: view.figures.lateness_us.map_or_else(|| "–".to_owned(), |late| words::figure(late.p99, "us")),
            floor: view.floor.as_ref().map_or_else(|| "–".to_owned(), floor_in_short),
            doubts: view.doubts().join("; "),
        })
        .collect()
}

fn parity(run: &Run) -> Option<Parity> {
    let parity = run.parity.as_ref()?;
    Some(Parity {
        outcome: words::same_answers(parity),
        tables: parity.tables.iter().map(|table| plain(table)).collect(),
        differences: parity
            .differences
            .iter()
            .take(200)
            .map(|one| (plain(&one.request), plain(&one.at), plain(&one.baseline), plain(&one.candidate), one.allowed))
            .collect(),
    })
}
