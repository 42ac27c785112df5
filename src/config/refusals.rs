//! Wrong configs and what is said of them.

use proptest::prelude::*;

use super::tests::{SHIPPED, read};
use super::*;

/// What is said of a text, in full.
fn said(text: &str) -> String {
    read(text).expect_err("the text is wrong").render(false)
}

#[test]
fn all_errors_of_a_file_are_shown_at_once() {
    insta::assert_snapshot!(said(include_str!("../../fixtures/config/many_errors.toml")));
}

/// One target and whatever else, with the one sentence that must be said of it.
#[test]
fn contradictions_are_named() {
    let target = "[target.a]\ncommand = ['x', '{port}']\n";
    for (more, sentence) in [
        ("[[claim]]\nmetric = 'idle.rss'\nat_least = 2", "a ratio needs a [comparison]"),
        ("[[claim]]\nmetric = 'idle.rss'\nvalue_at_most = 2\ntarget = 'b'", "unknown target `b`"),
        (
            "[[claim]]\nmetric = 'latency.root.database_cpu_per_request'\nvalue_at_most = 2\ntarget = 'a'",
            "needs a [database]",
        ),
        (
            "[[claim]]\nmetric = 'latency.root.p50'\nvalue_at_most = 2\ntarget = 'a'\n[run]\nphases = ['idle']",
            "the phase `latency`",
        ),
        (
            "[[claim]]\nmetric = 'latency.root.p51'\nvalue_at_most = 2\ntarget = 'a'",
            "unknown metric `latency.root.p51`",
        ),
        (
            "[[claim]]\nmetric = 'latency.root.sent_rate'\nvalue_at_most = 2\ntarget = 'a'",
            "`latency.root.sent_rate` is a figure of open loops",
        ),
        (
            "[request.root]\npath = '/'\n[request.list]\npath = '/l'\n[load.m]\nduration = '1s'\nmix = { root = 1, list = 1 }\n\
             [[claim]]\nmetric = 'm.root.cpu'\nvalue_at_most = 2\ntarget = 'a'",
            "claim `m.all.cpu`",
        ),
        ("[[claim]]\nmetric = 'handler.root.time'\nvalue_at_most = 2\ntarget = 'a'", "unknown metric"),
        ("[comparison]\nbaseline = 'a'\ncandidate = 'a'", "the same target"),
        ("[target.b]\nbase = 'a'\nready = { log = 'up', path = '/' }", "`path` beside `log`"),
        ("[target.b]\nbase = 'a'\nready = { tcp = true, log = 'up' }", "`log` beside `tcp`"),
        (
            "[target.b]\nbase = 'a'\nready = { log = 'up', status = 200 }",
            "`status` beside `log`, which asks for no answer",
        ),
        ("[target.b]\nbase = 'a'\nready = { tcp = true, status = 200 }", "`status` beside `tcp`"),
        ("[target.b]\nbase = 'a'\nready = { tcp = false }", "`tcp` can only be true"),
        ("[target.b]\nbase = 'a'\nready = { log = 'up (on' }", "no regular expression: unclosed group"),
        ("[target.b]\nbase = 'a'\nready = { log = 'x*' }", "matches an empty line too"),
        ("[target.b]\ncommand = ['x', '{prot}']\nready = { log = 'up' }", "did you mean `{port}` instead of `{prot}`?"),
        ("[target.b]\ncommand = ['x']\nready = { tcp = true }", "nothing tells `b` its port"),
        ("[target.b]\nbase = 'none'", "unknown target `none`"),
        ("[target.b]\nbase = 'b'", "the bases go round in a circle: `b`, `b`"),
        ("[target.b]\nbase = 'c'\n[target.c]\nbase = 'b'", "the bases go round in a circle: `b`, `c`, `b`"),
        ("[target.b]\ndir = '/'", "`command` is required"),
        ("[comparison]\nbaseline = 'a'\ncandidate = 'b'\nrivals = ['d']\n[target.b]\nbase = 'a'", "unknown target `d`"),
        (
            "[comparison]\nbaseline = 'a'\ncandidate = 'b'\nrivals = ['b']\n[target.b]\nbase = 'a'",
            "`b` is the candidate already",
        ),
        (
            "[comparison]\nbaseline = 'a'\ncandidate = 'b'\nrivals = ['c', 'c']\n[target.b]\nbase = 'a'\n[target.c]\nbase = 'a'",
            "`c` is named twice",
        ),
        ("[schedule]\nblocks = 3", "did you mean `run`?"),
        ("[run]\nphases = []", "at least one phase"),
        ("[run]\nblocks = 4\nlooks = [5, 10]", "the last look is at 10 blocks"),
        ("[load.a]\nrate = 1\ncommon_rate = 0.5\nduration = '1s'", "exclude each other"),
        ("[load.a]\nutilisation = [0.4, 0.2]\nduration = '1s'", "shares in whole percent"),
        ("[load.a]\nutilisation = [0.2]\nrate = 9\nduration = '1s'", "exclude each other"),
        ("[load.a]\nrepeat = 3\nduration = '1s'", "is not repeated"),
        ("[load.a]\ngaps = 'exponential'\nduration = '1s'", "a closed loop has no rate"),
        ("[load.a]\nduration = '1s'\nsend = ['root']\nmix = { root = 1 }", "`send` and `mix` exclude"),
        ("[load.a]\nduration = '1s'\nsend = []", "names no request"),
        ("[load.a]\nduration = '1s'\nmix = { other = 1 }", "unknown request `other`"),
        ("[load.a]\nduration = '1s'\nrate = nan", "a finite number above 0"),
        ("[load.a]\nduration = '8d'", "`8d` is no duration"),
        ("[load.handler]\nduration = '1s'", "the name is taken"),
        ("[request.b]\npath = '/'\nbody = 'a'\njson = 1", "`body` and `json` exclude"),
        ("[request.b]\npath = '/'\nbody = '{int:x}'", "is no range of integers"),
        ("[request.b]\npath = '/'\nheaders = { A = 'b\u{7}' }", "a header's value holds no"),
        ("[database]\n[request.b]\npath = '/'\ninserts = 'a; drop table b'", "no name of a table"),
        ("[database]\nurl = 'host=db'", "no URL of a PostgreSQL server"),
        ("[database]\nurl = '$NONE'", "no variable `NONE`"),
        ("[database]\nurl_env = 'NONE'", "no variable `NONE`"),
        ("[database]\nurl_env = 'PIANO_URL'\nurl = '$PIANO_URL'", "exclude each other"),
        ("[database]\nscale = -1", "a finite number above 0"),
        ("[database]\nschema = '/'", "not a file"),
        ("[database]\nseed = ['/none.sql']", "cannot read it"),
        (
            "[parity]\ncorpus = '/dev/null/x'\nrules = [{ key = 'a', compare = 'id' }, { key = 'a', compare = 'time' }]",
            "a rule already",
        ),
    ] {
        // A control character is a syntax error in TOML, so it is written as an escape there.
        let text = format!("{target}{}\n", more.replace("'b\u{7}'", "\"b\\u0007\""));
        let said = said(&text);
        assert!(said.contains(sentence), "{text}\n{said}");
    }
    assert!(said("").contains("`target` is required"));
    assert!(said("[target]").contains("there is no target"));
}

