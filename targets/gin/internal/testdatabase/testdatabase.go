// Package testdatabase gives a test a database of its own: a copy of the seeded one that DATABASE_URL names, dropped when
// the test ends. Only tests import it.
package testdatabase

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

var copies atomic.Int64

// Copy makes the database and returns its URL. The server must let the URL's user create databases.
func Copy(t testing.TB) string {
	t.Helper()
	seeded := os.Getenv("DATABASE_URL")
	if seeded == "" {
		t.Fatal("DATABASE_URL must name a seeded Piano database on a server where databases may be created")
	}
	template := pgx.Identifier{databaseOf(t, seeded)}.Sanitize()
	name := fmt.Sprintf("piano_gin_test_%d_%d", os.Getpid(), copies.Add(1))
	onServer(t, seeded, "CREATE DATABASE "+name+" TEMPLATE "+template)
	t.Cleanup(func() { onServer(t, seeded, "DROP DATABASE "+name+" WITH (FORCE)") })
	return withDatabase(t, seeded, name)
}

func onServer(t testing.TB, seeded, statement string) {
	t.Helper()
	ctx := context.Background()
	server, err := pgx.Connect(ctx, withDatabase(t, seeded, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close(ctx)
	if _, err := server.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func databaseOf(t testing.TB, databaseURL string) string {
	t.Helper()
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return config.Database
}

func withDatabase(t testing.TB, databaseURL, name string) string {
	t.Helper()
	parsed, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Path = "/" + name
	return parsed.String()
}
