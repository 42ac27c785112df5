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
    /// oha 1: a closed or an open loop of one fixed request.
    Oha,
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
            Self::Oha => "oha",
            Self::Jmeter => "jmeter",
        }
    }

    /// Whether it is this program, whose records hold everything that a record can hold.
    #[must_use]
    pub fn is_own(self) -> bool {
        self == Self::Pianoprof
    }

    /// Whether it tells the latency of every answer, so that all of its distribution and its mean are known.
    #[must_use]
    pub fn tells_every_latency(self) -> bool {
        !matches!(self, Self::Ab | Self::Oha)
    }

    /// The finest quantile of the tail that it tells, as a number of nines: of p99.9 it is 3. Between that and the largest
    /// value nothing is known.
    #[must_use]
    pub fn nines_told(self) -> f64 {
        match self {
            Self::Ab => 2.0,
            Self::Oha => 4.0,
            Self::Pianoprof | Self::Wrk | Self::Jmeter => f64::INFINITY,
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
