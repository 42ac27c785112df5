//! What a launch adds to the server's own account of its start: the kernel's and the loader's part of it.
//!
//! It is read from the server's stamps and the record's t0, not from the probe that looks for a listening socket, which is
//! what the truth is to be set beside.

use std::path::Path;

use serde::Deserialize;

use super::scene::stamps_of;
use crate::model::record::Run;

/// A line of a server's stamps.
#[derive(Deserialize)]
struct Stamps {
    /// `listen()` had returned, monotonic ns.
    listening: u64,
    /// When that was to be, us after it was executed.
    listen_at_us: u64,
}

/// The median over all launches of both sides, us; 0 where no server left its stamps in `folder`.
pub(super) fn added_us(run: &Run, folder: &Path) -> f64 {
    let mut added: Vec<f64> = Vec::new();
    for target in ["baseline", "candidate"] {
        let text = std::fs::read_to_string(folder.join(stamps_of(target))).unwrap_or_default();
        let stamps = text.lines().filter_map(|line| serde_json::from_str::<Stamps>(line).ok());
        added.extend(stamps.filter_map(|stamps| {
            // The launch that this server is of: the last one begun before it listened.
            let begun = t0s(run, target).filter(|t0| *t0 < stamps.listening).max()?;
            #[expect(clippy::cast_precision_loss, reason = "a few seconds of ns")]
            let (taken, asked) = ((stamps.listening - begun) as f64 / 1e3, stamps.listen_at_us as f64);
            Some(taken - asked)
        }));
    }
    added.sort_by(f64::total_cmp);
    added.get(added.len() / 2).copied().unwrap_or(0.0)
}

fn t0s(run: &Run, target: &str) -> impl Iterator<Item = u64> {
    // Every server leaves its stamps, those of the startup experiment and those of the trials.
    let trials = run.startup.iter().chain(&run.trials).filter(move |trial| trial.target == target);
    trials.flat_map(|trial| trial.launches.iter().map(|launch| launch.t0_ns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn each_stamp_is_reckoned_from_its_own_launch() {
        let mut run = SampleRun::default().build();
        for trial in &mut run.trials {
            trial.target = if trial.target == "flask" { "baseline" } else { "candidate" }.to_owned();
        }
        let folder = tempfile::tempdir().unwrap();
        for (target, asked_us, late_us) in [("baseline", 200_000, 700), ("candidate", 100_000, 400)] {
            let line = |t0: u64| {
                format!("{{\"listening\":{},\"listen_at_us\":{asked_us}}}\n", t0 + (asked_us + late_us) * 1000)
            };
            let text: String = t0s(&run, target).map(line).collect();
            std::fs::write(folder.path().join(stamps_of(target)), text + "cut off").unwrap();
        }
        let added = added_us(&run, folder.path());
        assert!((added - 700.0).abs() < 1e-6, "{added}: half are 400 and half 700");
        assert!(added_us(&run, Path::new("/nowhere")).abs() < 1e-9);
    }
}
