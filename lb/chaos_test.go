// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// Programs of one owner and of several work on the same names at the same time, change
// their minds, give up and come back, while calls fail at random. In the end, when calls
// fail no more, everybody gets what they want; what is nobody's or somebody else's is as
// it was; and when all have left, nothing is left.
//
// A run tries a few seeds, OCTAVIAKIT_CHAOS=N so many from OCTAVIAKIT_SEED on; a failure
// names its seed.
func TestChaos(t *testing.T) {
	runs, first := uint64(6), seed(t)
	if n, err := strconv.ParseUint(os.Getenv("OCTAVIAKIT_CHAOS"), 10, 64); err == nil {
		runs = n
	}
	for n := first; n < first+runs; n++ {
		t.Run(fmt.Sprintf("seed %d", n), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newChaos(t, n).run() })
		})
	}
}

type chaos struct {
	*testing.T
	cell  cell
	cloud *fake.Cloud
	dice  *rand.Rand
	names map[string][]string // owner, and the load balancers that it wants
}

func newChaos(t *testing.T, seed uint64) *chaos {
	t.Helper()
	cells := []cell{
		{provider.Amphora, provider.Train},
		{provider.Amphora, provider.Xena},
		{provider.Amphora, provider.Zed},
		{provider.Amphora, provider.Epoxy},
		{provider.OVN, provider.Train},
		{provider.OVN, provider.Xena},
		{provider.OVN, provider.Zed},
		{provider.OVN, provider.Epoxy},
	}
	c := &chaos{T: t, cell: cells[seed%uint64(len(cells))], dice: rand.New(rand.NewPCG(seed, 1))}
	c.cloud = c.cell.cloud()
	c.names = map[string][]string{"a": {"one", "two", "common"}, "b": {"one", "common"}, "c": {"three", "common"}}
	return c
}

func (c *chaos) run() {
	c.Logf("%s", c.cell)
	c.foreign()
	before := masked(c.cloud.Dump())
	c.faults()
	var wg sync.WaitGroup
	for _, owner := range []string{"a", "a", "b", "c"} {
		dice := rand.New(rand.NewPCG(c.dice.Uint64(), 0))
		wg.Go(func() { c.actor(dice, owner) })
	}
	wg.Wait()
	c.cloud.ClearFaults()
	c.calm()
	for owner := range c.names {
		c.leave(owner)
	}
	assert.Equal(c, before, masked(c.cloud.Dump()), "something is left, or somebody else's was changed")
}

// foreign makes what nobody may touch: a namesake without a mark, somebody else's load
// balancer and an address of theirs.
func (c *chaos) foreign() {
	bare := map[string]any{"name": "two", "vip_subnet_id": c.cloud.SubnetID()}
	_, err := octavia.Create(c.Context(), c.cloud.LoadBalancer(), "lbaas/loadbalancers", "loadbalancer", bare)
	require.NoError(c, err)
	_, err = owner(c.cloud, "them").Ensure(c.Context(), c.spec("theirs", 2, 2))
	require.NoError(c, err)
	time.Sleep(time.Minute)
}

// faults makes calls go wrong at random for as long as they last.
func (c *chaos) faults() {
	kinds := []fake.Fault{
		{Effect: fake.LoseReply},
		{Effect: fake.LoseReply, Method: "POST"},
		{Effect: fake.LoseSend},
		{Effect: fake.Refuse, Status: 503},
		{Effect: fake.Refuse, Status: 500},
		{Effect: fake.Refuse, Status: 504},
		{Effect: fake.Throttle, RetryAfter: 3 * time.Second},
		{Effect: fake.ExpireToken},
		{Effect: fake.EndInError, Path: "/lbaas/pools/*/members"},
		{Effect: fake.EndInError, Path: "/lbaas/pools"},
		{Effect: fake.PartialBatch, Path: "/lbaas/pools/*/members"},
		{Effect: fake.Refuse, Method: "POST", Path: "/floatingips", Status: 503},
		{Effect: fake.LoseReply, Method: "POST", Path: "/floatingips"},
		{Effect: fake.LoseReply, Method: "DELETE"},
		{Effect: fake.LoseReply, Method: "PUT"},
	}
	if c.cell.provider == provider.OVN { // has no remedy for a load balancer in ERROR that is shared
		kinds = slices.DeleteFunc(kinds, func(f fake.Fault) bool { return f.Effect == fake.EndInError || f.Effect == fake.PartialBatch })
	}
	for range 40 {
		f := kinds[c.dice.IntN(len(kinds))]
		f.After, f.Times = c.dice.IntN(120), 1+c.dice.IntN(2)
		c.cloud.Inject(f)
	}
}

