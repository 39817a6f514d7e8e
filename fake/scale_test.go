// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/require"
)

func startOfTime() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// big is a load balancer of 3 listeners, 3 pools and 80 members each.
func big(n int) string {
	var ls []string
	for i := range 3 {
		var ms []string
		for m := range 80 {
			ms = append(ms, fmt.Sprintf(`{"address":"10.1.%d.%d","protocol_port":80,"subnet_id":"{msub}"}`, m/100, m+1))
		}
		ls = append(ls, fmt.Sprintf(`{"protocol":"TCP","protocol_port":%d,"default_pool":{"name":"p%d","protocol":"TCP","lb_algorithm":"ROUND_ROBIN","members":[%s]}}`,
			i+1, i, strings.Join(ms, ",")))
	}
	return fmt.Sprintf(`{"loadbalancer":{"name":"lb%d","vip_subnet_id":"{sub}","listeners":[%s]}}`, n, strings.Join(ls, ","))
}

// BenchmarkPopulated builds whole load balancers through the API; the cost of one must
// not depend on how many there are.
func BenchmarkPopulated(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				c := fake.New()
				a := as(b, c, "demo")
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				start := time.Now()
				for i := range n {
					a.post("/loadbalancers", big(i)).ok(201)
				}
				took := time.Since(start)
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(took.Microseconds())/float64(n), "µs/lb")
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n)/1024, "KiB/lb")
				runtime.KeepAlive(c)
			}
		})
	}
}

// BenchmarkOneByOne builds the same load balancers with a call for every object, and
// prints the cost of one among 1,000 over that of one among 10.
func BenchmarkOneByOne(b *testing.B) {
	for b.Loop() {
		few, _ := oneByOne(b, 10)
		many, heap := oneByOne(b, 1000)
		b.ReportMetric(float64(many.Microseconds()), "µs/lb")
		b.ReportMetric(float64(many)/float64(few), "1000/10")
		b.ReportMetric(float64(heap)/(1<<20), "MiB")
	}
}

// oneByOne is what one of n load balancers costs, and what all of them weigh.
func oneByOne(tb testing.TB, n int) (time.Duration, uint64) {
	c := fake.New()
	a := as(tb, c, "demo")
	made := func(path, format string, args ...any) string {
		return a.post(path, fmt.Sprintf(format, args...)).ok(201).one().str("id")
	}
	start := time.Now()
	for i := range n {
		lb := made("/loadbalancers", `{"loadbalancer":{"name":"lb%d","vip_subnet_id":"{sub}"}}`, i)
		for p := range 3 {
			listener := made("/listeners", `{"listener":{"loadbalancer_id":"%s","protocol":"TCP","protocol_port":%d}}`, lb, p+1)
			pool := made("/pools", `{"pool":{"listener_id":"%s","protocol":"TCP","lb_algorithm":"ROUND_ROBIN"}}`, listener)
			for m := range 80 {
				made("/pools/"+pool+"/members", `{"member":{"address":"10.1.0.%d","protocol_port":80,"subnet_id":"{msub}"}}`, m+1)
			}
		}
	}
	took := time.Since(start) / time.Duration(n)
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	runtime.KeepAlive(c)
	return took, mem.HeapAlloc
}

// BenchmarkHour is an hour of changes one by one on amphora: 1,800 of them.
func BenchmarkHour(b *testing.B) {
	for b.Loop() {
		clock := fake.NewManualClock(startOfTime())
		c := fake.New(fake.WithLatency(fake.AmphoraLike), fake.WithClock(clock.Now))
		a := as(b, c, "demo")
		a.post("/loadbalancers", big(0)).ok(201)
		clock.Advance(time.Minute)
		pool := a.get("/pools").many()[0].str("id")
		start := time.Now()
		for i := range 1800 {
			body := fmt.Sprintf(`{"member":{"address":"10.1.9.%d","protocol_port":%d}}`, i%250, i+1)
			a.post("/pools/"+pool+"/members", body).ok(201)
			clock.Advance(2 * time.Second)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/hour")
	}
}

// A guard for the benchmark's claim that needs no stop-watch: virtual time stands still
// while requests are served.
func TestServingTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fake.New()
		start := time.Now()
		as(t, c, "demo").made("/loadbalancers", big(0))
		require.Zero(t, time.Since(start))
	})
}
