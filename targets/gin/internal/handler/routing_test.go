package handler_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	app := newApplication(t)
	app.execute("DROP TABLE piano_attempts, piano_progress, piano_exercises, users")
	equal(t, "health", app.get("/health").expect(http.StatusOK).body, `{"status":"ok"}`)
}

func TestNoSuchRoute(t *testing.T) {
	app := newApplication(t).as("piano-token-1")
	for _, path := range []string{
		"/", "/api", "/api/piano", "/health/", "/Health", "//health", "/api/piano/exercises/", "/api/piano/exercises/1/",
		"/api/piano/exercises//", "/api/piano/exercises//attempts", "/api/piano/exercises//stats", "/api//piano/exercises",
		"/api/piano/exercises/1/attempts/", "/api/piano/exercises/1/attempts/2", "/api/piano/EXERCISES", "/api/piano/progress/",
		"/api/piano/./exercises", "/api/piano/leaderboard/", "/api/piano/attempts/1", "/favicon.ico",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodOptions} {
			refusal := app.send(method, path, "").refused(http.StatusNotFound, "not_found")
			equal(t, "Allow", refusal.header.Get("Allow"), "")
		}
	}
}

func TestMethodNotAllowed(t *testing.T) {
	app := newApplication(t)
	allowed := map[string][]string{
		"/health":                         {"GET", "HEAD"},
		"/api/piano/exercises":            {"GET", "HEAD", "POST"},
		"/api/piano/exercises/x":          {"DELETE", "GET", "HEAD", "PUT"},
		"/api/piano/attempts":             {"GET", "HEAD", "POST"},
		"/api/piano/exercises/1/stats":    {"GET", "HEAD"},
		"/api/piano/exercises/1/attempts": {"GET", "HEAD"},
		"/api/piano/progress":             {"DELETE", "GET", "HEAD"},
		"/api/piano/leaderboard":          {"GET", "HEAD"},
	}
	for path, methods := range allowed {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"} {
			if slices.Contains(methods, method) {
				continue
			}
			refusal := app.send(method, path, "").refused(http.StatusMethodNotAllowed, "method_not_allowed")
			told := strings.Split(refusal.header.Get("Allow"), ", ")
			equal(t, "Allow", strings.Join(slices.Sorted(slices.Values(told)), " "), strings.Join(methods, " "))
		}
	}
}

func TestHeadAnswersAsGet(t *testing.T) {
	app := newApplication(t)
	server := httptest.NewServer(app.router)
	defer server.Close()
	for path, status := range map[string]int{
		"/health": 200, "/api/piano/exercises?page=2": 200, "/api/piano/exercises/1": 200, "/api/piano/exercises/x": 400,
		"/api/piano/exercises/1/attempts": 200, "/api/piano/leaderboard": 200, "/api/piano/progress": 401, "/nothing": 404,
	} {
		head, err := http.Head(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		head.Body.Close()
		equal(t, path, head.StatusCode, status)
		equal(t, "Content-Type", head.Header.Get("Content-Type"), app.get(path).header.Get("Content-Type"))
	}
}

func TestPathIDs(t *testing.T) {
	app := newApplication(t).as("piano-token-1")
	requests := map[string]string{"GET": "", "PUT": "", "DELETE": "", "GET ": "/stats", "GET  ": "/attempts?page=x"}
	for _, id := range []string{"0", "000", "-1", "+1", "1.0", "1e2", "abc", "1a", "%201", "1%20", "%D9%A1", "%00", "%FF", "9223372036854775808", strings.Repeat("9", 200)} {
		for _, method := range slices.Sorted(maps.Keys(requests)) {
			app.send(strings.TrimSpace(method), "/api/piano/exercises/"+id+requests[method], "not json").refused(http.StatusBadRequest, "invalid_request")
		}
	}
	app.get("/api/piano/exercises/" + strings.Repeat("0", 100) + "1").expect(http.StatusOK)
}

func TestQueryValues(t *testing.T) {
	app := newApplication(t).as("piano-token-1")
	wrong := []string{"", "0", "-1", "+1", "%2B1", "1.0", "1e1", "x", "%201", "1%20", "1+", "%D9%A1", "%00", "1%00", "%FF", "%zz", "1%", "1;2", strings.Repeat("9", 40)}
	endpoints := map[string]map[string]string{
		"/api/piano/exercises":            {"page": "2147483648", "page_size": "101", "difficulty": "6"},
		"/api/piano/attempts":             {"page": "2147483648", "page_size": "101"},
		"/api/piano/exercises/1/attempts": {"page": "2147483648", "page_size": "101"},
		"/api/piano/leaderboard":          {"limit": "101"},
	}
	for path, names := range endpoints {
		for name, tooLarge := range names {
			for _, value := range append(wrong, tooLarge) {
				app.get(path+"?"+name+"="+value).refused(http.StatusBadRequest, "invalid_request")
			}
			app.get(path+"?"+name).refused(http.StatusBadRequest, "invalid_request")
			app.get(path+"?"+name+"=x&"+name+"=1").refused(http.StatusBadRequest, "invalid_request")
			app.get(path + "?" + name + "=0001&" + name + "=x").expect(http.StatusOK)
			app.get(path + "?x=%zz&&=&%zz&" + strings.ToUpper(name) + "=x&" + name[:1] + "%" + "zz=1").expect(http.StatusOK)
			app.get(path+"?unknown=%00&%"+hex(name[0])+name[1:]+"=x").refused(http.StatusBadRequest, "invalid_request")
		}
	}
	equal(t, "largest page_size", len(app.get("/api/piano/exercises/1/attempts?page_size=100&page=1").expect(http.StatusOK).rows()) <= 100, true)
	app.get("/api/piano/leaderboard?limit=100&page=x&difficulty=x").expect(http.StatusOK)
}

func hex(char byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[char>>4], digits[char&15]})
}
