//! What a plan can decide, said before anything is measured: on how much each claim will rest, how wide its interval is likely to
//! be, and which claims no result whatever could decide.

use crate::analysis::Analysis;
use crate::analysis::comparison::{unlike_figure, unlike_readiness};
use crate::analysis::metric::parts;
use crate::analysis::statistics::{FEWEST_BLOCKS, length, multiplier, number};
use crate::model::load::{Arrival, requests_needed};
use crate::model::plan::{
    ArrivalPlan, Bound, ClaimPlan, LoadPlan, Phase, Plan, Rate, ReadyBy, StopRule, TargetPlan, request_of,
};
use crate::unit::{plural, thousands};

/// What one claim will rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The claim in words.
    pub claim: String,
    /// The metric it is about.
    pub metric: String,
    /// Blocks, or pairs of launches, that give it a figure each.
    pub blocks: u32,
    /// Whether these are pairs of launches.
    pub pairs: bool,
    /// Requests in each block, where the plan fixes their number.
    pub requests: Option<u64>,
    /// By what factor the interval is likely to reach up and down from its centre; known from an earlier run.
    pub factor: Option<f64>,
}

/// A claim that the plan cannot decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecidable {
    /// The claim in words.
    pub claim: String,
    /// Why, as a sentence without its full stop.
    pub why: String,
    /// What to change.
    pub advice: String,
}

/// What each claim of the plan will rest on; `earlier` is what an earlier run of the same sides on this machine gave.
#[must_use]
pub fn forecast(plan: &Plan, earlier: Option<&Analysis>) -> Vec<Forecast> {
    let one = |claim: &ClaimPlan| {
        let (blocks, pairs) = repeats(plan, &claim.metric);
        let spread = earlier.and_then(|analysis| analysis.comparison(&claim.metric)).and_then(|found| found.spread);
        let looks: &[u32] = if pairs { &[] } else { &plan.schedule.looks };
        let half = |spread: f64| multiplier(blocks as usize, looks) * spread / length(blocks as usize).sqrt();
        Forecast {
            claim: claim.text.clone(),
            metric: claim.metric.clone(),
            blocks,
            pairs,
            requests: load_of(plan, &claim.metric).and_then(|(load, _)| requests(load)),
            factor: spread.filter(|_| blocks as usize >= FEWEST_BLOCKS).map(|spread| half(spread).exp()),
        }
    };
    plan.claims.iter().map(one).collect()
}

/// The claims that no result could decide, for reasons that are in the plan.
#[must_use]
pub fn undecidable(plan: &Plan) -> Vec<Undecidable> {
    plan.claims
        .iter()
        .filter_map(|claim| {
            let (why, advice) = reason(plan, claim)?;
            Some(Undecidable { claim: claim.text.clone(), why, advice })
        })
        .collect()
}

fn reason(plan: &Plan, claim: &ClaimPlan) -> Option<(String, String)> {
    if claim.metric.starts_with("handler.") {
        return None;
    }
    let (blocks, pairs) = repeats(plan, &claim.metric);
    if (blocks as usize) < FEWEST_BLOCKS {
        let unit = if pairs { "pair" } else { "block" };
        let why = format!("it rests on {}, and an interval needs {FEWEST_BLOCKS}", plural(blocks as usize, unit));
        let advice = if pairs {
            "raise `launches` in [run]"
        } else {
            "ask for more blocks with `--blocks`, or look only with `--quick`"
        };
        return Some((why, advice.to_owned()));
    }
    if let Some(why) = readiness(plan, claim) {
        return Some((why, "give both sides the same kind of `ready`, or claim another figure".to_owned()));
    }
    let (load, figure) = load_of(plan, &claim.metric)?;
    let arrival = if load.arrival == ArrivalPlan::Closed { Arrival::Closed } else { Arrival::Open };
    if !matches!(claim.bound, Bound::ValueAtMost { .. })
        && let Some(why) = unlike_figure(figure, arrival)
    {
        return Some((why, "claim another figure, or another load".to_owned()));
    }
    let (needed, sent) = (requests_needed(figure), requests(load)?);
    (sent < needed).then(|| {
        let why = format!(
            "{figure} needs {} answers in each block, and the load `{}` sends {}",
            thousands(number(needed)),
            load.name,
            thousands(number(sent))
        );
        let advice = match load.stop {
            StopRule::Requests(once) => {
                format!("set `repeat = {}` in [load.{}]", needed.div_ceil(once.max(1)), load.name)
            }
            StopRule::Duration(_) => format!("make the `duration` of [load.{}] longer, or its rate higher", load.name),
        };
        (why, advice)
    })
}

/// Why a claim on startup has no figure, or none that both sides share, with the ways in which the plan's targets are ready.
fn readiness(plan: &Plan, claim: &ClaimPlan) -> Option<String> {
    let sides: Vec<&str> = match (&claim.bound, &plan.comparison) {
        (Bound::ValueAtMost { target, .. }, _) => vec![target],
        (_, Some(comparison)) => vec![&comparison.baseline, &comparison.candidate],
        (_, None) => return None,
    };
    let lacks = |is_without: &dyn Fn(&TargetPlan) -> bool| {
        sides.iter().find(|name| plan.target(name).is_some_and(is_without)).map(|name| (*name).to_owned())
    };
    match claim.metric.as_str() {
        "startup.first_byte" => lacks(&|target| !matches!(target.ready.by, ReadyBy::Page { .. }))
            .map(|target| format!("{target} is not asked for an answer until it is ready")),
        "startup.listen" => {
            lacks(&|target| !target.takes_port()).map(|target| format!("{target} takes no port to listen on"))
        }
        metric => {
            let [old, new] = *sides.as_slice() else { return None };
            unlike_readiness(plan, metric, [old, new]).map(|unlike| unlike.text)
        }
    }
}

