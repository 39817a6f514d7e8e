// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ovn of Zed leaves the listener in PENDING_UPDATE when a monitor fails.
func TestStuckChildrenAreNamed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(at time.Duration) string {
			if at < ms(1000) {
				return tree("PENDING_UPDATE", web("PENDING_UPDATE", "ACTIVE", "ACTIVE"))
			}
			return tree("ACTIVE", web("PENDING_UPDATE", "ACTIVE", "ACTIVE"))
		})
		_, err := c.waiter(waiter.WithStall(30*time.Second)).Active(t.Context(), lbID)
		require.ErrorIs(t, err, waiter.ErrStuck)
		var e *waiter.Error
		require.ErrorAs(t, err, &e)
		require.Len(t, e.Failed, 1)
		assert.Equal(t, "l1", e.Failed[0].ID)
		assert.Equal(t, ms(1488)+30*time.Second, e.Elapsed, "counted from the first read that showed it, to the moment")
		assert.Contains(t, err.Error(), "stuck in PENDING under an ACTIVE load balancer: listener https (l1) PENDING_UPDATE")
	})
}

func TestStallOff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(at time.Duration) string {
			if at < 10*time.Minute {
				return tree("ACTIVE", web("PENDING_UPDATE", "ACTIVE", "ACTIVE"))
			}
			return tree("ACTIVE", web("ACTIVE", "ACTIVE", "ACTIVE"))
		})
		_, err := c.waiter(waiter.WithStall(0)).Active(t.Context(), lbID)
		require.NoError(t, err)
	})
}

// An ovn batch settles member by member; who waits for his turn is not stuck.
func TestProgressIsNotStall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(at time.Duration) string {
			var members []node
			for i := range 40 {
				status := "PENDING_CREATE"
				if at > time.Duration(i)*4*time.Second {
					status = "ACTIVE"
				}
				members = append(members, obj(fmt.Sprintf("m%02d", i), status))
			}
			return tree("ACTIVE", obj("l1", "ACTIVE", "pools", []node{obj("p1", "ACTIVE", "members", members)}))
		})
		_, err := c.waiter(waiter.WithStall(time.Minute)).Active(t.Context(), lbID)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(c.start), 2*time.Minute)
	})
}

func TestTouchFreesAChild(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var freed time.Time
		c := trees(func(time.Duration) string {
			if !freed.IsZero() && time.Since(freed) > time.Second {
				return tree("ACTIVE", web("ACTIVE", "ACTIVE", "ACTIVE"))
			}
			return tree("ACTIVE", web("PENDING_UPDATE", "PENDING_UPDATE", "ACTIVE"))
		})
		var touched []string
		_, err := c.waiter(waiter.WithStall(40*time.Second)).Active(t.Context(), lbID, waiter.Touch(func(_ context.Context, o waiter.Object) error {
			touched = append(touched, fmt.Sprintf("%s %v", o.ID, time.Since(c.start)))
			if o.ID == "p1" {
				freed = time.Now()
			}
			return nil
		}))
		require.NoError(t, err)
		assert.Equal(t, []string{"l1 10s", "p1 20s"}, touched, "one at a time, each once, parents first")
	})
}

func TestTouchInVain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(time.Duration) string { return tree("ACTIVE", web("PENDING_UPDATE", "ACTIVE", "ACTIVE")) })
		n := 0
		_, err := c.waiter().Active(t.Context(), lbID, waiter.Touch(func(context.Context, waiter.Object) error {
			n++
			return assert.AnError
		}))
		require.ErrorIs(t, err, waiter.ErrStuck)
		assert.Equal(t, 1, n)
		assert.Equal(t, 15*time.Second+2*time.Minute, time.Since(c.start))
	})
}

func TestTouchPassesOverWhatItCannotFree(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(time.Duration) string { return tree("ACTIVE", web("ACTIVE", "ACTIVE", "PENDING_UPDATE")) })
		w := c.waiter()
		_, err := w.Active(t.Context(), lbID, waiter.Touch(waiter.EmptyPut(w.Client())))
		require.ErrorIs(t, err, waiter.ErrStuck)
		assert.Equal(t, 2*time.Minute, time.Since(c.start), "the limit is not put off")
		for _, call := range c.calls {
			assert.True(t, strings.HasPrefix(call, "GET "), call)
		}
	})
}

