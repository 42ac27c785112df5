//! Two sides' answers to one corpus, and both against what is right.

use super::corpus::{Corpus, Request};
use super::diff::{ABSENT, Rules, same};
use super::exchange::{Answer, Content, Outcome};
use super::ids::Pairs;
use super::times::Span;
use crate::model::plan::ParityPlan;
use crate::model::record::ParityDifference;

/// Every difference in the corpus's order; also where both sides agree on an answer that is not the right one
/// (then `at` begins with `expected `).
#[must_use]
pub fn compare(plan: &ParityPlan, corpus: &Corpus, baseline: &[Answer], candidate: &[Answer]) -> Vec<ParityDifference> {
    let mut rules = Rules { declared: &plan.rules, pairs: Pairs::default(), spans: [span(baseline), span(candidate)] };
    let mut differences = Vec::new();
    for request in &corpus.requests {
        let find = |answers: &[Answer]| answers.iter().find(|answer| answer.request == request.name).cloned();
        let mut found = match (find(baseline), find(candidate)) {
            (Some(one), Some(other)) => outcomes(&mut rules, request, &one.outcome, &other.outcome),
            (one, other) => {
                let shown = |answer: Option<Answer>| if answer.is_some() { "an answer" } else { ABSENT }.to_owned();
                vec![("answer".to_owned(), shown(one), shown(other))]
            }
        };
        let allowed = plan.allow.contains(&request.name);
        differences.extend(found.drain(..).map(|(at, baseline, candidate)| ParityDifference {
            request: request.name.clone(),
            at,
            baseline,
            candidate,
            allowed,
        }));
    }
    differences
}

fn span(answers: &[Answer]) -> Span {
    let from = answers.first().map_or(jiff::Timestamp::UNIX_EPOCH, |answer| answer.sent);
    Span { from, to: answers.last().map_or(from, |answer| answer.ended) }
}

type Found = (String, String, String);

fn outcomes(rules: &mut Rules, request: &Request, one: &Outcome, other: &Outcome) -> Vec<Found> {
    let (
        Outcome::Answered { status, media_type, allow, content, bytes },
        Outcome::Answered {
            status: other_status,
            media_type: other_media,
            allow: other_allow,
            content: other_content,
            bytes: other_bytes,
        },
    ) = (one, other)
    else {
        return vec![("answer".to_owned(), brief(one), brief(other))];
    };
    let mut found = Vec::new();
    if status != other_status {
        let shown = |status: u16| {
            if request.expect.takes(status) { status.to_string() } else { wrong_status(request, status) }
        };
        found.push(("status".to_owned(), shown(*status), shown(*other_status)));
    }
    if media_type != other_media {
        let shown = |media: &Option<String>| media.clone().unwrap_or_else(|| ABSENT.to_owned());
        found.push(("header content-type".to_owned(), shown(media_type), shown(other_media)));
    }
    if allow != other_allow {
        let shown = |allow: &Option<std::collections::BTreeSet<String>>| {
            allow.as_ref().map_or_else(|| ABSENT.to_owned(), |set| set.iter().cloned().collect::<Vec<_>>().join(", "))
        };
        found.push(("header allow".to_owned(), shown(allow), shown(other_allow)));
    }
    match (content, other_content) {
        (Content::Json(one), Content::Json(other)) => found.extend(rules.differences(one, other)),
        (one, other) if one == other => {}
        (one, other) => found.push(("body".to_owned(), body(one), body(other))),
    }
    for (at, one, other) in expected(request, [(*status, content, bytes), (*other_status, other_content, other_bytes)])
    {
        if found.iter().all(|(seen, ..)| *seen != at) {
            found.push((format!("expected {at}"), one, other));
        }
    }
    found
}

fn wrong_status(request: &Request, status: u16) -> String {
    format!("{status} ({} is right)", request.expect.status_in_words())
}

/// One side's status, body and the body's bytes.
type Side<'answer> = (u16, &'answer Content, &'answer [u8]);

/// Where an answer is not the right one, whether or not the sides agree.
fn expected(request: &Request, sides: [Side<'_>; 2]) -> Vec<Found> {
    let expect = &request.expect;
    let mut found = Vec::new();
    let mut note = |at: &str, [one, other]: [String; 2]| found.push((at.to_owned(), one, other));
    if sides.iter().any(|(status, ..)| !expect.takes(*status)) {
        note("status", sides.map(|(status, ..)| wrong_status(request, status)));
    }
    if let Some(right) = expect.length
        && sides.iter().any(|(.., bytes)| bytes.len() as u64 != right)
    {
        note("length", sides.map(|(.., bytes)| format!("{} bytes ({right} is right)", bytes.len())));
    }
    if let Some(right) = &expect.contains {
        let has = sides.map(|(.., bytes)| String::from_utf8_lossy(bytes).contains(right.as_str()));
        if has != [true, true] {
            note("text", has.map(|has| if has { right.clone() } else { format!("no `{right}` in the body") }));
        }
    }
    let code = expect.code.iter().map(|code| ("/error/code", serde_json::Value::from(code.as_str())));
    let values = expect.json.iter().map(|(at, value)| (at.as_str(), value.clone()));
    for (at, value) in code.chain(values) {
        let stands = sides.map(|(_, content, _)| match content {
            Content::Json(json) => json.pointer(at).cloned(),
            _ => None,
        });
        if stands.iter().any(|stands| !stands.as_ref().is_some_and(|stands| same(stands, &value))) {
            note(
                at,
                stands.map(|stands| {
                    let stands = stands.map_or_else(|| ABSENT.to_owned(), |stands| stands.to_string());
                    format!("{stands} ({value} is right)")
                }),
            );
        }
    }
    found
}

fn brief(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answered { status, .. } => format!("status {status}"),
        Outcome::Failed(why) => why.clone(),
    }
}

