package handler_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkGetExercises is one page of exercises from the router to the database and back, without a network between
// client and server.
func BenchmarkGetExercises(b *testing.B) {
	router := newApplication(b).router
	b.ReportAllocs()
	for b.Loop() {
		recorder := httptest.NewRecorder()
		router.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/api/piano/exercises", nil))
		if recorder.Code != http.StatusOK {
			b.Fatalf("status %d: %s", recorder.Code, recorder.Body)
		}
	}
}
