use std::fs;

use super::*;
use crate::model::record::Sample;
use crate::sample_run::SampleRun;

/// One trial of one target with so many samples.
fn run(samples: u64) -> Run {
    let mut run = SampleRun { blocks: 1, ..SampleRun::default() }.build();
    run.trials.retain(|trial| trial.target == "flask");
    let one = run.trials[0].samples[0].clone();
    let sample = |t_ns| Sample { t_ns, cpu_ns: t_ns / 2, pss: (t_ns % 20 == 0).then_some(1 << 27), ..one.clone() };
    run.trials[0].samples = (0..samples).map(sample).collect();
    run
}

fn stored(samples: u64) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::create(dir.path(), None, "x").unwrap();
    folder.save(&run(samples)).unwrap();
    let path = dir.path().join("runs/latest");
    (dir, path)
}

#[test]
fn a_run_comes_back_as_it_was_small_and_large() {
    for samples in [0, 3, 20_000] {
        let (_dir, path) = stored(samples);
        let (_, back) = open(&path).unwrap();
        let was = run(samples);
        assert_eq!(back.trials[0].samples, was.trials[0].samples);
        assert_eq!(back.trials[0].loads[1].latency, was.trials[0].loads[1].latency);
        assert_eq!(serde_json::to_value(&back).unwrap(), serde_json::to_value(&was).unwrap());
    }
}

#[test]
fn every_edited_file_is_found() {
    for name in ["run.json", "histograms/block01-attempt1-flask.hlog", "samples/block01-attempt1-flask.csv"] {
        let (_dir, path) = stored(3);
        let file = path.join(name);
        let mut text = fs::read_to_string(&file).unwrap();
        let last = text.rfind('1').unwrap();
        text.replace_range(last..=last, "2");
        fs::write(&file, text).unwrap();
        assert!(matches!(open(&path), Err(Error::Edited(_))), "{name}");
    }
}

#[test]
fn a_file_without_a_sum_is_not_believed() {
    let (_dir, path) = stored(3);
    let list = path.join(checksums::NAME);
    let text = fs::read_to_string(&list).unwrap();
    for part in ["histograms", "samples"] {
        let lines: Vec<&str> = text.lines().filter(|line| !line.contains(part)).collect();
        fs::write(&list, lines.join("\n")).unwrap();
        assert!(matches!(open(&path), Err(Error::Edited(file)) if file.to_string_lossy().contains(part)));
    }
}

#[test]
fn what_is_no_run_is_called_so() {
    let (_dir, path) = stored(3);
    let json = fs::read_to_string(path.join("run.json")).unwrap();
    let write = |text: &str| fs::write(path.join("run.json"), text).unwrap();
    write(&json[..json.len() / 2]);
    assert!(matches!(open(&path), Err(Error::Malformed { .. })));
    write("{}");
    assert!(matches!(open(&path), Err(Error::Malformed { .. })));
    write(&json.replacen("\"sent\": 100", "\"sent\": 18446744073709551615", 1));
    assert!(matches!(open(&path), Err(Error::Malformed { .. })));
    write(&json.replacen("\"format\": 1", "\"format\": 99", 1));
    assert!(matches!(open(&path), Err(Error::TooNew { format: 99, .. })));
    fs::remove_file(path.join("run.json")).unwrap();
    assert!(matches!(open(&path), Err(Error::NotARun(_))));
}

#[test]
fn killed_between_the_two_renames_the_run_still_opens() {
    let (_dir, path) = stored(3);
    let mut later = run(3);
    later.updated = "2026-01-01T00:00:09Z".into();
    let json = serde_json::to_vec_pretty(&later).unwrap();
    let mut sums = checksums::read(&path.join(checksums::NAME)).unwrap();
    sums.insert("run.json".into(), checksums::of_bytes(&json));
    fs::write(path.join(checksums::NEXT), checksums::text(&sums)).unwrap();
    fs::write(path.join("run.json"), &json).unwrap();
    assert_eq!(open(&path).unwrap().1.updated, later.updated);
}

#[test]
fn a_trial_done_anew_never_takes_the_files_of_one_that_was_never_stored() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::create(dir.path(), None, "x").unwrap();
    let (mut before, after) = (run(0), run(3));
    before.trials.clear();
    folder.save(&before).unwrap();
    // Killed after a trial's files and before the `run.json` that names it: those of another life have its names.
    let path = folder.path();
    fs::write(path.join("histograms/block01-attempt1-flask.hlog"), "of another life").unwrap();
    fs::write(path.join("samples/block01-attempt1-flask.csv.zst"), "of another life").unwrap();
    fs::write(path.join("samples/block01-attempt1-gin.csv.part"), "half").unwrap();
    folder.save(&after).unwrap();
    let (_, back) = open(path).unwrap();
    assert_eq!(back.trials[0].loads[0].latency, after.trials[0].loads[0].latency);
    assert_eq!(back.trials[0].samples, after.trials[0].samples);
    assert_eq!(fs::read_dir(path.join("samples")).unwrap().count(), 1);
}

#[test]
fn an_out_folder_must_be_new_and_ids_never_collide() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Folder::create(dir.path(), Some(dir.path()), "x"), Err(Error::Exists(_))));
    let first = Folder::create(dir.path(), None, "x").unwrap();
    let second = Folder::create(dir.path(), None, "x").unwrap();
    assert_ne!(first.id(), second.id());
    assert_eq!(fs::read_link(dir.path().join("runs/latest")).unwrap(), PathBuf::from(second.id()));
}
