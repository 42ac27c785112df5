//! Rates that depend on what the slower side sustains.

use crate::model::record::Capacity;

/// What the slower of the measured sides sustains of that request under that load, 1/s; `None` when some side held nothing.
pub(super) fn slower_side(capacities: &[Capacity], load: &str, request: &str) -> Option<f64> {
    let own = capacities.iter().filter(|capacity| capacity.load == load && capacity.request == request);
    let slowest = own.map(|capacity| capacity.per_second).fold(f64::INFINITY, f64::min);
    (slowest.is_finite() && slowest > 0.0).then_some(slowest)
}

/// A share of that as a rate that can be asked for: whole requests per second, one at least.
pub(super) fn share_of(sustained: f64, share: f64) -> Option<f64> {
    let rate = (sustained * share).floor();
    (rate >= 1.0).then_some(rate)
}
