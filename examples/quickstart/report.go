// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"github.com/octaviakit/octaviakit/lb"
)

// shown is how many like lines of a plan or graph are printed.
const shown = 3

func (s *story) chapter(title string) { fmt.Fprintf(s.out, "\n== %s ==\n", title) }

// begin and end bracket a piece of work for the figures printed after it.
func (s *story) begin() {
	s.tally = tally{begin: time.Now(), reads: s.calls.reads.Load(), writes: s.calls.writes.Load()}
}

func (s *story) end() {
	s.tally.took = time.Since(s.tally.begin)
	s.show.clear()
}

func (s *story) took() string { return s.cloudTime(s.tally.took) }
func (s *story) reads() int64 { return s.calls.reads.Load() - s.tally.reads }

// cloudTime tells a duration as the cloud's clock had it.
func (s *story) cloudTime(d time.Duration) string {
	return (d * time.Duration(s.speed)).Round(100 * time.Millisecond).String()
}

func (s *story) milestones() {
	fmt.Fprintf(s.out, "address known  %8s  %s\n", s.cloudTime(s.tally.addressAfter), s.tally.address)
	serving := "not reported by this cloud"
	if s.tally.servingAfter > 0 {
		serving = s.cloudTime(s.tally.servingAfter)
	}
	fmt.Fprintf(s.out, "serving        %8s\n", serving)
	fmt.Fprintf(s.out, "complete       %8s\n", s.took())
}

// bill compares what was used with what the old way needs: every object and every
// member in a call of its own, each followed by a wait.
func (s *story) bill(predicted int) {
	objects := 2 // listener and pool
	if _, ok := s.monitor(lb.TCP); ok {
		objects++
	}
	oneByOne := 1 + s.cfg.ports*(objects+s.cfg.members)
	fmt.Fprintf(s.out, "\n%-26s %10s %10s\n", "", "this way", "one by one")
	fmt.Fprintf(s.out, "%-26s %10d %10d\n", "PENDING cycles", s.tally.cycles, oneByOne)
	fmt.Fprintf(s.out, "%-26s %10d %10d\n", "mutating calls", s.calls.writes.Load()-s.tally.writes, oneByOne+1)
	fmt.Fprintf(s.out, "predicted by the plan: %d; reads, polls among them: %d\n", predicted, s.reads())
}

// shorten cuts runs of like lines, eighty members for one.
func shorten(plan string) string {
	var b strings.Builder
	run, last := 0, ""
	flush := func() {
		if run > shown {
			fmt.Fprintf(&b, "      … and %d more\n", run-shown)
		}
		run = 0
	}
	for line := range strings.Lines(plan) {
		kind, _, _ := strings.Cut(strings.TrimLeft(line, " "), ":")
		if i := strings.Index(kind, "member "); i >= 0 {
			kind = kind[:i]
		} else {
			kind = ""
		}
		if kind == "" || kind != last {
			flush()
		}
		last = kind
		run++
		if kind == "" || run <= shown {
			b.WriteString(line)
		}
	}
	flush()
	return b.String()
}

// printGraph prints what exists with its state, members of a state as one line.
func printGraph(out io.Writer, g *lb.Graph) {
	fmt.Fprintf(out, "%s  VIP %s", g.Name(), g.VIP())
	if fip, ok := g.FloatingIP(); ok {
		fmt.Fprintf(out, "  floating IP %s", fip.Address)
	}
	fmt.Fprintln(out)
	members := map[string]int{}
	order := []string{}
	flush := func() {
		for _, state := range order {
			fmt.Fprintf(out, "    %-30s %s\n", fmt.Sprintf("%d members", members[state]), state)
		}
		clear(members)
		order = nil
	}
	for n := range g.Nodes() {
		state := n.Provisioning + " " + n.Operating
		if n.Kind == lb.KindMember {
			if members[state] == 0 {
				order = append(order, state)
			}
			members[state]++
			continue
		}
		flush()
		indent := "  "
		if n.Kind == lb.KindHealthMonitor {
			indent = "    "
		}
		if n.Kind == lb.KindLoadBalancer {
			indent = ""
		}
		fmt.Fprintf(out, "%s%-*s %s\n", indent, 34-len(indent), string(n.Kind)+" "+n.Name, state)
	}
	flush()
}

// left lists what a careless client would leave: load balancers of ours, floating
// IPs with our mark, ports made for the load balancer.
func (s *story) left(ctx context.Context) ([]string, error) {
	var out []string
	for name, err := range s.engine.Names(ctx) {
		if err != nil {
			return nil, err
		}
		if name == s.cfg.name {
			out = append(out, "load balancer "+name)
		}
	}
	pages, err := floatingips.List(s.network, floatingips.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	fips, err := floatingips.ExtractFloatingIPs(pages)
	if err != nil {
		return nil, err
	}
	for _, f := range fips {
		if strings.Contains(f.Description, owner) && strings.Contains(f.Description, s.cfg.name) {
			out = append(out, "floating IP "+f.FloatingIP)
		}
	}
	pages, err = ports.List(s.network, ports.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := ports.ExtractPorts(pages)
	for _, p := range all {
		if s.tally.id != "" && strings.Contains(p.Name, s.tally.id) {
			out = append(out, "port "+p.Name)
		}
	}
	return out, err
}
