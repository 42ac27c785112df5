package handler

import (
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"piano/internal/apierror"
)

const (
	maxBody  = 1 << 20
	maxDrain = 8 << 20
)

// readBody reads the whole body, whether its length was announced or not.
func readBody(c *gin.Context) ([]byte, error) {
	if c.Request.ContentLength > maxBody {
		return nil, tooLarge()
	}
	// Reading tells a sender who asked to go on.
	c.Request.Header.Del("Expect")
	body, err := io.ReadAll(io.LimitReader(c.Request.Body, maxBody+1))
	if err != nil {
		return nil, apierror.Invalid("the body could not be read")
	}
	if len(body) > maxBody {
		return nil, tooLarge()
	}
	return body, nil
}

func tooLarge() error {
	return apierror.New(apierror.CodePayloadTooLarge, "the body is larger than 1 MiB")
}

// drain reads what a refused request still sends, up to a bound: a client that is still sending when its connection is
// closed gets a reset instead of the answer. Who has asked whether to send, and was not told to, sends nothing.
func drain(request *http.Request) {
	if request.Header.Get("Expect") == "" {
		// That it fails changes nothing: the answer is the same.
		_, _ = io.CopyN(io.Discard, request.Body, maxDrain)
	}
}
