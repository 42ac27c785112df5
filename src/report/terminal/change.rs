//! Two stored runs side by side.

use super::super::Style;
use super::super::words::plain;
use super::page::{Page, Tone};
use crate::analysis::between::{Between, Change, Direction};
use crate::unit::{digits, times};

/// What changed, unless the runs should not be compared; then why.
pub fn write(between: &Between, style: Style) -> String {
    let mut page = Page::new(style);
    page.heading(&format!("{} to {}", plain(&between.old), plain(&between.new)));
    if let Some(refusal) = &between.refusal {
        page.paragraph(Tone::Bad, &plain(refusal));
        let rows = between.unlike.iter().map(|fact| {
            let said = |value: &Option<String>| value.as_deref().map_or_else(|| "unknown".to_owned(), plain);
            vec![plain(&fact.fact), said(&fact.old), said(&fact.new)]
        });
        page.table(&["fact", "old", "new"], rows.collect(), &[]);
        return page.finish();
    }
    page.note(
        "Figures of two sessions are shown, never gated on: a change of the machine between them looks the same. For a \
         gate, measure both builds in one run.",
    );
    let tones: Vec<Tone> = between.changes.iter().map(|change| tone(change.direction)).collect();
    page.table(&["metric", "target", "old", "new", "times better"], between.changes.iter().map(row).collect(), &tones);
    for missing in &between.missing {
        page.item(Tone::Faint, "-", &format!("only in one of them: {}", plain(missing)));
    }
    page.finish()
}

fn row(change: &Change) -> Vec<String> {
    let figure = |value: f64| format!("{} {}", digits(value), change.unit).trim_end().to_owned();
    let ratio = match (change.ratio, change.low, change.high) {
        (Some(ratio), Some(low), Some(high)) => format!("{} [{}, {}]", times(ratio), digits(low), digits(high)),
        (Some(ratio), ..) => times(ratio),
        (None, ..) => "–".to_owned(),
    };
    vec![plain(&change.metric), plain(&change.target), figure(change.old), figure(change.new), ratio]
}

fn tone(direction: Direction) -> Tone {
    match direction {
        Direction::Worse => Tone::Bad,
        Direction::Better => Tone::Good,
        Direction::Unclear => Tone::Plain,
    }
}
