//! A test plan for JMeter 5.6, which opens and runs it as it is: `jmeter -n -t plan.jmx -l results.jtl -Jport=5000`.
//!
//! What a run may change is a JMeter property with the config's value as default. Requests that the load sends each on
//! its own become thread groups that run one after the other; a mix becomes one group with throughput controllers.

mod notes;
mod sampler;
mod text;
mod xml;

use std::time::Duration;

pub use sampler::property as header_property;
use text::Texts;
use xml::Xml;

use super::{Address, per_connection, rate, sent, whole_seconds};
use crate::model::plan::{ArrivalPlan, LoadPlan, Plan, RequestPlan, Spacing, StopRule};

/// The rate of the text when only a measurement can tell it.
const UNKNOWN_RATE: f64 = 100.0;

/// The test plan of one load.
#[must_use]
pub fn jmeter(plan: &Plan, load: &LoadPlan) -> String {
    let requests = sent(plan, load);
    let mut texts = Texts::default();
    let groups = groups(&requests, load, plan.schedule.seed, &mut texts);
    let variables: Vec<_> = variables(plan, load).into_iter().chain(texts.words()).collect();

    let mut xml = Xml::new();
    xml.element("jmeterTestPlan", &[("version", "1.2"), ("properties", "5.0"), ("jmeter", "5.6.3")], |xml| {
        xml.element("hashTree", &[], |xml| {
            let properties = |xml: &mut Xml| {
                xml.string("TestPlan.comments", &notes::of(&requests, load));
                xml.boolean("TestPlan.functional_mode", false);
                xml.boolean("TestPlan.serialize_threadgroups", true);
                arguments(xml, "TestPlan.user_defined_variables", &variables);
            };
            xml.part(["TestPlan", "TestPlanGui"], &load.name, properties, |xml| {
                defaults(xml, load.timeout);
                for group in groups {
                    group(xml);
                }
            });
        });
    });
    xml.finish()
}

/// A part of the plan that is still to be written.
type Part<'a> = Box<dyn FnOnce(&mut Xml) + 'a>;

/// The thread groups. Their texts are made first, because the words they pick from stand above them.
fn groups<'a>(
    requests: &[(&'a RequestPlan, Option<f64>)],
    load: &'a LoadPlan,
    seed: u64,
    texts: &mut Texts,
) -> Vec<Part<'a>> {
    let mut alone: Vec<Part<'a>> = Vec::new();
    let mut mixed: Vec<Part<'a>> = Vec::new();
    for &(request, share) in requests {
        let sampler = sampler::of(request, texts);
        match share {
            None => alone.push(Box::new(move |xml| group(xml, &request.name, load, seed, |xml| sampler.write(xml)))),
            Some(share) => {
                mixed.push(Box::new(move |xml| controller(xml, &request.name, share, |xml| sampler.write(xml))));
            }
        }
    }
    if !mixed.is_empty() {
        alone.push(Box::new(move |xml| {
            group(xml, &load.name, load, seed, |xml| mixed.into_iter().for_each(|part| part(xml)));
        }));
    }
    alone
}

/// Everything that `-J` can set, and its default.
fn variables(plan: &Plan, load: &LoadPlan) -> Vec<(String, String)> {
    let address = Address::of(plan);
    let property = |name: &str, default: &str| (name.to_owned(), format!("${{__P({name},{default})}}"));
    let mut variables = vec![
        property("protocol", &address.scheme),
        property("host", &address.host),
        property("port", &address.port.to_string()),
        property("threads", &load.connections.to_string()),
        property("ramp", &whole_seconds(load.ramp).to_string()),
        match load.stop {
            StopRule::Requests(requests) => property("loops", &per_connection(requests, load.connections).to_string()),
            StopRule::Duration(duration) => property("duration", &whole_seconds(duration).to_string()),
        },
    ];
    if let ArrivalPlan::Open { .. } = load.arrival {
        variables.push(property("rate", &rate(load).unwrap_or(UNKNOWN_RATE).to_string()));
    }
    variables
}

fn arguments(xml: &mut Xml, name: &str, variables: &[(String, String)]) {
    let kind = [("name", name), ("elementType", "Arguments")];
    xml.element("elementProp", &kind, |xml| {
        xml.element("collectionProp", &[("name", "Arguments.arguments")], |xml| {
            for (name, value) in variables {
                xml.element("elementProp", &[("name", name), ("elementType", "Argument")], |xml| {
                    xml.string("Argument.name", name);
                    xml.string("Argument.value", value);
                    xml.string("Argument.metadata", "=");
                });
            }
        });
    });
}

