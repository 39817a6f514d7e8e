// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
)

// TestRealSteps drives a real cloud as a controller does, by Step and StepDelete alone: two
// ports and three nodes made, one node less, all of it deleted. A new Engine for each call:
// a controller may be restarted at any time. Run it as TestRealService.
func TestRealSteps(t *testing.T) {
	r := newReal(t)
	r.nodePorts(3)
	spec := r.service(2, 3)
	spec.Name = "octaviakit-steps-" + string(r.provider)
	r.cleanUp(spec.Name)

	spent := r.steps("create", func(e *lb.Engine) (lb.Progress, error) { return e.Step(t.Context(), spec) })
	assert.LessOrEqual(t, spent, 40)
	for i := range spec.Pools {
		spec.Pools[i].Members = spec.Pools[i].Members[:2]
	}
	assert.Equal(t, 2, r.steps("a node less", func(e *lb.Engine) (lb.Progress, error) { return e.Step(t.Context(), spec) }))
	assert.Zero(t, r.steps("nothing changed", func(e *lb.Engine) (lb.Progress, error) { return e.Step(t.Context(), spec) }))
	g, err := r.engine().Observe(t.Context(), spec.Name)
	require.NoError(t, err)
	settled(t, g)

	calls := r.steps("delete", func(e *lb.Engine) (lb.Progress, error) { return e.StepDelete(t.Context(), spec.Name) })
	assert.LessOrEqual(t, calls, 2, "the load balancer and its floating IP")
	orphans, err := r.engine().Orphans(t.Context(), func(string) bool { return false })
	require.NoError(t, err)
	assert.Empty(t, orphans)
}

// steps goes on until all is done, and returns how many mutating calls that took.
func (r *realCloud) steps(name string, step func(*lb.Engine) (lb.Progress, error)) (mutations int) {
	r.Helper()
	r.calls.reset()
	begin, looks := time.Now(), 0
	for {
		before := r.calls.all.Load()
		p, err := step(r.engine())
		require.NoError(r, err, name)
		assert.LessOrEqual(r, r.calls.all.Load()-before, int64(1), "%s: mutating calls in one step", name)
		if looks++; p.Done {
			break
		}
		require.Positive(r, p.After, name)
		require.Less(r, time.Since(begin), 20*time.Minute, "%s comes to an end", name)
		time.Sleep(p.After) // a real cloud has a clock of its own
	}
	r.Logf("%-16s %6.1f s, %d looks, %d mutating calls", name, time.Since(begin).Seconds(), looks, r.calls.all.Load())
	return int(r.calls.all.Load())
}
