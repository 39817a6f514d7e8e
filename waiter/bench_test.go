// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// peer is the poll schedule of another client: the gaps between reads, the first read
// being immediate, and when it gives up.
type peer struct {
	name    string
	source  string
	gap     func(n int) float64 // seconds after the nth read (from 0)
	giveUp  float64             // seconds
	elapsed func(time.Duration) time.Duration
}

func growing(first, factor, limit float64) func(int) float64 {
	return func(n int) float64 { return min(first*math.Pow(factor, float64(n)), limit) }
}

func peers() []peer {
	inf := math.Inf(1)
	return []peer{
		{name: "octaviakit cold", source: "schedule.go", elapsed: cold, giveUp: inf},
		{name: "cloud-provider-openstack", source: "pkg/util/openstack/loadbalancer.go: 1s ×1.2, 23 steps", gap: growing(1, 1.2, inf), giveUp: 271},
		{name: "CAPO", source: "pkg/cloud/services/loadbalancer: 1s ×1.25, 20 steps, jitter 0.1 left out", gap: growing(1, 1.25, inf), giveUp: 274},
		{name: "Kuryr", source: "drivers/lbaasv2.py: 1.6s ×1.6 (means), cap 15s", gap: growing(1.6, 1.6, 15), giveUp: 300},
		{name: "Terraform", source: "lb_v2_shared.go: 1s ×2, cap 10s", gap: growing(1, 2, 10), giveUp: 600},
		{name: "openstacksdk", source: "resource.py wait_for_status: every 2s", gap: growing(2, 1, 2), giveUp: 300},
	}
}

// watch is what a peer makes of an operation that takes d.
func (p peer) watch(d time.Duration) (late float64, polls int, ok bool) {
	if p.elapsed != nil {
		seen, polls := look(d, p.elapsed)
		return (seen - d).Seconds(), polls, true
	}
	at := 0.0
	for n := 0; ; n++ {
		if at >= d.Seconds() {
			return at - d.Seconds(), n + 1, true
		}
		if at += p.gap(n); at > p.giveUp {
			return 0, n + 1, false
		}
	}
}

// BenchmarkSchedule computes lateness and reads for operations of 0.05s to 30min,
// each averaged over durations a quarter above and below, beside other clients'
// schedules. "warm" is what the Waiter does once it has learned, for durations that
// vary by a tenth.
func BenchmarkSchedule(b *testing.B) {
	durations := []float64{0.05, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 90, 120, 300, 600, 1800}
	var table strings.Builder
	fmt.Fprintf(&table, "seconds late (reads), * gives up\n%9s", "takes")
	all := append([]peer{{name: "octaviakit warm"}}, peers()...)
	for _, p := range all {
		fmt.Fprintf(&table, " %24s", p.name)
	}
	table.WriteString("\n")
	for _, s := range durations {
		fmt.Fprintf(&table, "%8.2fs", s)
		for _, p := range all {
			late, polls, given := average(p, s)
			b.Run(fmt.Sprintf("%s/%vs", strings.ReplaceAll(p.name, " ", "-"), s), func(b *testing.B) {
				b.ReportMetric(0, "ns/op") // nothing is timed
				b.ReportMetric(polls, "reads")
				if given {
					b.ReportMetric(1, "gave-up")
					return
				}
				b.ReportMetric(late, "late-s")
				b.ReportMetric(100*late/s, "late-%")
			})
			if given {
				fmt.Fprintf(&table, " %24s", "*")
			} else {
				fmt.Fprintf(&table, " %17.2f (%4.1f)", late, polls)
			}
		}
		table.WriteString("\n")
	}
	fmt.Println(table.String())
}

func average(p peer, s float64) (late, polls float64, gaveUp bool) {
	const n = 401
	for i := range n {
		x := -1 + 2*float64(i)/(n-1)
		d := time.Duration(s * (1 + 0.25*x) * second)
		q := p
		if p.gap == nil && p.elapsed == nil { // warm: a tenth, standard deviation, uniformly
			m := time.Duration(s * second)
			d = time.Duration(s * (1 + 0.173*x) * second)
			q.elapsed = func(e time.Duration) time.Duration { return waiter.Next(e, m, m/10) }
		}
		l, k, ok := q.watch(d)
		late, polls, gaveUp = late+l, polls+float64(k), gaveUp || !ok
	}
	return late / n, polls / n, gaveUp
}

// BenchmarkShared waits, in virtual time, for 500 load balancers that are created at once,
// with different things below them, and prints the calls beside those of 500 lonely waits
// in a twin of the cloud. With members on ovn a tree each is the least. "one-by-one" is a
// reconciler's: one goroutine Checks each when its time has come. "changed" are 500 Mutates
// of a batch of members: 1,005 calls on amphora where lonely ones make 3,000, 516 instead of
// 2,500 where they are known to be settled (and late by what the rate lets through); no list says how a member is whose change may
// have failed. (A bubble needs a *testing.T, which RunTests gives.)
func BenchmarkShared(b *testing.B) {
	ways := []struct {
		name string
		how  waits
	}{{"at-once", atOnce}, {"one-by-one", reconciler}}
	for _, on := range []provider.Name{provider.Amphora, provider.OVN} {
		for _, below := range []string{"nothing", "a monitored pool", "members"} {
			for _, way := range ways {
				name := fmt.Sprintf("%s/%s/%s", on, strings.ReplaceAll(below, " ", "-"), way.name)
				b.Run(name, func(b *testing.B) {
					reportCrowd(b, func(t *testing.T) crowd { return manyCreates(t, 500, on, below, way.how) })
				})
			}
		}
	}
}

// BenchmarkSharedChanges is BenchmarkShared for changes of members, see there.
func BenchmarkSharedChanges(b *testing.B) {
	for _, on := range []provider.Name{provider.Amphora, provider.OVN} {
		b.Run(string(on)+"/changed", func(b *testing.B) {
			reportCrowd(b, func(t *testing.T) crowd { return changeMany(t, 500, on) })
		})
		b.Run(string(on)+"/changed-settled", func(b *testing.B) {
			reportCrowd(b, func(t *testing.T) crowd { return changeMany(t, 500, on, waiter.AssumeSettled()) })
		})
	}
}

func reportCrowd(b *testing.B, play func(t *testing.T) crowd) {
	b.Helper()
	var got crowd
	run := func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { got = play(t) })
	}
	for b.Loop() {
		all := func(string, string) (bool, error) { return true, nil }
		if !testing.RunTests(all, []testing.InternalTest{{Name: b.Name(), F: run}}) {
			b.Fatal("the waits failed")
		}
	}
	b.ReportMetric(float64(got.calls), "calls")
	b.ReportMetric(float64(got.alone), "calls-alone")
	b.ReportMetric(float64(got.alone)/float64(got.calls), "times-fewer")
	b.ReportMetric(got.later.Seconds(), "later-s")
}
