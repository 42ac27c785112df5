//! Runs that are killed, terminated, interrupted and robbed of their guardians at random moments: afterwards nothing is
//! left, what was finished is readable, and the run can be resumed to its end.
//!
//! Ignored by default because it needs what `make setup` installs; `make test` runs a few rounds, `make chaos` 200. The
//! environment decides: `PIANOPROF_CHAOS_COUNT` rounds, `PIANOPROF_CHAOS_SEED` to repeat a series, `PIANOPROF_CHAOS_USER`
//! the user id of them all (root alone may choose; without it every fourth round is an ordinary user's).

#![allow(clippy::unwrap_used, reason = "a test may panic, helpers of tests too")]

mod deed;
mod scene;
mod stage;
mod traces;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::time::Instant;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use deed::Deed;
use scene::Scene;
use stage::Stage;

/// One round in so many is resumed to its end.
const RESUMED: u32 = 3;
/// One round in so many is an ordinary user's, when root may choose.
const ORDINARY: u32 = 4;
/// `nobody` on every system.
const NOBODY: u32 = 65534;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

#[test]
#[ignore = "needs the real targets and time: make chaos"]
fn whatever_ends_a_run_nothing_is_left_of_it() {
    let count = u32::try_from(setting("PIANOPROF_CHAOS_COUNT").unwrap_or(8)).unwrap();
    let seed = setting("PIANOPROF_CHAOS_SEED").unwrap_or_else(|| rand::rng().random());
    println!("chaos: {count} rounds, PIANOPROF_CHAOS_SEED={seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let root = nix::unistd::geteuid().is_root();
    let chosen = setting("PIANOPROF_CHAOS_USER").map(|user| u32::try_from(user).unwrap());
    let apart = traces::seclude();
    let mut stages: BTreeMap<(Option<u32>, Scene), Stage> = BTreeMap::new();
    let (mut told, mut resumed): (BTreeMap<Deed, u32>, u32) = (BTreeMap::new(), 0);
    for round in 1..=count {
        let ordinary = root && chosen.is_none() && round % ORDINARY == 0;
        let user = if root { chosen.or(ordinary.then_some(NOBODY)) } else { None };
        let piano = random.random_bool(0.6) && (user.is_none() || apart);
        let scene = if piano { Scene::Piano } else { Scene::Small };
        let stage = stages.entry((user, scene)).or_insert_with(|| Stage::new(scene, user));
        let (deed, at) = (Deed::drawn(&mut random), stage.lasts.mul_f64(random.random_range(0.0..1.02)));
        let began = Instant::now();
        let (status, before) = deed.done_to(stage, at, &mut random);
        let stored = stage.trials();
        println!(
            "round {round}: {scene:?}, user {}, {deed:?} after {:.2} s: {}, {} trials kept, {:.1} s",
            user.map_or("own".to_owned(), |user| user.to_string()),
            at.as_secs_f64(),
            deed::words(status),
            stored.unwrap_or(0),
            began.elapsed().as_secs_f64()
        );
        let said = stage.said();
        assert!(!said.contains("panicked"), "{said}");
        assert!(deed.may_end(status), "{deed:?} gave {status:?}: {said}");
        assert_eq!(traces::left(stage), Vec::<String>::new(), "left after {deed:?}: {said}");
        assert!(stored >= before, "{before:?} trials before, {stored:?} after");
        let report = stage.finish(&["report", "out"]);
        assert_eq!(report.code(), Some(if stored.is_some() { 0 } else { 2 }), "{}", stage.said());
        if stored.is_some() && !stage.complete() && round % RESUMED == 0 {
            let status = stage.finish(&["run", "--resume", "out"]);
            assert!(matches!(status.code(), Some(0 | 1 | 3)), "resumed: {status:?}: {}", stage.said());
            assert!(stage.complete() && stage.trials() >= stored);
            assert_eq!(traces::left(stage), Vec::<String>::new(), "left after the resumed run");
            resumed += 1;
        }
        stage.clear();
        *told.entry(deed).or_default() += u32::from(status.signal().is_none_or(|signal| signal == libc::SIGKILL));
    }
    println!("chaos: {count} rounds clean ({told:?}), {resumed} resumed");
}
