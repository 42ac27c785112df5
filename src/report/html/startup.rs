//! Every launch as a dot: three marks of each target on one axis.

use serde::Serialize;

use super::super::Findings;
use super::super::chart::Scale;
use super::super::groups::targets;
use super::super::words::{plain, ready_mark};
use super::colour::class;
use crate::analysis::statistics::median;
use crate::model::plan::Plan;
use crate::model::record::{Bracket, Launch};
use crate::unit::{digits, nanos_to_millis};

/// The plot with its rows and its table.
#[derive(Debug, Serialize)]
pub struct Startup {
    ticks: Vec<(f64, String)>,
    rows: Vec<Row>,
    launches: Vec<[String; 6]>,
}

#[derive(Debug, Serialize)]
struct Row {
    target: String,
    class: &'static str,
    mark: &'static str,
    dots: Vec<f64>,
    median: f64,
    text: String,
    count: usize,
}

type Mark = (&'static str, fn(&Launch) -> Option<Bracket>);

fn marks(plan: &Plan) -> [Mark; 3] {
    [
        ("port accepts connections", |launch| launch.listen),
        ("first byte of an answer", |launch| launch.first_byte),
        (ready_mark(plan), |launch| launch.first_ok),
    ]
}

/// The plot, if anything was launched and became ready.
pub fn startup(findings: &Findings) -> Option<Startup> {
    let run = findings.run;
    let mut found: Vec<(&str, &'static str, Vec<f64>)> = Vec::new();
    for target in targets(run) {
        for (mark, of) in marks(&run.plan) {
            let millis: Vec<f64> = run
                .launched()
                .iter()
                .filter(|trial| trial.target == target)
                .flat_map(|trial| &trial.launches)
                .filter_map(of)
                .map(|bracket| nanos_to_millis(bracket.first_hit_ns))
                .collect();
            if !millis.is_empty() {
                found.push((target, mark, millis));
            }
        }
    }
    let all: Vec<f64> = found.iter().flat_map(|(_, _, millis)| millis.iter().copied()).collect();
    let scale = Scale::fitting(&all)?;
    let rows = found
        .into_iter()
        .map(|(target, mark, mut millis)| {
            millis.sort_by(f64::total_cmp);
            let median = median(&millis).expect("only what has marks is here");
            Row {
                target: plain(target),
                class: class(run, target),
                mark,
                dots: millis.iter().map(|one| scale.percent(*one)).collect(),
                median: scale.percent(median),
                text: format!(
                    "{} ms; {} to {} ms",
                    digits(median),
                    digits(millis[0]),
                    digits(millis[millis.len() - 1])
                ),
                count: millis.len(),
            }
        })
        .collect();
    Some(Startup { ticks: scale.ticks(), rows, launches: table(findings) })
}

fn table(findings: &Findings) -> Vec<[String; 6]> {
    let millis = |mark: Option<Bracket>| {
        mark.map_or_else(|| "never".to_owned(), |bracket| digits(nanos_to_millis(bracket.first_hit_ns)))
    };
    findings
        .run
        .launched()
        .iter()
        .flat_map(|trial| trial.launches.iter().map(move |launch| (trial, launch)))
        .map(|(trial, launch)| {
            [
                plain(&trial.target),
                trial.block.to_string(),
                millis(launch.listen),
                millis(launch.first_byte),
                millis(launch.first_ok),
                digits(nanos_to_millis(launch.cpu_ns)),
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::synthetic::comparison;

    #[test]
    fn an_even_number_of_launches_has_its_median_between_the_middle_two() {
        let mut synthetic = comparison();
        let launches = &mut synthetic.run.trials[0].launches;
        launches.truncate(2);
        for (launch, millis) in launches.iter_mut().zip([10_u64, 20]) {
            launch.first_ok = Some(Bracket { last_miss_ns: 0, first_hit_ns: millis * 1_000_000 });
        }
        synthetic.run.trials.truncate(1);
        let plot = startup(&synthetic.findings()).expect("two launches");
        let row = plot.rows.iter().find(|row| row.mark == "first good answer").expect("both became ready");
        assert_eq!((row.count, row.text.as_str()), (2, "15.0 ms; 10.0 to 20.0 ms"));
    }
}
