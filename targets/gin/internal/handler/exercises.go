package handler

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"piano/internal/validation"
)

func (r *routes) listExercises(c *gin.Context) error {
	query := c.Request.URL.RawQuery
	difficulty, err := validation.Difficulty(query)
	if err != nil {
		return err
	}
	page, err := validation.Page(query)
	if err != nil {
		return err
	}
	exercises, total, err := r.piano.Exercises(c.Request.Context(), difficulty, page)
	if err != nil {
		return err
	}
	answerList(c, page, exercises, total)
	return nil
}

func (r *routes) getExercise(c *gin.Context) error {
	id, err := validation.ID(c.Param("id"))
	if err != nil {
		return err
	}
	exercise, err := r.piano.Exercise(c.Request.Context(), id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, exercise)
	return nil
}

func (r *routes) createExercise(c *gin.Context) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	wanted, err := validation.Exercise(body)
	if err != nil {
		return err
	}
	exercise, err := r.piano.CreateExercise(c.Request.Context(), wanted)
	if err != nil {
		return err
	}
	c.JSON(http.StatusCreated, exercise)
	return nil
}

func (r *routes) replaceExercise(c *gin.Context) error {
	id, err := validation.ID(c.Param("id"))
	if err != nil {
		return err
	}
	body, err := readBody(c)
	if err != nil {
		return err
	}
	wanted, err := validation.Exercise(body)
	if err != nil {
		return err
	}
	exercise, err := r.piano.ReplaceExercise(c.Request.Context(), id, wanted)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, exercise)
	return nil
}

func (r *routes) deleteExercise(c *gin.Context) error {
	id, err := validation.ID(c.Param("id"))
	if err != nil {
		return err
	}
	if err := r.piano.DeleteExercise(c.Request.Context(), id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func (r *routes) exerciseStats(c *gin.Context) error {
	id, err := validation.ID(c.Param("id"))
	if err != nil {
		return err
	}
	stats, err := r.piano.Stats(c.Request.Context(), userID(c), id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, stats)
	return nil
}
