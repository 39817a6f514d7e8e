// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// Many at a time converge on a cloud that has no tags to filter by, too.
func TestManyAtATimeWithoutTags(t *testing.T) {
	for _, c := range []cell{{provider.Amphora, provider.Queens}, {provider.Amphora, provider.Rocky}} {
		t.Run(c.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := c.cloud()
				specs := fleet(cloud, c, 6)
				for i := range specs {
					specs[i].Flavor = ""
				}
				e := engine(cloud)
				for range 2 {
					wish(t, e, 0, specs)
					time.Sleep(time.Minute)
				}
				cloud.ForgetCalls()
				wish(t, e, 0, specs)
				assert.Empty(t, cloud.Mutations())
				names := 0
				for _, err := range e.Names(t.Context()) {
					require.NoError(t, err)
					names++
				}
				assert.Equal(t, len(specs), names)
			})
		})
	}
}

// dateless is a cloud behind a proxy that drops the Date.
type dateless struct{ next http.RoundTripper }

func (d dateless) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := d.next.RoundTrip(r)
	if err == nil {
		res.Header.Del("Date")
	}
	return res, err
}

// Without a Date an Engine knows only by its own clock when a second is over.
func TestWithoutADateAChangeInTheSameSecondIsSeen(t *testing.T) {
	for at := time.Duration(0); at < 3*time.Second; at += 300 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			c := cell{provider.Amphora, provider.Epoxy}
			cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(fake.Instantly))
			spec := service(cloud, c, 1, 2)
			lighter := spec
			lighter.Pools = slices.Clone(spec.Pools)
			lighter.Pools[0].Members = slices.Clone(spec.Pools[0].Members)
			lighter.Pools[0].Members[0].Weight = new(7)
			clients := through(dateless{cloud}, cloud.LoadBalancer(), cloud.Network())
			e, other := lb.New(clients[0], "test", lb.WithNetwork(clients[1])), engine(cloud)
			_, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			time.Sleep(at)
			_, err = e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			_, err = other.Ensure(t.Context(), lighter)
			require.NoError(t, err)
			spec.Pools[0].Members[0].Weight = new(1)
			plan, err := e.Plan(t.Context(), spec)
			require.NoError(t, err)
			assert.False(t, plan.Empty(), "%s after", at)
			time.Sleep(time.Minute)
			for range 2 {
				_, err = e.Ensure(t.Context(), spec)
				require.NoError(t, err)
				time.Sleep(time.Minute)
			}
			cloud.ForgetCalls()
			_, err = e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			assert.Equal(t, 2, calls(cloud))
		})
	}
}
