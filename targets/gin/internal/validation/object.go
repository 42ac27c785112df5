package validation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"piano/internal/apierror"
)

// object reads the members of a JSON object one by one and remembers the first that was wrong. A map has the contract's
// idea of members where a struct has not: names are compared exactly, and the last of several wins.
type object struct {
	members map[string]json.RawMessage
	err     error
}

// parseObject reads a body that must be one JSON object and nothing else.
func parseObject(body []byte) *object {
	// encoding/json replaces invalid UTF-8 without a word.
	if !utf8.Valid(body) {
		return &object{err: apierror.Invalid("the body is not valid UTF-8")}
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return &object{err: apierror.Invalid("the body must be one JSON object")}
	}
	return &object{members: members}
}

func (o *object) refuse(name, wanted string) {
	if o.err == nil {
		o.err = apierror.Invalid(fmt.Sprintf("%s must be %s", name, wanted))
	}
}

// text reads a string of shortest to longest characters.
func (o *object) text(name string, shortest, longest int) string {
	text, ok := decodeText(o.members[name])
	if length := utf8.RuneCountInString(text); !ok || length < shortest || length > longest {
		o.refuse(name, fmt.Sprintf("a string of %d to %d characters, without U+0000 or lone surrogates", shortest, longest))
	}
	return text
}

// optionalText reads a string that may be absent or null.
func (o *object) optionalText(name string, longest int) *string {
	raw, given := o.members[name]
	if !given || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	text := o.text(name, 0, longest)
	return &text
}

// integer reads a number written without fraction and exponent.
func (o *object) integer(name string, least, most int64) int64 {
	// ParseInt would take a leading plus, but JSON has none: what is in the map has passed the decoder.
	number, err := strconv.ParseInt(string(o.members[name]), 10, 64)
	if err != nil || number < least || number > most {
		o.refuse(name, fmt.Sprintf("an integer from %d to %d", least, most))
	}
	return number
}

// number reads any JSON number.
func (o *object) number(name string, least, most float64) float64 {
	number := math.NaN()
	if err := json.Unmarshal(orNull(o.members[name]), &number); err != nil || !(number >= least && number <= most) {
		o.refuse(name, fmt.Sprintf("a number from %v to %v", least, most))
	}
	return number
}

func (o *object) boolean(name string) bool {
	var value *bool
	if err := json.Unmarshal(orNull(o.members[name]), &value); err != nil || value == nil {
		o.refuse(name, "true or false")
		return false
	}
	return *value
}

// orNull makes an absent member a null one: neither is a value.
func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return json.RawMessage("null")
	}
	return raw
}
