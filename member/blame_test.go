// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSyncSplitsARefusedBatchAndNamesTheBadMember(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		want := s.specs(1, 41)
		want[16].SubnetID = "00000000-0000-4000-8000-000000000001"
		want[29].Address = netip.MustParseAddr("169.254.169.254")
		err := s.sync(p, want)
		require.Error(t, err)
		bad := map[string]bool{}
		for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
			var one *member.Error
			require.ErrorAs(t, e, &one)
			assert.Equal(t, p.ID, one.Pool)
			assert.True(t, fault.Is(one, fault.Invalid))
			bad[one.Key.String()] = true
		}
		assert.Equal(t, map[string]bool{want[16].Key().String(): true, want[29].Key().String(): true}, bad)
		assert.Len(t, s.list(p), 38, "the neighbours are in")
		assert.LessOrEqual(t, s.cloud.Cycles(p.LoadBalancerID), 14)
	})
}

func TestSyncRepairsMembersInErrorOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		require.NoError(t, s.sync(p, s.specs(1, 4)))
		s.cloud.Break(s.list(p)[1].ID)
		require.NoError(t, s.sync(p, s.specs(1, 4)))
		assert.Equal(t, "ACTIVE", s.list(p)[1].Provisioning)

		s.cloud.Break(s.list(p)[1].ID)
		s.cloud.Inject(fake.Fault{Method: http.MethodPut, Effect: fake.EndInError, Times: -1})
		err := s.sync(p, s.specs(1, 4))
		var one *member.Error
		require.ErrorAs(t, err, &one)
		assert.Equal(t, "10.1.0.2:80", one.Key.String())
		require.ErrorIs(t, err, waiter.ErrFailed)
	})
}

func TestSyncNamesMembersThatEndInError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		s.cloud.Inject(fake.Fault{Method: http.MethodPost, Effect: fake.EndInError, Times: -1})
		err := s.sync(p, s.specs(1, 2))
		var one *member.Error
		require.ErrorAs(t, err, &one)
		assert.Equal(t, "10.1.0.1:80", one.Key.String())
	})
}

func TestSyncIsNotStoppedByStrangersInError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		other := s.addPool(p.LoadBalancerID, octavia.Object{"loadbalancer_id": p.LoadBalancerID})
		require.NoError(t, s.sync(other, s.specs(1, 2)))
		require.NoError(t, s.sync(p, s.specs(1, 2)))
		s.cloud.Break(s.list(p)[0].ID)
		require.NoError(t, s.sync(p, s.specs(5, 7)), "the broken one goes")
		assert.Equal(t, []string{"10.1.0.5:80", "10.1.0.6:80"}, s.keys(p))
	})
}

// A driver that is restarted forgets what was in its queue: the members stay, ACTIVE.
func TestSyncAsksAgainWhatTheDriverForgot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.OVN, provider.Epoxy, 1, seconds(2))
		p := s.pools[0]
		require.NoError(t, s.sync(p, s.specs(1, 31)))
		s.cloud.ForgetCalls()
		s.client.HTTPClient.Transport = &forgetful{RoundTripper: s.client.HTTPClient.Transport}
		began := time.Now()
		require.NoError(t, s.sync(p, s.specs(16, 31)))
		assert.Equal(t, []string{"PUT members"}, s.changes(), "the one that got through")
		assert.Len(t, s.list(p), 15)
		assert.Greater(t, time.Since(began), waiter.DefaultStall)
	})
}

// forgetful accepts one PUT of members, and no more comes of it.
type forgetful struct {
	http.RoundTripper
	done bool
}

func (f *forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.done || r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, "/members") {
		return f.RoundTripper.RoundTrip(r)
	}
	f.done = true
	return &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// Somebody else had the lock first: that was no attempt at a repair.
func TestARepairThatWasLockedOutIsMadeAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		require.NoError(t, s.sync(p, s.specs(1, 4)))
		s.cloud.Break(s.list(p)[1].ID)
		s.cloud.Inject(fake.Fault{Method: http.MethodPut, Status: 409, Message: "Load Balancer x is immutable and cannot be updated.", Times: 2})
		require.NoError(t, s.sync(p, s.specs(1, 4)))
		assert.Equal(t, "ACTIVE", s.list(p)[1].Provisioning)
	})
}

// What the quota does not allow is to be added; removals and changes of others go through.
func TestOnlyTheAddedAreOverQuota(t *testing.T) {
	for _, on := range []provider.Name{provider.Amphora, provider.OVN} {
		t.Run(string(on), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newStage(t, on, provider.Epoxy, 1, seconds(2), fake.WithQuota("member", 8))
				p := s.pools[0]
				require.NoError(t, s.sync(p, s.specs(1, 9)))
				b := member.NewBatcher(s.w, s.how, member.WithLinger(time.Second))
				renamed := s.spec(3)
				renamed.Name = "three"
				errs := make([]error, 3)
				var wg sync.WaitGroup
				wg.Go(func() { errs[0] = b.Put(t.Context(), p, s.specs(20, 23)...) })
				wg.Go(func() { errs[1] = b.Remove(t.Context(), p, s.spec(1).Key()) })
				wg.Go(func() { errs[2] = b.Put(t.Context(), p, renamed) })
				wg.Wait()
				var one *member.Error
				require.ErrorAs(t, errs[0], &one)
				assert.True(t, fault.Is(errs[0], fault.Quota))
				require.NoError(t, errs[1])
				require.NoError(t, errs[2])
				assert.NotContains(t, keys(s.list(p)), s.spec(1).Key().String())
			})
		})
	}
}

// A lock that never comes free ends at the Waiter's own bound, once, and not with a 409.
func TestALockForEverEndsAtTheBound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		s.cloud.Inject(fake.Fault{Method: http.MethodPut, Status: 409, Message: "Load Balancer x is immutable and cannot be updated.", Times: -1})
		start := time.Now()
		err := s.sync(s.pools[0], s.specs(1, 4))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.False(t, fault.Is(err, fault.Locked))
		assert.Contains(t, err.Error(), "is immutable")
		assert.LessOrEqual(t, time.Since(start), 31*time.Minute)
	})
}

func keys(members []member.Member) (out []string) {
	for _, m := range members {
		out = append(out, m.Key().String())
	}
	return out
}
