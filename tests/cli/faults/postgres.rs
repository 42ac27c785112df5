//! PostgreSQL: missing, of another version, shut out, killed, without room or connections; seeds that cannot be used.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread::sleep;
use std::time::Duration;

use pianoprof::database;
use pianoprof::interrupt::Interrupt;
use pianoprof::model::plan::DatabasePlan;
use postgres::{Client, NoTls};

use super::apart::{mounts, words};
use crate::lab::{Lab, PROGRAM, SERVER, until};
use crate::skipped::impossible;

/// A target that writes its database's URL down, on a database with one table.
fn lab() -> Lab {
    seeded("insert into t (name) select 'x' from generate_series(1, 1000);\n")
}

fn seeded(seed: &str) -> Lab {
    let server = format!("echo \"$DATABASE_URL\" > url; exec {SERVER} --listen {{host}}:{{port}}");
    let lab = Lab::of(&["sh", "-c", &server]);
    let config = fs::read_to_string(lab.at("pianoprof.toml")).unwrap();
    let database = "env = { DATABASE_URL = \"{database_url}\" }\nready =";
    let config = config.replacen("ready =", database, 1) + "[database]\nschema = \"schema.sql\"\nseed = \"seed.sql\"\n";
    fs::write(lab.at("pianoprof.toml"), config).unwrap();
    fs::write(lab.at("schema.sql"), "create table t (id serial primary key, name text);\n").unwrap();
    fs::write(lab.at("seed.sql"), seed).unwrap();
    // As root the server is another account's, which must come to its folder.
    fs::set_permissions(lab.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(lab.at("tmp"), fs::Permissions::from_mode(0o1777)).unwrap();
    lab
}

/// The URL that the target was given, once it has it.
fn url(lab: &Lab) -> String {
    until("the target has its database", || {
        let url = fs::read_to_string(lab.at("url")).ok()?;
        url.ends_with('\n').then(|| url.trim().to_owned())
    })
}

/// Programs that are shell scripts in a folder which other accounts may read.
fn programs(lab: &Lab, postgres: &str) -> String {
    let folder = lab.at("bin");
    fs::create_dir(&folder).unwrap();
    for (name, script) in [("postgres", postgres), ("initdb", "exec $REAL/initdb \"$@\"")] {
        let script = format!("#!/bin/sh\n{}\n", script.replace("$REAL", &real().unwrap_or_default()));
        fs::write(folder.join(name), script).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    format!("PIANOPROF_POSTGRES_BIN={}", folder.display())
}

/// The folder of the installed programs; a package without root has none that a script could stand before.
fn real() -> Option<String> {
    let found = pianoprof::database::programs::Search::machine(vec![]).find().ok()?;
    (!found.packaged).then(|| found.folder.display().to_string())
}

#[test]
fn no_postgresql_and_a_wrong_one_are_said_with_what_was_found_where() {
    let lab = lab();
    let env = ["env", "PIANOPROF_POSTGRES_BIN=/nowhere"];
    lab.run_under(&env, &["startup"]).code(2).says(&[
        "no PostgreSQL 15 on this machine",
        "/nowhere",
        "hint: `pianoprof doctor`",
    ]);
    let wrong = programs(&lab, "echo 'postgres (PostgreSQL) 16.3'");
    lab.run_under(&["env", &wrong], &["startup"]).code(2).says(&["has PostgreSQL 16.3", "hint: "]);
}

#[test]
fn a_port_that_is_taken_is_tried_around_and_then_said() {
    if real().is_none() {
        return impossible("PostgreSQL is a package, whose programs no script can stand before");
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().port();
    let once = lab();
    let script = |when: &str| {
        format!(
            "case \"$*\" in *config_file*) {when} exec $REAL/postgres \"$@\" -c port={taken};; esac\nexec $REAL/postgres \"$@\""
        )
    };
    let marker = once.at("tmp/marker");
    let env = programs(&once, &script(&format!("test ! -e {0} && : > {0} &&", marker.display())));
    let output = once.command_under(&["env", &env], &["startup", "--launches", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(marker.exists());
    let always = lab();
    let env = programs(&always, &script(""));
    always
        .run_under(&["env", &env], &["startup"])
        .code(2)
        .says(&["could not bind IPv4 address", "hint: other programs"]);
}

#[test]
fn a_seed_that_is_broken_is_said_with_its_line() {
    let lab = seeded("select 1;\ninsert into t (name)\nselekt 1;\n");
    lab.run(&["run"]).code(2).says(&["seed.sql:3: syntax error at or near \"selekt\""]);
}

#[test]
fn a_server_that_is_killed_ends_the_run_with_its_last_words() {
    let lab = lab();
    let said = lab.run_while(&["load", "--duration", "2s", "--connections", "2"], |_| {
        url(&lab);
        sleep(Duration::from_millis(500));
        kill(postmaster(&lab));
    });
    said.code(2).says(&[
        "the PostgreSQL server ended while",
        "ready to accept connections",
        "hint: the run's output/postgres.log",
    ]);
}

#[test]
fn a_server_that_loses_a_process_and_begins_anew_voids_the_trial() {
    let lab = lab();
    it_begins_anew_and_the_trial_is_void(&lab);
}

/// One of the server's processes is killed under a load, whereupon the server ends all others and begins anew.
fn it_begins_anew_and_the_trial_is_void(lab: &Lab) {
    let said = lab.run_while(&["load", "--duration", "6s", "--connections", "2", "--json"], |_| {
        let url = url(lab);
        sleep(Duration::from_millis(500));
        let mut client = Client::connect(&url, NoTls).unwrap();
        let pid: i32 = client.query_one("select pg_backend_pid()", &[]).unwrap().get(0);
        kill(u32::try_from(pid).unwrap());
        until("it takes connections again", || Client::connect(&url, NoTls).ok());
    });
    let document = said.code(0).json();
    assert!(Lab::kinds(&document).contains(&"database-restarted"), "{document:#}");
}

fn postmaster(lab: &Lab) -> u32 {
    let found = lab.processes().into_iter().find(|(_, words)| words.contains("/postgres -D"));
    found.expect("the server runs").0
}

fn kill(pid: u32) {
    // SAFETY: a process of the server that this test's run has started.
    assert_eq!(unsafe { libc::kill(i32::try_from(pid).unwrap(), libc::SIGKILL) }, 0);
}

#[test]
fn a_disk_too_small_for_the_cluster_or_the_seed_is_said() {
    let lab = seeded("insert into t (name) select repeat('x', 1000) from generate_series(1, 200000);\n");
    let on = |size: &str| {
        let place = lab.at("tmp");
        let wrapper = mounts(&format!("mount -t tmpfs -o size={size},mode=1777 tmpfs {}", place.display()))?;
        // In a user namespace the program is root without an account for the server.
        if !nix::unistd::geteuid().is_root() {
            impossible("an ordinary user's namespace has no account for the server");
            return None;
        }
        Some(lab.run_under(&words(&wrapper), &["startup"]))
    };
    let hint = "hint: the private server's data lies in TMPDIR";
    if let Some(said) = on("20m") {
        said.code(2).says(&["ended (exit status 1) before it answered", "initdb: removing data directory", hint]);
    }
    if let Some(said) = on("120m") {
        said.code(2).says(&["the database server's disk is full while running", "seed.sql", hint]);
    }
}

#[test]
fn a_target_that_holds_every_connection_is_said() {
    if real().is_none() {
        return impossible("PostgreSQL is a package, whose programs no script can stand before");
    }
    let lab = lab();
    let env = programs(&lab, "exec $REAL/postgres \"$@\" -c max_connections=8");
    let said = lab.run_under_while(&["env", &env], &["profile", "--idle-after", "3s"], |pianoprof| {
        let url = url(&lab);
        let mut held = Vec::new();
        while let Ok(client) = Client::connect(&url, NoTls) {
            held.push(client);
        }
        assert!(held.len() >= 6, "{} connections", held.len());
        until("the run has ended", || has_ended(pianoprof).then_some(()));
    });
    said.code(2).says(&["has no free connection while", "hint: the targets hold all"]);
}

/// Whether a child has ended and waits for us to ask how.
fn has_ended(pid: u32) -> bool {
    pianoprof::process::procfile::stat(pid).is_none_or(|stat| stat.state == 'Z')
}

#[test]
fn data_that_changed_between_trials_is_never_measured() {
    let lab = lab();
    let said = lab.run_while(&["run", "--only", "startup,idle", "--blocks", "3"], |_| {
        let url = url(&lab);
        let template = format!("{}/pianoprof_template", url.rsplit_once('/').unwrap().0);
        // No copy can be made while somebody is connected to the template.
        Client::connect(&template, NoTls).unwrap().batch_execute("delete from t where id = 1").unwrap();
    });
    said.code(2).says(&[
        "has fingerprint sha256:",
        "the seeded one has sha256:",
        "hint: something changed the template",
    ]);
}

#[test]
fn a_seed_that_gives_other_rows_resumes_nothing() {
    let lab = seeded("insert into t (name) values (clock_timestamp()::text);\n");
    let run = ["run", "--only", "startup,idle", "--blocks", "5", "--out", "it"];
    let (code, _) =
        crate::interrupts::ended_by(&lab, libc::SIGINT, &run, || crate::interrupts::has_trials(&lab, "it", 1));
    assert_eq!(code, Some(130));
    lab.run(&["run", "--resume", "it"])
        .code(2)
        .says(&["the seed gives another database than when the run was begun", "hint: a seed must give the same rows"]);
}

#[test]
fn the_server_listens_on_loopback_in_a_private_folder_and_its_password_is_stored_nowhere() {
    let lab = lab();
    let run = ["run", "--only", "startup,idle", "--out", "it", "-v"];
    let said = lab.run_while(&run, |_| {
        url(&lab);
        let server = postmaster(&lab);
        let data = fs::read_link(format!("/proc/{server}/cwd")).unwrap();
        let folder = data.ancestors().find(|folder| folder.parent() == Some(&lab.at("tmp"))).unwrap();
        assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
        let listening = |table: &str| {
            let text = fs::read_to_string(format!("/proc/{server}/net/{table}")).unwrap();
            let port = format!(":{:04X}", url(&lab).rsplit([':', '/']).nth(1).unwrap().parse::<u16>().unwrap());
            let lines = text.lines().filter(|line| line.contains(" 0A "));
            let local = lines.filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned));
            local.filter(|local| local.ends_with(&port)).collect::<Vec<_>>()
        };
        let v4 = listening("tcp");
        assert!(v4.len() == 1 && v4[0].starts_with("0100007F:"), "127.0.0.1 alone: {v4:?}");
        assert_eq!(listening("tcp6"), Vec::<String>::new());
    });
    let url = url(&lab);
    let password = url.split([':', '@']).nth(2).unwrap();
    assert_eq!(password.len(), 32);
    for text in [&said.out, &said.err] {
        assert!(!text.contains(password), "{text}");
    }
    assert_eq!(crate::secrets::files_with(&lab.at("it"), password), Vec::<String>::new());
}

/// A server of the user's own, which is started for the test, and a folder whose configuration names it.
fn own() -> (pianoprof::database::Database, tempfile::TempDir, Lab) {
    let logs = tempfile::tempdir().unwrap();
    let nothing =
        DatabasePlan { url: None, schema: vec![], seed: vec![], scale: 1.0, seed_number: 1, statements: false };
    let mut server = database::start(PROGRAM.as_ref(), &nothing, logs.path(), &Interrupt::new()).unwrap();
    server.prepare(&Interrupt::new()).unwrap();
    let home = server.copy("home").unwrap();
    let lab = lab();
    let config = fs::read_to_string(lab.at("pianoprof.toml")).unwrap();
    let url = format!("[database]\nurl = {:?}\n", home.url.reveal());
    fs::write(lab.at("pianoprof.toml"), config.replacen("[database]\n", &url, 1)).unwrap();
    fs::write(lab.at("home"), home.url.reveal()).unwrap();
    (server, logs, lab)
}

/// A connection to the user's own server, and the databases there that are named as ours are.
fn ours(lab: &Lab) -> (Client, Vec<String>) {
    let mut client = Client::connect(&fs::read_to_string(lab.at("home")).unwrap(), NoTls).unwrap();
    let rows = client.query("select datname from pg_database where datname ~ '^pianoprof_.{8}_' order by 1", &[]);
    let names = rows.unwrap().iter().map(|row| row.get(0)).collect();
    (client, names)
}

#[test]
fn what_a_killed_run_left_on_the_users_own_server_goes_at_the_next_start_and_nothing_else() {
    let (server, _logs, lab) = own();
    let up = |lab: &Lab| {
        let (_, before) = ours(lab);
        let child = lab.command(&["serve"]).spawn().unwrap();
        let made = until("template and copy are there, and the target", || {
            let made: Vec<_> = ours(lab).1.into_iter().filter(|name| !before.contains(name)).collect();
            (made.len() == 2 && fs::remove_file(lab.at("url")).is_ok()).then_some(made)
        });
        (child, made)
    };
    let (mut killed, left) = up(&lab);
    kill(killed.id());
    killed.wait().unwrap();
    until("its target is gone", || lab.alive().is_empty().then_some(()));
    let (mut client, names) = ours(&lab);
    assert_eq!(names, left, "nobody drops databases after SIGKILL");
    // Somebody's own that is named alike, and one of a run whose machine is another and that is young.
    let young = "pianoprof run 1: machine 0123456789abcdef pid 1 began 1 made 99999999999";
    let foreign = format!(
        "create database pianoprof_0000000a_template; comment on database pianoprof_0000000a_template is '{young}'"
    );
    for sql in ["create database pianoprof_0000000b_template"].into_iter().chain(foreign.split("; ")) {
        client.batch_execute(sql).unwrap();
    }
    // Somebody looks at what was left: it is in use.
    let looking = fs::read_to_string(lab.at("home"))
        .unwrap()
        .replace("pianoprof_home", &left[0])
        .replace("/home", &format!("/{}", left[0]));
    let looking = Client::connect(&looking, NoTls).unwrap();
    let said = lab.command(&["seed"]).output().unwrap();
    assert_eq!((said.status.code(), said.stderr.as_slice()), (Some(0), &b""[..]), "nothing was dropped");
    drop(looking);
    until("the connection is gone", || {
        let used = client.query_one("select count(*) from pg_stat_activity where datname = $1", &[&left[0]]);
        (used.unwrap().get::<_, i64>(0) == 0).then_some(())
    });

    let (live, lives) = up(&lab);
    assert!(ours(&lab).1.iter().all(|name| !left.contains(name)), "the start of another has dropped them");
    lab.command(&["startup", "--launches", "1"]).output().unwrap();
    let expected: Vec<_> = {
        let mut all =
            [&lives[..], &["pianoprof_0000000a_template".to_owned(), "pianoprof_0000000b_template".to_owned()]]
                .concat();
        all.sort();
        all
    };
    assert_eq!(ours(&lab).1, expected, "the living run's, the young and the unmarked stay");
    // SAFETY: the program that this test has started.
    assert_eq!(unsafe { libc::kill(i32::try_from(live.id()).unwrap(), libc::SIGINT) }, 0);
    let output = live.wait_with_output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    let dropped = format!("dropped databases that a killed run had left: {}", left.join(", "));
    assert!(words.contains(&dropped), "{words}");
    server.stop().unwrap();
}

#[test]
fn a_server_of_the_users_own_that_begins_anew_voids_the_trial() {
    let (server, _logs, lab) = own();
    it_begins_anew_and_the_trial_is_void(&lab);
    let (_, left) = ours(&lab);
    assert_eq!(left, Vec::<String>::new());
    // A connection that an administrator takes away is no such thing.
    fs::remove_file(lab.at("url")).unwrap();
    let said = lab.run_while(&["load", "--duration", "3s", "--connections", "2", "--json"], |_| {
        url(&lab);
        let (mut client, _) = ours(&lab);
        let taken = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'";
        assert_eq!(client.query(taken, &[]).unwrap().len(), 1);
    });
    let document = said.code(0).json();
    assert!(!Lab::kinds(&document).contains(&"database-restarted"), "{document:#}");
    server.stop().unwrap();
}

#[test]
fn one_statement_more_per_request_is_a_caveat_a_word_on_the_claim_and_a_failed_item() {
    let lab = lab();
    let config = fs::read_to_string(lab.at("pianoprof.toml")).unwrap();
    let side = |name: &str, statements: &str| {
        let command = [SERVER, "--listen", "{host}:{port}", "--statements", statements];
        let env = "env = { DATABASE_URL = \"{database_url}\" }";
        format!("[target.{name}]\ncommand = {command:?}\n{env}\nready = {{ path = \"/ready\", timeout = \"60s\" }}\n")
    };
    let (_, rest) = config.split_once("[request.root]").unwrap();
    let rest = rest.replacen("blocks     = 1", "blocks     = 3", 1).replacen("launches   = 1", "launches = 3", 1);
    let config = format!(
        "[comparison]\nbaseline = \"a\"\ncandidate = \"b\"\n{}{}[request.root]{rest}[load.l]\nconnections = 2\nrequests = \
         1000\n[[claim]]\nmetric = \"l.root.p50\"\nat_least = 0.01\n",
        side("a", "1"),
        side("b", "2")
    );
    fs::write(lab.at("pianoprof.toml"), config).unwrap();
    let document = lab.run(&["run", "--only", "warmup,l", "--json"]).code(1).json();
    if Lab::kinds(&document).contains(&"statements-unknown") {
        return impossible("this PostgreSQL has no pg_stat_statements");
    }
    let said = "l.root: 1.00 statements per request of the baseline, 2.00 of the candidate";
    let caveat = document["caveats"].as_array().unwrap().iter().find(|caveat| caveat["kind"] == "unlike-work");
    assert!(caveat.unwrap()["text"].as_str().unwrap().contains(said), "{document:#}");
    let why = document["claims"][0]["why"].as_str().unwrap();
    assert!(why.contains(&format!("; unlike work in {said}")), "{why}");
    let item = document["checklist"].as_array().unwrap().iter().find(|item| item["item"] == "Same test load profiles");
    let item = item.unwrap();
    assert_eq!(item["passed"], false);
    assert!(item["evidence"].as_str().unwrap().contains(said), "{item}");
}
