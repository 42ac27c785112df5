// Command unified-app serves the Piano application.
//
// It reads its settings from the environment (DATABASE_URL, HOST, PORT), checks that the database answers, serves until
// it is told to stop, and says in one line on stderr why it could not.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/gin-gonic/gin"

	"piano/internal/database"
	"piano/internal/handler"
	"piano/internal/repository"
	"piano/internal/server"
	"piano/internal/service"
	"piano/internal/settings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx); err != nil {
		// The driver spreads a failed connection over several lines; the log wants one.
		fmt.Fprintln(os.Stderr, "unified-app:", strings.Join(strings.Fields(err.Error()), " "))
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	wanted, err := settings.Read(os.Getenv)
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, wanted.DatabaseURL)
	if err != nil {
		if ctx.Err() != nil {
			return nil // Told to stop while connecting: not a failure.
		}
		return err
	}
	defer db.Close()

	gin.SetMode(gin.ReleaseMode)
	piano := service.New(repository.New(db.Gorm))
	return server.Serve(ctx, wanted.Address(), handler.Router(piano))
}
