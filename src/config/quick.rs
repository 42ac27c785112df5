//! `run --quick`: the whole path in a few minutes, for a first look.

use std::time::Duration;

use crate::model::plan::{LoadPlan, Plan, StopRule};

/// The same plan, short: one block (so that no claim is decided), two launches, seconds instead of minutes.
#[must_use]
pub fn quicken(plan: Plan) -> Plan {
    let loads = plan.loads.into_iter().map(quick_load).collect();
    let mut schedule = plan.schedule;
    schedule.blocks = 1;
    schedule.looks = Vec::new();
    schedule.launches = schedule.launches.min(2);
    schedule.idle_after = schedule.idle_after.min(Duration::from_secs(3));
    schedule.warmup = schedule.warmup.min(Duration::from_secs(1));
    schedule.quick = true;
    Plan { loads, schedule, ..plan }
}

fn quick_load(load: LoadPlan) -> LoadPlan {
    let stop = match load.stop {
        StopRule::Requests(count) => StopRule::Requests(count.min(300)),
        StopRule::Duration(duration) => {
            let most = if load.points().len() > 1 { 1 } else { 4 };
            StopRule::Duration(duration.min(Duration::from_secs(most)))
        }
    };
    LoadPlan { stop, ramp: load.ramp.min(Duration::from_secs(1)), repeat: 1, ..load }
}
