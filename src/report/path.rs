//! Between generator and target: the network floor under every latency, and who ran on which CPUs.

use std::fmt::Write as _;

use super::words::plain;
use crate::model::record::Run;
use crate::unit::{digits, nanos_to_millis};

/// The network floor in words; `None` when no load was run.
pub fn floor(run: &Run) -> Option<String> {
    let ceiling = run.ceiling.as_ref()?;
    Some(format!(
        "Network floor: a server that does nothing answers after {} us (median round trip over loopback on this machine); \
         every latency holds that much.",
        digits(nanos_to_millis(ceiling.floor_ns) * 1e3)
    ))
}

/// Who ran on which CPUs.
pub fn placement(run: &Run) -> String {
    let mut said = match (&run.placement, run.plan.schedule.no_pin) {
        (Some(sets), _) => format!(
            "generator on CPU {}, database on {}, targets on {}",
            list(&sets.generator),
            list(&sets.database),
            list(&sets.target)
        ),
        (None, true) => "left to the kernel, as asked".to_owned(),
        (None, false) => "left to the kernel: CPUs of their own need 4 or more".to_owned(),
    };
    for target in &run.plan.targets {
        if let Some(cpus) = &target.cpus {
            let _ = write!(said, "; {} on {}", plain(&target.name), plain(cpus));
        }
    }
    said
}

/// `0, 1` or `2-5`.
fn list(cpus: &[usize]) -> String {
    let runs = cpus.chunk_by(|one, next| one + 1 == *next);
    let said = |run: &[usize]| match run {
        [first, .., last] => format!("{first}-{last}"),
        run => run.iter().map(usize::to_string).collect(),
    };
    runs.map(said).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::Placement;
    use crate::sample_run::SampleRun;

    #[test]
    fn sets_of_cpus_are_said_as_taskset_takes_them() {
        let mut run = SampleRun::default().build();
        assert!(placement(&run).starts_with("left to the kernel:"));
        run.plan.targets[1].cpus = Some("0,2".to_owned());
        run.placement = Some(Placement { generator: vec![0], database: vec![1, 3], target: vec![4, 5, 6, 7] });
        assert_eq!(placement(&run), "generator on CPU 0, database on 1,3, targets on 4-7; gin on 0,2");
        assert!(floor(&run).expect("measured").contains("60.0 us"));
    }
}
