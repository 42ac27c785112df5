// Package model holds the rows of the Piano tables, what is derived from them, and how a row is shown as JSON. The
// database sets every time, so that one clock orders all rows.
package model

// Exercise is a row of piano_exercises.
type Exercise struct {
	ID              int64     `gorm:"primaryKey" json:"id"`
	Title           string    `json:"title"`
	Description     *string   `json:"description"`
	DifficultyLevel int32     `json:"difficulty_level"`
	NotesSequence   string    `json:"notes_sequence"`
	CreatedAt       Timestamp `gorm:"default:now();autoCreateTime:false" json:"created_at"`
	UpdatedAt       Timestamp `gorm:"default:now();autoUpdateTime:false" json:"updated_at"`
}

// TableName names the table to GORM.
func (Exercise) TableName() string { return "piano_exercises" }

// Stats sums up one user's attempts on one exercise.
type Stats struct {
	ExerciseID                int64   `json:"exercise_id"`
	TotalAttempts             int64   `json:"total_attempts"`
	CorrectAttempts           int64   `json:"correct_attempts"`
	AverageAccuracyPercentage float64 `json:"average_accuracy_percentage"`
}
