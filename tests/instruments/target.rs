//! Starting targets: the marks lie in order around the server's own stamps, and every way to fail has its own error.

use std::net::TcpListener;
use std::time::Duration;

use pianoprof::interrupt::Interrupt;
use pianoprof::model::plan::ReadyBy;
use pianoprof::model::record::ListenProbe;
use pianoprof::process::Exit;
use pianoprof::target::{Error, port, start, wait_until_settled};

use crate::support::{Bench, LONG, PROGRAM, get, stamps};

const SHORT: Duration = Duration::from_millis(700);

#[test]
fn marks_enclose_the_servers_own_stamps() {
    let bench = Bench::new(&["--delay", "20", "--listen-then-503", "30"]);
    let mut launched = bench.start();
    let own = stamps(launched.port);
    let launch = &launched.launch;
    let at = |name: &str| own[name].as_u64().unwrap() - launch.t0_ns;
    let (listen, first_byte, first_ok) = (launch.listen.unwrap(), launch.first_byte.unwrap(), launch.first_ok.unwrap());
    assert_eq!(launch.listen_seen_by, ListenProbe::SockDiag);
    assert!(launch.exec_ns < listen.first_hit_ns);
    // The server's stamp comes after listen() has returned, so that only the lower end is certain.
    assert!(listen.last_miss_ns < at("listening"), "{launch:?} {own}");
    assert!(listen.first_hit_ns >= 20_000_000);
    assert!(first_byte.first_hit_ns >= listen.first_hit_ns && first_byte.first_hit_ns < first_ok.first_hit_ns);
    assert!(first_ok.first_hit_ns > at("ready") && first_ok.first_hit_ns > at("first_ok"));
    assert!(first_ok.last_miss_ns < at("first_ok"));
    assert!(launch.cpu_ns > 0 && launch.cpu_ns < 5_000_000_000);
    // One request at a time, paced: 30 ms hold at most 120 of them and the good one.
    assert!(own["requests"].as_u64().unwrap() < 125, "{own}");
    assert_eq!(launched.url, format!("http://127.0.0.1:{}", launched.port));
    let stopped = launched.server.stop("TERM", LONG);
    assert_eq!((stopped.exit, stopped.killed, stopped.survivors), (Some(Exit::Signal(15)), false, 0));
    assert!(port::refuse_if_taken(launched.port).is_ok());
}

#[test]
fn a_server_that_closes_every_connection_becomes_ready() {
    let bench = Bench::new(&["--close", "--listen-then-503", "10"]);
    assert!(bench.start().launch.first_ok.is_some());
}

#[test]
fn workers_and_a_daemon_are_the_tree() {
    let bench = Bench::new(&["--workers", "3", "--daemonise"]);
    let mut launched = bench.start();
    assert_eq!(launched.server.exited(), Some(Exit::Code(0)));
    // The first worker may answer before the last one is forked.
    crate::support::until("all workers are there", || launched.server.members().len() == 4);
}

#[test]
fn placeholders_and_environment_reach_the_target() {
    let mut bench = Bench::new(&[]);
    bench.plan.command = ["sh", "-c", "echo $WHERE at $URL >&2; exit 3"].map(str::to_owned).to_vec();
    bench.plan.env.insert("WHERE".to_owned(), pianoprof::model::secret::Secret::new("{dir}"));
    bench.plan.env.insert("URL".to_owned(), pianoprof::model::secret::Secret::new("{database_url}"));
    assert!(matches!(bench.try_start(), Err(Error::NoDatabase(_))));
    bench.settings.database_url = Some("postgresql://somewhere".to_owned());
    let expected = format!("{} at postgresql://somewhere", bench.folder.path().display());
    let error = bench.try_start().unwrap_err();
    assert!(matches!(&error, Error::Died { exit: Exit::Code(3), stderr, .. } if *stderr == expected), "{error}");
}

#[test]
fn a_target_that_ends_says_how_and_its_last_words() {
    for (code, text) in [("0", "bye"), ("1", "no database")] {
        let bench = Bench::new(&["--exit", code, "--stderr", text]);
        let error = bench.try_start().unwrap_err();
        assert_eq!(error.to_string(), format!("ended with exit status {code} before it listened; it printed:\n{text}"));
    }
}

#[test]
fn a_target_that_never_listens_times_out() {
    let mut bench = Bench::new(&["--never-listen"]);
    bench.plan.ready.timeout = SHORT;
    let error = bench.try_start().unwrap_err();
    assert!(matches!(&error, Error::NeverListened { others, .. } if others.is_empty()), "{error}");
}

