package repository

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"piano/internal/model"
)

// Exercises lists a page of the exercises by id, of one difficulty when it is not nil, and counts all of them.
func (s *Store) Exercises(ctx context.Context, difficulty *int32, page model.Page) ([]model.Exercise, int64, error) {
	query := s.db.WithContext(ctx).Model(&model.Exercise{})
	if difficulty != nil {
		query = query.Where("difficulty_level = ?", *difficulty)
	}
	return pageOf[model.Exercise](query, "id", page)
}

// Exercise finds one exercise.
func (s *Store) Exercise(ctx context.Context, id int64) (model.Exercise, error) {
	var exercise model.Exercise
	err := s.db.WithContext(ctx).Where("id = ?", id).Take(&exercise).Error
	return exercise, known(err)
}

// ExerciseExists tells whether there is such an exercise.
func (s *Store) ExerciseExists(ctx context.Context, id int64) (bool, error) {
	var exists bool
	err := s.db.WithContext(ctx).Raw("SELECT EXISTS (SELECT FROM piano_exercises WHERE id = ?)", id).Scan(&exists).Error
	return exists, err
}

// CreateExercise adds the exercise and fills in what the database decides: its id and its times.
func (s *Store) CreateExercise(ctx context.Context, exercise *model.Exercise) error {
	return s.db.WithContext(ctx).Create(exercise).Error
}

// UpdateExercise replaces what a client may set of the exercise with this id and fills in the rest.
func (s *Store) UpdateExercise(ctx context.Context, exercise *model.Exercise) error {
	updated := s.db.WithContext(ctx).Model(exercise).Clauses(clause.Returning{}).Updates(map[string]any{
		"title":            exercise.Title,
		"description":      exercise.Description,
		"difficulty_level": exercise.DifficultyLevel,
		"notes_sequence":   exercise.NotesSequence,
		"updated_at":       gorm.Expr("now()"),
	})
	return changedARow(updated)
}

// DeleteExercise removes the exercise; its attempts go with it.
func (s *Store) DeleteExercise(ctx context.Context, id int64) error {
	return changedARow(s.db.WithContext(ctx).Where("id = ?", id).Delete(&model.Exercise{}))
}

func changedARow(change *gorm.DB) error {
	if change.Error == nil && change.RowsAffected == 0 {
		return ErrNotFound
	}
	return change.Error
}
