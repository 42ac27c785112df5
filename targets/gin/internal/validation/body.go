package validation

import (
	"math"
	"regexp"

	"piano/internal/model"
)

const (
	maxTitle       = 255
	maxDescription = 2000
	maxSequence    = 255
	maxNotesPlayed = 1000
)

var notesSequence = regexp.MustCompile(`^[A-G](#|b)?[0-8](,[A-G](#|b)?[0-8])*$`)

// Exercise reads what a client may set of an exercise from a body.
func Exercise(body []byte) (model.Exercise, error) {
	object := parseObject(body)
	exercise := model.Exercise{
		Title:           object.text("title", 1, maxTitle),
		Description:     object.optionalText("description", maxDescription),
		DifficultyLevel: int32(object.integer("difficulty_level", 1, maxDifficulty)),
		NotesSequence:   object.text("notes_sequence", 1, maxSequence),
	}
	if !notesSequence.MatchString(exercise.NotesSequence) {
		object.refuse("notes_sequence", "notes such as C4, F#3 or Bb5 with commas between them and nothing else")
	}
	return exercise, object.err
}

// Attempt reads what a client tells of an attempt from a body; whose it is, it does not tell.
func Attempt(body []byte) (model.Attempt, error) {
	object := parseObject(body)
	attempt := model.Attempt{
		ExerciseID:         object.integer("exercise_id", 1, math.MaxInt64),
		NotesPlayed:        object.text("notes_played", 1, maxNotesPlayed),
		IsCorrect:          object.boolean("is_correct"),
		AccuracyPercentage: object.number("accuracy_percentage", 0, 100),
		ResponseTimeMs:     int32(object.integer("response_time_ms", 0, math.MaxInt32)),
	}
	return attempt, object.err
}
