package handler_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Every endpoint that asks for a user, with a request that is wrong in all that is checked later.
var authenticated = map[string]string{
	"POST /api/piano/exercises":          "not json",
	"PUT /api/piano/exercises/x":         strings.Repeat("x", 1<<20+1),
	"DELETE /api/piano/exercises/x":      "",
	"POST /api/piano/attempts":           "not json",
	"GET /api/piano/attempts?page=x":     "",
	"GET /api/piano/exercises/x/stats":   "",
	"GET /api/piano/progress":            "",
	"DELETE /api/piano/progress":         "",
	"HEAD /api/piano/progress":           "",
	"GET /api/piano/exercises/999/stats": "",
}

func TestTokenIsCheckedFirst(t *testing.T) {
	app := newApplication(t)
	for request, body := range authenticated {
		method, path, _ := strings.Cut(request, " ")
		refusal := app.as("unknown").send(method, path, body).refused(http.StatusUnauthorized, "unauthorized")
		equal(t, "WWW-Authenticate", refusal.header.Get("WWW-Authenticate"), "Bearer")
		app.send(method, path, body).refused(http.StatusUnauthorized, "unauthorized")
	}
}

func TestAuthorizationHeader(t *testing.T) {
	app := newApplication(t)
	with := func(headers ...string) *answer {
		request := httptest.NewRequest(http.MethodGet, "/api/piano/progress", nil)
		request.Header["Authorization"] = headers
		return app.exchange(request)
	}
	for _, header := range []string{"Bearer piano-token-1", "bearer piano-token-1", "BEARER piano-token-1"} {
		with(header).expect(http.StatusOK)
	}
	for _, header := range []string{
		"", "Bearer", "Bearer ", "Bearer  piano-token-1", " Bearer piano-token-1", "Bearer\tpiano-token-1", "Bearer piano-token-1 ",
		"Bearer piano-token-1 piano-token-1", "Basic piano-token-1", "piano-token-1", "Bearerpiano-token-1", "Bearer PIANO-TOKEN-1",
		"Bearer \xff", "Bearer ' OR 1=1 --", "Bearer " + strings.Repeat("x", 5000),
	} {
		with(header).refused(http.StatusUnauthorized, "unauthorized")
	}
	with("Bearer piano-token-1", "Bearer piano-token-1").refused(http.StatusUnauthorized, "unauthorized")
}

func TestHeaderIsIgnoredWhereNoUserIsAskedFor(t *testing.T) {
	app := newApplication(t).as("unknown")
	for _, path := range []string{"/health", "/api/piano/exercises", "/api/piano/exercises/1", "/api/piano/exercises/1/attempts", "/api/piano/leaderboard"} {
		app.get(path).expect(http.StatusOK)
	}
}
