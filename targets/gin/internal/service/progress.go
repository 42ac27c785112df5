package service

import (
	"context"
	"errors"

	"piano/internal/model"
	"piano/internal/repository"
)

// Progress tells how far a user has come; asking creates nothing.
func (p *Piano) Progress(ctx context.Context, userID int64) (model.Progress, error) {
	progress, err := p.store.Progress(ctx, userID)
	if errors.Is(err, repository.ErrNotFound) {
		return model.NewProgress(userID), nil
	}
	return progress, err
}

// ResetProgress takes a user back to the start; the attempts stay.
func (p *Piano) ResetProgress(ctx context.Context, userID int64) error {
	return p.store.DeleteProgress(ctx, userID)
}

// Leaderboard ranks the best users and counts everybody who has played.
func (p *Piano) Leaderboard(ctx context.Context, limit int) ([]model.Standing, int64, error) {
	standings, total, err := p.store.Leaderboard(ctx, limit)
	for i := range standings {
		standings[i].Rank = i + 1
	}
	return standings, total, err
}
