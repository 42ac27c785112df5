//! A launched tree: started cleanly, known whole, ended on every path.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pianoprof::interrupt::Interrupt;
use pianoprof::process::{Command, Error, Exit, Keeper, Supervised, launch};
use tempfile::TempDir;

use crate::support::{LONG, PROGRAM, SERVER, until};

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, argv: &[&str]) -> Command {
        Command {
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            dir: self.folder.path().to_owned(),
            stdout: self.folder.path().join("out"),
            stderr: self.folder.path().join("err"),
            ..Command::default()
        }
    }

    fn start(&self, argv: &[&str]) -> Supervised {
        launch(Path::new(PROGRAM), &self.command(argv)).unwrap()
    }

    fn output(&self) -> String {
        fs::read_to_string(self.folder.path().join("out")).unwrap()
    }
}

fn lives(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn ended(server: &mut Supervised) -> Exit {
    let mut exit = None;
    until("the root ends", || {
        exit = server.exited();
        exit.is_some()
    });
    exit.unwrap()
}

#[test]
fn the_child_starts_clean() {
    let bench = Bench::new();
    let mut server = bench.start(&[
        "sh",
        "-c",
        "grep -E '^Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd | wc -l; readlink /proc/self/fd/0; \
         test $$ = $(cut -d' ' -f6 /proc/$$/stat) && echo leads; pwd",
    ]);
    assert_eq!(ended(&mut server), Exit::Code(0));
    let output = bench.output();
    let lines: Vec<_> = output.lines().collect();
    assert_eq!(lines[0], "SigBlk:\t0000000000000000");
    assert_eq!(lines[1], "SigIgn:\t0000000000000000");
    // Standard three and the listing's own.
    assert_eq!(lines[2].trim(), "4");
    assert_eq!(lines[3..5], ["/dev/null", "leads"]);
    assert_eq!(Path::new(lines[5]), bench.folder.path().canonicalize().unwrap());
}

#[test]
fn the_environment_is_added_to_and_kept_off_command_lines() {
    let bench = Bench::new();
    let mut command = bench.command(&["sh", "-c", "echo $SECRET; test -n \"$PATH\" && sleep 60"]);
    command.env = vec![("SECRET".into(), "pearl".into())];
    let mut server = launch(Path::new(PROGRAM), &command).unwrap();
    until("it prints", || bench.output() == "pearl\n");
    let line = fs::read(format!("/proc/{}/cmdline", server.guardian())).unwrap();
    assert!(!String::from_utf8_lossy(&line).contains("pearl"));
    assert_eq!(server.stop("TERM", LONG).exit, Some(Exit::Signal(15)));
}

#[test]
fn t0_lies_inside_the_call_and_exec_after_it() {
    let bench = Bench::new();
    let before = pianoprof::clock::now();
    let server = bench.start(&["sleep", "60"]);
    let after = pianoprof::clock::now();
    assert!(before < server.t0_ns() && server.t0_ns() + server.exec_ns() < after);
}

#[test]
fn what_cannot_be_executed_is_named() {
    let bench = Bench::new();
    let fails = |command: &Command| launch(Path::new(PROGRAM), command).unwrap_err();
    assert!(
        matches!(fails(&bench.command(&["no-such-program-here"])), Error::NotFound { program, .. } if program == "no-such-program-here")
    );
    assert!(matches!(fails(&bench.command(&["./missing"])), Error::NotFound { .. }));
    let plain = bench.folder.path().join("plain");
    fs::write(&plain, "text").unwrap();
    assert!(matches!(fails(&bench.command(&["./plain"])), Error::NotExecutable { .. }));
    let mut elsewhere = bench.command(&["true"]);
    elsewhere.dir = PathBuf::from("/no/such/folder");
    assert!(fails(&elsewhere).to_string().contains("/no/such/folder"));
    let mut silent = bench.command(&["true"]);
    silent.stderr = PathBuf::from("/no/such/folder/err");
    assert!(fails(&silent).to_string().contains("/no/such/folder/err"));
    assert!(matches!(launch(Path::new("/bin/true"), &bench.command(&["true"])), Err(Error::Silent { .. })));
    assert!(matches!(launch(Path::new("/no/such/guardian"), &bench.command(&["true"])), Err(Error::Guardian(_))));
}

#[test]
fn exit_statuses_and_signals_are_kept() {
    let bench = Bench::new();
    for (argv, exit) in [
        (vec!["true"], Exit::Code(0)),
        (vec![SERVER, "--exit", "7"], Exit::Code(7)),
        (vec!["sh", "-c", "kill -SEGV $$"], Exit::Signal(11)),
    ] {
        let mut server = bench.start(&argv);
        assert_eq!(ended(&mut server), exit);
        until("the tree is over", || server.is_over());
        let stopped = server.stop("TERM", LONG);
        assert_eq!((stopped.exit, stopped.killed, stopped.survivors), (Some(exit), false, 0));
    }
}

#[test]
fn a_stubborn_tree_is_killed_after_its_grace() {
    let bench = Bench::new();
    let mut server = bench.start(&[SERVER, "--ignore-term", "--never-listen", "--relative", "session"]);
    until("both are there", || server.members().len() == 2);
    // The signal must not come before the server ignores it.
    until("it ignores TERM", || {
        fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap().contains("SigIgn:\t0000000000005")
    });
    let members = server.members();
    let stopped = server.stop("TERM", Duration::from_millis(50));
    assert_eq!((stopped.exit, stopped.killed, stopped.survivors), (Some(Exit::Signal(9)), true, 0));
    assert!(members.iter().all(|pid| !lives(*pid)));
}

/// A server with everything that tries to get away, and the processes it has.
fn family(bench: &Bench) -> (Supervised, Vec<u32>) {
    let relatives = ["--relative", "session", "--relative", "daemon", "--relative", "hopper"];
    let server = bench.start(&[&[SERVER, "--never-listen", "--workers", "0"], &relatives[..]].concat());
    let mut members = Vec::new();
    until("the family is there", || {
        members = server.members();
        members.len() >= 4
    });
    (server, members)
}

/// Nothing runs the truth server with output in that folder: a hopper changes its number too fast to be known by it.
fn nothing_holds(folder: &Path) -> bool {
    let holds = |pid: &str| {
        fs::read_link(format!("/proc/{pid}/fd/1")).is_ok_and(|file| file.starts_with(folder.canonicalize().unwrap()))
    };
    let pids = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    !pids.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).any(|pid| holds(&pid))
}

