//! Between generator and target: the network floor under every latency, and who ran on which CPUs.

use std::fmt::Write as _;

use super::words::plain;
use crate::analysis::floor::{Found, LoadFloor, floors};
use crate::model::record::Run;
use crate::unit::{digits, plural};

/// The network floor beside the run's loads in words; `None` where it was not read.
pub fn floor(run: &Run) -> Option<String> {
    let floors = floors(run);
    if let [one] = floors.as_slice() {
        return Some(floor_of_one(one));
    }
    let known: Vec<f64> = floors.iter().filter_map(|one| Some(one.found.known()?.median)).collect();
    let lowest = known.iter().copied().reduce(f64::min);
    let Some((low, high)) = lowest.zip(known.iter().copied().reduce(f64::max)) else {
        return (!floors.is_empty()).then(|| {
            "Network floor: not known, for each load had answers that were faster than those of a server that does nothing \
             beside it."
                .to_owned()
        });
    };
    let others = match floors.len() - known.len() {
        0 => "",
        _ => "; beside the others it is not known, only that it is at most their fastest answer",
    };
    let loads = if known.len() == floors.len() { "each load" } else { "some loads" };
    let use_of_it = if floors.iter().all(|one| one.found.is_stable()) { EVERY_LATENCY } else { SCATTER };
    let (low, high) = (digits(low), digits(high));
    let range = if low == high { low } else { format!("{low} to {high}") };
    Some(format!(
        "Network floor: beside {loads} a server that does nothing answered after {range} us (median readings){others}; \
         {use_of_it}."
    ))
}

const EVERY_LATENCY: &str = "every latency holds about that much";
const SCATTER: &str = "the readings scatter, so it cannot be subtracted";

fn floor_of_one(one: &LoadFloor<'_>) -> String {
    let place = format!("{}.{}", plain(one.load), plain(one.request));
    match &one.found {
        Found::Known(floor) => {
            let use_of_it = if one.found.is_stable() { EVERY_LATENCY } else { SCATTER };
            let read = plural(floor.n, "reading");
            format!(
                "Network floor: beside {place} a server that does nothing answered after {} us (median of {read}, middle half \
                 {} to {}); {use_of_it}.",
                digits(floor.median),
                digits(floor.low),
                digits(floor.high)
            )
        }
        Found::Below { at_most, readings } => format!(
            "Network floor: not known, at most {} us, the fastest answer of {place}; a server that does nothing answered after {} \
             us beside it (median of {}, middle half {} to {}).",
            digits(*at_most),
            digits(readings.median),
            plural(readings.n, "reading"),
            digits(readings.low),
            digits(readings.high)
        ),
    }
}

/// The floor beside one load in a few words: its median and the middle half of the readings.
pub fn floor_in_short(found: &Found) -> String {
    match found {
        Found::Known(floor) => {
            format!("{} us [{}, {}]", digits(floor.median), digits(floor.low), digits(floor.high))
        }
        Found::Below { at_most, .. } => format!("at most {} us", digits(*at_most)),
    }
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
    }

    #[test]
    fn the_floor_says_how_sure_it_is() {
        let mut run = SampleRun::default().build();
        let said = |run: &Run| floor(run).expect("it was read");
        assert!(said(&run).contains("beside each load"), "{}", said(&run));
        assert!(said(&run).ends_with("after 60.0 us (median readings); every latency holds about that much."));
        let set = |run: &mut Run, load: &str, readings: &[u64]| {
            let loads = run.trials.iter_mut().flat_map(|trial| &mut trial.loads).filter(|one| one.load == load);
            loads.for_each(|one| one.floor_ns = readings.to_vec());
        };
        set(&mut run, "latency", &[900_000_000]);
        assert!(said(&run).contains("some loads") && said(&run).contains("at most their fastest answer"));
        set(&mut run, "sustained", &[900_000_000]);
        assert!(said(&run).contains("not known, for each load"));
        run.trials.truncate(1);
        run.trials[0].loads.truncate(1);
        let load = run.trials[0].loads[0].load.clone();
        assert!(said(&run).contains("not known, at most"), "{}", said(&run));
        set(&mut run, &load, &[7_000, 40_000, 40_000, 50_000]);
        assert!(said(&run).contains("40.0 us (median of 4 readings, middle half 7.00 to 40.0); the readings scatter"));
        set(&mut run, &load, &[]);
        assert_eq!(floor(&run), None);
    }
}
