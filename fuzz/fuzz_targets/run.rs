//! Whatever a run's record says, reading it ends in a report or in an error: `run.json` may have been edited.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pianoprof::model::record::Run;
use pianoprof::report::{Findings, Format, Style, render, summary};
use pianoprof::{analysis, checklist, claims};

fuzz_target!(|bytes: &[u8]| {
    let Ok(run) = serde_json::from_slice::<Run>(bytes) else { return };
    let analysis = analysis::analyse(&run);
    let judgements = claims::judge(&run, &analysis);
    let checklist = checklist::check(&run, &analysis);
    let findings = Findings { run: &run, analysis: &analysis, judgements: &judgements, checklist: &checklist };
    let style = Style { color: false, width: 80 };
    assert!(!summary(&findings, style).is_empty());
    assert!(!render(&findings, Format::Markdown, style).is_empty());
});