#[test]
fn drop_ends_daemons_sessions_and_hoppers() {
    let bench = Bench::new();
    let (server, members) = family(&bench);
    drop(server);
    assert!(members.iter().all(|pid| !lives(*pid)));
    assert!(nothing_holds(bench.folder.path()));
}

#[test]
fn a_killed_guardian_leaves_nothing() {
    let bench = Bench::new();
    let command = bench.command(&[SERVER, "--never-listen", "--relative", "daemon", "--relative", "hopper"]);
    let mut keeper = Keeper::new(Path::new(PROGRAM)).unwrap();
    let scratch = keeper.scratch(bench.folder.path()).unwrap();
    fs::create_dir_all(scratch.join("deep")).unwrap();
    let mut bystander = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let mut server = keeper.launch(&command).unwrap();
    let mut neighbour = bench.start(&["sleep", "60"]);
    until("the family is there", || server.members().len() >= 3);
    kill(server.guardian());
    assert_eq!(ended(&mut server), Exit::Signal(9));
    assert!(!scratch.exists());
    assert!(!lives(server.pid()));
    assert!(bystander.try_wait().unwrap().is_none(), "a plain child of ours is none of the tree");
    assert!(neighbour.exited().is_none() && lives(neighbour.pid()));
    bystander.kill().unwrap();
    bystander.wait().unwrap();
    drop(neighbour);
    assert!(nothing_holds(bench.folder.path()));
}

