package handler_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"

	"piano/internal/database"
	"piano/internal/handler"
	"piano/internal/repository"
	"piano/internal/service"
	"piano/internal/testdatabase"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(m.Run())
}

// application is the whole application on a copy of the seeded database.
type application struct {
	t      testing.TB
	router *gin.Engine
	url    string
	token  string
}

func newApplication(t testing.TB) *application {
	t.Helper()
	url := testdatabase.Copy(t)
	db, err := database.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &application{t: t, router: handler.Router(service.New(repository.New(db.Gorm))), url: url}
}

// as is the application as a user with this token sees it; no token, no Authorization header.
func (a *application) as(token string) *application {
	user := *a
	user.token = token
	return &user
}

func (a *application) get(path string) *answer {
	a.t.Helper()
	return a.send(http.MethodGet, path, "")
}

func (a *application) send(method, path, body string) *answer {
	a.t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	return a.exchange(request)
}

func (a *application) exchange(request *http.Request) *answer {
	a.t.Helper()
	recorder := httptest.NewRecorder()
	a.router.ServeHTTP(recorder, request)
	result := recorder.Result()
	body, err := io.ReadAll(result.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return &answer{t: a.t, what: request.Method + " " + request.URL.String(), status: result.StatusCode, header: result.Header, body: string(body)}
}

// query reads one value from the database, past the application.
func query[Value any](a *application, sql string, arguments ...any) Value {
	a.t.Helper()
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, a.url)
	if err != nil {
		a.t.Fatal(err)
	}
	defer connection.Close(ctx)
	var value Value
	if err := connection.QueryRow(ctx, sql, arguments...).Scan(&value); err != nil {
		a.t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// execute changes the database, past the application.
func (a *application) execute(sql string, arguments ...any) {
	a.t.Helper()
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, a.url)
	if err != nil {
		a.t.Fatal(err)
	}
	defer connection.Close(ctx)
	if _, err := connection.Exec(ctx, sql, arguments...); err != nil {
		a.t.Fatalf("%s: %v", sql, err)
	}
}

// newUser adds a user without progress and attempts, and returns the token.
func (a *application) newUser(name string) string {
	a.t.Helper()
	a.execute("INSERT INTO users (name, token) VALUES ($1, $1)", name)
	return name
}

// answer is what came back.
type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   string
}

func (a *answer) expect(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d instead of %d: %s", a.what, a.status, status, a.body)
	}
	if status == http.StatusNoContent {
		if a.body != "" || a.header.Get("Content-Type") != "" {
			a.t.Fatalf("%s: 204 with %q of type %q", a.what, a.body, a.header.Get("Content-Type"))
		}
		return a
	}
	if kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";"); kind != "application/json" {
		a.t.Fatalf("%s: Content-Type %q", a.what, a.header.Get("Content-Type"))
	}
	return a
}

// refused expects an error with a code and a message, and nothing beside them.
func (a *answer) refused(status int, code string) *answer {
	a.t.Helper()
	a.expect(status)
	refusal := object(a.t, a.object()["error"])
	if refusal["code"] != code || refusal["message"] == "" || len(refusal) != 2 || len(a.object()) != 1 {
		a.t.Fatalf("%s: not the error %s: %s", a.what, code, a.body)
	}
	return a
}

func (a *answer) object() map[string]any {
	a.t.Helper()
	var decoded any
	if err := json.Unmarshal([]byte(a.body), &decoded); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.body)
	}
	return object(a.t, decoded)
}

func (a *answer) rows() []map[string]any {
	a.t.Helper()
	return rows(a.t, a.object()["data"])
}

func object(t testing.TB, value any) map[string]any {
	t.Helper()
	members, ok := value.(map[string]any)
	if !ok {
		t.Fatalf("%v is no object", value)
	}
	return members
}

func rows(t testing.TB, value any) []map[string]any {
	t.Helper()
	elements, ok := value.([]any)
	if !ok {
		t.Fatalf("%v is no array", value)
	}
	rows := make([]map[string]any, 0, len(elements))
	for _, element := range elements {
		rows = append(rows, object(t, element))
	}
	return rows
}

// equal compares what JSON knows: numbers are float64.
func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v (%T) instead of %v (%T)", what, got, got, want, want)
	}
}
