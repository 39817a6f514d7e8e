// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// leaky are clouds whose single POST loses what is below.
func leaky() []cell {
	return []cell{
		{provider.Amphora, provider.Xena},
		{provider.Amphora, provider.Yoga},
		{provider.Amphora, provider.Zed},
		{provider.OVN, provider.Ussuri},
		{provider.OVN, provider.Wallaby},
		{provider.OVN, provider.Xena},
	}
}

// However a load balancer is made, every child is ACTIVE in the end, and nothing is left
// of it once it is deleted.
func TestEveryChildComesHoweverItIsMade(t *testing.T) {
	ways := map[string]lb.Creation{"by cost": lb.CreateByCost, "in one call": lb.CreateInOneCall, "step by step": lb.CreateStepByStep}
	for _, c := range append(leaky(), cells()...) {
		for name, way := range ways {
			for _, stepped := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					cloud := c.cloud()
					spec := service(cloud, c, 2, 3)
					e := engine(cloud, lb.WithCreation(way))
					begin := time.Now()
					if stepped {
						steps(t, e, cloud, spec)
					}
					g, err := e.Ensure(t.Context(), spec)
					require.NoError(t, err, "%s %s", c, name)
					settled(t, g)
					t.Logf("%-16s %-12s stepped %-5v %2d cycles %6.1f s", c, name, stepped, cloud.Cycles(""), time.Since(begin).Seconds())
					left, err := engine(cloud).Plan(t.Context(), spec)
					require.NoError(t, err)
					assert.True(t, left.Empty(), "%s", left)
					require.NoError(t, e.Delete(t.Context(), spec.Name))
					assert.Equal(t, fresh(c), cloud.Dump())
				})
			}
		}
	}
}

// A program that dies while its children are lost, or before it has noticed, leaves
// nothing that the next could not mend.
func TestLostChildrenAreMendedByTheNext(t *testing.T) {
	for _, c := range leaky() {
		synctest.Test(t, func(t *testing.T) {
			cloud := c.cloud()
			spec := service(cloud, c, 2, 3)
			ctx, die := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("the program dies here"))
			defer die()
			_, err := engine(cloud, lb.WithCreation(lb.CreateInOneCall)).Ensure(ctx, spec)
			if err == nil {
				return // it was faster
			}
			g, err := engine(cloud).Ensure(t.Context(), spec)
			require.NoError(t, err, c)
			settled(t, g)
		})
	}
}
