use super::*;
use crate::analysis::analyse;
use crate::model::engine::Engine;
use crate::model::facts::{Caveat, Noise};
use crate::model::incident::Incident;
use crate::model::load::ErrorKind;
use crate::model::opinion::{Heard, MemoryTwice, Opinion};
use crate::model::plan::ReadyBy;
use crate::model::record::{ParityDifference, ParityRecord, Peak, PeakSource, Trial, TrialEnd, Workers, WriteCheck};
use crate::sample_run::SampleRun;

/// A run that nothing speaks against.
fn good() -> Run {
    let mut run = SampleRun::default().build();
    run.parity = Some(ParityRecord { requests: 40, differences: vec![], noise: vec![], tables: vec![] });
    run
}

/// Changes the good run and expects these kinds, no more and no less.
fn check(expected: &[&str], change: impl FnOnce(&mut Run)) {
    let mut run = good();
    change(&mut run);
    let caveats = analyse(&run).caveats;
    let kinds: Vec<&str> = caveats.iter().map(|caveat| caveat.kind.as_str()).collect();
    assert_eq!(kinds, expected);
    assert!(caveats.iter().all(|c| c.text.ends_with('.') && c.advice.ends_with('.')), "{caveats:#?}");
}

#[test]
fn output_that_was_not_kept_is_told_once_per_target() {
    check(&["output-cut", "output-cut"], |run| {
        for trial in &mut run.trials {
            trial.output_left_out = 32 << 20;
        }
    });
}

#[test]
fn work_that_differs_by_more_than_a_tenth_is_told_with_both_figures() {
    let more = |percent: u64| {
        move |run: &mut Run| {
            let windows =
                run.trials.iter_mut().filter(|trial| trial.target == "gin").flat_map(|trial| &mut trial.windows);
            windows
                .filter_map(|window| window.database_work.as_mut())
                .for_each(|work| work.rows = work.rows * percent / 100);
        }
    };
    check(&[], more(109));
    check(&["unlike-work", "unlike-work"], more(111));
}

#[test]
fn incidents_are_told_once_per_target_and_void_their_trial() {
    check(&["few-trials", "invalid-trials", "intruder"], |run| {
        let owner = "process 7 (`nc`)".to_owned();
        run.trials[0].incidents = vec![Incident::Intruder { phase: "latency".to_owned(), owner }];
    });
}

#[test]
fn a_good_run_has_no_caveat() {
    check(&[], |_| ());
}

#[test]
fn a_beat_that_was_not_kept_is_said() {
    let mut run = good();
    run.trials[0].sampler_cpu_ns *= 50;
    run.plan.schedule.sample_hz = 0.3;
    let text = |run: &Run| analyse(run).caveats.into_iter().find(|c| c.kind == "sampler-cost").unwrap().text;
    assert!(!text(&run).contains("looks a second"), "{}", text(&run));
    let mut index = 0;
    run.trials[0].samples.retain(|sample| {
        index += u32::from(sample.group == crate::model::record::Group::Target);
        index % 5 == 0
    });
    assert!(text(&run).contains(" looks a second were taken, not "), "{}", text(&run));
}

#[test]
fn lists_read_well() {
    let words = ["a", "b", "c"].map(str::to_owned);
    assert_eq!([listed(&words[..1]), listed(&words[..2]), listed(&words)], ["a", "a and b", "a, b and c"]);
}

#[test]
fn recorded_caveats_come_first_and_once() {
    let caveat = Caveat { kind: "seen".to_owned(), text: "Seen.".to_owned(), advice: "Look.".to_owned() };
    check(&["seen", "quick"], |run| {
        run.caveats = vec![caveat.clone(), caveat];
        run.plan.schedule.quick = true;
    });
}

