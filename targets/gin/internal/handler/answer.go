package handler

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"piano/internal/apierror"
	"piano/internal/model"
)

// list is the answer to every request for a page.
type list[Row any] struct {
	Total    int64 `json:"total"`
	Page     int   `json:"page"`
	PageSize int   `json:"page_size"`
	Data     []Row `json:"data"`
}

func answerList[Row any](c *gin.Context, page model.Page, rows []Row, total int64) {
	c.JSON(http.StatusOK, list[Row]{Total: total, Page: page.Number, PageSize: page.Size, Data: rows})
}

// endpoint makes a Gin handler of a function that answers, or returns why it did not.
func endpoint(run func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := run(c); err != nil {
			refuse(c, err)
		}
	}
}

// refuse answers an error and ends the request. What the client is not meant to see goes to the log instead.
func refuse(c *gin.Context, err error) {
	var shown *apierror.Error
	if !errors.As(err, &shown) {
		// A client that has left needs no answer, and that its query was cancelled is no news.
		if c.Request.Context().Err() == nil {
			slog.Error("a request failed", "method", c.Request.Method, "path", c.Request.URL.Path, "cause", err)
		}
		shown = apierror.New(apierror.CodeInternal, "the request could not be carried out")
	}
	if shown.Code == apierror.CodeUnauthorized {
		c.Header("WWW-Authenticate", "Bearer")
	}
	drain(c.Request)
	c.AbortWithStatusJSON(shown.Status(), gin.H{"error": shown})
}

// recovered answers a request whose handler panicked; Gin has logged the panic.
func recovered(c *gin.Context, _ any) {
	refuse(c, apierror.New(apierror.CodeInternal, "the request could not be carried out"))
}
