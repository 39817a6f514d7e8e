// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/provider"
)

const owner = "octaviakit-quickstart"

// story is one run: what it wants, and what it has seen.
type story struct {
	*stage
	cfg    settings
	out    io.Writer
	show   *progress
	engine *lb.Engine
	caps   provider.Capabilities
	tally  tally
}

// tell runs every chapter, and cleans up even if one fails.
func tell(ctx context.Context, cfg settings, out io.Writer) error {
	st, err := newStage(ctx, cfg)
	if err != nil {
		return err
	}
	s := &story{cfg: cfg, stage: st, out: out}
	s.show = newProgress(out, st.speed)
	s.engine = lb.New(st.octavia, owner, lb.WithNetwork(st.network), lb.WithObserver(observe.Tee(s.show, &s.tally)))
	cloud, err := provider.Detect(ctx, st.octavia)
	if err != nil {
		return err
	}
	if s.caps, err = cloud.For(cfg.provider); err != nil {
		return err
	}
	fmt.Fprintf(out, "On %s, provider %s: %s\n", st.name, cfg.provider, cloud)
	err = s.chapters(ctx)
	if cfg.keep && err == nil {
		fmt.Fprintf(out, "\nKept: %q. Run again without -keep to delete it.\n", cfg.name)
		return nil
	}
	// Even after Ctrl-C or a failure nothing shall stay behind.
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Minute)
	defer cancel()
	return errors.Join(err, s.remove(clean))
}

func (s *story) chapters(ctx context.Context) error {
	spec, err := s.spec(s.cfg.members)
	if err != nil {
		return err
	}
	if err := s.create(ctx, spec); err != nil {
		return err
	}
	if err := s.again(ctx, spec); err != nil {
		return err
	}
	more, err := s.spec(s.cfg.members + max(1, s.cfg.members/8))
	if err != nil {
		return err
	}
	if err := s.change(ctx, "Scale out: more members in every pool", more); err != nil {
		return err
	}
	drained, how := s.drained(more)
	if err := s.change(ctx, "Drain one member of the first pool ("+how+")", drained); err != nil {
		return err
	}
	fewer, err := s.spec(s.cfg.members)
	if err != nil {
		return err
	}
	fewer.Pools[0].Members = fewer.Pools[0].Members[1:] // the drained one
	return s.change(ctx, "Scale in: the drained member goes, and those that came", fewer)
}

// spec describes the load balancer with n members a pool, in whatever way the
// provider can do it: HTTP where it has it, TCP where it has not.
func (s *story) spec(n int) (lb.Spec, error) {
	protocol := lb.TCP
	if s.caps.Has(provider.ListenerHTTP) {
		protocol = lb.HTTP
	}
	b := lb.NewBuilder(s.cfg.name).Subnet(s.subnet.ID).Provider(s.cfg.provider).
		FloatingIP(floatingip.Spec{Network: s.floatingNetwork})
	for i := range s.cfg.ports {
		port := uint16(8000 + i)
		pool := b.Pool(fmt.Sprintf("pool-%d", port), protocol)
		for j := range n {
			addr, err := s.memberAddress(j)
			if err != nil {
				return lb.Spec{}, err
			}
			pool.Members(member.Spec{Address: addr, Port: port, SubnetID: s.subnet.ID})
		}
		if m, ok := s.monitor(protocol); ok {
			pool.Monitor(m)
		}
		b.Listener(fmt.Sprintf("port-%d", port), protocol, port).To(pool)
	}
	return b.Spec()
}

// monitor is the health monitor that the provider can be trusted with, if any.
func (s *story) monitor(pool lb.Protocol) (monitor.Spec, bool) {
	if !s.caps.Trust(provider.HealthMonitor) {
		return monitor.Spec{}, false
	}
	if pool == lb.HTTP && s.caps.Has(provider.MonitorHTTP) {
		return monitor.HTTP("/healthz"), true
	}
	return monitor.Spec{Type: monitor.Type(s.caps.MonitorType(string(pool), false))}, true
}

// drained takes one member of the first pool out of service, as the provider can.
func (s *story) drained(spec lb.Spec) (lb.Spec, string) {
	m := &spec.Pools[0].Members[0]
	if s.caps.Drain() == provider.DrainByWeight {
		m.Weight = new(0)
		return spec, "weight 0"
	}
	m.AdminStateUp = new(false)
	return spec, "administratively down"
}

func (s *story) create(ctx context.Context, spec lb.Spec) error {
	s.chapter("Plan")
	plan, err := s.engine.Plan(ctx, spec)
	if err != nil {
		return err
	}
	fmt.Fprint(s.out, shorten(plan.String()))
	s.chapter("Create")
	predicted := plan.Cycles()
	s.begin()
	g, err := s.engine.Ensure(ctx, spec)
	s.end()
	if err != nil {
		return err
	}
	s.milestones()
	s.chapter("What stands there now")
	printGraph(s.out, g)
	s.bill(predicted)
	return s.tally.within(predicted)
}

// again shows that nothing is done when there is nothing to do.
func (s *story) again(ctx context.Context, spec lb.Spec) error {
	s.chapter("The same again")
	before := s.calls.writes.Load()
	s.begin()
	_, err := s.engine.Ensure(ctx, spec)
	s.end()
	if err != nil {
		return err
	}
	if n := s.calls.writes.Load() - before; n != 0 {
		return fmt.Errorf("an unchanged load balancer took %d mutating calls instead of none", n)
	}
	fmt.Fprintf(s.out, "nothing to do: 0 mutating calls, %d reads\n", s.reads())
	return nil
}

func (s *story) change(ctx context.Context, title string, spec lb.Spec) error {
	s.chapter(title)
	plan, err := s.engine.Plan(ctx, spec)
	if err != nil {
		return err
	}
	fmt.Fprint(s.out, shorten(plan.String()))
	s.begin()
	_, err = s.engine.Ensure(ctx, spec)
	s.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "done after %s, %d PENDING cycles\n", s.took(), s.tally.cycles)
	return s.tally.within(plan.Cycles())
}

// remove deletes everything and says what is left.
func (s *story) remove(ctx context.Context) error {
	s.chapter("Delete")
	s.begin()
	err := s.engine.Delete(ctx, s.cfg.name)
	s.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "gone after %s\n", s.took())
	left, err := s.left(ctx)
	if err != nil {
		return fmt.Errorf("looking for what is left: %w", err)
	}
	if len(left) > 0 {
		return fmt.Errorf("left behind: %v", left)
	}
	fmt.Fprintln(s.out, "left behind: nothing (no load balancer, no floating IP, no port)")
	return nil
}
