//! Run files that were cut, edited or written by somebody else: one sentence each, and never a panic.

use std::path::PathBuf;
use std::sync::LazyLock;

use pianoprof::model::record::Run;
use pianoprof::report::{Findings, Format, Style};
use pianoprof::{analysis, checklist, claims, report, store};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Number, Value};

use crate::lab::Lab;
use crate::verdicts::stored;

/// A run that was really measured; it lies in the build's own folder, since what is static is never dropped.
static WHOLE: LazyLock<PathBuf> = LazyLock::new(|| {
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("damaged");
    let _ = std::fs::remove_dir_all(&kept);
    crate::verdicts::copy(&stored(|_| ()).at("it"), &kept);
    kept
});

/// The files of a run that is whole, by their names in it.
fn files() -> Vec<String> {
    let mut found = vec!["run.json".to_owned(), "SHA256SUMS".to_owned()];
    for part in ["histograms", "samples"] {
        for entry in std::fs::read_dir(WHOLE.join(part)).unwrap() {
            found.push(format!("{part}/{}", entry.unwrap().file_name().to_str().unwrap()));
        }
    }
    found.sort();
    found
}

/// Every number of a document, by its JSON pointer.
fn numbers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| numbers(item, &format!("{at}/{index}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| {
                numbers(member, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            });
        }
        _ => {}
    }
}

/// Numbers that no measurement gives.
fn odd() -> [Number; 5] {
    [0.into(), 1.into(), (1_u64 << 60).into(), (-1).into(), Number::from_f64(1e300).unwrap()]
}

/// Everything that is said about a run, in every form.
fn say_all(run: &Run) {
    let analysis = analysis::analyse(run);
    let (judgements, checklist) = (claims::judge(run, &analysis), checklist::check(run, &analysis));
    let findings = Findings { run, analysis: &analysis, judgements: &judgements, checklist: &checklist };
    for format in
        ["terminal", "markdown", "html", "json", "csv", "junit", "github", "openmetrics", "bencher", "template", "hdr"]
    {
        let text = report::render(&findings, format.parse::<Format>().unwrap(), Style::default());
        assert!(!text.is_empty());
    }
}

/// The run with one number of `run.json` changed; `None` where a run cannot have that there.
fn with(whole: &Run, at: &str, number: Number) -> Option<Run> {
    let mut json = serde_json::to_value(whole).unwrap();
    *json.pointer_mut(at).unwrap() = Value::Number(number);
    let mut run: Run = serde_json::from_value(json).ok()?;
    // What lies in other files comes with it.
    for (trial, kept) in run.trials.iter_mut().zip(&whole.trials) {
        trial.samples.clone_from(&kept.samples);
        for (load, kept) in trial.loads.iter_mut().zip(&kept.loads) {
            load.latency.clone_from(&kept.latency);
            load.service.clone_from(&kept.service);
            load.connect.clone_from(&kept.connect);
            load.lateness.clone_from(&kept.lateness);
        }
    }
    Some(run)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_number_of_a_run_file_breaks_a_report(place: Index, number in 0_usize..5) {
        let (_, whole) = store::open(&WHOLE).unwrap();
        let mut places = Vec::new();
        numbers(&serde_json::to_value(&whole).unwrap(), "", &mut places);
        if let Some(run) = with(&whole, &places[place.index(places.len())], odd()[number].clone()) {
            say_all(&run);
        }
    }

    #[test]
    fn no_damage_to_a_stored_file_goes_unseen(file: Index, at: Index, cut: bool, byte: u8) {
        let lab = Lab::new("");
        crate::verdicts::copy(&WHOLE, &lab.at("it"));
        let names = files();
        let path = lab.at("it").join(file.get(&names));
        let whole = std::fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] = byte;
        }
        std::fs::write(&path, &bytes).unwrap();
        let opened = store::open(&lab.at("it"));
        // Of the list itself, lines of the servers' output may go: nothing is read from that.
        if bytes != whole && file.get(&names) != "SHA256SUMS" {
            let error = opened.unwrap_err().to_string();
            prop_assert!(error.contains("it/") && error.lines().count() == 1, "{error}");
        }
    }
}
