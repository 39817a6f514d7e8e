// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// owner is an Engine of another owner than engine's.
func owner(cloud *fake.Cloud, name string, opts ...lb.Option) *lb.Engine {
	return lb.New(cloud.LoadBalancer(), name, append([]lb.Option{lb.WithNetwork(cloud.Network())}, opts...)...)
}

// share is a service on ports of its own, whose pool has the name that every owner's has.
func share(cloud *fake.Cloud, c cell, port uint16) lb.Spec {
	s := service(cloud, c, 1, 2)
	s.Shared = true
	s.Listeners[0].Port = port
	return s
}

func TestOwnersShareALoadBalancer(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		ctx := t.Context()
		a, b := owner(cloud, "a"), owner(cloud, "b")
		first, err := a.Ensure(ctx, share(cloud, c, 80))
		require.NoError(t, err)
		plan, err := b.Plan(ctx, share(cloud, c, 81))
		require.NoError(t, err)
		before := cloud.Cycles("")
		second, err := b.Ensure(ctx, share(cloud, c, 81))
		require.NoError(t, err)
		assert.Equal(t, plan.Cycles(), cloud.Cycles("")-before)
		settled(t, second)
		assert.Equal(t, first.ID(), second.ID(), "one load balancer")
		assert.Equal(t, first.Address(), second.Address())
		assert.Equal(t, []string{"a", "b"}, second.Owners())
		assert.Equal(t, 1, count(second, lb.KindListener), "a Graph shows the owner's share")

		changed := share(cloud, c, 81)
		changed.Pools[0].Members = changed.Pools[0].Members[:1]
		_, err = b.Ensure(ctx, changed)
		require.NoError(t, err)
		for e, s := range map[*lb.Engine]lb.Spec{a: share(cloud, c, 80), b: changed} {
			plan, err := e.Plan(ctx, s)
			require.NoError(t, err)
			assert.True(t, plan.Empty(), "%s", plan)
		}

		require.NoError(t, a.Delete(ctx, "service"), "a leaves")
		last, err := b.Observe(ctx, "service")
		require.NoError(t, err)
		settled(t, last)
		assert.Equal(t, []string{"b"}, last.Owners())
		assert.Equal(t, first.Address(), last.Address(), "the floating IP stays for b")
		fip, _ := last.FloatingIP()
		assert.Equal(t, "b", fip.Mark.Owner)
		plan, err = b.Plan(ctx, changed)
		require.NoError(t, err)
		assert.True(t, plan.Empty(), "%s", plan)
		require.NoError(t, a.Delete(ctx, "service"), "absence is success")
		require.NoError(t, b.Delete(ctx, "service"), "the last one out")
		assert.Equal(t, fresh(c), cloud.Dump())
	})
}

func count(g *lb.Graph, k lb.Kind) int {
	n := 0
	for o := range g.Nodes() {
		if o.Kind == k {
			n++
		}
	}
	return n
}

func TestAClaimTakesNothingFromOthers(t *testing.T) {
	t.Parallel()
	c := cell{provider.Amphora, provider.Epoxy}
	for name, tc := range map[string]struct {
		edit func(*lb.Spec)
		want string
		is   error
	}{
		"not a claim":       {func(s *lb.Spec) { s.Shared = false }, `"service" (`, lb.ErrNotOwned},
		"port taken":        {func(s *lb.Spec) { s.Listeners[0].Port = 80 }, `listeners["p0"].port: 80 is taken by the listener "p0" of a`, lb.ErrShared},
		"internal":          {func(s *lb.Spec) { s.FloatingIP = nil }, "floatingIP: is absent, but a made the load balancer public", lb.ErrShared},
		"another address":   {func(s *lb.Spec) { s.FloatingIP.Address = netip.MustParseAddr("203.0.113.77") }, "floatingIP.address: is ", lb.ErrShared},
		"out of service":    {func(s *lb.Spec) { s.AdminStateUp = new(false) }, "adminStateUp: is true for a, too, and cannot become false", lb.ErrShared},
		"another provider":  {func(s *lb.Spec) { s.Provider = provider.OVN }, "provider: is amphora for a, too", lb.ErrShared},
		"another subnet":    {func(s *lb.Spec) { s.VIP.SubnetID = "11111111-2222-3333-4444-555555555555" }, "vip.subnetID: is ", lb.ErrShared},
		"a description too": {func(s *lb.Spec) { s.Description = new("mine") }, "description: is ", lb.ErrShared},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := fake.New(fake.WithProvider(c.provider, c.release))
			_, err := owner(cloud, "a").Ensure(t.Context(), share(cloud, c, 80))
			require.NoError(t, err)
			s := share(cloud, c, 81)
			s.Pools[0].Protocol, s.Pools[0].Monitor = lb.TCP, nil // what both providers can do
			s.Listeners[0].Protocol = lb.TCP
			tc.edit(&s)
			dump := cloud.Dump()
			_, err = owner(cloud, "b").Ensure(t.Context(), s)
			require.ErrorIs(t, err, tc.is)
			assert.ErrorContains(t, err, tc.want)
			assert.Equal(t, dump, cloud.Dump())
		})
	}
}

