package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// checks runs checks one after another and prints a JSON line for each of them.
type checks struct{ match string }

func (c checks) check(name string, body func() error) {
	if !strings.Contains(name, c.match) {
		return
	}
	start := time.Now()
	err := body()
	result := map[string]any{"check": name, "ok": err == nil, "ms": time.Since(start).Milliseconds()}
	if err != nil {
		result["error"] = err.Error()
	}
	say(result)
}

func say(message map[string]any) {
	line, _ := json.Marshal(message)
	// The harness tells these lines by how they begin, so the check's name comes first: keys are sorted.
	fmt.Fprintf(os.Stdout, "%s\n", line)
}

func equal[T comparable](expected, actual T, what string) error {
	if expected != actual {
		return fmt.Errorf("%s: expected %v, got %v", what, expected, actual)
	}
	return nil
}

func until(what string, condition func() (bool, error)) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if done, err := condition(); err != nil || done {
			return err
		}
	}
	return fmt.Errorf("waited 30 s in vain until %s", what)
}

// first gives the first error that there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
