// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// verdict is a test that only notes what was said about it.
type verdict struct {
	t      *testing.T
	said   []string
	ending func()
	dir    string
}

func (v *verdict) Helper() {}
func (v *verdict) Errorf(format string, args ...any) {
	v.said = append(v.said, fmt.Sprintf(format, args...))
}
func (v *verdict) Cleanup(f func())    { v.ending = f }
func (v *verdict) Failed() bool        { return len(v.said) > 0 }
func (v *verdict) ArtifactDir() string { return v.dir }

// made is a cloud with a load balancer, a listener refused for it and one accepted; the time is 46 s.
func made(t *testing.T) (c *fake.Cloud, lb string) {
	c = fake.New(fake.WithLatency(fake.AmphoraLike))
	demo := as(t, c, "demo")
	lb = demo.made("/loadbalancers", `{"loadbalancer":{"name":"shop","vip_subnet_id":"{sub}"}}`)
	listener := `{"listener":{"protocol":"TCP","protocol_port":80,"loadbalancer_id":"` + lb + `"}}`
	demo.post("/listeners", listener).ok(409)
	for range 3 {
		time.Sleep(16 * time.Second)
		demo.get("/loadbalancers/" + lb).ok(200)
	}
	demo.post("/listeners", listener).ok(201)
	as(t, c, "observer").get("/listeners?name=web").ok(200)
	return c, lb
}

func TestExpectationsThatHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, lb := made(t)
		expect := c.Expect(t)
		expect.Calls("").Times(7)
		expect.Calls("POST").Times(3)
		expect.Calls("/lbaas/listeners").Times(3)
		expect.Calls("GET /loadbalancers/*").AtLeast(3)
		expect.Calls("DELETE").Never()
		expect.Calls("POST /loadbalancers").Once()
		expect.Polls().AtMost(4)
		expect.Polls().By("observer").Once()
		expect.Mutations().By("observer").Never()
		expect.Mutations().Are("POST /loadbalancers", "POST /listeners", "POST /listeners")
		expect.Refusals().Are("POST /listeners")
		expect.Cycles(lb).Are("POST /loadbalancers", "POST /listeners")
		expect.Cycles("").Times(2)
		c.ForgetCalls()
		expect.Calls("").Never()
		expect.Cycles(lb).Once() // it is still PENDING
	})
}

func TestExpectationsThatDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, lb := made(t)
		for want, broken := range map[string]func(fake.Expectation){
			"calls of POST: want none, got 3":                                    func(e fake.Expectation) { e.Calls("POST").Never() },
			"mutations: want one, got 3":                                         func(e fake.Expectation) { e.Mutations().Once() },
			"mutations by observer: want at least 1, got 0":                      func(e fake.Expectation) { e.Mutations().By("observer").AtLeast(1) },
			"polls: want at most 2, got 4":                                       func(e fake.Expectation) { e.Polls().AtMost(2) },
			"PENDING cycles of " + lb + ": want 1, got 2":                        func(e fake.Expectation) { e.Cycles(lb).Times(1) },
			"mutations: want POST /pools as number 2, got POST /lbaas/listeners": func(e fake.Expectation) { e.Mutations().Are("POST /loadbalancers", "POST /pools") },
			"mutations: want 1, got 3":                                           func(e fake.Expectation) { e.Mutations().Are("POST /loadbalancers") },
			`calls of GET POST: "GET POST": want a method, a path or both, such as "PUT /pools/*/members"`: func(e fake.Expectation) {
				e.Calls("GET POST").Never()
			},
			`refusals: want a pattern of path.Match, not "/[": syntax error in pattern`: func(e fake.Expectation) { e.Refusals().Are("/[") },
		} {
			v := &verdict{t: t}
			broken(c.Expect(v))
			require.Len(t, v.said, 1, want)
			assert.Equal(t, want, firstLine(v.said[0]))
		}
	})
}

func firstLine(text string) string {
	for i, r := range text {
		if r == '\n' {
			return text[:i]
		}
	}
	return text
}

func TestWhatAFailureShows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, lb := made(t)
		c.Inject(fake.Fault{Effect: fake.LoseReply})
		_, err := c.HTTPClient().Get("http://octavia.fake/load-balancer/v2/lbaas/pools")
		require.Error(t, err)
		v := &verdict{t: t, dir: t.TempDir()}
		c.KeepTimeline(v)
		c.Expect(v).Cycles(lb).Once()
		golden.Assert(t, v.said[0]+"\n", "testdata/failure.txt")
		v.ending()
		text, err := os.ReadFile(filepath.Join(v.dir, "timeline.txt"))
		require.NoError(t, err)
		assert.Equal(t, c.Timeline(), string(text))
		assert.FileExists(t, filepath.Join(v.dir, "timeline.svg"))
	})
}

func TestNothingIsKeptOfATestThatPasses(t *testing.T) {
	v := &verdict{t: t, dir: t.TempDir()}
	fake.New().KeepTimeline(v)
	v.ending()
	files, err := os.ReadDir(v.dir)
	require.NoError(t, err)
	assert.Empty(t, files)
	fake.New().KeepTimeline(t) // a real test will do
}

// A story of thousands of calls does not bury the message.
func TestALongFailureIsCut(t *testing.T) {
	c := fake.New()
	demo := as(t, c, "demo")
	for range 500 {
		demo.post("/loadbalancers", `{}`)
	}
	v := &verdict{t: t}
	c.Expect(v).Mutations().Never()
	assert.Less(t, len(v.said[0]), 10_000)
	assert.Contains(t, v.said[0], "\n  … 421 lines\n")
}
