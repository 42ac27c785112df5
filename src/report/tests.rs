//! Every form against a golden text, and the promises that hold for all of them.

use insta::assert_snapshot;

use super::synthetic::{comparison, single};
use super::*;
use crate::analysis::comparison::{Obstacle, Unusable};
use crate::model::engine::Engine;
use crate::model::opinion::{Heard, MemoryTwice, Opinion};

#[test]
fn terminal() {
    assert_snapshot!(render(&comparison().findings(), Format::Terminal, Style::default()));
}

#[test]
fn summary_of_a_comparison() {
    assert_snapshot!(summary(&comparison().findings(), Style::default()));
}

#[test]
fn summary_of_one_load() {
    assert_snapshot!(summary(&single().findings(), Style::default()));
}

#[test]
fn markdown() {
    assert_snapshot!(render(&comparison().findings(), Format::Markdown, Style::default()));
}

#[test]
fn json() {
    let mut synthetic = comparison();
    // One trial of each side shows every key.
    synthetic.run.trials.truncate(2);
    synthetic.analysis.loads.truncate(2);
    assert_snapshot!(render(&synthetic.findings(), Format::Json, Style::default()));
}

#[test]
fn csv() {
    let mut synthetic = comparison();
    synthetic.analysis.metrics.truncate(4);
    assert_snapshot!(render(&synthetic.findings(), Format::Csv, Style::default()));
}

#[test]
fn junit() {
    assert_snapshot!(render(&comparison().findings(), Format::Junit, Style::default()));
}

#[test]
fn github_annotations() {
    let text = render(&comparison().findings(), Format::Github, Style::default());
    let (_, annotations) = text.split_once("<!-- annotations").unwrap();
    assert_snapshot!(annotations);
}

#[test]
fn openmetrics() {
    let mut synthetic = comparison();
    synthetic.analysis.loads.truncate(2);
    synthetic.analysis.metrics.truncate(6);
    assert_snapshot!(render(&synthetic.findings(), Format::Openmetrics, Style::default()));
}

#[test]
fn openmetrics_has_no_figure_of_nothing() {
    let mut synthetic = comparison();
    synthetic.analysis.loads.truncate(1);
    synthetic.analysis.loads[0].good = 0;
    synthetic.analysis.comparisons.iter_mut().for_each(|one| {
        one.unusable = Some(Unusable { text: "overloaded".to_owned(), obstacle: Obstacle::Overloaded });
    });
    let text = render(&synthetic.findings(), Format::Openmetrics, Style::default());
    assert!(text.contains("pianoprof_latency_seconds_count") && !text.contains("quantile="), "{text}");
    assert!(text.contains("# TYPE pianoprof_times_better") && !text.contains("pianoprof_times_better{"), "{text}");
}

#[test]
fn a_figure_of_the_generator_is_nobodys_improvement() {
    const NAME: &str = "closed.list.generator_cpu";
    let mut synthetic = comparison();
    let metric = synthetic.analysis.metrics.iter().find(|one| one.metric == "closed.list.p50").unwrap().metric.clone();
    synthetic
        .analysis
        .metrics
        .iter_mut()
        .filter(|one| one.metric == metric)
        .for_each(|one| NAME.clone_into(&mut one.metric));
    let compared = synthetic.analysis.comparisons.iter_mut().find(|one| one.metric == metric).unwrap();
    NAME.clone_into(&mut compared.metric);
    let findings = synthetic.findings();
    let groups = super::groups::groups(&findings);
    let row = groups.iter().flat_map(|group| &group.rows).find(|row| row.metric == NAME).unwrap();
    assert!(row.comparison.is_some());
    assert_eq!((row.ratio().as_str(), row.comparable()), ("–", None));
    let markdown = render(&findings, Format::Markdown, Style::default());
    let line = markdown.lines().find(|line| line.contains("generator CPU")).unwrap();
    assert!(line.ends_with("| – |"), "{line}");
}

#[test]
fn bencher() {
    let mut synthetic = comparison();
    synthetic.analysis.metrics.truncate(6);
    assert_snapshot!(render(&synthetic.findings(), Format::Bencher, Style::default()));
}

#[test]
fn no_form_lets_control_characters_through() {
    let synthetic = comparison();
    for (name, format) in Format::ALL.iter().filter(|(name, _)| *name != "json") {
        let text = render(&synthetic.findings(), *format, Style::default());
        assert!(text.ends_with('\n'), "{name}");
        assert!(!text.contains('\u{1b}'), "{name}");
    }
}

#[test]
fn a_server_loaded_by_its_url_is_shown_in_every_form() {
    let mut synthetic = single();
    synthetic.run.plan.targets.clear();
    synthetic.run.targets.clear();
    let text = summary(&synthetic.findings(), Style::default());
    assert!(text.starts_with("flask: served 1,000/s."), "{text}");
    assert!(text.contains("  latency  46.4"), "{text}");
    // JUnit shows claims and checklist alone, and the template two sides; there are none.
    for (name, format) in Format::ALL.iter().filter(|(name, _)| !["junit", "template"].contains(name)) {
        assert!(render(&synthetic.findings(), *format, Style::default()).contains("flask"), "{name}");
    }
}

