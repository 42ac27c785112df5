//! Commands that read a stored run: `report`, `verify`, `compare`. The measuring commands end with the same calls.

use std::path::Path;

use super::args::{Compare, Inconclusive, Report, Verify};
use super::failure::{DONE, Failure, INCONCLUSIVE, NOT_MET};
use super::{World, deliver, print};
use crate::analysis::{self, Analysis};
use crate::checklist::{self, Item};
use crate::claims::{self, Judgement, Verdict};
use crate::model::record::Run;
use crate::report::{self, Findings, Format};
use crate::store;

/// A stored run with everything derived from it.
pub(super) struct Reading {
    pub run: Run,
    pub analysis: Analysis,
    pub judgements: Vec<Judgement>,
    pub checklist: Vec<Item>,
}

impl Reading {
    /// Reads a run's folder and derives all that is said about it.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        let (_, run) = store::open(path)?;
        let analysis = analysis::analyse(&run);
        let judgements = claims::judge(&run, &analysis);
        let checklist = checklist::check(&run, &analysis);
        Ok(Self { run, analysis, judgements, checklist })
    }

    /// What every form of the report shows.
    pub fn findings(&self) -> Findings<'_> {
        let checklist = if self.has_checklist() { &*self.checklist } else { &[] };
        Findings { run: &self.run, analysis: &self.analysis, judgements: &self.judgements, checklist }
    }

    /// Whether the checklist is applied unasked: it is of comparisons; one target alone has none to pass, nor has a
    /// corpus.
    pub fn has_checklist(&self) -> bool {
        self.run.plan.comparison.is_some() && !self.run.is_parity_alone()
    }

    /// The exit code of a verdict over claims and checklist.
    pub fn verdict(&self, claims: bool, checklist: bool, inconclusive_fails: bool) -> u8 {
        let any = |verdict| claims && self.judgements.iter().any(|judgement| judgement.verdict == verdict);
        // One false alarm of many claims is likelier than one of one: only what fails among all of them ends with 1.
        let fails = claims && self.judgements.iter().any(claims::Judgement::fails);
        if fails || (checklist && self.checklist.iter().any(|item| !item.passed)) {
            NOT_MET
        } else if (any(Verdict::Inconclusive) || any(Verdict::NotMet) || !self.run.complete) && inconclusive_fails {
            // Claims that hold over the blocks done so far were looked at too early.
            INCONCLUSIVE
        } else {
            DONE
        }
    }
}

pub(super) fn report(world: &World, args: &Report) -> Result<u8, Failure> {
    let format: Format = if world.global.json { Format::Json } else { format(&args.format)? };
    let reading = Reading::of(&args.run)?;
    let text = report::render(&reading.findings(), format, world.style());
    deliver(&text, args.output.as_deref())
}

pub(super) fn format(name: &str) -> Result<Format, Failure> {
    name.parse().map_err(|_| {
        Failure::new(format!("there is no format {name}"))
            .hint(format!("there are: {}", Format::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")))
    })
}

pub(super) fn verify(world: &World, args: &Verify) -> Result<u8, Failure> {
    let reading = Reading::of(&args.run)?;
    let both = args.claims == args.checklist;
    let (claims, checklist) = (both || args.claims, both && reading.has_checklist() || args.checklist);
    let mut findings = reading.findings();
    if args.checklist {
        findings.checklist = &reading.checklist;
    }
    let text = if world.global.json {
        report::render(&findings, Format::Json, world.style())
    } else {
        let early =
            report::history::ended_early(&reading.run).map_or(String::new(), |why| format!("The run {why}.\n\n"));
        early + &report::verdict(&findings, claims, checklist, world.style())
    };
    print(&text)?;
    Ok(reading.verdict(claims, checklist, args.inconclusive == Inconclusive::Fail))
}

pub(super) fn compare(world: &World, args: &Compare) -> Result<u8, Failure> {
    let (_, old) = store::open(&args.old)?;
    let (_, new) = store::open(&args.new)?;
    let change = analysis::between::compare_runs(&old, &new, &args.despite);
    let text = if world.global.json {
        serde_json::to_string_pretty(&change).expect("a change has only string keys") + "\n"
    } else {
        report::change(&change, world.style())
    };
    print(&text)?;
    match change.refusal {
        Some(refusal) => {
            Err(Failure::new(refusal)
                .hint("name what may differ: `--despite FACT,…`, `database`, `loads` or `launches`"))
        }
        None => Ok(DONE),
    }
}
