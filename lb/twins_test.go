// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// doubling makes a load balancer once more just after it was made and looked for, as another
// program does that had looked before, and then lets that program go on.
type doubling struct {
	next   http.RoundTripper
	goesOn func()
	body   []byte
	header http.Header
	looked bool
}

func (w *doubling) RoundTrip(r *http.Request) (*http.Response, error) {
	balancers := strings.HasSuffix(r.URL.Path, "/lbaas/loadbalancers")
	if balancers && r.Method == http.MethodPost {
		w.body, _ = io.ReadAll(r.Body)
		w.header = r.Header
		r.Body = io.NopCloser(bytes.NewReader(w.body))
	}
	res, err := w.next.RoundTrip(r)
	if balancers && r.Method == http.MethodGet && w.body != nil && !w.looked {
		w.looked = true
		again, err := http.NewRequestWithContext(r.Context(), http.MethodPost, strings.Split(r.URL.String(), "?")[0], bytes.NewReader(w.body))
		if err != nil {
			return nil, err
		}
		again.Header = w.header
		made, err := w.next.RoundTrip(again)
		if err != nil {
			return nil, err
		}
		_ = made.Body.Close()
		w.goesOn()
	}
	return res, err
}

// Two programs of one owner make the same load balancer in the same second, and only the
// second sees the other: whichever of the two is to count, both come to agree on it, also
// with somebody who joins meanwhile.
func TestTwinsOfOneSecondBecomeOne(t *testing.T) {
	for _, c := range []cell{{provider.Amphora, provider.Epoxy}, {provider.OVN, provider.Hibiscus}} {
		for seed := range uint64(8) {
			for _, shared := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %d %v", c, seed, shared), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { becomeOne(t, c, seed, shared) })
				})
			}
		}
	}
}

func becomeOne(t *testing.T, c cell, seed uint64, shared bool) {
	t.Helper()
	cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(c.latency()), fake.WithSeed(seed))
	spec := service(cloud, c, 1, 2)
	spec.Shared = shared
	var wg sync.WaitGroup
	ensure := func(e *lb.Engine, s lb.Spec) {
		wg.Go(func() {
			g, err := e.Ensure(t.Context(), s)
			if assert.NoError(t, err) {
				settled(t, g)
			}
		})
	}
	rt := &doubling{next: cloud, goesOn: func() {
		ensure(engine(cloud), spec)
		if shared {
			theirs := service(cloud, c, 1, 2)
			theirs.Shared, theirs.Listeners[0].Port = true, 8080
			ensure(owner(cloud, "them"), theirs)
		}
	}}
	clients := through(rt, cloud.LoadBalancer(), cloud.Network())
	ensure(lb.New(clients[0], "test", lb.WithNetwork(clients[1])), spec)
	wg.Wait()
	require.True(t, rt.looked)
	_, err := engine(cloud).Ensure(t.Context(), spec)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count("\n"+masked(cloud.Dump()), "\nloadbalancer-"), "%s", masked(cloud.Dump()))
	if shared {
		require.NoError(t, owner(cloud, "them").Delete(t.Context(), spec.Name))
	}
	require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
	assert.Equal(t, fresh(c), cloud.Dump())
}