// engine is one of a program that agrees to everything and may fail over.
func (c *chaos) engine(who string) *lb.Engine {
	r := lb.DefaultRecovery()
	r.Retries, r.Failovers, r.Deletions, r.Admin = 10, 10, 10, c.cloud.LoadBalancerAs("admin")
	return owner(c.cloud, who, agree(), lb.WithRecovery(r))
}

func (c *chaos) spec(name string, ports, nodes int) lb.Spec {
	s := service(c.cloud, c.cell, ports, nodes)
	s.Name = name
	return s
}

// wishOf is what an owner wants of a name: on ports of its own where it is shared.
func (c *chaos) wishOf(owner, name string, ports, nodes int) lb.Spec {
	s := c.spec(name, ports, nodes)
	if caps := lookup(c.T, c.cell.provider, c.cell.release); name == "common" && caps.Has(provider.ResourceTags) {
		s.Shared = true
		for i := range s.Listeners {
			s.Listeners[i].Port += 100 * uint16(owner[0]-'a')
		}
	}
	return s
}

// actor is a program that changes its mind, loses patience, and is run again.
func (c *chaos) actor(dice *rand.Rand, who string) {
	for range 5 {
		e := c.engine(who)
		name := c.names[who][dice.IntN(len(c.names[who]))]
		want := c.wishOf(who, name, 1+dice.IntN(3), 1+dice.IntN(4))
		ctx, cancel := context.WithTimeout(c.Context(), time.Duration(1+dice.IntN(600))*time.Second)
		var err error
		switch dice.IntN(5) {
		case 0:
			err = e.Delete(ctx, name)
		case 1:
			err = c.step(ctx, e, want)
		default:
			_, err = e.Ensure(ctx, want)
		}
		cancel()
		c.judge(who, name, err)
	}
}

func (c *chaos) step(ctx context.Context, e *lb.Engine, want lb.Spec) error {
	for range 30 {
		p, err := e.Step(ctx, want)
		if err != nil || p.Done {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(p.After):
		}
	}
	return nil
}

// judge demands that an error is one that chaos explains: never that our own request was
// wrong.
func (c *chaos) judge(who, name string, err error) {
	var f *fault.Error
	if errors.As(err, &f) {
		assert.NotEqual(c, fault.Invalid, f.Kind, "%s on %q: %v", who, name, err)
	}
	var field *lb.FieldError
	if !errors.Is(err, lb.ErrShared) && errors.As(err, &field) {
		c.Errorf("%s on %q: %v", who, name, err)
	}
}

// calm lets everybody have what they want at last, side by side.
func (c *chaos) calm() {
	var wg sync.WaitGroup
	for who, names := range c.names {
		for _, name := range names {
			for range 2 {
				wg.Go(func() {
					want := c.wishOf(who, name, 2, 3)
					g, err := c.engine(who).Ensure(c.Context(), want)
					if errors.Is(err, lb.ErrNotOwned) && (name == "one" || name == "two" || !want.Shared) {
						return
					}
					if assert.NoError(c, err, "%s on %q", who, name) {
						settled(c.T, g)
					}
				})
			}
		}
	}
	wg.Wait()
}

func (c *chaos) leave(who string) {
	for _, name := range c.names[who] {
		err := c.engine(who).Delete(c.Context(), name)
		if !errors.Is(err, lb.ErrNotOwned) {
			assert.NoError(c, err, "%s leaves %q", who, name)
		}
	}
	orphans, err := owner(c.cloud, who).Orphans(c.Context(), func(string) bool { return false })
	require.NoError(c, err)
	assert.Empty(c, orphans, "of %s", who)
}
