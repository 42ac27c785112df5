package repository

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"piano/internal/model"
)

// Progress finds a user's progress.
func (s *Store) Progress(ctx context.Context, userID int64) (model.Progress, error) {
	var progress model.Progress
	err := s.db.WithContext(ctx).Where("user_id = ?", userID).Take(&progress).Error
	return progress, known(err)
}

// LockProgress reads a user's progress, created when there is none, and keeps all others from changing it until the
// transaction ends. Between the two statements somebody may delete the row; then both are done again.
func (s *Store) LockProgress(ctx context.Context, userID int64) (model.Progress, error) {
	db := s.db.WithContext(ctx)
	for {
		created := model.NewProgress(userID)
		if err := db.Clauses(clause.OnConflict{DoNothing: true}).Create(&created).Error; err != nil {
			return model.Progress{}, err
		}
		var locked model.Progress
		err := db.Clauses(clause.Locking{Strength: "UPDATE"}).Where("user_id = ?", userID).Take(&locked).Error
		if !errors.Is(err, gorm.ErrRecordNotFound) {
			return locked, err
		}
	}
}

// SaveProgress writes a locked progress back, with the average over all of the user's attempts.
func (s *Store) SaveProgress(ctx context.Context, progress model.Progress) error {
	average := gorm.Expr(
		"(SELECT round(avg(accuracy_percentage)::numeric, 2) FROM piano_attempts WHERE user_id = ?)", progress.UserID)
	return s.db.WithContext(ctx).Model(&progress).Updates(map[string]any{
		"current_difficulty_level":    progress.CurrentDifficultyLevel,
		"total_exercises_completed":   progress.TotalExercisesCompleted,
		"average_accuracy_percentage": average,
		"updated_at":                  gorm.Expr("now()"),
	}).Error
}

// DeleteProgress removes a user's progress, if there is any.
func (s *Store) DeleteProgress(ctx context.Context, userID int64) error {
	return s.db.WithContext(ctx).Where("user_id = ?", userID).Delete(&model.Progress{}).Error
}

// Leaderboard orders the users by their average over all attempts, and counts everybody with at least one in the same pass.
func (s *Store) Leaderboard(ctx context.Context, limit int) ([]model.Standing, int64, error) {
	rows := make([]struct {
		model.Standing
		Total int64
	}, 0, limit)
	err := s.db.WithContext(ctx).Raw(`
		SELECT attempts.user_id,
		       coalesce(progress.current_difficulty_level, 1) AS current_difficulty_level,
		       coalesce(progress.total_exercises_completed, 0) AS total_exercises_completed,
		       attempts.average_accuracy_percentage,
		       count(*) OVER () AS total
		FROM (SELECT user_id,
		             round(avg(accuracy_percentage)::numeric, 2)::double precision AS average_accuracy_percentage
		      FROM piano_attempts
		      GROUP BY user_id) AS attempts
		LEFT JOIN piano_progress AS progress ON progress.user_id = attempts.user_id
		ORDER BY attempts.average_accuracy_percentage DESC, 3 DESC, attempts.user_id
		LIMIT ?`, limit).Scan(&rows).Error
	var total int64
	standings := make([]model.Standing, 0, len(rows))
	for _, row := range rows {
		total = row.Total
		standings = append(standings, row.Standing)
	}
	return standings, total, err
}
