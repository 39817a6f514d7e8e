// SPDX-License-Identifier: Apache-2.0

// Quickstart plans, builds, changes and deletes a whole load balancer: on the
// embedded fake, in scaled time, or with -cloud on a real OpenStack.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -provider ovn -ports 3 -members 80
//	go run ./examples/quickstart -cloud mycloud -subnet private -floating-network public
//
// It exits with 0 only if every step ended as planned.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/octaviakit/octaviakit/provider"
)

// settings are what the command line says.
type settings struct {
	provider        provider.Name
	ports, members  int
	cloud           string // entry of clouds.yaml; "": the fake
	subnet          string // ID or name
	floatingNetwork string // ID or name
	name            string
	keep            bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cfg, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "quickstart:", err)
		return 2
	}
	if err := tell(ctx, cfg, stdout); err != nil {
		fmt.Fprintln(stderr, "quickstart:", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var cfg settings
	var driver string
	fs := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&driver, "provider", string(provider.Amphora), "Octavia provider, amphora or ovn")
	fs.IntVar(&cfg.ports, "ports", 3, "listeners, each with a pool of its own")
	fs.IntVar(&cfg.members, "members", 0, "members of each pool (default 80 on the fake, 8 on a real cloud)")
	fs.StringVar(&cfg.cloud, "cloud", "", "entry of clouds.yaml to run on; without it the embedded fake")
	fs.StringVar(&cfg.subnet, "subnet", "", "subnet of the VIP, ID or name (default: a routed IPv4 subnet of the project)")
	fs.StringVar(&cfg.floatingNetwork, "floating-network", "", "external network, ID or name (default: the only one)")
	fs.StringVar(&cfg.name, "name", "octaviakit-quickstart", "name of the load balancer")
	fs.BoolVar(&cfg.keep, "keep", false, "leave the load balancer standing at the end")
	if err := fs.Parse(args); err != nil {
		return cfg, err
	}
	cfg.provider = provider.Name(driver).Canonical()
	switch {
	case cfg.members != 0:
	case cfg.cloud == "":
		cfg.members = 80
	default:
		cfg.members = 8 // somebody else works there
	}
	switch {
	case fs.NArg() > 0:
		return cfg, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case cfg.provider != provider.Amphora && cfg.provider != provider.OVN:
		return cfg, fmt.Errorf("-provider is %q; use amphora or ovn", driver)
	case cfg.ports < 1 || cfg.ports > 50:
		return cfg, fmt.Errorf("-ports is %d; use 1 to 50", cfg.ports)
	case cfg.members < 2 || cfg.members > 200:
		return cfg, fmt.Errorf("-members is %d; use 2 to 200", cfg.members)
	}
	return cfg, nil
}
