// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
)

// What is gone is forgotten, whoever deleted it: a controller lives for years, and sees
// load balancers come and go.
func TestWhatIsGoneIsForgotten(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e, spec := engine(cloud), service(cloud, c, 1, 2)
		for name, end := range map[string]func(){
			"Delete":     func() { require.NoError(t, e.Delete(t.Context(), spec.Name)) },
			"StepDelete": func() { stepsAway(t, e, cloud, spec.Name) },
			"another program": func() {
				require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
				_, err := e.Plan(t.Context(), spec)
				require.NoError(t, err)
			},
		} {
			steps(t, e, cloud, spec)
			time.Sleep(time.Minute)
			_, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			assert.Positive(t, e.Remembers())
			end()
			assert.Zero(t, e.Remembers(), name)
		}
	})
}
