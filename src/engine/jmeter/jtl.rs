//! A JTL file: one line of CSV for each request, the names of the columns in the first.

use std::io::Read;

use crate::model::load::ErrorKind;

/// One request as `JMeter` saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    /// The place of its name in [`Results::labels`].
    pub label: usize,
    /// The machine that made it, by its place in [`Results::hosts`].
    pub host: usize,
    /// Milliseconds since 1970, on that machine's clock.
    pub start_ms: u64,
    pub elapsed_ms: u64,
    /// `None` when there was no whole answer.
    pub status: Option<u16>,
    /// `None` when the answer was good.
    pub error: Option<ErrorKind>,
}

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Results {
    pub labels: Vec<String>,
    pub hosts: Vec<String>,
    pub samples: Vec<Sample>,
}

/// Where the columns are.
struct Columns {
    start: usize,
    elapsed: usize,
    label: usize,
    code: usize,
    message: Option<usize>,
    failure: Option<usize>,
    thread: Option<usize>,
    success: usize,
}

/// Reads a file; `remote` are the machines that made the load, by the names that JMeter was given.
///
/// # Errors
/// In words, when it is none or cannot be read.
pub(super) fn read(file: impl Read, remote: &[String]) -> Result<Results, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let columns = columns(reader.byte_headers().map_err(|error| error.to_string())?)?;
    let mut results = Results::default();
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row).map_err(|error| error.to_string())? {
        let sample = sample(&row, &columns, remote, &mut results).ok_or_else(|| {
            format!("line {} of results.jtl is none of a JTL file", row.position().map_or(0, csv::Position::line))
        })?;
        results.samples.push(sample);
    }
    Ok(results)
}

fn columns(names: &csv::ByteRecord) -> Result<Columns, String> {
    let find = |wanted: &str| names.iter().position(|name| name == wanted.as_bytes());
    let need = |wanted: &str| find(wanted).ok_or_else(|| format!("results.jtl has no column {wanted}"));
    Ok(Columns {
        start: need("timeStamp")?,
        elapsed: need("elapsed")?,
        label: need("label")?,
        code: need("responseCode")?,
        message: find("responseMessage"),
        failure: find("failureMessage"),
        thread: find("threadName"),
        success: need("success")?,
    })
}

fn sample(row: &csv::ByteRecord, columns: &Columns, remote: &[String], results: &mut Results) -> Option<Sample> {
    let text = |column: usize| row.get(column).map(String::from_utf8_lossy);
    let number = |column: usize| text(column)?.parse::<u64>().ok();
    let code = text(columns.code)?;
    let message = columns.message.and_then(text).unwrap_or_default();
    let failure = columns.failure.and_then(text).unwrap_or_default();
    let status = code.parse::<u16>().ok().filter(|status| (100..1000).contains(status));
    let success = match &*text(columns.success)? {
        "true" => true,
        "false" => false,
        _ => return None,
    };
    let thread = columns.thread.and_then(text).unwrap_or_default();
    Some(Sample {
        label: place(&mut results.labels, &text(columns.label)?),
        host: place(&mut results.hosts, host(&thread, remote)),
        // Far beyond any clock, sums of the two stay numbers.
        start_ms: number(columns.start).filter(|ms| *ms < 1 << 50)?,
        elapsed_ms: number(columns.elapsed).filter(|ms| *ms < 1 << 40)?,
        status,
        error: (!success).then(|| kind(status, &code, &message, &failure)),
    })
}

/// Which of these machines a thread ran on: its name is `HOST-GROUP N-M` in distributed mode, with the port or without:
/// `127.0.0.2-root 1-1`, `127.0.0.2:1099-root 1-1`. Without one all requests are of this machine.
fn host<'a>(thread: &str, remote: &'a [String]) -> &'a str {
    let ran_on = |host: &&String| {
        let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        let after = |start: &str| thread.strip_prefix(start).is_some_and(|rest| rest.starts_with('-'));
        after(host) || after(name)
    };
    // `load-1` is the start of `load-1-b`.
    remote.iter().filter(ran_on).max_by_key(|host| host.len()).map_or("", String::as_str)
}

fn place(known: &mut Vec<String>, name: &str) -> usize {
    known.iter().position(|other| other == name).unwrap_or_else(|| {
        known.push(name.to_owned());
        known.len() - 1
    })
}

