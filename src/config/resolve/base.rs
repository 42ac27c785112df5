//! `base`: a target that has its keys from another one.

use crate::config::problem::{Problems, listed};
use crate::config::written::{At, Field, Named, Target, Texts};

/// The target with what it has from its base, and that from its own. `None`, with the problem noted, when there is no such
/// base or the bases go round in a circle.
pub fn inherited(
    name: &At<String>,
    target: &At<Target>,
    targets: &Named<Target>,
    problems: &mut Problems,
) -> Option<Target> {
    let mut whole = target.value.clone();
    let mut chain = vec![name.value.as_str()];
    let mut base = &target.value.base;
    while let Field::Given(written) = base {
        let known = targets.names();
        if chain.contains(&written.value.as_str()) {
            chain.push(&written.value);
            problems.advise(
                &target.value.base.given().unwrap_or(written).span,
                format!("the bases go round in a circle: {}", listed(&chain)),
                "one of them must stand without a base",
            );
            return None;
        }
        if !known.contains(&written.value.as_str()) {
            problems.unknown(&written.span, "target", &written.value, &known);
            return None;
        }
        // A base that could not be read has been complained of.
        let (of, next) = targets.entries().find(|(name, _)| name.value == written.value)?;
        whole = over(whole, &next.value);
        chain.push(&of.value);
        base = &next.value.base;
    }
    Some(whole)
}

/// What `own` writes, and what `base` has where it writes nothing.
fn over(own: Target, base: &Target) -> Target {
    Target {
        base: Field::Absent,
        command: or(own.command, &base.command),
        dir: or(own.dir, &base.dir),
        build: or(own.build, &base.build),
        env: merged(own.env, &base.env),
        inherit_env: or(own.inherit_env, &base.inherit_env),
        ready: or(own.ready, &base.ready),
        stop: or(own.stop, &base.stop),
        cpus: or(own.cpus, &base.cpus),
        versions: or(own.versions, &base.versions),
        benchmark: or(own.benchmark, &base.benchmark),
        runtime: or(own.runtime, &base.runtime),
    }
}

fn or<T: Clone>(own: Field<T>, base: &Field<T>) -> Field<T> {
    if own.is_absent() { base.clone() } else { own }
}

/// The variables of both, the target's own value where both have one of that name.
fn merged(own: Field<Texts>, base: &Field<Texts>) -> Field<Texts> {
    let (Field::Given(own), Field::Given(base)) = (&own, base) else { return or(own, base) };
    let mut env = own.clone();
    let inherited =
        base.value.0.iter().filter(|(name, _)| !own.value.0.iter().any(|(mine, _)| mine.value == name.value));
    env.value.0.extend(inherited.cloned());
    Field::Given(env)
}
