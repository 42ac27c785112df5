package repository

import (
	"context"

	"piano/internal/model"
)

const newestFirst = "attempted_at DESC, id DESC"

// UserAttempts lists a page of one user's attempts, newest first, and counts all of them.
func (s *Store) UserAttempts(ctx context.Context, userID int64, page model.Page) ([]model.Attempt, int64, error) {
	query := s.db.WithContext(ctx).Model(&model.Attempt{}).Where("user_id = ?", userID)
	return pageOf[model.Attempt](query, newestFirst, page)
}

// ExerciseAttempts lists a page of the attempts on one exercise, newest first, and counts all of them.
func (s *Store) ExerciseAttempts(ctx context.Context, exerciseID int64, page model.Page) ([]model.Attempt, int64, error) {
	query := s.db.WithContext(ctx).Model(&model.Attempt{}).Where("exercise_id = ?", exerciseID)
	return pageOf[model.Attempt](query, newestFirst, page)
}

// CreateAttempt adds the attempt and fills in its id and its time. ErrNotFound means that its exercise does not exist.
func (s *Store) CreateAttempt(ctx context.Context, attempt *model.Attempt) error {
	return known(s.db.WithContext(ctx).Create(attempt).Error)
}

// Stats sums up one user's attempts on one exercise.
func (s *Store) Stats(ctx context.Context, userID, exerciseID int64) (model.Stats, error) {
	var stats model.Stats
	err := s.db.WithContext(ctx).Raw(`
		SELECT count(*) AS total_attempts,
		       count(*) FILTER (WHERE is_correct) AS correct_attempts,
		       coalesce(round(avg(accuracy_percentage)::numeric, 2), 0)::double precision AS average_accuracy_percentage
		FROM piano_attempts
		WHERE exercise_id = ? AND user_id = ?`, exerciseID, userID).Scan(&stats).Error
	stats.ExerciseID = exerciseID
	return stats, err
}