#[test]
fn the_session() {
    check(&["incomplete"], |run| run.complete = false);
    check(&["killed"], |run| run.trials[1].end = TrialEnd::Stopped { killed: true });
    check(&["cold"], |run| run.plan.schedule.cold = true);
    check(&["statements-unknown"], |run| {
        run.database.as_mut().expect("one").statements_unknown = Some("it does not count".to_owned());
    });
    check(&["unequal-cpus"], |run| run.plan.targets[1].cpus = Some("0".to_owned()));
    check(&[], |run| run.plan.targets.iter_mut().for_each(|target| target.cpus = Some("0".to_owned())));
    check(&["few-trials"], |run| run.trials.truncate(6));
    check(&["few-blocks"], |run| run.trials.truncate(4));
    check(&["invalid-trials"], |run| {
        let twin = |attempt| run.trials[..2].iter().cloned().map(move |t| crate::model::record::Trial { attempt, ..t });
        let mut again: Vec<_> = twin(2).collect();
        again[0].noise.steal_percent = Some(9.0);
        run.trials.extend(again);
    });
    check(&["few-blocks", "too-noisy"], |run| {
        run.trials.iter_mut().filter(|t| t.block < 4).for_each(|t| t.noise.foreign_cpu_percent = Some(90.0));
    });
    check(&["few-trials", "invalid-trials", "died"], |run| {
        run.trials[0].end =
            TrialEnd::Died { phase: "latency".to_owned(), status: "signal KILL".to_owned(), stderr: String::new() };
    });
    check(&["disturbed-windows"], |run| disturb_windows(run, 1));
    check(&["too-noisy"], |run| disturb_windows(run, 5));
    check(&["disturbed-launches"], |run| startup(run, 3));
    check(&["too-noisy"], |run| startup(run, 4));
    check(&["readiness"], |run| run.plan.targets[0].ready.by = ReadyBy::Tcp);
    check(&["not-ready"], |run| run.trials[0].launches[0].first_ok = None);
    check(&["sampler-cost"], |run| run.trials[0].sampler_cpu_ns *= 50);
    check(&["parity-not-done"], |run| run.parity = None);
    let difference = |allowed| ParityDifference {
        request: "list".to_owned(),
        at: "/total".to_owned(),
        baseline: "1".to_owned(),
        candidate: "2".to_owned(),
        allowed,
    };
    check(&["parity"], |run| run.parity.as_mut().expect("done").differences = vec![difference(false)]);
    check(&["allowed-differences"], |run| run.parity.as_mut().expect("done").differences = vec![difference(true)]);
}

/// Disturbs the loads of flask in so many blocks of a run whose windows are judged one by one.
fn disturb_windows(run: &mut Run, blocks: u32) {
    for trial in &mut run.trials {
        let is_disturbed = trial.target == "flask" && trial.block <= blocks;
        for window in &mut trial.windows {
            let foreign_cpu_percent = (is_disturbed && window.request.is_some()).then_some(90.0);
            window.noise = Some(Noise { foreign_cpu_percent, ..Noise::default() });
        }
    }
}

/// Gives the run an experiment of startup of six pairs, of which so many launches are disturbed.
fn startup(run: &mut Run, disturbed: usize) {
    let pair = |block: u32| {
        let alone = |trial: &Trial| Trial { block, windows: vec![], loads: vec![], idle: None, ..trial.clone() };
        run.trials[..2].iter().map(alone).collect::<Vec<Trial>>()
    };
    run.startup = (1..=6).flat_map(pair).collect();
    run.startup[..disturbed].iter_mut().for_each(|trial| trial.noise.steal_percent = Some(50.0));
}

#[test]
fn writes_that_did_not_come() {
    let row = |inserted| WriteCheck { table: "attempts".to_owned(), promised: 100, inserted, unknown: 2 };
    check(&["writes"], |run| {
        run.trials.iter_mut().filter(|t| t.target == "gin").for_each(|t| t.writes = vec![row(99)]);
    });
    check(&[], |run| run.trials[0].writes = vec![row(100), row(102)]);
    check(&["writes"], |run| run.trials[0].writes = vec![row(103)]);
}

#[test]
fn the_machine() {
    check(&["shared-cpus"], |run| {
        run.environment.insert("cpu.count".to_owned(), Some("2".to_owned()));
    });
    check(&["shared-cpus"], |run| run.plan.schedule.no_pin = true);
    check(&["powersave", "unknown-facts"], |run| {
        run.environment.insert("cpu.governor".to_owned(), Some("powersave".to_owned()));
        run.environment.insert("cpu.turbo".to_owned(), None);
    });
}

#[test]
fn loads_are_folded_over_trials_and_requests() {
    let mut run = good();
    for trial in run.trials.iter_mut().filter(|trial| trial.target == "flask") {
        trial.loads[0].connections_opened = Some(1000);
        trial.loads[0].generator_stall_ns = if trial.block == 1 { 500_000_000 } else { 0 };
        let mut twin = trial.loads[0].clone();
        twin.request = "by_id".to_owned();
        trial.loads.push(twin);
    }
    let caveats = analyse(&run).caveats;
    let kinds: Vec<&str> = caveats.iter().map(|caveat| caveat.kind.as_str()).collect();
    assert_eq!(kinds, ["generator-bound", "queueing"]);
    assert!(caveats[0].text.contains("in 1 of 5 trials"), "{}", caveats[0].text);
    assert!(
        caveats[1].text.starts_with("flask, latency (list and by_id): 100 connections wait for a tree of 5 processes")
    );
}

