// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
)

// TestRealCreation makes a Service of three ports, monitored, in each way of Creation.
// Whatever the release does to the children of a single call, all must be ACTIVE in
// the end, and a new Engine must find nothing to do.
//
//	OCTAVIAKIT_CLOUD=NAME [OCTAVIAKIT_PROVIDER=ovn] go test ./lb -run TestRealCreation -v -timeout 30m
func TestRealCreation(t *testing.T) {
	r := newReal(t)
	const nodes = 5
	r.nodePorts(nodes)
	spec := r.service(3, nodes)
	r.cleanUp(spec.Name)
	for _, way := range []struct {
		name string
		lb.Creation
	}{{"by cost", lb.CreateByCost}, {"in one call", lb.CreateInOneCall}, {"step by step", lb.CreateStepByStep}} {
		r.calls.reset()
		begin := time.Now()
		g, err := r.engine(lb.WithCreation(way.Creation)).Ensure(t.Context(), spec)
		require.NoError(t, err)
		took := time.Since(begin)
		settled(t, g)
		plan, err := r.engine().Plan(t.Context(), spec)
		require.NoError(t, err)
		assert.True(t, plan.Empty(), "left to do:\n%s", plan)
		t.Logf("%-14s %6.1f s, %d mutating calls, %d cycles", way.name, took.Seconds(), r.calls.all.Load(), r.calls.locks.Load())
		require.NoError(t, r.engine().Delete(t.Context(), spec.Name))
	}
}
