//! The private PostgreSQL server and its databases, from start to nothing left, as whoever runs the tests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use pianoprof::database::{self, Database, Error};
use pianoprof::interrupt::Interrupt;
use pianoprof::model::plan::DatabasePlan;
use pianoprof::model::secret::Secret;
use postgres::NoTls;

/// A folder with `pianoprof` and the Piano fixtures that another account can reach; set for the test that becomes one.
const ELSEWHERE: &str = "PIANOPROF_TEST_ELSEWHERE";

fn program() -> PathBuf {
    std::env::var_os(ELSEWHERE)
        .map_or_else(|| env!("CARGO_BIN_EXE_pianoprof").into(), |folder| Path::new(&folder).join("pianoprof"))
}

fn fixtures() -> PathBuf {
    std::env::var_os(ELSEWHERE)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/piano"), PathBuf::from)
}

/// The Piano schema and seed at a small scale.
fn plan(scale: f64) -> DatabasePlan {
    let fixtures = fixtures();
    DatabasePlan {
        url: None,
        schema: vec![fixtures.join("schema.sql")],
        seed: vec![fixtures.join("seed.sql")],
        scale,
        seed_number: 1,
        statements: true,
    }
}

/// The same with the seed replaced by that text.
fn seeded_by(folder: &Path, sql: &str) -> DatabasePlan {
    let file = folder.join("own.sql");
    fs::write(&file, sql).unwrap();
    DatabasePlan { seed: vec![file], ..plan(0.01) }
}

fn start(plan: &DatabasePlan, logs: &Path) -> Database {
    database::start(&program(), plan, logs, &Interrupt::new()).unwrap()
}

/// The folder that the server of that pid lives in.
fn home(pid: u32) -> PathBuf {
    fs::read_link(format!("/proc/{pid}/cwd")).unwrap().parent().unwrap().to_path_buf()
}

fn execute(url: &Secret, sql: &str) {
    postgres::Client::connect(url.reveal(), NoTls).unwrap().batch_execute(sql).unwrap();
}

#[test]
fn copies_are_alike_until_a_row_changes() {
    let logs = tempfile::tempdir().unwrap();
    let mut database = start(&plan(0.01), logs.path());
    let pid = database.pid().unwrap();
    let home = home(pid);
    let seeded = database.prepare(&Interrupt::new()).unwrap();

    // The same on every machine: this is what the shipped seed gives at scale 0.01, seed 1.
    assert_eq!(seeded, SEEDED);
    let one = database.copy("one").unwrap();
    let two = database.copy("two").unwrap();
    assert_eq!(database.fingerprint("one").unwrap(), seeded);
    assert_eq!(database.fingerprint(&two.name).unwrap(), seeded);
    assert_eq!(database.rows("one", "piano_attempts").unwrap(), 1000);
    assert!(matches!(database.rows("one", "nowhere"), Err(Error::NoTable { .. })));
    assert!(matches!(database.copy("one"), Err(Error::Name { .. })));

    execute(&one.url, "UPDATE piano_attempts SET is_correct = NOT is_correct WHERE id = 500");
    assert_ne!(database.fingerprint("one").unwrap(), seeded);
    execute(&one.url, "UPDATE piano_attempts SET is_correct = NOT is_correct WHERE id = 500");
    assert_eq!(database.fingerprint("one").unwrap(), seeded, "the physical order of rows counts");
    execute(&two.url, "SELECT nextval(pg_get_serial_sequence('users', 'id'))");
    assert_ne!(database.fingerprint("two").unwrap(), seeded);
    execute(&one.url, "DROP INDEX piano_exercises_difficulty_id");
    assert_ne!(database.fingerprint("one").unwrap(), seeded);

    // Tables are compared without the columns that are times.
    let digests = database.tables_digest("two", &["updated_at"]).unwrap();
    execute(&two.url, "UPDATE piano_progress SET updated_at = now()");
    assert_eq!(database.tables_digest("two", &["updated_at"]).unwrap(), digests);
    assert_ne!(database.tables_digest("two", &[]).unwrap(), digests);
    assert_eq!(digests.len(), 4);
    assert!(digests["public.piano_attempts"].starts_with("1000 "));

    // A copy can be dropped while somebody is connected to it.
    let client = postgres::Client::connect(one.url.reveal(), NoTls).unwrap();
    database.drop_copy("one").unwrap();
    database.copy("one").unwrap();
    drop(client);
    assert!(database.connections_free().unwrap() > 80);
    let facts = database.facts();
    assert!(facts.version.starts_with("15."), "{facts:?}");
    assert!(facts.source.starts_with("private: /"), "{facts:?}");
    assert_eq!((facts.settings["autovacuum"].as_str(), facts.settings["fsync"].as_str()), ("off", "on"));

    database.stop().unwrap();
    assert!(!home.exists(), "the server's folder is left: {}", home.display());
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
    let log = fs::read_to_string(logs.path().join("postgres.log")).unwrap();
    assert!(log.contains("ready to accept connections"), "{log}");
    let password = one.url.reveal().split([':', '@']).nth(2).unwrap().to_owned();
    assert!(password.len() == 32 && !log.contains(&password));
}

