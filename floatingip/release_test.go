// SPDX-License-Identifier: Apache-2.0

package floatingip_test

import (
	"net/netip"
	"testing"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReleaseDeletesOnlyOurs(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	port, elsewhere := s.port(), s.port()
	ours := s.ensure(port, floatingip.Spec{})
	orphan := s.reserve("", "[octaviakit.owner=me octaviakit.key=web]")
	foreign := s.reserve("", "[octaviakit.owner=them octaviakit.key=web]")
	moved := s.reserve(elsewhere, "[octaviakit.owner=me octaviakit.key=web]")

	require.NoError(t, floatingip.Release(t.Context(), s.net, port, floatingip.Spec{Keep: true}, mine()))
	assert.Empty(t, s.all()[ours.Address.String()].PortID, "kept, and detached")
	assert.Len(t, s.all(), 4)

	require.NoError(t, floatingip.Release(t.Context(), s.net, "", floatingip.Spec{}, mine()))
	left := s.all()
	assert.Len(t, left, 2)
	assert.Contains(t, left, foreign.FloatingIP)
	assert.Contains(t, left, moved.FloatingIP, "in use on another port")
	assert.NotContains(t, left, orphan.FloatingIP)
	require.NoError(t, floatingip.Release(t.Context(), s.net, port, floatingip.Spec{}, mine()), "nothing left is success")
	_, ok, err := floatingip.Find(t.Context(), s.net, port, theirs())
	require.NoError(t, err)
	assert.True(t, ok, "the foreign one is found by its own mark")
}

func TestReassociate(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	f := s.ensure(s.port(), floatingip.Spec{})
	again, err := floatingip.Reassociate(t.Context(), s.net, f)
	require.NoError(t, err)
	assert.Equal(t, f.PortID, again.PortID)
	assert.Equal(t, f.FixedIP, again.FixedIP)
}

func TestMoveTakesAnUnmarkedAddressAlong(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	from, to := s.port(), s.port()
	f := s.reserve(from, "for the shop")
	spec := floatingip.Spec{Address: netip.MustParseAddr(f.FloatingIP)}
	_, err := floatingip.Move(t.Context(), s.net, s.port(), to, spec, mine())
	require.ErrorIs(t, err, floatingip.ErrInUse)
	s.cloud.ForgetCalls()
	for range 2 {
		moved, err := floatingip.Move(t.Context(), s.net, from, to, spec, mine())
		require.NoError(t, err)
		assert.Equal(t, f.ID, moved.ID)
		assert.Equal(t, to, moved.PortID)
		assert.Equal(t, "for the shop", moved.Description)
	}
	assert.Equal(t, 2, s.calls(), "that it is bound here, and the move")

	foreign := s.reserve(from, "[octaviakit.owner=them]")
	_, err = floatingip.Move(t.Context(), s.net, from, to, floatingip.Spec{Address: netip.MustParseAddr(foreign.FloatingIP)}, mine())
	require.ErrorIs(t, err, floatingip.ErrInUse)
}

func TestDiscardLooksAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	f := s.ensure(s.port(), floatingip.Spec{})
	old := f
	old.PortID = s.port()
	require.NoError(t, floatingip.Discard(t.Context(), s.net, old))
	old = f
	old.Mark = theirs()
	require.NoError(t, floatingip.Discard(t.Context(), s.net, old))
	assert.Len(t, s.all(), 1)
	require.NoError(t, floatingip.Discard(t.Context(), s.net, f))
	assert.Empty(t, s.all())
	require.NoError(t, floatingip.Discard(t.Context(), s.net, f), "absence is success")

	kept := s.ensure(s.port(), floatingip.Spec{Keep: true})
	require.NoError(t, floatingip.Discard(t.Context(), s.net, kept))
	assert.Empty(t, s.all()[kept.Address.String()].PortID, "detached")
	kept.PortID = ""
	require.NoError(t, floatingip.Discard(t.Context(), s.net, kept))
	assert.Len(t, s.all(), 1)
}
