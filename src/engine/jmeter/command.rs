//! `JMeter`'s command line and the properties that it needs.

use std::fmt::Write as _;
use std::path::Path;

use super::OWN_WARMUP;
use crate::engine::{Error, Job, Tool};
use crate::export::header_property;
use crate::export::value::HeaderValue;
use crate::model::plan::StopRule;

/// What the results must hold for us and for the dashboard, whatever the user's own `user.properties` say.
const SAVED: [(&str, &str); 11] = [
    ("jmeter.save.saveservice.output_format", "csv"),
    ("jmeter.save.saveservice.print_field_names", "true"),
    ("jmeter.save.saveservice.timestamp_format", "ms"),
    ("jmeter.save.saveservice.default_delimiter", ","),
    ("jmeter.save.saveservice.response_code", "true"),
    ("jmeter.save.saveservice.response_message", "true"),
    ("jmeter.save.saveservice.successful", "true"),
    ("jmeter.save.saveservice.thread_name", "true"),
    ("jmeter.save.saveservice.assertion_results_failure_message", "true"),
    // The query of a path may hold a secret; the request's name is its label.
    ("jmeter.save.saveservice.url", "false"),
    ("sampleresult.timestamp.start", "true"),
];

/// The whole command line; `plan` is the test plan, `secrets` is a file of further properties.
pub(super) fn argv(tool: &Tool, job: &Job, plan: &Path, secrets: Option<&Path>) -> Result<Vec<String>, Error> {
    let mut argv = tool.argv.clone();
    let mut add = |words: &[&str]| argv.extend(words.iter().map(|word| (*word).to_owned()));
    add(&["-n", "-t", &plan.to_string_lossy(), "-l", "results.jtl", "-j", "jmeter.log", "-e", "-o", "dashboard"]);
    add(&["-Jjmeter.reportgenerator.temp_dir=temp"]);
    for (name, value) in SAVED {
        add(&[&format!("-J{name}={value}")]);
    }
    let remote = !job.load.remote.is_empty();
    if remote {
        // The other machines have no key of ours, and `jmeter-server` needs the same setting.
        add(&["-Jserver.rmi.ssl.disable=true", "-R", &job.load.remote.join(",")]);
    }
    // -J is for this process alone, -G is sent to the machines that make the load.
    let flag = if remote { "-G" } else { "-J" };
    for (name, value) in properties(job)? {
        add(&[&format!("{flag}{name}={value}")]);
    }
    match secrets.map(|path| path.to_string_lossy().into_owned()) {
        Some(file) if remote => add(&[&format!("-G{file}")]),
        Some(file) => add(&["-q", &file]),
        None => {}
    }
    Ok(argv)
}

/// The values of this load, one machine's share of it.
fn properties(job: &Job) -> Result<Vec<(&'static str, String)>, Error> {
    let address = job.address()?;
    let hosts = u32::try_from(job.load.remote.len()).unwrap_or(u32::MAX).max(1);
    let threads = (job.load.connections / hosts).max(1);
    let mut properties = vec![
        ("protocol", address.scheme().to_owned()),
        ("host", address.host_str().unwrap_or_default().to_owned()),
        ("port", address.port_or_known_default().unwrap_or(80).to_string()),
        ("threads", threads.to_string()),
        ("ramp", job.load.ramp.as_secs().to_string()),
    ];
    properties.push(match job.load.stop {
        // The plan adds the ramp to the duration.
        StopRule::Duration(length) => ("duration", (OWN_WARMUP + length).as_secs().to_string()),
        StopRule::Requests(count) => ("loops", (count / u64::from(job.load.connections.max(1))).to_string()),
    });
    if let Some(rate) = job.rate {
        properties.push(("rate", (rate / f64::from(hosts)).to_string()));
    }
    Ok(properties)
}

/// A file of properties with the headers that identify somebody; `None` when there are none.
pub(super) fn secrets(job: &Job) -> Option<String> {
    let mut text = String::new();
    for (name, value) in job.requests().into_iter().flat_map(|(request, _)| &request.headers) {
        if HeaderValue::of(name, value) == HeaderValue::Withheld {
            let _ = writeln!(text, "{}={}", escaped(&header_property(name)), escaped(value.reveal()));
        }
    }
    (!text.is_empty()).then_some(text)
}

/// A key or value of a Java properties file (`java.util.Properties.load`).
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit).ok().filter(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)) {
            Some(byte) => escaped.push(char::from(byte)),
            None => {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample::{closed, counted, open, plan};
    use crate::model::engine::Engine;
    use crate::model::plan::{LoadPlan, Plan, Rate, Spacing};

    fn words(plan: &Plan, load: &LoadPlan, rate: Option<f64>, secrets: Option<&Path>) -> Vec<String> {
        let job = Job { plan, load, url: "http://10.0.0.7:8081", rate, folder: "/x".into(), cpus: None };
        let tool = Tool { engine: Engine::Jmeter, argv: vec!["jmeter".to_owned()], version: None };
        argv(&tool, &job, Path::new("plan.jmx"), secrets).expect("an address")
    }

    #[test]
    fn a_load_on_this_machine_is_told_by_j() {
        let words = words(&plan(), &closed(), None, Some(Path::new("/tmp/secret.properties")));
        let all = words.join(" ");
        assert!(all.starts_with("jmeter -n -t plan.jmx -l results.jtl -j jmeter.log -e -o dashboard "), "{all}");
        for word in ["-Jhost=10.0.0.7", "-Jport=8081", "-Jprotocol=http", "-Jthreads=100", "-Jramp=10", "-Jduration=65"]
        {
            assert!(words.iter().any(|known| known == word), "{word} in {all}");
        }
        assert!(all.ends_with("-q /tmp/secret.properties") && !all.contains("-G") && !all.contains("-R"), "{all}");
    }

    #[test]
    fn other_machines_share_the_load_and_are_told_by_g() {
        let remote = vec!["127.0.0.2".to_owned(), "127.0.0.3:1098".to_owned()];
        let load = LoadPlan { remote: remote.clone(), ..open(Rate::PerSecond(501.0), Spacing::Constant) };
        let words = words(&plan(), &load, Some(501.0), Some(Path::new("/tmp/secret.properties")));
        let all = words.join(" ");
        for word in ["-Jserver.rmi.ssl.disable=true", "-Gthreads=50", "-Grate=250.5", "-Ghost=10.0.0.7", "-Gport=8081"]
        {
            assert!(words.iter().any(|known| known == word), "{word} in {all}");
        }
        assert!(all.contains("-R 127.0.0.2,127.0.0.3:1098") && all.ends_with("-G/tmp/secret.properties"), "{all}");
        assert!(!all.contains("-Jthreads") && !all.contains("-q "), "{all}");
        let counted = LoadPlan { stop: StopRule::Requests(1000), remote, ..counted() };
        assert!(super::tests::words(&plan(), &counted, None, None).contains(&"-Gloops=10".to_owned()));
    }

    #[test]
    fn secrets_are_in_a_file_only() {
        let plan = plan();
        let load = counted();
        let job = Job { plan: &plan, load: &load, url: "http://h:1", rate: None, folder: "/x".into(), cpus: None };
        assert_eq!(secrets(&job).expect("one header is a secret"), "x-api-key=sesame\n");
        assert!(!words(&plan, &load, None, Some(Path::new("/tmp/secret.properties"))).join(" ").contains("sesame"));
        let job = Job { load: &closed(), ..job };
        assert!(secrets(&job).is_none());
        assert_eq!(escaped("a=b c\u{e9}\u{1f600}"), r"a\u003db\u0020c\u00e9\ud83d\ude00");
    }
}