#[test]
fn a_target_on_another_port_says_which() {
    let mut bench = Bench::new(&["--other-port"]);
    bench.plan.ready.timeout = SHORT;
    let error = bench.try_start().unwrap_err();
    assert!(matches!(&error, Error::NeverListened { others, .. } if others.len() == 1), "{error}");
}

#[test]
fn a_target_that_is_never_good_says_what_came_last() {
    for (options, words) in
        [(vec!["--status", "404"], "the last answer was status 404, not 200"), (vec!["--mute"], "nothing was answered")]
    {
        let mut bench = Bench::new(&options);
        bench.plan.ready.timeout = SHORT;
        let error = bench.try_start().unwrap_err();
        assert!(matches!(&error, Error::NeverReady { last, .. } if last == words), "{error}");
    }
}

/// A shell script in place of the truth server, `$SERVER` in it, that is ready by its log.
fn logging(script: &str, pattern: &str) -> Bench {
    let mut bench = Bench::new(&[]);
    let server = format!("{} --listen {{host}}:{{port}}", crate::support::SERVER);
    bench.plan.command = vec!["sh".to_owned(), "-c".to_owned(), script.replace("$SERVER", &server)];
    bench.plan.ready.by = ReadyBy::Log(pattern.to_owned());
    bench
}

#[test]
fn a_line_of_the_log_is_the_mark_and_the_port_a_mark_of_its_own() {
    for stream in [1, 2] {
        // The program stamps the moment before and after it prints.
        let print = "import os, time; before = time.monotonic_ns(); os.write(fd, b'now ready\\n'); print('stamps', before, \
                     time.monotonic_ns(), flush=True)";
        let script = format!(
            "echo starting; python3 -c \"{}\"; sleep 0.1; exec $SERVER",
            print.replace("fd", &stream.to_string())
        );
        let bench = logging(&script, "^now read[xy]$");
        let launched = bench.start();
        let launch = &launched.launch;
        let said = std::fs::read_to_string(bench.folder.path().join("truth.stdout")).unwrap();
        let printed = said.lines().find_map(|line| line.strip_prefix("stamps ")).unwrap();
        let [before, after] =
            printed.split(' ').map(|ns| ns.parse::<u64>().unwrap() - launch.t0_ns).collect::<Vec<_>>()[..]
        else {
            panic!("two stamps in {printed}")
        };
        let (line, listen) = (launch.first_ok.unwrap(), launch.listen.unwrap());
        assert!(line.first_hit_ns >= before && line.last_miss_ns <= after, "{line:?} {before} {after}");
        assert!(line.last_miss_ns < line.first_hit_ns);
        assert!(listen.first_hit_ns > line.first_hit_ns, "{launch:?}");
        assert_eq!(launch.first_byte, None, "nothing was asked");
        // It can be asked at once.
        stamps(launched.port);
    }
}

#[test]
fn lines_of_an_earlier_launch_say_nothing_of_this_one() {
    let mut bench = logging("echo up; exec sleep 60", "^up$");
    bench.start();
    bench.plan.command[2] = "exec sleep 60".to_owned();
    bench.plan.ready.timeout = SHORT;
    let error = bench.try_start().unwrap_err();
    assert!(matches!(&error, Error::NeverLogged { printed, .. } if printed.is_empty()), "{error}");
    assert!(error.to_string().ends_with("; it printed nothing"), "{error}");
}

#[test]
fn a_target_without_a_port_is_ready_by_its_log_alone() {
    let mut launched = logging("echo up; exec sleep 60", "^up$").start();
    assert_eq!((launched.launch.listen, launched.launch.first_byte), (None, None));
    assert!(wait_until_settled(&mut launched, &Interrupt::new()).is_some());
}

#[test]
fn a_line_that_never_comes_ends_with_what_was_printed_instead() {
    let mut bench = logging("echo out; echo err >&2; exec sleep 60", "up [0-9]+");
    bench.plan.ready.timeout = SHORT;
    let expected = "printed no line that matches `up [0-9]+` within 700 ms; it printed:\nout\nerr";
    assert_eq!(bench.try_start().unwrap_err().to_string(), expected);
    let error = logging("echo out; exit 3", "up").try_start().unwrap_err();
    assert!(error.to_string().starts_with("ended with exit status 3 before it printed the line"), "{error}");
}

#[test]
fn a_line_is_not_enough_for_a_target_that_is_told_a_port() {
    let mut bench = logging("echo up; exec sleep 60 # {port}", "up");
    bench.plan.ready.timeout = SHORT;
    let error = bench.try_start().unwrap_err();
    assert!(matches!(&error, Error::NeverListened { .. }), "{error}");
}

