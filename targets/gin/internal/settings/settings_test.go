package settings_test

import (
	"testing"

	"piano/internal/settings"
)

func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestDefaults(t *testing.T) {
	read, err := settings.Read(environment(map[string]string{"DATABASE_URL": "postgres://db/piano"}))
	if err != nil || read.Address() != "127.0.0.1:8080" || read.DatabaseURL != "postgres://db/piano" {
		t.Fatalf("%+v, %v", read, err)
	}
}

func TestAddress(t *testing.T) {
	for want, variables := range map[string]map[string]string{
		"0.0.0.0:81":     {"HOST": "0.0.0.0", "PORT": "81"},
		"[::1]:8080":     {"HOST": "::1", "PORT": ""},
		"127.0.0.1:9000": {"HOST": "", "PORT": "9000"},
	} {
		variables["DATABASE_URL"] = "postgresql:///piano"
		if read, err := settings.Read(environment(variables)); err != nil || read.Address() != want {
			t.Fatalf("%v gives %q, %v", variables, read.Address(), err)
		}
	}
}

func TestRefusedSettings(t *testing.T) {
	for _, variables := range []map[string]string{
		{},
		{"DATABASE_URL": ""},
		{"DATABASE_URL": "mysql://db/piano"},
		{"DATABASE_URL": "host=db"},
		{"DATABASE_URL": "postgres:///piano", "PORT": "0"},
		{"DATABASE_URL": "postgres:///piano", "PORT": "65536"},
		{"DATABASE_URL": "postgres:///piano", "PORT": "http"},
	} {
		if read, err := settings.Read(environment(variables)); err == nil {
			t.Fatalf("%v gives %+v", variables, read)
		}
	}
}
