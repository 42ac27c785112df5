//! The environment of a target: all of it is known.
//!
//! A variable that happens to be set where the comparison is begun (`GOGC=off`, `WEB_CONCURRENCY=8`) would change what is measured
//! without a trace. So a target inherits a few names that every program needs and those that its plan names, and nothing else.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::model::plan::TargetPlan;

/// What every program may expect: where programs, its user's files, texts and times lie.
const ALWAYS: [&str; 6] = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"];

/// What changes the speed of a runtime; recorded by value. A name that ends in `*` stands for all that begin so.
const SPEED: [&str; 12] = [
    "GOGC",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GODEBUG",
    "PYTHON*",
    "MALLOC_*",
    "LD_*",
    "NODE_OPTIONS",
    "JAVA_TOOL_OPTIONS",
    "GUNICORN_CMD_ARGS",
    "WEB_CONCURRENCY",
    "UV_THREADPOOL_SIZE",
];

/// Digits of a checksum that tell two values apart.
const DIGITS: usize = 12;

/// The names that the target inherits from the caller's environment, where they are set there.
#[must_use]
pub fn inherited(plan: &TargetPlan) -> Vec<String> {
    ALWAYS.iter().map(|name| (*name).to_owned()).chain(plan.inherit_env.iter().cloned()).collect()
}

/// What is recorded of the target's environment beside the names that every target inherits: variables that change speed by value,
/// others that were inherited by a checksum. `variable` looks up the caller's environment.
#[must_use]
pub fn recorded(plan: &TargetPlan, variable: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let inherited = plan.inherit_env.iter().filter_map(|name| Some((name.clone(), variable(name)?)));
    let shown = |name: &str, value: &str| {
        if changes_speed(name) { value.to_owned() } else { checksum(value) }
    };
    let mut found: BTreeMap<String, String> =
        inherited.map(|(name, value)| (name.clone(), shown(&name, &value))).collect();
    let own = plan.env.iter().filter(|(name, _)| changes_speed(name));
    found.extend(own.map(|(name, value)| (name.clone(), value.reveal().to_owned())));
    found
}

fn changes_speed(name: &str) -> bool {
    SPEED.iter().any(|known| known.strip_suffix('*').map_or(*known == name, |start| name.starts_with(start)))
}

fn checksum(value: &str) -> String {
    let digits = Sha256::digest(value).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    format!("sha256:{}", &digits[..DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Secret;
    use crate::sample_run::SampleRun;

    #[test]
    fn what_changes_speed_is_recorded_by_value_and_the_rest_by_checksum() {
        let mut plan = SampleRun::default().build().plan.targets.remove(0);
        plan.inherit_env = ["GOGC", "TOKEN", "UNSET"].map(str::to_owned).to_vec();
        plan.env = [("PYTHONPATH", "/mine"), ("PASSWORD", "hush")]
            .map(|(name, value)| (name.to_owned(), Secret::new(value)))
            .into_iter()
            .collect();
        let caller = |name: &str| match name {
            "GOGC" => Some("off".to_owned()),
            // The first test vector of FIPS 180-2.
            "TOKEN" => Some("abc".to_owned()),
            "GODEBUG" => Some("never asked for".to_owned()),
            _ => None,
        };
        let found: Vec<(String, String)> = recorded(&plan, caller).into_iter().collect();
        let expected = [("GOGC", "off"), ("PYTHONPATH", "/mine"), ("TOKEN", "sha256:ba7816bf8f01")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(inherited(&plan).len(), 9);
    }
}
