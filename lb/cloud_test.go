// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"cmp"
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// The life of a Kubernetes Service with externalTrafficPolicy: Local on a real
// cloud: 3 ports, 20 nodes, monitors, a floating IP; created, left alone, a node
// more and less, a port more and less, interrupted at each mutation of a further
// port, deleted. Every phase must end settled, in the cycles that its plan predicted.
//
//	OCTAVIAKIT_CLOUD=NAME [OCTAVIAKIT_SUBNET=ID] [OCTAVIAKIT_PROVIDER=ovn] [OCTAVIAKIT_NODES=20] \
//	  go test ./lb -run TestRealService -v -timeout 60m
//
// OCTAVIAKIT_BARE_NODES makes no Neutron ports for the nodes. Without them, and in networks
// without a metadata or DHCP port, ovn's monitors fail up to Zed at least: a phase may then
// end in an error that says so, with all else in force. An administrator can make such a port:
//
//	openstack port create --network NET --device-owner network:distributed --device ovnmeta-NET metadata
func TestRealService(t *testing.T) {
	r := newReal(t)
	nodes, err := strconv.Atoi(cmp.Or(os.Getenv("OCTAVIAKIT_NODES"), "20"))
	require.NoError(t, err)
	if os.Getenv("OCTAVIAKIT_BARE_NODES") == "" {
		r.nodePorts(nodes + 1)
	}
	name := r.service(1, 1).Name
	r.cleanUp(name)

	r.phase("create", r.service(3, nodes), -1)
	r.phase("nothing changed", r.service(3, nodes), 0)
	r.phase("a node more", r.service(3, nodes+1), 3)
	r.phase("a node less", r.service(3, nodes), 3)
	r.phase("a port more", r.service(4, nodes), -1)
	less := 2
	switch { // see lb/probes.go
	case r.caps.HasQuirk(provider.QuirkOVNHMDeleteClearsMappings):
		less = 7 // its monitor goes first; another one goes and comes back, and the pool is freed each time
	case r.caps.HasQuirk(provider.QuirkOVNPoolDeleteClearsMappings):
		less = 4
	}
	r.phase("a port less", r.service(3, nodes), less)
	r.interrupted(r.service(4, nodes))
	begin := time.Now()
	require.NoError(t, r.engine().Delete(t.Context(), name))
	t.Logf("%-16s %6.1f s", "delete", time.Since(begin).Seconds())
	orphans, err := r.engine().Orphans(t.Context(), func(string) bool { return false })
	require.NoError(t, err)
	assert.Empty(t, orphans)
}

// service has monitors, of the type and on the port that the provider has for
// health-check node ports.
func (r *realCloud) service(ports, nodes int) lb.Spec {
	s := lb.Spec{
		Name: "octaviakit-test-" + string(r.provider), Provider: r.provider,
		VIP: lb.VIP{SubnetID: r.subnet.ID}, FloatingIP: &floatingip.Spec{},
	}
	var healthCheckNodePort *uint16
	probe := monitor.TCP()
	if r.caps.Has(provider.MemberMonitorAddress) {
		healthCheckNodePort, probe = new(uint16(32000)), monitor.HTTP("/healthz")
	}
	for i := range ports {
		name := "port-" + strconv.Itoa(i)
		p := lb.Pool{Name: name, Protocol: lb.TCP, Monitor: &probe}
		for j := range nodes {
			p.Members = append(p.Members, member.Spec{
				Address: r.node(j), Port: uint16(30000 + i), SubnetID: r.subnet.ID, MonitorPort: healthCheckNodePort,
			})
		}
		s.Pools = append(s.Pools, p)
		s.Listeners = append(s.Listeners, lb.Listener{Name: name, Protocol: lb.TCP, Port: uint16(8000 + i), Pool: name})
	}
	return s
}

// phase brings the cloud to a Spec; cycles is how many that must take, -1 what the
// plan says. A new Engine each time: nothing may depend on what one remembers.
func (r *realCloud) phase(name string, s lb.Spec, cycles int) {
	r.Helper()
	e := r.engine()
	plan, err := e.Plan(r.Context(), s)
	if sick, ok := errors.AsType[*lb.RecoveryError](err); ok && r.provider == provider.OVN {
		r.Logf("%-16s nothing to do but about monitors: %v", name, sick)
		r.onlyMonitorsFail(sick, s)
		return
	}
	require.NoError(r, err, name)
	if cycles >= 0 {
		assert.Equal(r, cycles, plan.Cycles(), "%s:\n%s", name, plan)
	}
	r.calls.reset()
	begin := time.Now()
	g, err := e.Ensure(r.Context(), s)
	if sick, ok := errors.AsType[*lb.RecoveryError](err); ok && r.provider == provider.OVN {
		r.Logf("%-16s %6.1f s, %d calls, %v", name, time.Since(begin).Seconds(), r.calls.all.Load(), sick)
		r.onlyMonitorsFail(sick, s)
		return
	}
	require.NoError(r, err, name)
	settled(r.T, g)
	assert.EqualValues(r, plan.Cycles(), r.calls.locks.Load(), "%s: cycles used and predicted", name)
	if plan.Empty() {
		assert.Zero(r, r.calls.all.Load(), "%s: mutating calls", name)
	}
	r.Logf("%-16s %6.1f s, %d cycles", name, time.Since(begin).Seconds(), plan.Cycles())
}

// onlyMonitorsFail demands that an error is true, and that all else is as wanted.
func (r *realCloud) onlyMonitorsFail(sick *lb.RecoveryError, s lb.Spec) {
	r.Helper()
	g, err := r.engine().Observe(r.Context(), s.Name)
	require.NoError(r, err)
	var broken []lb.Node
	for n := range g.Nodes() {
		if n.Provisioning != "ACTIVE" {
			broken = append(broken, n)
			assert.Equal(r, lb.KindHealthMonitor, n.Kind, n.Path)
			assert.Equal(r, "ERROR", n.Provisioning, n.Path)
		}
	}
	assert.Len(r, sick.Failed, len(broken))
	for i := range s.Pools {
		s.Pools[i].Monitor = nil
	}
	plan, err := r.engine().Plan(r.Context(), s)
	require.NoError(r, err)
	for step := range plan.Steps() {
		for _, c := range step.Changes { // a listener is only written again, as its monitor goes
			assert.True(r, c.Kind == lb.KindHealthMonitor || len(c.Fields) == 0, "nothing left to do but about monitors:\n%s", plan)
		}
	}
}

// interrupted dies after the first mutation, then after the second, and so on.
func (r *realCloud) interrupted(s lb.Spec) {
	r.Helper()
	begin, runs := time.Now(), 0
	for done := false; !done; runs++ {
		require.Less(r, runs, 40, "a run that is cut after one mutation gets further each time")
		_, err := r.engine().Ensure(r.calls.cutAfter(r.Context(), 1), s)
		if sick, ok := errors.AsType[*lb.RecoveryError](err); ok && r.provider == provider.OVN {
			r.onlyMonitorsFail(sick, s)
			return
		}
		done = err == nil
	}
	g, err := r.engine().Observe(r.Context(), s.Name)
	require.NoError(r, err)
	settled(r.T, g)
	plan, err := r.engine().Plan(r.Context(), s)
	require.NoError(r, err)
	assert.True(r, plan.Empty(), "left to do:\n%s", plan)
	r.Logf("%-16s %6.1f s, %d runs", "interrupted", time.Since(begin).Seconds(), runs)
}
