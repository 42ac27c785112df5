package handler_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const mebibyte = 1 << 20

// padded makes a body of exactly this many bytes; the padding is a field that is not known.
func padded(size int) string {
	const start, end = `{"title": "t", "difficulty_level": 1, "notes_sequence": "C4", "padding": "`, `"}`
	return start + strings.Repeat("x", size-len(start)-len(end)) + end
}

func TestBodySize(t *testing.T) {
	app := newApplication(t).as("piano-token-1")
	for _, endpoint := range []string{"POST /api/piano/exercises", "PUT /api/piano/exercises/1"} {
		method, path, _ := strings.Cut(endpoint, " ")
		if status := app.send(method, path, padded(mebibyte)).status; status != http.StatusCreated && status != http.StatusOK {
			t.Fatalf("%s: a body of 1 MiB is answered with %d", endpoint, status)
		}
		app.send(method, path, padded(mebibyte+1)).refused(http.StatusRequestEntityTooLarge, "payload_too_large")
	}
	app.send("POST", "/api/piano/attempts", strings.Repeat("x", mebibyte+1)).refused(http.StatusRequestEntityTooLarge, "payload_too_large")
	app.send("POST", "/api/piano/attempts", strings.Repeat("x", mebibyte)).refused(http.StatusBadRequest, "invalid_request")
	app.send("PUT", "/api/piano/exercises/999999", strings.Repeat("x", mebibyte+1)).refused(http.StatusRequestEntityTooLarge, "payload_too_large")
}

// dialled sends a request to a server on the application as the bytes it is, and reads the answer afterwards.
func dialled(t *testing.T, app *application, request string) *http.Response {
	t.Helper()
	server := httptest.NewServer(app.router)
	t.Cleanup(server.Close)
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if _, err := io.WriteString(connection, request); err != nil {
		t.Fatalf("the request could not be sent: %v", err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// A client that reads nothing before it has sent all must get the answer, not a reset.
func TestRefusalReachesAClientThatIsStillSending(t *testing.T) {
	app := newApplication(t)
	body := padded(6 * mebibyte)
	framings := []string{
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body),
		fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body),
	}
	heads := map[string]int{
		"POST /api/piano/exercises HTTP/1.1\r\nHost: piano\r\nAuthorization: Bearer piano-token-1\r\n": http.StatusRequestEntityTooLarge,
		"POST /api/piano/exercises HTTP/1.1\r\nHost: piano\r\n":                                        http.StatusUnauthorized,
		"POST /nothing HTTP/1.1\r\nHost: piano\r\n":                                                    http.StatusNotFound,
	}
	for head, status := range heads {
		for _, framing := range framings {
			equal(t, head, dialled(t, app, head+framing).StatusCode, status)
		}
	}
}

func TestBodyWhoseSenderAsksFirst(t *testing.T) {
	app := newApplication(t)
	for length, status := range map[int]int{mebibyte + 1: http.StatusRequestEntityTooLarge, 10: http.StatusContinue} {
		answer := dialled(t, app, fmt.Sprintf("POST /api/piano/exercises HTTP/1.1\r\nHost: piano\r\n"+
			"Authorization: Bearer piano-token-1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", length))
		equal(t, "status", answer.StatusCode, status)
	}
}

func TestContentTypeIsIgnored(t *testing.T) {
	app := newApplication(t)
	for _, kind := range []string{"", "text/plain", "application/json; charset=utf-16", "multipart/form-data"} {
		request := httptest.NewRequest(http.MethodPost, "/api/piano/exercises", strings.NewReader(validExercise))
		request.Header.Set("Authorization", "Bearer piano-token-1")
		request.Header.Set("Content-Type", kind)
		app.exchange(request).expect(http.StatusCreated)
	}
}

func TestWrongBodies(t *testing.T) {
	app := newApplication(t).as("piano-token-1")
	exercises := query[int](app, "SELECT count(*) FROM piano_exercises")
	for _, body := range []string{"", " ", "null", "[]", "1", `"x"`, validExercise + "x", validExercise + validExercise, strings.Repeat(`{"a":`, 100000), "{}", `{"title": "t"}`} {
		app.send(http.MethodPost, "/api/piano/exercises", body).refused(http.StatusBadRequest, "invalid_request")
		app.send(http.MethodPut, "/api/piano/exercises/1", body).refused(http.StatusBadRequest, "invalid_request")
		app.send(http.MethodPut, "/api/piano/exercises/999999", body).refused(http.StatusBadRequest, "invalid_request")
		app.send(http.MethodPost, "/api/piano/attempts", body).refused(http.StatusBadRequest, "invalid_request")
	}
	equal(t, "exercises", query[int](app, "SELECT count(*) FROM piano_exercises"), exercises)
}
