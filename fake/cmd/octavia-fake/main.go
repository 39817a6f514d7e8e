// SPDX-License-Identifier: Apache-2.0

// Command octavia-fake serves a whole fake region on one port: Octavia with the part of Neutron and Keystone that
// clients of load balancing need, for programs in any language.
//
//	octavia-fake -latency ovn -clouds clouds.yaml
//	OS_CLIENT_CONFIG_FILE=clouds.yaml openstack --os-cloud demo loadbalancer list
//
// The first line it prints is "octavia-fake listening on http://ADDR". Below http://ADDR/-/ it shows what is going on
// and lets tests control it; see the package's README.
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
