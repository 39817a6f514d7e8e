// SPDX-License-Identifier: Apache-2.0

package floatingip_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/attributestags"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
)

// tagged puts a tag of somebody's on an address.
func (s stage) tagged(id, tag string) {
	s.Helper()
	require.NoError(s, attributestags.Add(s.Context(), s.net, "floatingips", id, tag).ExtractErr())
}

func TestReleaseTakesOffWhatEnsureBound(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	port := s.port()
	f := s.reserve("", "for the shop")
	s.tagged(f.ID, "billing")
	bound := s.ensure(port, floatingip.Spec{Address: netip.MustParseAddr(f.FloatingIP)})
	assert.Equal(t, floatingip.Mark{}, bound.Mark)
	assert.True(t, bound.BoundFor(mine()))
	assert.False(t, bound.BoundFor(theirs()))
	require.NoError(t, floatingip.Release(t.Context(), s.net, port, floatingip.Spec{}, theirs()))
	assert.Equal(t, port, s.all()[f.FloatingIP].PortID, "for another owner it is not")

	require.NoError(t, floatingip.Assign(t.Context(), s.net, port, mine(), theirs()))
	require.NoError(t, floatingip.Release(t.Context(), s.net, port, floatingip.Spec{}, mine()))
	assert.Equal(t, port, s.all()[f.FloatingIP].PortID, "it was handed over")
	require.NoError(t, floatingip.Release(t.Context(), s.net, port, floatingip.Spec{}, theirs()))
	left := s.all()[f.FloatingIP]
	assert.Empty(t, left.PortID)
	assert.Equal(t, "for the shop", left.Description)
	assert.Equal(t, []string{"billing"}, left.Tags)
}

func TestWhatSomebodyBoundIsNotRecorded(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	port := s.port()
	f := s.reserve(port, "by hand")
	bound := s.ensure(port, floatingip.Spec{Address: netip.MustParseAddr(f.FloatingIP)})
	assert.False(t, bound.BoundFor(mine()))
	assert.Empty(t, s.all()[f.FloatingIP].Tags)
	require.NoError(t, floatingip.Release(t.Context(), s.net, port, floatingip.Spec{}, mine()))
	assert.Empty(t, s.all()[f.FloatingIP].PortID, "who asks for it to come off")
}

// What somebody has taken elsewhere is no longer noted as bound here.
func TestATakenAddressIsForgotten(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	port := s.port()
	f := s.reserve("", "for the shop")
	spec := floatingip.Spec{Address: netip.MustParseAddr(f.FloatingIP)}
	bound := s.ensure(port, spec)
	elsewhere := s.port()
	_, err := floatingip.Move(t.Context(), s.net, port, elsewhere, spec, floatingip.Mark{Owner: "me", Key: "other"})
	require.NoError(t, err)
	_, err = floatingip.Ensure(t.Context(), s.net, port, spec, mine())
	require.ErrorIs(t, err, floatingip.ErrInUse)
	now, ok, err := floatingip.Find(t.Context(), s.net, elsewhere, mine())
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, bound.ID, now.ID)
	assert.False(t, now.BoundFor(mine()))
	assert.True(t, now.BoundFor(floatingip.Mark{Owner: "me", Key: "other"}))
}

// Where Neutron takes no tags the address is bound all the same.
func TestWithoutTagsThereIsNoRecord(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound, http.StatusBadRequest} {
		s := newStage(t)
		s.cloud.Inject(fake.Fault{Method: http.MethodPut, Path: "/floatingips/*/tags/*", Effect: fake.Refuse, Status: status, Times: -1})
		f := s.reserve("", "")
		bound := s.ensure(s.port(), floatingip.Spec{Address: netip.MustParseAddr(f.FloatingIP)})
		assert.False(t, bound.BoundFor(mine()), status)
	}
}