#[test]
fn a_port_that_somebody_else_has_ends_the_wait_for_a_line_too() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().port();
    let complaint = format!("echo 'listen EADDRINUSE: address already in use :::{taken}'");
    // It ends, or goes on trying for ever.
    for end in ["exit 1", "exec sleep 60"] {
        let error = logging(&format!("{complaint}; {end} # {{port}}"), "^up$").try_start().unwrap_err();
        assert!(matches!(&error, Error::WantedPortTaken { wanted, .. } if *wanted == taken), "{error}");
    }
    let error = logging(&format!("{complaint}; exit 1"), "^up$").try_start().unwrap_err();
    assert!(matches!(&error, Error::Died { .. }), "it was told no port: {error}");
}

#[test]
fn a_port_that_accepts_is_enough_where_that_is_asked() {
    let mut bench = Bench::new(&["--mute"]);
    bench.plan.ready.by = ReadyBy::Tcp;
    let launch = bench.start().launch.clone();
    assert!(launch.listen.is_some() && launch.first_ok == launch.listen, "{launch:?}");
    assert_eq!(launch.first_byte, None);
}

#[test]
fn a_taken_port_names_its_owner_before_anything_is_started() {
    let mut bench = Bench::new(&[]);
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    bench.settings.port = Some(holder.local_addr().unwrap().port());
    let error = bench.try_start().unwrap_err();
    assert!(matches!(&error, Error::PortTaken { .. }), "{error}");
    assert!(error.to_string().contains(&format!("process {} (`", std::process::id())), "{error}");
    assert!(!bench.folder.path().join("truth.stderr").exists());
}

#[test]
fn a_reuseport_twin_that_comes_later_is_found_out() {
    let bench = Bench::new(&["--reuseport", "--listen-then-503", "400"]);
    let port = port::free().unwrap();
    let mut twin = Bench::new(&["--reuseport", "--delay", "150"]);
    twin.settings.port = Some(port);
    let mut first = bench;
    first.settings.port = Some(port);
    // Both start while the port is free; each finds the other when it is ready.
    let (one, two) = std::thread::scope(|scope| {
        let other = scope.spawn(|| twin.try_start());
        (first.try_start(), other.join().unwrap())
    });
    let foreign = |result: &Result<_, Error>| matches!(result, Err(Error::Foreign { .. }));
    assert!(foreign(&one) || foreign(&two), "{one:?} {two:?}");
}

#[test]
fn an_interrupt_ends_the_wait() {
    let bench = Bench::new(&["--never-listen"]);
    let interrupt = Interrupt::new();
    interrupt.set(2);
    let result = start(std::path::Path::new(PROGRAM), &bench.plan, &bench.settings, &interrupt, &|_| ());
    assert!(matches!(result, Err(Error::Interrupted)));
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let mut bench = Bench::new(&[]);
    bench.plan.command = vec!["no-such-program-here".to_owned()];
    assert!(bench.try_start().unwrap_err().to_string().contains("`no-such-program-here` was not found"));
}

#[test]
fn a_crash_later_leaves_its_status_and_words() {
    let bench = Bench::new(&["--stderr", "last words"]);
    let mut launched = bench.start();
    let port = launched.port;
    let _ = std::panic::catch_unwind(|| get(port, "/exit?code=9"));
    let stopped = launched.server.stop("TERM", LONG);
    assert_eq!(stopped.exit, Some(Exit::Code(9)));
    assert_eq!(launched.printed(), "last words");
}

#[test]
fn a_target_has_settled_when_the_last_of_its_processes_is_quiet() {
    let mut bench = Bench::new(&[]);
    let server = bench.plan.command.join(" ");
    // A worker that computes, beside a server that answers at once.
    let busy = "end=$(($(date +%s%N) / 1000000 + 600)); while [ $(($(date +%s%N) / 1000000)) -lt $end ]; do :; done";
    bench.plan.command = vec!["sh".to_owned(), "-c".to_owned(), format!("({busy}) & exec {server}")];
    let mut launched = bench.start();
    let settled = wait_until_settled(&mut launched, &Interrupt::new()).expect("600 ms of work are soon over");
    // The end of the work may lie within what a quiet tree is allowed.
    assert!(settled.first_hit_ns >= 550_000_000, "{settled:?}");
    assert!(settled.last_miss_ns < settled.first_hit_ns, "{settled:?}");
}

#[test]
fn nothing_settles_that_was_interrupted_or_is_dead() {
    let bench = Bench::new(&[]);
    let mut launched = bench.start();
    let interrupt = Interrupt::new();
    interrupt.set(15);
    assert_eq!(wait_until_settled(&mut launched, &interrupt), None);
    launched.server.stop("KILL", LONG);
    assert_eq!(wait_until_settled(&mut launched, &Interrupt::new()), None);
}
