// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// world is where callers, owners and faults interleave at random.
type world struct {
	name   provider.Name
	on     provider.Release
	owners int // Batchers with a Waiter each, as in processes of their own, sharing the pools
	faults []func(*rand.Rand) fake.Fault
}

const callers, changesEach, faultsEach = 9, 10, 8

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// passingFaults say nothing about the request: in the end all must be as wished.
func passingFaults() []func(*rand.Rand) fake.Fault {
	method := func(r *rand.Rand) string {
		return pick(r, "", http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete)
	}
	return []func(*rand.Rand) fake.Fault{
		func(r *rand.Rand) fake.Fault { return fake.Fault{Method: method(r), Effect: fake.LoseReply} },
		func(r *rand.Rand) fake.Fault { return fake.Fault{Method: method(r), Effect: fake.LoseSend} },
		func(r *rand.Rand) fake.Fault { return fake.Fault{Method: method(r), Status: pick(r, 502, 503, 504)} },
		func(r *rand.Rand) fake.Fault {
			return fake.Fault{Method: http.MethodPut, Status: 409, Message: "Load Balancer x is immutable and cannot be updated."}
		},
		func(r *rand.Rand) fake.Fault {
			return fake.Fault{Method: method(r), Effect: fake.Throttle, RetryAfter: time.Duration(r.IntN(5)) * time.Second}
		},
		func(r *rand.Rand) fake.Fault {
			return fake.Fault{Method: method(r), Effect: fake.Slow, Delay: time.Duration(r.IntN(8000)) * time.Millisecond}
		},
		func(*rand.Rand) fake.Fault { return fake.Fault{Effect: fake.ExpireToken} },
	}
}

// hurtingFaults let members end in ERROR, which is repaired once or told.
func hurtingFaults() []func(*rand.Rand) fake.Fault {
	return append(passingFaults(),
		func(*rand.Rand) fake.Fault { return fake.Fault{Method: http.MethodPut, Effect: fake.EndInError} },
		func(*rand.Rand) fake.Fault { return fake.Fault{Method: http.MethodPost, Effect: fake.EndInError} },
		func(*rand.Rand) fake.Fault { return fake.Fault{Method: http.MethodPut, Effect: fake.PartialBatch} },
	)
}

// word is what somebody last said about a member.
type word struct {
	in     bool
	weight int
	sure   bool // it was answered with success
}