#[test]
fn a_killed_supervisor_leaves_nothing() {
    // The supervisor is this test run again, in a process of its own that can be killed.
    if let Ok(folder) = std::env::var("PIANOPROF_TEST_SUPERVISE") {
        let bench = Bench { folder: tempfile::tempdir_in(folder).unwrap() };
        let (server, _) = family(&bench);
        fs::write(bench.folder.path().parent().unwrap().join("ready"), server.guardian().to_string()).unwrap();
        std::thread::sleep(LONG * 10);
        return;
    }
    let bench = Bench::new();
    let mut supervisor = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::a_killed_supervisor_leaves_nothing"])
        .env("PIANOPROF_TEST_SUPERVISE", bench.folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let ready = bench.folder.path().join("ready");
    until("the family is there", || fs::read_to_string(&ready).is_ok_and(|text| !text.is_empty()));
    let guardian: u32 = fs::read_to_string(&ready).unwrap().parse().unwrap();
    assert!(!nothing_holds(bench.folder.path()));
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
    until("the guardian ends", || !lives(guardian));
    assert!(nothing_holds(bench.folder.path()));
}

#[test]
fn a_daemon_is_stopped_by_its_signal_though_its_root_has_ended() {
    let bench = Bench::new();
    let mut server = bench.start(&[SERVER, "--daemonise", "--never-listen", "--stderr", "up"]);
    assert_eq!(ended(&mut server), Exit::Code(0));
    until("the daemon is up", || fs::read_to_string(bench.folder.path().join("err")).is_ok_and(|text| text == "up\n"));
    until("its forebears are reaped", || server.members().len() == 1);
    assert!(!server.is_over());
    assert_eq!(pianoprof::process::tree::members(server.guardian()), server.members());
    let stopped = server.stop("TERM", LONG);
    assert_eq!((stopped.exit, stopped.killed), (Some(Exit::Code(0)), false));
}

#[test]
fn folders_go_with_the_tree_on_every_end() {
    let bench = Bench::new();
    for argv in [vec!["true"], vec!["no-such-program-here"], vec!["sleep", "60"]] {
        let mut keeper = Keeper::new(Path::new(PROGRAM)).unwrap();
        let scratch = keeper.scratch(bench.folder.path()).unwrap();
        assert_eq!(fs::metadata(&scratch).unwrap().permissions().mode() & 0o777, 0o700);
        fs::create_dir_all(scratch.join("deep")).unwrap();
        if let Ok(mut server) = keeper.launch(&bench.command(&argv)) {
            server.stop("KILL", LONG);
        }
        assert!(!scratch.exists(), "{argv:?}");
    }
    let mut keeper = Keeper::new(Path::new(PROGRAM)).unwrap();
    let scratch = keeper.scratch(bench.folder.path()).unwrap();
    drop(keeper);
    assert!(!scratch.exists(), "a guardian without a tree has folders all the same");
}

#[test]
fn somebody_who_asks_twice_waits_for_no_grace() {
    let bench = Bench::new();
    let mut server = bench.start(&[SERVER, "--ignore-term", "--never-listen"]);
    until("it ignores TERM", || {
        fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap().contains("SigIgn:\t0000000000005")
    });
    let interrupt = Interrupt::new();
    interrupt.set(2);
    let other = interrupt.clone();
    // Were the grace waited for, this test would take an hour.
    let stopped = std::thread::scope(|scope| {
        scope.spawn(move || other.set(2));
        server.stop_or_hurry("TERM", Duration::from_hours(1), &interrupt)
    });
    assert_eq!((stopped.exit, stopped.killed), (Some(Exit::Signal(9)), true));
}

#[test]
fn shared_memory_of_a_killed_tree_goes_with_it() {
    let bench = Bench::new();
    let mut server = bench.start(&[SERVER, "--never-listen", "--segment", "--stderr", "up"]);
    until("it is up", || fs::read_to_string(bench.folder.path().join("err")).is_ok_and(|text| text == "up\n"));
    let segments = |pid: u32| {
        let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
        table.lines().filter(|line| line.split_whitespace().nth(4) == Some(&pid.to_string())).count()
    };
    assert_eq!(segments(server.pid()), 1);
    server.stop("KILL", LONG);
    assert_eq!(segments(server.pid()), 0);
}

#[test]
fn a_user_and_cpus_are_taken_on() {
    let bench = Bench::new();
    let mut command = bench.command(&["sh", "-c", "grep -E '^(Uid|Groups|Cpus_allowed_list)' /proc/self/status"]);
    command.cpus = Some(vec![0]);
    // Root only: an ordinary user may become nobody but itself.
    let root = nix::unistd::geteuid().is_root();
    if root {
        command.user = Some((65534, 65534));
    }
    let mut server = launch(Path::new(PROGRAM), &command).unwrap();
    assert_eq!(ended(&mut server), Exit::Code(0));
    let output = bench.output();
    assert!(output.contains("Cpus_allowed_list:\t0\n"), "{output}");
    if root {
        assert!(output.contains("Uid:\t65534\t65534\t65534\t65534") && output.contains("Groups:\t65534"), "{output}");
    }
}

fn kill(pid: u32) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap()), nix::sys::signal::Signal::SIGKILL)
        .unwrap();
}
