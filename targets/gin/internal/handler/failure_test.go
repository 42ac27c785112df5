package handler_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// logged collects what the application logs during the test.
func logged(t *testing.T) *bytes.Buffer {
	t.Helper()
	var log bytes.Buffer
	usual := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(usual) })
	return &log
}

func TestDatabaseErrorIsLoggedAndNotShown(t *testing.T) {
	app := newApplication(t).as("piano-token-1")
	log := logged(t)
	app.execute(`ALTER TABLE piano_exercises RENAME TO hidden_exercises; ALTER TABLE piano_attempts RENAME TO hidden_attempts;
		ALTER TABLE piano_progress RENAME TO hidden_progress`)
	requests := map[string]string{
		"GET /api/piano/exercises": "", "GET /api/piano/exercises/1": "", "POST /api/piano/exercises": validExercise,
		"PUT /api/piano/exercises/1": validExercise, "DELETE /api/piano/exercises/1": "", "GET /api/piano/exercises/1/attempts": "",
		"GET /api/piano/exercises/1/stats": "", "POST /api/piano/attempts": attemptOn(1, true, "1"), "GET /api/piano/attempts": "",
		"GET /api/piano/progress": "", "DELETE /api/piano/progress": "", "GET /api/piano/leaderboard": "",
	}
	for request, body := range requests {
		log.Reset()
		method, path, _ := strings.Cut(request, " ")
		refusal := app.send(method, path, body).refused(http.StatusInternalServerError, "internal")
		for _, cause := range []string{"piano_", "relation", "42P01", "SQLSTATE"} {
			if strings.Contains(refusal.body, cause) {
				t.Fatalf("%s tells the cause: %s", request, refusal.body)
			}
		}
		if !strings.Contains(log.String(), "42P01") || strings.Count(log.String(), "\n") != 1 {
			t.Fatalf("%s is not logged in one line: %q", request, log)
		}
	}
	app.execute("ALTER TABLE users RENAME TO hidden_users")
	app.get("/api/piano/progress").refused(http.StatusInternalServerError, "internal")

	app.execute(`ALTER TABLE hidden_exercises RENAME TO piano_exercises`)
	app.get("/api/piano/exercises").expect(http.StatusOK)
}

func TestServesAgainWhenTheDatabaseDoes(t *testing.T) {
	app := newApplication(t).as("piano-token-1")
	logged(t)
	app.get("/api/piano/exercises").expect(http.StatusOK)
	server, name := elsewhere(app)
	server.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false")
	server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
	app.get("/api/piano/exercises").refused(http.StatusInternalServerError, "internal")
	app.get("/api/piano/progress").refused(http.StatusInternalServerError, "internal")
	app.get("/health").expect(http.StatusOK)

	server.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true")
	app.get("/api/piano/exercises").expect(http.StatusOK)
	app.get("/api/piano/progress").expect(http.StatusOK)
}

// elsewhere executes on another database of the server, for what no session of this one may do; the name is this one's.
func elsewhere(app *application) (*application, string) {
	app.t.Helper()
	parsed, err := url.Parse(app.url)
	if err != nil {
		app.t.Fatal(err)
	}
	name := strings.TrimPrefix(parsed.Path, "/")
	parsed.Path = "/postgres"
	other := *app
	other.url = parsed.String()
	return &other, name
}

func TestPanicIsAnsweredAsAnError(t *testing.T) {
	app := newApplication(t)
	app.router.GET("/panic", func(*gin.Context) { panic("a secret") })
	refusal := app.get("/panic").refused(http.StatusInternalServerError, "internal")
	if strings.Contains(refusal.body, "secret") {
		t.Fatalf("the answer tells the cause: %s", refusal.body)
	}
}