func TestAClaimNeverExposesWhatIsInside(t *testing.T) {
	t.Parallel()
	c := cell{provider.OVN, provider.Epoxy}
	cloud := fake.New(fake.WithProvider(c.provider, c.release))
	inside := share(cloud, c, 80)
	inside.FloatingIP = nil
	_, err := owner(cloud, "a").Ensure(t.Context(), inside)
	require.NoError(t, err)
	_, err = owner(cloud, "b").Ensure(t.Context(), share(cloud, c, 81))
	require.ErrorIs(t, err, lb.ErrShared)
	require.ErrorContains(t, err, "floatingIP: would expose what a serve(s) inside")
	_, err = owner(cloud, "a").Ensure(t.Context(), share(cloud, c, 80))
	require.NoError(t, err, "alone, one may become public")
	_, err = owner(cloud, "b").Ensure(t.Context(), share(cloud, c, 81))
	require.NoError(t, err)
}

// Where a listener cannot be made beside a monitor, another owner's monitor stays.
func TestAClaimLeavesTheMonitorsOfOthers(t *testing.T) {
	t.Parallel()
	c := cell{provider.OVN, provider.Zed}
	cloud := fake.New(fake.WithProvider(c.provider, c.release))
	with := func(port uint16, m *monitor.Spec) lb.Spec {
		s := share(cloud, c, port)
		s.Pools[0].Monitor = m
		return s
	}
	_, err := owner(cloud, "a").Ensure(t.Context(), with(80, new(monitor.TCP())))
	require.NoError(t, err)
	dump := cloud.Dump()
	_, err = owner(cloud, "b").Ensure(t.Context(), with(81, nil))
	require.ErrorIs(t, err, lb.ErrShared)
	require.ErrorContains(t, err, `listeners["p0"]: cannot be made while the pool "p0" of a has a health monitor`)
	assert.Equal(t, dump, cloud.Dump())
	_, err = owner(cloud, "a").Ensure(t.Context(), with(80, nil))
	require.NoError(t, err)
	_, err = owner(cloud, "b").Ensure(t.Context(), with(81, new(monitor.TCP())))
	require.NoError(t, err)
}

func TestWithMaxOwners(t *testing.T) {
	t.Parallel()
	c := cell{provider.Amphora, provider.Epoxy}
	cloud := fake.New(fake.WithProvider(c.provider, c.release))
	for i, name := range []string{"a", "b"} {
		_, err := owner(cloud, name, lb.WithMaxOwners(2)).Ensure(t.Context(), share(cloud, c, uint16(80+i)))
		require.NoError(t, err)
	}
	_, err := owner(cloud, "c", lb.WithMaxOwners(2)).Ensure(t.Context(), share(cloud, c, 82))
	require.ErrorIs(t, err, lb.ErrShared)
	require.ErrorContains(t, err, "has 2 owners already, and WithMaxOwners is 2")
	_, err = owner(cloud, "b", lb.WithMaxOwners(2)).Ensure(t.Context(), share(cloud, c, 83))
	require.NoError(t, err, "who is in stays in")
}

