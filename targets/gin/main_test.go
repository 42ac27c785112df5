package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"piano/internal/testdatabase"
)

// The test binary is the application itself when this variable is set: a test then has a real process to start and stop.
const actAsApplication = "PIANO_TEST_ACT_AS_APPLICATION"

func TestMain(m *testing.M) {
	if os.Getenv(actAsApplication) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// process is the application with these variables, and what it prints.
func process(t *testing.T, variables ...string) (command *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	command = exec.CommandContext(t.Context(), executable)
	command.Env = append([]string{actAsApplication + "=1"}, variables...)
	command.Stdout, command.Stderr = stdout, stderr
	return command, stdout, stderr
}

// freePort is a port that nobody listened on a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
}

func TestWhatCannotStartSaysWhyInOneLine(t *testing.T) {
	seeded := testdatabase.Copy(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for reason, variables := range map[string][]string{
		"DATABASE_URL is not set":            {},
		"not a postgres:// or postgresql://": {"DATABASE_URL=sqlite:///piano"},
		"DATABASE_URL cannot be used":        {"DATABASE_URL=postgres://127.0.0.1:x/piano"},
		"cannot be reached":                  {"DATABASE_URL=postgres://piano:secret@127.0.0.1:" + freePort(t) + "/piano"},
		"does not exist":                     {"DATABASE_URL=" + absent(t, seeded)},
		`PORT is "x"`:                        {"DATABASE_URL=" + seeded, "PORT=x"},
		"address already in use":             {"DATABASE_URL=" + seeded, fmt.Sprintf("PORT=%d", taken.Addr().(*net.TCPAddr).Port)},
	} {
		command, stdout, stderr := process(t, variables...)
		err := command.Run()
		if command.ProcessState.ExitCode() != 1 || stdout.Len() != 0 || strings.Count(stderr.String(), "\n") != 1 ||
			!strings.Contains(stderr.String(), reason) || strings.Contains(stderr.String(), "secret") {
			t.Errorf("%s: %v, stdout %q, stderr %q", reason, err, stdout, stderr)
		}
	}
}

// absent is the same server with a database that it does not have.
func absent(t *testing.T, databaseURL string) string {
	t.Helper()
	parsed, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Path += "_absent"
	return parsed.String()
}

func TestServesUntilItIsToldToStop(t *testing.T) {
	seeded := testdatabase.Copy(t)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		port := freePort(t)
		command, stdout, stderr := process(t, "DATABASE_URL="+seeded, "HOST=127.0.0.1", "PORT="+port, "TZ=Asia/Tokyo")
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		answer := untilItAnswers(t, "http://127.0.0.1:"+port+"/api/piano/exercises/1")
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("status %d", answer.StatusCode)
		}
		if err := command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		// An idle connection is still open; it must not keep the application from ending.
		if err := command.Wait(); err != nil || stdout.Len() != 0 || stderr.Len() != 0 {
			t.Errorf("%v: %v, stdout %q, stderr %q", signal, err, stdout, stderr)
		}
	}
}

func untilItAnswers(t *testing.T, url string) *http.Response {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if answer, err := http.Get(url); err == nil {
			return answer
		}
	}
	t.Fatal("the application does not answer")
	return nil
}
