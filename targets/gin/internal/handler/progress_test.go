package handler_test

import (
	"fmt"
	"net/http"
	"testing"
)

func TestProgressOfANewUser(t *testing.T) {
	app := newApplication(t)
	player := app.as(app.newUser("new player"))
	id := query[int](app, "SELECT max(id) FROM users")
	for range 2 {
		equal(t, "progress", player.get("/api/piano/progress").expect(http.StatusOK).body, fmt.Sprintf(
			`{"user_id":%d,"current_difficulty_level":1,"total_exercises_completed":0,"average_accuracy_percentage":0,"updated_at":null}`, id))
	}
	equal(t, "rows", query[int](app, "SELECT count(*) FROM piano_progress WHERE user_id = $1", id), 0)
}

func TestLevelsEndAtFive(t *testing.T) {
	app := newApplication(t)
	player := app.as("piano-token-2")
	for completed, level := range map[int]float64{18: 1, 19: 2, 38: 2, 39: 3, 79: 5, 500: 5} {
		app.execute("UPDATE piano_progress SET total_exercises_completed = $1 WHERE user_id = 2", completed)
		player.send(http.MethodPost, "/api/piano/attempts", attemptOn(1, true, "50")).expect(http.StatusCreated)
		progress := player.get("/api/piano/progress").expect(http.StatusOK).object()
		equal(t, "completed", progress["total_exercises_completed"], any(float64(completed+1)))
		equal(t, fmt.Sprintf("level after %d", completed+1), progress["current_difficulty_level"], any(level))
	}
	moment(t, player.get("/api/piano/progress").object()["updated_at"])
}

func TestResetProgress(t *testing.T) {
	app := newApplication(t)
	player := app.as("piano-token-1")
	attempts := query[int](app, "SELECT count(*) FROM piano_attempts")
	rows := query[int](app, "SELECT count(*) FROM piano_progress")
	for range 2 {
		player.send(http.MethodDelete, "/api/piano/progress", "").expect(http.StatusNoContent)
	}
	equal(t, "progress rows", query[int](app, "SELECT count(*) FROM piano_progress"), rows-1)
	equal(t, "attempts", query[int](app, "SELECT count(*) FROM piano_attempts"), attempts)
	equal(t, "updated_at", player.get("/api/piano/progress").object()["updated_at"], any(nil))
}

func TestLeaderboard(t *testing.T) {
	app := newApplication(t)
	total := query[float64](app, "SELECT count(DISTINCT user_id) FROM piano_attempts")
	board := app.get("/api/piano/leaderboard").expect(http.StatusOK).object()
	equal(t, "keys", keys(board), "[leaderboard total]")
	equal(t, "total", board["total"], any(total))
	equal(t, "places", len(rows(t, board["leaderboard"])), 10)

	longer := rows(t, app.get("/api/piano/leaderboard?limit=100").expect(http.StatusOK).object()["leaderboard"])
	for i, standing := range longer {
		equal(t, "rank", standing["rank"], any(float64(i+1)))
		average := query[float64](app, "SELECT round(avg(accuracy_percentage)::numeric, 2)::float8 FROM piano_attempts WHERE user_id = $1", int(standing["user_id"].(float64)))
		equal(t, "average", standing["average_accuracy_percentage"], any(average))
		if i > 0 && average > longer[i-1]["average_accuracy_percentage"].(float64) {
			t.Fatalf("rank %d has a better average than the one before", i+1)
		}
	}
}

func TestLeaderboardBreaksTies(t *testing.T) {
	app := newApplication(t)
	app.execute("DELETE FROM piano_attempts")
	equal(t, "empty leaderboard", app.get("/api/piano/leaderboard").expect(http.StatusOK).body, `{"leaderboard":[],"total":0}`)

	// Users 1 to 4 show the same rounded average, 4 by a hair more; 3 has completed most, 5 has no progress.
	app.execute(`INSERT INTO piano_attempts (user_id, exercise_id, notes_played, is_correct, accuracy_percentage, response_time_ms)
		SELECT n, 1, 'C4', true, CASE n WHEN 4 THEN 90.001 WHEN 5 THEN 95 ELSE 90 END, 1 FROM generate_series(1, 5) AS n`)
	app.execute("UPDATE piano_progress SET total_exercises_completed = CASE user_id WHEN 3 THEN 70 ELSE 7 END, current_difficulty_level = 2")
	app.execute("DELETE FROM piano_progress WHERE user_id = 5")
	board := app.get("/api/piano/leaderboard?limit=4").expect(http.StatusOK)
	equal(t, "leaderboard", board.body, `{"leaderboard":[`+
		`{"rank":1,"user_id":5,"current_difficulty_level":1,"total_exercises_completed":0,"average_accuracy_percentage":95},`+
		`{"rank":2,"user_id":3,"current_difficulty_level":2,"total_exercises_completed":70,"average_accuracy_percentage":90},`+
		`{"rank":3,"user_id":1,"current_difficulty_level":2,"total_exercises_completed":7,"average_accuracy_percentage":90},`+
		`{"rank":4,"user_id":2,"current_difficulty_level":2,"total_exercises_completed":7,"average_accuracy_percentage":90}],"total":5}`)
}
