// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// stuckSteps drives steps to the error that ends them.
func stuckSteps(t *testing.T, step func() (lb.Progress, error)) error {
	t.Helper()
	for range 200 {
		p, err := step()
		if err != nil {
			return err
		}
		require.False(t, p.Done)
		<-time.After(p.After)
	}
	t.Fatal("no end")
	return nil
}

func balancersDeleted(cloud *fake.Cloud) (n int) {
	for _, c := range cloud.Mutations() {
		if c.Method == http.MethodDelete && strings.Contains(c.Path, "/loadbalancers/") {
			n++
		}
	}
	return n
}

// What ends in ERROR at every deletion is deleted a stated number of times, and then it is
// an error that says so, however the deletion is driven; a new budget goes on from there.
func TestDeletionsHaveABudget(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
			spec := service(cloud, c, 1, 2)
			g, err := engine(cloud).Ensure(t.Context(), spec)
			require.NoError(t, err)
			cloud.Inject(fake.Fault{Method: "DELETE", Path: "/lbaas/loadbalancers/*", Effect: fake.EndInError, Times: -1})
			e := engine(cloud)
			remove := func() error { return e.Delete(t.Context(), spec.Name) }
			if stepwise {
				remove = func() error {
					return stuckSteps(t, func() (lb.Progress, error) { return e.StepDelete(t.Context(), spec.Name) })
				}
			}
			for range 2 { // and the second time it tries nothing at all
				err = remove()
				var sick *lb.RecoveryError
				require.ErrorAs(t, err, &sick)
				require.ErrorIs(t, err, waiter.ErrFailed)
				assert.Equal(t, 1+lb.DefaultRecovery().Deletions, sick.Deleted)
				require.Len(t, sick.Failed, 1)
				assert.Equal(t, g.ID(), sick.Failed[0].ID)
				assert.Equal(t, "ERROR", sick.Failed[0].Provisioning)
				assert.Equal(t, sick.Deleted, balancersDeleted(cloud))
			}
			cloud.ClearFaults()
			require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
			assert.Equal(t, fresh(c), cloud.Dump())
		})
	}
}

// The old one of a replacement, and what a share has of pools and listeners, likewise.
func TestDeletionsOfOthersHaveABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Epoxy}
		cloud := c.cloud()
		spec := service(cloud, c, 1, 2)
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		cloud.Inject(fake.Fault{Method: "DELETE", Path: "/lbaas/loadbalancers/*", Effect: fake.EndInError, Times: -1})
		other := service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 2)
		e := engine(cloud, agree())
		err = stuckSteps(t, func() (lb.Progress, error) { return e.Step(t.Context(), other) })
		var sick *lb.RecoveryError
		require.ErrorAs(t, err, &sick)
		assert.Equal(t, 1+lb.DefaultRecovery().Deletions, sick.Deleted)
	})
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Epoxy}
		cloud := c.cloud()
		a, b := owner(cloud, "a"), owner(cloud, "b")
		_, err := a.Ensure(t.Context(), share(cloud, c, 80))
		require.NoError(t, err)
		_, err = b.Ensure(t.Context(), share(cloud, c, 81))
		require.NoError(t, err)
		cloud.Inject(fake.Fault{Method: "DELETE", Path: "/lbaas/listeners/*", Effect: fake.EndInError, Times: -1})
		err = stuckSteps(t, func() (lb.Progress, error) { return a.StepDelete(t.Context(), "service") })
		var sick *lb.RecoveryError
		require.ErrorAs(t, err, &sick)
		assert.Equal(t, 1+lb.DefaultRecovery().Deletions, sick.Deleted)
		assert.Equal(t, lb.KindListener, sick.Failed[0].Kind)
		cloud.ClearFaults()
		require.NoError(t, owner(cloud, "a").Delete(t.Context(), "service"))
	})
}
