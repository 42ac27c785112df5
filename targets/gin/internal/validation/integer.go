// Package validation turns what a client sent into values that keep the contract, or says what is wrong with it. It sees
// text and bytes only: no request and no database.
package validation

import (
	"math"
	"strconv"

	"piano/internal/apierror"
)

// ID reads an id from a path: digits, from 1 to the largest bigint.
func ID(text string) (int64, error) {
	id, ok := positive(text, math.MaxInt64)
	if !ok {
		return 0, apierror.Invalid("the id in the path must be a positive integer")
	}
	return id, nil
}

// positive reads ASCII digits, and nothing but digits, that make a number from 1 to most.
func positive(text string, most int64) (int64, bool) {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	number, err := strconv.ParseInt(text, 10, 64)
	return number, err == nil && number >= 1 && number <= most
}
