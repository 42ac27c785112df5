package handler_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

func attemptOn(exercise int, correct bool, accuracy string) string {
	return fmt.Sprintf(`{"exercise_id": %d, "notes_played": "C4", "is_correct": %t, "accuracy_percentage": %s, "response_time_ms": 0}`,
		exercise, correct, accuracy)
}

func TestRecordAttempt(t *testing.T) {
	app := newApplication(t)
	player := app.as(app.newUser("new player"))
	recorded := player.send(http.MethodPost, "/api/piano/attempts",
		`{"exercise_id": 1, "notes_played": "anything ♪", "is_correct": true, "accuracy_percentage": 87.125, "response_time_ms": 2147483647}`)
	attempt := recorded.expect(http.StatusCreated).object()
	equal(t, "keys", keys(attempt), "[accuracy_percentage attempted_at exercise_id id is_correct notes_played response_time_ms user_id]")
	equal(t, "user_id", attempt["user_id"], any(query[float64](app, "SELECT id FROM users WHERE token = 'new player'")))
	equal(t, "accuracy_percentage", attempt["accuracy_percentage"], any(87.125))
	equal(t, "notes_played", attempt["notes_played"], any("anything ♪"))
	equal(t, "response_time_ms", attempt["response_time_ms"], any(2147483647.0))
	moment(t, attempt["attempted_at"])

	progress := player.get("/api/piano/progress").expect(http.StatusOK).object()
	equal(t, "completed", progress["total_exercises_completed"], any(1.0))
	equal(t, "average", progress["average_accuracy_percentage"], any(87.13))
	equal(t, "updated_at", progress["updated_at"], attempt["attempted_at"])

	player.send(http.MethodPost, "/api/piano/attempts", attemptOn(2, false, "0")).expect(http.StatusCreated)
	progress = player.get("/api/piano/progress").object()
	equal(t, "completed after a wrong one", progress["total_exercises_completed"], any(1.0))
	equal(t, "average after a wrong one", progress["average_accuracy_percentage"], any(43.56))
}

func TestAttemptOnAnAbsentExerciseChangesNothing(t *testing.T) {
	app := newApplication(t)
	player := app.as(app.newUser("lost player"))
	player.send(http.MethodPost, "/api/piano/attempts", attemptOn(999999, true, "50")).refused(http.StatusNotFound, "not_found")
	equal(t, "progress rows", query[int](app, "SELECT count(*) FROM piano_progress WHERE user_id = (SELECT max(id) FROM users)"), 0)
}

func TestConcurrentAttemptsAreAllCounted(t *testing.T) {
	const attempts = 50
	app := newApplication(t)
	player := app.as(app.newUser("busy player"))
	var players sync.WaitGroup
	answers := make([]*answer, attempts)
	for i := range attempts {
		players.Go(func() {
			answers[i] = player.send(http.MethodPost, "/api/piano/attempts", attemptOn(1+i%5, true, fmt.Sprint(i)))
		})
	}
	players.Wait()
	for _, answer := range answers {
		answer.expect(http.StatusCreated)
	}
	progress := player.get("/api/piano/progress").object()
	equal(t, "completed", progress["total_exercises_completed"], any(50.0))
	equal(t, "level", progress["current_difficulty_level"], any(3.0))
	equal(t, "average", progress["average_accuracy_percentage"], any(24.5))
	equal(t, "total", player.get("/api/piano/attempts").object()["total"], any(50.0))
}

func TestAttemptsWhileTheProgressIsReset(t *testing.T) {
	app := newApplication(t)
	player := app.as("piano-token-1")
	var players sync.WaitGroup
	recorded, reset := make([]*answer, 30), make([]*answer, 30)
	for i := range recorded {
		players.Go(func() { recorded[i] = player.send(http.MethodPost, "/api/piano/attempts", attemptOn(1, true, "50")) })
		players.Go(func() { reset[i] = player.send(http.MethodDelete, "/api/piano/progress", "") })
	}
	players.Wait()
	for i := range recorded {
		recorded[i].expect(http.StatusCreated)
		reset[i].expect(http.StatusNoContent)
	}
}

func TestListUserAttempts(t *testing.T) {
	app := newApplication(t)
	user := app.as("piano-token-1")
	// Two at the same time are ordered by id.
	app.execute(`UPDATE piano_attempts SET attempted_at = '2030-01-01Z' WHERE id IN
		(SELECT id FROM piano_attempts WHERE user_id = 1 ORDER BY id LIMIT 2)`)
	total := query[float64](app, "SELECT count(*) FROM piano_attempts WHERE user_id = 1")

	page := user.get("/api/piano/attempts?page_size=100").expect(http.StatusOK)
	equal(t, "total", page.object()["total"], any(total))
	newest := query[float64](app, "SELECT max(id) FROM piano_attempts WHERE attempted_at = '2030-01-01Z'")
	equal(t, "newest", page.rows()[0]["id"], any(newest))
	inOrder(t, page.rows())
	for _, row := range page.rows() {
		equal(t, "user_id", row["user_id"], any(1.0))
	}

	second := user.get("/api/piano/attempts?page=2&page_size=1").expect(http.StatusOK)
	equal(t, "second", second.rows()[0]["id"], page.rows()[1]["id"])
	equal(t, "rows past the end", len(user.get("/api/piano/attempts?page=99999").expect(http.StatusOK).rows()), 0)
}

func TestListExerciseAttempts(t *testing.T) {
	app := newApplication(t)
	page := app.get("/api/piano/exercises/1/attempts").expect(http.StatusOK)
	equal(t, "total", page.object()["total"], any(query[float64](app, "SELECT count(*) FROM piano_attempts WHERE exercise_id = 1")))
	equal(t, "page_size", page.object()["page_size"], any(20.0))
	inOrder(t, page.rows())
	for _, row := range page.rows() {
		equal(t, "exercise_id", row["exercise_id"], any(1.0))
	}

	app.execute("DELETE FROM piano_attempts WHERE exercise_id = 2")
	equal(t, "no attempts", app.get("/api/piano/exercises/2/attempts?page=3&page_size=7").expect(http.StatusOK).body,
		`{"total":0,"page":3,"page_size":7,"data":[]}`)
	app.get("/api/piano/exercises/999999/attempts").refused(http.StatusNotFound, "not_found")
}

func inOrder(t *testing.T, rows []map[string]any) {
	t.Helper()
	for i := 1; i < len(rows); i++ {
		earlier, later := moment(t, rows[i]["attempted_at"]), moment(t, rows[i-1]["attempted_at"])
		if earlier.After(later) || earlier.Equal(later) && rows[i]["id"].(float64) > rows[i-1]["id"].(float64) {
			t.Fatalf("row %d is newer than the one before", i)
		}
	}
}
