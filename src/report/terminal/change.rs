//! Two stored runs side by side.

use super::super::Style;
use super::super::words::{figure, plain};
use super::page::{Page, Tone};
use crate::analysis::between::{Between, Change, Direction, Unlike};
use crate::unit::{digits, times};

/// What changed, unless the runs should not be compared; then why.
pub fn write(between: &Between, style: Style) -> String {
    let mut page = Page::new(style);
    page.heading(&format!("{} to {}", plain(&between.old), plain(&between.new)));
    if let Some(refusal) = &between.refusal {
        page.paragraph(Tone::Bad, &plain(refusal));
        if !between.unlike.is_empty() {
            page.table(&["fact", "old", "new"], between.unlike.iter().map(fact).collect(), &[]);
        }
        return page.finish();
    }
    page.note(
        "Figures of two sessions are shown, never gated on: a change of the machine between them looks the same. For a \
         gate, measure both builds in one run.",
    );
    if !between.despite.is_empty() {
        let named = between.despite.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", ");
        page.paragraph(Tone::Doubtful, &format!("Shown although these differ, as asked: {named}."));
    }
    if !between.builds.is_empty() {
        page.heading("Other builds");
        page.table(&["", "old", "new"], between.builds.iter().map(fact).collect(), &[]);
    }
    let prefix = |change: &Change| change.metric.rsplit_once('.').map_or("", |(prefix, _)| prefix).to_owned();
    for changes in between.changes.chunk_by(|one, next| prefix(one) == prefix(next)) {
        page.heading(&plain(&prefix(&changes[0])));
        let tones: Vec<Tone> = changes.iter().map(|change| tone(change.direction)).collect();
        page.table(&["", "target", "old", "new", "times better"], changes.iter().map(row).collect(), &tones);
    }
    for missing in &between.missing {
        page.item(Tone::Faint, "-", &format!("only in one of them: {}", plain(missing)));
    }
    page.finish()
}

/// A fact in both runs; of a checksum only as much as tells it from another.
fn fact(unlike: &Unlike) -> Vec<String> {
    let said = |value: &Option<String>| match value.as_deref() {
        Some(sum) if sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()) => sum[..12].to_owned(),
        Some(value) => plain(value),
        None => "unknown".to_owned(),
    };
    vec![plain(&unlike.fact), said(&unlike.old), said(&unlike.new)]
}

fn row(change: &Change) -> Vec<String> {
    let metric = change.metric.rsplit('.').next().unwrap_or(&change.metric);
    let ratio = match (change.ratio, change.low, change.high) {
        (Some(ratio), Some(low), Some(high)) => format!("{} [{}, {}]", times(ratio), digits(low), digits(high)),
        (Some(ratio), ..) => times(ratio),
        (None, ..) => "–".to_owned(),
    };
    vec![plain(metric), plain(&change.target), figure(change.old, change.unit), figure(change.new, change.unit), ratio]
}

fn tone(direction: Direction) -> Tone {
    match direction {
        Direction::Worse => Tone::Bad,
        Direction::Better => Tone::Good,
        Direction::Unclear => Tone::Plain,
    }
}
