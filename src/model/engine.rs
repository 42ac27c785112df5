//! Who makes a load: this program's own engine, or another load tool.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The program that makes a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// This program.
    #[default]
    Pianoprof,
    /// wrk 4: a timed closed loop.
    Wrk,
    /// `ApacheBench` 2.3: a closed loop of one fixed request, HTTP/1.0.
    Ab,
    /// Apache `JMeter` 5: a thread for each connection.
    Jmeter,
}

impl Engine {
    /// The name that is typed, and written in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pianoprof => "pianoprof",
            Self::Wrk => "wrk",
            Self::Ab => "ab",
            Self::Jmeter => "jmeter",
        }
    }

    /// Whether it is this program, whose records hold everything that a record can hold.
    #[must_use]
    pub fn is_own(self) -> bool {
        self == Self::Pianoprof
    }

    /// Whether it tells its latency at whole percents only: nothing between p99 and the largest is known, nor the mean.
    #[must_use]
    pub fn tells_percents_only(self) -> bool {
        self == Self::Ab
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
