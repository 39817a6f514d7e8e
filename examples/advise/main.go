// SPDX-License-Identifier: Apache-2.0

// Advise answers "which driver suits my case?" for three common ways of using
// Octavia under Kubernetes: on releases of choice, or with -cloud on the cloud
// at hand, whose release and drivers it detects by reads alone.
//
//	go run ./examples/advise
//	go run ./examples/advise -release 2024.1
//	go run ./examples/advise -cloud mycloud -ovn-driver 2025.1
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/octaviakit/octaviakit/provider"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "advise:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("advise", flag.ContinueOnError)
	cloud := fs.String("cloud", "", "entry of clouds.yaml to look at; without it, releases that show the difference")
	release := fs.String("release", "", "OpenStack release to look at, as \"zed\" or \"2025.1\"; with -cloud, what Octavia is known to be")
	driver := fs.String("ovn-driver", "", "with -cloud: the release of its ovn driver, which no API tells")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	told, err := parse(*release)
	if err != nil {
		return fmt.Errorf("-release: %w", err)
	}
	ovn, err := parse(*driver)
	if err != nil {
		return fmt.Errorf("-ovn-driver: %w", err)
	}
	if *cloud != "" {
		return adviseCloud(ctx, out, *cloud, told, ovn)
	}
	return adviseReleases(out, told)
}

// parse reads a release; "" is none.
func parse(s string) (provider.Release, error) {
	if s == "" {
		return 0, nil
	}
	return provider.ParseRelease(s)
}

// adviseReleases looks at each situation on its releases, or on the one told.
func adviseReleases(out io.Writer, told provider.Release) error {
	for _, s := range situations() {
		releases := s.releases
		if told != 0 {
			releases = []provider.Release{told}
		}
		for _, r := range releases {
			var candidates []provider.Capabilities
			for _, n := range provider.Names() {
				c, err := provider.Lookup(n, r)
				if err != nil {
					return err
				}
				candidates = append(candidates, c)
			}
			if err := advise(out, s.requirements, candidates); err != nil {
				return err
			}
		}
	}
	return nil
}

// adviseCloud looks at each situation on what a real cloud offers.
func adviseCloud(ctx context.Context, out io.Writer, name string, told, ovn provider.Release) error {
	client, err := connect(ctx, name)
	if err != nil {
		return err
	}
	var opts []provider.Option
	if told != 0 {
		opts = append(opts, provider.WithRelease(told))
	}
	if ovn != 0 {
		opts = append(opts, provider.WithOVNDriver(ovn))
	}
	cloud, err := provider.Detect(ctx, client, opts...)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n\n", cloud)
	var candidates []provider.Capabilities
	for _, n := range provider.Names() {
		c, err := cloud.For(n)
		var absent *provider.NotEnabledError
		switch {
		case errors.As(err, &absent):
			continue
		case err != nil:
			return err
		}
		candidates = append(candidates, c)
	}
	if len(candidates) == 0 {
		return errors.New("the cloud offers none of the drivers that the matrix knows")
	}
	for _, s := range situations() {
		if err := advise(out, s.requirements, candidates); err != nil {
			return err
		}
	}
	return nil
}

func advise(out io.Writer, r provider.Requirements, candidates []provider.Capabilities) error {
	a, err := provider.Advise(r, candidates...)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", a)
	return err
}
