// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
)

var errCrash = errors.New("the program dies here")

// crashing lets n calls through, does the next one, and dies before its answer
// comes: the worst moment for a program to die.
type crashing struct {
	next http.RoundTripper
	left atomic.Int64 // calls come from several goroutines
	die  context.CancelCauseFunc
}

func (c *crashing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if c.left.Add(-1) >= 0 {
		return resp, err
	}
	c.die(errCrash)
	return nil, errCrash
}

// through returns copies of the clients whose calls go through rt.
func through(rt http.RoundTripper, clients ...*gophercloud.ServiceClient) []*gophercloud.ServiceClient {
	out := make([]*gophercloud.ServiceClient, len(clients))
	for i, c := range clients {
		service, provider := *c, *c.ProviderClient
		provider.HTTPClient = http.Client{Transport: rt}
		service.ProviderClient = &provider
		out[i] = &service
	}
	return out
}

// A program that dies at any call, and is run again, ends where an uninterrupted
// one ends: nothing doubled, nothing left over, at most one cycle more.
func TestCrashAtEveryCall(t *testing.T) {
	for _, c := range cells() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			want, cycles := uninterrupted(t, c)
			crashed := true
			for n := first(t); crashed; n += stride() {
				synctest.Test(t, func(t *testing.T) {
					cloud := c.cloud()
					spec := service(cloud, c, 2, 3)
					crashed = crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error {
						_, err := e.Ensure(ctx, spec)
						return err
					})
					g, err := engine(cloud).Ensure(t.Context(), spec)
					require.NoError(t, err, "second run after dying at call %d", n)
					settled(t, g)
					assert.Equal(t, want, masked(cloud.Dump()), "died at call %d", n)
					assert.LessOrEqual(t, cloud.Cycles(""), cycles+1, "died at call %d", n)

					crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error { return e.Delete(ctx, spec.Name) })
					require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
					assert.Equal(t, fresh(c), cloud.Dump(), "deletion died at call %d", n)
				})
			}
		})
	}
}

func uninterrupted(t *testing.T, c cell) (dump string, cycles int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := c.cloud()
		_, err := engine(cloud).Ensure(t.Context(), service(cloud, c, 2, 3))
		require.NoError(t, err)
		dump, cycles = masked(cloud.Dump()), cloud.Cycles("")
	})
	return dump, cycles
}

// crash runs a program that dies at the n-th call; it reports whether it came that far.
func crash(t *testing.T, cloud *fake.Cloud, n int, program func(context.Context, *lb.Engine) error, opts ...lb.Option) bool {
	t.Helper()
	ctx, die := context.WithCancelCause(t.Context())
	defer die(nil)
	rt := &crashing{next: cloud, die: die}
	rt.left.Store(int64(n))
	clients := through(rt, cloud.LoadBalancer(), cloud.Network())
	err := program(ctx, lb.New(clients[0], "test", append(opts, lb.WithNetwork(clients[1]))...))
	if rt.left.Load() >= 0 {
		require.NoError(t, err)
		return false
	}
	// err may be nil: it was the look whether members answer, after all was done.
	return true
}

// Where the program lives on and only the reply is lost, one Ensure gets there by itself.
func TestLostReplyAtEveryCall(t *testing.T) {
	for _, c := range cells() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			want, cycles := uninterrupted(t, c)
			hit := true
			for n := first(t); hit; n += stride() {
				synctest.Test(t, func(t *testing.T) {
					cloud := c.cloud()
					cloud.Inject(fake.Fault{After: n, Effect: fake.LoseReply})
					g, err := engine(cloud).Ensure(t.Context(), service(cloud, c, 2, 3))
					require.NoError(t, err, "reply %d lost", n)
					settled(t, g)
					assert.Equal(t, want, masked(cloud.Dump()), "reply %d lost", n)
					assert.LessOrEqual(t, cloud.Cycles(""), cycles+1, "reply %d lost", n)
					hit = false
					for call := range cloud.Calls() {
						hit = hit || call.Fault != ""
					}
				})
			}
		})
	}
}