/// The fingerprint of the shipped schema and seed at scale 0.01 and seed 1.
const SEEDED: &str = "sha256:ac3846fd4879b57b7ff375b83f9789f494e2ee0312fbadb8542457a3b1a227c6";

#[test]
fn scale_and_seed_change_the_fingerprint_and_a_second_server_does_not() {
    let logs = tempfile::tempdir().unwrap();
    let fingerprint = |plan: &DatabasePlan| start(plan, logs.path()).prepare(&Interrupt::new()).unwrap();
    assert_eq!(fingerprint(&plan(0.01)), SEEDED);
    assert_ne!(fingerprint(&plan(0.02)), SEEDED);
    assert_ne!(fingerprint(&DatabasePlan { seed_number: 2, ..plan(0.01) }), SEEDED);
}

#[test]
fn an_ordinary_user_can_do_it_too() {
    use std::os::unix::process::CommandExt;
    if !nix::unistd::Uid::effective().is_root() {
        // Then every other test of this file has just shown it.
        return;
    }
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let copy = |from: &Path, name: &str| fs::copy(from, folder.path().join(name)).unwrap();
    copy(&program(), "pianoprof");
    copy(&std::env::current_exe().unwrap(), "test");
    for file in ["schema.sql", "seed.sql"] {
        copy(&fixtures().join(file), file);
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let output = std::process::Command::new(folder.path().join("test"))
        .args(["--exact", "copies_are_alike_until_a_row_changes"])
        .env(ELSEWHERE, folder.path())
        .env("TMPDIR", folder.path())
        .current_dir(folder.path())
        .uid(65534)
        .gid(65534)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

#[test]
fn a_set_interrupt_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let interrupt = Interrupt::new();
    interrupt.set(2);
    let started = database::start(&program(), &plan(0.01), folder.path(), &interrupt);
    assert!(matches!(started.err(), Some(Error::Interrupted { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_interrupted_start_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let interrupt = Interrupt::new();
    let log = folder.path().join("postgres.log");
    let started = std::thread::scope(|scope| {
        // The log is made when the guardian is about to start initdb.
        scope.spawn(|| {
            while !log.exists() {
                std::thread::yield_now();
            }
            interrupt.set(2);
        });
        database::start(&program(), &plan(0.01), folder.path(), &interrupt)
    });
    assert!(matches!(started.err(), Some(Error::Interrupted { .. })));
    let alive = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .any(|process| fs::read_link(process.path().join("fd/1")).is_ok_and(|file| file == log));
    assert!(!alive, "a process of the server lives");
}

#[test]
fn errors_of_a_file_have_its_line() {
    let folder = tempfile::tempdir().unwrap();
    for (sql, line, words) in [
        ("SELECT 1;\nDO $$ BEGIN\n  NULL; END $$;\n\nSELEKT 2;\n", Some(5), "syntax error at or near \"SELEKT\""),
        ("SELECT 1;\n\\copy users FROM 'x'\n", Some(2), "backslash"),
        ("INSERT INTO users (name, token)\nVALUES ('a', 't'), ('b', 't');", None, "Key (token)=(t) already exists"),
    ] {
        let mut database = start(&seeded_by(folder.path(), sql), folder.path());
        let error = database.prepare(&Interrupt::new()).unwrap_err();
        let Error::Sql { file, line: found, message } = &error else { panic!("{error:?}") };
        assert_eq!((file.file_name().unwrap().to_str(), *found), (Some("own.sql"), line));
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn an_interrupt_cancels_the_seed_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let plan = seeded_by(folder.path(), "INSERT INTO users (name, token) VALUES ('a', 'b');\nSELECT pg_sleep(3600);");
    let mut database = start(&plan, folder.path());
    let home = home(database.pid().unwrap());
    let interrupt = Interrupt::new();
    let other = interrupt.clone();
    let thread = std::thread::spawn(move || {
        assert!(other.clone().sleep(std::time::Duration::from_millis(300)));
        other.set(2);
    });
    assert!(matches!(database.prepare(&interrupt), Err(Error::Interrupted { .. })));
    thread.join().unwrap();
    drop(database);
    assert!(!home.exists());
}

#[test]
fn a_server_that_is_killed_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = start(&plan(0.01), folder.path());
    database.prepare(&Interrupt::new()).unwrap();
    let pid = nix::unistd::Pid::from_raw(database.pid().unwrap().try_into().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGQUIT).unwrap();
    let error = loop {
        if let Err(error) = database.copy("one") {
            break error;
        }
        database.drop_copy("one").unwrap();
    };
    assert!(matches!(error, Error::ServerDied { .. } | Error::Connect { .. }), "{error:?}");
    let error = loop {
        match database.rows("one", "users") {
            Err(Error::Connect { .. }) => {}
            other => break other.unwrap_err(),
        }
    };
    let Error::ServerDied { log, .. } = &error else { panic!("{error:?}") };
    assert!(log.contains("immediate shutdown"), "{log}");
}

#[test]
fn on_a_server_of_the_users_own_only_our_databases_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = start(&seeded_by(folder.path(), "CREATE ROLE plain LOGIN PASSWORD 'x'"), folder.path());
    owner.prepare(&Interrupt::new()).unwrap();
    let theirs = owner.copy("theirs").unwrap();
    let names = |url: &Secret| -> Vec<String> {
        let mut client = postgres::Client::connect(url.reveal(), NoTls).unwrap();
        client.query("SELECT datname FROM pg_database ORDER BY 1", &[]).unwrap().iter().map(|row| row.get(0)).collect()
    };
    let before = names(&theirs.url);

    let own = DatabasePlan { url: Some(theirs.url.clone()), ..plan(0.01) };
    let mut database = start(&own, folder.path());
    assert_eq!(database.prepare(&Interrupt::new()).unwrap(), SEEDED);
    let copy = database.copy("one").unwrap();
    assert!(copy.name.starts_with("pianoprof_") && copy.name.ends_with("_one"), "{}", copy.name);
    assert_eq!(database.fingerprint("one").unwrap(), SEEDED);
    assert_eq!(database.rows(&copy.name, "users").unwrap(), 10);
    assert_eq!((database.pid(), database.facts().source.as_str()), (None, "url"));
    // What counts statements is the owner's to create; without it everything else works.
    let facts = database.facts();
    assert!(facts.statements_unknown.is_some_and(|why| why.contains("was not created in database theirs")));
    assert_eq!(database.work("one").unwrap(), None);
    assert_eq!(names(&theirs.url).len(), before.len() + 2);
    drop(database);
    assert_eq!(names(&theirs.url), before);
    if owner.facts().statements_unknown.is_none() {
        execute(&theirs.url, "CREATE SCHEMA \"Odd\"; CREATE EXTENSION pg_stat_statements SCHEMA \"Odd\"");
        let counting = start(&own, folder.path());
        assert_eq!(counting.facts().statements_unknown, None);
        drop(counting);
    }

    let mut url = url::Url::parse(theirs.url.reveal()).unwrap();
    url.set_username("plain").unwrap();
    url.set_password(Some("x")).unwrap();
    let plain = DatabasePlan { url: Some(Secret::new(url)), ..plan(0.01) };
    let mut database = start(&plain, folder.path());
    assert!(matches!(database.prepare(&Interrupt::new()), Err(Error::Privilege(_))));
    drop(database);
    owner.stop().unwrap();
}

#[test]
fn statements_are_counted_for_each_copy_alone() {
    let logs = tempfile::tempdir().unwrap();
    let mut database = start(&plan(0.01), logs.path());
    if let Some(why) = database.facts().statements_unknown {
        // A package of the server's programs alone has no extension, and says so.
        assert!(why.contains("pg_stat_statements"), "{why}");
        return;
    }
    assert_eq!(database.facts().settings["shared_preload_libraries"], "pg_stat_statements");
    database.prepare(&Interrupt::new()).unwrap();
    let (one, two) = (database.copy("one").unwrap(), database.copy("two").unwrap());
    let before = [database.work("one").unwrap().unwrap(), database.work(&two.name).unwrap().unwrap()];
    let mut client = postgres::Client::connect(one.url.reveal(), NoTls).unwrap();
    for _ in 0..3 {
        client.simple_query("SELECT id FROM piano_attempts ORDER BY id LIMIT 7").unwrap();
    }
    let [of_one, of_two] = [("one", before[0]), ("two", before[1])]
        .map(|(name, before)| database.work(name).unwrap().unwrap().since(before).unwrap());
    assert_eq!((of_one.statements, of_one.rows), (3, 21));
    assert!(of_one.buffers_hit + of_one.buffers_read >= 3, "{of_one:?}");
    assert_eq!(of_two, pianoprof::model::record::DatabaseWork::default());
    database.stop().unwrap();

    let mut off = start(&DatabasePlan { statements: false, ..plan(0.01) }, logs.path());
    assert_eq!(off.facts().settings["shared_preload_libraries"], "");
    assert!(off.facts().statements_unknown.unwrap().contains("statements = false"));
    off.prepare(&Interrupt::new()).unwrap();
    off.copy("one").unwrap();
    assert_eq!(off.work("one").unwrap(), None);
}
