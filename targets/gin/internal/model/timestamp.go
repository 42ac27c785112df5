package model

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Timestamp is a moment as PostgreSQL keeps it, to the microsecond, and as the application shows it: in UTC, always with
// six digits after the second, whatever the time zone of the process or of the session.
type Timestamp struct {
	time.Time
}

const timestampLayout = `"2006-01-02T15:04:05.000000Z"`

// MarshalJSON writes RFC 3339 in UTC.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(make([]byte, 0, len(timestampLayout)), timestampLayout), nil
}

// Scan reads a timestamptz.
func (t *Timestamp) Scan(value any) error {
	moment, ok := value.(time.Time)
	if !ok {
		return fmt.Errorf("a timestamp cannot be read from %T", value)
	}
	t.Time = moment
	return nil
}

// Value writes a timestamptz.
func (t Timestamp) Value() (driver.Value, error) {
	return t.Time, nil
}
