package validation

import (
	"fmt"
	"math"
	"net/url"
	"strings"

	"piano/internal/apierror"
	"piano/internal/model"
)

const (
	defaultPageSize = 20
	maxPageSize     = 100
	defaultLimit    = 10
	maxLimit        = 100
	maxDifficulty   = 5
)

// Page reads `page` and `page_size` from a raw query.
func Page(query string) (model.Page, error) {
	number, err := queryInteger(query, "page", 1, math.MaxInt32)
	if err != nil {
		return model.Page{}, err
	}
	size, err := queryInteger(query, "page_size", defaultPageSize, maxPageSize)
	return model.Page{Number: int(number), Size: int(size)}, err
}

// Limit reads `limit` from a raw query.
func Limit(query string) (int, error) {
	limit, err := queryInteger(query, "limit", defaultLimit, maxLimit)
	return int(limit), err
}

// Difficulty reads `difficulty` from a raw query; nil when it is not given.
func Difficulty(query string) (*int32, error) {
	if _, given := queryValue(query, "difficulty"); !given {
		return nil, nil
	}
	level, err := queryInteger(query, "difficulty", 0, maxDifficulty)
	difficulty := int32(level)
	return &difficulty, err
}

func queryInteger(query, name string, fallback, most int64) (int64, error) {
	text, given := queryValue(query, name)
	if !given {
		return fallback, nil
	}
	number, ok := positive(text, most)
	if !ok {
		return 0, apierror.Invalid(fmt.Sprintf("%s must be an integer from 1 to %d", name, most))
	}
	return number, nil
}

// queryValue finds the first value of a name. url.ParseQuery drops what it cannot read, so that a malformed value would
// pass for one that was not given; here it is kept as it was sent, to be refused by whoever wanted a number.
func queryValue(query, name string) (value string, given bool) {
	for pair := range strings.SplitSeq(query, "&") {
		rawName, rawValue, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(rawName); err != nil || decoded != name {
			continue
		}
		if decoded, err := url.QueryUnescape(rawValue); err == nil {
			return decoded, true
		}
		return rawValue, true
	}
	return "", false
}