#[test]
fn single_loads() {
    check(&["errors"], |run| {
        run.trials.iter_mut().filter(|t| t.target == "gin").for_each(|t| {
            t.loads[0].errors.insert(ErrorKind::Timeout, 50);
        });
    });
    check(&["timeouts"], |run| {
        for load in run.trials.iter_mut().map(|trial| &mut trial.loads[0]) {
            load.good = 2_000;
        }
        run.trials[1].loads[0].errors.insert(ErrorKind::Timeout, 1);
    });
    check(&["worker-churn"], |run| run.trials[2].windows[1].processes_gone = 1);
    check(&["restarted"], |run| run.trials[2].windows[0].processes_gone = 1);
    check(&["open-files"], |run| run.trials[2].windows[1].open_files = Some((9, 1209)));
    check(&[], |run| run.trials[2].windows[1].open_files = Some((9, 70)));
    check(&["out-of-memory"], |run| run.trials[2].noise.out_of_memory = Some(1));
    check(&["worker-churn"], |run| {
        run.trials[2].windows[1].workers = Some(Workers { recycled: 3, booted: 3, ..Workers::default() });
    });
    let floor = |readings: &'static [u64]| {
        move |run: &mut Run| {
            let loads = run.trials.iter_mut().flat_map(|trial| &mut trial.loads);
            loads.for_each(|load| load.floor_ns = readings.to_vec());
        }
    };
    check(&["network-floor"], floor(&[1_000_000; 20]));
    check(&[], floor(&[1_000_000, 1_000_000, 1_000_000, 50_000, 50_000, 1_000_000, 50_000, 1_000_000]));
    check(&[], floor(&[900_000_000; 20]));
    check(&["littles-law"], |run| run.trials[2].loads[0].busy_ns += run.trials[2].loads[0].busy_ns / 50);
    check(&["cliff"], |run| {
        run.trials[2].loads[1].latency.record_n(1_000_000_000, 220).expect("in bounds");
    });
    check(&["overloaded"], |run| {
        for trial in run.trials.iter_mut().filter(|t| t.target == "flask") {
            trial.loads[1].answered = 15_000;
            trial.loads[1].service.record(300_000_000).expect("in bounds");
        }
    });
    // Under overload requests time out because they queue, which voids nothing: it is not said to.
    check(&["overloaded"], |run| {
        for load in run.trials.iter_mut().filter(|t| t.target == "flask").map(|trial| &mut trial.loads[1]) {
            load.answered = 15_000;
            load.service.record(300_000_000).expect("in bounds");
            load.errors.insert(ErrorKind::Timeout, 500);
        }
    });
    check(&["peak-from-samples"], |run| {
        run.trials[2].windows[1].peak = Some(Peak { bytes: 1 << 28, how: PeakSource::Samples });
    });
    check(&[], |run| run.trials[2].windows[1].peak = Some(Peak { bytes: 1 << 28, how: PeakSource::Reset }));
    check(&["pss-around"], |run| {
        let load = run.trials[2].loads[1].clone();
        for sample in run.trials[2].samples.iter_mut().filter(|s| s.t_ns >= load.started_ns) {
            sample.pss = None;
        }
        let mut after = run.trials[2].samples[0].clone();
        after.t_ns = load.ended_ns + 1_000_000_000;
        run.trials[2].samples.push(after);
    });
}

#[test]
fn scattered_figures() {
    check(&["spikes"], |run| {
        let mark = run.trials[0].launches[0].first_ok.as_mut().expect("ready");
        mark.first_hit_ns *= 4;
    });
    check(&["two-kinds", "restless"], |run| {
        for trial in run.trials.iter_mut().filter(|t| t.target == "gin" && t.block <= 2) {
            for launch in &mut trial.launches {
                launch.first_ok.as_mut().expect("ready").first_hit_ns *= 2;
            }
        }
    });
}

#[test]
fn a_second_opinion_that_is_far_off() {
    let heard =
        |good| Heard { window_ns: 1_000_000_000, good, p50_ns: 1_000_000, p99_ns: 2_000_000, ..Heard::default() };
    let opinion = |good| Opinion {
        target: "gin".to_owned(),
        load: "sustained".to_owned(),
        request: "list".to_owned(),
        engine: Engine::Wrk,
        version: None,
        ours: [heard(20_000), heard(20_000)],
        theirs: heard(good),
        memory: Some(MemoryTwice { rss: 100, ps_rss: Some(100), pss: None, smaps_pss: Some(90) }),
        disturbances: vec!["other programs used 90 % of a core (limit 20 %)".to_owned()],
    };
    check(&[], |run| run.opinions = vec![opinion(20_900)]);
    check(&["second-opinion"], |run| run.opinions = vec![opinion(21_100)]);
}
