package validation_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"piano/internal/apierror"
	"piano/internal/validation"
)

var (
	exercise = map[string]string{"title": `"t"`, "description": `"d"`, "difficulty_level": "3", "notes_sequence": `"C4"`}
	attempt  = map[string]string{"exercise_id": "1", "notes_played": `"C4"`, "is_correct": "true", "accuracy_percentage": "50", "response_time_ms": "100"}
)

func readExercise(body string) error {
	_, err := validation.Exercise([]byte(body))
	return err
}

func readAttempt(body string) error {
	_, err := validation.Attempt([]byte(body))
	return err
}

// with writes the members as JSON, one of them with another value. An empty value leaves the member out.
func with(members map[string]string, name, value string) string {
	changed := maps.Clone(members)
	changed[name] = value
	var written []string
	for name, value := range changed {
		if value != "" {
			written = append(written, `"`+name+`":`+value)
		}
	}
	return "{" + strings.Join(written, ",") + "}"
}

func quoted(text string) string {
	written, _ := json.Marshal(text)
	return string(written)
}

// check reads the members with each value for the name, and expects all to be taken or all to be refused.
func check(t *testing.T, read func(string) error, members map[string]string, name string, taken bool, values ...string) {
	t.Helper()
	for _, value := range values {
		err := read(with(members, name, value))
		var refusal *apierror.Error
		if taken && err != nil || !taken && (!errors.As(err, &refusal) || refusal.Code != apierror.CodeInvalidRequest) {
			t.Errorf("%s = %.60s: %v", name, value, err)
		}
	}
}

func TestTitle(t *testing.T) {
	check(t, readExercise, exercise, "title", true, `" "`, `"\ud83c\udfb9"`, `"\ufffd"`, `"\\ud800"`, quoted(strings.Repeat("é", 255)), quoted(strings.Repeat("🎹", 255)))
	check(t, readExercise, exercise, "title", false, "", "null", `""`, "5", "true", "[]", `["t"]`, "{}", quoted(strings.Repeat("é", 256)),
		`"\u0000"`, `"a\u0000b"`, `"\ud800"`, `"\udc00"`, `"\ud800x"`, `"\ud800\n"`, `"\ud800\ud800"`, `"\udc00\ud800"`, `"\\\ud800"`, "\"\xff\"", "\"\xed\xa0\x80\"", "\"\x00\"", "\"a\nb\"")
}

func TestDescription(t *testing.T) {
	check(t, readExercise, exercise, "description", true, "", "null", `""`, quoted(strings.Repeat("é", 2000)))
	check(t, readExercise, exercise, "description", false, "5", "false", "[]", "{}", quoted(strings.Repeat("é", 2001)), `"\u0000"`, `"\udfff"`)

	for value, want := range map[string]string{"": "nil", "null": "nil", `""`: "", `"d"`: "d"} {
		read, err := validation.Exercise([]byte(with(exercise, "description", value)))
		got := "nil"
		if read.Description != nil {
			got = *read.Description
		}
		if err != nil || got != want {
			t.Errorf("description = %s is read as %q, %v", value, got, err)
		}
	}
}

func TestDifficultyLevel(t *testing.T) {
	check(t, readExercise, exercise, "difficulty_level", true, "1", "5")
	check(t, readExercise, exercise, "difficulty_level", false, "", "null", "0", "6", "-1", "1.0", "1e0", "true", `"3"`, "[3]", "4294967297", "99999999999999999999")
}

func TestNotesSequence(t *testing.T) {
	longest := strings.TrimSuffix(strings.Repeat("C4,", 85), ",") + ",D"
	check(t, readExercise, exercise, "notes_sequence", true, `"C4,F#3,Bb5"`, `"A0"`, `"G8"`, quoted("F#4,"+strings.Repeat("C4,", 83)+"C4"))
	check(t, readExercise, exercise, "notes_sequence", false, "", "null", `""`, "4", `"H4"`, `"c4"`, `"C"`, `"C9"`, `"C10"`, `"C##4"`, `"CB4"`, `"C4,"`, `",C4"`, `"C4,,C4"`,
		`"C4, D4"`, `"C4\n"`, `"\nC4"`, `"C4 "`, `"C٤"`, `"C♯4"`, quoted(longest), quoted(strings.Repeat("C4,", 85)+"C4"))
}

