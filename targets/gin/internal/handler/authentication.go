package handler

import (
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"piano/internal/apierror"
)

const userKey = "user"

// authenticate lets a request pass that carries a user's token, and remembers the user.
func (r *routes) authenticate(c *gin.Context) error {
	token, ok := bearerToken(c.Request.Header.Values("Authorization"))
	if !ok {
		return apierror.New(apierror.CodeUnauthorized, "an Authorization header with a Bearer token is required")
	}
	userID, err := r.piano.Authenticate(c.Request.Context(), token)
	if err != nil {
		return err
	}
	c.Set(userKey, userID)
	return nil
}

// userID is the user whom authenticate has let pass.
func userID(c *gin.Context) int64 {
	return c.GetInt64(userKey)
}

// bearerToken takes the token from the one Authorization header. PostgreSQL would refuse to compare text that is not UTF-8.
func bearerToken(headers []string) (string, bool) {
	if len(headers) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	ok := strings.EqualFold(scheme, "Bearer") && token != "" && token[0] != ' ' && utf8.ValidString(token)
	return token, ok
}
