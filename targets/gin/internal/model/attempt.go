package model

// Attempt is a row of piano_attempts: one user playing one exercise once.
type Attempt struct {
	ID                 int64     `gorm:"primaryKey" json:"id"`
	UserID             int64     `json:"user_id"`
	ExerciseID         int64     `json:"exercise_id"`
	NotesPlayed        string    `json:"notes_played"`
	IsCorrect          bool      `json:"is_correct"`
	AccuracyPercentage float64   `json:"accuracy_percentage"`
	ResponseTimeMs     int32     `json:"response_time_ms"`
	AttemptedAt        Timestamp `gorm:"default:now()" json:"attempted_at"`
}

// TableName names the table to GORM.
func (Attempt) TableName() string { return "piano_attempts" }
