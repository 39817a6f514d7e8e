// SPDX-License-Identifier: Apache-2.0

// Command octavia-fake serves a whole fake region on one port: Octavia with the part of Neutron and Keystone that
// clients of load balancing need, for programs in any language.
//
//	octavia-fake -latency ovn -clouds clouds.yaml
//	OS_CLIENT_CONFIG_FILE=clouds.yaml openstack --os-cloud demo loadbalancer list
//
// The first line it prints is "octavia-fake listening on http://ADDR". Below http://ADDR/-/ it shows what is going on
// and lets tests control it:
//
//	GET    /-/calls          every request as JSON; DELETE forgets them
//	GET    /-/dump           the whole state as text
//	GET    /-/faults         what can still go wrong, one fault a line; POST adds such lines, DELETE clears them
//	POST   /-/advance        turn the clock to the next change, or by=10s
//	POST   /-/reset          a new cloud of the same seed
//	GET    /-/timeline.svg   what happened, as a picture
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