/// Where every request goes and how long it may take.
fn defaults(xml: &mut Xml, timeout: Duration) {
    let timeout = timeout.as_millis().to_string();
    let properties = |xml: &mut Xml| {
        arguments(xml, "HTTPsampler.Arguments", &[]);
        xml.string("HTTPSampler.protocol", "${protocol}");
        xml.string("HTTPSampler.domain", "${host}");
        xml.string("HTTPSampler.port", "${port}");
        xml.string("HTTPSampler.contentEncoding", "UTF-8");
        xml.string("HTTPSampler.implementation", "HttpClient4");
        xml.string("HTTPSampler.connect_timeout", &timeout);
        xml.string("HTTPSampler.response_timeout", &timeout);
    };
    xml.part(["ConfigTestElement", "HttpDefaultsGui"], "HTTP Request Defaults", properties, |_| {});
}

/// A group of threads, each with one connection that it keeps over its iterations.
fn group(xml: &mut Xml, name: &str, load: &LoadPlan, seed: u64, below: impl FnOnce(&mut Xml)) {
    let timed = matches!(load.stop, StopRule::Duration(_));
    let properties = |xml: &mut Xml| {
        xml.string("ThreadGroup.on_sample_error", "continue");
        xml.string("ThreadGroup.num_threads", "${threads}");
        xml.string("ThreadGroup.ramp_time", "${ramp}");
        xml.boolean("ThreadGroup.same_user_on_next_iteration", true);
        xml.boolean("ThreadGroup.scheduler", timed);
        // JMeter counts the ramp into the duration, the config does not.
        xml.string("ThreadGroup.duration", if timed { "${__intSum(${duration},${ramp})}" } else { "" });
        xml.element(
            "elementProp",
            &[("name", "ThreadGroup.main_controller"), ("elementType", "LoopController")],
            |xml| {
                xml.boolean("LoopController.continue_forever", false);
                xml.string("LoopController.loops", if timed { "-1" } else { "${loops}" });
            },
        );
    };
    xml.part(["ThreadGroup", "ThreadGroupGui"], name, properties, |xml| {
        if let ArrivalPlan::Open { spacing, .. } = load.arrival {
            timer(xml, spacing, load, seed);
        }
        below(xml);
    });
}

/// The schedule of an open loop, as far as free threads allow.
fn timer(xml: &mut Xml, spacing: Spacing, load: &LoadPlan, seed: u64) {
    match spacing {
        Spacing::Constant => {
            let properties = |xml: &mut Xml| {
                // 4: all threads of the group share the rate, which this timer counts per minute.
                xml.integer("calcMode", 4);
                xml.string("throughput", "${__jexl3(${rate} * 60)}");
            };
            xml.part(["ConstantThroughputTimer", "TestBeanGUI"], "Equal gaps", properties, |_| {});
        }
        Spacing::Poisson => {
            let duration = match load.stop {
                StopRule::Duration(_) => "${__intSum(${duration},${ramp})}",
                StopRule::Requests(_) => "${__jexl3(1 + ${loops} * ${threads} / ${rate})}",
            };
            let properties = |xml: &mut Xml| {
                xml.string("throughput", "${rate}");
                xml.integer("throughputPeriod", 1);
                xml.string("duration", duration);
                xml.integer("batchSize", 1);
                xml.integer("batchThreadDelay", 0);
                xml.integer("exactLimit", 10_000);
                xml.string("allowedThroughputSurplus", "1.0");
                xml.property("longProp", "randomSeed", &seed.to_string());
            };
            xml.part(["PreciseThroughputTimer", "TestBeanGUI"], "Exponential gaps", properties, |_| {});
        }
    }
}

/// The share of one request in a mix.
fn controller(xml: &mut Xml, name: &str, share: f64, below: impl FnOnce(&mut Xml)) {
    let properties = |xml: &mut Xml| {
        // 1: a share of the iterations, here of all threads together.
        xml.integer("ThroughputController.style", 1);
        xml.boolean("ThroughputController.perThread", false);
        xml.integer("ThroughputController.maxThroughput", 1);
        xml.string("ThroughputController.percentThroughput", &format!("{share:.3}"));
    };
    xml.part(["ThroughputController", "ThroughputControllerGui"], name, properties, below);
}

#[cfg(test)]
mod tests;