/// A body's beginning; bodies that are no JSON can be whole pages.
fn body(content: &Content) -> String {
    match content {
        Content::Empty => "(empty)".to_owned(),
        Content::Json(value) => value.to_string().chars().take(200).collect(),
        Content::Text(text) => text.chars().take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::model::plan::{ParityCompare, ParityRule};

    fn corpus() -> Corpus {
        let file = json!({"requests": [
            {"name": "a", "path": "/a", "expect": {"status": 200, "json": {"/n": 1}}},
            {"name": "b", "path": "/b", "expect": {"status": 404, "code": "not_found"}},
        ]});
        Corpus::from_json(&file, &[]).unwrap()
    }

    fn plan(allow: &[&str]) -> ParityPlan {
        let rules = vec![ParityRule { key: "message".to_owned(), compare: ParityCompare::Type }];
        ParityPlan { corpus: "c".into(), rules, allow: allow.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn answer(request: &str, status: u16, json: Value) -> Answer {
        let moment = jiff::Timestamp::UNIX_EPOCH;
        let media_type = Some("application/json".to_owned());
        let bytes = json.to_string().into_bytes();
        let outcome = Outcome::Answered { status, media_type, allow: None, content: Content::Json(json), bytes };
        Answer { request: request.to_owned(), sent: moment, ended: moment, outcome }
    }

    fn right() -> Vec<Answer> {
        let error = json!({"error": {"code": "not_found", "message": "none"}});
        vec![answer("a", 200, json!({"n": 1})), answer("b", 404, error)]
    }

    fn texts(allow: &[&str], one: &[Answer], other: &[Answer]) -> Vec<String> {
        compare(&plan(allow), &corpus(), one, other)
            .into_iter()
            .map(|d| {
                format!(
                    "{} {}: {} | {}{}",
                    d.request,
                    d.at,
                    d.baseline,
                    d.candidate,
                    if d.allowed { " ok" } else { "" }
                )
            })
            .collect()
    }

    #[test]
    fn right_answers_have_no_difference() {
        let mut other = right();
        other[1] = answer("b", 404, json!({"error": {"message": "no such thing", "code": "not_found"}}));
        assert!(texts(&[], &right(), &other).is_empty());
    }

    #[test]
    fn agreeing_on_a_wrong_answer_is_seen() {
        let wrong =
            vec![answer("a", 201, json!({"n": 2})), answer("b", 404, json!({"error": {"code": "x", "message": ""}}))];
        assert_eq!(
            texts(&["b"], &wrong, &wrong),
            [
                "a expected status: 201 (200 is right) | 201 (200 is right)",
                "a expected /n: 2 (1 is right) | 2 (1 is right)",
                "b expected /error/code: \"x\" (\"not_found\" is right) | \"x\" (\"not_found\" is right) ok",
            ]
        );
    }

    #[test]
    fn one_wrong_side_is_named_once() {
        let mut other = right();
        other[0] = answer("a", 500, json!({"n": 1}));
        assert_eq!(texts(&[], &right(), &other), ["a status: 200 | 500 (200 is right)"]);
        assert_eq!(texts(&[], &other, &right()), ["a status: 500 (200 is right) | 200"]);
    }

    #[test]
    fn length_and_text_are_held_against_both_sides() {
        let mut corpus = corpus();
        corpus.requests.truncate(1);
        corpus.requests[0].expect.length = Some(7);
        corpus.requests[0].expect.contains = Some("\"n\"".to_owned());
        let seen = |one: &[Answer]| compare(&plan(&[]), &corpus, one, one);
        assert!(seen(&[answer("a", 200, json!({"n": 1}))]).is_empty());
        let wrong = seen(&[answer("a", 200, json!({"m": 1, "n": 1}))]);
        let texts: Vec<String> = wrong.iter().map(|d| format!("{}: {}", d.at, d.baseline)).collect();
        assert_eq!(texts, ["expected length: 13 bytes (7 is right)"]);
        corpus.requests[0].expect.contains = Some("zz".to_owned());
        let wrong = compare(&plan(&[]), &corpus, &right()[..1], &right()[..1]);
        assert_eq!(wrong[0].at, "expected text");
        assert_eq!(wrong[0].candidate, "no `zz` in the body");
    }

    #[test]
    fn headers_bodies_and_missing_answers_are_compared() {
        let mut other = right();
        let Outcome::Answered { media_type, allow, content, .. } = &mut other[0].outcome else { unreachable!() };
        *media_type = None;
        *allow = Some(BTreeSet::from(["GET".to_owned()]));
        *content = Content::Empty;
        other.pop();
        assert_eq!(
            texts(&[], &right(), &other),
            [
                "a header content-type: application/json | (absent)",
                "a header allow: (absent) | GET",
                "a body: {\"n\":1} | (empty)",
                "a expected /n: 1 (1 is right) | (absent) (1 is right)",
                "b answer: an answer | (absent)",
            ]
        );
        let mut failed = right();
        failed[0].outcome = Outcome::Failed("connection reset".to_owned());
        assert_eq!(texts(&[], &right(), &failed), ["a answer: status 200 | connection reset"]);
        assert_eq!(texts(&[], &failed, &failed).len(), 1, "no answer is no right answer");
    }
}
