// Package repository says in SQL what the application keeps in PostgreSQL. It decides nothing: which rows, in which order
// of steps and what an absent row means is the service's business.
package repository

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// ErrNotFound is returned for a row that does not exist, or that is referred to and does not exist.
var ErrNotFound = errors.New("no such row")

const foreignKeyViolation = "23503"

// Store reads and writes the tables, either each statement by itself or all of them within one transaction.
type Store struct {
	db *gorm.DB
}

// New makes a store on an open database.
func New(db *gorm.DB) *Store {
	return &Store{db: db}
}

// Transaction runs the steps on a store of their own and keeps all of their changes, or none when one of them fails.
func (s *Store) Transaction(ctx context.Context, steps func(*Store) error) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return steps(&Store{db: tx})
	})
}

// known puts the errors that mean an absent row under one name.
func known(err error) error {
	var refused *pgconn.PgError
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.As(err, &refused) && refused.Code == foreignKeyViolation {
		return ErrNotFound
	}
	return err
}