/// Blocks that give a metric a figure each, and whether they are pairs of launches.
fn repeats(plan: &Plan, metric: &str) -> (u32, bool) {
    let of_launches = metric.starts_with("startup.") || metric.starts_with("first_request.");
    if of_launches && plan.startup_is_apart() {
        return (plan.schedule.launches, true);
    }
    let of_load = || load_of(plan, metric).and_then(|(load, _)| load.blocks);
    let blocks = if metric.starts_with("idle.") { plan.schedule.idle_blocks } else { of_load() };
    (blocks.map_or(plan.schedule.blocks, |blocks| blocks.min(plan.schedule.blocks)), false)
}

/// The load of a metric, if it is done, and the metric's figure.
fn load_of<'a>(plan: &'a Plan, metric: &'a str) -> Option<(&'a LoadPlan, &'a str)> {
    let (name, subject, figure) = parts(metric)?;
    plan.request(request_of(subject)).or(plan.requests.first().filter(|_| request_of(subject) == "all"))?;
    let load = plan.load(name).filter(|load| plan.phases.contains(&Phase::Load(load.name.clone())))?;
    Some((load, figure))
}

/// Requests that a load sends in each block, where the plan fixes them.
fn requests(load: &LoadPlan) -> Option<u64> {
    match (load.stop, &load.arrival) {
        (StopRule::Requests(count), _) => Some(count * u64::from(load.repeat)),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates and times are positive")]
        (StopRule::Duration(time), ArrivalPlan::Open { rate: Rate::PerSecond(rate), .. }) => {
            Some((rate * time.as_secs_f64()) as u64)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::sample_run::{SampleRun, at_least};

    fn plan(metric: &str) -> Plan {
        let mut plan = SampleRun::default().build().plan;
        plan.claims = vec![at_least(metric, 2.0)];
        plan
    }

    #[test]
    fn what_no_result_could_decide_is_known_before() {
        let why = |metric: &str, change: &dyn Fn(&mut Plan)| {
            let mut plan = plan(metric);
            change(&mut plan);
            undecidable(&plan).first().map(|one| format!("{}; {}", one.why, one.advice))
        };
        assert_eq!(why("startup.first_ok", &|_| ()), None);
        assert_eq!(why("latency.list.p50", &|_| ()), None);
        for (metric, change, sentence) in [
            ("idle.pss", (&|plan: &mut Plan| plan.schedule.blocks = 2) as &dyn Fn(&mut Plan), "rests on 2 blocks"),
            ("idle.pss", &|plan| plan.schedule.idle_blocks = Some(2), "rests on 2 blocks"),
            ("startup.first_ok", &|plan| plan.schedule.launches = 2, "rests on 2 pairs"),
            ("latency.list.p50", &|plan| plan.loads[0].blocks = Some(1), "rests on 1 block,"),
            ("latency.list.p99", &|_| (), "sends 1,000; set `repeat = 10` in [load.latency]"),
            ("latency.list.cpu", &|_| (), "does more work"),
            ("sustained.list.throughput", &|_| (), "the schedule, not the target"),
            (
                "startup.first_ok",
                &|plan| plan.targets[1].ready.by = ReadyBy::Tcp,
                "gin by its port, which are not the same",
            ),
            ("startup.first_byte", &|plan| plan.targets[1].ready.by = ReadyBy::Tcp, "gin is not asked for an answer"),
            ("startup.listen", &|plan| plan.targets[0].command = vec!["./worker".to_owned()], "flask takes no port"),
            (
                "sustained.list.p999",
                &|_| (),
                "needs 100,000 answers in each block, and the load `sustained` sends 20,000",
            ),
        ] {
            let said = why(metric, change).unwrap_or_else(|| panic!("{metric} was taken"));
            assert!(said.contains(sentence), "{said}");
        }
    }

    #[test]
    fn the_width_to_expect_comes_from_an_earlier_run() {
        let earlier = SampleRun { wobble: 0.1, ..SampleRun::default() }.build();
        let analysis = analyse(&earlier);
        let mut plan = plan("idle.pss");
        plan.schedule.blocks = 5;
        assert_eq!(forecast(&plan, None)[0].factor, None);
        let five = forecast(&plan, Some(&analysis))[0].factor.expect("known");
        let found = analysis.comparison("idle.pss").expect("measured");
        let seen = (found.high.expect("5 blocks") / found.low.expect("5 blocks")).sqrt();
        assert!((five / seen - 1.0).abs() < 0.02, "{five} and {seen}, which the instruments' bounds widen");
        plan.schedule.blocks = 20;
        assert!(forecast(&plan, Some(&analysis))[0].factor.expect("known") < five);
    }
}
