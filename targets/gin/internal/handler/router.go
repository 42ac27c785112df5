// Package handler speaks HTTP: it reads requests, asks the service, and writes answers. The order in which a request is
// checked is the contract's: route, token, path, query, size of the body, body, existence.
package handler

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"piano/internal/apierror"
	"piano/internal/service"
)

// routes holds what every handler needs.
type routes struct {
	piano *service.Piano
}

// A read answers HEAD as it answers GET; the server leaves the body out.
var read = []string{http.MethodGet, http.MethodHead}

// Router makes the application's handler. Paths match exactly or not at all.
func Router(piano *service.Piano) *gin.Engine {
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	engine.ForwardedByClientIP = false
	engine.Use(gin.CustomRecovery(recovered), refuseEmptySegments)
	engine.NoRoute(endpoint(noRoute))
	engine.NoMethod(endpoint(noMethod))

	r := &routes{piano: piano}
	engine.Match(read, "/health", health)

	open := engine.Group("/api/piano")
	open.Match(read, "/exercises", endpoint(r.listExercises))
	open.Match(read, "/exercises/:id", endpoint(r.getExercise))
	open.Match(read, "/exercises/:id/attempts", endpoint(r.listExerciseAttempts))
	open.Match(read, "/leaderboard", endpoint(r.leaderboard))

	authenticated := open.Group("", endpoint(r.authenticate))
	authenticated.POST("/exercises", endpoint(r.createExercise))
	authenticated.PUT("/exercises/:id", endpoint(r.replaceExercise))
	authenticated.DELETE("/exercises/:id", endpoint(r.deleteExercise))
	authenticated.Match(read, "/exercises/:id/stats", endpoint(r.exerciseStats))
	authenticated.POST("/attempts", endpoint(r.recordAttempt))
	authenticated.Match(read, "/attempts", endpoint(r.listUserAttempts))
	authenticated.Match(read, "/progress", endpoint(r.getProgress))
	authenticated.DELETE("/progress", endpoint(r.resetProgress))
	return engine
}

// health tells that the process answers; it asks the database nothing.
func health(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
}

// refuseEmptySegments keeps the router from taking the nothing between two slashes for an id.
func refuseEmptySegments(c *gin.Context) {
	if strings.Contains(c.Request.URL.Path, "//") {
		c.Writer.Header().Del("Allow")
		refuse(c, noRoute(c))
	}
}

func noRoute(*gin.Context) error {
	return apierror.NotFound("there is nothing at this path")
}

func noMethod(c *gin.Context) error {
	allowed := c.Writer.Header().Get("Allow")
	return apierror.New(apierror.CodeMethodNotAllowed, "this path takes "+allowed+" only")
}