func TestEmptyPutFreesAListenerOfZed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.OVN, provider.Zed), fake.WithLatency(fake.OVNLike))
		c := cloud.LoadBalancer()
		w := waiter.New(c)
		lb := create(t, c, populated(cloud, 1))
		s, err := w.Active(t.Context(), lb)
		require.NoError(t, err)
		_, err = w.Mutate(t.Context(), lb, func(ctx context.Context) error {
			_, err := octavia.Create(ctx, c, "lbaas/healthmonitors", "healthmonitor", object{
				"pool_id": id(t, s, "pool"), "type": "TCP", "delay": 5, "timeout": 3, "max_retries": 2,
			})
			return err
		}, waiter.Touch(waiter.EmptyPut(c)))
		require.NoError(t, err)
		touched := slices.ContainsFunc(cloud.Mutations(), func(c fake.Call) bool { return c.Method == "PUT" && string(c.Body) == `{"listener":{}}` })
		assert.True(t, touched, "or the fake no longer leaves the listener PENDING")
	})
}

func TestEmptyPutFreesAPoolAndItsListenerOfYoga(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.OVN, provider.Yoga), fake.WithLatency(fake.OVNLike))
		c := cloud.LoadBalancer()
		w := waiter.New(c)
		lb := create(t, c, populated(cloud, 2))
		s, err := w.Active(t.Context(), lb)
		require.NoError(t, err)
		touch := waiter.Touch(waiter.EmptyPut(c))
		_, err = w.Mutate(t.Context(), lb, func(ctx context.Context) error {
			_, err := octavia.Create(ctx, c, "lbaas/pools", "pool", object{"loadbalancer_id": lb, "protocol": "TCP", "lb_algorithm": "SOURCE_IP_PORT"})
			return err
		})
		require.NoError(t, err)
		var monitor string
		_, err = w.Mutate(t.Context(), lb, func(ctx context.Context) error {
			made, err := octavia.Create(ctx, c, "lbaas/healthmonitors", "healthmonitor", object{
				"pool_id": id(t, s, "pool"), "type": "TCP", "delay": 5, "timeout": 3, "max_retries": 2,
			})
			monitor, _ = made["id"].(string)
			return err
		}, touch)
		require.NoError(t, err)
		_, err = w.Mutate(t.Context(), lb, func(ctx context.Context) error {
			return octavia.Delete(ctx, c, "lbaas/healthmonitors/"+monitor)
		}, touch)
		require.NoError(t, err)
		touched := slices.ContainsFunc(cloud.Mutations(), func(c fake.Call) bool { return string(c.Body) == `{"pool":{"admin_state_up":true}}` })
		assert.True(t, touched, "or the fake no longer leaves the pool PENDING")
	})
}

// Only what is in PENDING_UPDATE is known to come free: what is still to be made or to go is
// in the driver's queue, or lost.
func TestEmptyPutLeavesTheDriversQueueAlone(t *testing.T) {
	for _, status := range []string{"PENDING_CREATE", "PENDING_DELETE"} {
		c := trees(func(time.Duration) string { return tree("ACTIVE", web(status, status, status)) })
		for _, kind := range []string{"listener", "pool"} {
			err := waiter.EmptyPut(c.client)(t.Context(), waiter.Object{Kind: kind, ID: "x", Provisioning: status})
			require.ErrorIs(t, err, errors.ErrUnsupported)
		}
		assert.Empty(t, c.calls)
	}
}

// A child that could not be touched in one state is in another.
func TestTouchWhenItBecomesPossible(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var touched []string
		c := trees(func(at time.Duration) string {
			if at < 30*time.Second {
				return tree("ACTIVE", web("PENDING_CREATE", "ACTIVE", "ACTIVE"))
			}
			return tree("ACTIVE", web("PENDING_UPDATE", "ACTIVE", "ACTIVE"))
		})
		_, err := c.waiter().Active(t.Context(), lbID, waiter.Touch(func(_ context.Context, o waiter.Object) error {
			if o.Provisioning != "PENDING_UPDATE" {
				return errors.ErrUnsupported
			}
			touched = append(touched, o.ID)
			return nil
		}))
		require.ErrorIs(t, err, waiter.ErrStuck)
		assert.Equal(t, []string{"l1"}, touched)
	})
}