/// Each text has one mistake, and what is right but for it is not said to be wrong.
#[test]
fn one_mistake_is_one_error() {
    const CLAIM: &str = "[[claim]]\nmetric = 'm.root.p50'\nat_least = 2\n";
    let whole = |from: &str, to: &str| {
        let text = "[comparison]\nbaseline = 'a'\ncandidate = 'b'\n[target.a]\ncommand = ['x', '{port}']\n[target.b]\ncommand = \
                    ['x', '{port}']\n[request.root]\npath = '/'\n[request.list]\npath = '/l'\n[load.m]\nduration = '1s'\nmix = { root = 1, list = 1 \
                    }\n[run]\nphases = ['startup', 'm']\n"
            .to_owned()
            + CLAIM;
        assert!(read(&text).is_ok());
        text.replacen(from, to, 1)
    };
    for (from, to, word) in [
        ("list = 1", "lst = 1", "unknown request `lst`"),
        ("root = 1", "rot = 1", "unknown request `rot`"),
        ("[comparison]", "[comparision]", "unknown key `comparision`"),
        ("[load.m]", "[laod.m]", "unknown key `laod`"),
        ("command = ", "comand = ", "unknown key `comand`"),
        ("path = '/'", "pth = '/'", "unknown key `pth`"),
        ("at_least", "at_lest", "unknown key `at_lest`"),
        ("metric", "metrc", "unknown key `metrc`"),
        ("['startup', 'm']", "['startup', 'n']", "unknown phase `n`"),
        ("phases", "phasess", "unknown key `phasess`"),
    ] {
        let said = said(&whole(from, to));
        assert!(said.contains(word), "{said}");
        assert_eq!(said.matches(" --> ").count(), 1, "{to}\n{said}");
    }
    for (table, wrong) in [("[request.", "[reqest."), ("[target.", "[targt.")] {
        let said = said(&whole("", "").replace(table, wrong));
        assert_eq!(said.matches(" --> ").count(), 1, "{said}");
    }
    let more = whole("list = 1", "lst = 1") + "[[claim]]\nmetric = 'startup.frist_ok'\nat_least = 2\n";
    assert_eq!(said(&more).matches(" --> ").count(), 2, "another mistake is still said");
}

