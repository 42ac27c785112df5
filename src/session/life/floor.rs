//! The network floor beside a load, read right before and right after it, while the target has nothing to do.

use super::super::error::Error;
use super::super::timing;
use super::TrialRun;
use crate::clock::Nanos;
use crate::load::{self, FloorWay, JobArrival};
use crate::model::load::LoadRecord;
use crate::model::plan::{ArrivalPlan, LoadPlan};

impl TrialRun<'_, '_> {
    /// Readings for a load of that plan at that rate. None for another tool, whose way is not known, and outside of the blocks.
    pub(super) fn read_floor(&self, plan: &LoadPlan, rate: Option<f64>) -> Result<Vec<Nanos>, Error> {
        if !plan.engine.is_own() || self.spec.block == 0 || !self.goes_on() {
            return Ok(vec![]);
        }
        let placement = self.bench.placement.as_ref();
        let way = FloorWay {
            arrival: arrival(plan, rate),
            connections: plan.connections,
            reconnects: self.reconnects,
            generator_cpus: placement.map(|sets| sets.generator.clone()),
            target_cpus: placement.map(|sets| sets.target.clone()),
        };
        load::floor(&way, timing::floor(plan), self.bench.setup.interrupt).map_err(Error::Ceiling)
    }
}

/// The arrival of that plan, an open one at that rate.
pub(super) fn arrival(plan: &LoadPlan, rate: Option<f64>) -> JobArrival {
    match (&plan.arrival, rate) {
        (ArrivalPlan::Open { spacing, .. }, Some(rate)) => JobArrival::Open { rate, spacing: *spacing },
        _ => JobArrival::Closed,
    }
}

/// Whether the target answered fewer than two requests on each connection; `None` where nothing tells.
pub(super) fn reconnects(records: &[LoadRecord]) -> Option<bool> {
    let whole = records.last().filter(|whole| whole.answered > 0)?;
    whole.connections_opened.map(|opened| whole.answered < opened.saturating_sub(u64::from(whole.connections)) * 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn a_target_reconnects_when_most_answers_close_their_connection() {
        let mut record = SampleRun::default().build().trials[0].loads[0].clone();
        (record.answered, record.connections) = (1000, 50);
        for (opened, expected) in [(50, false), (60, false), (1050, true), (700, true)] {
            record.connections_opened = Some(opened);
            assert_eq!(reconnects(std::slice::from_ref(&record)), Some(expected), "{opened} opened");
        }
        record.answered = 0;
        assert_eq!(reconnects(&[record]), None);
        assert_eq!(reconnects(&[]), None);
    }
}
