//! What may stand in the head of a request.

/// Whether the text is a token (RFC 9110, 5.6.2), as methods and header names are.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether the text can be sent as a header's value (RFC 9110, 5.5): no line end and no other control character.
#[must_use]
pub fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_parts_are_checked() {
        assert!(is_token("X-Token") && !is_token("X Token") && !is_token("") && !is_token("a:"));
        assert!(is_header_value("Bearer\tx é") && is_header_value("") && !is_header_value("a\r\nb"));
        assert!(!is_header_value("a\u{7f}"));
    }
}
