package handler_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"
)

const validExercise = `{"title": "Étude", "description": "Slow", "difficulty_level": 3, "notes_sequence": "C4,F#3,Bb5"}`

var sixDigits = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`)

func moment(t testing.TB, value any) time.Time {
	t.Helper()
	text, _ := value.(string)
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !sixDigits.MatchString(text) {
		t.Fatalf("%v is not a time in UTC with six digits", value)
	}
	return parsed
}

func keys(members map[string]any) string {
	return fmt.Sprint(slices.Sorted(maps.Keys(members)))
}

func TestListExercises(t *testing.T) {
	app := newApplication(t)
	total := query[float64](app, "SELECT count(*) FROM piano_exercises")

	first := app.get("/api/piano/exercises").expect(http.StatusOK)
	equal(t, "keys", keys(first.object()), "[data page page_size total]")
	equal(t, "total", first.object()["total"], any(total))
	equal(t, "page", first.object()["page"], any(1.0))
	equal(t, "page_size", first.object()["page_size"], any(20.0))
	equal(t, "rows", len(first.rows()), 20)
	for i, row := range first.rows() {
		equal(t, "id", row["id"], any(float64(i+1)))
		equal(t, "keys", keys(row), "[created_at description difficulty_level id notes_sequence title updated_at]")
		moment(t, row["created_at"])
		moment(t, row["updated_at"])
	}

	third := app.get("/api/piano/exercises?page=3&page_size=5").expect(http.StatusOK)
	equal(t, "first id of page 3", third.rows()[0]["id"], any(11.0))

	past := app.get("/api/piano/exercises?page=2147483647&page_size=100").expect(http.StatusOK)
	equal(t, "total past the end", past.object()["total"], any(total))
	equal(t, "rows past the end", len(past.rows()), 0)
}

func TestFilterExercises(t *testing.T) {
	app := newApplication(t)
	for level := 1; level <= 5; level++ {
		total := query[float64](app, "SELECT count(*) FROM piano_exercises WHERE difficulty_level = $1", level)
		page := app.get(fmt.Sprintf("/api/piano/exercises?difficulty=%d&page_size=3&unknown=x", level)).expect(http.StatusOK)
		equal(t, "total", page.object()["total"], any(total))
		for _, row := range page.rows() {
			equal(t, "level", row["difficulty_level"], any(float64(level)))
		}
	}
}

func TestExerciseAsStored(t *testing.T) {
	app := newApplication(t)
	app.execute(`UPDATE piano_exercises SET description = NULL, created_at = '2024-01-02 05:04:05.6+02',
		updated_at = '2024-01-02 03:04:05Z' WHERE id = 1`)
	// The time zone of new sessions is the database's; the pool is made to open one.
	app.execute(`DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET timezone = ''Asia/Tokyo'''; END $$`)
	app.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")

	for _, path := range []string{"/api/piano/exercises/1", "/api/piano/exercises/0001", "/api/piano/exercises/%31"} {
		exercise := app.get(path).expect(http.StatusOK).object()
		equal(t, "id", exercise["id"], any(1.0))
		equal(t, "description", exercise["description"], any(nil))
		equal(t, "created_at", exercise["created_at"], any("2024-01-02T03:04:05.600000Z"))
		equal(t, "updated_at", exercise["updated_at"], any("2024-01-02T03:04:05.000000Z"))
	}
	app.get("/api/piano/exercises/9223372036854775807").refused(http.StatusNotFound, "not_found")
}

func TestCreateExercise(t *testing.T) {
	app := newApplication(t).as("piano-token-1")
	before := time.Now()
	created := app.send(http.MethodPost, "/api/piano/exercises", validExercise).expect(http.StatusCreated)
	exercise := created.object()
	equal(t, "title", exercise["title"], any("Étude"))
	equal(t, "description", exercise["description"], any("Slow"))
	equal(t, "difficulty_level", exercise["difficulty_level"], any(3.0))
	equal(t, "notes_sequence", exercise["notes_sequence"], any("C4,F#3,Bb5"))
	equal(t, "updated_at", exercise["updated_at"], exercise["created_at"])
	if at := moment(t, exercise["created_at"]); at.Before(before.Add(-time.Hour)) {
		t.Fatalf("created at %v", at)
	}

	read := app.get(fmt.Sprintf("/api/piano/exercises/%v", exercise["id"])).expect(http.StatusOK)
	equal(t, "the exercise read again", read.body, created.body)
}

func TestReplaceExercise(t *testing.T) {
	app := newApplication(t).as("piano-token-1")
	old := app.get("/api/piano/exercises/2").object()
	attempts := query[int](app, "SELECT count(*) FROM piano_attempts")

	replaced := app.send(http.MethodPut, "/api/piano/exercises/2",
		`{"title": " ", "difficulty_level": 5, "notes_sequence": "A0"}`).expect(http.StatusOK)
	exercise := replaced.object()
	equal(t, "id", exercise["id"], any(2.0))
	equal(t, "title", exercise["title"], any(" "))
	equal(t, "description", exercise["description"], any(nil))
	equal(t, "created_at", exercise["created_at"], old["created_at"])
	if !moment(t, exercise["updated_at"]).After(moment(t, old["updated_at"])) {
		t.Fatalf("updated_at went from %v to %v", old["updated_at"], exercise["updated_at"])
	}
	equal(t, "the exercise read again", app.get("/api/piano/exercises/2").body, replaced.body)
	equal(t, "exercises with the new title", query[int](app, "SELECT count(*) FROM piano_exercises WHERE title = ' '"), 1)
	equal(t, "attempts", query[int](app, "SELECT count(*) FROM piano_attempts"), attempts)

	app.send(http.MethodPut, "/api/piano/exercises/999999", validExercise).refused(http.StatusNotFound, "not_found")
}

func TestDeleteExercise(t *testing.T) {
	app := newApplication(t).as("piano-token-1")
	exercises := query[int](app, "SELECT count(*) FROM piano_exercises")
	progress := query[string](app, "SELECT md5(string_agg(piano_progress::text, '' ORDER BY user_id)) FROM piano_progress")

	app.send(http.MethodDelete, "/api/piano/exercises/3", "").expect(http.StatusNoContent)
	equal(t, "exercises", query[int](app, "SELECT count(*) FROM piano_exercises"), exercises-1)
	equal(t, "attempts on it", query[int](app, "SELECT count(*) FROM piano_attempts WHERE exercise_id = 3"), 0)
	equal(t, "progress", query[string](app, "SELECT md5(string_agg(piano_progress::text, '' ORDER BY user_id)) FROM piano_progress"), progress)

	app.get("/api/piano/exercises/3").refused(http.StatusNotFound, "not_found")
	app.send(http.MethodDelete, "/api/piano/exercises/3", "").refused(http.StatusNotFound, "not_found")
}

func TestExerciseStats(t *testing.T) {
	app := newApplication(t)
	player := app.as(app.newUser("stats player"))
	empty := player.get("/api/piano/exercises/1/stats").expect(http.StatusOK)
	equal(t, "empty stats", empty.body,
		`{"exercise_id":1,"total_attempts":0,"correct_attempts":0,"average_accuracy_percentage":0}`)

	for _, attempt := range []string{attemptOn(1, true, "100"), attemptOn(1, false, "50.5"), attemptOn(1, true, "33.33"), attemptOn(2, true, "1")} {
		player.send(http.MethodPost, "/api/piano/attempts", attempt).expect(http.StatusCreated)
	}
	stats := player.get("/api/piano/exercises/1/stats").expect(http.StatusOK)
	equal(t, "stats", stats.body,
		`{"exercise_id":1,"total_attempts":3,"correct_attempts":2,"average_accuracy_percentage":61.28}`)
	player.get("/api/piano/exercises/999999/stats").refused(http.StatusNotFound, "not_found")
}
