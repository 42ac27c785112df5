//! Whether a whole answer is a good one.

use crate::model::load::ErrorKind;
use crate::model::plan::ExpectPlan;

/// Bodies beyond this are not kept for a check, and so cannot pass one that reads them.
pub(super) const KEPT_BODY: usize = 16 << 20;

/// Whether the body's bytes are needed, not only their number.
pub(super) fn reads_body(expect: &ExpectPlan) -> bool {
    expect.contains.is_some() || expect.json.is_some()
}

/// Judges status, length and, where asked, the text or a JSON value; `body` is empty unless [`reads_body`].
pub(super) fn judge(expect: &ExpectPlan, status: u16, length: u64, body: &[u8]) -> Result<(), ErrorKind> {
    let status_good = expect.status.map_or((200..300).contains(&status), |wanted| wanted == status);
    if !status_good {
        return Err(ErrorKind::BadStatus);
    }
    let length_good = expect.length.is_none_or(|wanted| wanted == length);
    if length_good && (!reads_body(expect) || body_good(expect, body)) { Ok(()) } else { Err(ErrorKind::BodyMismatch) }
}

fn body_good(expect: &ExpectPlan, body: &[u8]) -> bool {
    let contains =
        expect.contains.as_ref().is_none_or(|wanted| String::from_utf8_lossy(body).contains(wanted.as_str()));
    contains
        && expect.json.as_ref().is_none_or(|(pointer, wanted)| {
            serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|value| value.pointer(pointer) == Some(wanted))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_the_expectation_counts() {
        let any = ExpectPlan { status: None, length: None, contains: None, json: None };
        let body = br#"{"items":[{"id":7}]}"#;
        let check = |expect: &ExpectPlan, status| judge(expect, status, body.len() as u64, body);
        assert_eq!(check(&any, 204), Ok(()));
        assert_eq!(check(&any, 302), Err(ErrorKind::BadStatus));
        let not_found = ExpectPlan { status: Some(404), ..any.clone() };
        assert_eq!(check(&not_found, 404), Ok(()));
        assert_eq!(check(&not_found, 200), Err(ErrorKind::BadStatus));
        for (expect, good) in [
            (ExpectPlan { length: Some(20), ..any.clone() }, true),
            (ExpectPlan { length: Some(21), ..any.clone() }, false),
            (ExpectPlan { contains: Some("\"id\":7".to_owned()), ..any.clone() }, true),
            (ExpectPlan { contains: Some("\"id\":8".to_owned()), ..any.clone() }, false),
            (ExpectPlan { json: Some(("/items/0/id".to_owned(), 7.into())), ..any.clone() }, true),
            (ExpectPlan { json: Some(("/items/1/id".to_owned(), 7.into())), ..any.clone() }, false),
        ] {
            assert_eq!(check(&expect, 200).is_ok(), good, "{expect:?}");
        }
    }
}
