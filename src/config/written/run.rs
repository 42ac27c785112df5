//! `[run]`: how often, how long and in which order.

use super::{Count, List, Pause, Positive, Whole, written};

written! {
    /// How often, how long and in which order.
    Run {
        /// Blocks: one trial of each target, adjacent in time; 6 by default. A verdict needs 3.
        blocks: Count,
        /// Looks: after 5, 10 and 20 blocks `run` stops if every claim is decided, with intervals wide enough for looking that
        /// often, for instance `[5, 10, 20]`; a fixed number of blocks by default.
        looks: List<Count>,
        /// Launches of each target for startup, in interleaved pairs before the blocks; one more of each goes before them and is
        /// not counted. 30 by default.
        launches: Count,
        /// Drops the page cache before each launch (needs root).
        cold: bool,
        /// How long a target is left alone before its idle memory is read; `10s` by default.
        idle_after: Pause,
        /// Idle memory is read in the first so many blocks only, since it hardly differs between them; in every block by default.
        idle_blocks: Count,
        /// The warm-up before the loads; `3s` by default.
        warmup: Pause,
        /// Decides the order in each block, the drawn request values and the Poisson gaps; 1 by default.
        seed: Whole,
        /// Samples per second of each target's processes; 20 by default.
        sample_hz: Positive,
        /// The phases of a trial, in order: `startup`, `first_request`, `idle`, `warmup` and names of loads. All by default.
        phases: List<String>,
        /// Leaves placement on CPUs to the kernel even where there are four or more.
        no_pin: bool,
    }
}