// One owner may begin to share what it has, and be its only owner again.
func TestSharingBeginsAndEnds(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		ctx := t.Context()
		alone, shared := share(cloud, c, 80), share(cloud, c, 80)
		alone.Shared = false
		a, b := owner(cloud, "a"), owner(cloud, "b")
		first, err := a.Ensure(ctx, alone)
		require.NoError(t, err)
		want := masked(cloud.Dump())
		_, err = b.Ensure(ctx, share(cloud, c, 81))
		require.ErrorIs(t, err, lb.ErrNotOwned)
		for range 2 {
			plan, err := a.Plan(ctx, shared)
			require.NoError(t, err)
			assert.False(t, plan.Disruptive(), "%s", plan)
			_, err = a.Ensure(ctx, shared)
			require.NoError(t, err)
		}
		_, err = b.Ensure(ctx, share(cloud, c, 81))
		require.NoError(t, err)
		_, err = a.Ensure(ctx, alone)
		require.ErrorContains(t, err, "shared: is false, but b share(s) the load balancer")
		require.NoError(t, b.Delete(ctx, "service"))
		last, err := a.Ensure(ctx, alone)
		require.NoError(t, err)
		assert.Equal(t, first.ID(), last.ID())
		alone.Pools[0].Tags, alone.Listeners[0].Tags = []string{}, []string{}
		_, err = a.Ensure(ctx, alone)
		require.NoError(t, err)
		assert.Equal(t, want, masked(cloud.Dump()))
	})
}

// Octavia's tags are written whole, so an owner's mark on the load balancer can be
// lost to another's; what is marked below it keeps it from being deleted.
func TestALostMarkIsWrittenAgain(t *testing.T) {
	t.Parallel()
	c := cell{provider.Amphora, provider.Epoxy}
	cloud := fake.New(fake.WithProvider(c.provider, c.release))
	ctx := t.Context()
	a, b := owner(cloud, "a"), owner(cloud, "b")
	g, err := a.Ensure(ctx, share(cloud, c, 80))
	require.NoError(t, err)
	_, err = b.Ensure(ctx, share(cloud, c, 81))
	require.NoError(t, err)
	_, err = octavia.Update(ctx, cloud.LoadBalancer(), "lbaas/loadbalancers/"+g.ID(), "loadbalancer",
		map[string]any{"tags": []any{"octaviakit.owner=a", "octaviakit.key=service", "octaviakit.shared=public"}})
	require.NoError(t, err)
	require.NoError(t, a.Delete(ctx, "service"))
	g, err = b.Ensure(ctx, share(cloud, c, 81))
	require.NoError(t, err)
	assert.Equal(t, []string{"b"}, g.Owners())
	require.NoError(t, b.Delete(ctx, "service"))
	assert.Equal(t, fresh(c), cloud.Dump())
}

// Who joins between the plan of a deletion and the deletion does not lose anything.
func TestADeletionLooksForNewOwners(t *testing.T) {
	t.Parallel()
	c := cell{provider.Amphora, provider.Epoxy}
	cloud := fake.New(fake.WithProvider(c.provider, c.release))
	ctx := t.Context()
	_, err := owner(cloud, "a").Ensure(ctx, share(cloud, c, 80))
	require.NoError(t, err)
	joined := false
	rt := atDeletion{cloud, func() {
		if !joined {
			joined = true
			_, err := owner(cloud, "b").Ensure(ctx, share(cloud, c, 81))
			require.NoError(t, err)
		}
	}}
	clients := through(rt, cloud.LoadBalancer(), cloud.Network())
	require.NoError(t, lb.New(clients[0], "a", lb.WithNetwork(clients[1])).Delete(ctx, "service"))
	plan, err := owner(cloud, "b").Plan(ctx, share(cloud, c, 81))
	require.NoError(t, err)
	assert.True(t, plan.Empty(), "%s", plan)
	assert.True(t, joined)
}

// atDeletion does something when a load balancer has been read for the last time
// before it is deleted: once the plan is made.
type atDeletion struct {
	next http.RoundTripper
	do   func()
}

func (a atDeletion) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet && regexp.MustCompile(`/loadbalancers/[0-9a-f-]{36}$`).MatchString(r.URL.Path) {
		a.do()
	}
	return a.next.RoundTrip(r)
}

