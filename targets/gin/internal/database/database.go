// Package database opens the pool of connections to PostgreSQL. What is asked of the database is said in repository.
package database

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

const (
	poolSize       = 16
	connectTimeout = 5 * time.Second
)

// Database is an open pool, and GORM on top of it.
type Database struct {
	Gorm *gorm.DB
	pool *sql.DB
}

// Open checks with one connection that the database behind the URL answers; the pool opens the others when they are
// needed, and opens lost ones again.
func Open(ctx context.Context, url string) (*Database, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL cannot be used: %w", err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(poolSize)
	pool.SetMaxIdleConns(poolSize)

	opened, err := overPool(ctx, pool)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("the database cannot be reached: %w", err)
	}
	return &Database{Gorm: opened, pool: pool}, nil
}

func overPool(ctx context.Context, pool *sql.DB) (*gorm.DB, error) {
	if err := pool.PingContext(ctx); err != nil {
		return nil, err
	}
	return gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{
		// A failed query is returned, and logged once, where the request is answered.
		Logger: logger.Discard,
		// SkipDefaultTransaction keeps its default: every write is a transaction, a read is none.
		DisableAutomaticPing: true,
	})
}

// Close ends every connection of the pool.
func (d *Database) Close() error {
	return d.pool.Close()
}
