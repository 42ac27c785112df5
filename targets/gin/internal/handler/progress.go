package handler

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"piano/internal/model"
	"piano/internal/validation"
)

// standings is the answer to a request for the leaderboard.
type standings struct {
	Leaderboard []model.Standing `json:"leaderboard"`
	Total       int64            `json:"total"`
}

func (r *routes) getProgress(c *gin.Context) error {
	progress, err := r.piano.Progress(c.Request.Context(), userID(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, progress)
	return nil
}

func (r *routes) resetProgress(c *gin.Context) error {
	if err := r.piano.ResetProgress(c.Request.Context(), userID(c)); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func (r *routes) leaderboard(c *gin.Context) error {
	limit, err := validation.Limit(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	leaders, total, err := r.piano.Leaderboard(c.Request.Context(), limit)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, standings{Leaderboard: leaders, Total: total})
	return nil
}
