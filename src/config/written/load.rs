//! `[load.NAME]`: one load profile.

use super::{Count, Length, List, Named, Pause, Positive, Share, choice, written};
use crate::model::plan::Spacing;

written! {
    /// A load profile. Exactly one of `requests` and `duration`; at most one of `send` and `mix`.
    Load {
        /// `closed`: each connection sends when its last answer is in. `open`: a fixed schedule that no answer delays.
        /// Without it, `open` when there is a rate.
        arrival: Arrival,
        /// What a closed loop keeps busy, and what an open loop may use at most; 100 by default.
        connections: Count,
        /// How many requests it sends in all.
        requests: Count,
        /// How long it sends, the ramp not counted.
        duration: Length,
        /// The requests to send, each alone, one after the other; without `send` and `mix`, the first request of the file.
        send: List<String>,
        /// The requests to send together, with their weights.
        mix: Named<Positive>,
        /// The time over which the connections are opened; `0s` by default.
        ramp: Pause,
        /// Open: requests per second.
        rate: Positive,
        /// Open: the rate as a share of what the slower side serves in a closed loop, measured in the same run.
        common_rate: Share,
        /// Open: each of these shares of what the slower side sustains, one after the other, for instance
        /// `[0.2, 0.4, 0.6, 0.8]`; figures are called `LOAD.REQUEST.at_60.p99`.
        utilisation: List<Share>,
        /// Open: how the intended times lie, `exponential` (independent gaps, as independent users make them) or `fixed`.
        /// `fixed` by default at a `rate`, else `exponential`.
        gaps: Spacing,
        /// How often a load of `requests` is done in each trial; by default as often as the percentiles that claims name need.
        repeat: Count,
        /// The load is part of the first so many blocks only; of every block by default.
        blocks: Count,
        /// `false`: `run` does this load only when `--only` names it.
        in_run: bool,
        /// How long one exchange may take; `10s` by default.
        timeout: Length,
    }
}

/// Who decides when a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The answer before it.
    Closed,
    /// A fixed schedule.
    Open,
}

choice!(Arrival, "Arrival", "closed" => Self::Closed, "open" => Self::Open);
choice!(Spacing, "Spacing", "fixed" => Self::Constant, "exponential" => Self::Poisson);
