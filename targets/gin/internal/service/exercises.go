package service

import (
	"context"

	"piano/internal/model"
	"piano/internal/repository"
)

// Exercises lists a page of the exercises, of one difficulty when it is not nil, and counts all of them.
func (p *Piano) Exercises(ctx context.Context, difficulty *int32, page model.Page) ([]model.Exercise, int64, error) {
	return p.store.Exercises(ctx, difficulty, page)
}

// Exercise finds one exercise.
func (p *Piano) Exercise(ctx context.Context, id int64) (model.Exercise, error) {
	exercise, err := p.store.Exercise(ctx, id)
	return exercise, missingExercise(err, id)
}

// CreateExercise adds an exercise and answers it as it was stored.
func (p *Piano) CreateExercise(ctx context.Context, exercise model.Exercise) (model.Exercise, error) {
	err := p.store.CreateExercise(ctx, &exercise)
	return exercise, err
}

// ReplaceExercise gives an exercise new content and answers it as it was stored.
func (p *Piano) ReplaceExercise(ctx context.Context, id int64, exercise model.Exercise) (model.Exercise, error) {
	exercise.ID = id
	err := p.store.UpdateExercise(ctx, &exercise)
	return exercise, missingExercise(err, id)
}

// DeleteExercise removes an exercise and its attempts; what users have completed stays completed.
func (p *Piano) DeleteExercise(ctx context.Context, id int64) error {
	return missingExercise(p.store.DeleteExercise(ctx, id), id)
}

// Stats sums up one user's attempts on an exercise.
func (p *Piano) Stats(ctx context.Context, userID, exerciseID int64) (model.Stats, error) {
	if err := p.requireExercise(ctx, exerciseID); err != nil {
		return model.Stats{}, err
	}
	return p.store.Stats(ctx, userID, exerciseID)
}

func (p *Piano) requireExercise(ctx context.Context, id int64) error {
	exists, err := p.store.ExerciseExists(ctx, id)
	if err == nil && !exists {
		err = repository.ErrNotFound
	}
	return missingExercise(err, id)
}