// Many owners come, change and go at the same time; everybody has what they want, and
// the last one out leaves nothing.
func TestManyOwnersAtOnce(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		ctx := t.Context()
		_, err := owner(cloud, "o0").Ensure(ctx, share(cloud, c, 80))
		require.NoError(t, err)
		all := func(do func(i int, e *lb.Engine) error) {
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() { assert.NoError(t, do(i, owner(cloud, "o"+strconv.Itoa(i))), i) })
			}
			wg.Wait()
		}
		ensure := func(i int, e *lb.Engine) error {
			_, err := e.Ensure(ctx, share(cloud, c, uint16(80+i)))
			return err
		}
		all(ensure)
		for i := range 4 {
			plan, err := owner(cloud, "o"+strconv.Itoa(i)).Plan(ctx, share(cloud, c, uint16(80+i)))
			require.NoError(t, err)
			assert.True(t, plan.Empty(), "%s", plan)
		}
		all(func(_ int, e *lb.Engine) error { return e.Delete(ctx, "service") })
		assert.Equal(t, fresh(c), cloud.Dump())
	})
}

func TestCrashAtEveryCallOfAClaim(t *testing.T) {
	c := cell{provider.Amphora, provider.Epoxy}
	t.Parallel()
	crashed := true
	for n := first(t); crashed; n += stride() {
		synctest.Test(t, func(t *testing.T) {
			cloud := c.cloud()
			_, err := owner(cloud, "a").Ensure(t.Context(), share(cloud, c, 80))
			require.NoError(t, err)
			before := masked(cloud.Dump())
			crashed = crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error {
				_, err := e.Ensure(ctx, share(cloud, c, 81))
				return err
			})
			_, err = engine(cloud).Ensure(t.Context(), share(cloud, c, 81))
			require.NoError(t, err, "joining died at call %d", n)
			crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error { return e.Delete(ctx, "service") })
			require.NoError(t, engine(cloud).Delete(t.Context(), "service"))
			_, err = owner(cloud, "a").Ensure(t.Context(), share(cloud, c, 80)) // waits for what the crash left PENDING
			require.NoError(t, err)
			assert.Equal(t, before, masked(cloud.Dump()), "leaving died at call %d", n)
		})
	}
}

func TestSweepLeavesWhatOthersShare(t *testing.T) {
	t.Parallel()
	c := cell{provider.Amphora, provider.Epoxy}
	cloud := fake.New(fake.WithProvider(c.provider, c.release))
	ctx := t.Context()
	a, b := owner(cloud, "a"), owner(cloud, "b")
	_, err := a.Ensure(ctx, share(cloud, c, 80))
	require.NoError(t, err)
	_, err = b.Ensure(ctx, share(cloud, c, 81))
	require.NoError(t, err)
	orphans, err := a.Orphans(ctx, func(string) bool { return false })
	require.NoError(t, err)
	require.Len(t, orphans, 2)
	require.NoError(t, a.Sweep(ctx, orphans))
	plan, err := b.Plan(ctx, share(cloud, c, 81))
	require.NoError(t, err)
	assert.True(t, plan.Empty(), "%s", plan)
	_, ok := lookFor(t, a)
	assert.False(t, ok)
}

func lookFor(t *testing.T, e *lb.Engine) (string, bool) {
	t.Helper()
	for name, err := range e.Names(t.Context()) {
		require.NoError(t, err)
		return name, true
	}
	return "", false
}

// A listener that is found by its port and gets another name keeps the tags that the Spec
// leaves alone.
func TestARenamedShareKeepsItsTags(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e, spec := owner(cloud, "a"), share(cloud, c, 80)
		_, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		id := pathID(t, e, spec.Name, "listener/p0")
		tags := map[string]any{"tags": []any{"octaviakit.owner=a", "theirs"}, "name": "p0"}
		_, err = octavia.Update(t.Context(), cloud.LoadBalancer(), "lbaas/listeners/"+id, "listener", tags)
		require.NoError(t, err)
		<-time.After(time.Minute)
		spec.Listeners[0].Name = "renamed"
		_, err = e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		o, err := octavia.Get(t.Context(), cloud.LoadBalancer(), "lbaas/listeners/"+id, "listener")
		require.NoError(t, err)
		assert.Equal(t, "renamed", o["name"])
		assert.ElementsMatch(t, []any{"octaviakit.owner=a", "theirs"}, o["tags"])
	})
}

// pathID is the ID of the object at a path.
func pathID(t *testing.T, e *lb.Engine, name, path string) string {
	t.Helper()
	g, err := e.Observe(t.Context(), name)
	require.NoError(t, err)
	for n := range g.Nodes() {
		if n.Path == path {
			return n.ID
		}
	}
	t.Fatalf("there is no %s", path)
	return ""
}