#[test]
fn a_summary_of_many_loads_shows_the_main_figures_alone() {
    let mut synthetic = comparison();
    let more: Vec<_> =
        synthetic.analysis.metrics.iter().filter(|one| one.metric.starts_with("closed.")).cloned().collect();
    for request in ["detail", "search"] {
        synthetic.analysis.metrics.extend(more.iter().cloned().map(|mut metric| {
            metric.metric = metric.metric.replace("list", request);
            metric
        }));
    }
    let text = summary(&synthetic.findings(), Style::default());
    assert!(text.contains("closed.search") && text.contains("p99 ms"), "{text}");
    assert!(!text.contains("request search") && !text.contains("latency p99"), "{text}");
    assert!(render(&synthetic.findings(), Format::Terminal, Style::default()).contains("latency p99"));
}

#[test]
fn json_follows_its_schema() {
    for synthetic in [comparison(), single()] {
        let document = serde_json::from_str(&render(&synthetic.findings(), Format::Json, Style::default())).unwrap();
        let validator = jsonschema::validator_for(&document::schema()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
}

#[test]
fn terminal_forms_fit_their_width_and_stay_quiet() {
    for synthetic in [comparison(), single()] {
        for width in [20, 40, 60, 80, 200] {
            let style = Style { color: false, width };
            for text in [render(&synthetic.findings(), Format::Terminal, style), summary(&synthetic.findings(), style)]
            {
                for line in text.lines() {
                    assert!(line.chars().count() <= width.clamp(40, 80), "{width}: {line}");
                }
                assert!(!text.chars().any(|character| character.is_control() && character != '\n'));
            }
        }
    }
}

#[test]
fn colours_only_where_asked() {
    let findings = comparison();
    let colored = summary(&findings.findings(), Style { color: true, width: 80 });
    assert!(colored.contains("\u{1b}[3"), "no colour");
    assert!(!colored.contains("\u{1b}[31mred"), "a name must not bring its own");
}

#[test]
fn formats_have_the_names_that_users_type() {
    for (name, format) in Format::ALL {
        assert_eq!(name.parse::<Format>().as_ref(), Ok(format));
        assert_eq!(format.to_string(), *name);
    }
    assert_eq!("pdf".parse::<Format>().unwrap_err().to_string(), "`pdf` is no report format");
}

/// Writes the page for a look at it: `PIANOPROF_PAGE=/tmp/page.html cargo test --lib report::tests::page`.
#[test]
fn page() {
    let html = render(&comparison().findings(), Format::Html, Style::default());
    assert!(html.starts_with("<!doctype html>"));
    if let Ok(path) = std::env::var("PIANOPROF_PAGE") {
        std::fs::write(path, html).unwrap();
    }
}

#[test]
fn a_second_opinion_is_in_every_form_for_people() {
    let mut synthetic = comparison();
    let heard =
        |good| Heard { window_ns: 1_000_000_000, good, p50_ns: 1_000_000, p99_ns: 2_000_000, ..Heard::default() };
    synthetic.run.opinions = vec![Opinion {
        target: "gin".to_owned(),
        load: "closed".to_owned(),
        request: "list".to_owned(),
        engine: Engine::Wrk,
        version: Some("4.1.0".to_owned()),
        ours: [heard(20_000), heard(20_000)],
        theirs: heard(25_000),
        memory: Some(MemoryTwice { rss: 9 << 20, ps_rss: Some(9 << 20), pss: None, smaps_pss: None }),
        disturbances: vec![],
    }];
    for format in [Format::Terminal, Format::Markdown, Format::Html] {
        let text = render(&synthetic.findings(), format, Style::default());
        for words in ["load closed, request list, by wrk 4.1.0", "+25.0 %", "9.00 MiB"] {
            assert!(text.contains(words), "{format} has no {words}");
        }
    }
    let json: serde_json::Value =
        serde_json::from_str(&render(&synthetic.findings(), Format::Json, Style::default())).expect("JSON");
    assert_eq!(json["second_opinion"][0]["percent"], 25.0);
    assert_eq!(json["second_opinion"].as_array().expect("a list").len(), 4);
    let said = summary(&synthetic.findings(), Style::default()).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("by wrk 4.1.0): 3 of 4 figures within 5 %, the farthest +25.0 % of gin"), "{said}");
    assert!(!said.contains("too few"), "{said}");
    synthetic.run.opinions[0].theirs = Heard { p99_ns: 9_000_000, ..heard(5_000) };
    let said = summary(&synthetic.findings(), Style::default()).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("2 of 4 figures within 5 %, the farthest +350 % of gin (p99, by wrk); 1 of too few"),
        "{said}"
    );
}
