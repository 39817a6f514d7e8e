// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
)

// TestDetectOnTheFake: whatever release the cloud is of, what is detected includes
// it, and promises nothing that the cloud does not have nor forgets a quirk of its.
func TestDetectOnTheFake(t *testing.T) {
	t.Parallel()
	for _, r := range provider.Releases() {
		t.Run(r.Codename(), func(t *testing.T) {
			t.Parallel()
			cloud := fake.New(fake.WithProvider(provider.Amphora, r))
			found, err := provider.Detect(t.Context(), cloud.LoadBalancer())
			require.NoError(t, err)
			assert.True(t, found.API().Contains(r), "%s is not in %s", r, found.API())
			assert.Empty(t, cloud.Mutations(), "detection only reads")
			for _, n := range provider.Names() {
				if r < provider.Stein && n == provider.OVN {
					continue
				}
				caps, err := found.For(n)
				require.NoError(t, err)
				truth := lookup(t, n, r)
				for e := range caps.All() {
					assert.False(t, e.OK && !truth.Has(e.Feature), "%s promised on %s", e.Feature, n)
					assert.False(t, e.Trusted && !truth.Trust(e.Feature), "%s trusted on %s", e.Feature, n)
				}
				for q := range truth.Quirks() {
					assert.True(t, caps.HasQuirk(q.ID), "%s forgotten on %s", q.ID, n)
				}
			}
		})
	}
}

// Whichever question meets a cloud that is busy just now, what is found out is what would be
// found out otherwise, or nothing: it is kept for long.
func TestDetectDoesNotGuessFromABusyMoment(t *testing.T) {
	t.Parallel()
	for _, r := range provider.Releases() {
		t.Run(r.Codename(), func(t *testing.T) {
			t.Parallel()
			cloud := fake.New(fake.WithProvider(provider.Amphora, r))
			truth, err := provider.Detect(t.Context(), cloud.LoadBalancer())
			require.NoError(t, err)
			for n := range len(cloud.Polls()) + 2 {
				for _, status := range []int{429, 502, 503, 504} {
					cloud.ClearFaults()
					cloud.Inject(fake.Fault{Method: "GET", After: n, Status: status})
					found, err := provider.Detect(t.Context(), cloud.LoadBalancer())
					if err != nil {
						var failed *provider.DetectError
						require.ErrorAs(t, err, &failed)
						continue
					}
					assert.Equal(t, truth.String(), found.String(), "question %d answers %d", n+1, status)
				}
			}
		})
	}
}
