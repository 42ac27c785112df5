package model

const (
	firstLevel        = 1
	lastLevel         = 5
	exercisesPerLevel = 20
)

// Progress is a row of piano_progress: how far a user has come.
type Progress struct {
	UserID                    int64      `gorm:"primaryKey;autoIncrement:false" json:"user_id"`
	CurrentDifficultyLevel    int32      `json:"current_difficulty_level"`
	TotalExercisesCompleted   int32      `json:"total_exercises_completed"`
	AverageAccuracyPercentage float64    `json:"average_accuracy_percentage"`
	UpdatedAt                 *Timestamp `gorm:"default:now();autoUpdateTime:false" json:"updated_at"`
}

// TableName names the table to GORM.
func (Progress) TableName() string { return "piano_progress" }

// NewProgress is where a user starts, who has no row yet.
func NewProgress(userID int64) Progress {
	return Progress{UserID: userID, CurrentDifficultyLevel: firstLevel}
}

// Record counts an attempt and sets the level that the completed exercises earn. The average is the database's to tell.
func (p *Progress) Record(correct bool) {
	if correct {
		p.TotalExercisesCompleted++
	}
	p.CurrentDifficultyLevel = min(lastLevel, firstLevel+p.TotalExercisesCompleted/exercisesPerLevel)
}

// Standing is one user's line of the leaderboard.
type Standing struct {
	Rank                      int     `json:"rank"`
	UserID                    int64   `json:"user_id"`
	CurrentDifficultyLevel    int32   `json:"current_difficulty_level"`
	TotalExercisesCompleted   int32   `json:"total_exercises_completed"`
	AverageAccuracyPercentage float64 `json:"average_accuracy_percentage"`
}
