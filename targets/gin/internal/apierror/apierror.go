// Package apierror holds the errors that a client gets to see: a code to act on and a message to read.
package apierror

import "net/http"

// Code is the machine-readable name of what went wrong.
type Code string

// The codes of the contract.
const (
	CodeInvalidRequest   Code = "invalid_request"
	CodeUnauthorized     Code = "unauthorized"
	CodeNotFound         Code = "not_found"
	CodeMethodNotAllowed Code = "method_not_allowed"
	CodePayloadTooLarge  Code = "payload_too_large"
	CodeInternal         Code = "internal"
)

var statuses = map[Code]int{
	CodeInvalidRequest:   http.StatusBadRequest,
	CodeUnauthorized:     http.StatusUnauthorized,
	CodeNotFound:         http.StatusNotFound,
	CodeMethodNotAllowed: http.StatusMethodNotAllowed,
	CodePayloadTooLarge:  http.StatusRequestEntityTooLarge,
	CodeInternal:         http.StatusInternalServerError,
}

// Error is an answer of the form {"code": …, "message": …}.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// New makes an error to show to the client.
func New(code Code, message string) *Error {
	return &Error{Code: code, Message: message}
}

// Invalid is a request that breaks the contract.
func Invalid(message string) *Error {
	return New(CodeInvalidRequest, message)
}

// NotFound is a row or a route that does not exist.
func NotFound(message string) *Error {
	return New(CodeNotFound, message)
}

// Error is the message, for the log.
func (e *Error) Error() string {
	return e.Message
}

// Status is the HTTP status that goes with the code.
func (e *Error) Status() int {
	return statuses[e.Code]
}
