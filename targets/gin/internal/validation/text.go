package validation

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Every escape is a backslash and one character, or six bytes with the code unit in the last four.
const unitEscapeLength = len(`\u0000`)

// decodeText reads a JSON string that PostgreSQL can keep and UTF-8 can show: no U+0000, no lone surrogates.
func decodeText(raw json.RawMessage) (string, bool) {
	var text *string
	if len(raw) == 0 || json.Unmarshal(raw, &text) != nil || text == nil {
		return "", false
	}
	if strings.ContainsRune(*text, 0) || hasLoneSurrogate(string(raw)) {
		return "", false
	}
	return *text, true
}

// hasLoneSurrogate looks for an escaped half of a pair without its other half, in a literal that the decoder has accepted.
// The decoder puts U+FFFD in its place, which afterwards cannot be told from a U+FFFD that was meant.
func hasLoneSurrogate(literal string) bool {
	for {
		start := strings.IndexByte(literal, '\\')
		if start < 0 {
			return false
		}
		literal = literal[start:]
		unit, ok := codeUnit(literal)
		if !ok {
			literal = literal[len(`\n`):]
			continue
		}
		literal = literal[unitEscapeLength:]
		if !utf16.IsSurrogate(unit) {
			continue
		}
		low, ok := codeUnit(literal)
		if !ok || utf16.DecodeRune(unit, low) == '\uFFFD' {
			return true
		}
		literal = literal[unitEscapeLength:]
	}
}

// codeUnit reads the UTF-16 code unit that the text starts with an escape of, if it does.
func codeUnit(text string) (rune, bool) {
	if !strings.HasPrefix(text, `\u`) {
		return 0, false
	}
	unit, err := strconv.ParseUint(text[len(`\u`):unitEscapeLength], 16, 16)
	return rune(unit), err == nil
}
