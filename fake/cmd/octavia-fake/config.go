// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
)

// config is what the flags say.
type config struct {
	listen         string
	provider       provider.Name
	release        provider.Release
	latency        fake.Latency
	clouds, openrc string
	seed           uint64
}

// parse reads the flags. Help and complaints about flags go to w.
func parse(args []string, w io.Writer) (config, error) {
	cfg := config{}
	set := flag.NewFlagSet("octavia-fake", flag.ContinueOnError)
	set.SetOutput(w)
	releases := provider.Releases()
	latest := releases[len(releases)-1]
	set.StringVar(&cfg.listen, "listen", "127.0.0.1:0", "`address` to listen on; port 0 chooses one")
	public := set.Bool("public", false, "allow addresses other than loopback: passwords are known to everybody")
	name := set.String("provider", "amphora", "default `provider`, amphora or ovn; both are enabled")
	release := set.String("release", latest.String(), "OpenStack `release`: queens … "+latest.String())
	latency := set.String("latency", "none", "how long changes take: none, amphora, ovn, or CREATE,UPDATE,DELETE of a "+
		"load balancer as `durations` (UPDATE is also that of everything below it)")
	set.StringVar(&cfg.clouds, "clouds", "", "write a clouds.yaml with all users to this `file`")
	set.StringVar(&cfg.openrc, "openrc", "", "write a script to this `file` that sets OS_* for demo, or for the user that is its argument")
	set.Uint64Var(&cfg.seed, "seed", 1, "decides all ids")
	if err := set.Parse(args); err != nil {
		return cfg, err
	}
	if set.NArg() > 0 {
		return cfg, fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	if cfg.provider = provider.Name(*name); cfg.provider != provider.Amphora && cfg.provider != provider.OVN {
		return cfg, fmt.Errorf("-provider %q: want amphora or ovn", *name)
	}
	var err error
	if cfg.release, err = provider.ParseRelease(*release); err != nil {
		return cfg, fmt.Errorf("-release: %w", err)
	}
	if cfg.latency, err = parseLatency(*latency); err != nil {
		return cfg, fmt.Errorf("-latency: %w", err)
	}
	if !*public && !loopback(cfg.listen) {
		return cfg, fmt.Errorf("-listen %s: not a loopback address; -public allows it", cfg.listen)
	}
	return cfg, nil
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

func parseLatency(s string) (fake.Latency, error) {
	switch s {
	case "none":
		return fake.Instantly, nil
	case "amphora":
		return fake.AmphoraLike, nil
	case "ovn":
		return fake.OVNLike, nil
	}
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q: want none, amphora, ovn or three durations such as 5s,1s,2s", s)
	}
	var took [3]time.Duration
	for i, part := range parts {
		d, err := time.ParseDuration(part)
		if err != nil || d < 0 {
			return nil, fmt.Errorf("%q: %q is not a duration such as 1.5s", s, part)
		}
		took[i] = d
	}
	return func(kind, status string) time.Duration {
		switch {
		case kind == "loadbalancer" && status == "PENDING_CREATE":
			return took[0]
		case kind == "loadbalancer" && status == "PENDING_DELETE":
			return took[2]
		}
		return took[1]
	}, nil
}