// play lets callers talk and returns their last words by pool and member.
func (w world) play(t *testing.T, s *stage, seed uint64) map[string]map[string]word {
	t.Helper()
	said := map[string]map[string]word{}
	for _, p := range s.pools {
		said[p.ID] = map[string]word{}
	}
	var batchers []*member.Batcher
	s.how.Share = w.owners > 1
	for range w.owners {
		batchers = append(batchers, member.NewBatcher(waiter.New(s.cloud.LoadBalancer()), s.how))
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for caller := range callers {
		r := rand.New(rand.NewPCG(seed, uint64(caller)+100)) //nolint:gosec // a test wants the same sequence again
		b, p := batchers[caller%len(batchers)], s.pools[caller%len(s.pools)]
		wg.Go(func() {
			for range changesEach {
				n := caller*20 + r.IntN(5)
				m := s.spec(n)
				now := word{in: r.IntN(3) > 0, weight: 1}
				var err error
				if now.in {
					if s.how.Caps.Has(provider.MemberWeight) {
						now.weight = 1 + r.IntN(3)
						m.Weight = &now.weight
					}
					err = b.Put(t.Context(), p, m)
				} else {
					err = b.Remove(t.Context(), p, m.Key())
				}
				now.sure = w.judge(t, s, m, err)
				mu.Lock()
				said[p.ID][m.Key().String()] = now
				mu.Unlock()
				time.Sleep(time.Duration(r.IntN(4000)) * time.Millisecond)
			}
		})
	}
	wg.Wait()
	for _, b := range batchers {
		require.NoError(t, b.Close(t.Context()))
	}
	return said
}

// judge checks an answer and says whether it was success.
func (w world) judge(t *testing.T, s *stage, m member.Spec, err error) bool {
	t.Helper()
	if err == nil {
		return true
	}
	assert.False(t, fault.Is(err, fault.Locked), "no 409 escapes: %v", err)
	var one *member.Error
	if assert.ErrorAs(t, err, &one, "only a member's own trouble is told") {
		assert.Equal(t, m.Key(), one.Key)
		assert.ErrorIs(t, err, waiter.ErrFailed)
	}
	return false
}

// TestThePoolEndsAsTheLastWordOfEach lets callers, owners, faults and lost replies
// interleave at random, on drivers with and without defects.
func TestThePoolEndsAsTheLastWordOfEach(t *testing.T) {
	type cloud struct {
		n provider.Name
		r provider.Release
	}
	for _, c := range []cloud{
		{provider.Amphora, provider.Queens},
		{provider.Amphora, provider.Train},
		{provider.Amphora, provider.Zed},
		{provider.Amphora, provider.Epoxy},
		{provider.OVN, provider.Train},
		{provider.OVN, provider.Ussuri},
		{provider.OVN, provider.Zed},
		{provider.OVN, provider.Epoxy},
	} {
		for seed := range uint64(3) {
			w := world{name: c.n, on: c.r, owners: 1 + int(seed%3), faults: passingFaults()}
			if seed%3 == 2 {
				w.faults = hurtingFaults()
			}
			t.Run(fmt.Sprintf("%s %s %d", c.n, c.r, seed), func(t *testing.T) {
				bubble(t, func(t *testing.T) { w.run(t, seed) })
			})
		}
	}
}

func (w world) run(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a test wants the same sequence again
	s := newStage(t, w.name, w.on, 2, fake.WithLatency(pick(r, fake.AmphoraLike, fake.OVNLike)), fake.WithSeed(seed))
	var faults []fake.Fault
	for range faultsEach {
		f := pick(r, w.faults...)(r)
		f.After, f.Times = r.IntN(60), 1+r.IntN(2)
		if f.Effect != fake.ExpireToken {
			f.Path = pick(r, "/lbaas/pools/*/members*", "/lbaas/pools/*/members", "")
		}
		faults = append(faults, f)
	}
	s.cloud.Inject(faults...)
	said := w.play(t, s, seed)
	if t.Failed() {
		for _, f := range faults {
			t.Log(f.String())
		}
	}
	s.cloud.ClearFaults()
	for _, p := range s.pools {
		w.check(t, s, p, said[p.ID])
	}
}

func (w world) check(t *testing.T, s *stage, p member.Pool, said map[string]word) {
	t.Helper()
	got := map[string]member.Member{}
	for _, m := range s.list(p) {
		got[m.Key().String()] = m
	}
	for k, last := range said {
		m, in := got[k]
		if !last.sure {
			continue
		}
		assert.Equal(t, last.in, in, "%s in %s", k, p.ID)
		if in && last.in {
			assert.Equal(t, last.weight, m.Weight, k)
			assert.Equal(t, "ACTIVE", m.Provisioning, k)
		}
	}
	// Each cycle serves all that gathered while the one before settled; what faults add is bounded.
	const changes = callers * changesEach
	cycles := s.cloud.Cycles(p.LoadBalancerID)
	t.Logf("%d cycles for %d changes by %d owners", cycles, changes/len(s.pools), w.owners)
	assert.LessOrEqual(t, cycles, changes/len(s.pools)+2*faultsEach)
}

// TestChangesAmountToTheirSequence makes changes one after the other without waiting for
// answers: however they gather, the pool ends as if each had been made alone, and nobody
// is told before its own change is in force or overtaken.
func TestChangesAmountToTheirSequence(t *testing.T) {
	for _, n := range []provider.Name{provider.Amphora, provider.OVN} {
		for _, on := range []provider.Release{provider.Train, provider.Epoxy} {
			for seed := range uint64(3) {
				t.Run(fmt.Sprintf("%s %s %d", n, on, seed), func(t *testing.T) {
					bubble(t, func(t *testing.T) { sequence(t, n, on, seed) })
				})
			}
		}
	}
}

func sequence(t *testing.T, n provider.Name, on provider.Release, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 77)) //nolint:gosec // a test wants the same sequence again
	s := newStage(t, n, on, 1, fake.WithLatency(pick(r, fake.AmphoraLike, fake.OVNLike)), fake.WithSeed(seed))
	s.how.Share, s.how.MaxBatch = seed%3 == 2, 3
	for range seed % 4 {
		f := pick(r, passingFaults()...)(r)
		f.After = r.IntN(40)
		s.cloud.Inject(f)
	}
	p, b := s.pools[0], member.NewBatcher(s.w, s.how)
	want := map[string]string{} // address and port to name
	var wg sync.WaitGroup
	for i := range 40 {
		m := s.spec(r.IntN(12))
		m.Name = fmt.Sprint("change ", i)
		switch r.IntN(8) {
		case 0, 1, 2:
			delete(want, m.Key().String())
			wg.Go(func() { assert.NoError(t, b.Remove(t.Context(), p, m.Key())) })
		case 3:
			other := s.spec(12 + r.IntN(4))
			other.Name = m.Name
			if !s.how.Share {
				clear(want)
			}
			want[m.Key().String()], want[other.Key().String()] = m.Name, m.Name
			wg.Go(func() { assert.NoError(t, b.Replace(t.Context(), p, []member.Spec{m, other})) })
		default:
			want[m.Key().String()] = m.Name
			wg.Go(func() { assert.NoError(t, b.Put(t.Context(), p, m)) })
		}
		synctest.Wait() // it is in the queue
		time.Sleep(time.Duration(r.IntN(1500)) * time.Millisecond)
	}
	wg.Wait()
	require.NoError(t, b.Close(t.Context()))
	s.cloud.ClearFaults()
	got := map[string]string{}
	for _, m := range s.list(p) {
		got[m.Key().String()] = m.Name
	}
	assert.Equal(t, want, got)
}
