// Package settings reads what the environment asks for. It knows the defaults and what a setting may be; it opens nothing.
package settings

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

const (
	defaultHost = "127.0.0.1"
	defaultPort = "8080"
)

// Settings is everything that can be set from outside.
type Settings struct {
	DatabaseURL string
	Host        string
	Port        string
}

// Read takes the settings from an environment, of which getenv is the reader. An empty variable counts as unset.
func Read(getenv func(string) string) (Settings, error) {
	read := Settings{
		DatabaseURL: getenv("DATABASE_URL"),
		Host:        valueOr(getenv("HOST"), defaultHost),
		Port:        valueOr(getenv("PORT"), defaultPort),
	}
	if read.DatabaseURL == "" {
		return Settings{}, errors.New("DATABASE_URL is not set: give a postgresql:// URL")
	}
	if !strings.HasPrefix(read.DatabaseURL, "postgres://") && !strings.HasPrefix(read.DatabaseURL, "postgresql://") {
		return Settings{}, errors.New("DATABASE_URL is not a postgres:// or postgresql:// URL")
	}
	if port, err := strconv.ParseUint(read.Port, 10, 16); err != nil || port == 0 {
		return Settings{}, fmt.Errorf("PORT is %q: give a number from 1 to 65535", read.Port)
	}
	return read, nil
}

// Address is where to listen, as net.Listen takes it.
func (s Settings) Address() string {
	return net.JoinHostPort(s.Host, s.Port)
}

func valueOr(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
