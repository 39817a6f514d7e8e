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
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// storm is what came of a burst of changes.
type storm struct {
	worst, calls, cycles, errors int
	took                         time.Duration
}

// churn makes changes at random, spread over a time, to one pool of each of many
// load balancers, and waits for all answers: per pool no member is lost and none is
// put twice.
func churn(s *stage, changes int, over time.Duration) storm {
	b := member.NewBatcher(s.w, s.how)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a benchmark wants the same load again
	start := time.Now()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var out storm
	for i := range changes {
		p, n := s.pools[i%len(s.pools)], i/len(s.pools)
		at := time.Duration(r.Int64N(int64(over)))
		wg.Go(func() {
			time.Sleep(at)
			if err := b.Put(s.Context(), p, s.spec(n)); err != nil {
				mu.Lock()
				out.errors++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	out.took = time.Since(start)
	s.cloud.ClearFaults()
	per := map[string]int{}
	for _, c := range s.cloud.Mutations() {
		per[c.Path]++ // a member's POST and the batch PUT have one path
		out.calls++
	}
	for _, n := range per {
		out.worst = max(out.worst, n)
	}
	out.cycles = s.cloud.Cycles("")
	for _, p := range s.pools {
		if len(s.list(p)) != changes/len(s.pools) {
			out.errors++
		}
	}
	if err := b.Close(s.Context()); err != nil {
		out.errors++
	}
	return out
}

// TestStorm is the benchmark's claim for a few of its pools: changes at a rate of
// 200 a minute and pool, with 5 s cycles, take at most 13 calls a pool.
func TestStorm(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 4, seconds(5))
		got := churn(s, 800, time.Minute)
		assert.Zero(t, got.errors)
		assert.LessOrEqual(t, got.worst, 13)
		assert.LessOrEqual(t, got.took, 75*time.Second)
	})
}

// stormFaults make calls go wrong now and then: lost on the way, in either direction, beaten to
// the lock, throttled, slow, and answered by servers that break. The next call is to mend it.
func (s *stage) stormFaults(n int) {
	r := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // the same again
	for i := range n {
		f := pick(r, passingFaults()...)(r)
		if i%4 == 0 {
			f = fake.Fault{Status: http.StatusInternalServerError}
		}
		f.After, f.Times = r.IntN(20*n), 1
		s.cloud.Inject(f)
	}
}

// TestStormWithFaults is TestStorm with jitter and faults, on both providers.
func TestStormWithFaults(t *testing.T) {
	for n, latency := range map[provider.Name]fake.Option{provider.Amphora: seconds(5), provider.OVN: fake.WithLatency(fake.OVNLike)} {
		t.Run(string(n), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newStage(t, n, provider.Epoxy, 4, latency, fake.WithJitter(0.4))
				s.stormFaults(40)
				got := churn(s, 800, time.Minute)
				t.Logf("%+v", got)
				assert.Zero(t, got.errors)
				assert.LessOrEqual(t, got.worst, 20)
				assert.LessOrEqual(t, got.took, 3*time.Minute)
			})
		})
	}
}

// BenchmarkStorm is 10,000 changes over 60 s on 50 pools of 50 load balancers with
// 5 s cycles, in virtual time; and the same with jitter, with one call in twenty going
// wrong, and on ovn, where each member of a batch takes its time.
func BenchmarkStorm(b *testing.B) {
	jitter := fake.WithJitter(0.4)
	for _, c := range []struct {
		name    string
		on      provider.Name
		changes int
		faults  int
		opts    []fake.Option
	}{
		{"changes=10000", provider.Amphora, 10_000, 0, []fake.Option{seconds(5)}},
		{"changes=1000", provider.Amphora, 1_000, 0, []fake.Option{seconds(5)}},
		{"jitter", provider.Amphora, 10_000, 0, []fake.Option{seconds(5), jitter}},
		{"faults", provider.Amphora, 10_000, 300, []fake.Option{seconds(5), jitter}},
		{"ovn", provider.OVN, 10_000, 0, []fake.Option{fake.WithLatency(fake.OVNLike), jitter}},
		{"ovn-faults", provider.OVN, 10_000, 300, []fake.Option{fake.WithLatency(fake.OVNLike), jitter}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var got storm
			for b.Loop() {
				inBubble(b, func(t *testing.T) {
					s := newStage(t, c.on, provider.Epoxy, 50, c.opts...)
					s.stormFaults(c.faults)
					got = churn(s, c.changes, time.Minute)
				})
			}
			b.ReportMetric(float64(got.worst), "calls/pool")
			b.ReportMetric(float64(c.changes)/float64(max(got.calls, 1)), "changes/call")
			b.ReportMetric(float64(got.errors), "lost")
			b.ReportMetric(got.took.Seconds(), "virtual-s")
		})
	}
}

// BenchmarkPodEvents is 300 pod events of one service within 3 s.
func BenchmarkPodEvents(b *testing.B) {
	calls := 0
	for b.Loop() {
		inBubble(b, func(t *testing.T) {
			s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(5))
			sy := member.NewSyncer(s.w, s.how, nil)
			for n := range 300 {
				require.NoError(t, sy.Set(s.pools[0], s.specs(1, n+2)))
				time.Sleep(10 * time.Millisecond)
			}
			require.NoError(t, sy.Close(t.Context()))
			calls = len(s.cloud.Mutations())
		})
	}
	b.ReportMetric(float64(calls), "calls")
}

// BenchmarkRequests plans six changes in pools of several sizes.
func BenchmarkRequests(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint("members=", n), func(b *testing.B) {
			have, want := pool(n)
			want = append(want[5:], member.Spec{Address: at(5000), Port: 80})
			for b.Loop() {
				member.Requests(have, member.Diff(have, want), member.How{})
			}
		})
	}
}

// inBubble runs f as a test in virtual time, which synctest has for tests only.
func inBubble(b *testing.B, f func(*testing.T)) {
	b.Helper()
	all := func(string, string) (bool, error) { return true, nil }
	test := testing.InternalTest{Name: "bubble", F: func(t *testing.T) { synctest.Test(t, f) }}
	if !testing.RunTests(all, []testing.InternalTest{test}) {
		b.Fatal("failed in its bubble")
	}
}
