package handler

import (
	"io"

	"github.com/gin-gonic/gin"

	"piano/internal/apierror"
)

const (
	maxBody = 1 << 20
	// How much of a body that is too large is read all the same: a client that is still sending when its connection is
	// closed gets a reset instead of the answer.
	maxDrain = 8 << 20
)

// readBody reads the whole body, whether its length was announced or not.
func readBody(c *gin.Context) ([]byte, error) {
	request := c.Request
	if request.ContentLength > maxBody {
		// Who asks whether to send has not sent yet: the answer is no, and there is nothing to read.
		if request.Header.Get("Expect") == "" {
			drain(request.Body)
		}
		return nil, tooLarge()
	}
	body, err := io.ReadAll(io.LimitReader(request.Body, maxBody+1))
	if err != nil {
		return nil, apierror.Invalid("the body could not be read")
	}
	if len(body) > maxBody {
		drain(request.Body)
		return nil, tooLarge()
	}
	return body, nil
}

// drain reads what is left, up to a bound. That it fails changes nothing: the answer is the same.
func drain(body io.Reader) {
	_, _ = io.CopyN(io.Discard, body, maxDrain)
}

func tooLarge() error {
	return apierror.New(apierror.CodePayloadTooLarge, "the body is larger than 1 MiB")
}