func TestExerciseID(t *testing.T) {
	check(t, readAttempt, attempt, "exercise_id", true, "1", "9223372036854775807")
	check(t, readAttempt, attempt, "exercise_id", false, "", "null", "0", "-1", "9223372036854775808", "1.0", "1e2", "true", `"1"`)
}

func TestNotesPlayed(t *testing.T) {
	check(t, readAttempt, attempt, "notes_played", true, `"no notes at all"`, `"\n"`, quoted(strings.Repeat("♪", 1000)))
	check(t, readAttempt, attempt, "notes_played", false, "", "null", `""`, "4", quoted(strings.Repeat("♪", 1001)), `"\u0000"`, `"\ud834"`)
}

func TestIsCorrect(t *testing.T) {
	check(t, readAttempt, attempt, "is_correct", true, "true", "false")
	check(t, readAttempt, attempt, "is_correct", false, "", "null", "0", "1", `"true"`, "[]", "True")
}

func TestAccuracyPercentage(t *testing.T) {
	check(t, readAttempt, attempt, "accuracy_percentage", true, "0", "-0", "-0.0", "100", "100.0", "1e2", "1E-2", "0.1", "1e-400", "99.99999999")
	check(t, readAttempt, attempt, "accuracy_percentage", false, "", "null", "-0.01", "100.01", "1e400", "-1e400", "NaN", "Infinity", "-Infinity", "true", `"50"`, "[50]", "050", "+5", ".5", strings.Repeat("9", 5000))
}

func TestResponseTime(t *testing.T) {
	check(t, readAttempt, attempt, "response_time_ms", true, "0", "-0", "2147483647")
	check(t, readAttempt, attempt, "response_time_ms", false, "", "null", "-1", "2147483648", "1.5", "1.0", "1e3", "false", `"1"`)
}

func TestUnknownFieldsAreIgnoredWhateverTheirValue(t *testing.T) {
	check(t, readExercise, exercise, "x", true, "null", "[1,{}]", `"\u0000"`, `"\ud800"`, "1e400", strings.Repeat("[", 500)+strings.Repeat("]", 500))
	check(t, readExercise, exercise, "x", false, "NaN", "'x'", "\"\xff\"", "undefined", "[1,]")
}

func TestNamesAreExactAndTheLastCounts(t *testing.T) {
	check(t, readExercise, exercise, "TITLE", true, "5")
	if readExercise(`{"Title": "t", "difficulty_level": 3, "notes_sequence": "C4"}`) == nil {
		t.Error("Title passes for title")
	}
	read, err := validation.Exercise([]byte(`{"title": 5, "difficulty_level": 3, "notes_sequence": "C4", "tit\u006ce": "last", "Title": "x"}`))
	if err != nil || read.Title != "last" {
		t.Errorf("the last title is not taken: %q, %v", read.Title, err)
	}
	if readExercise(`{"title": "t", "difficulty_level": 3, "notes_sequence": "C4", "title": null}`) == nil {
		t.Error("a last title of null is taken")
	}
}

func TestOneObjectAndNothingElse(t *testing.T) {
	whole := with(exercise, "title", `"t"`)
	for _, body := range []string{whole, " \t\r\n" + whole + "\n "} {
		if err := readExercise(body); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
	for _, body := range []string{
		"", " ", "null", "true", "1", `"x"`, "[]", "[" + whole + "]", whole + ",", whole + "x", whole + whole, "\ufeff" + whole, whole + "\x00", whole + "\u00a0",
		strings.TrimSuffix(whole, "}"), "{'title': 't'}", whole + "// comment", strings.Repeat("[", 200000), strings.Repeat(`{"a":`, 200000),
	} {
		if readExercise(body) == nil {
			t.Errorf("%.60q is taken", body)
		}
	}
}