#[test]
fn syntax_errors_are_shown_with_their_lines() {
    insta::assert_snapshot!(said(
        "[target.a]\ncommand = ['x', '{port}']\n[target.a]\n\n[run]\nblocks = = 3\nlaunches = \nseed = 1\nseed = 2\n"
    ));
}

#[test]
fn an_open_bracket_is_one_error() {
    insta::assert_snapshot!(said(
        "[target.a]\ncommand = ['x', '{port}'\nready = { path = '/' }\n\n[run]\nblocks = 3\n"
    ));
}

#[test]
fn secrets_are_not_quoted_in_errors() {
    let said = said(
        "[target.a]\ncommand = ['x']\nenv = { 'A=B' = 'hush', C = \"hush\\u0000\" }\n[database]\nurl = 'mysql://root:hush@h'\n[request.a]\npath = '/'\nheaders = { A = ' hush', B = 'hush{int:}' }\n",
    );
    assert!(!said.contains("hush"), "{said}");
    assert!(said.contains("'*") || said.contains("***"), "{said}");
}

#[test]
fn colours_are_only_added() {
    let error = read("x = 1").unwrap_err();
    let plain = error.render(true).replace("\x1b[1m", "").replace("\x1b[31m", "").replace("\x1b[0m", "");
    assert_eq!(plain, error.render(false));
    assert!(error.render(true).contains("\x1b[31m"));
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Err(error) = read(&String::from_utf8_lossy(&bytes)) {
            prop_assert!(error.render(true).contains(FILE_NAME));
        }
    }

    #[test]
    fn no_mutation_of_a_config_breaks_the_reader(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[\\PC\\n]{0,6}|\\[|\\]|\"|-1|nan|0|\\{int:|\\}"), 1..6),
    ) {
        let mut characters: Vec<char> = SHIPPED.chars().collect();
        for (place, length, text) in edits {
            let start = place.index(characters.len().max(1)).min(characters.len());
            let end = (start + length).min(characters.len());
            characters.splice(start..end, text.chars());
        }
        if let Err(error) = read(&characters.into_iter().collect::<String>()) {
            prop_assert!(error.render(false).contains(FILE_NAME));
        }
    }
}
