//! Progress on standard error: one bar with the step, its figures and the time left, or nothing at all.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::say;
use crate::session::{Figures, Observer};
use crate::unit::{Bytes, digits, span, thousands};

/// Shows a session's steps: a live line on a terminal, plain lines elsewhere, nothing with `--quiet`.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    plain: bool,
    /// Every step gets a line of its own, also a short one.
    verbose: bool,
    state: Mutex<State>,
}

struct State {
    /// When the session will be over, as planned.
    end: Option<Instant>,
    step: String,
    step_end: Instant,
}

impl Progress {
    /// `quiet` shows nothing, `verbose` each step on a line of its own.
    pub fn new(quiet: bool, verbose: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = (terminal && !quiet).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(
                ProgressStyle::with_template("{spinner} {wide_msg} {prefix}").expect("a constant template is valid"),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        let state = State { end: None, step: String::new(), step_end: Instant::now() };
        Self { bar, plain: !terminal && !quiet, verbose, state: Mutex::new(state) }
    }

    /// Takes the live line away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn show(&self, state: &State, figures: &str) {
        let Some(bar) = &self.bar else { return };
        let now = Instant::now();
        let mut text = state.step.clone();
        let step_left = state.step_end.saturating_duration_since(now);
        if step_left >= Duration::from_secs(1) {
            let _ = write!(text, "  {}", whole(step_left));
        }
        text.push_str(figures);
        bar.set_message(text);
        // Beside the message, which is cut where the terminal ends. A plan that took longer than expected says nothing.
        let left = state.end.map(|end| end.saturating_duration_since(now)).filter(|left| left.as_secs() > 0);
        bar.set_prefix(left.map_or_else(String::new, |left| format!("{} left", whole(left))));
    }
}

impl Observer for Progress {
    fn planned(&self, expected: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.end = Some(Instant::now() + expected);
    }

    fn step(&self, label: &str, expected: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        label.clone_into(&mut state.step);
        state.step_end = Instant::now() + expected;
        match &self.bar {
            Some(bar) if self.verbose => bar.println(label),
            None if self.plain && (self.verbose || expected >= Duration::from_secs(2)) => say(label),
            _ => {}
        }
        self.show(&state, "");
    }

    fn figures(&self, figures: Figures) {
        let mut text = String::new();
        if figures.per_second > 0.0 {
            let _ = write!(text, "  {}/s", thousands(figures.per_second));
        }
        if let Some(p99) = figures.p99_ms {
            let _ = write!(text, "  p99 {} ms", digits(p99));
        }
        if let Some(rss) = figures.rss {
            let _ = write!(text, "  RSS {}", Bytes(rss));
        }
        if figures.errors > 0 {
            let _ = write!(text, "  {} errors", figures.errors);
        }
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.show(&state, &text);
    }

    fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None if self.plain => say(text),
            None => {}
        }
    }
}

/// A time left, in whole seconds: tenths of an estimate only flicker.
fn whole(left: Duration) -> String {
    if left.as_secs() < 60 { format!("{} s", left.as_secs()) } else { span(Duration::from_secs(left.as_secs())) }
}
