//! The corpus check: baseline twice, for the noise level of the rules, and the candidate once.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::bench::Bench;
use super::super::error::Error;
use super::with_target;
use crate::model::plan::{ParityCompare, ParityPlan, Role, TargetPlan};
use crate::model::record::{ParityRecord, Run};
use crate::parity::{self, Answer, Corpus};

/// One side's answers, and the state of its tables afterwards.
struct Play {
    answers: Vec<Answer>,
    tables: BTreeMap<String, String>,
}

/// Plays the corpus and stores what differs.
///
/// # Errors
/// [`Error::Differs`] when a difference is not allowed by name.
pub(super) fn check(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    let Some(plan) = run.plan.corpus_to_play().cloned() else { return Ok(()) };
    let corpus = parity::corpus(&plan.corpus, &run.plan.requests)?;
    let side = |role| run.plan.targets.iter().find(|target| run.plan.role(&target.name) == role).cloned();
    let (Some(baseline), Some(candidate)) = (side(Role::Baseline), side(Role::Candidate)) else { return Ok(()) };
    let mut plays = Vec::new();
    let steps =
        [(&baseline, ""), (&baseline, " again: what differs between two plays of one side is noise"), (&candidate, "")];
    for (target, why) in steps {
        if bench.interrupted() {
            return Ok(());
        }
        bench.setup.observer.step(&format!("parity corpus on {}{why}", target.name), Duration::from_secs(2));
        plays.push(play(bench, run, &plan, target, &corpus)?);
    }
    let record = judge(&plan, &corpus, &plays[0], &plays[1], &plays[2]);
    let (is_alike, outcome, readable) = (record.is_alike(), record.outcome(), readable(&record));
    run.parity = Some(record);
    bench.setup.folder.save(run)?;
    if is_alike { Ok(()) } else { Err(Error::Differs { outcome, readable }) }
}

fn play(bench: &mut Bench, run: &Run, plan: &ParityPlan, target: &TargetPlan, corpus: &Corpus) -> Result<Play, Error> {
    let times: Vec<&str> =
        plan.rules.iter().filter(|rule| rule.compare == ParityCompare::Time).map(|rule| rule.key.as_str()).collect();
    with_target(bench, run, target, |bench, url, copy| {
        let answers = parity::play(corpus, url, bench.setup.interrupt)?;
        let tables = match (&mut bench.database, copy) {
            (Some(server), Some(copy)) => server.tables_digest(copy, &times)?,
            _ => BTreeMap::new(),
        };
        Ok(Play { answers, tables })
    })
}

fn judge(plan: &ParityPlan, corpus: &Corpus, baseline: &Play, again: &Play, candidate: &Play) -> ParityRecord {
    let differs =
        |(table, digest): (&String, &String)| (candidate.tables.get(table) != Some(digest)).then(|| table.clone());
    ParityRecord {
        requests: u32::try_from(corpus.requests.len()).unwrap_or(u32::MAX),
        differences: parity::compare(plan, corpus, &baseline.answers, &candidate.answers),
        noise: parity::compare(plan, corpus, &baseline.answers, &again.answers)
            .into_iter()
            .filter(|difference| difference.baseline != difference.candidate)
            .collect(),
        tables: baseline.tables.iter().filter_map(differs).collect(),
    }
}

fn readable(record: &ParityRecord) -> String {
    let tables = record.tables.iter().map(|table| format!("table {table}: its rows differ after the corpus\n"));
    parity::readable(&record.differences) + &tables.collect::<String>()
}
