package handler

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"piano/internal/validation"
)

func (r *routes) recordAttempt(c *gin.Context) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	played, err := validation.Attempt(body)
	if err != nil {
		return err
	}
	played.UserID = userID(c)
	attempt, err := r.piano.RecordAttempt(c.Request.Context(), played)
	if err != nil {
		return err
	}
	c.JSON(http.StatusCreated, attempt)
	return nil
}

func (r *routes) listUserAttempts(c *gin.Context) error {
	page, err := validation.Page(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	attempts, total, err := r.piano.UserAttempts(c.Request.Context(), userID(c), page)
	if err != nil {
		return err
	}
	answerList(c, page, attempts, total)
	return nil
}

func (r *routes) listExerciseAttempts(c *gin.Context) error {
	id, err := validation.ID(c.Param("id"))
	if err != nil {
		return err
	}
	page, err := validation.Page(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	attempts, total, err := r.piano.ExerciseAttempts(c.Request.Context(), id, page)
	if err != nil {
		return err
	}
	answerList(c, page, attempts, total)
	return nil
}
