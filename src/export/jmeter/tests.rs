use std::process::{Command, Stdio};

use super::*;
use crate::export::sample::{closed, counted, mixed, open, plan};
use crate::model::plan::Rate;

fn every() -> Vec<LoadPlan> {
    vec![
        closed(),
        counted(),
        mixed(),
        open(Rate::PerSecond(250.5), Spacing::Constant),
        open(Rate::Common(0.7), Spacing::Poisson),
        LoadPlan { stop: StopRule::Requests(10), ..open(Rate::PerSecond(5.0), Spacing::Poisson) },
    ]
}

#[test]
fn tags_are_balanced_and_every_part_is_followed_by_its_tree() {
    for load in every() {
        let text = jmeter(&plan(), &load);
        let mut open: Vec<&str> = Vec::new();
        let mut after_part = false;
        for line in text.lines().skip(1).map(str::trim) {
            let tag = line.trim_start_matches(['<', '/']).split([' ', '>']).next().unwrap();
            if after_part {
                assert_eq!(tag, "hashTree", "{line}");
                after_part = false;
            }
            if line.starts_with("</") {
                assert_eq!(open.pop(), Some(tag), "{line}");
                after_part = tag != "hashTree" && open.last() == Some(&"hashTree");
            } else if line.ends_with(&format!("</{tag}>")) {
                let inner = line.split_once('>').unwrap().1.rsplit_once("</").unwrap().0;
                assert!(!inner.contains(['<', '>']), "{line}");
            } else {
                open.push(tag);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

/// A parser of the XML itself, where the machine has one.
#[test]
fn a_parser_of_xml_reads_it() {
    for load in every() {
        let child = Command::new("python3")
            .args(["-c", "import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else { return };
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), jmeter(&plan(), &load).as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_may_change_is_a_property_with_the_configs_value() {
    let text = jmeter(&plan(), &closed());
    for property in
        ["(host,127.0.0.1)", "(port,8000)", "(threads,100)", "(ramp,10)", "(duration,60)", "(protocol,http)"]
    {
        assert!(text.contains(&format!("${{__P{property}}}")), "{property}");
    }
    assert!(!text.contains("loops,") && !text.contains("rate,"));
    let text = jmeter(&plan(), &counted());
    assert!(text.contains("${__P(loops,11)}") && !text.contains("__P(duration"));
    let text = jmeter(&plan(), &open(Rate::PerSecond(250.5), Spacing::Constant));
    assert!(text.contains("${__P(rate,250.5)}") && text.contains("<ConstantThroughputTimer "));
    let text = jmeter(&plan(), &open(Rate::Common(0.7), Spacing::Poisson));
    assert!(text.contains("<PreciseThroughputTimer ") && text.contains("only a run knows"));
}

#[test]
fn secrets_are_withheld_and_seeded_data_is_a_default() {
    let text = jmeter(&plan(), &counted());
    assert!(!text.contains("sesame"));
    assert!(text.contains("${__P(x-api-key,)}") && text.contains("give it with -Jx-api-key="));
    assert!(text.contains("${__P(authorization,Bearer token-${__Random(1,1000)}${__char(44)} ${__char(40)}x"));
    assert!(text.contains("<stringProp name=\"Header.value\">application/json</stringProp>"));
}

#[test]
fn a_mix_is_one_group_and_each_is_one_after_the_other() {
    let mix = jmeter(&plan(), &mixed());
    assert_eq!(mix.matches("<ThreadGroup ").count(), 1);
    assert_eq!(mix.matches("<ThroughputController ").count(), 2);
    assert!(mix.contains("percentThroughput\">75.000<"));
    let each = jmeter(&plan(), &counted());
    assert_eq!(each.matches("<ThreadGroup ").count(), 3);
    assert!(each.contains("serialize_threadgroups\">true<"));
}

#[test]
fn the_whole_text() {
    insta::assert_snapshot!(jmeter(&plan(), &counted()));
}
