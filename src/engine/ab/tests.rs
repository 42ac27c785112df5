use proptest::prelude::*;

use super::*;
use crate::export::sample::{closed, counted, plan};
use crate::model::plan::{LoadPlan, LoadRequests};

fn words(request: &str, load: LoadPlan) -> String {
    let plan = plan();
    let load = LoadPlan { requests: LoadRequests::Each(vec![request.to_owned()]), ..load };
    let job = Job { plan: &plan, load: &load, url: "http://127.0.0.1:81", rate: None, folder: "/x".into(), cpus: None };
    let tool = Tool { engine: Engine::Ab, argv: vec!["ab".to_owned()], version: None };
    let request = job.requests()[0].0;
    let body = request.body.as_ref().map(|_| std::path::Path::new("body"));
    argv(&tool, &job, request, body).expect("an address").join(" ")
}

#[test]
fn the_command_line_says_the_load() {
    assert_eq!(
        words("list", closed()),
        "ab -q -k -r -l -c 100 -s 10 -e percents.csv -t 60 -n 6000000 http://127.0.0.1:81/items?page=1"
    );
    assert_eq!(
        words("insert", counted()),
        "ab -q -k -r -l -c 100 -s 10 -e percents.csv -n 1001 -p body -H Authorization: Bearer token-1, (x) \
         -T application/json http://127.0.0.1:81/attempts?kind=a&b"
    );
}

#[test]
fn a_good_summary_is_read() {
    let told = summary(include_str!("../captured/ab.txt")).expect("captured from ab 2.3");
    let expected = Told { taken_ns: 245_000_000, complete: 1000, body_bytes: 15_000, ..Told::default() };
    assert_eq!(told, expected);
    let table = percents(include_str!("../captured/ab-percents.csv"));
    assert_eq!(table.len(), 101);
    let spread = quantiles::spread(1000, &table);
    assert_eq!(spread.value_at_quantile(0.99) / 1_000_000, 20);
}

#[test]
fn failures_are_read() {
    let told = summary(include_str!("../captured/ab-errors.txt")).expect("captured from ab 2.3");
    assert_eq!((told.complete, told.non_2xx, told.receive), (9360, 936, 0));
    let told = summary(include_str!("../captured/ab-refused.txt")).expect("captured from ab 2.3");
    assert_eq!((told.complete, told.connect, told.receive, told.exceptions), (100, 0, 100, 50));
}

#[test]
fn what_is_no_summary_is_none() {
    assert_eq!(summary("apr_pollset_poll: The timeout specified has expired (70007)"), None);
}

proptest! {
    #[test]
    fn no_text_makes_it_fall(text in "(Complete requests: *[0-9a-z]{0,22}\n|Time taken for tests: [0-9.e+-]{0,8}\n|\\(Connect: [ -~]{0,30}\n){0,8}") {
        let _ = summary(&text);
        let _ = percents(&text);
    }
}
