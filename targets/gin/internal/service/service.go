// Package service holds the rules of the Piano application: what has to exist, what happens together, and what is answered
// for what is not there. It knows neither HTTP nor SQL.
package service

import (
	"context"
	"errors"
	"fmt"

	"piano/internal/apierror"
	"piano/internal/repository"
)

// Piano is the application.
type Piano struct {
	store *repository.Store
}

// New makes the application on its store.
func New(store *repository.Store) *Piano {
	return &Piano{store: store}
}

// Authenticate finds the user who holds a token.
func (p *Piano) Authenticate(ctx context.Context, token string) (int64, error) {
	userID, err := p.store.UserID(ctx, token)
	if errors.Is(err, repository.ErrNotFound) {
		return 0, apierror.New(apierror.CodeUnauthorized, "the token is unknown")
	}
	return userID, err
}

// missingExercise turns an absent row into the answer that names the exercise.
func missingExercise(err error, id int64) error {
	if errors.Is(err, repository.ErrNotFound) {
		return apierror.NotFound(fmt.Sprintf("exercise %d does not exist", id))
	}
	return err
}
