package service

import (
	"context"

	"piano/internal/model"
	"piano/internal/repository"
)

// UserAttempts lists a page of one user's attempts, newest first, and counts all of them.
func (p *Piano) UserAttempts(ctx context.Context, userID int64, page model.Page) ([]model.Attempt, int64, error) {
	return p.store.UserAttempts(ctx, userID, page)
}

// ExerciseAttempts lists a page of the attempts on an exercise, newest first, and counts all of them.
func (p *Piano) ExerciseAttempts(ctx context.Context, exerciseID int64, page model.Page) ([]model.Attempt, int64, error) {
	if err := p.requireExercise(ctx, exerciseID); err != nil {
		return nil, 0, err
	}
	return p.store.ExerciseAttempts(ctx, exerciseID, page)
}

// RecordAttempt adds an attempt and updates the progress of its user, both or neither. The progress is locked first: one
// user's attempts are counted one after the other, and the average sees all those before.
func (p *Piano) RecordAttempt(ctx context.Context, attempt model.Attempt) (model.Attempt, error) {
	err := p.store.Transaction(ctx, func(store *repository.Store) error {
		progress, err := store.LockProgress(ctx, attempt.UserID)
		if err != nil {
			return err
		}
		if err := store.CreateAttempt(ctx, &attempt); err != nil {
			return missingExercise(err, attempt.ExerciseID)
		}
		progress.Record(attempt.IsCorrect)
		return store.SaveProgress(ctx, progress)
	})
	return attempt, err
}
