//! What happened during a trial that no figure tells of.

use serde::{Deserialize, Serialize};

/// Something that makes it doubtful whose work was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Incident {
    /// Somebody whom the launch did not start listened on the target's port, and may have answered in its place.
    Intruder {
        /// The phase in which it was seen first.
        phase: String,
        /// Who it was.
        owner: String,
    },
    /// PostgreSQL ended all its processes and began anew: one of them was killed, or somebody restarted it.
    DatabaseRestarted {
        /// How often.
        times: u64,
    },
}
