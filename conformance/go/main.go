// Command franz-go BOOTSTRAP PREFIX MATCH: what franz-go can do, against a broker.
package main

import (
	"os"
	"runtime/debug"

	"github.com/twmb/franz-go/pkg/kadm"
)

func main() {
	bootstrap, prefix, match := os.Args[1], os.Args[2], ""
	if len(os.Args) > 3 {
		match = os.Args[3]
	}
	c := &cluster{bootstrap: bootstrap, prefix: prefix}
	client, err := c.client()
	if err != nil {
		panic(err)
	}
	defer client.Close()
	c.admin = kadm.NewClient(client)
	say(map[string]any{"version": version()})
	run := checks{match}
	recordChecks(run, c)
	groupChecks(run, c)
	modernChecks(run, c)
	adminChecks(run, c)
	say(map[string]any{"done": true})
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/twmb/franz-go" {
			return module.Version
		}
	}
	return "unknown"
}