/// What became of a request that failed. Without an answer the code is `Non HTTP response code: CLASS` of a Java exception.
fn kind(status: Option<u16>, code: &str, message: &str, failure: &str) -> ErrorKind {
    if status.is_some() {
        // The plan's assertions look at the status first and then for a text; the first that fails is told.
        return if failure.contains("text expected") { ErrorKind::BodyMismatch } else { ErrorKind::BadStatus };
    }
    let class = code.rsplit(['.', ' ']).next().unwrap_or_default();
    let message = message.to_ascii_lowercase();
    match class {
        "ConnectTimeoutException" => ErrorKind::ConnectTimeout,
        "SocketTimeoutException" if message.contains("connect timed out") => ErrorKind::ConnectTimeout,
        "SocketTimeoutException" => ErrorKind::Timeout,
        "HttpHostConnectException" | "ConnectException" if message.contains("refused") => ErrorKind::ConnectRefused,
        "HttpHostConnectException"
        | "ConnectException"
        | "NoRouteToHostException"
        | "BindException"
        | "UnknownHostException" => ErrorKind::Connect,
        "SocketException" if message.contains("reset") => ErrorKind::Reset,
        "NoHttpResponseException" | "ConnectionClosedException" | "TruncatedChunkException" => ErrorKind::ClosedEarly,
        "ClientProtocolException" | "ProtocolException" | "ParseException" => ErrorKind::Malformed,
        _ => ErrorKind::Socket,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_of_jmeter_is_read() {
        let results =
            read(include_str!("../captured/results.jtl").as_bytes(), &[]).expect("captured from JMeter 5.6.3");
        assert_eq!(
            (results.labels.as_slice(), results.hosts.as_slice()),
            (&["root".to_owned()][..], &[String::new()][..])
        );
        assert!(results.samples.iter().all(|sample| sample.start_ms > 1_700_000_000_000));
        let count = |kind| results.samples.iter().filter(|sample| sample.error == kind).count();
        assert_eq!((results.samples.len(), count(None), count(Some(ErrorKind::BadStatus))), (40, 36, 4));
    }

    #[test]
    fn failures_without_an_answer_have_a_kind() {
        let results =
            read(include_str!("../captured/failures.jtl").as_bytes(), &[]).expect("captured from JMeter 5.6.3");
        let kinds: Vec<Option<ErrorKind>> = results.samples.iter().map(|sample| sample.error).collect();
        assert!(results.samples.iter().all(|sample| sample.status.is_none()));
        for kind in [ErrorKind::ConnectRefused, ErrorKind::Timeout, ErrorKind::ClosedEarly] {
            assert!(kinds.contains(&Some(kind)), "{kind:?} in {kinds:?}");
        }
    }

    #[test]
    fn machines_are_told_by_the_names_of_their_threads() {
        let remote = ["127.0.0.2", "127.0.0.3:1098", "load-1", "load-1-b.example"].map(str::to_owned);
        for (thread, found) in [
            ("127.0.0.2-root 1-1", "127.0.0.2"),
            ("127.0.0.3-root 1-1", "127.0.0.3:1098"),
            ("127.0.0.3:1098-root 1-1", "127.0.0.3:1098"),
            ("load-1-root 1-1", "load-1"),
            ("load-1-b.example-root 1-1", "load-1-b.example"),
            ("load-12-root 1-1", ""),
            ("root 1-1", ""),
            ("", ""),
        ] {
            assert_eq!(host(thread, &remote), found, "{thread}");
        }
        assert_eq!(host("127.0.0.2-root 1-1", &[]), "", "nobody but this machine was asked");
    }

    #[test]
    fn what_is_no_jtl_is_said() {
        assert!(read("".as_bytes(), &[]).unwrap_err().contains("timeStamp"));
        assert!(read("<testResults>".as_bytes(), &[]).unwrap_err().contains("no column"));
        let head = "timeStamp,elapsed,label,responseCode,success\n";
        assert!(read(format!("{head}1,2,a,200,true\n3,").as_bytes(), &[]).unwrap_err().contains("line 3"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fall(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes[..], &[]);
            let head = b"timeStamp,elapsed,label,responseCode,responseMessage,threadName,success\n";
            let _ = read(&[head, &bytes[..]].concat()[..], &[]);
        }

        #[test]
        fn no_line_makes_it_fall(rows in "([0-9]{0,20},[0-9]{0,15},[a-c\"]{0,3},[0-9A-Za-z .]{0,9},[a-z ]{0,5},[a-z0-9.: -]{0,12},(true|false|)\n){0,9}") {
            let head = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success\n";
            if let Ok(results) = read(format!("{head}{rows}").as_bytes(), &[]) {
                let window = super::super::tally::window(&results.samples, None);
                let _ = super::super::tally::tally(results.samples.iter(), &window, false);
            }
        }
    }
}
